"""The data directory: where everything stands, who may write there, and what a power cut must not take."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import yaml
from msgspec import Struct

from archive.clock import instant
from archive.yaml_places import Place, compose
from pipelines.errors import BadConfiguration, ExitCode, GongkaiError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from archive.clock import Clock


@dataclass(frozen=True, slots=True)
class DataDir:
    """The layout below one data directory.

    Attributes:
        root: the directory itself (`--data`, `GONGKAI_DATA`).
    """

    root: Path

    @property
    def warc(self) -> Path:
        """The evidence: `*.warc.gz`, append-only."""
        return self.root / "warc"

    @property
    def manifests(self) -> Path:
        """What was sealed and published, in a chain: `archive.manifests`."""
        return self.root / "manifests.jsonl"

    @property
    def chains(self) -> Path:
        """The chains of archives that were joined to this one, `*.jsonl`."""
        return self.root / "chains"

    @property
    def crawl_db(self) -> Path:
        """The frontier: what is to be fetched, what is acknowledged."""
        return self.root / "crawl.db"

    @property
    def corpus_db(self) -> Path:
        """The working corpus, derived from the evidence."""
        return self.root / "corpus.db"

    @property
    def readings(self) -> Path:
        """What the workers of a cluster have read, until it is merged."""
        return self.root / "readings"

    @property
    def portals(self) -> Path:
        """The operator's own portals, `*.yaml`."""
        return self.root / "portals"

    @property
    def stop_list(self) -> Path:
        """The operator's list of hosts that are never asked; need not exist."""
        return self.root / "stop_list.yaml"

    @property
    def roster(self) -> Path:
        """The operator's own roster, `*.csv` and `*.yaml`; need not exist."""
        return self.root / "roster"

    @property
    def public(self) -> Path:
        """The published copies and the symlink to the newest."""
        return self.root / "public"

    @property
    def public_db(self) -> Path:
        """The symlink that Datasette serves."""
        return self.public / "gongkai.db"

    @property
    def live_db(self) -> Path:
        """What visits added since that copy was published: `archive.publish.live`."""
        return self.public / "live.db"

    @property
    def snapshots(self) -> Path:
        """Dated folders of full sets and change sets, with their checksums: `archive.snapshot`."""
        return self.root / "snapshots"

    @property
    def nights_db(self) -> Path:
        """What nights did, and which events were told: made from nothing else."""
        return self.root / "nights.db"

    @property
    def reports(self) -> Path:
        """What nights told, a folder each."""
        return self.root / "reports"

    @property
    def reserve(self) -> Path:
        """Room on the disk for the report of a night that finds it full."""
        return self.root / "reserve"

    @property
    def verified(self) -> Path:
        """When each WARC file was last found sound: `archive.turns`."""
        return self.root / "verified.json"

    @property
    def last_backup(self) -> Path:
        """Where the last backup went, and when: `archive.backup`."""
        return self.root / "backup.json"

    @property
    def lock(self) -> Path:
        """Held by the one verb that writes."""
        return self.root / "lock"

    @property
    def backup_lock(self) -> Path:
        """Held by the one verb that makes a backup, which others may write beside."""
        return self.root / "backup.lock"

    def make(self) -> None:
        """Create the folders that writing needs."""
        for folder in (self.root, self.warc, self.portals, self.public, self.snapshots):
            folder.mkdir(parents=True, exist_ok=True)


class Row(Struct, frozen=True, forbid_unknown_fields=True):
    """What stands in a data directory under names of one pattern (`data_contents.yaml`).

    Attributes:
        pattern: of the path below the data directory; `*` stands for slashes too.
        kind: what it is. All but what is derived belongs into a backup.
        meaning: in words.
        may_go: whether one that is gone was removed on purpose, so that a restore leaves it out too.
    """

    pattern: str
    kind: Literal["evidence", "own", "history", "derived"]
    meaning: str
    may_go: bool = False


@cache
def contents() -> tuple[Row, ...]:
    """Return what stands in a data directory, in the order of the table."""
    text = files("archive").joinpath("data_contents.yaml").read_text("utf-8")
    return msgspec.convert(yaml.safe_load(text), tuple[Row, ...])


def find_row(name: str, rows: Sequence[Row]) -> Row | None:
    """Return what a file is by its path below the data directory; None where nothing is known of it."""
    return next((row for row in rows if fnmatchcase(name, row.pattern)), None)


# One writing verb at a time: a lock on a file, which says who holds it.
# The kernel keeps the lock and lets go of it when the holder ends, however it ends; the file's text only says
# whose it is. So a text left behind by a killed process bars nobody.

_PATIENCE_S = 10.0
_WORK_PREFIX = ".making-"
LOOK_AGAIN_S = 0.02
"""Between two tries to take a lock that another process holds."""


class LockHeld(GongkaiError):
    """Another run is writing to this data directory."""

    exit_code = ExitCode.LOCKED


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the lock, as the lock file says.

    Attributes:
        verb: the command (`crawl`, `derive`, …).
        pid: its process.
        since: when it took the lock, UTC, ISO 8601.
    """

    verb: str
    pid: int
    since: str


@contextlib.contextmanager
def hold(path: Path, *, verb: str, clock: Clock) -> Iterator[None]:
    """Hold the lock for as long as the block runs.

    Args:
        path: the lock file; made when it is missing, never removed.
        verb: the command that asks, for others to read.
        clock: tells since when.

    Raises:
        LockHeld: another run holds it; says which, its process, and since when.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        _take(descriptor, path)
        said = {"verb": verb, "pid": os.getpid(), "since": instant(clock())}
        with naming_file(path):
            _write(descriptor, json.dumps(said))
        try:
            yield
        finally:
            with naming_file(path):
                _write(descriptor, "")
    finally:
        os.close(descriptor)


def _take(descriptor: int, path: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not take_lock(descriptor):
        holder = _read_holder(descriptor)
        # A killed run's children may hold its lock while they end, and a run that has just begun has not yet
        # said who it is: both pass in a moment, so neither is a reason to give up.
        if (holder is not None and is_running(holder.pid)) or time.monotonic() > deadline:
            raise _held(holder, path)
        time.sleep(LOOK_AGAIN_S)


def take_lock(descriptor: int) -> bool:
    """Lock an open file for this process, unless another holds it; return whether it is locked now."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _held(holder: Holder | None, path: Path) -> LockHeld:
    if holder is None:
        who = "another run holds the lock and has not said which it is"
    elif is_running(holder.pid):
        who = f"`gongkai {holder.verb}` (process {holder.pid}) holds the lock since {holder.since}"
    else:
        who = (
            f"`gongkai {holder.verb}` (process {holder.pid}, since {holder.since}) is gone, "
            "but what it started still holds the lock"
        )
    return LockHeld(who, where=str(path), hint="Wait until it has ended, or end it, then run again")


def _read_holder(descriptor: int) -> Holder | None:
    try:
        said = json.loads(os.pread(descriptor, 4096, 0))
        return Holder(verb=str(said["verb"]), pid=int(said["pid"]), since=str(said["since"]))
    except (ValueError, TypeError, KeyError):
        return None


def _write(descriptor: int, text: str) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, text.encode(), 0)


def is_running(pid: int) -> bool:
    """Whether a process runs, be it ours to signal or not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


# What must survive a power cut: the names in a folder, once a file was made in it or renamed.


@contextlib.contextmanager
def hold_work_folder(parent: Path) -> Iterator[Path]:
    """Hold a folder for what is being made in another; it goes at the end, and what a killed run left before.

    The caller holds the lock, which says that no other is at work.
    """
    for leftover in parent.glob(f"{_WORK_PREFIX}*"):
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
    with tempfile.TemporaryDirectory(prefix=_WORK_PREFIX, dir=parent) as folder:
        yield Path(folder)


@contextlib.contextmanager
def naming_file(path: Path) -> Iterator[None]:
    """Have what the system refuses name a file: of a call on a descriptor it tells none."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or str(path)
        raise


def write_durably(path: Path, pieces: Iterable[bytes], mode: int = 0o666) -> None:
    """Write a file that appears under its name once it is whole and durable; one of that name is replaced.

    Args:
        path: the file.
        pieces: what it holds.
        mode: its permissions, less those that the process gives nobody.
    """
    making = path.with_name(_WORK_PREFIX + path.name)
    try:
        with naming_file(path), open(making, "wb", opener=partial(os.open, mode=mode)) as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        making.rename(path)
    finally:
        making.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with naming_file(folder):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


# The operator's `gongkai.yaml` in the data directory; it need not exist.
# contact: mailto:archive@example.org     # named in the User-Agent; no public host is crawled without one
# workers: 2                              # reading processes
# night_hours: 6                          # after so many, a night asks for nothing more
# night_bytes: 2000000000                 # bytes of bodies that a night may bring, all portals together
# signing_key: key.pem                    # with which manifests are signed; paths are from the data directory
# stamp_url: https://stamp.example.org/   # an RFC 3161 authority, by which those of nights are stamped
# stamp_roots: stamp.pem                  # the certificates that its stamps lead to
# backup: s3://bucket/gongkai             # a folder or URL to which nights are backed up
# verify_days: 30                         # within which nights verify every WARC file
# tell: mailto://…                        # who is sent reports of nights: an address of apprise, or a list
# tell_when: attention                    # only where somebody has to look; else always
# metrics_file: /var/…/gongkai.prom       # figures for Prometheus, written by each night
# metrics_for: anyone                     # who may read /-/metrics; else who asks from this machine
# replay: https://replay.example.org/     # where `gongkai replay` is reached; pages link to it
# keep_snapshots: {days: 31, months: 6}   # change sets of so many days, full sets of so many months and years


class SettingsMismatch(BadConfiguration):
    """The configuration file says what gongkai does not understand."""


_KEYS: dict[str, Any] = {
    "contact": str,
    "workers": int,
    "night_hours": float,
    "night_bytes": int,
    "signing_key": str,
    "stamp_url": str,
    "stamp_roots": str,
    "replay": str,
    "backup": str,
    "verify_days": int,
    "tell": str | list[str],
    "tell_when": Literal["always", "attention"],
    "metrics_file": str,
    "metrics_for": Literal["loopback", "anyone"],
    "keep_snapshots": dict,
}
_IN_WORDS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "list": "a list",
    "dict": "a mapping",
}


def read_operator_file(folder: Path) -> dict[str, Any]:
    """Read what the operator has configured.

    Args:
        folder: the data directory.

    Returns:
        What the operator has given.

    Raises:
        SettingsMismatch: the file is no mapping of known keys, or a value is not of its type; with its line.
    """
    path = folder / "gongkai.yaml"
    root = compose(path, SettingsMismatch, "Write lines such as contact: …") if path.exists() else None
    if root is None:
        return {}
    places = Place(path, "", root, SettingsMismatch).fields(_KEYS, frozenset())
    stored = {key: yaml.safe_load(yaml.serialize(place.node)) for key, place in places.items()}
    for key, value in stored.items():
        try:
            msgspec.convert(value, _KEYS[key])
        except msgspec.ValidationError:
            kind = getattr(_KEYS[key], "__args__", (_KEYS[key],))
            words = (_IN_WORDS.get(getattr(it, "__name__", ""), str(it)) for it in kind)
            places[key].refuse(f"must be: {' or '.join(words)}")
        if type(value) is int and value < 1:
            places[key].refuse("must be 1 or more")
        if type(value) is float and value <= 0:
            places[key].refuse("must be more than 0")
    for name, count in stored.get("keep_snapshots", {}).items():
        if name not in {"days", "months", "years"} or type(count) is not int or count < 0:
            places["keep_snapshots"].refuse(
                "says of days, months and years how many, as {days: 31, months: 6}"
            )
    return stored
