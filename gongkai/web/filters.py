"""The filters of the templates."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from datasette.utils import tilde_encode

from gongkai.web import cells
from gongkai.web.errors import in_chinese
from gongkai.web.figures import checked, figure_tables
from gongkai.web.followup import followup
from gongkai.web.marking import marked
from gongkai.web.passages import disagreements, printings, stretches, text_blocks
from gongkai.web.readable import alike_differences, change_counts, changed_figures, share
from gongkai.web.words import word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def heading(explanation: str | None, name: str) -> str:
    """Return the heading of a column: what stands before ： in its explanation, else its name."""
    return explanation.partition("：")[0] if explanation and "：" in explanation else name


def chinese(text: str | None) -> str:
    """Return the Chinese half of `中文 / English`."""
    return (text or "").partition(" / ")[0]


def english(text: str | None) -> str:
    """Return the English half of `中文 / English`."""
    return (text or "").partition(" / ")[2]


def file_name(url: str) -> str:
    """Return the name of an imported file as it was on disk, from its address."""
    return unquote(url.rpartition("/")[2])


def by_column(row: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the cells of a row by the name of their column."""
    return {cell["column"]: cell for cell in row}


def in_order(facets: Iterable[dict[str, Any]], names: Iterable[str]) -> list[dict[str, Any]]:
    """Sort facets as the metadata names them; those that a reader asked for follow."""
    wanted = list(names)
    return sorted(facets, key=lambda facet: (*wanted, facet["name"]).index(facet["name"]))


def read_json(text: str | None) -> Any:
    """Read a column that holds JSON; None where it is empty."""
    return json.loads(text) if text else None


FILTERS: dict[str, Callable[..., Any]] = {
    "address": cells.address,
    "alike_differences": alike_differences,
    "beijing": cells.beijing,
    "blocks": text_blocks,
    "by_column": by_column,
    "change_counts": change_counts,
    "changed_figures": changed_figures,
    "checked": checked,
    "chinese": chinese,
    "disagreements": disagreements,
    "english": english,
    "excerpt": cells.excerpt,
    "figure_tables": figure_tables,
    "file_name": file_name,
    "followup": followup,
    "heading": heading,
    "in_chinese": in_chinese,
    "in_order": in_order,
    "linked": cells.linked,
    "marked": marked,
    "printings": printings,
    "read_json": read_json,
    "reference": cells.reference,
    "share": share,
    "stretches": stretches,
    "tilde": tilde_encode,
    "within": cells.within,
    "word": word,
}
