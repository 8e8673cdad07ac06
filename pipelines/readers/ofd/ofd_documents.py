"""The parts of an OFD: its documents, their pages, what is drawn on each, and what is noted of them.

OFD.xml ─ DocRoot ─▶ Document.xml ─┬─ Page ─▶ Content.xml ─ Template ─▶ Tpls/…/Content.xml
                                   ├─ Annotations ─▶ Annotations.xml ─▶ Annotation.xml, one a page
                                   └─ PublicRes, DocumentRes ─▶ drawings and pictures used by their numbers

What is broken or missing beside the pages is noted, and loses no page.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipelines.errors import UnreadableDocument
from pipelines.grid import Box
from pipelines.readers.layout.geometry import PAPER
from pipelines.readers.ofd.ofd_drawing import read_box

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipelines.readers.html.elements import Element
    from pipelines.readers.packages import Package

A4 = Box(0.0, 0.0, 210.0, 297.0)
BOXES = ("PhysicalBox", "ApplicationBox", "ContentBox")


@dataclass(frozen=True, slots=True)
class Resources:
    """What pages use by its number.

    Attributes:
        drawings: composite graphic units.
        pictures: the names of the members that hold them.
    """

    drawings: dict[str, Element] = field(default_factory=dict)
    pictures: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PageParts:
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


@dataclass(frozen=True, slots=True)
class _Shared:
    """What a document says for all its pages, and the folder that it stands in."""

    folder: str
    area: Box
    templates: Mapping[str, str]
    annotations: Mapping[str, Sequence[Element]]
    resources: Resources


@dataclass(slots=True)
class Documents:
    """All documents of an OFD.

    Attributes:
        package: the file.
        pages: of all documents, in order; None for one that is listed and cannot be read.
        titles: as the documents state them.
        notes: observations, as words.
    """

    package: Package
    pages: list[PageParts | None] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    notes: set[str] = field(default_factory=set)

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
        area = next(filter(None, map(_read_area, root.iter("{*}PageArea"))), A4)
        enclosed = (self._find(folder, part.text) for part in root.iterfind("{*}Attachments"))
        if any(self.list_elements(place, "Attachment") for place in enclosed):
            self.notes.add("embedded_files")
        templates = {part.get("ID", ""): part.get("BaseLoc", "") for part in root.iter("{*}TemplatePage")}
        shared = _Shared(folder, area, templates, annotations, resources)
        for entry in entries:
            try:
                page = self._read_page(entry, shared)
            except UnreadableDocument as error:
                if not error.problem.startswith("damaged"):
                    raise
                self.notes.add("page_damaged")
                page = None
            self.pages.append(page)

    def _read_page(self, entry: Element, shared: _Shared) -> PageParts:
        location = self.require(shared.folder, entry.get("BaseLoc", ""))
        page = self.package.xml(location)
        own = Resources(dict(shared.resources.drawings), dict(shared.resources.pictures))
        for part in page.iterfind("{*}PageRes"):
            self._add_resources(posixpath.dirname(location), part.text, own)
        used = (shared.templates.get(part.get("TemplateID", "")) for part in page.iterfind("{*}Template"))
        names = dict.fromkeys(self.require(shared.folder, name) for name in used if name)
        below = [self.package.xml(name) for name in names]
        areas = (_read_area(part) for each in (page, *below) for part in each.iterfind("{*}Area"))
        contents = tuple(part for each in (*below, page) for part in each.iterfind("{*}Content"))
        noted = shared.annotations.get(entry.get("ID", ""), ())
        return PageParts(next(filter(None, areas), shared.area), contents, noted, own)

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
                own = self._find(posixpath.dirname(location or ""), child_text(page, "FileLoc"), folder)
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
                picture = self._find(base, child_text(media, "MediaFile"), beside)
                if picture is not None:
                    resources.pictures[media.get("ID", "")] = picture

    def note_seals(self, body: Element) -> None:
        """Note whether a document is sealed."""
        if self.list_elements(self._find("", child_text(body, "Signatures")), "Signature"):
            self.notes.add("sealed")


def read_documents(package: Package) -> Documents:
    """Read which pages there are, and what they are made of.

    Raises:
        UnreadableDocument: `damaged`: neither a document nor a page can be found; `encrypted`; `too_big`:
            more pages than are read.
    """
    if any(posixpath.basename(member.name).lower() == "encryptions.xml" for member in package.members):
        raise UnreadableDocument("encrypted: it lists encrypted parts", where=package.where)
    documents = Documents(package)
    bodies = [body for body in package.xml("OFD.xml").iter("{*}DocBody") if child_text(body, "DocRoot")]
    for body in bodies:
        documents.add_document(documents.require("", child_text(body, "DocRoot")))
        documents.titles.extend(filter(None, [child_text(body, "Title")]))
        documents.note_seals(body)
    if len(bodies) > 1:
        documents.notes.add("several_documents")
    if not documents.pages:
        raise UnreadableDocument("damaged: it has no pages", where=package.where)
    return documents


def _read_area(element: Element) -> Box | None:
    for tag in BOXES:
        box = read_box(child_text(element, tag))
        if box and box.width > 0 and box.height > 0:
            return box
    return None


def child_text(element: Element, tag: str) -> str:
    """Return the text of the first element of a name within; empty where there is none."""
    found = next(element.iter(f"{{*}}{tag}"), None)
    return "" if found is None else (found.text or "").strip()
