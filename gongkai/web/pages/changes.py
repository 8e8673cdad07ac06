"""What appeared, changed, vanished or moved in the last nights, with its evidence: `/-/changes`.

    runs ─▶ the nights, those without a run among them ─▶ counts, ticks
    changes ─▶ entries by night, those whose figures changed first ─▶ their captures

What merely appeared is counted and not listed: the first night of a portal is thousands of lines long. What
cannot be reached is no change, and has a list of its own.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from datasette.utils.asgi import Response

from archive.site_files import DATABASE
from gongkai.web.pages.page import read_rows
from gongkai.web.rendering.year_charts import draw_day_ticks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gongkai.web.pages.page import Rows

    Row = Mapping[str, Any]

NIGHTS = 30
MOST_ENTRIES = 100
MOST_WITH_FIGURES = 40
"""Entries that the page lists; all are in the table."""

KINDS = ("changed", "withdrawn", "returned", "moved", "appeared")

_RUNS = """
    SELECT night, max(verb IN ('crawl', 'nightly')) AS is_crawl FROM runs
    WHERE night IS NOT NULL GROUP BY night ORDER BY night DESC"""

# The night of a change is that of the run which proves it; of a lost run the day in Shanghai.
_NIGHT = "ifnull(r.night, date(c.observed_at, '+8 hours'))"
_OF_NIGHTS = f"""
    FROM changes AS c LEFT JOIN captures AS k ON k.id = c.capture_id LEFT JOIN runs AS r ON r.id = k.run_id
    WHERE c.observed_at >= :since AND {_NIGHT} BETWEEN :first AND :last"""

_COUNTS = f"""
    SELECT {_NIGHT} AS night, c.kind, count(*) AS changes {_OF_NIGHTS} GROUP BY 1, 2"""

_LISTED = f"""
    SELECT {_NIGHT} AS night, c.*, d.title, d.url, d.issuer_id, ifnull(i.name, d.issuer) AS issuer,
           count(*) OVER () AS entries
    FROM changes AS c LEFT JOIN captures AS k ON k.id = c.capture_id LEFT JOIN runs AS r ON r.id = k.run_id
    JOIN documents AS d ON d.id = c.document_id LEFT JOIN issuers AS i ON i.id = d.issuer_id
    WHERE c.observed_at >= :since AND {_NIGHT} BETWEEN :first AND :last AND c.kind <> 'appeared' AND {{which}}
    ORDER BY night DESC, c.observed_at DESC, c.document_id, c.kind LIMIT {{most}}"""  # noqa: S608
_ENTRIES = _LISTED.format(which="1", most=MOST_ENTRIES)
# Asked apart: among the newest entries there may be none.
_WITH_FIGURES = _LISTED.format(
    which="ifnull(json_extract(c.evidence, '$.figures_changed'), 0) > 0", most=MOST_WITH_FIGURES
)

_CAPTURES = """
    SELECT id, fetched_at, outcome, status, url FROM captures
    WHERE id IN (SELECT value FROM json_each(:ids)) ORDER BY fetched_at, id"""

_UNREACHABLE = f"""
    SELECT d.id, d.title, d.url, d.last_seen, d.issuer_id, ifnull(i.name, d.issuer) AS issuer,
           count(*) OVER () AS documents
    FROM documents AS d LEFT JOIN issuers AS i ON i.id = d.issuer_id
    WHERE d.status = 'unreachable' ORDER BY d.last_seen DESC, d.url LIMIT {MOST_ENTRIES}"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened to a document.

    Attributes:
        row: of `changes`, with the document's title, address and body.
        captures: those that prove it, the oldest first.
        evidence: of the row, read.
    """

    row: Row
    captures: tuple[Row, ...]
    evidence: Mapping[str, Any]

    @property
    def figures(self) -> int:
        """How many figures changed."""
        return int(self.evidence.get("figures_changed", 0))

    @property
    def how(self) -> str:
        """What proves that it is gone, is back or moved: `redirect`, `same_text` or `nights`; empty else."""
        return str(self.evidence.get("how", "nights")) if "looks" in self.evidence else ""

    @property
    def has_two_texts(self) -> bool:
        """Whether there is a text before and another after it, of one document."""
        before, after = self.row["from_version_id"], self.row["to_version_id"]
        return bool(self.row["kind"] != "moved" and before and after and before != after)


@dataclass(frozen=True, slots=True)
class Night:
    """A night.

    Attributes:
        day: the Shanghai date on which its runs started.
        was_crawled: whether there was a run that crawls.
        counts: kind → how many.
    """

    day: dt.date
    was_crawled: bool
    counts: Counter[str]


async def respond(datasette: Any, request: Any) -> Response:
    """Answer `/-/changes`."""
    database = datasette.databases[DATABASE]
    runs = await read_rows(database, _RUNS, {})
    context: dict[str, Any] = {"nights": (), "kinds": KINDS, "sha256": database.hash}
    if runs:
        context |= await _of_nights(database, runs)
    context["unreachable"] = await read_rows(database, _UNREACHABLE, {})
    return Response.html(await datasette.render_template("changes.html", context, request=request))


async def _of_nights(database: Any, runs: Rows) -> dict[str, Any]:
    days = last_days(dt.date.fromisoformat(runs[0]["night"]))
    span = {
        "first": days[0].isoformat(),
        "last": days[-1].isoformat(),
        "since": (days[0] - dt.timedelta(days=1)).isoformat(),
    }
    crawled = {dt.date.fromisoformat(run["night"]) for run in runs if run["is_crawl"]}
    nights = nights_of(days, crawled, await read_rows(database, _COUNTS, span))
    rows = await read_rows(database, _ENTRIES, span)
    with_figures = await read_rows(database, _WITH_FIGURES, span)
    used = sorted({capture for row in (*rows, *with_figures) for capture in _proof(row)})
    captures = await read_rows(database, _CAPTURES, {"ids": json.dumps(used)})
    entries = [entry(row, captures) for row in rows]
    totals = sum((night.counts for night in nights), Counter[str]())
    listed = sum(totals[kind] for kind in KINDS if kind != "appeared")
    return {
        "nights": nights,
        "totals": totals,
        "line": draw_day_ticks(days, crawled, {night.day: _telling(night) for night in nights}),
        "with_figures": [entry(row, captures) for row in with_figures],
        "by_night": [(day, list(each)) for day, each in groupby(entries, key=lambda one: one.row["night"])],
        "listed": len(entries),
        "not_listed": listed - len(entries),
    }


def last_days(newest: dt.date) -> tuple[dt.date, ...]:
    """Return the days that the page tells of, the oldest first."""
    return tuple(newest - dt.timedelta(days=back) for back in reversed(range(NIGHTS)))


def nights_of(days: Sequence[dt.date], crawled: Iterable[dt.date], counted: Rows) -> tuple[Night, ...]:
    """Put together what happened by night.

    Args:
        days: the oldest first.
        crawled: days with a run that crawls.
        counted: rows of `night`, `kind` and `changes`.
    """
    of = {day.isoformat(): Counter[str]() for day in days}
    for row in counted:
        of[row["night"]][row["kind"]] += row["changes"]
    looked = frozenset(crawled)
    return tuple(Night(day, day in looked, of[day.isoformat()]) for day in days)


def _telling(night: Night) -> int:
    return sum(count for kind, count in night.counts.items() if kind != "appeared")


def _proof(row: Row) -> list[str]:
    evidence = json.loads(row["evidence"])
    return [look["capture"] for look in evidence.get("looks", ())] or [row["capture_id"]]


def entry(row: Row, captures: Sequence[Row]) -> Entry:
    """Put a change and its captures together.

    Args:
        row: of `changes`.
        captures: rows of `captures`, the oldest first; those of other changes may be among them.
    """
    proof = frozenset(_proof(row))
    of_it = tuple(capture for capture in captures if capture["id"] in proof)
    return Entry(row, of_it, json.loads(row["evidence"]))
