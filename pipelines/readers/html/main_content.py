"""Which element of a page is its body, and the further pages of an article that its portal serves in several.

Where its container has no known name, trafilatura says which words are the main text. Only the words are
taken from it: its own text flattens tables and drops spans. The element of the page that holds those words is
rendered like a known container.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache, partial
from itertools import islice
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from lxml import etree

from pipelines.addresses import clean_url
from pipelines.readers.html.elements import (
    DROPPED,
    PAGE_STRUCTURE,
    PAGES,
    Element,
    base_of,
    body_of,
    select_elements,
    write_text,
)
from pipelines.readers.html.page_facts import drop_menus, read_meta


class Body(NamedTuple):
    """The body of a page.

    Attributes:
        element: what is rendered; an empty element where the page has no text of its own.
        extractor: `container:<selector>`, `trafilatura` or `body`.
        is_thin: whether there is so little text that the document is likely elsewhere: in an attachment,
            a viewer, a script.
    """

    element: Element
    extractor: str
    is_thin: bool


def find_body(root: Element, markup: str | None, url: str, *, is_whole: bool, known: str) -> Body:
    """Find the body of a page; menus are cut out of it where its container is not known.

    Args:
        root: the parsed page, boilerplate dropped already.
        markup: the page as text, for trafilatura; None for a page that is too big for it.
        url: its address.
        is_whole: whether the page is a document saved as one, so that all of it is the body.
        known: the extractor of the article that this is a further page of: its container is the body
            however short, for the last page may hold no more than a date.
    """
    container = find_container(root)
    extractor = f"container:{container.name}" if container else ""
    if container and (extractor == known or container.size >= PAGE_STRUCTURE["container_floor"]):
        is_thin = extractor != known and container.size < PAGE_STRUCTURE["thin_below"]
        return Body(container.element, extractor, is_thin)
    page = body_of(root)
    if is_whole:
        return Body(page, "body", is_thin=False)
    is_built_of_links = measure_element("body", page).link_share > PAGE_STRUCTURE["menu_page_link_share"]
    drop_menus(root)
    located = locate_body(root, markup, url) if markup is not None else None
    extractor = "body" if located is None else "trafilatura"
    unnamed = measure_element(extractor, page if located is None else located)
    is_linked = unnamed.link_share > PAGE_STRUCTURE["link_share_limit"]
    if unnamed.size >= PAGE_STRUCTURE["unnamed_floor"] and not is_linked:
        return Body(unnamed.element, extractor, is_thin=False)
    if container:
        return Body(container.element, f"container:{container.name}", is_thin=True)
    is_page = unnamed.element is page
    if not is_linked and not (is_page and is_built_of_links):
        return Body(unnamed.element, extractor, is_thin=True)
    return Body(root.makeelement("div"), extractor, is_thin=True)


COVERAGE = 0.9
# Shorter pieces of text stand in many places of a page and locate nothing.
_SHORTEST_PIECE = 4


def locate_body(root: Element, markup: str, url: str) -> Element | None:
    """Return the smallest element that holds nearly all of the main text; None when there is none.

    Args:
        root: the parsed page.
        markup: the same page as text.
        url: its address.
    """
    import trafilatura  # noqa: PLC0415  takes a third of a second, where no page may be read

    extracted = trafilatura.extract(
        markup,
        url=url,
        include_tables=True,
        include_links=True,
        include_comments=False,
        favor_recall=True,
        deduplicate=False,  # its memory is the process's: the same page read twice would come back empty
    )
    words = "".join((extracted or "").split())
    return _smallest_holding(root, words) if words else None


def _smallest_holding(root: Element, words: str) -> Element | None:
    # Menus and tables repeat their words: each is looked for in the main text once.
    @cache
    def length_found(text: str) -> int:
        piece = "".join(text.split())
        return len(piece) if len(piece) >= _SHORTEST_PIECE and piece in words else 0

    weights = Counter[Element]()
    total = 0
    for element in root.iter("*"):
        if element.tag in DROPPED:
            continue
        texts = (element.text, *(child.tail for child in element))
        own = sum(length_found(text) for text in texts if text)
        total += own
        if own:
            weights.update(dict.fromkeys((element, *element.iterancestors()), own))
    best: Element | None = None
    for element, weight in weights.items():
        if weight >= COVERAGE * total and (best is None or best in element.iterancestors()):
            best = element
    return best


# The element that holds the body of an article, by the names that content systems give it.

MAX_CANDIDATES = 40


class Container(NamedTuple):
    """A candidate for the body.

    Attributes:
        name: the selector that found it.
        element: the element.
        size: its characters of text, white space not counted.
        link_share: how much of that is inside links.
    """

    name: str
    element: Element
    size: int
    link_share: float


def find_container(root: Element) -> Container | None:
    """Return the known container that holds the body; None when there is none with any text.

    The first in the order of the table that holds most of the text of the largest wins, so that neither
    an empty editor block nor a frame around the whole page does.
    """
    found = [*_between_markers(root), *_named_containers(root)]
    candidates = [c for c in found if c.size and c.link_share <= PAGE_STRUCTURE["link_share_limit"]]
    if not candidates:
        return max(found, key=lambda c: c.size, default=None) if any(c.size for c in found) else None
    largest = max(candidate.size for candidate in candidates)
    return next(c for c in candidates if c.size >= PAGE_STRUCTURE["share_of_largest"] * largest)


def measure_element(name: str, element: Element) -> Container:
    """Measure an element as a candidate."""
    total = linked = 0
    for text, in_link in _shown_text(element):
        size = len("".join(text.split()))
        total += size
        linked += size if in_link else 0
    return Container(name, element, total, linked / total if total else 0.0)


def _shown_text(element: Element) -> Iterator[tuple[str, bool]]:
    links = 0
    events = etree.iterwalk(element, events=("start", "end", "comment", "pi"))
    for event, part in events:
        if event == "start":
            if part.tag in DROPPED:
                events.skip_subtree()
            else:
                links += part.tag == "a"
                yield part.text or "", links > 0
            continue
        if event == "end" and part.tag == "a":
            links -= 1
        if part is not element:
            yield part.tail or "", links > 0


def _named_containers(root: Element) -> list[Container]:
    selectors = [name for entry in PAGE_STRUCTURE["containers"] for name in entry["selectors"]]
    found = select_elements(root, selectors)[:MAX_CANDIDATES]
    return [measure_element(name, element) for name, element in found]


def _between_markers(root: Element) -> list[Container]:
    """Gather what stands between a pair of marker comments under one parent into an element of its own."""
    pairs = {marker["begin"]: marker["end"] for marker in PAGE_STRUCTURE["comment_markers"]}
    found: list[Container] = []
    for begin in [comment for comment in root.iter(etree.Comment) if (comment.text or "").strip() in pairs]:
        name = begin.text.strip()
        inside: list[Element] = []
        for sibling in begin.itersiblings():
            if sibling.tag is etree.Comment and (sibling.text or "").strip() == pairs[name]:
                found.append(measure_element(f"<!--{name}-->", _wrap_siblings(begin, inside)))
                break
            inside.append(sibling)
    return found


def _wrap_siblings(begin: Element, inside: list[Element]) -> Element:
    wrapper = begin.getparent().makeelement("div")
    write_text(wrapper, "text", begin.tail)
    begin.tail = None
    begin.addnext(wrapper)
    wrapper.extend(inside)
    return wrapper


# The pages of an article that its portal serves in several: which they are, as the article's own pager says.
#
#     t20190411_573.html: createPageHTML(5, 0, "t20190411_573", "html") ─▶ t20190411_573_1.html … _4.html
#     art_9.shtml:        1 <a href="art_9_2.shtml">2</a> … <a …>末页</a>  ─▶ art_9_2.shtml …
#     view?id=7:          <a href="view?id=7&page=2">下一页</a>            ─▶ view?id=7&page=2, then its own
#
# A part is called after the first page: a pager of anything else, as of the column or of the news beside the
# article, leads to other names. Pages that a pager leaves out between two of its numbers are parts; what no
# pager speaks of is looked for nowhere.

_TEXT = r"""["']([\w.-]+)["']"""
# Texts and comments of a script, each to its end. What CDATA or <!-- hides from old browsers is no comment:
# a page too many that is asked for is only missing, one too few makes an article whole that is not.
_UNREAD = re.compile(
    r"""'(?:\\.|[^'\\\n])*+'?|"(?:\\.|[^"\\\n])*+"?|//(?!\s*<!)[^\n]*|/\*.*?(?:\*/|\Z)""", re.DOTALL
)
_COUNT = r"""["']?(\d{1,4})["']?"""
_CALL = re.compile(
    rf"createPage\w{{0,20}}\(\s*(?:{_TEXT}\s*,\s*)?{_COUNT}\s*,\s*{_COUNT}\s*,\s*{_TEXT}\s*,\s*{_TEXT}"
)
_DRESS = re.compile(r"[\s\[\]【】()（）<>›»＞→]+")
_NUMBERED_FILE = re.compile(r"(?P<stem>.+)_(?P<number>\d{1,4})(?P<suffix>\.\w+)")


class _Part(NamedTuple):
    """A part as its address names it: by a number between two pieces that all parts share."""

    before: str
    number: int
    behind: str

    def address(self, number: int) -> str:
        """Return the address of the part with another number."""
        return f"{self.before}{number}{self.behind}"


def find_parts(root: Element, url: str, first: str) -> tuple[str, ...]:
    """Return the addresses of the further pages of an article that its pager on one of them names, in order.

    Args:
        root: the elements of one of its pages.
        url: the address of that page.
        first: the address of the article, which is its first page; it is not among them.
    """
    base = base_of(root, url)
    if _shares_name_with_lists(first) and "articletitle" not in read_meta(root):
        return ()
    named = dict.fromkeys((*_called_parts(root, base, first), *_linked_parts(root, base, first)))
    return tuple(named)[: PAGES.most_parts]


def _called_parts(root: Element, base: str, first: str) -> Iterator[str]:
    """Yield the pages that a paging call counts; from 1 where a container's id stands before the count."""
    for script in root.iter("script"):
        text = script.text or ""
        calls = list(islice(_CALL.finditer(text), PAGES.most_parts))
        comments = [match.span() for match in _UNREAD.finditer(text if calls else "") if match[0][0] == "/"]
        for call in calls:
            container, count, _, stem, suffix = call.groups()
            if any(begin < call.start() < end for begin, end in comments):
                continue
            start = 1 if container else 0
            second = clean_url(f"{stem}_{start + 1}.{suffix.lstrip('.')}", base)
            part = None if second is None else _read_part(second, first)
            if part is not None:
                last = start + min(int(count), PAGES.most_parts + 1)
                yield from map(part.address, range(start + 1, last))


def _linked_parts(root: Element, base: str, first: str) -> Iterator[str]:
    """Yield where the links of a pager lead; where its numbers keep step, also what it leaves out between."""
    found: dict[int, _Part] = {}
    steps = set()
    find_article = cache(partial(_find_article, root))
    labelled = ((anchor, _read_label(anchor)) for anchor in root.iter("a", "option"))
    pager = (pair for pair in labelled if pair[1].isdigit() or pair[1] in PAGE_STRUCTURE["part_links"])
    # A page has its pager above and below the text, and maybe one of its comments.
    for anchor, said in islice(pager, 4 * PAGES.most_parts):
        target = clean_url(anchor.get("href") or anchor.get("value") or "#", base)
        # What is numbered 1 is the first page itself, whatever it is called there.
        part = None if target is None or said == "1" else _read_part(target, first)
        # The name of a file counts the pages, or a parameter.
        if part is not None and ("?" not in part.before or find_article() in anchor.iterancestors()):
            found[part.number] = part
            steps |= {part.number - int(said)} if said.isdigit() else set()
    numbers = sorted(found)
    if len(steps) == 1:
        numbers = list(range(numbers[0], min(numbers[-1], numbers[0] + PAGES.most_parts) + 1))
    for number in numbers:
        yield found.get(number, found[numbers[0]]).address(number)


def _read_label(anchor: Element) -> str:
    said = _DRESS.sub("", "".join(islice(anchor.itertext(), 8))[:40])
    # 第2页 in drop-down lists, whose entries hold the addresses.
    said = said.removeprefix("第").removesuffix("页") if anchor.tag == "option" else said
    return said.lower() if said.isascii() or not said.isdigit() else ""


def _find_article(root: Element) -> Element | None:
    """Return the text of a page that calls itself an article: comments below it have pagers, too."""
    container = find_container(root) if "articletitle" in read_meta(root) else None
    return None if container is None else container.element


def _read_part(target: str, first: str) -> _Part | None:
    """Read an address as that of a part; None where it is not called after the first page."""
    there, here = urlsplit(target), urlsplit(first)
    if there.netloc != here.netloc:
        return None
    if there.path == here.path:
        return _read_parameter(target, there.query, here.query)
    folder, _, name = here.path.rpartition("/")
    own, _, suffix = (name or "index.").rpartition(".")
    found = _NUMBERED_FILE.fullmatch(there.path.removeprefix(f"{folder}/"))
    if not found or there.query != here.query or found["stem"] != (own or name):
        return None
    if suffix and found["suffix"] != f".{suffix}":
        return None
    before, behind = target.rsplit(f"_{found['number']}{found['suffix']}", 1)
    return _Part(f"{before}_", int(found["number"]), found["suffix"] + behind)


def _read_parameter(target: str, query: str, own: str) -> _Part | None:
    """Read the address of a part that differs from the first page in the parameter that counts pages."""
    names = PAGE_STRUCTURE["part_parameters"]
    given = parse_qsl(query, keep_blank_values=True)
    pages = [(name, value) for name, value in given if name.lower() in names]
    others = [pair for pair in given if pair not in pages]
    first = [pair for pair in parse_qsl(own, keep_blank_values=True) if pair[0].lower() not in names]
    if len(pages) != 1 or sorted(others) != sorted(first):
        return None
    name, value = pages[0]
    if not (value.isascii() and value.isdigit()) or len(value) > 4 or int(value) < 2:
        return None
    before, behind = target.rsplit(f"{name}={value}", 1)
    return _Part(f"{before}{name}=", int(value), behind)


def _shares_name_with_lists(first: str) -> bool:
    """Tell whether columns are called so, too: of them only what calls itself an article is in parts."""
    stem = urlsplit(first).path.rpartition("/")[2].partition(".")[0].lower()
    return not stem or stem in PAGE_STRUCTURE["list_names"]
