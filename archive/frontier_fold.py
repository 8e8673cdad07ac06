"""The frontier made from WARC: all of it when it is lost, the last minutes of it after a kill.

Both are one thing: every capture of the WARC files that the frontier has not folded in is recorded again, by
the function that recorded it live. Recording twice changes nothing, so a file that was folded in part is
simply folded again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.frontier import Frontier, FrontierBroken
from archive.warc.errors import ArchiveError
from archive.warc.model import StoredCapture, StoredRun
from archive.warc.reader import archive_files, read_archive

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from archive.targets import Link

    LinksOf = Callable[[StoredCapture], Iterable[Link]]


DAMAGED = -1
"""Stands for the size of a file that could not be read to its end."""


def no_links(capture: StoredCapture) -> Iterable[Link]:
    """Find no links: for catching up, where every list is walked again anyway."""
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
    for path in archive_files(folder):
        size = path.stat().st_size
        if frontier.folded_bytes(path.name) == size:
            continue
        with frontier.transaction():
            problem = _fold(frontier, path, links_of)
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


def _fold(frontier: Frontier, path: Path, links_of: LinksOf) -> str | None:
    try:
        for item in read_archive(path):
            if isinstance(item, StoredRun):
                _fold_run(frontier, item)
                continue
            frontier.record_capture(item)
            if item.context and item.context.portal:
                frontier.add_targets(item.context.portal, item.id, links_of(item))
    except FrontierBroken:
        raise
    except ArchiveError as error:
        return str(error)
    except OSError as error:
        return f"{path.name}: {error.strerror or error}"
    return None


def _fold_run(frontier: Frontier, stored: StoredRun) -> None:
    event = stored.event
    if event.event == "start":
        portals = [str(portal["id"]) for portal in event.body.get("portals", ())]
        if event.body.get("verb") == "crawl":
            frontier.begin_run(event.run_id, event.at, portals)
    else:
        frontier.end_run(event.run_id, str(event.body["state"]))


def _files_of(path: Path) -> tuple[Path, ...]:
    return tuple(path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm"))
