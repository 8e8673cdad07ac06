"""Where a row of an export leads: its figure's proof, its own page, or the page of what it tells of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasette.utils import tilde_encode

from archive.site_files import DATABASE
from gongkai.web.exports.excel_form import SOURCE_COLUMN
from gongkai.web.values.cells import LEADS_TO, within

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gongkai.web.exports.form import Row
    from gongkai.web.exports.selection import Selection

_ADDRESSES = (SOURCE_COLUMN, "链接")
"""Columns of the site's own queries that hold the path of a page, the more exact one first."""

_PAGES = {"facts": "-/proof/"}
"""The tables whose rows have pages apart from the table's."""

_REFERENCES = ("document_id", "from_document_id", "plan_id", "version_id", "section_id", "issuer_id")
"""Columns that say what a row without a key tells of, the more exact one first."""


def row_source(selection: Selection, columns: Sequence[str], site: str) -> Callable[[Row], str]:
    """Return what gives the address of a row's source.

    Args:
        selection: whose rows they are.
        columns: of its answer, the added key's among them.
        site: the address of the front page, which ends with `/`.

    Returns:
        A function from a row to an absolute address; the page of the whole selection where nothing tells the
        row apart.
    """
    whole = site.rstrip("/") + _path_of(selection.page)
    if selection.table and selection.key:
        start = _PAGES.get(selection.table.name, f"{DATABASE}/{selection.table.name}/")
        return _by_key(site + start, len(selection.key))
    for name in _ADDRESSES:
        if name in columns:
            return _by_address(list(columns).index(name), site.rstrip("/"), whole)
    for name in _REFERENCES:
        if name in columns:
            return _by_reference(list(columns).index(name), f"{site}{DATABASE}/{LEADS_TO[name]}/", whole)
    return lambda _: whole


def shown_places(selection: Selection, columns: Sequence[str]) -> list[int]:
    """Return the places of the columns that the file has; the source's own stands last, made absolute."""
    kept = len(columns) - len(selection.key)
    return [place for place in range(kept) if columns[place] != SOURCE_COLUMN]


def _by_key(start: str, width: int) -> Callable[[Row], str]:
    return lambda row: start + ",".join([tilde_encode(str(value)) for value in row[-width:]])


def _by_address(place: int, site: str, whole: str) -> Callable[[Row], str]:
    def source(row: Row) -> str:
        path = within(row[place])
        return site + path if path else whole

    return source


def _by_reference(place: int, start: str, whole: str) -> Callable[[Row], str]:
    return lambda row: start + tilde_encode(str(row[place])) if row[place] is not None else whole


def _path_of(page: str) -> str:
    return page if page.startswith("/") else f"/{page}"
