"""Files of word processors: what is printed is read, once and in order."""

from __future__ import annotations

import io
import time
import zipfile
from typing import TYPE_CHECKING

import docx
import pytest

from pipelines.decoded import Hints, Role
from pipelines.errors import UnreadableDocument
from pipelines.readers.docx import read
from pipelines.response.payload_type import PayloadType, sniff
from tests.pipelines.readers.word_samples import (
    NAMES,
    cell,
    numbered,
    numbering,
    paragraph,
    run,
    table,
    word_file,
    zipped,
)

if TYPE_CHECKING:
    from pipelines.decoded import FileText

HINTS = Hints("http://www.example.gov.cn/1.docx")
LEVELS = {0: ("chineseCounting", "%1、"), 1: ("chineseCounting", "（%2）"), 2: ("decimal", "%3.")}


def read_body(body: str, parts: dict[str, str] | None = None) -> FileText:
    return read(word_file(body, parts), HINTS)


def lines(body: str, parts: dict[str, str] | None = None) -> list[str]:
    return [block.text for block in read_body(body, parts).blocks]


def field(instruction: str, inner: str, result: str) -> str:
    """Return a field; another may stand in its instruction."""
    begin, separate, end = (
        f"<w:r><w:fldChar w:fldCharType='{kind}'/></w:r>" for kind in ("begin", "separate", "end")
    )
    code = f"<w:r><w:instrText>{instruction}</w:instrText></w:r>"
    return f"{begin}{code}{inner}{separate}{run(result)}{end}"


BOX = f"<w:txbxContent>{paragraph('框内')}</w:txbxContent>"
DRAWN_TWICE = (
    f"<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:txbx>{BOX}</wps:txbx></w:drawing>"
    f"</mc:Choice><mc:Fallback><w:pict><v:textbox>{BOX}</v:textbox></w:pict></mc:Fallback>"
    "</mc:AlternateContent></w:r>"
)
BODIES = {
    "a line break": (paragraph(f"{run('甲')}<w:r><w:br/></w:r>{run('乙')}"), ["甲", "乙"]),
    "a page break": (paragraph(f"{run('甲')}<w:r><w:br w:type='page'/></w:r>{run('乙')}"), ["甲", "乙"]),
    "a tab": (paragraph(f"{run('单位')}<w:r><w:tab/></w:r>{run('件')}"), ["单位\t件"]),
    "an indent": (paragraph(f"<w:r><w:tab/></w:r>{run('　　甲')}"), ["甲"]),
    "runs of a word": (paragraph(run("20") + run("19") + run("年")), ["2019年"]),
    "a link": (paragraph(f"{run('见')}<w:hyperlink>{run('网站')}</w:hyperlink>"), ["见网站"]),
    "a content control": (
        f"<w:sdt><w:sdtPr/><w:sdtContent>{paragraph('控件')}</w:sdtContent></w:sdt>",
        ["控件"],
    ),
    "a control in a line": (
        paragraph(f"<w:sdt><w:sdtContent>{run('2020')}</w:sdtContent></w:sdt>{run('年')}"),
        ["2020年"],
    ),
    "a field": (
        paragraph(f"<w:r><w:instrText>HYPERLINK x</w:instrText></w:r>{run('结果')}"),
        ["结果"],
    ),
    "a field in the instruction of another": (
        paragraph(run("共") + field("= ", field("PAGE ", "", "3"), "4") + run("件")),
        ["共4件"],
    ),
    "drawn letters": (
        paragraph(run("正文") + "<w:r><w:pict><v:textpath string='红头文件'/></w:pict></w:r>"),
        ["正文", "红头文件"],
    ),
    "a raised figure": (paragraph(run("10") + run("4", "<w:vertAlign w:val='superscript'/>")), ["10⁴"]),
    "a struck figure": (paragraph(run("15", "<w:strike/>") + run("16")), ["15 16"]),
    "a white figure": (paragraph(run("15", "<w:color w:val='FFFFFF'/>") + run("16")), ["15 16"]),
    "a figure of one point": (paragraph(run("15", "<w:sz w:val='2'/>") + run("16")), ["15 16"]),
    "a white figure in two runs": (
        paragraph(run("1", "<w:color w:val='FFFFFF'/>") + run("5", "<w:color w:val='FFFFFF'/>") + run("6")),
        ["15 6"],
    ),
    "a figure set higher": (paragraph(run("15") + run("1", "<w:position w:val='6'/>")), ["15 1"]),
    "a figure in black, of 14 points, on its line": (
        paragraph(
            run("15", "<w:color w:val='000000'/><w:sz w:val='28'/><w:position w:val='0'/>") + run("16")
        ),
        ["1516"],
    ),
    "a figure not struck": (paragraph(run("15", "<w:strike w:val='0'/>") + run("16")), ["1516"]),
    "a text box, drawn twice": (paragraph(run("框外") + DRAWN_TWICE), ["框外", "框内"]),
    "an old text box": (paragraph(f"<w:r><w:pict><v:textbox>{BOX}</v:textbox></w:pict></w:r>"), ["框内"]),
    "blank paragraphs": (paragraph(" 　") + paragraph("甲") + "<w:p/>", ["甲"]),
    "ruby": (
        paragraph(
            f"<w:r><w:ruby><w:rt>{run('yí')}</w:rt><w:rubyBase>{run('遗')}</w:rubyBase></w:ruby></w:r>"
        ),
        ["遗"],
    ),
}


@pytest.mark.parametrize(("body", "expected"), BODIES.values(), ids=BODIES.keys())
def test_text_is_read_as_it_is_shown(body: str, expected: list[str]) -> None:
    assert lines(body) == expected


NOTED = {
    "an insertion": (paragraph(f"<w:ins>{run('新')}</w:ins>{run('文')}"), ["新文"], "tracked_changes"),
    "a deletion": (
        paragraph(f"<w:del><w:r><w:delText>旧</w:delText></w:r></w:del>{run('文')}"),
        ["文"],
        "tracked_changes",
    ),
    "a move": (
        paragraph(f"<w:moveFrom>{run('走')}</w:moveFrom>{run('甲')}")
        + paragraph(f"<w:moveTo>{run('走')}</w:moveTo>"),
        ["甲", "走"],
        "tracked_changes",
    ),
    "hidden text": (paragraph(run("隐", "<w:vanish/>") + run("显")), ["显"], "hidden_text"),
    "a picture": (paragraph(f"<w:r><w:drawing><a:blip/></w:drawing></w:r>{run('图')}"), ["图"], "pictures"),
    "a sign of a font": (
        paragraph(f"{run('是')}<w:r><w:sym w:font='Webdings' w:char='F061'/></w:r>"),
        ["是\ufffd"],
        "symbol_lost",
    ),
    "a circled figure": (
        paragraph(f"<w:r><w:instrText> eq \\o\\ac(○,1)</w:instrText></w:r>{run('甲')}"),
        ["甲"],
        "field_lost",
    ),
    "a box to tick": (
        paragraph(f"<w:r><w:instrText> FORMCHECKBOX </w:instrText></w:r>{run('甲')}"),
        ["甲"],
        "field_lost",
    ),
    "a column that was deleted": (
        table(
            cell("一") + cell("2", "<w:cellDel w:id='1'/>") + cell("3"),
            cell("二") + cell("4", "<w:cellDel w:id='2'/>") + cell("5"),
        ),
        ["一\t3\n二\t5"],
        "tracked_changes",
    ),
    "a file inside": (paragraph("甲") + "<w:altChunk/>", ["甲"], "embedded_document"),
}


@pytest.mark.parametrize(("body", "expected", "note"), NOTED.values(), ids=NOTED.keys())
def test_what_is_not_shown_is_noted(body: str, expected: list[str], note: str) -> None:
    file = read_body(body)
    assert [block.text for block in file.blocks] == expected
    assert file.notes == (note,)


def test_a_text_that_its_style_hides_is_not_shown() -> None:
    styles = (
        f"<w:styles {NAMES}><w:style w:type='paragraph' w:styleId='z'><w:rPr><w:vanish/></w:rPr></w:style>"
        "<w:style w:type='character' w:styleId='y'><w:basedOn w:val='z'/></w:style>"
        "<w:style w:type='paragraph' w:styleId='x'><w:basedOn w:val='z'/><w:rPr><w:vanish w:val='0'/></w:rPr>"
        "</w:style></w:styles>"
    )
    hidden = paragraph("窗体顶端", "<w:pStyle w:val='z'/>") + paragraph(run("隐", "<w:rStyle w:val='y'/>"))
    shown = paragraph("甲", "<w:pStyle w:val='x'/>")
    shown += paragraph(run("乙", "<w:vanish w:val='0'/>"), "<w:pStyle w:val='z'/>")
    file = read_body(hidden + shown, {"styles": styles})
    assert [block.text for block in file.blocks] == ["甲", "乙"]
    assert file.notes == ("hidden_text",)


def test_a_known_sign_of_a_font_is_read() -> None:
    assert lines(paragraph("<w:r><w:sym w:font='Wingdings' w:char='F0FE'/></w:r>" + run("是"))) == ["☑是"]


def test_automatic_numbers_are_printed() -> None:
    places = [(0, "总体"), (1, "甲"), (1, "乙"), (2, "丙"), (2, "丁"), (0, "主动"), (1, "戊"), (2, "己")]
    body = "".join(paragraph(text, numbered(1, level)) for level, text in places)
    assert lines(body, {"numbering": numbering(LEVELS)}) == [
        *("一、总体", "（一）甲", "（二）乙", "1. 丙", "2. 丁", "二、主动", "（一）戊", "1. 己")
    ]


NUMBER_STYLES = {
    "twelve": ("chineseCounting", "第%1条", 12, "第十二条"),
    "as LibreOffice writes that of DOC": ("taiwaneseCounting", "%1、", 3, "三、"),
    "twenty": ("chineseCountingThousand", "（%1）", 20, "（二十）"),
    "circled": ("decimalEnclosedCircleChinese", "%1", 3, "③"),
    "stems": ("ideographTraditional", "%1、", 2, "乙、"),
    "roman": ("lowerRoman", "(%1)", 4, "(iv)"),
    "letter": ("upperLetter", "%1.", 28, "BB. "),
    "full width": ("decimalFullWidth", "%1．", 11, "１１．"),
    "bullet": ("bullet", "\uf06c", 5, ""),
}


@pytest.mark.parametrize(
    ("style", "text", "count", "expected"), NUMBER_STYLES.values(), ids=NUMBER_STYLES.keys()
)
def test_numbers_in_their_styles(style: str, text: str, count: int, expected: str) -> None:
    body = "".join(paragraph("甲", numbered(1)) for _ in range(count))
    file = read_body(body, {"numbering": numbering({0: (style, text)})})
    assert file.blocks[-1].text == f"{expected}甲"
    assert file.notes == ()


@pytest.mark.parametrize(
    ("style", "count"), [("koreanCounting", 1), ("chineseCounting", 100), ("decimalEnclosedCircle", 21)]
)
def test_a_number_that_is_not_known_is_noted_and_not_invented(style: str, count: int) -> None:
    body = "".join(paragraph("甲", numbered(1)) for _ in range(count))
    file = read_body(body, {"numbering": numbering({0: (style, "%1、")})})
    assert file.blocks[-1].text == "甲"
    assert file.notes == ("numbering_lost",)


def test_numbers_come_from_styles_and_start_anew_where_a_list_says_so() -> None:
    styles = (
        f"<w:styles {NAMES}><w:style w:type='paragraph' w:styleId='H1'><w:pPr>{numbered(1)}</w:pPr></w:style>"
        "<w:style w:type='paragraph' w:styleId='H2'><w:basedOn w:val='H1'/></w:style></w:styles>"
    )
    restart = (
        '<w:num w:numId="2"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0">'
        '<w:startOverride w:val="5"/></w:lvlOverride></w:num>'
    )
    body = (
        paragraph("甲", "<w:pStyle w:val='H1'/>")
        + paragraph("乙", "<w:pStyle w:val='H2'/>")
        + paragraph("丙", "<w:pStyle w:val='H1'/>" + numbered(0))
        + paragraph("丁", numbered(2))
        + paragraph("戊", numbered(1))
    )
    parts = {"styles": styles, "numbering": numbering(LEVELS, restart)}
    assert lines(body, parts) == ["一、甲", "二、乙", "丙", "五、丁", "六、戊"]


def test_levels_join_their_numbers() -> None:
    levels = {0: ("chineseCounting", "%1、"), 1: ("decimal", "%1.%2")}
    legal = numbering(levels).replace('<w:lvlText w:val="%1.%2"/>', '<w:isLgl/><w:lvlText w:val="%1.%2"/>')
    body = paragraph("甲", numbered(1)) + paragraph("2019年", numbered(1, 1))
    assert lines(body, {"numbering": legal}) == ["一、甲", "1.1 2019年"]


def test_a_numbered_cell_without_text_holds_its_number() -> None:
    row = cell(paragraph("<w:r/>", numbered(1))) + cell("甲")
    file = read_body(table(row, row), {"numbering": numbering({0: ("decimal", "%1")})})
    assert file.blocks[0].text == "1\t甲\n2\t甲"


def test_merged_cells_keep_their_places_and_blank_cells_stay() -> None:
    body = table(
        cell("组", "<w:vMerge w:val='restart'/>") + cell("合计", "<w:gridSpan w:val='2'/>"),
        cell("不显示", "<w:vMerge/>") + cell("1") + cell(""),
        cell("组二") + cell("<w:p/>") + cell("<w:p/>"),
    )
    file = read_body(body)
    grid = file.blocks[0].grid
    assert grid is not None
    assert [[(c.text, c.row, c.column, c.is_origin) for c in row] for row in grid.rows] == [
        [("组", 0, 0, True), ("合计", 0, 1, True), ("合计", 0, 1, False)],
        [("组", 0, 0, False), ("1", 1, 1, True), ("", 1, 2, True)],
        [("组二", 2, 0, True), ("", 2, 1, True), ("", 2, 2, True)],
    ]
    assert (grid.rows[0][0].row_span, grid.rows[0][1].column_span) == (2, 2)
    assert file.notes == ("covered_text",)


def test_two_paragraphs_in_a_cell_are_not_glued() -> None:
    grid = read_body(table(cell(paragraph("3") + paragraph("4")) + cell("甲"))).blocks[0].grid
    assert grid is not None
    assert grid.rows[0][0].text == "3\n4"


def test_a_row_that_begins_later_has_no_cells_before() -> None:
    body = table(cell("甲") + cell("乙"), "<w:trPr><w:gridBefore w:val='1'/></w:trPr>" + cell("丙"))
    grid = read_body(body).blocks[0].grid
    assert grid is not None
    assert grid.rows[1][0].is_filler
    assert grid.rows[1][1].text == "丙"


def test_a_deleted_row_is_gone() -> None:
    body = table(cell("甲") + cell("乙"), "<w:trPr><w:del/></w:trPr>" + cell("丙") + cell("丁"))
    file = read_body(body)
    assert [block.text for block in file.blocks] == ["甲\t乙"]
    assert file.notes == ("tracked_changes",)


def test_a_table_around_tables_is_a_frame() -> None:
    inner = table(cell("1") + cell("2"))
    assert lines(table(cell(paragraph("前") + inner + paragraph("后")) + cell("旁"))) == [
        *("前", "1\t2", "后", "旁")
    ]


def test_a_table_of_one_cell_is_a_frame() -> None:
    assert lines(table(cell(paragraph("甲") + paragraph("乙")))) == ["甲", "乙"]


def test_a_table_beyond_the_caps_loses_no_cell() -> None:
    body = table(*(cell(str(at)) + cell("乙") for at in range(2_100)))
    file = read_body(body)
    assert file.notes == ("table_capped",)
    assert file.blocks[0].text.endswith("2099\t乙")


def test_notes_and_heads_stand_apart() -> None:
    header = f"<w:hdr {NAMES}>{paragraph('某县人民政府')}</w:hdr>"
    footer = (
        f"<w:ftr {NAMES}>{paragraph('<w:r><w:instrText>PAGE</w:instrText></w:r>' + run('— 1 —'))}</w:ftr>"
    )
    notes = (
        f"<w:footnotes {NAMES}><w:footnote w:type='separator' w:id='0'>{paragraph('线')}</w:footnote>"
        f"<w:footnote w:id='1'>{paragraph('注文')}</w:footnote>"
        f"<w:footnote w:type='normal' w:id='2'>{paragraph('又注')}</w:footnote></w:footnotes>"
    )
    body = paragraph(run("16") + "<w:r><w:footnoteReference w:id='1'/></w:r>")
    file = read_body(body, {"footer1": footer, "header1": header, "footnotes": notes})
    assert [(block.text, block.role) for block in file.blocks] == [
        ("16", Role.TEXT),
        ("某县人民政府", Role.RUNNING_HEAD),
        ("— 1 —", Role.PAGE_NUMBER),
        ("注文", Role.FOOTNOTE),
        ("又注", Role.FOOTNOTE),
    ]


@pytest.mark.parametrize(
    ("stated", "titles"),
    [
        ("某县2020年政府信息公开工作年度报告", ("某县2020年政府信息公开工作年度报告",)),
        ("关于召开会议的紧急通知", ()),
        ("Microsoft Word - 1.doc", ()),
        ("", ()),
    ],
)
def test_a_stated_title_counts_if_it_is_printed(stated: str, titles: tuple[str, ...]) -> None:
    document = docx.Document()
    document.core_properties.title = stated
    document.add_paragraph("某县 2020年政府信息公开工作年度报告")
    out = io.BytesIO()
    document.save(out)
    assert read(out.getvalue(), HINTS).titles == titles


def test_the_strict_form_is_read_too() -> None:
    strict = word_file("@").replace(b"@", b"@")
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(strict)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            content = source.read(name).replace(b"@", paragraph("甲").encode())
            for usual, other in (
                (
                    b"schemas.openxmlformats.org/wordprocessingml/2006",
                    b"purl.oclc.org/ooxml/wordprocessingml",
                ),
            ):
                content = content.replace(usual, other)
            target.writestr(name, content)
    assert [block.text for block in read(out.getvalue(), HINTS).blocks] == ["甲"]


def test_the_body_may_have_another_name() -> None:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(word_file(paragraph("甲")))) as source,
        zipfile.ZipFile(out, "w") as target,
    ):
        for name in source.namelist():
            content = source.read(name).replace(b"word/document.xml", b"word/document2.xml")
            target.writestr(name.replace("document.xml", "document2.xml"), content)
    assert sniff(out.getvalue()) is PayloadType.DOCX
    assert [block.text for block in read(out.getvalue(), HINTS).blocks] == ["甲"]


RELATED = (
    "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>{}</Relationships>"
)
HOSTILE = {
    "six million paragraphs": (word_file("<w:p/>" * 6_000_000), "bomb"),
    "paragraphs beyond memory": (
        zipped({"word/document.xml": b"<a>" + b"<b/>" * 4_000_001 + b"</a>", "x": b""}),
        "bomb",
    ),
    "a bomb among the pictures": (
        zipped({"word/document.xml": "<a/>", "word/media/1.bmp": bytes(30_000_000)}),
        "bomb",
    ),
    "laughs": (
        zipped({"word/document.xml": "<!DOCTYPE a [<!ENTITY b 'c'><!ENTITY d '&b;&b;'>]><a>&d;</a>"}),
        "bomb",
    ),
    "no body": (zipped({"word/document.xml": f"<w:document {NAMES}/>"}), "damaged"),
    "another part": (zipped({"word/document.xml": "<a/>"}), "damaged"),
    "cut short": (word_file(paragraph("甲"))[:-40], "damaged"),
    "too deep": (word_file("<w:sdt>" * 3_000 + "</w:sdt>" * 3_000), "damaged"),
    "nothing in it": (word_file("<w:p/>"), "no_text: nothing"),
    "a picture alone": (word_file(paragraph("<w:r><a:blip/></w:r>")), "no_text: only pictures"),
}


@pytest.mark.parametrize(("payload", "reason"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_files_are_refused_at_once(payload: bytes, reason: str) -> None:
    begin = time.process_time()
    with pytest.raises(UnreadableDocument, match=f"^{HINTS.url}: {reason}"):
        read(payload, HINTS)
    assert time.process_time() - begin < 2


def test_relations_that_lead_nowhere_or_back_harm_nothing() -> None:
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    relations = "".join(
        f"<Relationship Id='r{at}' Type='{kind}/{name}' Target='{target}'{mode}/>"
        for at, (name, target, mode) in enumerate(
            (
                ("header", "document.xml", ""),
                ("header", "../word/document.xml", ""),
                ("header", "gone.xml", ""),
                ("footer", "http://127.0.0.1:9/x", " TargetMode='External'"),
                ("image", "media/gone.png", ""),
            )
        )
    )
    members = {
        "word/document.xml": f"<w:document {NAMES}><w:body>{paragraph('甲')}</w:body></w:document>",
        "word/_rels/document.xml.rels": RELATED.format(relations),
    }
    blocks = read(zipped(members), HINTS).blocks
    assert [(block.text, block.role) for block in blocks] == [("甲", Role.TEXT)]


def test_the_samples_are_word_files() -> None:
    assert sniff(word_file(paragraph("甲"))) is PayloadType.DOCX
