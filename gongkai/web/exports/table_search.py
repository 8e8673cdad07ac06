"""`?_search=` on tables without an index of words: some columns are looked through, or the answer is no.

Datasette passes over it without a word, and shows all rows as if they had been found.
"""

from __future__ import annotations

from typing import Any

from datasette.filters import FilterArguments
from datasette.utils import escape_sqlite
from datasette.utils.asgi import BadRequest

from archive.site_files import DATABASE

_ARGUMENT = "_search"


async def search_columns(datasette: Any, request: Any, table: str) -> FilterArguments | None:
    """Return the condition of a search in the columns that `searched` in metadata.yaml names.

    Args:
        datasette: the application.
        request: whose `_search` is answered.
        table: that is listed.

    Returns:
        None where the table has an index, which the library asks, or there is nothing to say.

    Raises:
        BadRequest: the table has neither.
    """
    words = datasette.table_metadata(DATABASE, table)
    searches = [name for name in request.args if name.startswith(_ARGUMENT) and name != "_searchmode"]
    if words.get("fts_table"):
        return None
    columns = words.get("searched")
    if columns and not searches:
        return FilterArguments([], extra_context={"supports_search": True})
    if not searches:
        return None
    if searches != [_ARGUMENT] or not columns:
        raise BadRequest(f"{table} cannot be searched: filter by a column, as in ?COLUMN__contains=")
    text = " || char(10) || ".join(f"ifnull({escape_sqlite(column)}, '')" for column in columns)
    sought = request.args[_ARGUMENT].strip()
    told = {"supports_search": True, "search": sought}
    return FilterArguments([f"instr({text}, :sought) > 0"], {"sought": sought}, [], told)
