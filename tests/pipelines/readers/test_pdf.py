"""PDF files: what is printed, in the order in which it is read."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from msgspec import structs
from PIL import Image
from pypdfium2 import PdfDocument
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

from benchmarks import statutory_truth
from benchmarks._statutory_expected import reports
from pipelines.decoded import Hints, Role
from pipelines.document import read_document
from pipelines.errors import UnreadableDocument
from pipelines.readers import pdf_pages
from pipelines.readers.layout import page_blocks
from pipelines.readers.layout.geometry import PAPER
from tests.pipelines.readers.pdf_samples import (
    A4,
    FONT,
    LEFT,
    Text,
    draw_as_chrome,
    draw_grid,
    draw_pdf,
    encrypted,
    set_lines,
    texts,
)
from tests.renditions.model import draw_report
from tests.renditions.to_pdf import STYLES, to_pdf

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

    from pipelines.decoded import Block

HINTS = Hints("http://yunze.gov.test/fj/1.pdf")
FIRST = [
    "\u3000\u3000云泽县人民政府办公室根据有关规定编制本报告，报",
    "告中所列数据的统计期限自二〇二三年一月一日起，至十",
    "二月底止，欢迎社会各界监督。",
    "\u3000\u3000本年度受理申请一百二十件，比上年增加十五件，其",
    "中网上申请九十件，均在法定期限内答复，没有因答复不",
]
SECOND = ["当引起的行政复议，也没有行政诉讼。", "\u3000\u3000下一步将继续完善制度。"]
WHOLE = "".join((*FIRST, *SECOND)).split("\u3000\u3000")[1:]


def blocks_of(payload: bytes, role: Role = Role.TEXT) -> list[Block]:
    return [block for block in pdf_pages.read(payload, HINTS).blocks if block.role is role]


def lines_of(payload: bytes, role: Role = Role.TEXT) -> list[str]:
    return [block.text for block in blocks_of(payload, role)]


def numbered(lines: list[Text], number: str) -> list[Text]:
    return [*lines, Text(number, 285, 790, 10)]


def test_a_paragraph_over_lines_and_a_page_break_is_one_block() -> None:
    payload = draw_pdf(
        [texts(*numbered(set_lines(FIRST), "- 1 -")), texts(*numbered(set_lines(SECOND), "- 2 -"))]
    )
    assert lines_of(payload) == WHOLE
    assert [block.page for block in blocks_of(payload)] == [1, 1, 2]
    assert lines_of(payload, Role.PAGE_NUMBER) == ["-1-", "-2-"]


def test_lines_that_end_before_the_margin_are_paragraphs_of_their_own() -> None:
    lines = [
        "一、总体情况",
        "二、主动公开政府信息情况",
        "\u3000\u3000没有需要报告的事项，其他部分的情况见下文所列各项表",
        "格。",
    ]
    assert lines_of(draw_pdf([texts(*set_lines(lines))])) == [
        "一、总体情况",
        "二、主动公开政府信息情况",
        "没有需要报告的事项，其他部分的情况见下文所列各项表格。",
    ]


def test_two_numbers_are_never_joined() -> None:
    lines = [f"\u3000\u3000{'报告' * 11}共计12", "34件", "\u3000\u3000另有五件。"]
    assert lines_of(draw_pdf([texts(*set_lines(lines))]))[0].endswith("共计12 34件")


def test_running_heads_and_bare_page_numbers_stand_apart() -> None:
    pages = [
        texts(
            Text("云泽县二〇二三年度报告", 220, 40, 10),
            *numbered(set_lines(["\u3000\u3000" + body]), str(page)),
        )
        for page, body in ((3, "第一页的内容。"), (4, "第二页的内容。"), (5, "第三页的内容。"))
    ]
    payload = draw_pdf(pages)
    assert lines_of(payload) == ["第一页的内容。", "第二页的内容。", "第三页的内容。"]
    assert lines_of(payload, Role.RUNNING_HEAD) == ["云泽县二〇二三年度报告"] * 3
    assert lines_of(payload, Role.PAGE_NUMBER) == ["3", "4", "5"]


def test_a_number_that_ends_a_page_of_text_is_text() -> None:
    pages = [
        texts(*set_lines(["\u3000\u3000受理申请的件数是"]), Text("120", LEFT, 770)),
        texts(*set_lines(["\u3000\u3000答复的件数是"]), Text("97", LEFT, 770)),
    ]
    assert "120" in lines_of(draw_pdf(pages))


def test_small_print_with_a_mark_at_the_foot_is_a_footnote() -> None:
    body = set_lines(FIRST[:3])
    note = Text("①本表的数据由各部门报送，不含街道办事处。", LEFT, 700, 9)
    payload = draw_pdf([texts(*body, note)])
    assert lines_of(payload, Role.FOOTNOTE) == ["①本表的数据由各部门报送，不含街道办事处。"]
    assert lines_of(payload) == WHOLE[:1]


def table_page(canvas: Canvas, height: float) -> None:
    rows = [["项目", "本年", "上年"], ["规章", "0", ""], ["行政许可", "95", "12"]]
    draw_grid(canvas, height - 100, rows, [72, 200, 300, 400])


@pytest.mark.parametrize("turns", [0, 90, 180, 270])
def test_a_ruled_table_is_a_grid_however_the_page_is_turned(turns: int) -> None:
    def draw(canvas: Canvas, height: float) -> None:
        table_page(canvas, height)
        canvas.setPageRotation(turns)

    (block,) = blocks_of(draw_pdf([draw]))
    assert block.grid is not None
    assert [[cell.text for cell in row] for row in block.grid.rows] == [
        ["项目", "本年", "上年"],
        ["规章", "0", ""],
        ["行政许可", "95", "12"],
    ]


def test_a_page_drawn_on_its_side_is_read_upright() -> None:
    def draw(canvas: Canvas, _height: float) -> None:
        canvas.translate(A4[0], 0)
        canvas.rotate(90)
        table_page(canvas, A4[0])

    (block,) = blocks_of(draw_pdf([draw]))
    assert block.text.split("\n")[2] == "行政许可\t95\t12"


def test_rules_drawn_as_thin_boxes_in_a_form_that_is_moved() -> None:
    """As in the report of 淮安 for 2024: each side of each cell is a filled box of its own."""

    def draw(canvas: Canvas, height: float) -> None:
        canvas.beginForm("table")
        for x in (0, 60, 120):
            canvas.rect(x, 0, 0.5, 40, stroke=0, fill=1)
            canvas.rect(x + 0.7, 0, 0.5, 40, stroke=0, fill=1)
        for y in (0, 20, 40):
            canvas.rect(0, y, 121, 0.5, stroke=0, fill=1)
        canvas.endForm()
        canvas.translate(72, height - 200)
        canvas.doForm("table")
        canvas.setFont(FONT, 8)
        for x, y, text in ((5, 25, "规章"), (65, 25, "9"), (5, 5, "规范性文件"), (65, 5, "12")):
            canvas.drawString(x, y, text)

    (block,) = blocks_of(draw_pdf([draw]))
    assert block.text == "规章\t9\n规范性文件\t12"


def test_a_merged_cell_that_the_end_of_a_page_cuts_is_a_cell() -> None:
    def draw(canvas: Canvas, height: float) -> None:
        top = height - 100
        canvas.line(72, top, 272, top)
        canvas.line(122, top - 20, 272, top - 20)
        canvas.line(122, top - 40, 272, top - 40)
        for x in (72, 122, 200, 272):
            canvas.line(x, top, x, top - 40)
        canvas.setFont(FONT, 8)
        for x, y, text in (
            (75, 13, "结果"),
            (125, 13, "公开"),
            (205, 13, "3"),
            (125, 33, "其他"),
            (205, 33, "4"),
        ):
            canvas.drawString(x, top - y, text)

    (block,) = blocks_of(draw_pdf([draw]))
    assert block.text == "结果\t公开\t3\n\t其他\t4"


def test_dotted_rules_and_a_shade_behind_the_header() -> None:
    def draw(canvas: Canvas, height: float) -> None:
        canvas.setFillGray(0.8)
        canvas.rect(72, height - 120, 328, 20, stroke=0, fill=1)
        canvas.setFillGray(0)
        canvas.setDash(1, 2)
        table_page(canvas, height)

    (block,) = blocks_of(draw_pdf([draw]))
    assert block.text.split("\n") == ["项目\t本年\t上年", "规章\t0\t", "行政许可\t95\t12"]


def test_a_figure_printed_twice_to_look_bold_is_one() -> None:
    page = texts(Text("总计95件", 72, 100), Text("总计95件", 72.4, 100))
    assert lines_of(draw_pdf([page])) == ["总计95件"]


def test_two_figures_in_neighbouring_cells_are_never_one() -> None:
    def draw(canvas: Canvas, height: float) -> None:
        draw_grid(canvas, height - 100, [["规章", "123", "456"]], [72, 120, 136.6, 160])

    (block,) = blocks_of(draw_pdf([draw]))
    assert block.text == "规章\t123\t456"


@pytest.mark.parametrize("style", ["ruled", "horizontal", "unruled", "split", "split_repeated", "landscape"])
def test_all_cells_of_the_applications_table_are_read(style: str) -> None:
    report = draw_report("form_2021", 7)
    facts = read_document(to_pdf(report, STYLES[style]), HINTS).facts
    read = {
        (fact.row_key, fact.column_key): (fact.raw or "").strip() for fact in facts if fact.table_key == "t3"
    }
    wanted = {
        (row, column): printed for (table, _, row, column), printed in report.figures.items() if table == "t3"
    }
    assert len(wanted) == 175
    assert read == wanted


def test_a_title_is_taken_only_where_it_is_printed() -> None:
    printed = texts(Text("云泽县人民政府工作年度报告", 150, 90, 22))
    assert pdf_pages.read(draw_pdf([printed], title="云泽县人民政府工作年度报告"), HINTS).titles == (
        "云泽县人民政府工作年度报告",
    )
    for title in ("Microsoft Word - 1.doc", "工作年度报告", "云江县人民政府关于春耕的通知"):
        assert pdf_pages.read(draw_pdf([printed], title=title), HINTS).titles == ()


def test_radicals_become_the_ideographs_that_they_look_like() -> None:
    assert "".join(pdf_printed(one) for one in "⾃然⼈、⻓（①") == "自然人、长（①"


def pdf_printed(character: str) -> str:
    from pipelines.readers.pdf_pages import print_ideograph  # noqa: PLC0415 - the one test that asks it

    return print_ideograph(character)


def test_an_empty_user_password_opens_a_file() -> None:
    assert lines_of(draw_pdf([texts(*set_lines(FIRST[:3]))], encryption=encrypted(""))) == WHOLE[:1]


def refused(payload: bytes) -> str:
    with pytest.raises(UnreadableDocument) as caught:
        pdf_pages.read(payload, HINTS)
    return caught.value.problem.partition(":")[0]


def test_what_cannot_be_read_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = draw_pdf([texts(*set_lines(FIRST)), texts(*set_lines(SECOND))])
    assert refused(draw_pdf([texts(*set_lines(FIRST))], encryption=encrypted("yunze"))) == "encrypted"
    assert refused(b"%PDF-1.7\n%%EOF") == "damaged"
    assert refused(draw_pdf([texts()])) == "no_text"
    monkeypatch.setattr(pdf_pages, "PAPER", structs.replace(PAPER, most_pages=1))
    assert refused(whole) == "too_big"
    monkeypatch.setattr(pdf_pages, "PDF", structs.replace(pdf_pages.PDF, most_bytes=len(whole) - 1))
    assert refused(whole) == "too_big"


def embedded_font() -> str:
    """Return the name of a TrueType font with Cyrillic letters; skip where none is installed."""
    for path in sorted(Path("/usr/share/fonts").rglob("*.ttf")):
        try:
            font = TTFont("embedded", str(path))
        except TTFError:
            continue
        if ord("ё") in font.face.charToGlyph:
            pdfmetrics.registerFont(font)
            return "embedded"
    pytest.skip("no TrueType font with Cyrillic letters is installed")


def test_a_font_that_tells_some_characters_is_noted() -> None:
    """An embedded font without its map to characters, beside text that has one."""
    name = embedded_font()
    page = texts(*set_lines(FIRST), Text("Годовой отчёт", LEFT, 400, 12, name))
    whole = draw_pdf([page])
    assert pdf_pages.read(whole, HINTS).notes == ()
    assert lines_of(whole)[-1] == "Годовой отчёт"
    untold = whole.replace(b"/ToUnicode", b"/NoUnicode")
    assert pdf_pages.read(untold, HINTS).notes == ("no_unicode",)
    assert lines_of(untold)[-1].replace(" ", "") == "\N{REPLACEMENT CHARACTER}" * 12


def test_no_cell_of_the_real_reports_is_wrong(shared_real: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statutory_truth, "TYPES", {".pdf": "application/pdf"})
    found = [report for report in reports(shared_real.parent) if report.path.suffix == ".pdf"]
    assert len(found) == 4
    for report in found:
        outcomes = {cell.name: cell.outcome for cell in statutory_truth.measure(report)}
        assert len(outcomes) >= 186 or not report.is_report
        assert set(outcomes.values()) == {"right"}, report.path.name


def test_what_is_drawn_once_more_over_itself_is_noted() -> None:
    lines = set_lines(FIRST[:2])
    bold = [replace(line, left=line.left + 0.6, top=line.top + 0.6) for line in lines]
    once = pdf_pages.read(draw_pdf([texts(*lines)]), HINTS)
    twice = pdf_pages.read(draw_pdf([texts(*lines, *bold)]), HINTS)
    assert [block.text for block in twice.blocks] == [block.text for block in once.blocks]
    assert (once.notes, twice.notes) == ((), ("printed_twice",))


def test_a_character_that_no_block_holds_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    payload = draw_pdf([texts(*set_lines(FIRST))])
    whole = page_blocks.make_blocks
    monkeypatch.setattr(
        page_blocks, "make_blocks", lambda pages: (msgspec.structs.replace(whole(pages)[0], text="云泽县"),)
    )
    assert pdf_pages.read(payload, HINTS).notes == ("characters_lost",)


@pytest.mark.parametrize("text", ["行政许可", "一是报告", "本人和行政机关一并报告"])
def test_what_chrome_prints_stands_where_it_is_drawn(text: str) -> None:
    """Characters that the file states beside their glyphs, and those lower than their line."""
    assert lines_of(draw_as_chrome(text)) == [text]


def test_no_character_of_a_page_that_chrome_printed_is_lost(shared_real: Path) -> None:
    path = shared_real.parent / "real_more" / "reports" / "suqian_2023vs2024_compare.pdf"
    text = read_document(path.read_bytes(), HINTS).text
    assert text.count("行政许可") == 2
    with_chrome = PdfDocument(path)
    drawn = "".join(page.get_textpage().get_text_range() for page in with_chrome)
    assert Counter("".join(drawn.split())) - Counter("".join(text.split())) == Counter()


def picture_of(payload: bytes) -> ImageReader:
    """Return the first page of a PDF as a picture of 200 dots per inch."""
    document = PdfDocument(payload)
    try:
        return ImageReader(document[0].render(scale=200 / 72).to_pil())
    finally:
        document.close()


def test_characters_that_a_copier_put_behind_its_picture_are_noted() -> None:
    printed = texts(*set_lines(FIRST))
    picture = picture_of(draw_pdf([printed]))

    def behind(canvas: Canvas, height: float) -> None:
        printed(canvas, height)
        canvas.drawImage(picture, 0, 0, *A4)

    def upon(canvas: Canvas, height: float) -> None:
        canvas.drawImage(picture, 0, 0, *A4)
        printed(canvas, height)

    hidden = pdf_pages.read(draw_pdf([behind]), HINTS)
    assert hidden.notes == ("text_layer_over_image",)
    assert {block.confidence for block in hidden.blocks} == {0.0}, "nobody knows how sure it was"
    assert pdf_pages.read(draw_pdf([upon]), HINTS).notes == ()


def invisible(canvas: Canvas, height: float) -> None:
    canvas.saveState()
    canvas._code.append("3 Tr")  # reportlab sets it for its text objects alone
    texts(Text("读错的图27件", LEFT, 300))(canvas, height)
    canvas.restoreState()


@pytest.mark.parametrize("share", [0.0, 0.6])
def test_characters_that_are_not_painted_are_left_out_beside_those_that_are(share: float) -> None:
    def draw(canvas: Canvas, height: float) -> None:
        texts(*set_lines(FIRST))(canvas, height)
        if share:
            canvas.drawImage(ImageReader(Image.new("L", (9, 9), 255)), 0, 0, A4[0], share * A4[1])
        invisible(canvas, height)

    found = pdf_pages.read(draw_pdf([draw]), HINTS)
    assert found.notes == ("hidden_text",)
    assert not any("27" in block.text for block in found.blocks)


@pytest.mark.parametrize("share", [0.0, 0.6])
def test_characters_that_are_not_painted_are_unsure_where_hardly_any_are(share: float) -> None:
    def draw(canvas: Canvas, height: float) -> None:
        if share:
            canvas.drawImage(ImageReader(Image.new("L", (9, 9), 255)), 0, 0, A4[0], share * A4[1])
            texts(Text("— 1 —", 280, 780))(canvas, height)
        for _ in range(5):
            invisible(canvas, height)
            canvas.translate(0, -40)

    found = pdf_pages.read(draw_pdf([draw]), HINTS)
    assert found.notes == ("text_layer_over_image",)
    assert sum("27" in block.text for block in found.blocks) == 5
    assert {block.confidence for block in found.blocks} == {0.0}


def test_a_seal_upon_a_page_with_a_picture_behind_it_hides_no_text() -> None:
    picture = ImageReader(Image.new("RGB", (9, 9), (250, 250, 240)))

    def draw(canvas: Canvas, height: float) -> None:
        canvas.drawImage(picture, 0, 0, *A4)
        texts(*set_lines(FIRST))(canvas, height)
        canvas.drawImage(picture, 400, 100, 100, 100)

    assert pdf_pages.read(draw_pdf([draw]), HINTS).notes == ()


def test_the_mark_of_a_note_is_no_digit_of_the_figure_that_it_stands_above() -> None:
    # As Chrome sets <sup>: 0.83 of the size, and higher by a third.
    set_so = texts(Text("17", LEFT, 100, 12), Text("1", LEFT + 12, 98, 10))
    (block,) = pdf_pages.read(draw_pdf([set_so]), HINTS).blocks
    assert block.text == "17 1"


def test_a_struck_figure_is_no_part_of_the_one_that_replaces_it() -> None:
    def draw(canvas: Canvas, height: float) -> None:
        texts(Text("收到15", LEFT, 100, 12), Text("16件", LEFT + 36, 100, 12))(canvas, height)
        canvas.line(LEFT + 24, height - 108, LEFT + 36, height - 108)
        canvas.line(LEFT, height - 114, LEFT + 60, height - 114)

    (block,) = pdf_pages.read(draw_pdf([draw]), HINTS).blocks
    assert block.text == "收到15 16件"


def test_white_text_is_read_where_it_is_seen_and_noted_where_it_is_not() -> None:
    def draw(canvas: Canvas, height: float) -> None:
        texts(*set_lines(FIRST))(canvas, height)
        canvas.setFillColorRGB(0.1, 0.3, 0.5)
        canvas.rect(LEFT, height - 620, 200, 30, stroke=0, fill=1)
        canvas.setFillColorRGB(1, 1, 1)
        texts(Text("白字", LEFT + 9, 596), Text("无人得见", LEFT, 700))(canvas, height)

    found = pdf_pages.read(draw_pdf([draw]), HINTS)
    text = "".join(block.text for block in found.blocks)
    assert "白字" in text
    assert "无人得见" not in text
    assert found.notes == ("hidden_text",)


def test_what_a_form_holds_is_read_where_it_stands() -> None:
    def draw(canvas: Canvas, height: float) -> None:
        texts(Text("本年新收申请", LEFT, 100))(canvas, height)
        canvas.acroForm.textfield(value="17", x=300, y=height - 120, width=60, height=24)
        canvas.linkURL("http://yunze.gov.test/", (72, 600, 100, 620))

    (block,) = pdf_pages.read(draw_pdf([draw]), HINTS).blocks
    assert block.text == "本年新收申请 17"


def test_what_stands_turned_beside_the_text_is_read_in_its_lines() -> None:
    def draw(canvas: Canvas, height: float) -> None:
        texts(*set_lines(FIRST))(canvas, height)
        canvas.rotate(90)
        canvas.setFont(FONT, 16)
        for number, line in enumerate(("收到12", "34件")):
            canvas.drawString(100, -560 - 20 * number, line)

    found = pdf_pages.read(draw_pdf([draw]), HINTS)
    assert [(block.text, block.role) for block in found.blocks][-2:] == [
        ("收到12", Role.TEXT),
        ("34件", Role.TEXT),
    ]
    assert found.notes == ("turned_text",)


def test_only_the_pages_that_are_pictures_are_recognised() -> None:
    pytest.importorskip("rapidocr", reason="OCR is not installed")
    small = (260.0, 120.0)
    stored = texts(
        Text("本年度没有收到政府信息公开申请，也没有上年结转的申请。", 10, 20, 8), Text("规章九件", 10, 60, 8)
    )
    picture = picture_of(draw_pdf([texts(Text("本年新收申请", 30, 20), Text("9487", 60, 70))], small))
    payload = draw_pdf([stored, lambda canvas, _: canvas.drawImage(picture, 0, 0, *small)], small)
    found = pdf_pages.read(payload, HINTS)
    assert found.extractor == "pdf+ocr"
    assert [(block.text, block.page) for block in found.blocks][-2:] == [("本年新收申请", 2), ("9487", 2)]
    assert [block.confidence is None for block in found.blocks] == [True, True, False, False]


@pytest.mark.parametrize("crop", [b"/CropBox [ 700 0 900 842 ]", b"/CropBox [ 0 0 595 421 ]"])
def test_a_crop_box_that_shows_nothing_of_a_page_is_left_out(crop: bytes) -> None:
    whole = draw_pdf([texts(*set_lines(FIRST[:3]))])
    damaged = whole.replace(b"/MediaBox [ 0 0 595 842 ]", b"/MediaBox [ 0 0 595 842 ] " + crop)
    assert [block.text for block in pdf_pages.read(damaged, HINTS).blocks] == WHOLE[:1]
    rows, columns, _ = pdf_pages.draw_sheet(damaged, HINTS.url, 1, 842).shape
    assert rows == 842 if b"700" in crop else columns == 842


def test_a_page_whose_size_is_damaged_still_gives_its_text() -> None:
    whole = draw_pdf([texts(*set_lines(FIRST[:3]))])
    assert whole.count(b"/MediaBox [ 0 0 595 842 ]") == 1
    damaged = whole.replace(b"/MediaBox [ 0 0 595 842 ]", b"/MediaBox [ 0 0 595 /x  ]")
    found = pdf_pages.read(damaged, HINTS)
    assert [block.text for block in found.blocks] == WHOLE[:1]
