"""Publish: from the working corpus a new copy for the public, then one atomic switch to it.

    nothing touched since ──▶ nothing
    nothing but visits ──▶ public/live.db
    an older copy that nobody has open, else a clone of the newest ──touched units──┐
    nothing that can be brought up ──every row──▶ public/.making-…/copy.db ◀────────┘
        └─sync──▶ public/gongkai-<sha256>.db ◀── gongkai.db (symlink, switched last)

A copy is named by the digest of its rows, and never changed under its name. When anything fails before the
switch, readers keep the copy they had and no file is left.
"""

from __future__ import annotations

import fcntl
import filecmp
import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from archive.data_folder import DataDir, hold_work_folder, sync_folder
from archive.database import Database, failing_as, open_database, unchanging_uri
from archive.publish.build import build_copy, update_copy
from archive.publish.journal import (
    CopyNote,
    count_changed,
    describe_basis,
    forget_copies,
    is_current,
    known_copies,
    make_journal,
    next_generation,
    note_copy,
)
from archive.publish.live import write_live, write_visits
from archive.publish.suppressions import Suppression, hides_all, read_suppressions
from pipelines.errors import GongkaiError
from pipelines.knowledge import Thresholds
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from archive.clock import Clock
    from archive.publish.public_tables import Repair


class CopyThresholds(Thresholds):
    """What is kept of copies (`archive/thresholds/copies.yaml`)."""

    kept: int
    most_changed: int


COPIES = CopyThresholds.load("copies", "archive")


class NothingToPublish(GongkaiError):
    """There is no corpus yet."""


class PublishingFailed(GongkaiError):
    """The copy could not be made; the one before is still served."""


class Published(FrozenStruct):
    """A published copy.

    Attributes:
        path: `public/gongkai-<sha256>.db`.
        sha256: of the set of its rows (`set_digest`), as 64 hexadecimal digits.
        rows: how many rows each public table has.
        repairs: references that led nowhere, and what was done in the copy.
        changed: False where this very copy was being served already.
        published_at: when it was switched to, or found to be served.
    """

    path: Path
    sha256: str
    rows: dict[str, int]
    repairs: tuple[Repair, ...]
    changed: bool
    published_at: dt.datetime


def publish(data: DataDir, *, clock: Clock) -> Published:
    """Publish the corpus as it stands; the same corpus again changes nothing.

    Args:
        data: the data directory; the caller holds its lock.
        clock: says when it was published. No time enters the copy.

    Raises:
        NothingToPublish: there is no corpus yet.
        BadSuppressions: `suppressions.yaml` cannot be understood; nothing is published without it.
        PublishingFailed: the corpus cannot be read or the copy cannot be written.
    """
    if not data.corpus_db.exists():
        raise NothingToPublish("there is no corpus", where=data.corpus_db, hint="Run `gongkai derive` first")
    suppressions = read_suppressions(data.root / "suppressions.yaml")
    hint = "Readers keep the copy they had. Make space; a damaged corpus.db can be rebuilt"
    with failing_as(PublishingFailed, "publishing failed", data.public, hint):
        return _publish(data, suppressions, clock)


def _publish(data: DataDir, suppressions: Sequence[Suppression], clock: Clock) -> Published:
    data.public.mkdir(parents=True, exist_ok=True)
    with closing(open_database(data.corpus_db)) as corpus:
        basis = describe_basis(corpus, suppressions)
        known = known_copies(corpus, data.public, basis)
        served = next((note for note in known if data.public_db.resolve().name == note.name), None)
        if served and is_current(corpus, served):
            return _describe_served(data, served, {}, clock)
        with hold_work_folder(data.public) as folder:
            if served and (added := _add_visits(data, folder, corpus, served)) is not None:
                return _describe_served(data, served, added, clock)
            made = folder / "copy.db"
            # Those that lack few enough documents to be brought up to the corpus.
            bases = [note for note in known if count_changed(corpus, note) <= COPIES.most_changed]
            if base := _take_base(data.public, bases, served, made):
                built = update_copy(data.corpus_db, made, suppressions, base)
            else:
                built = build_copy(data.corpus_db, made, suppressions)
            sha256 = built.digest.hexdigest()
            seal_file(made)
            path = data.public / f"gongkai-{sha256}.db"
            held = path.exists() and (
                any(note.name == path.name for note in known) or filecmp.cmp(path, made, shallow=False)
            )
            if held:
                os.utime(path)  # an older copy that is wanted again counts as new when old ones go
            with corpus.transaction():
                if not known:
                    make_journal(corpus)
                note = CopyNote(
                    path.name, next_generation(corpus), basis, built.digest, built.rows, built.repairs
                )
                note_copy(corpus, note, path if held else made, built.altered)
            if not held:
                made.replace(path)
            changed = switch_link(data.public_db, path, folder / "link") or not held
            write_live(folder / "live.db", path)
            _put_live(data, folder / "live.db")
        _prune(data.public, path, suppressions)
        with corpus.transaction():
            forget_copies(corpus, data.public)
    return Published(path, sha256, built.rows, built.repairs, changed, clock())


def _describe_served(data: DataDir, served: CopyNote, added: Mapping[str, int], clock: Clock) -> Published:
    rows = served.rows | {name: served.rows[name] + count for name, count in added.items()}
    sha256 = served.digest.hexdigest()
    return Published(data.public / served.name, sha256, rows, served.repairs, False, clock())


def _take_base(
    folder: Path, bases: Sequence[CopyNote], served: CopyNote | None, made: Path
) -> CopyNote | None:
    """Take the copy that is brought up to the corpus, the one that would go next if nobody has it open.

    Returns:
        What is known of it; None where there is none.
    """
    others = [note for note in bases if note is not served]
    for spare in others[COPIES.kept - 2 :][::-1]:
        path = folder / spare.name
        # Who would open it must not find it any more before it is seen that nobody has.
        path.rename(made)
        if is_closed(made):
            made.chmod(0o644)
            return spare
        made.rename(path)
    newest = served if served in bases else next(iter(others), None)
    if newest:
        _clone(folder / newest.name, made)
    return newest


def is_closed(path: Path) -> bool:
    """Whether no process has a file open or mapped, as far as the system can tell.

    It lends a file for writing only then (fcntl(2), leases). Where it cannot, as over a network, any file may
    be open.
    """
    with path.open("rb") as file:
        try:
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        except OSError:
            return False
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return True


def _clone(source: Path, target: Path) -> None:
    """Copy a file; where the file system can, both share their blocks until one is written."""
    with source.open("rb") as read, target.open("wb") as written:
        while os.copy_file_range(read.fileno(), written.fileno(), _CLONED_AT_ONCE):
            pass


_CLONED_AT_ONCE = 1 << 30


def _add_visits(data: DataDir, folder: Path, corpus: Database, served: CopyNote) -> dict[str, int] | None:
    """Let readers of a copy see the visits since; return what these add, None where anything else is new."""
    made = folder / "live.db"
    added = write_visits(corpus, data.public / served.name, served.generation, made)
    if added is not None:
        _put_live(data, made)
    return added


def _put_live(data: DataDir, made: Path) -> None:
    """Replace what readers see joined to a copy."""
    seal_file(made)
    made.replace(data.live_db)
    sync_folder(data.public)


def seal_file(path: Path) -> None:
    """Make a finished file read-only and durable."""
    path.chmod(0o444)
    with path.open("rb") as file:
        os.fsync(file.fileno())


def switch_link(link: Path, target: Path, new: Path) -> bool:
    """Point the symlink at a copy in one step, durably; return whether it pointed elsewhere."""
    sync_folder(link.parent)
    if link.is_symlink() and link.readlink() == Path(target.name):
        return False
    new.symlink_to(target.name)
    new.replace(link)
    sync_folder(link.parent)
    return True


def _prune(folder: Path, served: Path, suppressions: Sequence[Suppression]) -> None:
    """Keep the newest copies, the served one whatever its age, and none that shows what is hidden now."""
    others = [path for path in folder.glob("gongkai-*.db") if path.name != served.name]
    others.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
    kept = [path for path in others if _shows_nothing_hidden(path, suppressions)][: COPIES.kept - 1]
    for path in others:
        if path not in kept:
            path.unlink()


def _shows_nothing_hidden(path: Path, suppressions: Sequence[Suppression]) -> bool:
    """Whether an older copy hides what is hidden now; one that cannot be read hides nothing."""
    with suppress(sqlite3.DatabaseError), closing(open_database(unchanging_uri(path))) as copy:
        return hides_all(copy, suppressions)
    return not suppressions
