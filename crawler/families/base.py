"""What a CMS family is: a list page in, what it lists and how it goes on out.

A family reads text and addresses. It fetches nothing and knows no portal by name, so that one written for a
single site serves every site of the same system, and a saved page is all that a test needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ListedLink:
    """One row of a list.

    Attributes:
        url: the address it leads to, absolute, as the page has it (query string and all).
        title: the link text, or the fuller `title` attribute; white space squeezed.
        date: the date printed in the row, as printed; None where none is.
    """

    url: str
    title: str
    date: str | None = None


@dataclass(frozen=True, slots=True)
class ListPage:
    """What one list page says.

    Attributes:
        links: its rows, in order; a row repeated on the page is there twice.
        next_pages: addresses of further pages of the same list, in order.
        declared_total: how many rows the page says the whole list has; None where it says nothing.
        declared_pages: how many pages it says the list has; None where it says nothing.
        dialect: the words that the paging was recognised by, for the record; None where there is none.
    """

    links: tuple[ListedLink, ...] = ()
    next_pages: tuple[str, ...] = ()
    declared_total: int | None = None
    declared_pages: int | None = None
    dialect: str | None = None


class ReadList(Protocol):
    """A family's one duty."""

    def __call__(self, text: str, url: str) -> ListPage:
        """Read a list page.

        Args:
            text: the page, decoded.
            url: where it was found, after redirects; relative addresses start from here.
        """
        ...
