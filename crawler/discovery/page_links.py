"""A page as recognition sees it: what it says of itself, where it leads, where it says it stands.

Menus are not only anchors. Portals draw them from image maps, drop-down lists, frames, `onclick`, and from
literals in scripts; all of these lead somewhere and bear a name. No script is ever run.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from lxml import etree

from crawler.discovery.column_words import CUT, word_pattern
from crawler.families.pages.clicks import clicks_of, leads_by_click
from crawler.families.pages.markup import parse_markup
from crawler.families.pages.script_model import NOISE, Join, Script, Value
from crawler.families.pages.script_reader import read_scripts
from pipelines.addresses import clean_url
from pipelines.decoded import CHINESE
from pipelines.knowledge import Thresholds
from pipelines.readers.html.elements import base_of
from pipelines.readers.html.page_facts import read_meta
from pipelines.structs import FrozenStruct
from pipelines.text.page_source import strip_comments


class DiscoveryThresholds(Thresholds):
    """Thresholds of `crawler/thresholds/discovery.yaml`, which says what each means."""

    requests: int
    least_score: float
    column_name_chars: int
    shown_rows: int
    evidence_chars: int
    remark_chars: int
    link_name_chars: int
    crumbs_chars: int
    link_text_chars: int
    block_elements: int
    heading_siblings: int
    little_text_chars: int
    hops: int
    interfaces: int
    unnamed_score: float
    unnamed_share: float
    sure_name: float
    block_height: int
    entries: int
    articles: int
    inner: int
    kept_for_lists: int
    parts: int
    worth_a_look: float
    parts_seen: int
    answer_depth: int
    doubted_rows: int
    doubted_times: int


DISCOVERY = DiscoveryThresholds.load("discovery", "crawler")


_WHITE = re.compile(r"[\s\u200b\u200c\u200d\ufeff\u00a0]+")
# » and · before the name of a link, > and … behind it, are drawn by hand in the markup.
_EDGES = re.compile(r"^[\W_]+(?<![（(【《〈])|[>»›·•|｜:：、.…\-—_*+〉]+$")
_NOWHERE = re.compile(r"^(?:#|javascript:|mailto:|tel:)|#$", re.IGNORECASE)
# What stands in the addresses of templates that a script fills in.
_FILLED_IN_LATER = re.compile(r"\{\{|\$\{|<%|\{%|\[\[")
_ADDRESS_ATTRIBUTES = ("data-url", "data-href", "data-link", "data-src", "link")
# What scripts write for `</`, which would end them.
_SLASH = "<\\/"
# The nearest one above a link without a name of its own, as 更多 is, tells where that leads.
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "dt", "legend", "caption"))


class PageLink(FrozenStruct):
    """Something on a page that leads somewhere.

    Attributes:
        url: absolute.
        name: what it is called, without white space; empty where it bears no name.
        how: `link`, `crumb`, `script` or `frame`.
        element: where it stands; None where a script makes it.
    """

    url: str
    name: str
    how: str
    element: Any = None


class Page(FrozenStruct, eq=False):
    """A page, taken apart.

    Attributes:
        url: its address, after redirects.
        markup: as decoded.
        root: its elements.
        meta: the national meta tags, by lower-case name.
        links: where it leads, in order, those of its scripts last.
        crumbs: the way from the front page to it, as it prints it.
        scripts: its inline scripts, without comments.
        script: what they state.
    """

    url: str
    markup: str
    root: Any
    meta: Mapping[str, str]
    links: tuple[PageLink, ...]
    crumbs: tuple[PageLink, ...]
    scripts: str
    script: Script

    @property
    def title(self) -> str:
        """The title of its window; empty where it has none."""
        return _squeezed(self.root.xpath("string(//title)"))

    @property
    def script_files(self) -> tuple[str, ...]:
        """The addresses of the scripts that are files, those of libraries left out."""
        library = word_pattern("library_script")
        written = (script.get("src") or "" for script in self.root.iter("script"))
        found = (clean_url(each, self.url) for each in written if each and not library.search(each.lower()))
        return tuple(dict.fromkeys(filter(None, found)))


def read_page(markup: str, url: str) -> Page | None:
    """Take a page apart; None where there is nothing to read.

    Args:
        markup: the page, decoded; or a script file, which is read as the script of an empty page.
        url: its address, after redirects.
    """
    if url.partition("?")[0].lower().endswith(".js"):
        markup = f"<script>{markup.replace('</', _SLASH)}</script>"
    root = parse_markup(markup, is_deep=True)
    if root is None:
        return None
    base = base_of(root, url)
    texts = [script.text or "" for script in root.iter("script")]
    script = read_scripts(*texts)
    crumbs = tuple(_crumbs(root, base))
    links = (*_links(root, base), *_frames(root, base), *_scripted(script, base))
    told = "\n".join(map(strip_comments, texts))
    return Page(url, markup, root, read_meta(root), links, crumbs, told, script)


def bare_name(text: str) -> str:
    """Return a name without white space and without the arrows and dots that decorate it."""
    return _EDGES.sub("", _WHITE.sub("", text))


def text_within(element: Any, most: int) -> str | None:
    """Return the text of an element as `visible_text` does; None where it is longer than so many characters.

    It stops there, so that elements in one another without end cost no more than one.
    """
    texts: list[str] = []
    size = 0
    parts = etree.iterwalk(element, events=("start", "end", "comment", "pi"))
    for event, part in islice(parts, DISCOVERY.block_elements):
        opens = event == "start"
        if (opens and part.tag in {"script", "style"}) or (not opens and part is element):
            continue
        text = (part.text if opens else part.tail) or ""
        size += len(text.strip())
        if size > most:
            return None
        texts.append(text)
    return _squeezed(" ".join(texts))


def _links(root: Any, base: str) -> Iterator[PageLink]:
    for element in root.iter("*"):
        url = _resolve(_address(element), base)
        if url:
            yield PageLink(url, _name(element), "link", element)


def _resolve(written: str | None, base: str) -> str | None:
    """Return an address as written made absolute; None where there is none, or a script would fill it in."""
    return clean_url(written, base) if written and not _FILLED_IN_LATER.search(written) else None


def _address(element: Any) -> str | None:
    """The address an element leads to, as written: by `href`, else by what a click on it does."""
    href = (element.get("href") or "").strip()
    if element.tag in {"a", "area"} and href and not _NOWHERE.search(href):
        return href
    if element.tag == "option" and "/" in (element.get("value") or ""):
        return str(element.get("value"))
    for attribute in _ADDRESS_ATTRIBUTES:
        if "/" in (element.get(attribute) or ""):
            return str(element.get(attribute))
    return clicks_of(element).address_of(element) if leads_by_click(element) else None


def _name(element: Any) -> str:
    text = text_within(element, DISCOVERY.link_text_chars) or ""
    shown = bare_name(text)
    if shown and word_pattern("more").fullmatch(shown):
        return _heading_of(element) or shown
    if shown and not text.endswith(CUT) and len(shown) <= DISCOVERY.link_name_chars:
        return shown
    images = (image.get(name) for image in element.iter("img") for name in ("alt", "title"))
    told = (element.get("title"), element.get("alt"), element.get("aria-label"), *images)
    return next(
        (bare_name(each) for each in told if each and bare_name(each)), shown[: DISCOVERY.link_name_chars]
    )


def _heading_of(element: Any) -> str:
    """The heading of the block whose 更多 this is, or the name of the tab that shows it."""
    within = element
    for above in (element, *islice(element.iterancestors(), 3)):
        for before in islice(above.itersiblings(preceding=True), DISCOVERY.heading_siblings):
            if isinstance(before.tag, str):
                headings = [
                    each
                    for each in islice(before.iter("*"), DISCOVERY.block_elements)
                    if each.tag in _HEADINGS
                ]
                head = headings[-1] if headings else _tab_of(before, (above, within))
                name = bare_name(text_within(head, 40) or "")
                if 0 < len(name) <= 20:
                    return name
        within = above
    return ""


def _tab_of(before: Any, boxes: Sequence[Any]) -> Any:
    """What names one of several boxes, where as many names stand before them as there are; else all of it."""
    for box in boxes if text_within(before, 40) else ():
        beside = [each for each in box.getparent() if each.tag == box.tag and each is not before]
        if len(before) == len(beside) > 1:
            return before[beside.index(box)]
    return before


def _crumbs(root: Any, base: str) -> Iterator[PageLink]:
    yield from _hidden_crumbs(root, base)
    block = _crumb_block(root)
    if block is None:
        return
    for anchor in block.iter("a"):
        url = _resolve(_address(anchor), base)
        name = bare_name(text_within(anchor, DISCOVERY.link_text_chars) or "")
        if url and name:
            yield PageLink(url, name, "crumb", anchor)


def _crumb_block(root: Any) -> Any | None:
    for element in root.iter("*"):
        named = f"{element.get('class') or ''} {element.get('id') or ''}"
        says = word_pattern("place_line").search(_WHITE.sub("", element.text or "")) or (
            word_pattern("place_class").search(named) and element.tag not in {"body", "html"}
        )
        found = _with_links(element) if says else None
        if found is not None:
            return found
    return None


def _with_links(element: Any) -> Any | None:
    """The nearest element around that holds links and little text."""
    for block in (element, *islice(element.iterancestors(), 3)):
        if block.tag in {"body", "html"} or text_within(block, DISCOVERY.crumbs_chars) is None:
            return None
        if next(block.iter("a"), None) is not None:
            return block
    return None


def _hidden_crumbs(root: Any, base: str) -> Iterator[PageLink]:
    """The way that Hanweb pages carry in hidden elements: `col3_name` and `col3_url`, the nearest is 1."""
    by_id = {str(each.get("id")): each.text or "" for each in root.iter("span") if each.get("id")}
    for number in range(9, 0, -1):
        url = clean_url(by_id.get(f"col{number}_url") or "#", base)
        name = bare_name(by_id.get(f"col{number}_name", ""))
        if url and name:
            yield PageLink(url, name, "crumb")


def _frames(root: Any, base: str) -> Iterator[PageLink]:
    for frame in root.iter("frame", "iframe"):
        url = _resolve(frame.get("src"), base)
        if url:
            yield PageLink(url, bare_name(frame.get("title") or ""), "frame", frame)


def _scripted(script: Script, base: str) -> Iterator[PageLink]:
    for name, written in linked_in_script(script):
        url = _resolve(written, base)
        if url:
            yield PageLink(url, bare_name(name), "script")


def _squeezed(text: str) -> str:
    return _WHITE.sub(" ", text).strip()


# Menus that scripts draw: names and addresses that stand there as literals.
# {name: '政府信息公开年报', url: '/zfxxgk/nb/'}      an entry of a menu, keys in any order
# d.add(12, 3, '政府信息公开年报', '/zfxxgk/nb/')     a call, or an array, of a name and an address
# html += '<li><a href="/zfxxgk/nb/">年报</a></li>'   markup in a string
# What is put together at run time is known only to who runs it, and is left out.

_LOOKS_LIKE_ADDRESS = re.compile(
    r"(?:https?:)?//[\w.:-]+/?\S*|\.{0,2}/\S*|[\w./-]+\.(?:s?html?|jsp|aspx?|php|do)(?:[?#]\S*)?"
)


def linked_in_script(script: Script) -> Iterator[tuple[str, str]]:
    """Yield each name with its address that a script holds as literals."""
    for fields in script.objects():
        yield from _entry(fields)
    lists = [each.value for each in script.values if isinstance(each.value, list)]
    for values in (*lists, *(call.given for call in script.calls)):
        yield from _run(values)
    for placed in script.values:
        yield from _anchors(placed.value)


def _entry(fields: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    texts = [(key, html.unescape(value)) for key, value in fields.items() if isinstance(value, str)]
    is_name, is_address = (word_pattern(f"field_of_column_{what}").fullmatch for what in ("name", "address"))
    names = [value for key, value in texts if is_name(key) and CHINESE.search(value)]
    addresses = [value for key, value in texts if is_address(key) and _is_address(value)]
    if names and addresses:
        yield names[0], addresses[0]


def _run(values: Sequence[Value]) -> Iterator[tuple[str, str]]:
    name = ""
    for value in values:
        text = html.unescape(value) if isinstance(value, str) else ""
        if name and _is_address(text):
            yield name, text
            name = ""
        elif CHINESE.search(text) and "<" not in text:
            name = text


def _anchors(value: Value) -> Iterator[tuple[str, str]]:
    """The links of markup in a string; what is put in at run time is left out."""
    parts = value.parts if isinstance(value, Join) else (value,)
    markup = "".join(part if isinstance(part, str) else NOISE for part in parts)
    root = parse_markup(markup) if "<a" in markup else None
    for anchor in root.iter("a") if root is not None else ():
        name, href = "".join(anchor.itertext()), anchor.get("href") or ""
        if CHINESE.search(name) and NOISE not in name + href:
            yield name, href


def _is_address(text: str) -> bool:
    return _LOOKS_LIKE_ADDRESS.fullmatch(text) is not None
