"""What Datasette asks of the tables of a copy for each page, read once for all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from datasette.utils import (
    detect_fts,
    detect_primary_keys,
    get_all_foreign_keys,
    get_outbound_foreign_keys,
    table_column_details,
    table_columns,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

_NAMES = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"


@dataclass(frozen=True, slots=True)
class Shape:
    """A table or view as Datasette knows it; each attribute is the answer to its method of that name.

    Attributes:
        columns: names.
        column_details: what is declared of each.
        primary_keys: the columns of its key.
        foreign_keys: its references.
        fts_table: the index of its texts, None where there is none.
    """

    columns: list[str]
    column_details: list[Any]
    primary_keys: list[str]
    foreign_keys: list[dict[str, str]]
    fts_table: str | None


@dataclass(frozen=True, slots=True)
class Schema:
    """The tables of a copy, which never change.

    Attributes:
        shapes: by name, as it is written in the copy.
        foreign_keys: of all tables, incoming and outgoing.
    """

    shapes: Mapping[str, Shape]
    foreign_keys: dict[str, dict[str, list[dict[str, str]]]]


def read_schema(connection: sqlite3.Connection) -> Schema:
    """Read the schema of a copy."""
    names = [name for (name,) in connection.execute(_NAMES).fetchall()]
    shapes = {
        name: Shape(
            table_columns(connection, name),
            table_column_details(connection, name),
            detect_primary_keys(connection, name),
            get_outbound_foreign_keys(connection, name),
            detect_fts(connection, name),
        )
        for name in names
    }
    return Schema(shapes, get_all_foreign_keys(connection))
