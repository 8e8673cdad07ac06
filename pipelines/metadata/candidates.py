"""What a document states for one field, in the order of trust, and what is chosen of it.

The first candidate is chosen, and those that differ from it are kept beside it: a date in the header table
and another in a meta tag are two observations.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from pipelines.metadata.dates import read_date
from pipelines.metadata.fields import Disagreement, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_SHORTEST_PART = 6
_LONG_NAMES = (
    ("中华人民共和国", ""),
    ("国务院令", "国令"),
    ("人民政府", "政府"),
    ("办公厅", "办"),
    ("办公室", "办"),
    ("委员会", "委会"),
)


class Candidate(NamedTuple):
    """A value as stated, and where."""

    value: str
    source: Source


class Choice(NamedTuple):
    """What is chosen for a field: None where nothing is stated."""

    value: str | None
    source: Source | None
    disagreements: tuple[Disagreement, ...]


def choose(
    field: str,
    candidates: Iterable[Candidate],
    witnesses: Iterable[Candidate] = (),
    *,
    context: Iterable[str] = (),
) -> Choice:
    """Choose the first candidate and keep those that disagree with it.

    Args:
        field: the field of `pipelines.metadata.fields.Metadata`.
        candidates: in the order of trust.
        witnesses: what is never chosen and yet may disagree.
        context: texts in which a value that differs does not disagree: those of several issuers together.
    """
    stated = list(candidates)
    if not stated:
        return Choice(None, None, ())
    chosen = stated[0]
    is_same = _SAME[field]
    together = "\n".join(_folded(text) for text in context)
    others: dict[str, Disagreement] = {}
    for value, source in (*stated[1:], *witnesses):
        if not is_same(chosen.value, value) and _folded(value) not in together:
            others.setdefault(_folded(value), Disagreement(field, value, source))
    return Choice(chosen.value, chosen.source, tuple(others.values()))


def _folded(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text))


def _same_words(one: str, other: str) -> bool:
    return _folded(one) == _folded(other)


def _same_title(one: str, other: str) -> bool:
    """Tell whether two titles are one, set out at different lengths."""
    short, long = sorted((_folded(one), _folded(other)), key=len)
    return short == long or (len(short) >= _SHORTEST_PART and short in long)


def _same_date(one: str, other: str) -> bool:
    return (read_date(one) or _folded(one)) == (read_date(other) or _folded(other))


def _same_name(one: str, other: str) -> bool:
    """Tell whether two names, or numbers that begin with one, may be one body's: short, without its place."""
    short, long = sorted((_short_name(one), _short_name(other)), key=len)
    return long.endswith(short)


def _short_name(name: str) -> str:
    folded = _folded(name)
    for long, short in _LONG_NAMES:
        folded = folded.replace(long, short)
    return folded


_SAME: Mapping[str, Callable[[str, str], bool]] = {
    "title": _same_title,
    "issuer": _same_name,
    "year": _same_words,
    "doc_number": _same_name,
    "index_number": _same_words,
    "written_on": _same_date,
    "published_on": _same_date,
    "effectiveness": _same_words,
}
