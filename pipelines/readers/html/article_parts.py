"""The pages of an article that its portal serves in several: which they are, as the article's own pager says.

    t20190411_573.html: createPageHTML(5, 0, "t20190411_573", "html") ─▶ t20190411_573_1.html … _4.html
    art_9.shtml:        1 <a href="art_9_2.shtml">2</a> … <a …>末页</a>  ─▶ art_9_2.shtml …
    view?id=7:          <a href="view?id=7&page=2">下一页</a>            ─▶ view?id=7&page=2, then its own

A part is called after the first page: a pager of anything else, as of the column or of the news beside the
article, leads to other names. Pages that a pager leaves out between two of its numbers are parts; what no
pager speaks of is looked for nowhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, partial
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from pipelines.addresses import clean_url
from pipelines.readers.html.elements import PAGE_STRUCTURE, PAGES, Element, base_of
from pipelines.readers.html.main_content import find_container
from pipelines.readers.html.page_facts import read_meta

if TYPE_CHECKING:
    from collections.abc import Iterator

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


@dataclass(frozen=True, slots=True)
class _Part:
    """A part as its address names it: by a number between two pieces that all parts share."""

    before: str
    number: int
    behind: str

    def address(self, number: int) -> str:
        """Return the address of the part with another number."""
        return f"{self.before}{number}{self.behind}"

    @property
    def is_parameter(self) -> bool:
        """Whether a parameter counts the pages, and not the name of the file."""
        return "?" in self.before


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
        if part is not None and (not part.is_parameter or find_article() in anchor.iterancestors()):
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
