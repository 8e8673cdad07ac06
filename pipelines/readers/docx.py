"""Files of word processors (DOCX, ECMA-376): the body in order, what stands around it by its role.

    word/document.xml ─▶ paragraphs, text boxes, tables ─▶ blocks
    headers, footers, notes by the relations of the body ─▶ blocks with their roles

Read from the parts themselves, since a file with a missing picture or a loop among its relations is a report
all the same. Pages are not told: where they break is not in the file.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from pipelines.errors import UnreadableDocument
from pipelines.readers.file_text import FileText
from pipelines.readers.list_numbers import Numbers
from pipelines.readers.packages import Package
from pipelines.readers.word_story import Story, stated_titles
from pipelines.readers.word_text import W, Words, word_part
from pipelines.text.blocks import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.decoded import Hints
    from pipelines.readers.html.elements import Element
    from pipelines.text.blocks import Block

BODY = "word/document.xml"
TITLE = "{http://purl.org/dc/elements/1.1/}title"
AROUND = (
    ("header", Role.RUNNING_HEAD),
    ("footer", Role.RUNNING_HEAD),
    ("footnotes", Role.FOOTNOTE),
    ("endnotes", Role.FOOTNOTE),
)
"""Parts around the body in the order in which they are read: the end of the type of their relation, role."""


def read(payload: bytes, hints: Hints) -> FileText:
    """Read a DOCX file.

    Args:
        payload: the file.
        hints: where it came from.

    Raises:
        UnreadableDocument: `damaged`, `bomb`, `encrypted`, `too_big` (see `packages`); `no_text`: nothing
            but pictures, or nothing at all, is in it.
    """
    package = Package(payload, hints.url)
    try:
        return _read_package(package)
    except RecursionError as error:
        raise UnreadableDocument("damaged: nested too deep to be read", where=hints.url) from error


def _read_package(package: Package) -> FileText:
    name = _main_part(package)
    root = word_part(package, name)
    body = root.find(f"{W}body")
    if root.tag != f"{W}document" or body is None:
        raise UnreadableDocument(f"damaged: {name} holds no body", where=package.where)
    story = Story(
        Words(Numbers(_optional_part(package, "numbering.xml"), _optional_part(package, "styles.xml")))
    )
    blocks = story.read_body(body, package.where)
    around = [
        block for part, role in _parts_around(package, name) for block in _read_around(part, role, story)
    ]
    return FileText((*blocks, *around), "docx", _stated_titles(package, blocks), tuple(sorted(story.notes)))


def _optional_part(package: Package, name: str) -> Element | None:
    path = f"word/{name}"
    return word_part(package, path) if path in package else None


def _main_part(package: Package) -> str:
    """Return the name of the part that is the body: some programs call it `word/document2.xml`."""
    if BODY in package or "_rels/.rels" not in package:
        return BODY
    for relation in package.xml("_rels/.rels").iterchildren("{*}Relationship"):
        if relation.get("Type", "").endswith("/officeDocument"):
            return str(relation.get("Target", "")).lstrip("/")
    return BODY


def _parts_around(package: Package, name: str) -> Iterator[tuple[Element, Role]]:
    """Yield headers, footers and notes that the body refers to and that are there, each once."""
    relations = _optional_part(package, f"_rels/{posixpath.basename(name)}.rels")
    if relations is None:
        return
    seen: set[str] = set()
    for kind, role in AROUND:
        for relation in relations.iterchildren("{*}Relationship"):
            target = posixpath.normpath(posixpath.join("/word", relation.get("Target", ""))).lstrip("/")
            is_kind = (
                relation.get("Type", "").endswith(f"/{kind}") and relation.get("TargetMode") != "External"
            )
            if is_kind and target in package and target not in seen:
                seen.add(target)
                yield word_part(package, target), role


def _read_around(part: Element, role: Role, story: Story) -> Iterator[Block]:
    if role is Role.FOOTNOTE:
        # Notes with a type are the lines that separate notes from text.
        stories = [
            note for note in part.iterchildren("{*}footnote", "{*}endnote") if not note.get(f"{W}type")
        ]
    else:
        stories = [part]
    for each in stories:
        yield from story.blocks_around(each, role)


def _stated_titles(package: Package, blocks: list[Block]) -> tuple[str, ...]:
    if "docProps/core.xml" not in package:
        return ()
    return stated_titles(package.xml("docProps/core.xml").findtext(TITLE), blocks)
