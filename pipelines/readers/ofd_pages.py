"""OFD (GB/T 33190): the national format of pages, read from its own text and lines.

What is drawn is read, pages as they are held. Seals and enclosed files are noted and not opened. Pages that
are pictures go to the OCR where it is installed.

OFD.xml ─ DocRoot ─▶ Document.xml ─┬─ Page ─▶ Content.xml ─ Template ─▶ Tpls/…/Content.xml
                                   ├─ Annotations ─▶ Annotations.xml ─▶ Annotation.xml, one a page
                                   └─ PublicRes, DocumentRes ─▶ drawings and pictures used by their numbers

What is broken or missing beside the pages is noted, and loses no page.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct

from pipelines.decoded import Block, FileText, Hints, Role
from pipelines.errors import UnreadableDocument
from pipelines.grid import Box
from pipelines.readers.html.elements import Element
from pipelines.readers.layout.characters import hold_page
from pipelines.readers.layout.geometry import PAPER, Matrix, join_lines, measure_share
from pipelines.readers.layout.page_blocks import Page, assemble_pages, recognised_elsewhere
from pipelines.readers.ofd_drawing import NOWHERE, OFD, POINTS_PER_MM, Drawing, read_box, read_drawing
from pipelines.readers.packages import Package
from pipelines.readers.recogniser import SCANS
from pipelines.readers.recogniser import read as read_image
from pipelines.structs import FrozenStruct

# In millimetres, as all of GB/T 33190 is.
_A4 = Box(0.0, 0.0, 210.0, 297.0)
# Of CT_PageArea: the sheet, which every file should have; what is on view; what the text keeps within.
_BOXES = ("PhysicalBox", "ApplicationBox", "ContentBox")


def read(payload: bytes, hints: Hints) -> FileText:
    """Read an OFD: all its documents, one behind the other, their pages numbered on.

    Raises:
        UnreadableDocument: `damaged`, `encrypted`, `bomb`, `too_big`; `no_text`: its pages show no text.
        ReaderMissing: a page is a scan, and what recognises characters is not installed.
    """
    package = Package(payload, hints.url)
    documents = _read_documents(package)
    pages = [
        _read_page(package, parts, number, hints)
        for number, parts in enumerate(documents.pages, 1)
        if parts is not None
    ]
    if not pages:
        raise UnreadableDocument("damaged: none of its pages can be read", where=hints.url)
    file = assemble_pages(pages, "ofd", hints.url)
    notes = tuple(sorted({*documents.notes, *file.notes}))
    return file.replace(titles=tuple(documents.titles), notes=notes)


def _read_page(package: Package, parts: _PageParts, number: int, hints: Hints) -> Page:
    area = parts.area
    to_points = Matrix(e=-area.left, f=-area.top).then(Matrix(a=POINTS_PER_MM, d=POINTS_PER_MM))
    drawing = read_drawing(parts.contents, parts.resources, to_points, hints.url)
    size = area.width * POINTS_PER_MM, area.height * POINTS_PER_MM
    is_scan = _is_scan(drawing, *size)
    notes = _show_hidden(drawing, is_scan=is_scan)
    page = hold_page(number, size, drawing.characters, drawing.strokes)
    if "text_layer_over_image" in notes:
        page = recognised_elsewhere(page)
    if page.asides:
        notes.add("turned_text")
    annotated = list(_read_annotated(parts, number, to_points, hints.url))
    if annotated:
        notes.add("annotations")
    if patterns := list(_read_patterns(parts, number)):
        annotated += patterns
        notes.add("pattern_text")
    if not page.words and not page.asides:
        notes.add("page_without_text")
    elif not is_scan or "text_layer_over_image" in notes:
        return page.replace(asides=(*page.asides, *annotated), notes=notes)
    least = OFD.covering * page.width * page.height
    pictures = (name for name, box in drawing.pictures if box.width * box.height >= least)
    members = filter(None, map(parts.resources.pictures.get, pictures))
    recognised = list(_recognise_pictures(package, members, number, hints, notes))
    return page.replace(
        asides=(*page.asides, *recognised, *annotated), notes=notes, is_recognised=bool(recognised)
    )


def _is_scan(drawing: Drawing, width: float, height: float) -> bool:
    """Tell whether pictures cover a page and hardly a character is shown: the number that a scanner adds."""
    share = measure_share((box for _, box in drawing.pictures), width, height)
    return len(drawing.characters) < SCANS.scan_characters and share >= SCANS.covering


def _recognise_pictures(
    package: Package, members: Iterable[str], number: int, hints: Hints, notes: set[str]
) -> Iterator[Block]:
    """Yield what is recognised on pictures that cover a page; where on the page it stands is not told.

    One that cannot be read is noted.
    """
    for member in members:
        try:
            file = read_image(package.read(member), hints)
        except UnreadableDocument as error:
            notes.add(f"picture failed: page {number}: {error.problem}")
            continue
        yield from (block.replace(page=number, box=None) for block in file.blocks)


def _show_hidden(drawing: Drawing, *, is_scan: bool) -> set[str]:
    """Add text that is not shown to that of a scan, or of pictures without any; return the notes.

    Scanned pages have hidden text over or below their picture, as somebody's OCR read it.
    """
    if not drawing.hidden:
        return set()
    if not is_scan and (drawing.characters or not drawing.pictures):
        return {"hidden_text"}
    drawing.characters = [*drawing.characters, *drawing.hidden]
    return {"text_layer_over_image"}


def _read_patterns(parts: _PageParts, number: int) -> Iterator[Block]:
    """Yield each text that an area is filled with over and over, as with a watermark (GB/T 33190, 8.3)."""
    objects = (*parts.contents, *parts.annotations)
    codes = (code for one in objects for code in one.iterfind(".//{*}Pattern//{*}TextCode"))
    for text in dict.fromkeys((code.text or "").strip() for code in codes):
        if text:
            yield Block(text, page=number, role=Role.RUNNING_HEAD)


def _read_annotated(parts: _PageParts, number: int, to_points: Matrix, where: str) -> Iterator[Block]:
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
            held = hold_page(number, (0.0, 0.0), drawing.characters, role=role)
            for line in join_lines(held.words):
                yield Block(line.text, page=number, role=role)
            yield from held.asides


class Resources(FrozenStruct):
    """What pages use by its number.

    Attributes:
        drawings: composite graphic units.
        pictures: the names of the members that hold them.
    """

    drawings: dict[str, Element] = {}
    pictures: dict[str, str] = {}


class _PageParts(NamedTuple):
    """What one page is made of.

    Attributes:
        area: the page in millimetres.
        contents: what is drawn, its templates first.
        annotations: its annotations.
        resources: of its document and of the page itself.
    """

    area: Box
    contents: tuple[Element, ...]
    annotations: Sequence[Element]
    resources: Resources


class _Documents(Struct):
    """All documents of an OFD.

    Attributes:
        package: the file.
        pages: of all documents, in order; None for one that is listed and cannot be read.
        titles: as the documents state them.
        notes: observations, as words.
    """

    package: Package
    pages: list[_PageParts | None] = []
    titles: list[str] = []
    notes: set[str] = set()

    def add_document(self, location: str) -> None:
        """Add the pages of a document, which the location of its root names."""
        root = self.package.xml(location)
        folder = posixpath.dirname(location)
        entries = [page for pages in root.iterfind("{*}Pages") for page in pages.iterfind("{*}Page")]
        if len(self.pages) + len(entries) > PAPER.most_pages:
            raise UnreadableDocument(f"too_big: more than {PAPER.most_pages} pages", where=self.package.where)
        resources = Resources()
        for tag in ("PublicRes", "DocumentRes"):
            for part in root.iter(f"{{*}}{tag}"):
                self._add_resources(folder, part.text, resources)
        annotations = self._list_annotations(folder, root)
        area = next(filter(None, map(_read_area, root.iter("{*}PageArea"))), _A4)
        enclosed = (self._find(folder, part.text) for part in root.iterfind("{*}Attachments"))
        if any(self.list_elements(place, "Attachment") for place in enclosed):
            self.notes.add("embedded_files")
        templates = {part.get("ID", ""): part.get("BaseLoc", "") for part in root.iter("{*}TemplatePage")}
        for entry in entries:
            noted = annotations.get(entry.get("ID", ""), ())
            try:
                page = self._read_page(entry, folder, area, templates, resources=resources, noted=noted)
            except UnreadableDocument as error:
                if not error.problem.startswith("damaged"):
                    raise
                self.notes.add("page_damaged")
                page = None
            self.pages.append(page)

    def _read_page(
        self,
        entry: Element,
        folder: str,
        area: Box,
        templates: Mapping[str, str],
        *,
        resources: Resources,
        noted: Sequence[Element],
    ) -> _PageParts:
        location = self.require(folder, entry.get("BaseLoc", ""))
        page = self.package.xml(location)
        used = [templates.get(part.get("TemplateID", "")) for part in page.iterfind("{*}Template")]
        names = dict.fromkeys(self._find(folder, name) for name in used)
        if None in names:
            self.notes.add("part_damaged")
        below = [root for name in names for root in self.list_elements(name, "Page")]
        if own := [part.text for part in page.iterfind("{*}PageRes")]:
            # What the page adds is for no other page.
            resources = Resources(dict(resources.drawings), dict(resources.pictures))
        for res in own:
            self._add_resources(posixpath.dirname(location), res, resources)
        areas = (_read_area(part) for each in (page, *below) for part in each.iterfind("{*}Area"))
        contents = tuple(part for each in (*below, page) for part in each.iterfind("{*}Content"))
        return _PageParts(next(filter(None, areas), area), contents, noted, resources)

    def list_elements(self, location: str | None, tag: str) -> list[Element]:
        """Return the elements of a name in a part beside the pages; a part that is no XML is noted.

        Args:
            location: of the part; of one that is not there nothing is returned.
            tag: the name.

        Raises:
            UnreadableDocument: `encrypted`, `bomb`, `too_big`.
        """
        try:
            return list(self.package.xml(location).iter(f"{{*}}{tag}")) if location else []
        except UnreadableDocument as error:
            if not error.problem.startswith("damaged"):
                raise
            self.notes.add("part_damaged")
            return []

    def require(self, folder: str, name: str) -> str:
        """Return the member that a location names.

        Raises:
            UnreadableDocument: `damaged`: there is none.
        """
        found = self._find(folder, name)
        if found is None:
            raise UnreadableDocument(f"damaged: {name or 'a part'} is missing", where=self.package.where)
        return found

    def _find(self, folder: str, name: str | None, *folders: str) -> str | None:
        """Return the member that a location names; None where there is none.

        Locations are meant from the folder of the part that names them, or with `/` in front from the root.
        Some programs write those from the root without it, so the root is tried as well.
        """
        name = (name or "").strip().replace("\\", "/")
        for place in ("",) if name.startswith("/") else (folder, *folders, ""):
            path = posixpath.normpath(posixpath.join(place, name.lstrip("/"))).lstrip("/")
            if name and path in self.package:
                return path
        return None

    def _list_annotations(self, folder: str, root: Element) -> dict[str, list[Element]]:
        """Return the annotations by the number of their page."""
        found: dict[str, list[Element]] = {}
        for part in root.iter("{*}Annotations"):
            location = self._find(folder, part.text)
            if location is None:
                self.notes.add("annotations_damaged")
            for page in self.list_elements(location, "Page"):
                own = self._find(posixpath.dirname(location or ""), _child_text(page, "FileLoc"), folder)
                if own is None:
                    self.notes.add("annotations_damaged")
                found.setdefault(page.get("PageID", ""), []).extend(self.list_elements(own, "Annot"))
        return found

    def _add_resources(self, folder: str, name: str | None, resources: Resources) -> None:
        """Add what a resource file lists; one that is missing lacks nothing that is text in the content."""
        location = self._find(folder, name)
        beside = posixpath.dirname(location or "")
        for root in self.list_elements(location, "Res"):
            for unit in root.iter("{*}CompositeGraphicUnit"):
                resources.drawings[unit.get("ID", "")] = unit
            for media in root.iter("{*}MultiMedia"):
                base = posixpath.join(beside, root.get("BaseLoc", ""))
                picture = self._find(base, _child_text(media, "MediaFile"), beside)
                if picture is not None:
                    resources.pictures[media.get("ID", "")] = picture

    def note_seals(self, body: Element) -> None:
        """Note whether a document is sealed."""
        if self.list_elements(self._find("", _child_text(body, "Signatures")), "Signature"):
            self.notes.add("sealed")


def _read_documents(package: Package) -> _Documents:
    """Read which pages there are, and what they are made of.

    Raises:
        UnreadableDocument: `damaged`: neither a document nor a page can be found; `encrypted`; `too_big`:
            more pages than are read.
    """
    if any(posixpath.basename(member.name).lower() == "encryptions.xml" for member in package.members):
        raise UnreadableDocument("encrypted: it lists encrypted parts", where=package.where)
    documents = _Documents(package)
    bodies = [body for body in package.xml("OFD.xml").iter("{*}DocBody") if _child_text(body, "DocRoot")]
    for body in bodies:
        documents.add_document(documents.require("", _child_text(body, "DocRoot")))
        documents.titles.extend(filter(None, [_child_text(body, "Title")]))
        documents.note_seals(body)
    if len(bodies) > 1:
        documents.notes.add("several_documents")
    if not documents.pages:
        raise UnreadableDocument("damaged: it has no pages", where=package.where)
    return documents


def _read_area(element: Element) -> Box | None:
    for tag in _BOXES:
        box = read_box(_child_text(element, tag))
        if box and box.width > 0 and box.height > 0:
            return box
    return None


def _child_text(element: Element, tag: str) -> str:
    """Return the text of the first element of a name within; empty where there is none."""
    found = next(element.iter(f"{{*}}{tag}"), None)
    return "" if found is None else (found.text or "").strip()
