"""The frontier made from WARC: all of it when it is lost, the last minutes of it after a kill.

Both are one thing: every capture of the WARC files that the frontier has not folded in is recorded again, by
the function that recorded it live, and what articles have attached is found again. Recording twice changes
nothing, so a file that was folded in part is simply folded again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.clock import night_of
from archive.frontier.attached import follow_archived
from archive.frontier.store import Frontier, FrontierBroken
from archive.frontier.targets import Terms
from archive.frontier.turns import Found
from archive.warc.errors import ArchiveError
from archive.warc.judging import Judge
from archive.warc.model import StoredCapture, StoredRun
from archive.warc.reader import archive_files, read_archive
from pipelines.response.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from archive.frontier.targets import Link

    LinksOf = Callable[[StoredCapture], Iterable[Link]]


DAMAGED = -1
"""Stands for the size of a file that could not be read to its end."""


def no_links(capture: StoredCapture) -> Iterable[Link]:
    """Find no links: for catching up, where a list that was not taken in is asked for again anyway."""
    del capture
    return ()


def rebuild_frontier(path: Path, folder: Path, links_of: LinksOf = no_links) -> tuple[str, ...]:
    """Make `crawl.db` anew from WARC alone, beside the old one, and put it in its place when it is whole.

    Args:
        path: `crawl.db`.
        folder: the WARC files, sealed (see `archive.warc.repair`).
        links_of: reads the links off a list page's capture, so that what was listed and never fetched is
            known again too.

    Returns:
        What evidence could not be read, in words; what stands before it in its file is in the frontier.
    """
    unfinished = path.with_name(path.name + ".new")
    for leftover in _files_of(unfinished):
        leftover.unlink(missing_ok=True)
    frontier = Frontier(unfinished)
    try:
        damage = catch_up(frontier, folder, links_of)
        frontier.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        frontier.close()
    for companion in _files_of(path)[1:]:
        companion.unlink(missing_ok=True)
    unfinished.replace(path)
    return damage


def catch_up(frontier: Frontier, folder: Path, links_of: LinksOf = no_links) -> tuple[str, ...]:
    """Record what stands in WARC files that the frontier does not know, or not in full.

    Returns:
        What evidence could not be read, in words. It is tried, and told, again each time.
    """
    damage: list[str] = []
    judge = Judge(folder, frontier)
    for path in archive_files(folder):
        size = path.stat().st_size
        if frontier.folded_bytes(path.name) == size:
            continue
        with frontier.transaction():
            problem = _fold(frontier, judge, path, links_of)
            frontier.note_folded(path.name, size if problem is None else DAMAGED)
        if problem is not None:
            damage.append(problem)
    return tuple(damage)


def note_all_folded(frontier: Frontier, folder: Path) -> None:
    """Note, after a run that was sealed, that the frontier knows every file in full that can be read."""
    with frontier.transaction():
        for path in archive_files(folder):
            if frontier.folded_bytes(path.name) != DAMAGED:
                frontier.note_folded(path.name, path.stat().st_size)


def _fold(frontier: Frontier, judge: Judge, path: Path, links_of: LinksOf) -> str | None:
    try:
        for item in read_archive(path):
            if isinstance(item, StoredRun):
                _fold_run(frontier, item)
                continue
            outcome = judge.judge_again(item)
            frontier.record_capture(item, outcome)
            _fold_links(frontier, item, links_of)
            if outcome == Outcome.OK:
                follow_archived(frontier, path.parent, item)
    except FrontierBroken:
        raise
    except ArchiveError as error:
        return str(error)
    except OSError as error:
        return f"{path.name}: {error.strerror or error}"
    return None


def _fold_links(frontier: Frontier, capture: StoredCapture, links_of: LinksOf) -> None:
    context = capture.context
    if context is None or context.portal is None:
        return
    night = frontier.turns.night(context.run_id) or night_of(capture.fetched_at)
    found = Found(context.portal, capture.id, context.list_url or capture.url, night)
    frontier.turns.add(found, links_of(capture))


def _fold_run(frontier: Frontier, stored: StoredRun) -> None:
    event = stored.event
    if event.event == "start":
        if event.body.get("verb") == "crawl":
            portals = event.body.get("portals", ())
            frontier.begin_run(event.run_id, event.at, [str(portal["id"]) for portal in portals])
            for portal in portals:
                frontier.turns.note_terms(str(portal["id"]), Terms.of(portal))
        return
    frontier.end_run(event.run_id, str(event.body["state"]))
    night = frontier.turns.night(event.run_id) or night_of(event.at)
    for sweep in event.body.get("sweeps", ()):
        # What was asked for itself has answered by now; the rest is still to be asked.
        frontier.turns.note_missing(str(sweep["portal"]), sweep.get("missing", ()), night)


def _files_of(path: Path) -> tuple[Path, ...]:
    return tuple(path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm"))
