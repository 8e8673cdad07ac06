"""What a document states for one field, in the order of trust, and what is chosen of it.

The elements of a document (公文要素) are labelled by its page or by its first lines. The first candidate for
a field is chosen, and those that differ from it are kept beside it: a date in the header table and another in
a meta tag are two observations.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from pipelines.knowledge import load_table
from pipelines.metadata.fields import (
    METADATA,
    Candidate,
    Disagreement,
    Source,
    labels_by_meaning,
    metadata_fields,
)
from pipelines.metadata.printed_dates import read_date

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from pipelines.metadata.fields import Kind
    from pipelines.metadata.issuing import Signature


# Behind a value another label may follow on the same line: 来源：某局 【字体：大 中 小】.
_OTHER_LABEL = re.compile(r"\s+[【\[]?[\u4e00-\u9fff]{2,6}[】\]]?[:：]")
_BRACKETS = re.compile(r"[\s:：【】\[\]]")
# Names by which one body goes: 国务院令 is 国令 in the number of an order, 政府办 is 人民政府办公室.
_LONG_NAMES = (
    ("中华人民共和国", ""),
    ("国务院令", "国令"),
    ("人民政府", "政府"),
    ("办公厅", "办"),
    ("办公室", "办"),
    ("委员会", "委会"),
)


class Stated(NamedTuple):
    """What is stated for a field.

    Attributes:
        candidates: in the order of trust.
        witnesses: what is never chosen and yet may disagree.
        context: texts in which a value that differs does not disagree: those of several issuers together.
    """

    candidates: Iterable[Candidate]
    witnesses: Iterable[Candidate] = ()
    context: Iterable[str] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A document laid open: what its page states and how its text begins and ends.

    Attributes:
        titles: its title, and behind it the others that read like one.
        kind: what it is.
        meta: the national meta tags.
        elements: its labelled elements, see `read_elements`.
        preamble: its text before the first heading, as far as anything is looked for.
        front: the lines of that which are not blank.
        lines: all its lines that are not blank and no table rows.
        beginning: its first characters.
        signature: what signs it.
    """

    titles: tuple[Candidate, ...]
    kind: Kind
    meta: Mapping[str, str]
    elements: Mapping[str, Sequence[Candidate]]
    preamble: str
    front: tuple[str, ...]
    lines: Sequence[str]
    beginning: str
    signature: Signature | None

    @property
    def title(self) -> str | None:
        """Its title; None where none is printed."""
        return self.titles[0].value if self.titles else None


class Choice(NamedTuple):
    """What is chosen for a field: None where nothing is stated."""

    value: str | None
    source: Source | None
    disagreements: tuple[Disagreement, ...]


def choose_statement(field: str, told: Stated) -> Choice:
    """Choose the first candidate for a field and keep those that disagree with it.

    Args:
        field: its name in `metadata_fields.yaml`.
        told: what is stated for it.
    """
    stated = list(told.candidates)
    if not stated:
        return Choice(None, None, ())
    chosen = stated[0]
    is_same = _SAME[metadata_fields()[field].holds]
    together = "\n".join(_fold_text(text) for text in told.context)
    others: dict[str, Disagreement] = {}
    for value, source in (*stated[1:], *told.witnesses):
        if not is_same(chosen.value, value) and _fold_text(value) not in together:
            others.setdefault(_fold_text(value), Disagreement(field, value, source))
    return Choice(chosen.value, chosen.source, tuple(others.values()))


def _fold_text(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text))


def _same_words(one: str, other: str) -> bool:
    return _fold_text(one) == _fold_text(other)


def _same_title(one: str, other: str) -> bool:
    """Tell whether two titles are one, set out at different lengths."""
    short, long = sorted((_fold_text(one), _fold_text(other)), key=len)
    return short == long or (len(short) >= METADATA.short_title and short in long)


def _same_date(one: str, other: str) -> bool:
    return (read_date(one) or _fold_text(one)) == (read_date(other) or _fold_text(other))


def _same_name(one: str, other: str) -> bool:
    """Tell whether two names, or numbers that begin with one, may be one body's: short, without its place."""
    short, long = sorted((_short_name(one), _short_name(other)), key=len)
    return long.endswith(short)


def _short_name(name: str) -> str:
    folded = _fold_text(name)
    for long, short in _LONG_NAMES:
        folded = folded.replace(long, short)
    return folded


_SAME: Mapping[str, Callable[[str, str], bool]] = {
    "words": _same_words,
    "title": _same_title,
    "name": _same_name,
    "year": _same_words,
    "date": _same_date,
}
"""Tells whether two statements of a field are one, by what the field holds."""


def read_elements(header: Mapping[str, str], front: Iterable[str]) -> dict[str, tuple[Candidate, ...]]:
    """Return the printed elements by meaning (see `labels_by_meaning`).

    Args:
        header: the header table of the page, by label.
        front: the first lines of the text, where a plain file may label the same elements.

    Returns:
        Values as printed, white space around them removed, and whether the header or the text states them.
        A label goes before one further down in its list, under one label the header before the lines. An
        empty value is absent.
    """
    printed = [(_BRACKETS.sub("", label), value, Source.HEADER) for label, value in header.items()]
    printed += [(label, value, Source.TEXT) for line in front for label, value in _read_labels(line)]
    found = {
        meaning: tuple(
            Candidate(value.strip(), source)
            for wanted in labels
            for label, value, source in printed
            if label == wanted and not _is_empty(value)
        )
        for meaning, labels in labels_by_meaning().items()
    }
    return {meaning: stated for meaning, stated in found.items() if stated}


def is_labelled(line: str) -> bool:
    """Tell whether a line is one of labelled elements, not of text."""
    return next(_read_labels(line), None) is not None


def _read_labels(line: str) -> Iterator[tuple[str, str]]:
    cells = [cell.strip() for cell in line.split("\t")]
    for cell, following in zip(cells, [*cells[1:], ""], strict=True):
        found = list(_label_pattern().finditer(cell))
        ends = [match.start() for match in found[1:]] + [len(cell)] * bool(found)
        for match, end in zip(found, ends, strict=True):
            value = _OTHER_LABEL.split(cell[match.end() : end], maxsplit=1)[0].strip()
            label = _BRACKETS.sub("", match["label"])
            yield label, value or (following if end == len(cell) else "")


def _is_empty(value: str) -> bool:
    return value.strip().lower() in load_table("metadata_fields")["empty"]


@cache
def _label_pattern() -> re.Pattern[str]:
    words = sorted(
        (word for labels in labels_by_meaning().values() for word in labels), key=len, reverse=True
    )
    spaced = "|".join(r"\s*".join(word) for word in words)
    return re.compile(rf"(?:^|(?<=\s))[【\[]?(?P<label>{spaced})\s*[】\]]?\s*[:：]\s*")
