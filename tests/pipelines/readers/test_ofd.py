"""OFD as programs write it: what is printed is read where it stands, tables by their lines."""

from __future__ import annotations

import io
import random
import zipfile
from typing import TYPE_CHECKING

import pytest

from pipelines.decoded import Hints, Role
from pipelines.document import read_document
from pipelines.errors import UnreadableDocument
from pipelines.readers import ofd_pages as reader
from tests.pipelines.readers.ofd_tables import as_boxes, as_rectangle, dotted, drawn, each_side
from tests.pipelines.readers.ofd_written import (
    NAMES,
    Extras,
    OfdPage,
    annotation,
    content,
    document,
    line,
    ofd,
    packed,
    text_object,
)
from tests.pipelines.statutory.filling import fill
from tests.pipelines.statutory.judging import inexact_cells
from tests.pipelines.statutory.printed_forms import FORM_2021, T3_COLUMNS
from tests.pipelines.statutory.sheets import third_sheet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pipelines.decoded import Block, FileText

HINTS = Hints("http://www.qingxi.example/nb/1.ofd")
WIDE_AREA = "0 0 340 460"


def read(payload: bytes) -> FileText:
    return reader.read(payload, HINTS)


def texts(*objects: str) -> list[str]:
    return [block.text for block in read(ofd(OfdPage(objects))).blocks]


TEXTS = {
    "steps": (text_object("本年新收12件"), ["本年新收12件"]),
    "steps counted": (text_object("公开信息一览", steps="g 5 4"), ["公开信息一览"]),
    "fewer steps than characters": (text_object("公开信息一览", steps="4 4"), ["公开信息一览"]),
    "more steps than any machine holds": (text_object("公开", steps="g 999999999 4"), ["公开"]),
    "no steps": (text_object("公开12件", steps=""), ["公开12件"]),
    "steps that are no numbers": (text_object("公开", steps="NaN x"), ["公开"]),
    "digits of one number an object each": (
        "".join(text_object(char, 20 + 2 * at) for at, char in enumerate("1602")),
        ["1602"],
    ),
    "two numbers in one object": (text_object("1236", steps="2 20 2"), ["12 36"]),
    "a space that is printed": (text_object("Qingxi County"), ["Qingxi County"]),
    "characters below each other": (text_object("清溪县", steps="0 0", code='DeltaY="6 6"'), ["清溪县"]),
    "lines in one object": (
        text_object("甲乙丙丁", steps="4 -4 4", code='DeltaY="0 20 0"'),
        ["甲乙", "丙丁"],
    ),
    "printed twice to look bold": (text_object("标题11") + text_object("标题11", 20.1), ["标题11"]),
    "another matrix": (
        text_object("甲乙", attributes='CTM="2 0 0 2 0 0"')
        + text_object("丙", 36, 24, attributes='CTM="2 0 0 2 0 0"'),
        ["甲乙丙"],
    ),
    "indented in its file": (
        text_object("甲乙").replace("甲", "\n   甲").replace("乙", "乙\n "),
        ["甲乙"],
    ),
    "in blocks of the page": (
        f'<ofd:PageBlock ID="7"><ofd:PageBlock ID="8">{text_object("块中")}</ofd:PageBlock></ofd:PageBlock>',
        ["块中"],
    ),
    "beyond every page": (text_object("远", 10**12) + text_object("近"), ["近", "远"]),
}


@pytest.mark.parametrize(("objects", "expected"), TEXTS.values(), ids=TEXTS.keys())
def test_characters_become_the_words_that_are_printed(objects: str, expected: list[str]) -> None:
    assert sorted(texts(objects)) == sorted(expected)


def test_places_are_points_from_the_corner_of_the_page() -> None:
    (block,) = read(ofd(OfdPage([text_object("甲", 35.4, 35.4)], area="10 10 190 277"))).blocks
    assert block.box is not None
    assert [round(edge) for edge in block.box] == [72, 62, 83, 75]
    assert block.page == 1


def turned(objects: list[str], matrix: str, place: str) -> str:
    unit = f'<ofd:CompositeGraphicUnit ID="50"><ofd:Content>{"".join(objects)}</ofd:Content>'
    resources = f"<ofd:CompositeGraphicUnits>{unit}</ofd:CompositeGraphicUnit></ofd:CompositeGraphicUnits>"
    used = f'<ofd:CompositeObject ID="51" ResourceID="50" CTM="{matrix}" Boundary="{place} 1 1"/>'
    return used + "\n" + resources


def statutory(seed: int, lines: Callable[..., Iterator[str]], labels: int) -> tuple[list[str], object]:
    filled = fill(FORM_2021, random.Random(seed), plain=True)
    return drawn(third_sheet(filled, "", labels), lines, labels), filled


REPORT = [
    text_object("清溪县人民政府2023年政府信息公开工作年度报告", 10, 12),
    text_object("三、收到和处理政府信息公开申请情况", 10, 22),
]


def exactly_read(payload: bytes, filled: object) -> int:
    """Return how many cells of the third table were read, each exactly as it is printed."""
    facts = [fact for fact in read_document(payload, HINTS).facts if fact.table_key == "t3"]
    wrong = [cell for cell in inexact_cells(facts, filled) if "t3" in cell]  # type: ignore[arg-type]
    assert wrong == []
    return len({(fact.row_key, fact.column_key) for fact in facts if fact.row_key and fact.column_key})


@pytest.mark.parametrize(
    "lines", [each_side, as_boxes, as_rectangle, dotted], ids=lambda lines: lines.__name__
)
@pytest.mark.parametrize("labels", [1, 3])
def test_the_statutory_table_is_read_in_all_its_cells(
    lines: Callable[..., Iterator[str]], labels: int
) -> None:
    objects, filled = statutory(7 * labels, lines, labels)
    page = OfdPage([*REPORT, *objects], area=WIDE_AREA)
    assert exactly_read(ofd(page), filled) == 25 * len(T3_COLUMNS)


def test_a_table_that_lies_on_its_side_is_read_as_one_that_stands() -> None:
    objects, filled = statutory(3, each_side, 1)
    used, resources = turned([*REPORT, *objects], "0 1 -1 0 460 0", "0 0").split("\n")
    payload = ofd(OfdPage([used], area="0 0 460 340"), extras=Extras(resources=resources))
    assert exactly_read(payload, filled) == 25 * len(T3_COLUMNS)


def grid_of(*objects: str) -> list[list[str | None]]:
    """Return the one grid of a page, None where a cell only repeats another or none is."""
    (grid,) = [block.grid for block in read(ofd(OfdPage(objects))).blocks if block.grid]
    return [
        [cell.text if cell.is_origin and not cell.is_filler else None for cell in row] for row in grid.rows
    ]


def test_a_number_never_runs_on_across_a_line() -> None:
    frame = [line(20, y, 40, y) for y in (10, 20, 30)] + [line(x, 10, x, 30) for x in (20, 30, 40)]
    assert grid_of(
        *frame, text_object("12", 26, 16), text_object("34", 30, 16), text_object("5", 22, 26)
    ) == [
        ["12", "34"],
        ["5", ""],
    ]


def test_a_table_that_is_open_at_its_sides_has_its_outer_columns() -> None:
    frame = [line(20, y, 80, y) for y in (10, 20, 30)] + [line(x, 10, x, 30) for x in (40, 60)]
    words = [text_object(text, x, y) for text, x, y in (("甲", 25, 16), ("1", 45, 16), ("2", 65, 26))]
    assert grid_of(*frame, *words) == [["甲", "1", ""], ["", "", "2"]]


def test_merged_cells_are_told_by_the_lines_that_are_not_there() -> None:
    frame = [line(20, y, 80, y) for y in (10, 30)] + [line(x, 10, x, 30) for x in (20, 40, 80)]
    inner = [line(40, 20, 80, 20), line(60, 20, 60, 30)]
    words = [
        text_object("申请", 22, 22),
        text_object("总", 42, 16),
        text_object("1", 42, 26),
        text_object("2", 62, 26),
    ]
    assert grid_of(*frame, *inner, *words) == [["申请", "总", None], [None, "1", "2"]]


def test_frames_lines_and_figures_that_are_no_tables_leave_text_alone() -> None:
    frame = [line(10, 10, 90, 10), line(10, 90, 90, 90), line(10, 10, 10, 90), line(90, 10, 90, 90)]
    curve = line(0, 0, 9, 9).replace(" L ", " B 1 2 3 4 5 6 Q 1 1 2 2 A 1 1 0 0 1 3 3 C L ")
    outline = line(20, 20, 30, 30).replace(" L ", " L 0 9 L 9 9 L 9 0 L 0 0 L 4 0 L 4 9 L 0 9 Q 1 1 2 2 L ")
    broken = line(0, 0, 9, 9).replace(" L ", " X ")
    assert texts(*frame, curve, outline, broken, text_object("框中")) == ["框中"]


def test_templates_are_read_with_the_page_that_uses_them() -> None:
    extras = Extras(templates={"70": text_object("清溪县人民政府文件", 60, 40), "71": text_object("无人用")})
    file = read(ofd(OfdPage([text_object("正文", 20, 80)], templates=["70"]), extras=extras))
    assert [block.text for block in file.blocks] == ["清溪县人民政府文件", "正文"]


@pytest.mark.parametrize("template", [None, "<ofd:Page"])
def test_a_template_that_is_missing_or_broken_loses_no_page(template: str | None) -> None:
    whole = ofd(OfdPage([text_object("正文")], templates=["70"]), extras=Extras(templates={"70": "x"}))
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        members: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    del members["Doc_0/Tpls/70.xml"]
    file = read(packed(members | ({"Doc_0/Tpls/70.xml": template} if template else {})))
    assert [block.text for block in file.blocks] == ["正文"]
    assert file.notes == ("part_damaged",)


def test_watermarks_stand_apart_and_other_annotations_behind_their_page() -> None:
    noted = [annotation("Watermark", text_object("内部资料")), annotation("Stamp", text_object("已核"))]
    pages = OfdPage([text_object("一页")], annotations=noted), OfdPage([text_object("二页")])
    file = read(ofd(*pages))
    assert [(block.text, block.page, block.role) for block in file.blocks] == [
        ("一页", 1, Role.TEXT),
        ("内部资料", 1, Role.RUNNING_HEAD),
        ("已核", 1, Role.TEXT),
        ("二页", 2, Role.TEXT),
    ]
    assert file.notes == ("annotations",)


def test_text_that_fills_an_area_is_read_once_and_stands_apart() -> None:
    cell = f"<ofd:CellContent>{text_object('严禁复制')}</ofd:CellContent>"
    colour = f'<ofd:FillColor><ofd:Pattern Width="9" Height="9">{cell}</ofd:Pattern></ofd:FillColor>'
    path = "<ofd:AbbreviatedData>M 0 0 L 9 0 L 9 9 C</ofd:AbbreviatedData>"
    area = f'<ofd:PathObject ID="9" Boundary="0 0 90 90" Fill="true">{colour}{path}</ofd:PathObject>'
    file = read(ofd(OfdPage([text_object("正文"), area, area])))
    assert [(block.text, block.role) for block in file.blocks] == [
        ("正文", Role.TEXT),
        ("严禁复制", Role.RUNNING_HEAD),
    ]
    assert file.notes == ("pattern_text",)


def test_text_aslant_is_apart_and_never_in_a_table() -> None:
    frame = [line(20, y, 80, y) for y in (10, 40, 70)] + [line(x, 10, x, 70) for x in (20, 50, 80)]
    slant = text_object("88", 30, 30, attributes='CTM="0.7 0.7 -0.7 0.7 0 0"')
    file = read(ofd(OfdPage([*frame, slant, text_object("1", 22, 16)])))
    (grid,) = [block.grid for block in file.blocks if block.grid]
    assert [cell.text for row in grid.rows for cell in row] == ["1", "", "", ""]
    assert [(block.text, block.role) for block in file.blocks[1:]] == [("88", Role.RUNNING_HEAD)]
    assert file.notes == ("turned_text",)


HIDDEN = {
    "not visible": 'Visible="false"',
    "transparent": 'Alpha="0"',
    "neither filled nor stroked": 'Fill="false"',
}


@pytest.mark.parametrize("attributes", HIDDEN.values(), ids=HIDDEN.keys())
def test_text_that_is_not_shown_is_noted_and_not_read(attributes: str) -> None:
    file = read(ofd(OfdPage([text_object("见"), text_object("不见", 20, 40, attributes=attributes)])))
    assert [block.text for block in file.blocks] == ["见"]
    assert file.notes == ("hidden_text",)


def test_seals_and_enclosed_files_are_noted_and_several_documents_are_all_read() -> None:
    signatures = f'<ofd:Signatures {NAMES}><ofd:Signature ID="1" BaseLoc="s.xml"/></ofd:Signatures>'
    attached = f'<ofd:Attachments {NAMES}><ofd:Attachment ID="1" Name="a"/></ofd:Attachments>'
    second = "</ofd:DocBody><ofd:DocBody><ofd:DocInfo/><ofd:DocRoot>/Doc_1\\Document.xml</ofd:DocRoot>"
    pages = [OfdPage([text_object("乙")])]
    extras = Extras(
        document="<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>",
        body="<ofd:Signatures>/Signs.xml</ofd:Signatures>" + second,
        members={
            "Signs.xml": signatures.encode(),
            "Doc_0/Attachs/Attachments.xml": attached.encode(),
            "Doc_1/Document.xml": document(pages, Extras()).encode(),
            "Doc_1/Pages/Page_0/Content.xml": content(pages[0]).encode(),
        },
    )
    file = read(ofd(OfdPage([text_object("甲")]), extras=extras, title="年度报告"))
    assert [(block.text, block.page) for block in file.blocks] == [("甲", 1), ("乙", 2)]
    assert file.titles == ("年度报告",)
    assert {"sealed", "embedded_files", "several_documents"} <= set(file.notes)


def test_a_page_that_is_missing_is_noted_and_the_others_keep_their_numbers() -> None:
    extras = Extras(members={"Doc_0/Pages/Page_0/Content.xml": b"<broken"})
    file = read(ofd(OfdPage([text_object("一")]), OfdPage([text_object("二")]), extras=extras))
    assert [(block.text, block.page) for block in file.blocks] == [("二", 2)]
    assert file.notes == ("page_damaged",)


@pytest.mark.parametrize(
    "name", ["Doc_0/DocumentRes.xml", "Doc_0/Annots/Annotations.xml", "Doc_0/Annots/0.xml"]
)
def test_what_is_broken_beside_the_pages_loses_no_page(name: str) -> None:
    file = read(ofd(OfdPage([text_object("一")]), extras=Extras(members={name: b"<broken"})))
    assert [block.text for block in file.blocks] == ["一"]
    assert file.notes == ("part_damaged",)


def nested(depth: int) -> Extras:
    """Return a drawing that draws itself."""
    again = '<ofd:CompositeObject ResourceID="50" Boundary="0 0 9 9"/>' * depth
    unit = f'<ofd:CompositeGraphicUnit ID="50"><ofd:Content>{again}{text_object("环")}</ofd:Content>'
    return Extras(resources=f"{unit}</ofd:CompositeGraphicUnit>")


def test_a_drawing_within_itself_ends() -> None:
    use = OfdPage(['<ofd:CompositeObject ResourceID="50" Boundary="0 0 9 9"/>'])
    assert [block.text for block in read(ofd(use, extras=nested(1))).blocks] == ["环"]
    with pytest.raises(UnreadableDocument, match=f"{HINTS.url}: bomb: more than"):
        read(ofd(use, extras=nested(70)))


REFUSED = {
    "no_text": ofd(OfdPage([line(0, 0, 9, 9)])),
    "encrypted": ofd(OfdPage([]), extras=Extras(members={"Encryptions.xml": b"<a/>"})),
    "damaged: it has no pages": ofd(),
    "damaged: OFD.xml": packed({"ofd.xml": "<a"}),
    "damaged: Doc_0/Document.xml is missing": packed(
        {
            "OFD.xml": (
                f"<ofd:OFD {NAMES}><ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody>"
                "</ofd:OFD>"
            )
        }
    ),
    "bomb: OFD.xml declares entities": packed({"OFD.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}),
    "too_big: more than 300 pages": ofd(*[OfdPage([])] * 301),
}


@pytest.mark.parametrize(("reason", "payload"), REFUSED.items(), ids=REFUSED.keys())
def test_what_cannot_be_read_says_why(reason: str, payload: bytes) -> None:
    with pytest.raises(UnreadableDocument) as refused:
        read(payload)
    assert refused.value.problem.startswith(reason)
    assert refused.value.where == HINTS.url


def test_a_map_of_many_lines_is_no_table_and_takes_no_time() -> None:
    chance = random.Random(5)
    places = [(chance.uniform(0, 200), chance.uniform(0, 290)) for _ in range(6_000)]
    objects = [line(x, y, x + 2, y) if chance.random() < 0.5 else line(x, y, x, y + 2) for x, y in places]
    file = read(ofd(OfdPage([*objects, text_object("图")])))
    assert [block.text for block in file.blocks if not block.grid] == ["图"]


def scanned(name: str = "page.png", content: bytes = b"", beside: str = "") -> bytes:
    """Return an OFD whose second page is a picture of the text 2023, with other objects beside it."""
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    small = image.new("L", (60, 30), 255)
    pytest.importorskip("PIL.ImageDraw").Draw(small).text((12, 10), "2023", fill=0)
    out = io.BytesIO()
    small.resize((720, 360)).save(out, "PNG")
    media = f'<ofd:MultiMedia ID="9" Type="Image"><ofd:MediaFile>{name}</ofd:MediaFile></ofd:MultiMedia>'
    picture = '<ofd:ImageObject ID="8" ResourceID="9" Boundary="0 0 120 60" CTM="120 0 0 60 0 0"/>'
    media += '<ofd:MultiMedia ID="19" Type="Image"><ofd:MediaFile>broken.png</ofd:MediaFile></ofd:MultiMedia>'
    members = {"Doc_0/Res/page.png": content or out.getvalue(), "Doc_0/Res/broken.png": b"no picture"}
    extras = Extras(resources=media, members=members)
    return ofd(OfdPage([text_object("一")]), OfdPage([picture, beside], area="0 0 120 60"), extras=extras)


def test_a_page_that_is_a_picture_is_recognised() -> None:
    pytest.importorskip("rapidocr", reason="OCR is not installed")
    file = read(scanned())
    assert [(block.text, block.page) for block in file.blocks] == [("一", 1), ("2023", 2)]
    assert [block.confidence is None for block in file.blocks] == [True, False]
    assert (file.extractor, file.notes) == ("ofd+ocr", ("page_without_text",))


def test_a_scan_with_the_number_of_its_page_is_recognised() -> None:
    pytest.importorskip("rapidocr", reason="OCR is not installed")
    file = read(scanned(beside=text_object("- 2 -", 50, 55)))
    assert sorted(block.text for block in file.blocks) == ["-2-", "2023", "一"]
    file = read(scanned(beside=text_object("- 2 -", 50, 55) + text_object("层", attributes='Alpha="0"')))
    assert sorted(block.text for block in file.blocks) == ["-2-", "一", "层"]
    assert file.notes == ("text_layer_over_image",)


def test_a_picture_that_is_broken_sinks_no_other_picture() -> None:
    pytest.importorskip("rapidocr", reason="OCR is not installed")
    broken = '<ofd:ImageObject ID="18" ResourceID="19" Boundary="0 30 120 30"/>'
    file = read(scanned(beside=broken))
    assert [block.text for block in file.blocks] == ["一", "2023"]
    assert [note for note in file.notes if note.startswith("picture failed: page 2: damaged")]


def test_a_picture_that_is_missing_is_a_page_without_text() -> None:
    file = read(scanned("elsewhere.png"))
    assert [block.text for block in file.blocks] == ["一"]
    assert (file.extractor, file.notes) == ("ofd", ("page_without_text",))


def test_a_picture_that_is_broken_sinks_no_other_page() -> None:
    pytest.importorskip("rapidocr", reason="OCR is not installed")
    file = read(scanned(content=b"no picture"))
    assert [block.text for block in file.blocks] == ["一"]
    assert "page_without_text" in file.notes
    assert [note for note in file.notes if note.startswith("picture failed: page 2: damaged")]


def test_hidden_text_of_a_scan_is_read_and_said_to_be_so() -> None:
    picture = '<ofd:ImageObject ID="8" ResourceID="9" Boundary="0 0 210 297"/>'
    file = read(ofd(OfdPage([text_object("层", attributes='Alpha="0"'), picture])))
    assert [block.text for block in file.blocks] == ["层"]
    assert file.notes == ("text_layer_over_image",)


@pytest.mark.parametrize("name", ["ofdrw_fuban_signout", "ofdrw_luqiao_weishengju_pifu"])
def test_real_files_are_read_in_every_character(name: str, shared_real: Path) -> None:
    payload = (shared_real / "attachments" / f"{name}.ofd").read_bytes()
    blocks: tuple[Block, ...] = read(payload).blocks
    assert all(block.text.strip() for block in blocks)
    assert sum(len(block.text) for block in blocks) > 200


def test_a_raised_figure_is_no_digit_of_the_figure_before_it() -> None:
    raised = text_object("4", 24, 21, attributes='CTM="0.5 0 0 0.5 0 0"')
    assert texts(text_object("10") + raised) == ["10 4"]
