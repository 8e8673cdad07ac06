"""Single cells: references by their label, codes in words, times in Beijing, addresses readable."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from datasette.utils import tilde_encode
from markupsafe import Markup

from archive.clock import SHANGHAI
from archive.exact_search import matching_spans
from gongkai.web.language import mark_chinese, pick_half, tell
from gongkai.web.rendering.drawings import cut_text
from gongkai.web.rendering.structured_cells import share_with_parts, write_structured
from gongkai.web.rendering.words import column_table, file_name, known_word, name_document
from gongkai.web.thresholds import TEXTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gongkai.web.rendering.words import Row


_LINK = '<a href="{}">{}</a>'
_COSTLY = '<a rel="nofollow" href="{}">{}</a>'
_MAY_BE_MISSING = {"to_document_id", "attachment_id", "previous_document_id"}
_IN_TWO_LANGUAGES = {("coverage", "why"), ("rates_by_report", "why")}
_ADDRESSES = {"url", "home_url", "list_url", "location"}
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_LINE_ENDS = re.compile(r"[^\S\t]*\n[^\S\t]*")
_WITHIN = re.compile(
    r"/(gongkai/[a-z_]+(/[0-9A-Za-z~._-]+(#(p\d+|figures))?|\?[0-9A-Za-z_=&%.~-]+)|-/compare\?[0-9a-z=&]+|-/proof/[0-9a-z]+"
    r"|-/rate/[a-z_]+/[0-9a-z]+(#(numerator|denominator))?)"
)


def render_cell(value: Any, column: str, table: str | None, row: Row | None = None) -> Markup | None:
    """Write a cell; None leaves it to Datasette.

    Args:
        value: what stands in it; a mapping of `value` and `label` where it is a reference.
        column: its column.
        table: its table or view; None for the answer of a query.
        row: the other columns of its row.
    """
    if isinstance(value, dict):
        return write_reference(value["value"], value["label"], column)
    if table and column in column_table().leads_to:
        return _reference_or_none(value, column)
    known = known_word(value, column, table)
    if known is not None:
        return Markup('{} <code class="code">{}</code>').format(mark_chinese(known), value)
    if table and isinstance(value, float):
        return share_with_parts(value, column, row or {})
    return _render_text(value, column, table, row or {}) if isinstance(value, str) else None


def _reference_or_none(value: Any, column: str) -> Markup | None:
    if value:
        return write_reference(value, None, column)
    if column not in _MAY_BE_MISSING:
        return None
    return Markup('<span class="muted">{}</span>').format(pick_half("本库未收录 / not held here"))


def _render_text(value: str, column: str, table: str | None, row: Row) -> Markup | None:
    # A reader's own SQL has ASCII names and is shown as it is; our queries name columns in Chinese.
    ours = table is not None or not column.isascii()
    if ours and _INSTANT.fullmatch(value):
        return Markup('<time datetime="{}">{}<span class="utc"> {}</span></time>').format(
            value, write_beijing(value), pick_half("北京时间（{}） / Beijing ({})").format(value)
        )
    if table and column in _ADDRESSES:
        return write_address(value)
    if (table, column) in _IN_TWO_LANGUAGES:
        return mark_chinese(pick_half(value))
    if table:
        return write_structured(value, column, table, row)
    if _WITHIN.fullmatch(value):
        link = Markup(_COSTLY if value.startswith("/-/compare") else _LINK)  # noqa: S704  constants
        return link.format(value, pick_half("查看 / see"))
    return None


def write_answer_cell(value: Any, column: str) -> Any:
    """Write a cell of a question's answer; an imported file's name in the place of its address."""
    shown = render_cell(value, column, None)
    if shown is not None or not isinstance(value, str):
        return "" if value is None else shown or value
    text = name_document(value) if value.startswith("file:///") else value
    return mark_chinese(cut_text(text, TEXTS.answer_chars))


def link_cell(cell: Row, row: Mapping[str, Row], table: str, labels: Mapping[Any, object]) -> Any:
    """Write a cell of a list: a reference by its label, and to the passage where its row tells one.

    Args:
        cell: as Datasette gives it to a template.
        row: the cells of its row by column.
        table: the table or view.
        labels: what a reader knows rows by: (column, value) → label.
    """
    column, raw = cell["column"], cell["raw"]
    if not raw or column not in column_table().leads_to:
        return mark_chinese(cell["value"])
    value, label = split_reference(raw)
    place = row.get(column_table().placed_by.get(f"{table}.{column}", ""))
    return write_reference(
        value, labels.get((column, value), label), column, position=place["raw"] if place else None
    )


def split_reference(raw: Any) -> tuple[Any, Any]:
    """Return what a cell refers to, and its label where Datasette has one: a declared reference's."""
    return (raw["value"], raw["label"]) if isinstance(raw, dict) else (raw, None)


def write_reference(value: object, label: object, column: str, *, position: object = None) -> Markup:
    """Write a reference as a link to its row, by the row's label where there is one.

    Args:
        value: the row's id.
        label: what a reader knows it by.
        column: the column that refers to it.
        position: of the passage that is meant, in a document's text.
    """
    shown = " ".join(str(label or value).split())
    if _INSTANT.fullmatch(shown):
        shown = write_beijing(shown)
    return Markup('<a href="/gongkai/{}/{}{}">{}</a>').format(
        column_table().leads_to[column],
        tilde_encode(str(value)),
        "" if position is None else f"#p{position}",
        mark_chinese(cut_text(shown, TEXTS.label_chars)),
    )


def write_beijing(instant: str | None) -> str:
    """Write a UTC instant as Beijing time, to the minute."""
    if not instant:
        return ""
    return dt.datetime.fromisoformat(instant).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def write_address(url: str, limit: int = TEXTS.address_chars) -> Markup:
    """Write an address with its Chinese readable; a link only where it is a web page."""
    plain = unquote(url)
    # What cannot be seen, or turns the direction of reading, stays in percent signs.
    shown = cut_text(plain if plain.isprintable() and " " not in plain else url, limit)
    if url.startswith("file:"):
        return mark_chinese(pick_half("导入的文件 {} / imported file {}").format(file_name(url)))
    if not url.startswith(("http://", "https://")):
        return mark_chinese(shown)
    return Markup('<a href="{}" rel="noreferrer">{}</a>').format(url, mark_chinese(shown))


def say_unread(it: Row) -> str:
    """Return why a document could not be read yet: what its file is, and the reason in a reader's words.

    Args:
        it: a row of `file_type` and `read_reason`, either of which may be blank.
    """
    reason = known_word(it["read_reason"], "read_reason", "documents") if it["read_reason"] else None
    return tell("cite.comma").join(part for part in (it["file_type"], reason) if part)


def find_own_path(value: object) -> str:
    """Return the address of a page of this site as it is, and nothing for any other value."""
    return value if isinstance(value, str) and _WITHIN.fullmatch(value) else ""


def cut_excerpt(text: str, query: str = "", width: int = 220) -> Markup:
    """Cut a passage around the first place found and mark every place in the cut."""
    spans = matching_spans(text, query) if query else ()
    # A first place that the beginning of the passage shows anyway moves nothing.
    start = max(0, spans[0][0] - width // 4) if spans and spans[0][1] > width else 0
    end = min(len(text), start + width)
    parts = [Markup("…") if start else Markup()]
    at = start
    for left, right in spans:
        if left >= end:
            break
        parts += [
            write_harvested(text[at:left]),
            Markup("<mark>{}</mark>").format(text[left : min(right, end)]),
        ]
        at = min(right, end)
    parts += [write_harvested(text[at:end]), Markup("…") if end < len(text) else Markup()]
    return Markup().join(parts)


def write_harvested(text: str) -> Markup:
    """Write harvested text, its blank lines folded, a line where a table's cells meet, blank ones too."""
    return Markup('<span class="cell">\t</span>').join(_LINE_ENDS.sub("\n", text).split("\t"))
