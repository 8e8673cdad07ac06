"""What the demo portal consists of: governments, columns and documents, read from YAML."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gongkai.demo.answers import DemoDataMismatch
from gongkai.demo.figures import ActivityShape, TableStyle
from gongkai.demo.templating import read_table

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence


HOST = "demo.gongkai.test"
SHIELD_HOST = "shield.demo.gongkai.test"


@dataclass(frozen=True, slots=True)
class Column:
    """One list of a government: its folder, its kind of documents, its paging."""

    id: str
    name: str
    path: str
    paging: Paging


@dataclass(frozen=True, slots=True)
class Government:
    """One of the invented governments and the way its pages are made (see `governments.yaml`)."""

    id: str
    name: str
    place: str
    site_name: str
    site_code: str
    article: str
    validators: frozenset[str]
    gzip: bool
    chunked: bool
    href: str
    tables: TableStyle
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class AlsoListed:
    """A further row for a document, in another column and with a query that tracks."""

    column: str
    query: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A PDF beside a document: its file name and its title."""

    name: str
    title: str


@dataclass(frozen=True, slots=True)
class Document:
    """One document of the portal (see `documents.yaml` for the meaning of the nights)."""

    id: str
    government: Government
    column: str
    path: str
    title: str
    text: str
    written_on: dt.date
    published_on: dt.date
    doc_number: str
    index_number: str
    source: str
    report: int | None
    encoding: Encoding
    from_night: int
    gone_from: int | None
    revised_on: int | None
    moved_on: int | None
    moved_to: str
    listed_as: str
    also_listed: tuple[AlsoListed, ...]
    attachment: Attachment | None

    def is_there(self, night: int) -> bool:
        """Say whether the document is published on a night."""
        return self.from_night <= night and (self.gone_from is None or night < self.gone_from)

    def has_moved(self, night: int) -> bool:
        """Say whether the document stands at its new address on a night."""
        return self.moved_on is not None and night >= self.moved_on

    def address(self, night: int) -> str:
        """Return the path at which the document stands on a night."""
        return self.moved_to if self.has_moved(night) else self.path


@cache
def governments() -> Mapping[str, Government]:
    """Return the governments by id, in the order of the file."""
    return {entry["id"]: _government(entry) for entry in read_table("governments.yaml")}


@cache
def documents() -> tuple[Document, ...]:
    """Return every document, in the order of the file.

    Raises:
        DemoDataMismatch: a document names a government, column or encoding that is not there, or an
            address that another has.
    """
    found = tuple(_document(entry) for entry in read_table("documents.yaml"))
    paths = [document.path for document in found]
    for path in paths:
        if paths.count(path) > 1:
            raise DemoDataMismatch("two documents have this address", where=f"documents.yaml: {path}")
    return found


def _government(entry: Mapping[str, Any]) -> Government:
    tables = entry["tables"]
    return Government(
        id=entry["id"],
        name=entry["name"],
        place=entry["place"],
        site_name=entry["site_name"],
        site_code=entry["site_code"],
        article=entry["article"],
        validators=frozenset(entry["validators"]),
        gzip=entry["gzip"],
        chunked=entry["chunked"],
        href=entry["href"],
        tables=TableStyle(
            activity=ActivityShape(tables["activity"]),
            broken_labels={key: tuple(lines) for key, lines in tables.get("broken_labels", {}).items()},
            relabelled=tables.get("relabelled", {}),
            amount_suffix=tables.get("amount_suffix", ""),
        ),
        columns=tuple(_column(column) for column in entry["columns"]),
    )


def _column(entry: Mapping[str, Any]) -> Column:
    paging = Paging(
        dialect=Dialect[entry["dialect"].upper()],
        prefix=entry["prefix"],
        ext=entry["ext"],
        page_size=entry["page_size"],
        surplus_pages=entry.get("surplus_pages", 0),
    )
    return Column(entry["id"], entry["name"], entry["path"], paging)


def _document(entry: Mapping[str, Any]) -> Document:
    where = f"documents.yaml: {entry['id']}"
    government = governments().get(entry["government"])
    if government is None or entry["column"] not in {column.id for column in government.columns}:
        raise DemoDataMismatch("there is no such government or column", where=where)
    moved = entry.get("moved", {})
    attachment = entry.get("attachment")
    return Document(
        id=entry["id"],
        government=government,
        column=entry["column"],
        path=entry["path"],
        title=entry["title"],
        text=entry["text"],
        written_on=entry["written_on"],
        published_on=entry["published_on"],
        doc_number=entry.get("doc_number", ""),
        index_number=entry.get("index_number", ""),
        source=entry["source"],
        report=entry.get("report"),
        encoding=ENCODINGS[entry.get("encoding", "utf8" if government.id == "yunze" else "utf8_meta_only")],
        from_night=entry.get("from_night", 1),
        gone_from=entry.get("gone_from"),
        revised_on=entry.get("revised_on"),
        moved_on=moved.get("from_night"),
        moved_to=moved.get("path", ""),
        listed_as=entry.get("listed_as", ""),
        also_listed=tuple(AlsoListed(row["column"], row["query"]) for row in entry.get("also_listed", ())),
        attachment=Attachment(attachment["name"], attachment["title"]) if attachment else None,
    )


# How a page is written in bytes, and what the page and its header say of it.
# What is said and what is true are two things, on real portals too; the table keeps them apart.


@dataclass(frozen=True, slots=True)
class Encoding:
    """One way of encoding a page.

    Attributes:
        codec: the codec of the bytes.
        in_header: the charset that `Content-Type` names; None says nothing.
        in_meta: the charset that the page's `meta` names; None leaves the tag out.
    """

    codec: str
    in_header: str | None
    in_meta: str | None


ENCODINGS = {
    "utf8": Encoding("utf-8", "utf-8", "utf-8"),
    "utf8_meta_only": Encoding("utf-8", None, "utf-8"),
    "utf8_called_gb2312": Encoding("utf-8", None, "gb2312"),
    "gb18030_silent": Encoding("gb18030", None, None),
}


# List pages as static TRS-style portals print them: rows, and the paging call in a script.
# The dialects are those of the paging calls seen on real portals; the order of the arguments decides
# the number of the second page, which is the trap that an adapter has to pass.


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


# The demo's portal definitions, in the form of the registry: one folder for each kind of site.

HOSTS = (HOST, SHIELD_HOST)
"""The names under which the demo is crawled; the crawler maps them to the server's port."""


def bundled_portals() -> Path:
    """Return the folder of the definitions that crawl `BundledSite`."""
    return _folder("bundled")


def folder_portals() -> Path:
    """Return the folder of the definition that crawls a `FolderSite`."""
    return _folder("folder")


def _folder(name: str) -> Path:
    return Path(str(files("gongkai.demo"))) / "portals" / name
