"""The filters of the templates."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from datasette.utils import tilde_encode
from jinja2 import pass_context

from gongkai.web.compare.text_comparison import mark_pieces
from gongkai.web.exports.citation import answer_citation, document_citation
from gongkai.web.language import ENGLISH, current, half, quoted
from gongkai.web.rendering import cells
from gongkai.web.rendering.figures import cell_text, checked, figure_tables, table_title
from gongkai.web.rendering.passages import contents, disagreements, printings, stretches, text_blocks
from gongkai.web.rendering.plan_matrix import build_matrix
from gongkai.web.rendering.request_outcomes import outcomes, sentence
from gongkai.web.rendering.share_charts import draw_stacked_bar
from gongkai.web.rendering.structured_cells import (
    alike_differences,
    change_counts,
    changed_figures,
    proof,
    share,
)
from gongkai.web.rendering.words import rule_title, word
from gongkai.web.server.asgi import in_chinese

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from jinja2.runtime import Context


_COLON = ": "


def heading(explanation: str | None, name: str) -> str:
    """Return the heading of a column: what stands before the colon in its explanation.

    Args:
        explanation: `标题：中文 / Heading: English`; where the English has no heading, the name makes one.
        name: of the column.
    """
    if current() == ENGLISH:
        heading, colon, _ = _english(explanation).partition(_COLON)
        return heading if colon else name.removesuffix("_id").replace("_", " ").capitalize()
    return explanation.partition("：")[0] if explanation and "：" in explanation else name


def chinese(text: str | None) -> str:
    """Return the Chinese half of `中文 / English`."""
    return (text or "").partition(" / ")[0]


def meaning(explanation: str | None) -> str:
    """Return what a column holds, in the language of the request, from `名称：中文 / Name: English`."""
    if current() == ENGLISH:
        text = _english(explanation)
        return text.partition(_COLON)[2] or text
    return half((explanation or "").partition("：")[2])


def _english(explanation: str | None) -> str:
    return (explanation or "").partition(" / ")[2]


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


def at_each_request(function: Callable[..., Any]) -> Callable[..., Any]:
    """Keep Jinja from working out a filter of a constant once for all: what it says depends on the reader."""

    @pass_context
    def of_request(_context: Context, *arguments: Any, **options: Any) -> Any:
        return function(*arguments, **options)

    return of_request


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "address": cells.address,
    "alike_differences": alike_differences,
    "answer_citation": answer_citation,
    "beijing": cells.beijing,
    "blocks": text_blocks,
    "by_column": by_column,
    "cell_text": cell_text,
    "change_counts": change_counts,
    "changed_figures": changed_figures,
    "checked": checked,
    "chinese": chinese,
    "contents": contents,
    "disagreements": disagreements,
    "document_citation": document_citation,
    "excerpt": cells.excerpt,
    "figure_tables": figure_tables,
    "file_name": file_name,
    "followup": build_matrix,
    "heading": heading,
    "in_chinese": in_chinese,
    "in_order": in_order,
    "linked": cells.linked,
    "marked": mark_pieces,
    "meaning": meaning,
    "outcomes": outcomes,
    "printed": cells.shown,
    "printings": printings,
    "proof": proof,
    "quoted": quoted,
    "read_json": read_json,
    "reference": cells.reference,
    "rule_title": rule_title,
    "said": half,
    "sentence": sentence,
    "share": share,
    "stacked_bar": draw_stacked_bar,
    "stretches": stretches,
    "table_title": table_title,
    "tilde": tilde_encode,
    "within": cells.within,
    "word": word,
}

FILTERS = {name: at_each_request(function) for name, function in _FUNCTIONS.items()}
"""The filters by name."""
