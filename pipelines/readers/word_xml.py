"""Word 2003 XML, a whole document in one XML, often served as `.doc`: read by the code that reads DOCX.

Macros, pictures and objects stand in it as characters, and are not looked at.

Source: Microsoft Office 2003 XML Reference Schemas, WordprocessingML.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.errors import UnreadableDocument
from pipelines.readers.file_text import FileText
from pipelines.readers.word_parts.names import W
from pipelines.readers.word_parts.numbering import Numbers
from pipelines.readers.word_parts.story import Story, stated_titles
from pipelines.readers.word_parts.wordml import read_wordml
from pipelines.readers.word_parts.words import Words
from pipelines.text.blocks import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.decoded import Hints
    from pipelines.readers.html.elements import Element

TITLE = "{urn:schemas-microsoft-com:office:office}DocumentProperties/{*}Title"
AROUND = (
    *(("hdr", Role.RUNNING_HEAD), ("ftr", Role.RUNNING_HEAD)),
    *(("footnote", Role.FOOTNOTE), ("endnote", Role.FOOTNOTE)),
)
"""What stands inside the body and is not part of it, in the order in which it is read; the role of each."""


def read(payload: bytes, hints: Hints) -> FileText:
    """Read a Word 2003 XML file.

    Args:
        payload: the file.
        hints: where it came from.

    Raises:
        UnreadableDocument: `damaged`, `bomb`, `too_big`; `no_text`: nothing but pictures, or nothing at all,
            is in it.
    """
    notes: set[str] = set()
    try:
        root = read_wordml(payload, hints.url, notes)
        return _read(root, hints.url, notes)
    except RecursionError as error:
        raise UnreadableDocument("damaged: nested too deep to be read", where=hints.url) from error


def _read(root: Element, where: str, notes: set[str]) -> FileText:
    body = root.find(f"{W}body")
    if body is None:
        raise UnreadableDocument("damaged: the file holds no body", where=where)
    parts = [(part, role) for name, role in AROUND for part in _taken_out(body, name)]
    story = Story(Words(Numbers(None, None)))
    blocks = list(story.blocks(body))
    notes |= story.notes
    if not blocks:
        what = "only pictures are" if "pictures" in notes else "nothing is"
        raise UnreadableDocument(f"no_text: {what} in it", where=where)
    around = [block for part, role in parts for block in story.blocks_around(part, role)]
    # Each section of a document has its heads; mostly they are those of the one before.
    heads = dict.fromkeys(block for block in around if block.role is not Role.FOOTNOTE)
    feet = [block for block in around if block.role is Role.FOOTNOTE]
    titles = stated_titles(root.findtext(TITLE), blocks)
    return FileText((*blocks, *heads, *feet), "word_xml", titles, tuple(sorted(notes | story.notes)))


def _taken_out(body: Element, name: str) -> Iterator[Element]:
    """Take headers, footers or notes out of the body, and yield them."""
    for part in list(body.iter(f"{W}{name}")):
        parent = part.getparent()
        if parent is not None:
            parent.remove(part)
            yield part
