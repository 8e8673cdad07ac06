"""A corpus in which everything harvested is hostile: markup, script, addresses that run, formulas, controls.

Only what a site could have written is spoilt. What we write ourselves (ids, instants, digests, places) stays.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MARK = "gkxss"
"""In the name of every element and attribute, and in every script, that a payload would bring in."""

PAYLOADS = (
    f"<{MARK} {MARK}=1>",
    f"<script>{MARK}()</script>",
    f"\"><img src=x {MARK} onerror='{MARK}()'>",
    f"' {MARK}=1 onmouseover='{MARK}()",
    f'" {MARK}=1 autofocus onfocus="{MARK}()',
    f"</title></style></textarea></pre></template><{MARK}>",
    f"<svg {MARK} onload={MARK}()><a xlink:href='javascript:{MARK}()'>",
    f"--><{MARK}><!--",
    f"]]><{MARK}><![CDATA[",
    f"{{{{ '<{MARK}>'|safe }}}}{{% raw %}}<{MARK}>",
    f"<iframe srcdoc='<{MARK}>' {MARK}>&lt;{MARK}&gt;",
    f"\u202e<\u200b{MARK}>\ufeff\x0b\x1f\x7f\ufffe<{MARK}\x00>",
    f"=cmd|' /C {MARK}'!A0<{MARK}>",
    f"<mark {MARK}>公开</mark><b {MARK}>年报",
)
ADDRESSES = (
    f"javascript:{MARK}()",
    f"JaVaScRiPt://%0a{MARK}()",
    f"data:text/html,<{MARK}>",
    f'http://www.gov.example/"><{MARK} {MARK}=1>.html',
    f"//{MARK}.example/'{MARK}='",
    f"vbscript:{MARK}()",
)

HARVESTED = {
    "portals": ("name", "issuer", "health_reason", "health_detail"),
    "issuers": ("name", "aliases"),
    "runs": ("problems",),
    "sweeps": ("reason",),
    "known_captures": ("content_type", "error", "list_title", "list_date", "provenance"),
    "documents": (
        "title",
        "issuer",
        "doc_number",
        "index_number",
        "written_on_printed",
        "published_on_printed",
        "effectiveness",
        "metadata_disagreements",
        "file_type",
    ),
    "stored_versions": ("encoding", "notes", "form"),
    "stored_occurrences": ("headings", "raw"),
    "known_cells": ("row_label", "column_label", "implied", "unit"),
    "stored_facts": ("raw",),
    "known_statements": ("explained_by", "message_zh", "message_en"),
    "stored_checks": ("left_value", "right_value"),
    "tasks": ("heading_path", "text", "responsible", "deadline_text"),
    "changes": ("evidence",),
    "relations": ("evidence",),
    "attachments": ("name", "written"),
    "stored_section_links": ("differences",),
    "variants": ("wording", "context"),
    "plans": ("scope",),
    "plan_items": ("title",),
}
"""Columns that hold what a site wrote, or what our readers made of it."""

HARVESTED_ADDRESSES = {
    "portals": ("home_url",),
    "known_captures": ("location",),
    "documents": ("url",),
    "attachments": ("url",),
}


def spoil(corpus: Path) -> None:
    """Put a payload behind every second value of the harvested columns, and in the place of addresses."""
    with closing(sqlite3.connect(corpus)) as db, db:
        db.create_function("spoilt", 1, _second(_spoilt_text()))
        db.create_function("spoilt_address", 1, _second(_in_turn(ADDRESSES)))
        for function, tables in (("spoilt", HARVESTED), ("spoilt_address", HARVESTED_ADDRESSES)):
            for table, columns in tables.items():
                for column in columns:
                    # A value that the schema refuses stays as it was.
                    db.execute(f"UPDATE OR IGNORE {table} SET {column} = {function}({column})")  # noqa: S608


def _second(change: Callable[[str | None], str]) -> Callable[[str | None], str | None]:
    turns = count()
    return lambda value: change(value) if next(turns) % 2 == 0 else value


def _in_turn(texts: tuple[str, ...]) -> Callable[[str | None], str]:
    turns = count()
    return lambda _: texts[next(turns) % len(texts)]


def _spoilt_text() -> Callable[[str | None], str]:
    payload = _in_turn(PAYLOADS)

    def spoilt(value: str | None) -> str:
        if value and value.startswith("[["):
            # Rows that we keep as lists stay lists.
            return json.dumps([_spoilt_leaves(row, payload) for row in json.loads(value)], ensure_ascii=False)
        if value and value[0] in "[{":
            return json.dumps(_spoilt_leaves(json.loads(value), payload), ensure_ascii=False)
        return f"{value or ''}{payload(None)}"

    return spoilt


def _spoilt_leaves(value: object, payload: Callable[[str | None], str]) -> object:
    if isinstance(value, dict):
        return {key: _spoilt_leaves(part, payload) for key, part in value.items()} | {
            payload(None): payload(None)
        }
    if isinstance(value, list):
        return [_spoilt_leaves(part, payload) for part in value] + [payload(None)]
    return payload(None) if isinstance(value, str) else value
