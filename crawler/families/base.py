"""What a CMS family is: a list page in, what it lists and how it goes on out.

A family reads text and addresses. It fetches nothing and knows no portal by name, so that one written for a
single site serves every site of the same system, and a saved page is all that a test needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from itertools import chain
from urllib.parse import urldefrag

from msgspec import field

from archive.frontier.targets import PageRequest
from pipelines.knowledge import Thresholds, load_table, table_pattern
from pipelines.structs import FrozenStruct


class ListThresholds(Thresholds):
    """Thresholds of `crawler/thresholds/lists.yaml`, which says what each means."""

    pages: int
    rows_on_page: int
    rows: int
    shells: int
    page_bytes: int
    row_chars: int
    links_of_row: int
    empty_chars: int
    script_chars: int
    expression_chars: int
    script_tokens: int
    script_depth: int
    script_steps: int
    call_sites: int
    click_chars: int
    date_chars: int
    challenge_chars: int
    message_chars: int


LISTS = ListThresholds.load("lists", "crawler")


NO_OPTIONS: Mapping[str, str] = {}


@cache
def list_words(name: str) -> tuple[str, ...]:
    """Return words or names by which lists are told, an entry of `words.yaml`."""
    return tuple(load_table("words", "crawler.families")[name])


list_pattern = partial(table_pattern, "words", package="crawler.families")
"""Returns a pattern by which lists are told, an entry of `words.yaml`."""


class ListedLink(FrozenStruct):
    """One row of a list.

    Attributes:
        url: the address it leads to, absolute, as the page has it (query string and all).
        title: the link text, or the fuller `title` attribute; white space squeezed.
        date: the date printed in the row, as printed; None where none is.
    """

    url: str
    title: str
    date: str | None = None


class PageAt(FrozenStruct):
    """Where a list page was found, and what it was asked for.

    Attributes:
        url: its address, after redirects; relative addresses start from here.
        request: as asked, which says which page of the list it is.
        list_url: the address of the list's first page, as the registry has it.
        options: what the registry says beyond that, the family's own values filled in.
    """

    url: str
    request: PageRequest
    list_url: str
    options: Mapping[str, str] = field(default_factory=lambda: NO_OPTIONS)


class ListPage(FrozenStruct):
    """What one list page says.

    Attributes:
        links: its rows, in order; a row repeated on the page is there twice.
        next_pages: requests for further pages of the same list, in order.
        declared_total: how many rows the page says the whole list has; None where it says nothing.
        declared_pages: how many pages it says the list has; None where it says nothing.
        is_shell: whether it holds no rows itself and only leads to the requests that bring them. The walk
            goes on behind it, and it does not count as a page.
        is_empty: whether it says in words that the list has no rows, which is no fault.
        unreadable: why the list cannot be read, or not further (`needs_captcha`, …); None where it can.
        parts: requests for the lists that the list is made of, newest first, each with how many rows the link
            says that it has; what leads to them is a shell.
    """

    links: tuple[ListedLink, ...] = ()
    next_pages: tuple[PageRequest, ...] = ()
    declared_total: int | None = None
    declared_pages: int | None = None
    is_shell: bool = False
    is_empty: bool = False
    unreadable: str | None = None
    parts: Mapping[PageRequest, int | None] = {}

    @property
    def is_dated(self) -> bool:
        """Whether most of its rows print a date."""
        return sum(link.date is not None for link in self.links) * 2 > len(self.links)


ReadList = Callable[[str, PageAt], ListPage]
"""A family's one duty: reads a list page, given its text, decoded, and where it was found.

A page of another shape, or damaged, says nothing: an empty `ListPage`.
"""

Check = Callable[[str], str | None]
"""Says what is wrong with what an option says, in words; None where nothing is."""


class Family(FrozenStruct):
    """A CMS family, as the table of families has it.

    Attributes:
        read: reads a list page.
        options: what a portal's YAML may say under `options`, each with what it means.
        preset: what holds where it says nothing.
        checks: what is wrong with an option by itself; those that are not there are free text.
        together: yields what is wrong with options beside each other, in words.
    """

    read: ReadList
    options: Mapping[str, str] = field(default_factory=lambda: NO_OPTIONS)
    preset: Mapping[str, str] = field(default_factory=lambda: NO_OPTIONS)
    checks: Mapping[str, Check] = {}
    together: Callable[[Mapping[str, str]], Iterable[str]] = lambda _: ()

    def fault(self, options: Mapping[str, str]) -> str | None:
        """Say what is wrong with a set of options, presets filled in; None where nothing is."""
        said = {name: check(options[name]) for name, check in self.checks.items() if name in options}
        alone = (f"`{name}`: {words}" for name, words in said.items() if words)
        return next(chain(alone, self.together(options)), None)

    def first_request(self, url: str, options: Mapping[str, str]) -> PageRequest:
        """Return the request for a list's first page: a GET, or a POST where the options hold a `body`.

        A fragment only tells lists apart that are asked for at one address.
        """
        body = options.get("body")
        content_type = options.get("content_type") if body is not None else None
        return PageRequest(urldefrag(url)[0], body, content_type)
