"""Whether a document is in force, where its page says so; never concluded from dates."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipelines.knowledge import load_table
from pipelines.metadata.candidates import Candidate
from pipelines.metadata.fields import Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_LONGEST = 30
_IN_TITLE = re.compile(r"[（(【\[](?P<words>(?:已|全文|部分|现行)?(?:废止|失效|有效|修订|修改))[）)】\]]")


def effectiveness_candidates(
    elements: Mapping[str, Sequence[Candidate]], title: str | None
) -> Iterator[Candidate]:
    """Yield what a document states of its effect: the label 有效性, then a mark on its title (（已废止）).

    Args:
        elements: its labelled elements, see `read_elements`.
        title: its title.

    Yields:
        Words as printed; a date or a span under such a label says until when, and is none of them.
    """
    table = load_table("document_elements")
    for printed, source in elements.get("effectiveness", ()):
        words = table["effectiveness_answers"].get(printed, printed)
        if len(words) <= _LONGEST and re.search(table["effectiveness_values"], words):
            yield Candidate(words, source)
    mark = _IN_TITLE.search(title or "")
    if mark:
        yield Candidate(mark["words"], Source.TITLE)
