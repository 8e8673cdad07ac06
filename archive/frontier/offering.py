"""What a crawl asks for next: the targets whose turn it is, in the order that serves best."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.response.lifecycle import is_gone_altogether

if TYPE_CHECKING:
    from archive.frontier.targets import Target
    from archive.frontier.turns import Turns

CONTROLS = 3
"""Targets that are asked for out of their turn; more than one of them must be there still."""


class Offering:
    """Hands out the targets of a portal whose turn it is, each once.

    Those that are due every night come first, in the order of finding, so that a host that always stops us
    early still gets to what is new. What is found while targets are fetched is handed out, too: it is newer
    than all before it. Last, on a night that shows many gone and hardly one there, come a few that were
    there: only they can tell a portal that took much down from one under repair.

    Args:
        turns: the targets.
        portal_id: whose.
        run_id: the run.
    """

    def __init__(self, turns: Turns, portal_id: str, run_id: str) -> None:
        self._turns = turns
        self._portal_id = portal_id
        self._run_id = run_id
        self._unsettled = 0
        self._due = ("", 0)
        self._is_controlled = False

    def next(self, limit: int) -> tuple[Target, ...]:
        """Return the next targets, at most so many; none once all were handed out."""
        unsettled = self._turns.unsettled(self._portal_id, self._run_id, after=self._unsettled, limit=limit)
        if unsettled:
            self._unsettled = unsettled[-1].seq
            return unsettled
        due = self._turns.due(self._portal_id, self._run_id, after=self._due, limit=limit)
        if due:
            day, last = due[-1]
            self._due = (day, last.seq)
        return tuple(target for _, target in due) or self._controls()

    def _controls(self) -> tuple[Target, ...]:
        if self._is_controlled:
            return ()
        self._is_controlled = True
        if not is_gone_altogether(*self._turns.shown_and_gone(self._portal_id, self._run_id)):
            return ()
        return self._turns.controls(self._portal_id, self._run_id, limit=CONTROLS)
