"""The data directory: where everything stands, who may write there, and what a power cut must not take."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import yaml
from msgspec import Meta

from archive.clock import Clock, instant
from archive.yaml_places import Place, compose
from pipelines.errors import BadConfiguration, ExitCode, GongkaiError
from pipelines.structs import FrozenStruct


class _Below(FrozenStruct):
    """What stands under a name below a data directory."""

    name: str

    def __get__(self, data: DataDir, owner: type[DataDir]) -> Path:
        return data.root / self.name


class DataDir(FrozenStruct):
    """The layout below one data directory.

    Attributes:
        root: the directory itself (`--data`, `GONGKAI_DATA`).
    """

    root: Path

    warc = _Below("warc")
    """The evidence: `*.warc.gz`, append-only."""
    manifests = _Below("manifests.jsonl")
    """What was sealed and published, in a chain: `archive.manifests`."""
    chains = _Below("chains")
    """The chains of archives that were joined to this one, `*.jsonl`."""
    crawl_db = _Below("crawl.db")
    """The frontier: what is to be fetched, what is acknowledged."""
    corpus_db = _Below("corpus.db")
    """The working corpus, derived from the evidence."""
    readings = _Below("readings")
    """What the workers of a cluster have read, until it is merged."""
    portals = _Below("portals")
    """The operator's own portals, `*.yaml`."""
    stop_list = _Below("stop_list.yaml")
    """The operator's list of hosts that are never asked; need not exist."""
    roster = _Below("roster")
    """The operator's own roster, `*.csv` and `*.yaml`; need not exist."""
    public = _Below("public")
    """The published copies and the symlink to the newest."""
    public_db = _Below("public/gongkai.db")
    """The symlink that Datasette serves."""
    live_db = _Below("public/live.db")
    """What visits added since that copy was published: `archive.publish.live`."""
    snapshots = _Below("snapshots")
    """Dated folders of full sets and change sets, with their checksums: `archive.snapshot`."""
    lake = _Below("lake")
    """States of the lake, Parquet by table and year: `archive.snapshot.lake`; need not exist."""
    current_lake = _Below("lake/current")
    """The symlink to the newest."""
    nights_db = _Below("nights.db")
    """What nights did, and which events were told: made from nothing else."""
    reports = _Below("reports")
    """What nights told, a folder each."""
    readers_db = _Below("readers.db")
    """What readers reported or subscribed to."""
    reserve = _Below("reserve")
    """Room on the disk for the report of a night that finds it full."""
    verified = _Below("verified.json")
    """When each WARC file was last found sound: `archive.turns`."""
    last_backup = _Below("backup.json")
    """Where the last backup went, and when: `archive.backup`."""
    lock = _Below("lock")
    """Held by the one verb that writes."""
    backup_lock = _Below("backup.lock")
    """Held by the one verb that makes a backup, which others may write beside."""

    def make(self) -> None:
        """Create the folders that writing needs."""
        for folder in (self.root, self.warc, self.portals, self.public, self.snapshots):
            folder.mkdir(parents=True, exist_ok=True)


def name_archive(manifests: Path) -> str:
    """Return by what others know an archive: the SHA-256 of the first line of its chain; empty without one.

    Args:
        manifests: the chain.
    """
    with suppress(FileNotFoundError), manifests.open("rb") as lines:
        if (first := lines.readline()).endswith(b"\n"):
            return hashlib.sha256(first).hexdigest()
    return ""


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


class Holder(FrozenStruct):
    """Who holds the lock, as the lock file says.

    Attributes:
        verb: the command (`crawl`, `derive`, …).
        pid: its process.
        since: when it took the lock, UTC, ISO 8601.
    """

    verb: str
    pid: int
    since: str


@contextmanager
def hold(path: Path, *, verb: str, clock: Clock) -> Iterator[None]:
    """Hold the lock for as long as the block runs.

    Args:
        path: the lock file; made when it is missing, never removed.
        verb: the command that asks, for others to read.
        clock: tells since when.

    Raises:
        LockHeld: another run holds it; says which, its process, and since when.
    """
    # Never removed: who waits on a lock file that is unlinked would hold a lock that nobody else sees.
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        _take(descriptor, path)
        with naming_file(path):
            _write(descriptor, msgspec.json.encode(Holder(verb, os.getpid(), instant(clock()))))
        try:
            yield
        finally:
            with naming_file(path):
                # Emptied before the lock goes: a text that stays says that its process was killed.
                _write(descriptor, b"")
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


def is_held(path: Path) -> bool:
    """Whether a writing verb is at work; if none is, the lock is ours for a moment, which nobody minds."""
    try:
        with path.open("rb") as file:
            return not take_lock(file.fileno())
    except FileNotFoundError:
        return False


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
    return LockHeld(who, where=path, hint="Wait until it has ended, or end it, then run again")


def _read_holder(descriptor: int) -> Holder | None:
    try:
        return msgspec.json.decode(os.pread(descriptor, 4096, 0), type=Holder)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _write(descriptor: int, said: bytes) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, said, 0)


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


@contextmanager
def hold_work_folder(parent: Path, *, is_locked: bool = True) -> Iterator[Path]:
    """Hold a folder for what is being made in another; it goes at the end, and what a killed run left before.

    Args:
        parent: the other.
        is_locked: whether the caller holds the lock, which says that nobody else is at work; else what is of
            a process that runs stays, and of another user.
    """
    for leftover in parent.glob(f"{_WORK_PREFIX}*"):
        maker = leftover.name.removeprefix(_WORK_PREFIX).partition("-")[0]
        is_own = maker.isdecimal() and leftover.lstat().st_uid == os.getuid()
        if is_locked or (is_own and not is_running(int(maker))):
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
    with tempfile.TemporaryDirectory(prefix=f"{_WORK_PREFIX}{os.getpid()}-", dir=parent) as folder:
        yield Path(folder)


@contextmanager
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
# warc_store: s3://bucket/gongkai         # to which nights move sealed WARC files, which are read there
# verify_days: 30                         # within which nights verify every WARC file
# tell: mailto://…                        # who is sent reports of nights: an address of apprise, or a list
# tell_when: attention                    # only where somebody has to look; else always
# metrics_file: /var/…/gongkai.prom       # figures for Prometheus, written by each night
# metrics_for: anyone                     # who may read /-/metrics; else who asks from this machine
# mail: mailtos://user:…@smtp.example.org # by which readers who ask for alerts are sent them
# replay: https://replay.example.org/     # where `gongkai replay` is reached; pages link to it
# lake: true                              # each publication is followed by Parquet files of what is new
# keep_snapshots: {days: 31, months: 6}   # change sets of so many days, full sets of so many months and years


class SettingsMismatch(BadConfiguration):
    """The configuration file says what gongkai does not understand."""


_TEXT = (str, "text")
_COUNT = (Annotated[int, Meta(ge=1)], "a whole number, 1 or more")
# What may be given, and in words of what kind.
_KEYS: dict[str, tuple[Any, str]] = {
    "contact": _TEXT,
    "workers": _COUNT,
    "night_hours": (Annotated[float, Meta(gt=0)], "a number, more than 0"),
    "night_bytes": _COUNT,
    "signing_key": _TEXT,
    "stamp_url": _TEXT,
    "stamp_roots": _TEXT,
    "replay": _TEXT,
    "site": _TEXT,
    "backup": _TEXT,
    "warc_store": (
        # What is in memory, or depends on where a process runs, is gone with it.
        Annotated[
            str,
            Meta(pattern=r"^(?!memory:|(file|local)://([^/]|/*$))\w+://(?![^/]*:[^/]*@)[^#]+$"),
        ],
        "an address as s3://bucket/gongkai or file:///mnt/disk/gongkai, that lasts, without a password",
    ),
    "verify_days": _COUNT,
    "tell": (str | list[str], "text or a list of text, each an address as mailto://…"),
    "tell_when": (Literal["always", "attention"], "always or attention"),
    "mail": _TEXT,
    "metrics_file": _TEXT,
    "metrics_for": (Literal["loopback", "anyone"], "loopback or anyone"),
    "lake": (bool, "true or false"),
    "keep_snapshots": (
        dict[Literal["days", "months", "years"], Annotated[int, Meta(ge=0)]],
        "of days, months and years how many, as {days: 31, months: 6}",
    ),
}


_OPERATOR_FILE = "gongkai.yaml"

_MISREAD = (
    *(msgspec.ValidationError, yaml.YAMLError, RecursionError),
    # What PyYAML's constructors raise of 2026-13-45, `!!bool maybe` and `!!timestamp soon`.
    *(ValueError, LookupError, AttributeError),
)


def read_operator_file(folder: Path) -> dict[str, Any]:
    """Read what the operator has configured.

    Args:
        folder: the data directory.

    Returns:
        What the operator has given.

    Raises:
        SettingsMismatch: the file is no mapping of known keys, or a value is not of its kind; with its line.
    """
    path = folder / _OPERATOR_FILE
    root = compose(path, SettingsMismatch, "Write lines such as contact: …") if path.exists() else None
    if root is None:
        return {}
    stored = {}
    for key, place in Place(path, "", root, SettingsMismatch).fields(_KEYS, frozenset()).items():
        kind, words = _KEYS[key]
        try:
            # Node by node, so that a value is refused with its own line.
            stored[key] = msgspec.convert(yaml.safe_load(yaml.serialize(place.node)), kind)
        except _MISREAD:
            place.refuse(f"must be: {words}")
        if key == "tell" and not all(
            "://" in each for each in ([stored[key]] if isinstance(stored[key], str) else stored[key])
        ):
            place.refuse(f"must be: {words}")
    return stored


def salvage_operator_file(folder: Path) -> dict[str, Any]:
    """Return what can be understood of a file that `read_operator_file` refuses: each key for itself.

    By this the operator is told of the slip, and a machine is looked at in spite of it.
    """
    text = (folder / _OPERATOR_FILE).read_text("utf-8", "replace")
    found = {}
    # At each line that begins a key; what is indented belongs to the key before it.
    for part in re.split(r"^(?=\w)", text, flags=re.MULTILINE):
        with suppress(*_MISREAD):
            for key, value in msgspec.convert(yaml.safe_load(part) or {}, dict[str, Any]).items():
                if key in _KEYS:
                    found[key] = msgspec.convert(value, _KEYS[key][0])
    return found
