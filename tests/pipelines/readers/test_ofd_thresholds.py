"""The bounds of OFD (`thresholds/ofd.yaml`): at each one, and one beyond."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from lxml import etree

from pipelines.decoded import Hints
from pipelines.errors import UnreadableDocument
from pipelines.readers import ofd_pages
from pipelines.readers.layout.geometry import Matrix
from pipelines.readers.ofd_drawing import read_drawing, read_number
from pipelines.readers.ofd_pages import Resources
from tests.pipelines.readers.ofd_written import Extras, OfdPage, ofd, text_object

if TYPE_CHECKING:
    from pipelines.decoded import FileText
    from pipelines.readers.ofd_drawing import Drawing

HINTS = Hints("http://www.qingxi.example/nb/1.ofd")


def draw(inside: str, units: dict[str, str] | None = None) -> Drawing:
    """Return what a layer draws that holds this."""
    drawings = {name: etree.fromstring(f"<Unit>{unit}</Unit>") for name, unit in (units or {}).items()}
    content = etree.fromstring(f"<Content><Layer>{inside}</Layer></Content>")
    return read_drawing([content], Resources(drawings), Matrix(), HINTS.url)


def text(characters: str) -> str:
    return f'<TextObject Size="100"><TextCode X="0" Y="0">{characters}</TextCode></TextObject>'


def use(name: int) -> str:
    return f'<CompositeObject ResourceID="{name}"/>'


def test_what_lies_far_away_has_no_place() -> None:
    assert [read_number(number, 0.0) for number in ("1000000", "1000001")] == [1e6, 0.0]


@pytest.mark.parametrize(("drawings", "is_drawn"), [(7, True), (8, False)])
def test_a_drawing_within_many_is_left_out(drawings: int, is_drawn: bool) -> None:
    units = {str(number): use(number + 1) for number in range(1, drawings)}
    assert bool(draw(use(1), {**units, str(drawings): text("甲")}).characters) is is_drawn


@pytest.mark.parametrize(("blocks", "is_drawn"), [(63, True), (64, False)])
def test_what_stands_within_many_blocks_is_left_out(blocks: int, is_drawn: bool) -> None:
    inside = f"{'<PageBlock>' * blocks}{text('甲')}{'</PageBlock>' * blocks}"
    assert bool(draw(inside).characters) is is_drawn


@pytest.mark.parametrize(
    ("most", "one_more"),
    [
        pytest.param("<Video/>" * 100_000, "<Video/>" * 100_001, id="objects"),
        pytest.param(text("甲" * 50_000), text("甲" * 50_001), id="characters"),
    ],
)
def test_a_page_that_draws_too_much_is_a_bomb(most: str, one_more: str) -> None:
    draw(most)
    with pytest.raises(UnreadableDocument, match="bomb"):
        draw(one_more)


@pytest.mark.parametrize(("character", "width"), [("甲", 100), ("a", 50)])
def test_a_character_is_as_high_and_wide_as_in_chinese_fonts(character: str, width: float) -> None:
    [drawn] = draw(text(character)).characters
    assert drawn.box == pytest.approx((0, -88, width, 24))


@pytest.mark.parametrize(("width", "is_scan"), [(20.1, True), (19.9, False)])
def test_a_picture_that_covers_a_page_without_text_is_a_scan(
    monkeypatch: pytest.MonkeyPatch, width: float, is_scan: bool
) -> None:
    read = []

    def refuse(payload: bytes, hints: Hints) -> FileText:
        read.append(payload)
        raise UnreadableDocument("no_text: no line", where=hints.url)

    monkeypatch.setattr(ofd_pages, "read_image", refuse)
    media = '<ofd:MultiMedia ID="9" Type="Image"><ofd:MediaFile>1.png</ofd:MediaFile></ofd:MultiMedia>'
    picture = f'<ofd:ImageObject ID="8" ResourceID="9" Boundary="0 0 {width} 100"/>'
    extras = Extras(resources=media, members={"Doc_0/Res/1.png": b"picture"})
    ofd_pages.read(ofd(OfdPage([text_object("一")]), OfdPage([picture], "0 0 100 100"), extras=extras), HINTS)
    assert read == [b"picture"] * is_scan
