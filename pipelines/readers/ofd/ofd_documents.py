"""The parts of an OFD: its documents, their pages, what is drawn on each, and what is noted of them.

OFD.xml ─ DocRoot ─▶ Document.xml ─┬─ Page ─▶ Content.xml ─ Template ─▶ Tpls/…/Content.xml
                                   ├─ Annotations ─▶ Annotations.xml ─▶ Annotation.xml, one a page
                                   └─ PublicRes, DocumentRes ─▶ drawings and pictures used by their numbers
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipelines.errors import UnreadableDocument
from pipelines.readers.layout.page_blocks import MOST_PAGES
from pipelines.readers.ofd.ofd_drawing import read_box

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipelines.readers.html.elements import Element
    from pipelines.readers.packages import Package
    from pipelines.text.blocks import Box

A4 = (0.0, 0.0, 210.0, 297.0)
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
        area: the page in millimetres: left, top, right, bottom.
        contents: what is drawn, its templates first.
        annotations: its annotations.
        resources: of its document and of the page itself.
    """

    area: Box
    contents: tuple[Element, ...]
    annotations: tuple[Element, ...]
    resources: Resources


@dataclass(frozen=True, slots=True)
class _Shared:
    """What a document says for all its pages."""

    area: Box
    templates: Mapping[str, str]
    resources: Resources
    notes: set[str]


@dataclass(slots=True)
class Documents:
    """All documents of an OFD.

    Attributes:
        pages: of all documents, in order; None for one that is listed and cannot be read.
        titles: as the documents state them.
        notes: observations, as words.
    """

    pages: list[PageParts | None] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    notes: set[str] = field(default_factory=set)


def read_documents(package: Package) -> Documents:
    """Read which pages there are, and what they are made of.

    Raises:
        UnreadableDocument: `damaged`: neither a document nor a page can be found; `encrypted`; `too_big`:
            more pages than are read.
    """
    if any(posixpath.basename(member.name).lower() == "encryptions.xml" for member in package.members):
        raise UnreadableDocument("encrypted: it lists encrypted parts", where=package.where)
    documents = Documents()
    roots = [body for body in package.xml("OFD.xml").iter("{*}DocBody") if child_text(body, "DocRoot")]
    for body in roots:
        location = find_member(package, "", child_text(body, "DocRoot"))
        _read_document(package, location, documents)
        documents.titles.extend(filter(None, [child_text(body, "Title")]))
        if child_text(body, "Signatures") and _is_sealed(package, body, documents.notes):
            documents.notes.add("sealed")
    if len(roots) > 1:
        documents.notes.add("several_documents")
    if not documents.pages:
        raise UnreadableDocument("damaged: it has no pages", where=package.where)
    return documents


def _read_document(package: Package, location: str, documents: Documents) -> None:
    root = package.xml(location)
    folder = posixpath.dirname(location)
    entries = [page for pages in root.iterfind("{*}Pages") for page in pages.iterfind("{*}Page")]
    if len(documents.pages) + len(entries) > MOST_PAGES:
        raise UnreadableDocument(f"too_big: more than {MOST_PAGES} pages", where=package.where)
    resources = Resources()
    for tag in ("PublicRes", "DocumentRes"):
        for part in root.iter(f"{{*}}{tag}"):
            _read_resources(package, folder, part.text, resources, documents.notes)
    templates = {part.get("ID", ""): part.get("BaseLoc", "") for part in root.iter("{*}TemplatePage")}
    annotations = _read_annotations(package, folder, root, documents)
    area = next(filter(None, map(_read_area, root.iter("{*}PageArea"))), A4)
    shared = _Shared(area, templates, resources, documents.notes)
    if _has_attachments(package, folder, root, documents.notes):
        documents.notes.add("embedded_files")
    for entry in entries:
        try:
            page = _read_page_parts(package, folder, entry, shared)
        except UnreadableDocument as error:
            if not error.problem.startswith("damaged"):
                raise
            documents.notes.add("page_damaged")
            documents.pages.append(None)
            continue
        page_annotations = tuple(annotations.get(entry.get("ID", ""), ()))
        documents.pages.append(PageParts(page.area, page.contents, page_annotations, page.resources))


def _read_page_parts(
    package: Package,
    folder: str,
    entry: Element,
    shared: _Shared,
) -> PageParts:
    location = find_member(package, folder, entry.get("BaseLoc", ""))
    root = package.xml(location)
    own = Resources(dict(shared.resources.drawings), dict(shared.resources.pictures))
    for part in root.iterfind("{*}PageRes"):
        _read_resources(package, posixpath.dirname(location), part.text, own, shared.notes)
    used = [shared.templates.get(part.get("TemplateID", ""), "") for part in root.iterfind("{*}Template")]
    below = [package.xml(name) for name in _find_members(package, folder, used)]
    areas = [_read_area(part) for page in (root, *below) for part in page.iterfind("{*}Area")]
    contents = [part for page in (*below, root) for part in page.iterfind("{*}Content")]
    return PageParts(next(filter(None, areas), shared.area), tuple(contents), (), own)


def _find_members(package: Package, folder: str, names: list[str]) -> list[str]:
    """Return the members that locations name, each once."""
    return list(dict.fromkeys(find_member(package, folder, name) for name in names if name))


def _read_area(element: Element) -> Box | None:
    for tag in BOXES:
        box = read_box(child_text(element, tag))
        if box and box[2] > box[0] and box[3] > box[1]:
            return box
    return None


def _read_annotations(
    package: Package, folder: str, root: Element, documents: Documents
) -> Mapping[str, list[Element]]:
    """Return the annotations by the number of their page."""
    found: dict[str, list[Element]] = {}
    for part in root.iter("{*}Annotations"):
        location = find_location(package, folder, part.text or "")
        if location is None:
            documents.notes.add("annotations_damaged")
            continue
        for page in list_elements(package, location, "Page", documents.notes):
            own = find_location(package, posixpath.dirname(location), child_text(page, "FileLoc"), folder)
            if own is None:
                documents.notes.add("annotations_damaged")
            else:
                listed = list_elements(package, own, "Annot", documents.notes)
                found.setdefault(page.get("PageID", ""), []).extend(listed)
    return found


def _read_resources(
    package: Package, folder: str, name: str | None, resources: Resources, notes: set[str]
) -> None:
    """Add what a resource file lists; one that is missing lacks nothing that is text in the content."""
    location = find_location(package, folder, name or "")
    if location is None:
        return
    for root in list_elements(package, location, "Res", notes):
        base = posixpath.join(posixpath.dirname(location), root.get("BaseLoc", ""))
        for unit in root.iter("{*}CompositeGraphicUnit"):
            resources.drawings[unit.get("ID", "")] = unit
        for media in root.iter("{*}MultiMedia"):
            picture = find_location(
                package, base, child_text(media, "MediaFile"), posixpath.dirname(location)
            )
            if picture is not None:
                resources.pictures[media.get("ID", "")] = picture


def _has_attachments(package: Package, folder: str, root: Element, notes: set[str]) -> bool:
    locations = [find_location(package, folder, part.text or "") for part in root.iterfind("{*}Attachments")]
    return any(list_elements(package, location, "Attachment", notes) for location in locations if location)


def _is_sealed(package: Package, body: Element, notes: set[str]) -> bool:
    location = find_location(package, "", child_text(body, "Signatures"))
    return location is not None and bool(list_elements(package, location, "Signature", notes))


def list_elements(package: Package, location: str, tag: str, notes: set[str]) -> list[Element]:
    """Return the elements of a name in a part beside the pages; a part that is no XML is noted.

    Raises:
        UnreadableDocument: `encrypted`, `bomb`, `too_big`.
    """
    try:
        return list(package.xml(location).iter(f"{{*}}{tag}"))
    except UnreadableDocument as error:
        if not error.problem.startswith("damaged"):
            raise
        notes.add("part_damaged")
        return []


def child_text(element: Element, tag: str) -> str:
    """Return the text of the first element of a name within; empty where there is none."""
    found = next(element.iter(f"{{*}}{tag}"), None)
    return "" if found is None else (found.text or "").strip()


def find_location(package: Package, folder: str, name: str, *folders: str) -> str | None:
    """Return the member that a location names; None where there is none.

    Locations are meant from the folder of the part that names them, or with `/` in front from the root.
    Some programs write those from the root without it, so the root is tried as well.
    """
    name = name.strip().replace("\\", "/")
    places = ("",) if name.startswith("/") else (folder, *folders, "")
    for place in places:
        path = posixpath.normpath(posixpath.join(place, name.lstrip("/"))).lstrip("/")
        if name and path in package:
            return path
    return None


def find_member(package: Package, folder: str, name: str, *folders: str) -> str:
    """Return the member that a location names, as `find_location`.

    Raises:
        UnreadableDocument: `damaged`: there is none.
    """
    found = find_location(package, folder, name, *folders)
    if found is None:
        raise UnreadableDocument(f"damaged: {name or 'a part'} is missing", where=package.where)
    return found
