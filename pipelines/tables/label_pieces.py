"""Whether a piece of text is a label of the statutory tables, or a piece of one that broke.

For finding those tables where nothing but the words shows them. Which cell of the form a label names is told
when the table is aligned (`pipelines.forms.vocabulary`).
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from pipelines.forms.catalogue import forms_alone
from pipelines.forms.labels import bare_label, folded_label, label_head
from pipelines.forms.names import SHORTEST_CONTAINED, STATUTORY_TABLES, labels_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipelines.forms.names import PrintedName

LONGEST_LABEL = 60
"""Characters of the longest label that counts as one, brackets left out."""
_FEWEST_LABELS = 4
"""Different labels that make a table a statutory one."""
_ENUMERATED = re.compile(
    r"\s*(?:[一二三四五六七八九十]{1,2}、|[（(]\s*[一二三四五六七八九十]{1,2}\s*[)）]|\d{1,2}[.、．]\s*[^\d\s])"
)


def is_label(text: str) -> bool:
    """Tell whether a cell is a label of a statutory table, or contains what identifies one."""
    head = label_head(text)
    if not head or len(head) > LONGEST_LABEL:
        return False
    exact, contained = _anchors()
    return head in exact or contained.search(head) is not None


def is_row_label(text: str) -> bool:
    """Tell whether a cell is, word for word, a label of a row of a statutory table."""
    return label_head(text) in _rows()


def is_column_label(text: str) -> bool:
    """Tell whether a cell is, word for word, a label above the cells of a statutory table."""
    return label_head(text) in _columns()


def begins_label(text: str) -> bool:
    """Tell whether a line begins with a number such as rows have (`（二）`, `3.`), or is a known label."""
    return _ENUMERATED.match(text) is not None or is_label(text)


def is_broken_label(before: str, behind: str) -> bool:
    """Tell whether two pieces are one label of a statutory table that broke between them."""
    joined, begun = bare_label(before + behind), bare_label(before)
    if not before.strip() or begun == joined:
        return False
    if not SHORTEST_CONTAINED <= len(joined) <= 2 * LONGEST_LABEL:
        return False
    if is_row_label(behind) or is_column_label(behind):
        return False
    return any(
        words.startswith(joined) or (len(begun) < len(words) and joined.startswith(words))
        for words in _whole_labels()
    )


def is_part_of_label(text: str) -> bool:
    """Tell whether a text stands inside a label of a statutory table, as pieces of broken labels do."""
    piece = folded_label(text)
    return any(piece in words for words in _folded_labels())


def is_statutory(texts: Iterable[str]) -> bool:
    """Tell whether cells are those of a statutory table: several of them are different labels of one."""
    seen: set[str] = set()
    for text in texts:
        if is_label(text):
            seen.add(label_head(text))
            if len(seen) >= _FEWEST_LABELS:
                return True
    return False


@cache
def _every() -> tuple[PrintedName, ...]:
    return tuple(name for table in STATUTORY_TABLES for name in labels_of(table, forms_alone()))


@cache
def _anchors() -> tuple[frozenset[str], re.Pattern[str]]:
    """Return the labels, and what finds those that are contained in other words."""
    exact = {name.head for name in _every()} | {anchor for name in _every() for anchor in name.anchors}
    contained = sorted({word for word in exact if len(word) >= SHORTEST_CONTAINED}, key=len)
    return frozenset(exact), re.compile("|".join(map(re.escape, reversed(contained))))


@cache
def _rows() -> frozenset[str]:
    return frozenset(name.head for name in _every() if not name.stands_above)


@cache
def _columns() -> frozenset[str]:
    return frozenset(name.head for name in _every() if name.stands_above)


@cache
def _whole_labels() -> tuple[str, ...]:
    return tuple({bare_label(label) for label in _folded_labels()})


@cache
def _folded_labels() -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.folded for name in _every()))
