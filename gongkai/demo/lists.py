"""List pages as static TRS-style portals print them: rows, and the paging call in a script.

The dialects are those of the paging calls seen on real portals; the order of the arguments decides
the number of the second page, which is the trap that an adapter has to pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True, slots=True)
class _Call:
    script: str
    second: int  # the number in the name of page 2


class Dialect(Enum):
    """A paging call. Placeholders: page count, index from 0, number from 1, prefix, ext, row count."""

    NUMBER_FIRST = _Call('createPageHTML({pages}, {index}, "{prefix}", "{ext}");', 1)
    NUMBER_FIRST_ROWS = _Call('createPageHTML({pages}, {index}, "{prefix}", "{ext}", {rows});', 1)
    CREATE_PAGE = _Call('createPage({pages}, {index}, "{prefix}", "{ext}");', 1)
    CONTAINER_FIRST = _Call("createPageHTML('page_div', {pages}, {number}, '{prefix}', '{ext}', {rows});", 2)
    COUNT_PAGE = _Call(
        "var currentPage = {index};\nvar countPage = {pages};\n"
        "for (var i = 0; i < countPage; i++) {{\n"
        "  var name = i == 0 ? '{prefix}.{ext}' : '{prefix}_' + i + '.{ext}';\n"
        "  document.write('<a href=\"' + name + '\">' + (i + 1) + '</a>');\n}}",
        1,
    )


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list.

    Attributes:
        href: the link as printed, relative or not.
        title: the text of the link.
        day: the date printed beside it; None where none is printed.
    """

    href: str
    title: str
    day: dt.date | None


@dataclass(frozen=True, slots=True)
class Paging:
    """How a column is cut into pages.

    Attributes:
        dialect: the paging call.
        prefix: the name of the first page without its extension.
        ext: the extension of the pages.
        page_size: rows on a page.
        surplus_pages: pages that the call declares beyond those that exist.
    """

    dialect: Dialect
    prefix: str
    ext: str
    page_size: int
    surplus_pages: int = 0


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of a column: its file name, its rows, and the script that pages."""

    name: str
    rows: tuple[Row, ...]
    script: str


def cut_into_pages(rows: Sequence[Row], paging: Paging) -> Iterator[ListPage]:
    """Cut a column into its pages, first page first; pages declared in surplus show the first one again."""
    real = max(1, -(-len(rows) // paging.page_size))
    pages = real + paging.surplus_pages
    for index in range(pages):
        start = index * paging.page_size if index < real else 0
        yield ListPage(
            name=page_name(paging, index),
            rows=tuple(rows[start : start + paging.page_size]),
            script=paging.dialect.value.script.format(
                pages=pages,
                index=index,
                number=index + 1,
                prefix=paging.prefix,
                ext=paging.ext,
                rows=len(rows),
            ),
        )


def page_name(paging: Paging, index: int) -> str:
    """Return the file name of the page with this index, from 0."""
    number = f"_{index - 1 + paging.dialect.value.second}" if index else ""
    return f"{paging.prefix}{number}.{paging.ext}"
