"""What a check says, in Chinese and in English; its sentences stand in `pipelines/knowledge/checks.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from pipelines.knowledge import load_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Words:
    """The same words in both languages."""

    zh: str
    en: str


def said(key: str, fields: Mapping[str, str | Words] | None = None) -> Words:
    """Return the sentence of a key, its fields filled in.

    Raises:
        KeyError: there is no such sentence, or it needs a field that is not given.
    """
    template = _templates()[key]
    if not fields:
        return template
    chinese = {name: words if isinstance(words, str) else words.zh for name, words in fields.items()}
    english = {name: words if isinstance(words, str) else words.en for name, words in fields.items()}
    return Words(template.zh.format_map(chinese), template.en.format_map(english))


def has_words(key: str) -> bool:
    """Tell whether there is a sentence of that key."""
    return key in _templates()


def listed(items: Iterable[str], *, at_most: int = 8) -> Words:
    """Return quoted labels as a list; of a long one the beginning and how many there are."""
    labels = list(dict.fromkeys(items))
    quoted = [f"“{label}”" for label in labels[:at_most]]
    if len(labels) <= at_most:
        return Words("、".join(quoted), ", ".join(quoted))
    return Words(
        f"{'、'.join(quoted)}等{len(labels)}处",
        f"{', '.join(quoted)} and {len(labels) - at_most} more",
    )


def quoted(text: str, *, at_most: int = 90) -> str:
    """Return a printed passage fit to stand between quotation marks; of a long one both ends."""
    if len(text) <= at_most:
        return text
    half = (at_most - 1) // 2
    return f"{text[:half]}…{text[-half:]}"


@cache
def _templates() -> dict[str, Words]:
    return {key: Words(entry["zh"], entry["en"]) for key, entry in load_table("checks")["messages"].items()}
