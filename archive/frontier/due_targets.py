"""What a crawl asks for next: the targets whose turn it is, in the order that serves best."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING

from archive.frontier.schedule import TARGET_COLUMNS, read_crowds
from archive.frontier.targets import SCHEDULE, SEASON, Target, visit_period
from archive.warc.entries import Role

if TYPE_CHECKING:
    from archive.frontier.state import Frontier

_UNSETTLED = "due_on IS NULL AND seq > :seen ORDER BY seq"
_BEHIND = "due_on IS NULL AND seq <= :seen ORDER BY seq"
_ALL = -1
_DUE = "due_on <= :night AND (due_on, seq) > (:day, :last) ORDER BY due_on, seq"
_WAITING = """
SELECT count(*) FILTER (WHERE due_on <= ?1), count(*) FILTER (WHERE due_on <= ?2), count(due_on)
FROM targets WHERE portal_id = ?3
"""
_CONTROLS = """
due_on > :night AND seen_at IS NOT NULL AND ifnull(missed_on, '') < :night
AND NOT EXISTS (SELECT 1 FROM absences AS a WHERE a.key = targets.key) AND role = :role
ORDER BY seen_at DESC, seq
"""


class DueTargets:
    """Hands out the targets of a portal whose turn it is, each once.

    Those that are due every night come first, in the order of finding, so that a host that always stops us
    early still gets to what is new. What is found while targets are fetched is handed out, too: it is newer
    than all before it. Then those whose day has come, that have waited longest first; where chance gave many
    the same day of the season, some of them a few nights later. Last, on a night that shows more articles, or
    more attachments, gone than there, come a few that were there, the newest first: only they can tell a
    portal that took something down from one under repair.

    Args:
        frontier: whose targets.
        portal_id: whose.
        run_id: the run; what came to an end in it is left out.
    """

    def __init__(self, frontier: Frontier, portal_id: str, run_id: str) -> None:
        self._db = frontier.connection
        self._schedule = frontier.schedule
        self._portal_id = portal_id
        self._run_id = run_id
        self._at: dict[str, str | int] = {"seen": 0, "day": "", "last": 0}
        self._room: int | None = None
        self._controlled: set[str] = set()
        self._handed: set[int] = set()

    def next_batch(self, limit: int) -> tuple[Target, ...]:
        """Return the next targets, at most so many; none once all were handed out."""
        # Asked first each time: what was found since the last batch is newer than what is due.
        if chosen := self._select(_UNSETTLED, limit):
            self._at["seen"] = chosen[-1][1].seq
        elif chosen := self._select(_DUE, min(limit, self._room_for_due())):
            self._room = self._room_for_due() - len(chosen)
            self._at |= {"day": chosen[-1][0], "last": chosen[-1][1].seq}
        else:
            # What an article has attached that a list told of is older than the new articles beside it.
            behind = [each for each in self._select(_BEHIND, _ALL) if each[1].seq not in self._handed]
            chosen = behind[:limit] or self._choose_controls()
        self._handed.update(target.seq for _, target in chosen)
        return tuple(target for _, target in chosen)

    def _room_for_due(self) -> int:
        """Return how many more whose day has come are asked for: in the season a share, or the late."""
        night = self._schedule.night_of_run(self._run_id)
        if self._room is None and night is not None:
            late_on = (night - dt.timedelta(days=SCHEDULE.late_nights)).isoformat()
            asked = (late_on, night.isoformat(), self._portal_id)
            late, waiting, known = self._db.row(_WAITING, *asked) or (0, 0, 0)
            terms = self._schedule.terms_of(self._portal_id)
            period = visit_period(terms.revisit_days, is_often=True)
            share = math.ceil(SCHEDULE.night_share * known / period)
            self._room = max(late, share) if night.month in SEASON else waiting
        return self._room or 0

    def _choose_controls(self) -> list[tuple[str, Target]]:
        """Return as many of a kind that were there as it takes to outweigh those that fell tonight."""
        chosen: list[tuple[str, Target]] = []
        for role, crowd in read_crowds(self._db, self._portal_id, self._night()):
            if crowd.is_ill and role not in self._controlled:
                self._controlled.add(role)
                # As many as it takes for those that stood to outweigh those that fell (`Crowd.is_itself`).
                limit = min(max(crowd.fell - crowd.stood, 1), SCHEDULE.controls)
                chosen += self._select(_CONTROLS, limit, role)
        return chosen

    def _select(self, condition: str, limit: int, role: str = "") -> list[tuple[str, Target]]:
        asked: dict[str, str | int] = {
            "role": role,
            "portal": self._portal_id,
            "run": self._run_id,
            "night": self._night(),
            "limit": limit,
        }
        rows = self._db.execute(
            f"SELECT due_on, {', '.join(TARGET_COLUMNS)} FROM targets "  # noqa: S608  constants of this module
            f"WHERE portal_id = :portal AND done_run IS NOT :run AND {condition} LIMIT :limit",
            asked | self._at,
        )
        return [(day, Target(seq, url, Role(role), *rest)) for day, seq, url, role, *rest in rows]

    def _night(self) -> str:
        night = self._schedule.night_of_run(self._run_id)
        return night.isoformat() if night else ""
