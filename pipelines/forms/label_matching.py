"""Which name of the statutory tables a printed label is.

A label is a name of the form where it is spelt so, or contains words that identify it and resembles no other
name more. What is misspelt beyond that is told apart by `nearest_row`, which its caller may only ask where
the order of the rows leaves few candidates.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from functools import cache

from pipelines.forms.form_catalogue import Forms, forms_alone, tables_of
from pipelines.forms.form_model import FormTable
from pipelines.forms.labels import STATUTORY, bare_label, folded_label, label_head, remember
from pipelines.forms.printed_labels import (
    STATUTORY_TABLES,
    Kind,
    PrintedName,
    labels_above,
    printed_names,
    ways_to_spell,
)
from pipelines.knowledge import load_table
from pipelines.structs import FrozenStruct

_LEAST_SIMILAR = 0.7
_LEAST_MARGIN = 0.15
_BRACKETS = str.maketrans("", "", "()〔〕[]【】")


class Name(FrozenStruct):
    """What a row, group or column is called, over all forms.

    Attributes:
        kind: which of the three it names.
        key: of the row, group or column.
        heads: the label in each form, bare, before its first bracket.
        anchors: words of which each identifies it.
    """

    kind: Kind
    key: str
    heads: tuple[str, ...]
    anchors: tuple[str, ...]

    def is_spelt(self, head: str) -> bool:
        """Tell whether the head of a label is the name, and does not only contain it."""
        return head in self.heads or head in self.anchors


class TableWords(FrozenStruct, eq=False):
    """What the rows, groups and columns of a table are called in the forms that a document may follow.

    Attributes:
        table: `t2`, `t3`, `t4`.
        forms: those that the document may follow.
        names: over all of them.
    """

    table: str
    forms: Forms
    names: tuple[Name, ...]

    @property
    def layouts(self) -> tuple[FormTable, ...]:
        """What each of those forms says of the table."""
        return tables_of(self.table, self.forms)


@cache
def words_of_forms(forms: Forms) -> tuple[TableWords, ...]:
    """Return the words of each statutory table, in the order of the tables."""
    return tuple(TableWords(table, forms, _names_of(table, forms)) for table in STATUTORY_TABLES)


def _names_of(table: str, forms: Forms) -> tuple[Name, ...]:
    merged: dict[tuple[Kind, str], list[PrintedName]] = {}
    for printed in printed_names(table, forms):
        if printed.key and printed.kind in (Kind.ROW, Kind.GROUP, Kind.COLUMN):
            merged.setdefault((printed.kind, printed.key), []).append(printed)
    return tuple(
        Name(
            kind,
            key,
            tuple(dict.fromkeys(one.head for one in alike)),
            tuple(dict.fromkeys(anchor for one in alike for anchor in one.anchors)),
        )
        for (kind, key), alike in merged.items()
    )


@remember
def match_label(words: TableWords, text: str) -> tuple[Name, ...]:
    """Return the names of a table that a printed label is; several where it names a row and a group.

    Args:
        words: of the table.
        text: the label as printed.
    """
    head = label_head(text)
    if not head or len(head) > STATUTORY.label_chars or is_added(head):
        return ()
    exact = tuple(name for name in words.names if name.is_spelt(head))
    return exact or (() if _count_whole_names(words, text) else _match_contained(words, head))


def keys_of(words: TableWords, text: str, kind: Kind) -> tuple[str, ...]:
    """Return the keys of the names of one kind that a printed label is."""
    return tuple(name.key for name in match_label(words, text) if name.kind is kind)


@remember
def nearest_row(words: TableWords, text: str) -> str | None:
    """Return the key of the row or group that a misspelt label resembles; None if two come near, or none.

    Args:
        words: of the table.
        text: the label as printed.
    """
    head = label_head(text)
    if not head or len(head) > STATUTORY.label_chars or is_added(head):
        return None
    if _count_whole_names(words, text) > 1:
        return None
    # Of names that are spelt alike the first counts.
    by_heads = {name.heads: name for name in reversed(words.names) if name.kind is not Kind.COLUMN}
    scored = sorted(((_likeness_to(head, name), name.key) for name in by_heads.values()), reverse=True)
    (best, key), second = scored[0], scored[1][0] if len(scored) > 1 else 0.0
    return key if best >= _LEAST_SIMILAR and best - second >= _LEAST_MARGIN else None


def is_added(head: str) -> bool:
    """Tell whether a bare label is of a sum or a part that the form does not have."""
    words = load_table("form_labels")
    return head.startswith(tuple(words["added_prefixes"])) or head.endswith(tuple(words["added_suffixes"]))


def names_added_column(words: str) -> bool:
    """Tell whether the words of a header name a sum that the form does not have."""
    return any(word in words for word in load_table("form_labels")["added_columns"])


@remember
def is_corner(text: str) -> bool:
    """Tell whether a cell is the note in the corner of the requests table."""
    return any(word in folded_label(text) for word in load_table("form_labels")["corner_words"])


@remember
def is_spanning(text: str) -> bool:
    """Tell whether a header cell only stands above others."""
    return label_head(text) in _spanning_words()


@remember
def is_above_labels(text: str) -> bool:
    """Tell whether a header cell stands above the labels of the rows."""
    return label_head(text) in load_table("form_labels")["above_labels"]


@remember
def caption_block(text: str) -> str | None:
    """Return the key of the block of t2 whose caption a cell is (第二十条第（五）项); None if it is none."""
    return _caption_blocks().get(_without_brackets(text).rstrip(":"))


@remember
def heading_table(text: str) -> str | None:
    """Return the table whose heading a cell is (三、收到和处理政府信息公开申请情况); None if it is none."""
    return _heading_tables().get(_fold_heading(text))


@cache
def _spanning_words() -> frozenset[str]:
    above = (one for table in STATUTORY_TABLES for one in labels_above(table, with_corner=False))
    return frozenset(spelt for one in above for spelt in ways_to_spell(one))


def _count_whole_names(words: TableWords, text: str) -> int:
    """Return how many of several lines are the name of a row or column: then the others are of another."""
    heads = {head for name in words.names if name.kind is not Kind.GROUP for head in name.heads}
    return sum(label_head(line) in heads for line in text.split("\n")) if "\n" in text else 0


def _match_contained(words: TableWords, head: str) -> tuple[Name, ...]:
    """Return the names that a label contains: those of the longest words, if it resembles no other more."""
    found = [
        (len(anchor), name)
        for name in words.names
        for anchor in name.anchors
        if len(anchor) >= STATUTORY.contained_chars and anchor in head
    ]
    if not found:
        return ()
    # 处理决定数量 (2019) stands in 本年处理决定数量 (2021), as 规范性文件 does: the longest decides.
    longest = max(length for length, _ in found)
    names = tuple(dict.fromkeys(name for length, name in found if length == longest))
    heads = {one for name in names for one in name.heads}
    least = max(_likeness_to(head, name) for name in names)
    others = (name for name in words.names if heads.isdisjoint(name.heads))
    if any(_likeness_to(head, name) >= least for name in others):
        return ()
    return names


def _likeness_to(head: str, name: Name) -> float:
    return max(SequenceMatcher(None, head, one, autojunk=False).ratio() for one in name.heads)


def _without_brackets(text: str) -> str:
    return folded_label(text).translate(_BRACKETS)


@cache
def _caption_blocks() -> dict[str, str]:
    printed = (name for name in printed_names("t2", forms_alone()) if name.kind is Kind.CAPTION)
    return {_without_brackets(name.folded): name.key for name in printed if name.key}


@cache
def _heading_tables() -> dict[str, str]:
    return {
        _fold_heading(spelt): table.key
        for form in forms_alone()
        for table in form.tables
        if table.key in STATUTORY_TABLES
        for spelt in ways_to_spell(table.heading)
    }


def _fold_heading(text: str) -> str:
    return bare_label(text).replace("、", "")
