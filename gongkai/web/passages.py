"""A printed text as a page can show it: passages as headings, paragraphs and tables, repetitions folded."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

SEPARATOR = " › "
FOLDED_FROM = 120
"""Repetitions of fewer characters in a row are shown again: the fold would be longer than the text."""

_LABEL_CHARACTERS = 30


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a passage.

    Attributes:
        kind: `heading`, `paragraph` or `table`.
        text: the characters of a heading or a paragraph; empty for a table.
        rows: the cells of a table; empty otherwise.
    """

    kind: str
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Stretch:
    """Neighbouring passages of a text.

    Attributes:
        passages: rows with `section`, `text`, `heading_path` and `level`, in order.
        folded: whether all of them stand earlier in the text, and are long enough to fold.
        summary: the first and the last heading of a folded stretch.
    """

    passages: tuple[dict[str, Any], ...]
    folded: bool = False
    summary: str = ""


def text_blocks(text: str, heading_path: str = "", level: int = 0) -> tuple[Block, ...]:
    """Cut a passage into blocks: a line is a paragraph, neighbouring lines with tabs are a table.

    Args:
        text: the passage as printed.
        heading_path: titles joined by ` › `; the last one is this passage's own.
        level: the heading level; 0 where the passage has no heading.
    """
    own = heading_path.rpartition(SEPARATOR)[2] if level else ""
    blocks = []
    if own and text.startswith(own):
        blocks.append(Block("heading", own))
        text = text[len(own) :]
    lines = [line for line in text.splitlines() if line.strip()]
    for tabular, group in groupby(lines, key=lambda line: "\t" in line):
        if tabular:
            blocks.append(Block("table", rows=tuple(tuple(line.split("\t")) for line in group)))
        else:
            blocks += [Block("paragraph", line.strip()) for line in group]
    return tuple(blocks)


def stretches(passages: Iterable[dict[str, Any]]) -> tuple[Stretch, ...]:
    """Cut a text into stretches of passages that are new in it and of passages that were printed before.

    A report printed its first chapter fourteen times: once is to be read, the others are to be known of.
    """
    seen: set[str] = set()
    repeated = []
    for passage in passages:
        repeated.append((passage["section"] in seen, passage))
        seen.add(passage["section"])
    return tuple(
        _stretch(again, tuple(passage for _, passage in group))
        for again, group in groupby(repeated, key=lambda pair: pair[0])
    )


def _stretch(again: bool, passages: tuple[dict[str, Any], ...]) -> Stretch:
    if not again or sum(len(passage["text"]) for passage in passages) < FOLDED_FROM:
        return Stretch(passages)
    first, last = _label(passages[0]), _label(passages[-1])
    return Stretch(passages, folded=True, summary=first if first == last else f"{first} … {last}")


def _label(passage: dict[str, Any]) -> str:
    own = str(passage["heading_path"]).rpartition(SEPARATOR)[2] if passage["level"] else ""
    label = own or " ".join(passage["text"].split())
    return label if len(label) <= _LABEL_CHARACTERS else label[:_LABEL_CHARACTERS] + "…"
