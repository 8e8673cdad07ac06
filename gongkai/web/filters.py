"""The filters of the templates: public functions of modules that write for pages, and a few more."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Any

from datasette.utils import tilde_encode
from jinja2 import pass_context
from markupsafe import Markup, escape

from gongkai.playback import playback_address
from gongkai.web.language import is_english, pick_half
from gongkai.web.pages.api_pages import find_mistake, find_sorting
from gongkai.web.pages.changes_pages import original_address, tag_uri, write_xml
from gongkai.web.pages.followup_page import build_matrix
from gongkai.web.rendering import (
    cells,
    citations,
    english_names,
    figures,
    passages,
    request_outcomes,
    structured_cells,
    words,
)
from gongkai.web.server.asgi import in_chinese

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import ModuleType

    from jinja2.runtime import Context


_COLON = ": "


def column_heading(explanation: str | None, name: str) -> str:
    """Return the heading of a column: what stands before the colon in its explanation.

    Args:
        explanation: `标题：中文 / Heading: English`; where the English has no heading, the name makes one.
        name: of the column.
    """
    if is_english():
        heading, colon, _ = _english(explanation).partition(_COLON)
        return heading if colon else english_names.name_column(name)
    return explanation.partition("：")[0] if explanation and "：" in explanation else name


def chinese_half(text: str | None) -> str:
    """Return the Chinese half of `中文 / English`."""
    return (text or "").partition(" / ")[0]


def column_meaning(explanation: str | None) -> str:
    """Return what a column holds, in the language of the request, from `名称：中文 / Name: English`."""
    if is_english():
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
    # A name that is not wanted finds itself behind all that are; of several the order stays.
    return sorted(facets, key=lambda facet: (*wanted, facet["name"]).index(facet["name"]))


def read_json(text: str | None) -> Any:
    """Read a column that holds JSON; None where it is empty."""
    return json.loads(text) if text else None


def write_contact(contact: str) -> Markup:
    """Write whom readers may write to: an address of mail or of a page as a link, anything else as it is."""
    shown = contact.removeprefix("mailto:")
    to = contact if "://" in contact else f"mailto:{shown}" if "@" in shown and " " not in shown else ""
    # No other scheme becomes a link: `javascript://` is one, too.
    if not to.startswith(("mailto:", "http")):
        return escape(shown)
    return Markup('<a href="{}">{}</a>').format(to, shown)


def at_each_request(function: Callable[..., Any]) -> Callable[..., Any]:
    """Keep Jinja from working out a filter of a constant once for all: what it says depends on the reader."""

    @pass_context
    def of_request(_context: Context, *arguments: Any, **options: Any) -> Any:
        return function(*arguments, **options)

    return of_request


_MODULES = (cells, citations, english_names, figures, passages, request_outcomes, structured_cells, words)
_OTHERS = (
    build_matrix,
    by_column,
    chinese_half,
    column_heading,
    column_meaning,
    find_mistake,
    find_sorting,
    in_chinese,
    in_order,
    original_address,
    pick_half,
    playback_address,
    read_json,
    tag_uri,
    tilde_encode,
    write_contact,
    write_xml,
)


def _public_functions(module: ModuleType) -> Iterator[Callable[..., Any]]:
    """Yield what a module defines for others; what is asked of it once for all is no filter."""
    # What `functools.cache` wraps is no function to `inspect`.
    for name, function in inspect.getmembers(module, inspect.isfunction):
        if function.__module__ == module.__name__ and not name.startswith("_"):
            yield function


_FUNCTIONS = [*_OTHERS, *(each for module in _MODULES for each in _public_functions(module))]
FILTERS = {function.__name__: at_each_request(function) for function in _FUNCTIONS}
"""The filters by name, which is that of the function."""
