"""A disk that fails, or a kill, at any write, sync or rename of any file of each verb: then run again.

Nothing is lost, nothing is twice, the same is held as by an undisturbed run, and `verify` finds nothing.
"""

from __future__ import annotations

import datetime as dt
import itertools
import random
import shutil
import sys
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import pytest

from archive.backup.transfer import back_up
from archive.clock import SHANGHAI, clock_from
from archive.corpus import issuers
from archive.data_folder import DataDir
from archive.derivation import DeriveOptions, derive
from gongkai.cli.inspecting import verify_data
from pipelines.errors import ExitCode
from tests.archive.evidence import page
from tests.archive.foreign import write_warc
from tests.archive.histories import ReaderHere
from tests.archive.test_backup import kept_files
from tests.crawler.portal_server import DAILY, PortalServer, Reply, list_page, write_portal
from tests.e2e.conftest import ignore_progress
from tests.e2e.content import all_hashes, content_rows, rows
from tests.e2e.faulting import COMPILER, KILL, Ended, Fault, FaultyDisk, list_faults
from tests.soak import first_of, seeds, series

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

pytestmark = [
    pytest.mark.skipif(COMPILER is None, reason="no C compiler builds the shim: install gcc or clang"),
    pytest.mark.skipif(sys.platform != "linux", reason="calls are intercepted by LD_PRELOAD, as on Linux"),
]

BEGIN = dt.datetime(2026, 2, 1, 3, tzinfo=SHANGHAI)
SHARES, STEP = 31, 12
"""Tests over which the kinds of faults of a verb are dealt out, and how far apart those are that follow each
other."""
KILLS = 300
SEALING = ("crawl", "import", "merge", "nightly")
SEALED = ("warc/", "manifests.jsonl")
"""Verbs that seal what they wrote, and where."""
ROSTER = "name\n" + "".join(f"试城市第{number}区人民政府\n" for number in range(8))


def _report(year: int) -> bytes:
    title = f"试城市人民政府{year}年政府信息公开工作年度报告"
    return page(title, "一、总体情况", f"全年公开信息{year}条。")


REPLIES = {
    "/nb/index.html": list_page([("/nb/2023.html", "年度报告"), ("/nb/2024.html", "年度报告")]),
    "/nb/2023.html": Reply(_report(2023)),
    "/nb/2024.html": Reply(_report(2024)),
}


@dataclass(frozen=True)
class Verb:
    """A verb where it finds work.

    Attributes:
        arguments: of the command line.
        before: the data directory before it runs; copied for each case.
        expected: what is held after it ran undisturbed.
        calls: that it then made on files.
    """

    arguments: tuple[str, ...]
    before: Path
    expected: Any
    calls: tuple[tuple[str, str], ...]


def _read_content(data: DataDir) -> Any:
    """Return what was published, and each event as often as it is told; derived first where it is not."""
    derive(data, DeriveOptions(reader=ReaderHere()))
    told = rows(data.corpus_db, "SELECT document_id, kind FROM changes ORDER BY 1, 2")
    return content_rows(data.corpus_db), told


def _read_import(data: DataDir) -> Any:
    content = _read_content(data)
    return content, rows(data.corpus_db, "SELECT url FROM captures ORDER BY 1")


def _read_snapshot(data: DataDir) -> Any:
    (folder,) = (path for path in data.snapshots.iterdir() if not path.name.startswith("."))
    return {path.name: path.read_bytes() for path in folder.rglob("*.csv")}


def _read_night(data: DataDir) -> Any:
    return _read_content(data), data.public_db.exists(), sorted(_read_snapshot(data))


def _read_restored(data: DataDir) -> Any:
    return all_hashes(data.corpus_db), kept_files(data), data.crawl_db.exists()


READ: dict[str, Callable[[DataDir], Any]] = {
    "crawl": _read_content,
    "import": _read_import,
    "merge": _read_import,
    "derive": lambda data: all_hashes(data.corpus_db),
    "publish": lambda data: data.public_db.readlink().name,
    "snapshot": _read_snapshot,
    "nightly": _read_night,
    "restore": _read_restored,
}


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyDisk]:
    """The disk, and here as there none of the bodies that ship: six hundred would be most of a snapshot."""
    disk = FaultyDisk(tmp_path_factory.mktemp("shim"), each_body=1000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(issuers, "shipped_tables", tuple)
        yield disk
    disk.close()


AFTER: Mapping[str, tuple[str, ...]] = {
    "import": ("crawl",),
    "merge": ("crawl", "import"),
    "derive": ("merge",),
    "publish": ("derive",),
    "snapshot": ("publish",),
    "restore": ("nightly",),
}
"""What has run before a verb, which goes on where the last of them ended, but for those that begin anew."""


class Verbs:
    """Every verb in a state in which it has work, with what it holds and calls when nothing disturbs it.

    Each is made when it is asked for, those before it first.

    Args:
        disk: where they run.
        root: for their data directories; with `empty`, of which each portal is asked, and `given`, which is
            imported.
    """

    def __init__(self, disk: FaultyDisk, root: Path) -> None:
        self._disk = disk
        self._root = root
        self._made: dict[str, Verb] = {}

    def __getitem__(self, name: str) -> Verb:
        """Return a verb."""
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def _make(self, name: str) -> Verb:
        earlier = [self._root / each for each in AFTER.get(name, ()) if self[each]]
        before = self._root / "empty" if name == "merge" or not earlier else earlier[-1]
        given = {"import": [self._root / "given"], "merge": earlier, "restore": [self._root / "backup"]}
        if name == "restore":
            back_up(DataDir(before), str(self._root / "backup"), clock=clock_from(BEGIN.isoformat()))
            before = self._root / "bare"
            before.mkdir()
        arguments = (name, *map(str, given.get(name, [])))
        after, held = DataDir(self._root / name), DataDir(self._root / f"{name}-held")
        shutil.copytree(before, after.root, symlinks=True)
        ended = self._disk.run(after.root, arguments, BEGIN.isoformat())
        assert ended.code == ExitCode.DONE, ended.said
        shutil.copytree(after.root, held.root, symlinks=True)
        return Verb(arguments, before, READ[name](held), ended.calls)


@pytest.fixture(scope="module")
def verbs(disk: FaultyDisk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Verbs]:
    root = tmp_path_factory.mktemp("verbs")
    given = root / "given"
    given.mkdir()
    (given / "2022.html").write_bytes(_report(2022))
    write_warc(
        given / "theirs.warc.gz",
        [("http://www.testville.example/a.html", _report(2021), "2019-05-06T07:08:09Z")],
    )
    empty = DataDir(root / "empty")
    empty.make()
    empty.roster.mkdir()
    (empty.roster / "few.csv").write_text(ROSTER, "utf-8")
    with PortalServer(REPLIES) as server:
        write_portal(empty, server.address, "here", DAILY)
        yield Verbs(disk, root)


def _run_into(disk: FaultyDisk, made: Verb, root: Path, fault: Fault) -> Ended:
    """Run a verb into a fault; a call that fails is told in words."""
    ended = disk.run(root, made.arguments, BEGIN.isoformat(), fault)
    if fault.error != KILL:
        what = f"{made.arguments}, {fault.describe()}: ended with {ended.code}\n{ended.said[-3000:]}"
        assert ended.code in set(ExitCode), what
        assert "Traceback" not in ended.said, what
        assert ended.said.strip(), what
        assert "gongkai: the system: " not in ended.said, what
    return ended


def _acknowledged(data: DataDir, folder: Path) -> set[tuple[str, ...]]:
    """Return the captures that the frontier knows as durable, from a copy: opening it would mend it."""
    folder.mkdir()
    for path in data.root.glob("crawl.db*"):
        shutil.copy(path, folder)
    copy = DataDir(folder).crawl_db
    if not copy.exists() or not rows(copy, "SELECT 1 FROM sqlite_master WHERE name = 'payloads'"):
        return set()
    return {*rows(copy, "SELECT capture_id FROM payloads")}


def _run_again(disk: FaultyDisk, verb: str, made: Verb, data: DataDir, what: str) -> None:
    """Run a verb undisturbed after faults, and hold what is there then against what should be."""
    acknowledged = _acknowledged(data, data.root.with_name("frontier"))
    again = disk.run(data.root, made.arguments, (BEGIN + dt.timedelta(minutes=5)).isoformat())
    assert again.code == ExitCode.DONE, f"{what}\nthen with {again.code}\n{again.said[-3000:]}"
    assert READ[verb](data) == made.expected, what
    assert acknowledged <= {*rows(data.corpus_db, "SELECT id FROM captures")}, what
    assert verify_data(data, progress=ignore_progress).findings == (), what
    shutil.rmtree(data.root.with_name("frontier"))
    shutil.rmtree(data.root)


def _run_into_all(disk: FaultyDisk, verb: str, made: Verb, root: Path, faults: Sequence[Fault]) -> None:
    """Run a verb into one fault after the other, on what the one before left, as long as work is left."""
    waiting = list(faults)
    while waiting:
        shutil.copytree(made.before, root, symlinks=True)
        struck: list[str] = []
        later: list[Fault] = []
        while waiting:
            fault = waiting.pop(0)
            ended = _run_into(disk, made, root, fault)
            # The work that it strikes was done by a run before.
            if struck and ended.hits < fault.at:
                later.append(fault)
            else:
                struck.append(f"{fault.describe()}: ended with {ended.code}")
            if ended.code == ExitCode.DONE:
                break
        _run_again(disk, verb, made, DataDir(root), f"{verb}, {struck}")
        waiting = later + waiting


def _list_kinds(made: Verb) -> list[list[Fault]]:
    """Return the faults of each kind of call on each kind of file; neighbours are much alike."""
    return [
        [*faults] for _, faults in itertools.groupby(list_faults(made.calls), attrgetter("call", "pattern"))
    ]


@series
@pytest.mark.parametrize(("verb", "share"), first_of([(v, n) for n in range(SHARES) for v in READ]))
def test_a_failing_call_costs_nothing_but_the_run(
    disk: FaultyDisk, verbs: Verbs, tmp_path: Path, verb: str, share: int
) -> None:
    # The first shares lie far apart.
    place = share * STEP % SHARES
    kinds = _list_kinds(verbs[verb])
    begin, end = (len(kinds) * number // SHARES for number in (place, place + 1))
    faults = [fault for each in kinds[begin:end] for fault in each]
    _run_into_all(disk, verb, verbs[verb], tmp_path / verb, faults)


@series
@pytest.mark.parametrize("seed", seeds(KILLS, part=KILLS))
def test_a_kill_at_any_call_costs_nothing(disk: FaultyDisk, verbs: Verbs, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    where = ["sealing", *READ][seed % (len(READ) + 1)]
    verb = chance.choice(SEALING) if where == "sealing" else where
    made = verbs[verb]
    calls = [at for at, (_, path) in enumerate(made.calls, 1) if where == verb or path.startswith(SEALED)]
    fault = Fault("*", "**", chance.choice(calls), KILL)
    shutil.copytree(made.before, tmp_path / "data", symlinks=True)
    _run_into(disk, made, tmp_path / "data", fault)
    _run_again(disk, verb, made, DataDir(tmp_path / "data"), f"{verb}, {fault.describe()}")
