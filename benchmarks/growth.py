"""What a corpus of annual reports weighs and what each command costs, as it grows.

    python -m benchmarks.growth [--sizes 200,800] [--bytes | --lake] [--folder DIR] [--workers 2] [--json]

Reports of the form of 2021 (`_growing_reports`: 200 cells, 89 passages, 10,000 characters, 13 kB of WARC) are
archived with their portals and runs, and each command is typed as a person does, in a process of its own:
derive the reports up to a size, publish in full, publish with nothing new, a snapshot, another of the same
copy, a night with nothing new (crawl of a portal of twenty documents included: a process of its own, so not
in the parent's time; what it verifies by turns is timed apart), then derive one more, 50 more, and publish
these. Written is what the processes handed to the disk, memory the most that all of them held at once.

With `--visits N`, these reports are asked for again, night after night, until there were N answers 304, and
it is told what bytes a visit leaves in the corpus and in the file that readers see joined to the copy.

With `--folder`, what is made is kept, and the next call goes on from there with larger sizes. With `--bytes`,
only derive and publish are run, and each table and index is weighed; with `--lake` only these, a lake made at
once, and one brought up by 50 more: what `publish --lake` costs where the copy is there already. Times are
those of the machine at that hour: compare sizes.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import json
import os
import shutil
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from archive.clock import night_of
from archive.data_folder import DataDir
from archive.warc.entries import NOT_MODIFIED, Context, Exchange, Original, Role, RunEvent
from archive.warc.verification import verify_file
from archive.warc.writer import WarcWriter
from benchmarks._growing_reports import make_report
from benchmarks._growth_tables import Cost, Stage, stage_from, tables, weights
from benchmarks._measured_command import measure_command
from benchmarks._quiet_server import QuietServer, lists_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

FIRST = dt.datetime(2026, 5, 1, 19, tzinfo=dt.UTC)
QUIET_DOCUMENTS = 20
MORE = 50


class Growing:
    """A data directory that grows.

    Args:
        folder: where it is kept, with what was measured.
        server: serves the portal of the quiet night.
        workers: reading processes.
    """

    def __init__(self, folder: Path, server: QuietServer, workers: int) -> None:
        self._data = DataDir(folder / "data")
        self._data.make()
        # The figures of the quiet night's portal are drawn by chance, so its sums do not add up.
        (self._data.root / "gates.yaml").write_text("failing_checks: {each: null, all: null}\n", "utf-8")
        (self._data.root / "gongkai.yaml").write_text(f"workers: {workers}\n", "utf-8")
        self._memory = folder / "growth.json"
        kept = json.loads(self._memory.read_text("utf-8")) if self._memory.exists() else {}
        self._reports: int = kept.get("reports", 0)
        self._night: int = kept.get("night", 0)
        self.stages = [stage_from(each) for each in kept.get("stages", ())]
        self._address = server.address

    def grow(self, size: int, *, weigh: bool, with_lake: bool) -> None:
        """Measure at a size, unless that was done or it is larger already.

        Args:
            size: reports.
            weigh: whether only derive and publish are run, and each table is weighed.
            with_lake: whether only derive, publish and the lake are run.
        """
        before = self.stages[-1].reports if self.stages else 0
        if size <= before:
            return
        self._archive(size - self._reports)
        costs = {"derive": self._run("derive")}
        for copy in self._data.public.glob("*"):
            copy.unlink()
        costs["publish in full"] = self._run("publish")
        kb, tables = self._kb(), self._tables() if weigh else {}
        if with_lake:
            costs |= self._measure_lake()
            kb["lake"] = _folder_bytes(self._data.current_lake.resolve()) / 1000 / self._reports
        elif not weigh:
            costs["publish, nothing new"] = self._run("publish")
            for name in ("snapshot", "snapshot, nothing new"):
                costs[name] = self._run("snapshot")
            kb["snapshot"] = _folder_bytes(self._data.snapshots, newest=True) / 1000 / self._reports
            costs["quiet night"] = self._quiet_night()
            for more in (1, MORE):
                self._archive(more)
                costs[f"derive {more} more"] = self._run("derive")
            costs[f"publish {MORE} more"] = self._run("publish")
        self.stages.append(Stage(size, size - before, costs, kb, tables))
        self._remember()

    def _measure_lake(self) -> dict[str, Cost]:
        """Measure a lake made at once, and what 50 more reports cost it; publishing is done before each."""
        shutil.rmtree(self._data.lake, ignore_errors=True)
        costs = {"lake in full": self._run("publish", "--lake")}
        self._archive(MORE)
        self._run("derive")
        aside = self._data.root / "lake.aside"
        self._data.lake.rename(aside)  # one that is there would be brought up by publishing itself
        self._run("publish")
        aside.rename(self._data.lake)
        return costs | {f"lake, {MORE} more": self._run("publish")}

    def visit(self, count: int) -> str:
        """Ask for each report again, a night after the other; return what a visit leaves, in words."""
        databases = (self._data.corpus_db, self._data.live_db)
        before = [*map(_database_bytes, databases)]
        with _reading(self._data.corpus_db) as db:
            held = db.execute(_HELD).fetchall()
        for _ in range(count // len(held)):
            self._night += 1
            self._archive_visits(held)
        for verb in ("derive", "publish"):
            self._run(verb)
        made = count // len(held) * len(held)
        left = ((_database_bytes(path) - size) / made for path, size in zip(databases, before, strict=True))
        return "{} visits: {:.0f} bytes each in the corpus, {:.0f} beside the copy".format(made, *left)

    def _archive_visits(self, held: Sequence[tuple[str, str, str, str, str, str]]) -> None:
        moment, run_id = self._now(), f"growth-{self._night}"
        with WarcWriter(self._data.warc, clock=lambda: moment) as writer:
            start = {"verb": "crawl", "night": f"{night_of(moment)}", "portals": [], "settings": {}}
            writer.append(RunEvent(run_id, "start", moment, start))
            for capture, url, fetched_at, portal, title, date in held:
                writer.append(
                    Exchange(
                        url=url,
                        fetched_at=moment,
                        request=f"GET / HTTP/1.1\r\nHost: {url.split('/')[2]}\r\n\r\n".encode(),
                        response=b"HTTP/1.1 304 Not Modified\r\n\r\n",
                        context=Context(
                            run_id,
                            Role.ARTICLE,
                            portal=portal,
                            parent=capture,
                            list_title=title,
                            list_date=date,
                        ),
                        original=Original(capture, url, dt.datetime.fromisoformat(fetched_at), NOT_MODIFIED),
                    )
                )
            writer.append(RunEvent(run_id, "end", moment, {"state": "finished", "sweeps": []}))

    def _remember(self) -> None:
        kept = {"reports": self._reports, "night": self._night, "stages": [*map(asdict, self.stages)]}
        self._memory.write_text(json.dumps(kept, ensure_ascii=False, indent=1), "utf-8")

    def _now(self) -> dt.datetime:
        return FIRST + dt.timedelta(days=self._night)

    def _archive(self, count: int) -> None:
        """Archive the next reports, as one crawl of their portals that walked every list to its end."""
        self._night += 1
        moment, run_id = self._now(), f"growth-{self._night}"
        reports = [make_report(number) for number in range(self._reports, self._reports + max(count, 0))]
        portals = {report.portal.code: report.portal for report in reports}.values()
        with WarcWriter(self._data.warc, clock=lambda: moment) as writer:
            entries = [portal.entry() for portal in portals]
            start = {"verb": "crawl", "night": f"{night_of(moment)}", "portals": entries, "settings": {}}
            writer.append(RunEvent(run_id, "start", moment, start))
            for index, report in enumerate(reports):
                host = report.url.split("/")[2]
                head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(report.page)}"
                portal = report.portal.entry()["id"]
                writer.append(
                    Exchange(
                        url=report.url,
                        fetched_at=moment + dt.timedelta(seconds=index),
                        request=f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode(),
                        response=f"{head}\r\n\r\n".encode() + report.page,
                        context=Context(
                            run_id,
                            Role.ARTICLE,
                            portal=str(portal),
                            list_title=report.title,
                            list_date=report.date,
                            list_url=report.portal.list_url,
                        ),
                    )
                )
            sweeps = [
                {"portal": each.entry()["id"], "list_url": each.list_url, "found": 25, "complete": True}
                for each in portals
            ]
            writer.append(RunEvent(run_id, "end", moment, {"state": "finished", "sweeps": sweeps}))
        self._reports += len(reports)
        self._remember()

    def _quiet_night(self) -> Cost:
        """Measure a night on which nothing is new, after one on which its portal was."""
        address = self._address
        name = f"quiet-{address.rpartition(':')[2]}"
        lists = "".join(f"  - url: {address}{path}\n    kind: policy\n" for path in lists_of(QUIET_DOCUMENTS))
        (self._data.portals / f"{name}.yaml").write_text(
            f"id: {name}\nname: {name}\nfamily: static_list\nhome_url: {address}/\nenabled: true\n"
            f"lists:\n{lists}delay_s: 0\n",
            "utf-8",
        )
        try:
            for _ in range(2):
                self._run("nightly")
            return self._run("nightly")
        finally:
            (self._data.portals / f"{name}.yaml").unlink()

    def _run(self, *verb: str) -> Cost:
        self._night += 1
        # Modules are compiled once, as where gongkai is installed.
        environment = {
            **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
            "GONGKAI_NOW": self._now().isoformat(),
            "GONGKAI_CONTACT": "bench@example.org",
        }
        command = [sys.executable, "-m", "gongkai", "--data", str(self._data.root), *verb]
        before, held, told = _readers_files(self._data), _folder_bytes(self._data.root), self._told_bytes()
        verified = self._verified()
        spent = measure_command(command, environment)
        changed = sum(before.get(path) != state for path, state in _readers_files(self._data).items())
        grown_kb = (_folder_bytes(self._data.root) - held) / 1000
        told_kb = (self._told_bytes() - told) / 1000
        verified_s = self._time_verifying(dict(self._verified().items() - verified.items()))
        return Cost(**asdict(spent), files=changed, grown_kb=grown_kb, told_kb=told_kb, verified_s=verified_s)

    def _verified(self) -> dict[str, str]:
        """Return when each WARC file was verified last."""
        noted = self._data.verified
        return json.loads(noted.read_bytes())["sound"] if noted.exists() else {}

    def _time_verifying(self, names: Iterable[str]) -> float:
        began = time.process_time()
        for name in names:
            verify_file(self._data.warc / name, None)
        return time.process_time() - began

    def _told_bytes(self) -> int:
        manifests = self._data.manifests
        return _folder_bytes(self._data.reports) + (manifests.stat().st_size if manifests.exists() else 0)

    def _kb(self) -> dict[str, float]:
        things = {
            "WARC": sum(path.stat().st_size for path in self._data.warc.glob("*.warc.gz")),
            "corpus": _database_bytes(self._data.corpus_db),
            "published copy": _database_bytes(self._data.public_db),
        }
        return {name: size / 1000 / self._reports for name, size in things.items()}

    def _tables(self) -> dict[str, dict[str, float]]:
        databases = {"corpus": self._data.corpus_db, "published copy": self._data.public_db}
        return {name: _weigh_tables(path, self._reports) for name, path in databases.items()}


_HELD = """
SELECT id, url, fetched_at, portal_id, list_title, list_date FROM captures
WHERE role = 'article' AND outcome = 'ok'
"""


def _readers_files(data: DataDir) -> dict[Path, tuple[int, int]]:
    paths = (path for folder in (data.public, data.snapshots, data.lake) for path in folder.rglob("*"))
    states = ((path, path.lstat()) for path in paths if not path.is_dir())
    return {path: (state.st_ino, state.st_mtime_ns) for path, state in states}


def _folder_bytes(folder: Path, *, newest: bool = False) -> int:
    if newest:
        folder = max(each for each in folder.iterdir() if each.is_dir())
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _database_bytes(path: Path) -> int:
    """Return the bytes of the pages that are in use."""
    with _reading(path) as db:
        pages, free, size = (
            db.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
        return int((pages - free) * size)


def _weigh_tables(path: Path, reports: int) -> dict[str, float]:
    with _reading(path) as db:
        rows = db.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC").fetchall()
        return {name: size / 1000 / reports for name, size in rows}


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        yield db


def main() -> None:
    """Measure at each size, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--sizes", type=lambda text: [int(size) for size in text.split(",")], default=[200, 800]
    )
    parser.add_argument("--bytes", action="store_true", help="weigh each table and index")
    parser.add_argument("--lake", action="store_true", help="measure the lake alone")
    parser.add_argument("--visits", type=int, default=0, help="weigh so many visits, too")
    parser.add_argument("--folder", type=Path, help="keep what is made, and go on from what is there")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="reading processes")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    folder = asked.folder or Path(tempfile.mkdtemp(dir=Path.cwd(), prefix=".growth-"))
    server = QuietServer(QUIET_DOCUMENTS)
    try:
        growing = Growing(folder, server, asked.workers)
        for size in sorted(asked.sizes):
            growing.grow(size, weigh=asked.bytes, with_lake=asked.lake)
        visits = growing.visit(asked.visits) if asked.visits else ""
    finally:
        server.close()
        if not asked.folder:
            shutil.rmtree(folder)
    if asked.json:
        print(json.dumps([*map(asdict, growing.stages)], ensure_ascii=False, indent=2))
        return
    print("CPU of the process + its children (wall), written, peak memory\n")
    print("\n".join([*tables(growing.stages), *(weights(growing.stages[-1]) if asked.bytes else ()), visits]))


if __name__ == "__main__":
    main()
