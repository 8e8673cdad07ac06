"""Office files that are one XML: told by their bytes, read like the files that they are another form of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipelines.decoded import Hints
from pipelines.document import read_document
from pipelines.errors import ReaderMissing, UnreadableDocument
from pipelines.readers.file_text import Role
from pipelines.readers.office_xml import read_flat_opc, read_word_xml
from pipelines.response.payload_type import PayloadType, sniff
from tests.archive.hostile_packages import LAUGHS, LOCAL, REMOTE
from tests.pipelines.readers import xml_samples as samples
from tests.pipelines.readers.word_samples import cell, paragraph, run, table, word_file
from tests.renditions.figures import read_facts, stated_facts
from tests.renditions.model import draw_report
from tests.renditions.to_docx import to_docx
from tests.renditions.to_xlsx import to_xlsx

if TYPE_CHECKING:
    from collections.abc import Callable

HINTS = Hints("http://www.example.gov.cn/1.doc", "application/msword")
BY_LIBREOFFICE = Path(__file__).parents[1] / "fixtures" / "office" / "report_word.xml"
"""The report below, saved as Word 2003 XML by LibreOffice 7.4."""
REPORTS: dict[str, tuple[Callable[[], bytes], PayloadType, str]] = {
    "word of 2003": (BY_LIBREOFFICE.read_bytes, PayloadType.WORD_XML, "word_xml"),
    "flat docx": (
        lambda: samples.flat_opc(to_docx(draw_report("form_2021", 1))),
        PayloadType.FLAT_OPC,
        "flat_opc>docx",
    ),
    "flat xlsx": (
        lambda: samples.flat_opc(to_xlsx(draw_report("form_2021", 1))),
        PayloadType.FLAT_OPC,
        "flat_opc>xlsx",
    ),
}


@pytest.mark.parametrize(("make", "kind", "extractor"), REPORTS.values(), ids=REPORTS.keys())
def test_a_report_has_its_facts(make: Callable[[], bytes], kind: PayloadType, extractor: str) -> None:
    payload = make()
    assert sniff(payload, "application/msword") is kind
    reading = read_document(payload, HINTS)
    found, wanted = read_facts(reading.facts), stated_facts(draw_report("form_2021", 1).figures)
    assert {key: (wanted.get(key), fact) for key, fact in found.items() if wanted.get(key) != fact} == {}
    assert found.keys() == wanted.keys()
    assert (reading.file_type, reading.extractor) == (str(kind), extractor)


def test_they_are_told_in_utf_16_too_and_pages_that_name_them_are_pages() -> None:
    text = samples.word_xml(paragraph("甲")).decode().replace('encoding="UTF-8"', 'encoding="UTF-16"')
    assert sniff(text.encode("utf-16")) is PayloadType.WORD_XML
    assert [block.text for block in read_word_xml(text.encode("utf-16"), HINTS).blocks] == ["甲"]
    page = (
        b'<html xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml"><body><p>1</p></body></html>'
    )
    assert sniff(page) is PayloadType.HTML
    assert sniff(b"<?xml version='1.0'?><package><a/></package>") is PayloadType.XML


LISTED = (
    '<w:listPr><w:ilvl w:val="0"/><w:ilfo w:val="1"/><wx:t wx:val="{}" wx:wTabBefore="0"/>'
    '<wx:font wx:val="{}"/></w:listPr>'
)
MARKED = '<aml:annotation aml:id="0" w:type="Word.{}"><aml:content>{}</aml:content></aml:annotation>'
BODIES = {
    "sub-sections": (
        f"<wx:sub-section>{paragraph('一、甲')}<wx:sub-section>{paragraph('乙')}</wx:sub-section></wx:sub-section>",
        ["一、甲", "乙"],
    ),
    "a framed paragraph": (f"<wx:pBdrGroup><wx:borders/>{paragraph('甲')}</wx:pBdrGroup>", ["甲"]),
    "a printed number": (paragraph("甲", LISTED.format("一、", "宋体")), ["一、甲"]),
    "a number that ends open": (paragraph("甲", LISTED.format("1.", "宋体")), ["1. 甲"]),
    "a dot before an item": (paragraph("甲", LISTED.format("\uf0b7", "Symbol")), ["甲"]),
    "a smart tag": (paragraph(f"<st1:chsdate>{run('2019年')}</st1:chsdate>{run('底')}"), ["2019年底"]),
    "an element of a form's own": (f"<x:part xmlns:x='urn:x'>{paragraph('甲')}</x:part>", ["甲"]),
    "an insertion": (paragraph(run("1") + MARKED.format("Insertion", run("2"))), ["12"]),
    "a deletion": (paragraph(run("1") + MARKED.format("Deletion", run("2"))), ["1"]),
    "a comment": (
        paragraph(f"{run('1')}<w:r>{MARKED.format('Comment', paragraph('错'))}</w:r>{run('2')}"),
        ["12"],
    ),
    "a link": (
        paragraph(f"{run('见')}<w:hlink w:dest='http://127.0.0.1:1/'>{run('网站')}</w:hlink>"),
        ["见网站"],
    ),
    "a text box": (
        paragraph(
            f"<w:r><w:pict><v:textbox><w:txbxContent>{paragraph('框')}</w:txbxContent></v:textbox></w:pict></w:r>"
        ),
        ["框"],
    ),
    "merged cells": (
        table(
            cell("组", "<w:vmerge w:val='restart'/>") + cell("甲") + cell("1"),
            cell("", "<w:vmerge/>") + cell("乙", "<w:gridSpan w:val='2'/>"),
        ),
        ["组\t甲\t1\n\t乙\t"],
    ),
}


@pytest.mark.parametrize(("body", "expected"), BODIES.values(), ids=BODIES.keys())
def test_what_is_printed_is_read(body: str, expected: list[str]) -> None:
    assert [block.text for block in read_word_xml(samples.word_xml(body), HINTS).blocks] == expected


def test_notes_and_heads_stand_apart_and_pictures_are_not_looked_at() -> None:
    picture = f"<w:r><w:pict><w:binData w:name='a.png'>{'QUJD' * 4_000_000}</w:binData></w:pict></w:r>"
    heads = (
        f"<w:sectPr><w:hdr w:type='odd'>{paragraph('某市人民政府')}</w:hdr><w:ftr w:type='odd'>"
        f"{paragraph('<w:r><w:instrText>PAGE</w:instrText></w:r>' + run('1'))}</w:ftr></w:sectPr>"
    )
    body = paragraph(f"{run('甲')}<w:r><w:footnote>{paragraph('注')}</w:footnote></w:r>{picture}")
    title = "某市人民政府信息公开报告"
    file = read_word_xml(
        samples.word_xml(paragraph(title) + body + heads * 2, f"<o:Title>{title}</o:Title>"), HINTS
    )
    assert [(block.text, block.role) for block in file.blocks] == [
        *((title, Role.TEXT), ("甲", Role.TEXT)),
        *(("某市人民政府", Role.RUNNING_HEAD), ("1", Role.PAGE_NUMBER), ("注", Role.FOOTNOTE)),
    ]
    assert file.titles == (title,)


def test_a_number_that_is_not_written_out_is_said_to_be_lost() -> None:
    listed = "<w:listPr><w:ilvl w:val='0'/><w:ilfo w:val='1'/></w:listPr>"
    assert read_word_xml(samples.word_xml(paragraph("甲", listed)), HINTS).notes == ("numbering_lost",)


@pytest.mark.parametrize("read", [read_word_xml, read_flat_opc])
@pytest.mark.parametrize("before", [LAUGHS, LOCAL, REMOTE], ids=["laughs", "local", "remote"])
def test_what_declares_entities_is_not_read(read: Callable[[bytes, Hints], object], before: str) -> None:
    with pytest.raises(UnreadableDocument, match="bomb: the file declares entities"):
        read(samples.word_xml("<w:p/>", before=before), HINTS)


def test_what_has_no_text_says_so() -> None:
    for read, payload in (
        (read_word_xml, samples.word_xml("<w:p/>")),
        (read_flat_opc, samples.flat_opc(word_file("<w:p/>"))),
    ):
        with pytest.raises(UnreadableDocument, match="no_text: "):
            read(payload, HINTS)


def test_flat_packages_of_other_kinds_are_told() -> None:
    empty = b'<pkg:package xmlns:pkg="http://schemas.microsoft.com/office/2006/xmlPackage">%s</pkg:package>'
    with pytest.raises(UnreadableDocument, match="damaged: neither"):
        read_flat_opc(empty % b"", HINTS)
    slides = b'<pkg:part pkg:name="/ppt/presentation.xml"><pkg:xmlData><a/></pkg:xmlData></pkg:part>'
    with pytest.raises(ReaderMissing, match="slides"):
        read_flat_opc(empty % slides, HINTS)
    with pytest.raises(UnreadableDocument, match="bomb: 2001 parts"):
        read_flat_opc(empty % (slides * 2_001), HINTS)


def test_excel_of_2003_waits_as_what_has_no_reader() -> None:
    workbook = b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'
    with pytest.raises(ReaderMissing, match="no_reader: excel_xml"):
        read_document(workbook, HINTS)
