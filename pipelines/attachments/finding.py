"""Finds what an article has attached.

    markup ─▶ elements ─▶ a walk: where one is (`places`), what is there (`candidates`, `scripted`)
                                       └▶ taken or left ─▶ named ─▶ each address once, in the page's order

Inside the article whatever leads to a file is attached. Beside it only what is marked: under 附件, in a block
called so, with an editor's mark, in the article's own folder, or shown in a frame. In menus, feet and lists
of other pages nothing is. Pictures count where they are marked, and as scans where the article has no other
text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lxml import etree

from pipelines.addresses import AddressUnusable, canonical_address
from pipelines.attachments.article_places import Places
from pipelines.attachments.attached import KNOWN, Attachment, How
from pipelines.attachments.candidates import (
    FRAMES,
    Candidate,
    candidate_of,
    is_marked,
    picture_of,
    read_script,
    stated_names,
    text_of,
    written_markup,
)
from pipelines.attachments.link_targets import Leads, Name, Worth, name_of, read_target
from pipelines.errors import UnreadableDocument
from pipelines.readers.html.elements import base_of, parse_page
from pipelines.readers.html.main_content import find_container

if TYPE_CHECKING:
    from pipelines.attachments.link_targets import Pointed
    from pipelines.readers.html.elements import Element
    from pipelines.readers.html.main_content import Container


def find_attachments(markup: str, url: str) -> tuple[Attachment, ...]:
    """Return the attachments of an article, in the order of its page, each address once.

    Args:
        markup: the page, decoded.
        url: its address.
    """
    try:
        return attachments_in(parse_page(markup), url)
    except UnreadableDocument:
        return ()


def attachments_in(root: Element, url: str) -> tuple[Attachment, ...]:
    """Return the attachments of an article whose page is parsed already; the elements stay as they are.

    Args:
        root: its elements; none taken out yet.
        url: its address.
    """
    return _Search(root, url).find_all()


@dataclass(slots=True)
class _Found:
    """An attachment in the making: later places may know a better name."""

    url: str | None
    written: str
    how: How
    name: Name


class _Search:
    """One walk through one page."""

    def __init__(self, root: Element, url: str) -> None:
        self._root = root
        self._url = url
        self._base = base_of(root, url)
        self._own = _address_key(url)
        self._folder = urlsplit(url).path.rpartition("/")[0] + "/"
        self._found: dict[str, _Found] = {}
        self._scans: list[Candidate] = []

    # Where the article stands is asked only of a page that may hold something: it costs most of the search.

    @cached_property
    def _container(self) -> Container | None:
        return find_container(self._root)

    @cached_property
    def _places(self) -> Places:
        return Places(None if self._container is None else self._container.element)

    @cached_property
    def _is_bare(self) -> bool:
        return self._container is not None and self._container.size < KNOWN.scan_text_below

    def find_all(self) -> tuple[Attachment, ...]:
        has_pictures_alone = all(element.tag == "img" for element in self._held)
        if not self._held or (has_pictures_alone and not self._is_bare):
            return ()
        for event, element in etree.iterwalk(self._root, events=("start", "end", "comment", "pi")):
            if len(self._found) >= KNOWN.most:
                break
            if event == "start":
                self._enter_element(element)
            else:
                self._leave_element(element, is_element=event == "end")
        # Pictures of a page beside its own file are its text once more.
        if not self._found:
            for scan in self._scans:
                self._add_candidate(scan, Name(Worth.NONE, ""))
        return tuple(
            Attachment(each.url, each.name.text, each.how, each.written) for each in self._found.values()
        )

    @cached_property
    def _held(self) -> dict[Element, Candidate | None]:
        """What may be attached, wherever it stands, which most pages have none of; None for such a script."""
        held: dict[Element, Candidate | None] = {}
        for element in self._root.iter("*"):
            if element.tag == "script":
                script = element.text or ""
                if any(read_script(script, self._base)) or any(written_markup(script)):
                    held[element] = None
            elif element.attrib:
                find = picture_of if element.tag == "img" else candidate_of
                if candidate := find(element, self._base):
                    held[element] = candidate
        return held

    def _enter_element(self, element: Element) -> None:
        self._places.enter_element(element)
        if element in self._held:
            self._take_held(element, self._held[element])
        if element.tag not in ("script", "style"):
            self._places.note_text(element.text, leads_on=len(element) > 0)

    def _take_held(self, element: Element, candidate: Candidate | None) -> None:
        if candidate is None:
            if not self._places.is_elsewhere:
                self._read_script(element)
        elif candidate.how is How.SCAN:
            if self._is_bare and self._places.in_article and not self._places.is_elsewhere:
                self._scans.append(candidate)
        else:
            self._places.note_link()
            if self._is_attached(candidate, element):
                self._add_candidate(candidate, self._name_candidate(candidate, element))

    def _leave_element(self, element: Element, *, is_element: bool) -> None:
        if is_element:
            self._places.leave_element(element)
        if element is not self._root:
            self._places.note_text(element.tail, leads_on=element.getnext() is not None)

    def _is_attached(self, candidate: Candidate, element: Element) -> bool:
        """Tell whether what is there is attached to the article, by where it is and how it is marked."""
        pointed, places = candidate.pointed, self._places
        if places.is_elsewhere or (pointed is not None and _address_key(pointed.url) == self._own):
            return False
        marked = places.is_attached or is_marked(element) or _says_attached(element)
        if pointed is None:
            return places.in_article or marked or not places.knows_article
        if pointed.leads is Leads.SOFTWARE or _is_software(pointed, element):
            return False
        if pointed.leads is Leads.IMAGE:
            # A picture in the text illustrates it; one that is linked under 附件 is a scan.
            return marked and element.tag == "a"
        if places.in_article or not places.knows_article:
            return True
        is_shown = element.tag in FRAMES
        return marked or is_shown or (pointed.leads is Leads.FILE and self._is_beside(pointed))

    def _is_beside(self, pointed: Pointed) -> bool:
        """Tell whether a file lies in the article's folder, where content systems put what is attached."""
        there, here = urlsplit(pointed.url), urlsplit(self._url)
        is_folder = len(self._folder) > 1 and there.path.startswith(self._folder)
        return is_folder and there.netloc.lower() == here.netloc.lower()

    def _name_candidate(self, candidate: Candidate, element: Element) -> Name:
        target = None if candidate.pointed is None else candidate.pointed.url
        text = "" if element.tag in FRAMES else text_of(element)
        return name_of(text, stated_names(element), self._places.before, target)

    def _read_script(self, element: Element) -> None:
        script = element.text or ""
        for stated in read_script(script, self._base):
            pointed = read_target(stated.written, self._base)
            if pointed is not None and self._is_meant(stated.owner):
                candidate = Candidate(How.SCRIPT, stated.written, pointed)
                self._add_candidate(candidate, name_of("", (stated.name,), "", pointed.url))
        for markup in written_markup(script):
            self._read_written(markup)

    def _is_meant(self, owner: str) -> bool:
        """Tell whether an address in a script is the article's, by where the script is and whose it is."""
        if KNOWN.script_names_not.search(owner):
            return False
        return self._places.in_article or KNOWN.script_names.search(owner) is not None

    def _read_written(self, markup: str) -> None:
        """Take in what a script writes into the page, at the place where it stands."""
        try:
            root = parse_page(markup)
        except UnreadableDocument:
            return
        for element in root.iter("*"):
            candidate = candidate_of(element, self._base) if element.attrib else None
            if candidate is not None and self._is_attached(candidate, element):
                self._add_candidate(candidate, self._name_candidate(candidate, element))

    def _add_candidate(self, candidate: Candidate, name: Name) -> None:
        if candidate.pointed is None:
            key, url = candidate.written, None
        else:
            key, url = _address_key(candidate.pointed.url), candidate.pointed.url
        if candidate.how is How.SCAN and url is not None:
            name = name_of("", (), "", url)
        known = self._found.get(key)
        if known is None:
            self._found[key] = _Found(url, candidate.written, candidate.how, name)
        # The least worth says most (`Worth`).
        elif name.worth < known.name.worth:
            known.name = name


def _says_attached(element: Element) -> bool:
    """Tell whether a link calls itself an attachment, as 附件1 does."""
    return re.match(r"[\s\u3000\xa0]*(?:附件|附表)", text_of(element)) is not None


def _is_software(pointed: Pointed, element: Element) -> bool:
    """Tell whether a link leads to a program: a reader for the attachments, an app."""
    if pointed.ending not in KNOWN.software_kinds:
        return False
    names = (text_of(element), *stated_names(element))
    return any(KNOWN.software_name.search(name.strip()[-80:]) for name in names)


def _address_key(url: str) -> str:
    try:
        return canonical_address(url)
    except AddressUnusable:
        return url
