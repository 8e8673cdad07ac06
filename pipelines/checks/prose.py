"""What a report says in sentences: sums, shares, and the number of requests. For information only.

A sentence claims less than a table does, so silence is the rule: there is a result where the figures named
agree, and a finding where no reading of the sentence lets them. A statement that is printed several times is
one statement, at the first place where it stands.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from pipelines.checks.cells import plain
from pipelines.checks.figures import MONEY, figures_in
from pipelines.checks.records import Check, CheckOutcome, Severity
from pipelines.checks.requests import check_requests
from pipelines.checks.sentences import sentences_of
from pipelines.checks.shares import shares_in
from pipelines.checks.sums import Finding, sums_in
from pipelines.checks.wording import said

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pipelines.checks.cells import StatedTable
    from pipelines.checks.figures import Figure
    from pipelines.checks.sentences import Sentence
    from pipelines.checks.shares import Share
    from pipelines.checks.sums import Sum
    from pipelines.text.outline import Passage

    _Stated = tuple[Sentence, tuple[Figure, ...]]

_WORDS_BEFORE = 24
_WORDS_BETWEEN = 16
_SCALES = ((Decimal(100_000_000), "亿"), (Decimal(10_000), "万"))
_PHRASE_ENDS = "，,;。:()、"


def check_prose(passages: Sequence[Passage], tables: Sequence[StatedTable]) -> Iterator[Check]:
    """Check what the sentences of a report say of their own figures and of the requests table.

    Args:
        passages: of the document, in order.
        tables: of the document.

    Yields:
        `text.sum`, `text.percentage` and `text.requests_vs_t3`, `place` being where in the text of the
        document the statement begins, in characters.
    """
    sentences = [(sentence, figures_in(sentence.text)) for sentence in sentences_of(passages)]
    yield from _distinct(_sums(sentences))
    yield from _distinct(_shares(sentences))
    yield from check_requests(sentences, tables)


def _distinct(found: Iterable[tuple[object, Check]]) -> Iterator[Check]:
    """Yield the first of the results that one statement gives, wherever it is printed."""
    seen: set[object] = set()
    for statement, check in found:
        if statement not in seen:
            seen.add(statement)
            yield check


def _sums(sentences: Iterable[_Stated]) -> Iterator[tuple[object, Check]]:
    for sentence, stated in sentences:
        for found in sums_in(sentence, stated):
            figures = (found.whole, *found.parts)
            yield _identity(figures), _sum_result(sentence, found)


def _shares(sentences: Iterable[_Stated]) -> Iterator[tuple[object, Check]]:
    for sentence, stated in sentences:
        for found in shares_in(sentence, stated):
            yield (found.printed, _identity((found.part, found.whole))), _share_result(sentence, found)


def _identity(figures: tuple[Figure, ...]) -> object:
    """Return what makes two printings one statement: the figures, and the last words before the first."""
    return tuple((figure.value, figure.units) for figure in figures), figures[0].label[-4:]


def _sum_result(sentence: Sentence, found: Sum) -> Check:
    start = _start_of_phrase(sentence.text, min(found.whole.start, found.parts[0].start))
    end = max(found.whole.end, found.parts[-1].end)
    words = said(
        f"text.sum {found.finding}",
        {
            "quote": sentence.quote((start, end)),
            "total": _shown(found.total, found.whole),
            "whole": _shown(found.whole.value, found.whole),
            "difference": _shown(abs(found.total - found.whole.value), found.whole),
            "greatest": _shown(max(part.value for part in found.parts), found.whole),
        },
    )
    return Check(
        check_id="text.sum",
        severity=Severity.INFO,
        outcome=CheckOutcome.PASS if found.finding is Finding.HOLDS else CheckOutcome.FAIL,
        message_zh=words.zh,
        message_en=words.en,
        place=sentence.offsets[found.whole.start],
        left_value=plain(found.total),
        right_value=plain(found.whole.value),
        difference=plain(found.total - found.whole.value),
    )


def _share_result(sentence: Sentence, found: Share) -> Check:
    words = said(
        f"text.percentage {'holds' if found.holds else 'differs'}",
        {
            "quote": _quote_of_share(sentence, found),
            "part": _shown(found.part.value, found.part),
            "whole": _shown(found.whole.value, found.whole),
            "computed": plain(found.computed),
            "printed": plain(found.printed),
        },
    )
    return Check(
        check_id="text.percentage",
        severity=Severity.INFO,
        outcome=CheckOutcome.PASS if found.holds else CheckOutcome.FAIL,
        message_zh=words.zh,
        message_en=words.en,
        place=sentence.offsets[found.end - 1],
        left_value=plain(found.computed),
        right_value=plain(found.printed),
        difference=plain(found.computed - found.printed),
    )


def _quote_of_share(sentence: Sentence, found: Share) -> str:
    """Return the words of a percentage and its whole, leaving out a long way between them."""
    start = _start_of_phrase(sentence.text, found.whole.start)
    again = _start_of_phrase(sentence.text, found.part.start)
    if again - found.whole.end <= _WORDS_BETWEEN:
        return sentence.quote((start, found.end))
    return sentence.quote((start, found.whole.end), (again, found.end))


def _start_of_phrase(text: str, position: int) -> int:
    """Return where the phrase begins that a figure stands in."""
    earliest = max(0, position - _WORDS_BEFORE)
    return max(earliest, *(text.rfind(mark, earliest, position) + 1 for mark in _PHRASE_ENDS))


def _shown(number: Decimal, figure: Figure) -> str:
    """Return a number without zeros behind its last decimal; money, reckoned in 元, with its unit."""
    if MONEY not in figure.units:
        return _without_zeros(number)
    scale, word = next(((scale, word) for scale, word in _SCALES if number >= scale), (Decimal(1), ""))
    return f"{_without_zeros(number / scale)}{word}{MONEY}"


def _without_zeros(number: Decimal) -> str:
    text = plain(number)
    return text.rstrip("0").rstrip(".") if "." in text else text
