"""Finds what an article has attached.

    markup ─▶ elements ─▶ a walk: where one is (`Places`), what is there (`candidates`)
                                       └▶ taken or left ─▶ named ─▶ each address once, in the page's order

Inside the article whatever leads to a file is attached. Beside it only what is marked: under 附件, in a block
called so, with an editor's mark, in the article's own folder, or shown in a frame. In menus, feet and lists
of other pages nothing is. Pictures count where they are marked, and as scans where the article has no other
text.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import cached_property
from operator import attrgetter
from urllib.parse import urlsplit

from lxml import etree
from msgspec import Struct

from pipelines.addresses import find_canonical
from pipelines.attachments import KNOWN, LOOKED_AT, Attachment, How
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
from pipelines.attachments.link_targets import Leads, Name, Pointed, name_of, read_target
from pipelines.errors import UnreadableDocument
from pipelines.readers.html.elements import BLOCKS, BREAKS, Element, base_of, element_words, parse_page
from pipelines.readers.html.main_content import Container, find_container


def attachments_in(root: Element, url: str) -> tuple[Attachment, ...]:
    """Return the attachments of an article whose page is parsed already; the elements stay as they are.

    Args:
        root: its elements; none taken out yet.
        url: its address.
    """
    return _Search(root, url).find_all()


class _Search:
    """One walk through one page."""

    def __init__(self, root: Element, url: str) -> None:
        self._root = root
        self._url = url
        self._base = base_of(root, url)
        self._own = _address_key(url)
        self._folder = urlsplit(url).path.rpartition("/")[0] + "/"
        # The attachments by their address: later places may know a better name.
        self._found: dict[str, tuple[Candidate, Name]] = {}
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
                self._add_candidate(scan, name_of("", (), "", scan.url))
        return tuple(
            Attachment(each.url, name.text, each.how, each.written) for each, name in self._found.values()
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
            self._try_candidate(candidate, element)

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
        # A link may call itself an attachment, as 附件1 does.
        marked = (
            places.is_attached
            or is_marked(element)
            or re.match(r"[\s\u3000\xa0]*(?:附件|附表)", text_of(element)) is not None
        )
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

    def _try_candidate(self, candidate: Candidate, element: Element) -> None:
        if self._is_attached(candidate, element):
            text = "" if element.tag in FRAMES else text_of(element)
            name = name_of(text, stated_names(element), self._places.before, candidate.url)
            self._add_candidate(candidate, name)

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
            if element.attrib and (candidate := candidate_of(element, self._base)):
                self._try_candidate(candidate, element)

    def _add_candidate(self, candidate: Candidate, name: Name) -> None:
        key = candidate.written if candidate.url is None else _address_key(candidate.url)
        known, told = self._found.get(key, (candidate, name))
        # The least worth says most (`Worth`).
        self._found[key] = known, min(told, name, key=attrgetter("worth"))


def _is_software(pointed: Pointed, element: Element) -> bool:
    """Tell whether a link leads to a program: a reader for the attachments, an app."""
    if pointed.ending not in KNOWN.software_kinds:
        return False
    names = (text_of(element), *stated_names(element))
    return any(KNOWN.software_name.search(name.strip()[-80:]) for name in names)


def _address_key(url: str) -> str:
    return find_canonical(url) or url


# Where on a page one is while going through it: in the article, beside it, in a menu, under which heading.

# 附件：, 【附件】 and ◆附件下载◆ are one word.
_DRESS = re.compile(r"[\s\u3000\xa0:：\[\]【】［］()（）<>＜＞《》|｜·•■▪◆>＞»→\-—]+")


class Label(Enum):
    """What the nearest heading above says of a list."""

    ATTACHED = "attached"
    RELATED = "related"


class _Frame(Struct):
    """An element that is open: what holds in it."""

    element: Element
    in_article: bool = False
    elsewhere: bool = False
    attached: bool = False
    is_link: bool = False
    label: Label | None = None


class Places:
    """Follows a walk through a page.

    enter_element ─▶ frame on the stack ─▶ … ─▶ leave_element
    note_text     ─▶ labels (附件：, 相关链接) of the block that they head, and the text before a link

    Args:
        article: the element that holds the article; None where that is not known.

    Attributes:
        before: the text before, in the same block, since the last link.
    """

    def __init__(self, article: Element | None) -> None:
        self._article = article
        # What holds the article is no menu, whatever it is called.
        self._around = set() if article is None else set(article.iterancestors())
        # Below the root stands what holds nowhere.
        self._stack = [_Frame(None)]
        self.before = ""

    @property
    def knows_article(self) -> bool:
        """Whether it is known where the article stands."""
        return self._article is not None

    @property
    def in_article(self) -> bool:
        """Whether the walk is inside the article."""
        return self._stack[-1].in_article

    @property
    def is_elsewhere(self) -> bool:
        """Whether the walk is in a menu, a foot, a list of other pages."""
        return self._stack[-1].elsewhere or self.label is Label.RELATED

    @property
    def is_attached(self) -> bool:
        """Whether what surrounds the walk says that attachments stand here."""
        return self._stack[-1].attached or self.label is Label.ATTACHED

    @property
    def label(self) -> Label | None:
        """What the nearest heading says; one outside the article says nothing about what is in it."""
        inside = self._stack[-1].in_article
        for frame in reversed(self._stack[-LOOKED_AT.label_reach :]):
            if inside and not frame.in_article:
                return None
            if frame.label is not None:
                return frame.label
        return None

    def enter_element(self, element: Element) -> None:
        """Go into an element."""
        if element.tag in BLOCKS or element.tag in BREAKS:
            self.before = ""
        outer, names = self._stack[-1], element_words(element)
        is_around = element in self._around
        is_menu = element.tag in KNOWN.elsewhere_tags or not KNOWN.elsewhere_words.isdisjoint(names)
        says_attached = not KNOWN.attached_words.isdisjoint(names)
        self._stack.append(
            _Frame(
                element,
                in_article=outer.in_article or element is self._article,
                elsewhere=outer.elsewhere or (is_menu and not is_around),
                attached=outer.attached or (says_attached and not is_around),
                is_link=element.tag == "a" and bool(element.get("href")),
            )
        )

    def note_link(self) -> None:
        """Note that the element last entered is a link, whatever its tag."""
        self._stack[-1].is_link = True

    def leave_element(self, element: Element) -> None:
        """Leave an element; the text of a link is not the text before the next."""
        if self._stack.pop().is_link or element.tag in BLOCKS:
            self.before = ""

    def note_text(self, text: str | None, *, leads_on: bool) -> None:
        """Pass a piece of text.

        Args:
            text: as it stands; None for none.
            leads_on: whether an element follows it in the same element.
        """
        if not text:
            return
        if len(self.before) < LOOKED_AT.before_characters:
            self.before += text[: LOOKED_AT.before_characters]
        if len(text) <= LOOKED_AT.label_text:
            self._note_label(text, leads_on=leads_on)

    def _note_label(self, text: str, *, leads_on: bool) -> None:
        bare = _DRESS.sub("", text)
        is_attached = KNOWN.attached_label.fullmatch(bare) is not None
        is_label = is_attached or KNOWN.related_label.fullmatch(bare)
        if bare and len(bare) <= KNOWN.label_characters and is_label:
            frame = self._labelled_frame(leads_on=leads_on)
            if frame is not None:
                frame.label = Label.ATTACHED if is_attached else Label.RELATED

    def _labelled_frame(self, *, leads_on: bool) -> _Frame | None:
        """Return the element whose rest a label heads: the one around the block that it ends."""
        # Outwards from where the label stands: inline elements pass, the first block that has a sibling
        # behind it is the label's own, and what is around that block is what it heads.
        for at in range(len(self._stack) - 1, max(0, len(self._stack) - LOOKED_AT.label_reach), -1):
            frame = self._stack[at]
            if frame.is_link:
                return None  # it leads to such a list
            if frame.element is self._article or at == 1:
                return frame
            if frame.element.tag not in BLOCKS:
                continue
            if frame.element.getnext() is not None:
                return self._stack[at - 1]
            if leads_on:
                return frame
        return None
