"""Whether a report prints a block of its text more than once, and how often (`doc.repeated_block`).

What counts as a block, and as the same, is defined in `pipelines.duplicates.internal_duplicates`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.checks.records import Check, CheckOutcome, Severity
from pipelines.checks.wording import Words, said, shortened, within_quotes
from pipelines.duplicates.internal_duplicates import SHORTEST, find_rounds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipelines.duplicates.internal_duplicates import Rounds
    from pipelines.text.outline import Passage

_LONGEST_NAME = 40


def check_repetition(passages: Sequence[Passage]) -> Iterator[Check]:
    """Check that a report prints no block of its text more than once.

    Args:
        passages: of the report, in order.

    Yields:
        A finding for each block: `left_value` how many times it is printed, `right_value` 1, `place` where in
        the text of the document it first begins, in characters. One result that passes if there is none.
    """
    blocks = find_rounds(passages)
    for block in blocks:
        yield _finding(block, passages)
    if not blocks:
        outcome = CheckOutcome.PASS if passages else CheckOutcome.NOT_TESTABLE
        words = said(f"doc.repeated_block {outcome}", {"shortest": str(SHORTEST)})
        yield Check("doc.repeated_block", Severity.WARNING, outcome, words.zh, words.en)


def _finding(block: Rounds, passages: Sequence[Passage]) -> Check:
    first, last = block.rounds[0][0], block.rounds[0][-1]
    fields: Mapping[str, str | Words] = {
        "where": _where(block.heading_path),
        "what": said(
            "one passage" if first == last else "passages from to",
            {
                "first": _name(passages[first]),
                "last": _name(passages[last]),
                "passages": str(len(block.rounds[0])),
            },
        ),
        "times": str(block.times),
    }
    words = said(f"doc.repeated_block {'exact' if block.exact else 'reworded'}", fields)
    before = "".join(passage.lead + passage.raw for passage in passages[:first])
    return Check(
        check_id="doc.repeated_block",
        severity=Severity.WARNING,
        outcome=CheckOutcome.FAIL,
        message_zh=words.zh,
        message_en=words.en,
        place=len(before) + len(passages[first].lead),
        left_value=str(block.times),
        right_value="1",
        difference=str(block.times - 1),
    )


def _where(heading_path: tuple[str, ...]) -> Words:
    if not heading_path:
        return said("in the document")
    return said("under a heading", {"heading": _quoted(heading_path[-1])})


def _name(passage: Passage) -> str:
    """Return what a passage is called: its heading, or how it begins."""
    return _quoted(passage.heading_path[-1] if passage.heading_path else passage.raw)


def _quoted(text: str) -> str:
    return within_quotes(shortened("".join(text.split()), at_most=_LONGEST_NAME))
