"""How a JSON list goes on: which page this one is, whether another follows, and how it is asked for.

What a page is asked for says where in the list it stands, so nothing needs to be remembered between pages.
A declared total is trusted to end a walk only where the count comes out exactly: servers cap the page size
without a word, and one empty page more is cheaper than a list cut short.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crawler.families.interfaces.paths import alternatives, as_count, count_at
from crawler.families.interfaces.places import Place, place_in, read_place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archive.frontier.targets import PageRequest


@dataclass(frozen=True, slots=True)
class Answered:
    """What an answer says that decides how the list goes on.

    Attributes:
        rows: how many rows it holds.
        total: how many it says there are in all; None where it says nothing.
        pages: how many pages it says there are; None where it says nothing.
        size: how many rows a page has, by the answer, the request or the portal's YAML; None where none says.
    """

    rows: int
    total: int | None
    pages: int | None
    size: int | None


@dataclass(frozen=True, slots=True)
class Paging:
    """Where in a list a request stands.

    Attributes:
        place: where the number stands in the request.
        number: of this page, or of its first row.
        first: of the first page.
        step: 1 where pages are counted; how many rows are asked for where rows are.
    """

    place: Place
    number: int
    first: int
    step: int

    @property
    def counts_rows(self) -> bool:
        """Whether the number is an offset."""
        return self.step > 1

    def goes_on(self, answered: Answered) -> bool:
        """Whether another page may follow."""
        if not answered.rows:
            return False
        if answered.pages and not self.counts_rows:
            return self.number - self.first + 1 < answered.pages
        before = self._rows_before(answered.size)
        if answered.total is not None:
            return before is None or before + answered.rows != answered.total
        # A first page may be short because the server has a page size of its own.
        return self.number == self.first or answered.size is None or answered.rows >= answered.size

    def next_request(self, request: PageRequest, answered: Answered) -> tuple[PageRequest, ...]:
        """Return the request for the next page; nothing where none follows."""
        if not self.goes_on(answered):
            return ()
        following = self.number + (answered.rows if self.counts_rows else 1)
        return (self.place.with_number(request, following),)

    def _rows_before(self, size: int | None) -> int | None:
        if self.counts_rows or self.number == self.first:
            return self.number - self.first
        return None if size is None else (self.number - self.first) * size


def read_paging(
    options: Mapping[str, str], request: PageRequest, firsts: tuple[PageRequest, ...]
) -> Paging | None:
    """Return where in a list a request stands; None where the list has no place for a page's number.

    Args:
        options: `page`, `first` and `step`.
        request: as asked.
        firsts: what may say which number the first page has, where no option does; nobody says: 1.
    """
    place = place_in(options.get("page", ""), request)
    if place is None:
        return None
    said = (as_count(options.get("first")), *map(place.number, firsts), 1)
    start = next(number for number in said if number is not None)
    number = place.number(request)
    # Below the first page stands the first page again (gkmlpt: pages 0 and 1 are the same).
    number = start if number is None else max(number, start)
    return Paging(place, number, start, _number(options.get("step", ""), request, None) or 1)


def read_answered(options: Mapping[str, str], request: PageRequest, answer: Any, rows: int) -> Answered:
    """Return what an answer says about the list as a whole."""
    total = count_at(answer, options.get("total", ""))
    return Answered(
        rows=rows,
        # Rows and a total of none: the server does not count.
        total=None if rows and total == 0 else total,
        pages=count_at(answer, options.get("pages", "")),
        size=_number(options.get("size", ""), request, answer),
    )


def _number(written: str, request: PageRequest, answer: Any) -> int | None:
    """The first positive number that is written, stands in the request, or stands in the answer."""
    for each in alternatives(written):
        place = read_place(each)
        if place is not None:
            number = place.number(request)
        else:
            number = as_count(each) if as_count(each) is not None else count_at(answer, each)
        if number:
            return number
    return None
