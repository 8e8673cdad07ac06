"""Lists of findings narrowed by year and place: the condition in SQL, the places, the same rows taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from gongkai.web.pages.rows import read_rows
from gongkai.web.questions import questions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gongkai.web.pages.rows import Rows

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
