"""The elements of a document (公文要素) as its page or its first lines label them."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from pipelines.knowledge import load_table
from pipelines.metadata.candidates import Candidate
from pipelines.metadata.fields import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_NO_LABEL = frozenset({"source", "empty", "effectiveness_values", "effectiveness_answers"})
_OTHER_LABEL = re.compile(r"\s+[【\[]?[\u4e00-\u9fff]{2,6}[】\]]?[:：]")
_BRACKETS = re.compile(r"[\s:：【】\[\]]")


def read_elements(header: Mapping[str, str], front: Iterable[str]) -> dict[str, tuple[Candidate, ...]]:
    """Return the printed elements by meaning (the names in `document_elements.yaml`).

    Args:
        header: the header table of the page, by label.
        front: the first lines of the text, where a plain file may label the same elements.

    Returns:
        Values as printed, white space around them removed, and whether the header or the text states them.
        A label goes before one further down in its list, under one label the header before the lines. An
        empty value is absent.
    """
    printed = [(_BRACKETS.sub("", label), value, Source.HEADER) for label, value in header.items()]
    printed += [(label, value, Source.TEXT) for line in front for label, value in _labelled(line)]
    found = {
        meaning: tuple(
            Candidate(value.strip(), source)
            for wanted in labels
            for label, value, source in printed
            if label == wanted and not _is_empty(value)
        )
        for meaning, labels in _labels().items()
    }
    return {meaning: stated for meaning, stated in found.items() if stated}


def is_labelled(line: str) -> bool:
    """Tell whether a line is one of labelled elements, not of text."""
    return next(_labelled(line), None) is not None


def _labelled(line: str) -> Iterator[tuple[str, str]]:
    cells = [cell.strip() for cell in line.split("\t")]
    for cell, following in zip(cells, [*cells[1:], ""], strict=True):
        found = list(_label_pattern().finditer(cell))
        ends = [match.start() for match in found[1:]] + [len(cell)] * bool(found)
        for match, end in zip(found, ends, strict=True):
            value = _OTHER_LABEL.split(cell[match.end() : end], maxsplit=1)[0].strip()
            label = _BRACKETS.sub("", match["label"])
            yield label, value or (following if end == len(cell) else "")


def _is_empty(value: str) -> bool:
    return value.strip().lower() in load_table("document_elements")["empty"]


@cache
def _labels() -> dict[str, list[str]]:
    table = load_table("document_elements")
    return {meaning: labels for meaning, labels in table.items() if meaning not in _NO_LABEL}


@cache
def _label_pattern() -> re.Pattern[str]:
    words = sorted((word for labels in _labels().values() for word in labels), key=len, reverse=True)
    spaced = "|".join(r"\s*".join(word) for word in words)
    return re.compile(rf"(?:^|(?<=\s))[【\[]?(?P<label>{spaced})\s*[】\]]?\s*[:：]\s*")
