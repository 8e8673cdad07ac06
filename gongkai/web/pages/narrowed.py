"""Lists of findings narrowed by year and place: the condition in SQL, and the places to choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gongkai.web.pages.rows import read_rows
from gongkai.web.questions import questions

if TYPE_CHECKING:
    from gongkai.web.pages.rows import Rows

_YEAR_AND_PLACE = """
    (:year = '' OR {of}.year = :year)
    AND (:region = '' OR {of}.issuer_id IN (
        SELECT issuer_id FROM issuer_places WHERE code = :region OR instr(place, :region) > 0))"""


def of_year_and_place(alias: str) -> str:
    """Return the condition on `:year` and `:region`, each empty where all are wanted.

    Args:
        alias: of the table in the SQL; it has `year` and `issuer_id`.
    """
    return _YEAR_AND_PLACE.format(of=alias)


async def known_places(database: Any) -> Rows:
    """Return the places that `:region` may name, as the canned queries suggest them: `value`, `label`."""
    return await read_rows(database, questions().parameters["region"].suggest or "", {})
