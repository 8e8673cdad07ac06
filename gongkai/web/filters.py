"""The filters of the templates: public functions of modules that write for pages, citations, a few more."""

from __future__ import annotations

import datetime as dt
import inspect
import json
from typing import TYPE_CHECKING, Any

import segno
from datasette.utils import tilde_encode
from jinja2 import pass_context
from markupsafe import Markup, escape

from archive.clock import SHANGHAI
from gongkai.playback import playback_address
from gongkai.web.language import ENGLISH, current_language, pick_half, tell
from gongkai.web.pages.api_pages import find_mistake, find_sorting
from gongkai.web.pages.changes_pages import original_address, tag_uri, write_xml
from gongkai.web.pages.findings_pages import build_matrix
from gongkai.web.rendering import cells, english_names, figures, passages, structured_cells, words
from gongkai.web.rendering.english_names import write_body
from gongkai.web.server.asgi import in_chinese

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import ModuleType

    from jinja2.runtime import Context

    from gongkai.web.rendering.words import Row


_COLON = ": "


def column_heading(explanation: str | None, name: str) -> str:
    """Return the heading of a column: what stands before the colon in its explanation.

    Args:
        explanation: `标题：中文 / Heading: English`; where the English has no heading, the name makes one.
        name: of the column.
    """
    if current_language() == ENGLISH:
        heading, colon, _ = _english(explanation).partition(_COLON)
        return heading if colon else english_names.name_column(name)
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


# How to cite a document, a figure, a table or a query: a line that can be checked, and a link that lasts.
# A table or query is cited with the copy that answered, by its SHA-256 and its night: the same address shows
# another night's rows later. A document, or a figure in it, is cited with the capture that proves its text.
# The words stand in `datasette/strings.yaml`, group `cite`; the line is in the language of the request.


def document_citation(document: Row, capture: Row, address: str, place: str | None = None) -> str:
    """Return the line for a document, or for a figure in it.

    Args:
        document: its title, issuer (or issuer_name), doc_number, published_on and url.
        capture: that proves the text: fetched_at, held_sha256, payload_sha256.
        address: absolute, of its page here.
        place: of the figure, its row and column in words.

    Raises:
        ValueError: the instant of the capture has no time zone.
    """
    issuer = document["issuer"] or document.get("issuer_name")
    body = write_body(issuer).striptags() or tell("cite.no_issuer")
    printed_on, url = document["published_on"], str(document["url"])
    sha256 = capture["held_sha256"] or capture["payload_sha256"]
    captured_at = dt.datetime.fromisoformat(capture["fetched_at"])
    if captured_at.tzinfo is None:
        raise ValueError(f"an instant without a time zone: {captured_at.isoformat()}")
    beijing = captured_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
    return _join_parts(
        [
            body + tell("cite.colon") + _name_title(document["title"]),
            document["doc_number"],
            printed_on and tell("cite.printed_on", date=printed_on),
            place,
            url if url.startswith("http") else None,
            tell("cite.archived", time=beijing),
            sha256 and tell("cite.digest_of_content", sha256=sha256),
            address,
        ]
    )


def answer_citation(
    title: str, address: str, copy: Row, rows: int | None = None, *, is_cut: bool = False
) -> str:
    """Return the line for the answer of a query, or for a page of lists.

    Args:
        title: of the query or page; what is markup already is taken back to text.
        address: absolute, of its page here, with what was asked.
        copy: `sha256` and `night` of the published copy that answered; the night is None before the first.
        rows: how many the answer has; None of a page.
        is_cut: whether it has more.
    """
    night = copy["night"]
    return _join_parts(
        [
            _name_title(title.unescape() if isinstance(title, Markup) else title),
            None if rows is None else tell("cite.first_rows" if is_cut else "cite.rows", n=rows),
            f"SHA-256 {copy['sha256']}",
            night and tell("cite.data_until", night=night),
            address,
        ]
    )


def draw_qr(address: str, title: str) -> Markup:
    """Return an address as a QR code, by which a reader of paper finds the page (ISO/IEC 18004).

    Args:
        address: absolute, of a page here.
        title: what the picture is.
    """
    # Readers take every mask (ISO/IEC 18004, 7.8): looking for the best of eight takes most of the time.
    drawn = segno.make(address, micro=False, mask=0).svg_inline(
        title=title, svgclass="qr", lineclass=None, omitsize=True
    )
    return Markup(drawn)  # noqa: S704 drawn by the library, which escapes the title


def _name_title(title: str | None) -> str:
    return tell("cite.named", title=title) if title else tell("document.no_title")


def _join_parts(parts: Iterable[str | None]) -> str:
    return tell("cite.comma").join(str(part) for part in parts if part)


def at_each_request(function: Callable[..., Any]) -> Callable[..., Any]:
    """Keep Jinja from working out a filter of a constant once for all: what it says depends on the reader."""

    @pass_context
    def of_request(_context: Context, *arguments: Any, **options: Any) -> Any:
        return function(*arguments, **options)

    return of_request


_MODULES = (cells, english_names, figures, passages, structured_cells, words)
_OTHERS = (
    answer_citation,
    build_matrix,
    by_column,
    chinese_half,
    column_heading,
    column_meaning,
    document_citation,
    draw_qr,
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
    for name, function in inspect.getmembers(module, inspect.isfunction):
        if function.__module__ == module.__name__ and not name.startswith("_"):
            yield function


_FUNCTIONS = [*_OTHERS, *(each for module in _MODULES for each in _public_functions(module))]
FILTERS = {function.__name__: at_each_request(function) for function in _FUNCTIONS}
"""The filters by name, which is that of the function."""
