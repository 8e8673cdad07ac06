"""What the demo portal consists of: governments, columns and documents, read from YAML."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from gongkai.demo.answers import DemoDataMismatch
from gongkai.demo.encodings import ENCODINGS, Encoding
from gongkai.demo.lists import Dialect, Paging
from gongkai.demo.tables import ActivityShape, TableStyle
from gongkai.demo.templating import read_table

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

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
