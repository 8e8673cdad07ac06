"""The paging calls of static portals: how many pages a list has, and what they are called.

The order of a call's arguments decides where its numbering starts. A number first means pages counted from
0 (`index.html`, `index_1.html`, …); a container's id first means pages counted from 1 (`xlist.shtml`,
`xlist_2.shtml`, …).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.families.pages.scripts import assignments, calls
from pipelines.addresses import clean_url

if TYPE_CHECKING:
    from crawler.families.pages.scripts import Literal

MAX_PAGES = 2000
"""No list is walked further: 2,000 pages of 20 rows are more than any column holds."""

_CALL = r"createPage\w*"
_ARTICLE_STEM = re.compile(r"t\d{8}_\d+")
_STEM_IN_SCRIPT = re.compile(r"""["'](?:[^"'\s]*/)?(?P<stem>[A-Za-z]\w*?)_["']\s*\+""")
_SUFFIX_IN_SCRIPT = re.compile(r"""\+\s*["']\.(?P<suffix>s?html?|jsp|aspx?|php)\b""")
_PAGE_NUMBER = re.compile(r"_\d+$")
_NUMBER = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Paging:
    """One paging call, understood.

    Attributes:
        pages: how many pages there are.
        current: the number of this page, in the call's own numbering.
        first: the number of the first page: 0 or 1.
        stem: what the files' names begin with.
        suffix: their extension, without a dot.
        rows: how many rows there are on all pages; None where the call does not say.
        dialect: the call's shape, for the record.
    """

    pages: int
    current: int
    first: int
    stem: str
    suffix: str
    rows: int | None
    dialect: str

    @property
    def is_article(self) -> bool:
        """Whether it pages through the parts of one article, not through a list."""
        return _ARTICLE_STEM.fullmatch(self.stem) is not None

    def page_urls(self, base: str) -> tuple[str, ...]:
        """Return the addresses of the pages after this one, in order."""
        last = min(self.first + self.pages, self.first + MAX_PAGES)
        numbers = range(max(self.current, self.first) + 1, last)
        pages = (clean_url(f"{self.stem}_{number}.{self.suffix}", base) for number in numbers)
        return tuple(page for page in pages if page is not None)


def find_paging(script: str, url: str) -> Paging | None:
    """Return the first paging call of a script that can be understood.

    Args:
        script: a script without comments.
        url: the address of the page; its file's name stands in for a prefix that is not given.
    """
    for arguments in calls(script, _CALL):
        paging = _from_arguments(arguments, url)
        if paging is not None:
            return paging
    return _from_loop(script, url)


def _from_arguments(arguments: tuple[Literal, ...], url: str) -> Paging | None:
    container_first = bool(arguments) and isinstance(arguments[0], str) and not arguments[0].isdigit()
    rest = arguments[1:] if container_first else arguments
    if len(rest) < 2:
        return None
    pages, current = _number(rest[0]), _number(rest[1])
    if pages is None or current is None:
        return None
    stem, suffix = _file_name(url)
    return Paging(
        pages=pages,
        current=current,
        first=1 if container_first else 0,
        stem=str(rest[2]) if len(rest) > 2 and rest[2] else stem,
        suffix=str(rest[3]).lstrip(".") if len(rest) > 3 and rest[3] else suffix,
        rows=_number(rest[4]) if len(rest) > 4 else None,
        dialect="container_first" if container_first else "number_first",
    )


def _from_loop(script: str, url: str) -> Paging | None:
    values = {name: value for name, value, _ in assignments(script)}
    pages = _number(values.get("countPage"))
    if pages is None:
        return None
    stem, suffix = _file_name(url)
    written_stem, written_suffix = _STEM_IN_SCRIPT.search(script), _SUFFIX_IN_SCRIPT.search(script)
    return Paging(
        pages=pages,
        current=_number(values.get("currentPage")) or 0,
        first=0,
        stem=written_stem["stem"] if written_stem else stem,
        suffix=written_suffix["suffix"] if written_suffix else suffix,
        rows=None,
        dialect="count_page",
    )


def _file_name(url: str) -> tuple[str, str]:
    name = PurePosixPath(urlsplit(url).path.rpartition("/")[2])
    return _PAGE_NUMBER.sub("", name.stem) or "index", name.suffix.lstrip(".") or "html"


def _number(value: Literal | None) -> int | None:
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else None
