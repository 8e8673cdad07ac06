"""OFD (GB/T 33190): the national format of pages, read from its own text and lines.

What is drawn is read, pages as they are held. Seals and enclosed files are noted and not opened. Pages that
are pictures go to the OCR where it is installed.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from pipelines.errors import UnreadableDocument
from pipelines.readers.file_text import Block, Role
from pipelines.readers.layout.characters import hold_page
from pipelines.readers.layout.drawn_tables import tables_of_strokes
from pipelines.readers.layout.geometry import Matrix
from pipelines.readers.layout.page_blocks import Page, ReadPage, assemble_pages, recognised_elsewhere
from pipelines.readers.layout.printed_lines import join_lines
from pipelines.readers.ocr.recogniser import read as read_image
from pipelines.readers.ofd.ofd_documents import PageParts, read_documents
from pipelines.readers.ofd.ofd_drawing import NOWHERE, OFD, POINTS_PER_MM, read_box, read_drawing
from pipelines.readers.packages import Package

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipelines.decoded import Hints
    from pipelines.readers.file_text import FileText
    from pipelines.readers.layout.characters import Character
    from pipelines.readers.ofd.ofd_drawing import Drawing

PAGE_NUMBER = re.compile(r"第?[-—–－]?\d{1,4}[-—–－]?页?")


def read(payload: bytes, hints: Hints) -> FileText:
    """Read an OFD: all its documents, one behind the other, their pages numbered on.

    Raises:
        UnreadableDocument: `damaged`, `encrypted`, `bomb`, `too_big`; `no_text`: its pages show no text.
        ReaderMissing: a page is a scan, and what recognises characters is not installed.
    """
    package = Package(payload, hints.url)
    documents = read_documents(package)
    pages = [
        _read_page(package, parts, number, hints)
        for number, parts in enumerate(documents.pages, 1)
        if parts is not None
    ]
    if not pages:
        raise UnreadableDocument("damaged: none of its pages can be read", where=hints.url)
    file = assemble_pages(pages, "ofd", hints.url)
    notes = tuple(sorted({*documents.notes, *file.notes}))
    return replace(file, titles=tuple(documents.titles), notes=notes)


def _read_page(package: Package, parts: PageParts, number: int, hints: Hints) -> ReadPage:
    area = parts.area
    to_points = Matrix(e=-area.left, f=-area.top).then(Matrix(a=POINTS_PER_MM, d=POINTS_PER_MM))
    drawing = read_drawing(parts.contents, parts.resources, to_points, hints.url)
    notes = _show_hidden(drawing)
    size = area.width * POINTS_PER_MM, area.height * POINTS_PER_MM
    page, turned = hold_page(number, size, drawing.characters, tables_of_strokes(drawing.strokes))
    if "text_layer_over_image" in notes:
        page = recognised_elsewhere(page)
    asides = list(_turned_blocks(turned, number))
    if asides:
        notes.add("turned_text")
    annotated = list(_read_annotated(parts, number, to_points, hints.url))
    if annotated:
        notes.add("annotations")
    if patterns := list(_read_patterns(parts, number)):
        annotated += patterns
        notes.add("pattern_text")
    if page.words or asides:
        return ReadPage(replace(page, asides=(*asides, *annotated)), notes)
    notes.add("page_without_text")
    try:
        recognised = list(_recognise_pictures(package, parts, drawing, page, hints))
    except UnreadableDocument as error:
        notes.add(f"picture failed: page {number}: {error.problem}")
        recognised = []
    return ReadPage(replace(page, asides=(*recognised, *annotated)), notes, is_recognised=bool(recognised))


def _recognise_pictures(
    package: Package, parts: PageParts, drawing: Drawing, page: Page, hints: Hints
) -> Iterator[Block]:
    """Yield what is recognised on the pictures that cover a page; where on the page it stands is not told."""
    for name, box in drawing.pictures:
        member = parts.resources.pictures.get(name)
        if member and box.width * box.height >= OFD.covering * page.width * page.height:
            file = read_image(package.read(member), hints)
            yield from (replace(block, page=page.number, box=None) for block in file.blocks)


def _show_hidden(drawing: Drawing) -> set[str]:
    """Put text that is not shown into the place of text that is, where there is none; return the notes.

    Scanned pages have hidden text over or below their picture, as somebody's OCR read it.
    """
    if not drawing.hidden:
        return set()
    if drawing.characters or not drawing.pictures:
        return {"hidden_text"}
    drawing.characters = drawing.hidden
    return {"text_layer_over_image"}


def _turned_blocks(
    characters: Iterable[Character], number: int, straight: Role = Role.TEXT
) -> Iterator[Block]:
    """Yield each piece of turned text; what is turned by quarters may be text, what is aslant is not."""
    for _, piece in groupby(characters, key=lambda character: (character.piece, character.turns is None)):
        drawn = list(piece)
        text = "".join(character.text for character in drawn)
        role = Role.RUNNING_HEAD if drawn[0].turns is None else straight
        is_number = role is Role.TEXT and PAGE_NUMBER.fullmatch(text)
        yield Block(text, page=number, role=Role.PAGE_NUMBER if is_number else role)


def _read_patterns(parts: PageParts, number: int) -> Iterator[Block]:
    """Yield each text that an area is filled with over and over, as with a watermark (GB/T 33190, 8.3)."""
    objects = (*parts.contents, *parts.annotations)
    codes = (code for one in objects for code in one.iterfind(".//{*}Pattern//{*}TextCode"))
    for text in dict.fromkeys((code.text or "").strip() for code in codes):
        if text:
            yield Block(text, page=number, role=Role.RUNNING_HEAD)


def _read_annotated(parts: PageParts, number: int, to_points: Matrix, where: str) -> Iterator[Block]:
    """Yield the lines of the annotations of a page; watermarks stand around its text."""
    for annotation in parts.annotations:
        if annotation.get("Visible", "true").lower() == "false":
            continue
        role = Role.RUNNING_HEAD if annotation.get("Type") == "Watermark" else Role.TEXT
        for appearance in annotation.iterchildren("{*}Appearance"):
            box = read_box(appearance.get("Boundary")) or NOWHERE
            drawing = read_drawing(
                [appearance], parts.resources, Matrix(e=box.left, f=box.top).then(to_points), where
            )
            held, turned = hold_page(number, (0.0, 0.0), drawing.characters, ())
            for line in join_lines(held.words):
                yield Block(line.text, page=number, role=role)
            yield from _turned_blocks(turned, number, role)
