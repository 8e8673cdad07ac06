"""Office files that are one XML: Word 2003, often served as `.doc`, and flat OPC.

Systems that fill a template (FreeMarker) write reports so. The text of Word 2003 is read by the code that
reads DOCX, a flat OPC is packed again and read as what it holds. Macros, pictures and objects stand in these
files as characters, and are not looked at. Left out is Excel 2003 XML, of which no public file was met: it
waits, as whatever has no reader. LibreOffice would make 0 of a text that stands where a number should.
Source: ECMA-376 part 2; the flat form of its package is that of Word's `pkg:package`.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

from lxml import etree

from pipelines.errors import ReaderMissing, UnreadableDocument, refuse_broken
from pipelines.readers.docx import TOO_DEEP, Story
from pipelines.readers.file_text import FileText, Role, printed_titles
from pipelines.readers.packages import parse_xml, without_pictures
from pipelines.readers.registry import read_file
from pipelines.readers.word_text import ENDS_OPEN, MAIN, Numbers, W, Words
from pipelines.response.payload_type import PayloadType, sniff

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipelines.decoded import Hints
    from pipelines.readers.html.elements import Element

TITLE = "{urn:schemas-microsoft-com:office:office}DocumentProperties/{*}Title"
AROUND = (
    *(("hdr", Role.RUNNING_HEAD), ("ftr", Role.RUNNING_HEAD)),
    *(("footnote", Role.FOOTNOTE), ("endnote", Role.FOOTNOTE)),
)
"""What stands inside the body and is not part of it, in the order in which it is read; the role of each."""

_PKG = "{http://schemas.microsoft.com/office/2006/xmlPackage}"
_MOST_PARTS = 2_000


def read_word_xml(payload: bytes, hints: Hints) -> FileText:
    """Read a Word 2003 XML file.

    w:vmerge, wx:sect, aml:annotation, w:listPr ─▶ w:vMerge, w:customXml, w:ins or w:del, a run

    Args:
        payload: the file.
        hints: where it came from.

    Raises:
        UnreadableDocument: `damaged`, `bomb`, `too_big`; `no_text`: nothing but pictures, or nothing at all,
            is in it.

    Source: Microsoft Office 2003 XML Reference Schemas, WordprocessingML.
    """
    # Not through LibreOffice, which loses tracked insertions and the numbers of lists, that Word printed:
    # `wx:t`.
    story = Story(Words(Numbers(None, None)))
    with refuse_broken(RecursionError, TOO_DEEP, hints.url):
        root = read_wordml(payload, hints.url, story.notes)
        return _read_document(root, hints.url, story)


def _read_document(root: Element, where: str, story: Story) -> FileText:
    body = root.find(f"{W}body")
    if body is None:
        raise UnreadableDocument("damaged: the file holds no body", where=where)
    parts = [(part, role) for name, role in AROUND for part in _take_out(body, name)]
    blocks = story.read_body(body, where)
    around = [block for part, role in parts for block in story.blocks_around(part, role)]
    # Each section of a document has its heads; mostly they are those of the one before.
    heads = dict.fromkeys(block for block in around if block.role is not Role.FOOTNOTE)
    feet = [block for block in around if block.role is Role.FOOTNOTE]
    titles = printed_titles(root.findtext(TITLE) or "", blocks)
    return FileText((*blocks, *heads, *feet), "word_xml", titles, tuple(sorted(story.notes)))


def _take_out(body: Element, name: str) -> Iterator[Element]:
    """Take headers, footers or notes out of the body, and yield them."""
    for part in list(body.iter(f"{W}{name}")):
        parent = part.getparent()
        if parent is not None:
            parent.remove(part)
            yield part


# The same names as in DOCX, under an address of their own.
MAIN_2003 = "http://schemas.microsoft.com/office/word/2003/wordml"
HINTS = "{http://schemas.microsoft.com/office/word/2003/auxHint}"
MARKS = "{http://schemas.microsoft.com/aml/2001/core}"
TYPE = f"{W}type"
WRAPPER = f"{W}customXml"
RENAMED: Mapping[str, str] = {
    f"{W}vmerge": f"{W}vMerge",
    f"{W}hmerge": f"{W}hMerge",
    f"{W}cfChunk": WRAPPER,
    f"{HINTS}sect": WRAPPER,
    f"{HINTS}sub-section": WRAPPER,
    f"{HINTS}pBdrGroup": WRAPPER,
    f"{MARKS}content": WRAPPER,
}
REVISIONS: Mapping[str, str] = {"Word.Insertion": f"{W}ins", "Word.Deletion": f"{W}del"}
"""What changes of a text become; other marks are bookmarks, formats and comments, which are no text."""
BLOCKS = frozenset(f"{W}{name}" for name in ("p", "tbl", "tr", "tc"))
SIGN_FONTS = frozenset(("Symbol", "Wingdings", "Wingdings 2", "Wingdings 3", "Webdings"))
"""Fonts in which the sign before an item of a list is no character, but a dot or an arrow."""


def read_wordml(payload: bytes, where: str, notes: set[str]) -> Element:
    """Return the root of a Word 2003 XML file in the names of DOCX.

    Args:
        payload: the file.
        where: its address, for errors.
        notes: gains `numbering_lost` where a number is not written out.

    Raises:
        UnreadableDocument: `damaged`, `bomb`, `too_big`: it is no XML that is read.
    """
    stored = parse_xml(without_pictures(payload), "the file", where)
    content = etree.tostring(stored, encoding="utf-8").replace(MAIN_2003.encode(), MAIN.encode())
    root = parse_xml(content, "the file", where)
    for mark in list(root.iter(f"{MARKS}annotation")):
        _settle_mark(mark)
    for element in root.iter("*"):
        if element.tag in RENAMED:
            element.tag = RENAMED[element.tag]
        elif not element.tag.startswith(W) and any(child.tag in BLOCKS for child in element):
            element.tag = WRAPPER  # of a schema of its own, as forms have them
    for listed in list(root.iter(f"{W}listPr")):
        _write_number(listed, notes)
    return root


def _settle_mark(mark: Element) -> None:
    parent = mark.getparent()
    if parent is None:
        return
    revision = REVISIONS.get(mark.get(TYPE, ""))
    if revision is not None:
        mark.tag = revision
    else:
        parent.remove(mark)


def _write_number(listed: Element, notes: set[str]) -> None:
    """Put the number that is printed before a paragraph into its text; a sign of a list is none."""
    properties = listed.getparent()
    paragraph = None if properties is None else properties.getparent()
    if paragraph is None or paragraph.tag != f"{W}p":
        return
    printed = listed.find(f"{HINTS}t")
    if printed is None:
        notes.add("numbering_lost")
        return
    font = listed.find(f"{HINTS}font")
    text = printed.get(f"{HINTS}val", "")
    if not text.strip() or (font is not None and font.get(f"{HINTS}val") in SIGN_FONTS):
        return
    run = etree.SubElement(paragraph, f"{W}r")
    etree.SubElement(run, f"{W}t").text = f"{text} " if ENDS_OPEN.search(text) else text
    paragraph.insert(paragraph.index(properties) + 1, run)


def read_flat_opc(payload: bytes, hints: Hints) -> FileText:
    """Read a flat OPC file.

    Raises:
        UnreadableDocument: `damaged`, `bomb`, `too_big`; else as of DOCX and XLSX.
        ReaderMissing: its parts are those of slides.
    """
    packed = _packed_again(payload, hints.url)
    kind = sniff(packed)
    if kind is PayloadType.PPTX:
        raise ReaderMissing("flat_opc: slides have no reader yet", where=hints.url)
    if kind not in (PayloadType.DOCX, PayloadType.XLSX):
        raise UnreadableDocument("damaged: neither a document nor a workbook is in it", where=hints.url)
    file = read_file(kind, packed, hints)
    return replace(file, extractor=f"flat_opc>{file.extractor}")


def _packed_again(payload: bytes, where: str) -> bytes:
    """Return the parts of a file that are XML as a zip; pictures and programs are left out.

    Raises:
        UnreadableDocument: `damaged`, `bomb`, `too_big`: it is no XML that is read, or has too many parts.
    """
    root = parse_xml(without_pictures(payload), "the file", where)
    parts = list(root.iterchildren(f"{_PKG}part"))
    if len(parts) > _MOST_PARTS:
        raise UnreadableDocument(f"bomb: {len(parts)} parts", where=where)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for part in parts:
            content = part.find(f"{_PKG}xmlData/*")
            if content is not None:
                name = part.get(f"{_PKG}name", "").lstrip("/")
                archive.writestr(zipfile.ZipInfo(name), etree.tostring(content, encoding="utf-8"))
    return packed.getvalue()
