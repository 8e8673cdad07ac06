"""WordprocessingML of 2003 brought to the names of DOCX, so that the same code reads both.

    w:vmerge, wx:sect, aml:annotation, w:listPr ─▶ w:vMerge, w:customXml, w:ins or w:del, a run

The elements of the two are the same but for these. A number of a list is written out in the file
(`wx:t`), as Word printed it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from pipelines.readers.packages import parse_xml
from pipelines.readers.word_parts.names import MAIN, W
from pipelines.readers.word_parts.numbering import ENDS_OPEN
from pipelines.readers.word_parts.pictures import without_pictures

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipelines.readers.html.elements import Element

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
