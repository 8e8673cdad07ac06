"""`nights.db`: a night is a row, with its steps, what it found, and which events were told.

It belongs into a backup, without the nights before the last one: of those the kept reports say as much, and
what it lacks of them it takes in when it is opened, all of them where it was lost. All is durable once
written, and only the holder of the lock writes, but for a night that was refused because another run holds
it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import sqlite3
import time
from itertools import chain, count
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import msgspec

from archive.clock import Clock, instant, night_of
from archive.corpus.store import reading
from archive.data_folder import DataDir, is_held, naming_file
from archive.database import Database, remove_database
from gongkai.nights.kept_reports import insert_told, take_in_reports
from gongkai.nights.night_report import Alarm, EarlierNight, StepLine
from pipelines.errors import ExitCode, GongkaiError
from pipelines.knowledge import Thresholds
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path


# Of `nights.db`, as its `user_version`; another one is migrated, never made anew.
_SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS nights (
    number INTEGER PRIMARY KEY,             -- in the order in which they began, whatever the clock said
    id TEXT NOT NULL UNIQUE,                -- its date, with a number from the second of it on
    night TEXT NOT NULL,                    -- Asia/Shanghai date on which it started
    clock TEXT,                             -- what the clock showed; NULL where it was refused before that
    started_at TEXT NOT NULL,               -- UTC, as everything in it is dated
    ended_at TEXT,
    state TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed', 'interrupted', 'refused', 'killed')),
    exit_code INTEGER,
    error TEXT,
    told_at TEXT                            -- when a report that tells of it was kept
) STRICT;
CREATE TABLE IF NOT EXISTS steps (
    night_id TEXT NOT NULL REFERENCES nights (id),
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    started_at TEXT NOT NULL,
    seconds REAL,
    bytes INTEGER,                          -- by which what the step writes to grew
    state TEXT NOT NULL
        CHECK (state IN ('running', 'done', 'failed', 'interrupted', 'refused', 'killed', 'left_out')),
    error TEXT,
    PRIMARY KEY (night_id, position)
) STRICT, WITHOUT ROWID;
-- What was found, and is told with the next report even if the night that found it comes to none.
CREATE TABLE IF NOT EXISTS findings (
    night_id TEXT NOT NULL REFERENCES nights (id),
    finding TEXT NOT NULL,                  -- JSON of an alarm
    PRIMARY KEY (night_id, finding)
) STRICT, WITHOUT ROWID;
-- What gates were overruled by hand.
CREATE TABLE IF NOT EXISTS overruled (
    at TEXT NOT NULL,                       -- UTC
    refusal TEXT NOT NULL,                  -- the rule, and its figures
    night_id TEXT                           -- whose report told of it
) STRICT;
-- To whom a report was not sent yet.
CREATE TABLE IF NOT EXISTS outbox (
    address TEXT NOT NULL,                  -- hash of it, for it may hold a password
    night_id TEXT NOT NULL,
    PRIMARY KEY (address, night_id)
) STRICT, WITHOUT ROWID;
-- The start by systemd that told last how it went.
CREATE TABLE IF NOT EXISTS invocation (
    id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS told (
    digest INTEGER PRIMARY KEY,             -- of an event's identity
    night_id TEXT NOT NULL
) STRICT;
"""


_NIGHTS = """
SELECT id, state, exit_code, error, (
    SELECT name FROM steps WHERE night_id = nights.id ORDER BY position DESC LIMIT 1) FROM nights
"""


class NightThresholds(Thresholds):
    """What is simply set about nights (`gongkai/thresholds/nights.yaml`)."""

    behind_s: int
    behind_days: int
    ahead_days: int
    reserve_bytes: int


NIGHTS = NightThresholds.load("nights", "gongkai")


class NightUnwritable(GongkaiError):
    """What a night does cannot be recorded."""


class LastNight(NamedTuple):
    """How the last night was dated.

    Attributes:
        shown: what the clock showed when it began.
        reached: the newest instant by which anything in it was dated.
    """

    shown: dt.datetime
    reached: dt.datetime


class Nights:
    """All nights of a data directory.

    Args:
        db: `nights.db`.
        clock: tells when things happened.

    Attributes:
        problems: what is to be told of `nights.db` itself, and of reports it could not take in.
        steps: of the night that is running, as they ended.
    """

    def __init__(self, db: Database, clock: Clock, problems: Sequence[str] = ()) -> None:
        self.db = db
        self.clock = clock
        self.problems = problems
        self.steps: list[StepLine] = []

    def begin(self, shown: dt.datetime) -> str:
        """Begin a night and return its id."""
        with self.db.transaction():
            self.note_killed()
            return self._insert("running", clock=instant(shown))

    def number_of(self, night_id: str) -> int:
        """Return which night it is, in the order in which they began."""
        return int(self.db.value("SELECT number FROM nights WHERE id = ?", night_id))

    def note_killed(self) -> None:
        """Note that a night that is said to be running was killed, for the lock is ours."""
        for table in ("nights", "steps"):
            self.db.execute(f"UPDATE {table} SET state = 'killed' WHERE state = 'running'")  # noqa: S608  ours

    def note_refused(self, error: Exception) -> None:
        """Note a night that could not begin."""
        with self.db.transaction():
            code = error.exit_code if isinstance(error, GongkaiError) else ExitCode.FAILED
            self._insert("refused", ended_at=instant(self.clock()), exit_code=int(code), error=str(error))

    def _insert(self, state: str, **rest: object) -> str:
        now = self.clock()
        night = night_of(now).isoformat()
        taken = self.db.column("SELECT id FROM nights WHERE night = ?", night)
        ids = chain([night], (f"{night}-{number}" for number in count(2)))
        night_id = next(each for each in ids if each not in taken)
        row = {"id": night_id, "night": night, "started_at": instant(now), "state": state}
        self.db.insert_row("nights", row | rest)
        return night_id

    @contextlib.contextmanager
    def step(self, night_id: str, name: str, writes: Iterable[Path]) -> Iterator[None]:
        """Record a step of a night, and how the block ends.

        Args:
            night_id: the night.
            name: of the step.
            writes: files and folders that it writes to.
        """
        paths = tuple(writes)
        before, began = size_of(paths), time.monotonic()
        key = {"night_id": night_id, "position": len(self.steps)}
        row = {"name": name, "started_at": instant(self.clock()), "state": "running"}
        self.db.insert_row("steps", key | row)
        state, error = "done", None
        try:
            yield
        except (Exception, KeyboardInterrupt) as failure:
            state, error = state_after(failure), describe_failure(failure)
            raise
        finally:
            seconds, grown = round(time.monotonic() - began, 3), size_of(paths) - before
            self.steps.append(StepLine(name, state, seconds, grown, error))
            self.db.execute(
                "UPDATE steps SET state = ?, error = ?, seconds = ?, bytes = ? "
                "WHERE night_id = ? AND position = ?",
                (state, error, seconds, grown, *key.values()),
            )

    def find(self, night_id: str, finding: Alarm) -> None:
        """Note what the next report tells, whichever night comes to it."""
        row = {"night_id": night_id, "finding": msgspec.json.encode(finding).decode()}
        self.db.insert_row("findings", row, "OR IGNORE")

    def findings(self, night_id: str) -> tuple[Alarm, ...]:
        """Return what a night found."""
        found = self.db.column("SELECT finding FROM findings WHERE night_id = ? ORDER BY finding", night_id)
        return tuple(msgspec.json.decode(finding, type=Alarm) for finding in found)

    def untold_nights(self) -> tuple[EarlierNight, ...]:
        """Return the nights of which no report tells, without the one that is running."""
        untold = "WHERE told_at IS NULL AND state <> 'running' ORDER BY number"
        return tuple(
            EarlierNight(night, state, error, step, self.findings(night))
            for night, state, _, error, step in self.db.execute(_NIGHTS + untold)
        )

    def last_dated(self) -> LastNight | None:
        """Return how the last night was dated; None where none was."""
        row = self.db.row(
            """SELECT clock, max(started_at, ifnull(ended_at, ''), ifnull((
                   SELECT max(started_at) FROM steps WHERE night_id = n.id), ''))
               FROM nights AS n WHERE clock IS NOT NULL ORDER BY number DESC LIMIT 1"""
        )
        return row and LastNight(*map(dt.datetime.fromisoformat, row))

    def is_told(self, digest: int) -> bool:
        """Whether an event was told before."""
        return self.db.value("SELECT 1 FROM told WHERE digest = ?", digest) is not None

    def end(self, night_id: str, *, state: str, exit_code: int, error: str | None) -> None:
        """Note how a night ended."""
        self.db.execute(
            "UPDATE nights SET ended_at = ?, state = ?, exit_code = ?, error = ? WHERE id = ?",
            (instant(self.clock()), state, exit_code, error, night_id),
        )

    def note_overruled(self, refusals: Iterable[str]) -> None:
        """Note what gates would have refused, had they not been overruled by hand."""
        rows = [(instant(self.clock()), refusal) for refusal in refusals]
        self.db.insert_rows("overruled", ("at", "refusal"), rows)

    def untold_overruled(self) -> tuple[str, ...]:
        """Return which gates were overruled, when and by which figures, as far as no report told of it."""
        return tuple(self.db.column("SELECT at || ' ' || refusal FROM overruled WHERE night_id IS NULL"))

    def note_told(self, nights: Sequence[str], digests: Iterable[int]) -> None:
        """Note that a report is kept which tells of these events, and of these nights, its own first."""
        night_id, told_at = nights[0], instant(self.clock())
        with self.db.transaction():
            insert_told(self.db, night_id, digests)
            self.db.executemany(
                "UPDATE nights SET told_at = ? WHERE told_at IS NULL AND id = ?",
                ((told_at, night) for night in nights),
            )
            self.db.execute("UPDATE overruled SET night_id = ? WHERE night_id IS NULL", (night_id,))


def state_after(failure: BaseException) -> str:
    """Return the state of what a failure ended."""
    if isinstance(failure, KeyboardInterrupt):
        return "interrupted"
    is_refusal = isinstance(failure, GongkaiError) and failure.exit_code == ExitCode.REFUSED
    return "refused" if is_refusal else "failed"


def describe_failure(failure: BaseException) -> str:
    """Say what kept a step from its end: a fault of ours with its kind."""
    if isinstance(failure, GongkaiError):
        return str(failure)
    if isinstance(failure, KeyboardInterrupt):
        return "it was interrupted"
    if isinstance(failure, OSError):
        return f"{failure.filename or 'the system'}: {failure.strerror or failure}"
    return f"{type(failure).__name__}: {failure}"


def size_of(paths: Iterable[Path]) -> int:
    """Return the bytes that files and folders take on the disk; what several names share counts once."""
    found = (file for path in paths for file in (path, *path.rglob("*")))
    sizes = {}
    for file in found:
        with contextlib.suppress(FileNotFoundError):
            state = file.stat(follow_symlinks=False)
            sizes[state.st_dev, state.st_ino] = state.st_blocks * 512
    return sum(sizes.values())


@contextlib.contextmanager
def open_nights(data: DataDir, clock: Clock) -> Iterator[Nights]:
    """Open `nights.db`; what is lost or damaged is made anew from the kept reports.

    Raises:
        NightUnwritable: it cannot be written.
    """
    try:
        with contextlib.closing(_connect(data, clock)) as db:
            yield Nights(db, clock, take_in_reports(db, data))
    except sqlite3.OperationalError as error:
        raise NightUnwritable(
            f"the night cannot be recorded: {error}", where=data.nights_db.name, hint="Make room on the disk"
        ) from error


def _connect(data: DataDir, clock: Clock) -> Database:
    try:
        return _open(data.nights_db)
    # A lock or a full disk is no damage: the file stays where it is.
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        aside = data.nights_db.with_name(f"{data.nights_db.name}.unreadable-{clock():%Y%m%dT%H%M%S}")
        data.nights_db.replace(aside)
        remove_database(data.nights_db)
        return _open(data.nights_db)


def _open(path: Path) -> Database:
    db = sqlite3.connect(path, isolation_level=None, timeout=30, factory=Database)
    try:
        if (problem := db.value("PRAGMA quick_check(1)")) != "ok":
            raise sqlite3.DatabaseError(problem)  # noqa: TRY301  as one that cannot be read
        db.execute("PRAGMA synchronous = EXTRA")
        with db.transaction():
            db.run_script(_SCHEMA)
            db.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")
    except sqlite3.DatabaseError:
        db.close()
        raise
    return db


def told_nights(db: Database, most: int) -> list[str]:
    """Return the ids of the newest nights that have a report of their own, newest first.

    Of a night that could not begin, or was killed, another's report tells.
    """
    return db.column(
        """SELECT id FROM nights WHERE told_at IS NOT NULL AND clock IS NOT NULL AND state <> 'killed'
           ORDER BY number DESC LIMIT ?""",
        most,
    )


def reading_nights(data: DataDir) -> AbstractContextManager[Database]:
    """Open `nights.db`, which is there, for questions only.

    Raises:
        CorpusUnreadable: it is damaged.
    """
    return reading(data.nights_db, hint="The next night makes it anew from the kept reports")


def read_last_night(data: DataDir) -> Sequence[Any]:
    """Return the id, state, exit code, error and last step of the newest night; None each before the first.

    Raises:
        CorpusUnreadable: `nights.db` is damaged.
    """
    last = None
    is_anybody_at_work = is_held(data.lock)
    if data.nights_db.exists():
        with reading_nights(data) as db:
            last = db.execute(f"{_NIGHTS} ORDER BY number DESC LIMIT 1").fetchone()
    night, state, *rest = last or (None,) * 5
    return night, "killed" if state == "running" and not is_anybody_at_work else state, *rest


def keep_reserve(data: DataDir) -> None:
    """Set room aside on the disk for a night that finds it full."""
    if not data.reserve.exists():
        with naming_file(data.reserve), data.reserve.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, NIGHTS.reserve_bytes)


# What a night believes of the clock: captures are never dated before those known, nor years ahead.
# clock at or after the last night, not by much ─▶ believed
# behind it by days at most ─▶ gone on from where that ended, at half the pace, until the clock is there
# behind or ahead by more ─▶ nothing is asked this night; believed once another night agrees
# A clock that leapt and is set right within a day has dated nothing. Pure: instants in, instants out.

_TICK = dt.timedelta(milliseconds=1)


class ClockDoubtful(GongkaiError):
    """The clock is too far from the last night to date anything by it."""


class Timekeeping(FrozenStruct):
    """How a night is dated.

    Attributes:
        shown: what the clock shows.
        start: the instant by which the night begins.
        note: what somebody should know of the clock; None for one that is in order.
        is_doubtful: whether nothing may be dated by it, and so nothing asked.
        is_turned_back: whether it is believed although instants after it are known.
    """

    shown: dt.datetime
    start: dt.datetime
    note: str | None = None
    is_doubtful: bool = False
    is_turned_back: bool = False

    def refuse(self) -> NoReturn:
        """Raise what is said of a clock that nothing may be dated by."""
        raise ClockDoubtful(
            f"{self.note}: nothing was asked",
            hint="Set it right; one that is right is believed once another night agrees",
        )


def keep_time(shown: dt.datetime, last: LastNight | None) -> Timekeeping:
    """Return how a night is dated that begins when the clock shows an instant.

    Args:
        shown: what the clock shows.
        last: the last night that was dated; None for the first.
    """
    if last is None:
        return Timekeeping(shown, shown)
    ahead, since, nothing = shown - last.reached, shown - last.shown, dt.timedelta()
    longest, tolerated = dt.timedelta(days=NIGHTS.ahead_days), dt.timedelta(seconds=NIGHTS.behind_s)
    days, side = abs(ahead).days, "after" if ahead > nothing else "before"
    size = f"{days} days" if days else f"{abs(ahead).seconds // 60} minutes"
    far = f"the clock shows {_short(shown)}, {size} {side} the last night ({_short(last.reached)})"
    if nothing <= ahead <= longest:
        return Timekeeping(shown, shown)
    if nothing < -ahead <= dt.timedelta(days=NIGHTS.behind_days):
        start = max(last.reached + _TICK, last.reached + since / 2)
        note = f"{far}: this night is dated from {_short(start)} on. Set the clock right"
        return Timekeeping(shown, start, note if -ahead > tolerated else None)
    if -tolerated <= since <= longest:
        note = f"{far}: believed, because two nights agree"
        return Timekeeping(shown, shown, note, is_turned_back=ahead < nothing)
    return Timekeeping(shown, last.reached + _TICK, far, is_doubtful=True)


def _short(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC")
