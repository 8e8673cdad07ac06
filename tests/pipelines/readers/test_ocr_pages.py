"""A scanned page of a report: its figures, none wrong; and what cannot be read is said to be so.

The page is a picture of ours, so that no font is needed: `scans/applications.png`, its figures beside it.
It is spoilt here as a scanner does.
"""

from __future__ import annotations

import json
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

pytest.importorskip("rapidocr", reason="OCR is not installed: pip install 'gongkai[ocr]'")

from pipelines.decoded import Hints
from pipelines.document import Reading, read_document
from pipelines.forms.form_model import CellState, How
from pipelines.grid import Box
from pipelines.readers.recognised_pages import UNREAD, Sheet, confirm_figure, is_figure_like, recognise_page
from pipelines.readers.recogniser import Line, _engine_parameters, _load_engine, read_line
from tests.renditions.figures import Stated, read_facts, stated

SCANS = Path(__file__).parent / "scans"


def scan() -> bytes:
    """Return the page upside down, askew, out of focus, noisy, as a JPEG; `test_scan` has one upright."""
    page = Image.open(SCANS / "applications.png").convert("L").rotate(180, expand=True)
    page = page.rotate(1.3, Image.Resampling.BICUBIC, fillcolor=255).filter(ImageFilter.GaussianBlur(0.5))
    levels = np.asarray(page, dtype=np.float64) + np.random.default_rng(3).normal(0, 15, page.size[::-1])
    packed = BytesIO()
    Image.fromarray(levels.clip(0, 255).astype(np.uint8)).save(packed, "JPEG", quality=60, dpi=(150, 150))
    return packed.getvalue()


@cache
def reading() -> Reading:
    return read_document(scan(), Hints("file:///scan.jpg", "image/jpeg"))


def printed() -> dict[tuple[str, str | None, str, str], Stated]:
    figures = json.loads((SCANS / "applications.json").read_text(encoding="utf-8"))
    keys = {name: name.split("/") for name in figures}
    return {(k[0], k[1] or None, k[2], k[3]): stated(figures[name]) for name, k in keys.items()}


def test_no_figure_is_wrong_and_nearly_all_have_a_value() -> None:
    """Though it was put on the glass upside down: 99 is never 66, and no cell that has print is blank."""
    read = read_facts(reading().facts)
    expected = {key: cell for key, cell in printed().items() if cell.value is not None}
    wrong = {
        key: (cell, read[key]) for key, cell in printed().items() if read[key].value not in (None, cell.value)
    }
    assert not wrong
    assert not [key for key in expected if read[key].state == CellState.BLANK]
    right = sum(read[key].value == cell.value for key, cell in expected.items())
    assert len(expected) > 150
    assert right >= 0.95 * len(expected)


def test_a_cell_is_blank_only_where_nothing_is_printed() -> None:
    read = read_facts(reading().facts)
    blank = {key for key, cell in read.items() if cell.state == CellState.BLANK}
    assert blank
    assert blank == {key for key, cell in printed().items() if cell.state == CellState.BLANK}


def test_every_fact_says_that_it_was_recognised_and_how_surely() -> None:
    facts = [fact for fact in reading().facts if fact.row_key]
    assert {fact.how for fact in facts} == {How.OCR}
    assert {fact.page for fact in facts} == {1}
    assert all((fact.confidence is None) == (fact.state is CellState.BLANK) for fact in facts)


def test_the_text_around_the_tables_is_read_in_order() -> None:
    read = reading()
    text = "".join(passage.lead + passage.raw for passage in read.passages) + read.tail
    lines = [
        "四、政府信息公开行政复议、行政诉讼情况",
        "五、存在的主要问题及改进情况",
        "六、其他需要报告的事项",
    ]
    places = [text.find(line) for line in lines]
    assert -1 not in places
    assert places == sorted(places)
    assert read.extractor == "ocr"
    assert read.confidence is not None
    assert 0.9 < read.confidence <= 1.0


def test_models_are_named_so_that_none_is_fetched_and_nothing_is_turned_over() -> None:
    parameters = _engine_parameters()
    assert parameters["Global.use_cls"] is False
    assert all(Path(str(parameters[f"{task}.model_path"])).is_file() for task in ("Det", "Rec"))


def drawn(text: str, size: int = 34) -> np.ndarray:
    page = Image.new("RGB", (40 + 22 * len(text), 60), "white")
    ImageDraw.Draw(page).text((18, 10), text, fill="black", font=ImageFont.load_default(size))
    return np.asarray(page, dtype=np.uint8)


@pytest.mark.parametrize("text", ["99", "66", "9", "6", "1069", "0"])
def test_figures_are_not_read_upside_down(text: str) -> None:
    assert read_line(drawn(text))[0] == text


def test_a_narrow_line_costs_half_of_what_the_makers_of_the_model_give_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert read_line(drawn("0"))[0] == "0"  # it is loaded with the first line
    recogniser = _load_engine().text_rec
    given: list[int] = []
    session = recogniser.session

    def note_width(batch: np.ndarray) -> object:
        given.append(batch.shape[-1])
        return session(batch)

    monkeypatch.setattr(recogniser, "session", note_width)
    assert [read_line(drawn(text))[0] for text in ("9", "1069")] == ["9", "1069"]
    assert given == [160, 160]


@pytest.mark.parametrize(("first", "is_sure"), [("99", True), ("66", False), ("9 9", True)])
def test_two_readings_must_agree(first: str, is_sure: bool) -> None:
    page = drawn("99")
    ink = np.where(page[:, :, 0] < 128, np.uint8(255), np.uint8(0))
    within = Box(0.0, 0.0, float(page.shape[1]), float(page.shape[0]))
    line = confirm_figure(Line(first, within, 0.99), within, Sheet(page, page, ink, (), 200, 0))
    assert line.text == first
    assert (line.confidence > 0.8) if is_sure else (line.confidence == 0.0)


@pytest.mark.parametrize(
    ("text", "is_figure"),
    [("12", True), ("7545.5万元", True), ("〇", True), ("第20条第（一）项规章", False), ("其他", False)],
)
def test_what_is_read_twice(text: str, is_figure: bool) -> None:
    assert is_figure_like(text) is is_figure


@pytest.mark.parametrize(("text", "is_sure"), [("1", True), ("/", False)])
def test_a_slanting_stroke_is_no_one(text: str, is_sure: bool) -> None:
    page = drawn(text)
    ink = np.where(page[:, :, 0] < 128, np.uint8(255), np.uint8(0))
    within = Box(0.0, 0.0, float(page.shape[1]), float(page.shape[0]))
    assert (
        confirm_figure(Line("1", within, 0.99), within, Sheet(page, page, ink, (), 200, 0)).confidence > 0
    ) is is_sure


def test_ink_that_is_no_character_leaves_no_blank_cell() -> None:
    page = Image.new("RGB", (900, 400), "white")
    pen = ImageDraw.Draw(page)
    for x in (100, 300, 500, 700):
        pen.line((x, 100, x, 300), fill="black", width=2)
    for y in (100, 200, 300):
        pen.line((100, y, 700, y), fill="black", width=2)
    for x, y, text in ((170, 130, "12"), (370, 130, "34"), (570, 230, "56")):
        pen.text((x, y), text, fill="black", font=ImageFont.load_default(34))
    for offset in range(0, 60, 6):
        pen.line((560 + offset, 130, 640 - offset, 170), fill="black", width=2)
    found = recognise_page(np.asarray(page, dtype=np.uint8), 200, 1)
    assert [len(table) for table in found.ruled] == [6]
    by_cell = {
        number: [word for word in found.words if cell.holds_middle(word.box)]
        for number, cell in enumerate(found.ruled[0])
    }
    assert [[word.text for word in by_cell[number]] for number in (0, 1, 5)] == [["12"], ["34"], ["56"]]
    assert by_cell[3] == by_cell[4] == []
    assert by_cell[2]
    assert all(word.text == UNREAD or (word.confidence or 0.0) < 0.9 for word in by_cell[2])


@pytest.mark.parametrize("size", [(2, 900), (900, 2), (4, 5000)])
def test_a_picture_too_thin_for_print_is_a_page_without_words(size: tuple[int, int]) -> None:
    page = recognise_page(np.zeros((*size, 3), np.uint8), 200.0, 3)
    assert (page.number, page.words, page.ruled) == (3, (), ())
