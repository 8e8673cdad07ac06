"""What a document is, by its title; the table of patterns names its false friends."""

from __future__ import annotations

import re
from functools import cache

from pipelines.knowledge import load_table
from pipelines.records import Kind

_BRACKET_AT_END = r"(?:[（(【\[〔][^（()）]{1,20}[）)】\]〕])?"


def kind_of_title(title: str | None) -> Kind:
    """Return what a document with this title is; `OTHER` where the title does not say.

    Args:
        title: the title without white space; None where none is printed.
    """
    if title is None:
        return Kind.OTHER
    return next((kind for kind, pattern in _patterns() if pattern.search(title)), Kind.OTHER)


def ends_like_a_title(text: str) -> bool:
    """Tell whether a text ends as titles of documents do: …报告, …的通知, …办法（试行）."""
    return _ending().search(text) is not None


def is_column_name(text: str) -> bool:
    """Tell whether a text is the name of a column of a portal (政府信息公开年报) and of no one document."""
    return _column().fullmatch(text) is not None


@cache
def _patterns() -> tuple[tuple[Kind, re.Pattern[str]], ...]:
    return tuple(
        (Kind(entry["kind"]), re.compile(_with_ending(entry["pattern"], entry.get("ends"))))
        for entry in load_table("title_kinds")["kinds"]
    )


def _with_ending(pattern: str, ending: str | None) -> str:
    return pattern if ending is None else f"(?:{pattern}).*(?:{ending}){_BRACKET_AT_END}$"


@cache
def _ending() -> re.Pattern[str]:
    return re.compile(f"(?:{load_table('title_kinds')['endings']}){_BRACKET_AT_END}$")


@cache
def _column() -> re.Pattern[str]:
    return re.compile(load_table("title_kinds")["columns"])
