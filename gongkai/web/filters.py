"""The filters of the templates."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from datasette.utils import tilde_encode
from jinja2 import pass_context
from markupsafe import Markup, escape

from gongkai.playback import playback_address
from gongkai.web.exports.citation import answer_citation, document_citation, draw_qr
from gongkai.web.language import ENGLISH, current_language, pick_half
from gongkai.web.pages.feeds import original_address, tag_uri, write_xml
from gongkai.web.pages.followup_page import build_matrix
from gongkai.web.pages.sql_page import find_mistake, find_sorting
from gongkai.web.rendering import cells
from gongkai.web.rendering.english_names import (
    name_body,
    name_column,
    name_report,
    write_body,
    write_division,
    write_text,
)
from gongkai.web.rendering.figures import (
    cell_text,
    figure_tables,
    group_of,
    pick_sentence,
    sort_findings,
    sum_outcomes,
    table_title,
    text_with_unit,
)
from gongkai.web.rendering.passages import (
    cut_parts,
    find_disagreements,
    find_printings,
    list_headings,
    text_blocks,
)
from gongkai.web.rendering.structured_cells import (
    alike_differences,
    change_counts,
    changed_figures,
    write_proof,
    write_share,
)
from gongkai.web.rendering.words import rule_title, word
from gongkai.web.server.asgi import in_chinese

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from jinja2.runtime import Context


_COLON = ": "


def column_heading(explanation: str | None, name: str) -> str:
    """Return the heading of a column: what stands before the colon in its explanation.

    Args:
        explanation: `标题：中文 / Heading: English`; where the English has no heading, the name makes one.
        name: of the column.
    """
    if current_language() == ENGLISH:
        heading, colon, _ = _english(explanation).partition(_COLON)
        return heading if colon else name_column(name)
    return explanation.partition("：")[0] if explanation and "：" in explanation else name


def chinese_half(text: str | None) -> str:
    """Return the Chinese half of `中文 / English`."""
    return (text or "").partition(" / ")[0]


def column_meaning(explanation: str | None) -> str:
    """Return what a column holds, in the language of the request, from `名称：中文 / Name: English`."""
    if current_language() == ENGLISH:
        text = _english(explanation)
        return text.partition(_COLON)[2] or text
    return pick_half((explanation or "").partition("：")[2])


def _english(explanation: str | None) -> str:
    return (explanation or "").partition(" / ")[2]


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


def write_contact(contact: str) -> Markup:
    """Write whom readers may write to: an address of mail or of a page as a link, anything else as it is."""
    shown = contact.removeprefix("mailto:")
    to = contact if "://" in contact else f"mailto:{shown}" if "@" in shown and " " not in shown else ""
    if not to.startswith(("mailto:", "http")):
        return escape(shown)
    return Markup('<a href="{}">{}</a>').format(to, shown)


def at_each_request(function: Callable[..., Any]) -> Callable[..., Any]:
    """Keep Jinja from working out a filter of a constant once for all: what it says depends on the reader."""

    @pass_context
    def of_request(_context: Context, *arguments: Any, **options: Any) -> Any:
        return function(*arguments, **options)

    return of_request


_FUNCTIONS: tuple[Callable[..., Any], ...] = (
    alike_differences,
    answer_citation,
    build_matrix,
    by_column,
    cell_text,
    change_counts,
    changed_figures,
    chinese_half,
    column_heading,
    column_meaning,
    cells.cut_excerpt,
    cut_parts,
    document_citation,
    draw_qr,
    figure_tables,
    cells.file_name,
    find_disagreements,
    find_mistake,
    cells.find_own_path,
    find_printings,
    find_sorting,
    group_of,
    in_chinese,
    in_order,
    cells.link_cell,
    list_headings,
    name_body,
    cells.name_document,
    name_report,
    original_address,
    pick_half,
    pick_sentence,
    playback_address,
    read_json,
    rule_title,
    cells.say_unread,
    sort_findings,
    sum_outcomes,
    table_title,
    tag_uri,
    text_blocks,
    text_with_unit,
    tilde_encode,
    word,
    cells.write_address,
    cells.write_answer_cell,
    cells.write_beijing,
    write_body,
    write_contact,
    write_division,
    cells.write_harvested,
    write_proof,
    cells.write_reference,
    write_share,
    write_text,
    write_xml,
)

FILTERS = {function.__name__: at_each_request(function) for function in _FUNCTIONS}
"""The filters by name, which is that of the function."""
