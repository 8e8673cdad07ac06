"""The tasks that a plan assigns to bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.records import Passage, Task


def find_tasks(passages: Sequence[Passage], year: int | None) -> tuple[Task, ...]:
    """Return the assigned tasks of a document, in its order.

    Args:
        passages: its text, as `split_passages` cuts it.
        year: the year that it plans for; without it 年底前 is no date.
    """
    del passages, year
    return ()
