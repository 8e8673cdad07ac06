"""Arguments of an address as a page reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from gongkai.web.questions import questions

if TYPE_CHECKING:
    from collections.abc import Mapping

    Rows = list[dict[str, Any]]


def whole_number(text: str | None, *, digits: int) -> int | None:
    """Return a number written in ASCII digits; None for anything else, and for more digits than asked for.

    Args:
        text: as given; None where the argument is not there.
        digits: at most.
    """
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= digits else None


# Rows of the published copy as mappings, for the pages.


async def read_rows(database: Any, sql: str, parameters: Mapping[str, Any]) -> Rows:
    """Return the rows that answer a query, each a mapping of column to value.

    Args:
        database: Datasette's.
        sql: one SELECT of ours.
        parameters: by name.

    Raises:
        QueryInterrupted: it took longer than the limit.
    """
    return [dict(row) for row in (await database.execute(sql, parameters)).rows]


async def read_answers(
    database: Any, queries: Mapping[str, str], parameters: Mapping[str, Any]
) -> dict[str, Rows]:
    """Return the rows that answer each of several queries, by the queries' names.

    Raises:
        QueryInterrupted: one of them took longer than the limit.
    """
    found = await database.execute_all(queries, parameters)
    return {name: [dict(row) for row in rows] for name, rows in found.items()}


# Lists of findings narrowed by year and place: the condition in SQL, the places, the same rows taken.

_OF_PLACE = "issuer_id IN (SELECT issuer_id FROM issuer_places WHERE code = {0} OR instr(place, {0}) > 0)"
_YEAR_AND_PLACE = (
    "(:year = '' OR {of}.year = :year) AND (:region = '' OR {of}." + _OF_PLACE.format(":region") + ")"
)


def of_year_and_place(alias: str) -> str:
    """Return the condition on `:year` and `:region`, each empty where all are wanted.

    Args:
        alias: of the table in the SQL; it has `year` and `issuer_id`.
    """
    return _YEAR_AND_PLACE.format(of=alias)


def arguments_of(chosen: Mapping[str, str], *conditions: str, **columns: str) -> str:
    """Return the arguments by which a table's page and its files hold the rows of a narrowed list.

    Args:
        chosen: `year` and `region`, each empty where all are wanted.
        conditions: more of them, in SQL.
        columns: more filters of the table's page; an empty one is left out.
    """
    filters = {**columns, "year": chosen["year"]}
    pairs = [(name, value) for name, value in filters.items() if value]
    # A place is no column that the page of a table could filter by.
    places = [_OF_PLACE.format(literal(chosen["region"]))] if chosen["region"] else []
    return urlencode([*pairs, *(("_where", condition) for condition in (*places, *conditions))])


def literal(text: str) -> str:
    """Write a text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


async def known_places(database: Any) -> Rows:
    """Return the places that `:region` may name, as the canned queries suggest them: `value`, `label`."""
    return await read_rows(database, questions().parameters["region"].suggest or "", {})
