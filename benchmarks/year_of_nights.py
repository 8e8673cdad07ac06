"""A year of nights: what each month costs, and what it leaves on the disk.

    python -m benchmarks.year_of_nights [--nights 365] [--reports 50] [--folder DIR]

`gongkai nightly`, as its timer starts it, each in a process of its own, by a clock that is moved on by a day,
against one portal on loopback that holds so many reports on the first night. Every third night has news: a
new report, every fifth time a correction of one that is known; on night 100 one is taken down for good. Each
night makes a backup beside. What is made is kept where `--folder` says.

Told of each month: the median of a night's seconds, of the processor and by the clock, the most memory of any
night, and the size of each folder at its end; what is linked twice is counted once. At the end a full
snapshot is made, and all snapshots before it are held against it and the news: what the change sets hold. At
most three times one snapshot plus the news is asked. Then everything is verified, with what is derived.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from functools import cache
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING

from archive.data_folder import DataDir
from benchmarks._growing_reports import make_report
from benchmarks._measured_command import measure_command
from gongkai.demo.server import Answer, DemoServer, html_answer, night_date, not_modified_or

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks._measured_command import Spent
    from gongkai.demo.server import Asked

NEWS_EVERY, CORRECTION_EVERY = 3, 5
CORRECTED = 20
"""So many reports are corrected in turn."""
GONE, GONE_FROM = 30, 100
"""The report that is taken down, and the night."""
MONTH = 30
FOLDERS = ("warc", "corpus.db", "crawl.db", "public", "snapshots", "reports", "manifests.jsonl")
PORTAL = """id: year
name: 一年的门户网站
family: static_list
home_url: {address}/
enabled: true
delay_s: 0
lists:
  - url: {address}/nb/index.html
    kind: annual_report
"""
report_of = cache(make_report)


class YearSite:
    """A portal that grows.

    Args:
        reports: how many it has on the first night.
    """

    def __init__(self, reports: int) -> None:
        self._reports = reports

    def answer(self, asked: Asked, night: int) -> Answer:
        """Answer with the list, a report as it stands on a night, or 404."""
        news = (night - 1) // NEWS_EVERY
        corrections = news // CORRECTION_EVERY
        shown = dict(self._list_reports(night, self._reports + news - corrections))
        match asked.path:
            case "/robots.txt":
                return Answer(200, (("Content-Type", "text/plain"),), b"User-agent: *\nDisallow:\n")
            case "/":
                return html_answer("<html><title>门户网站</title><p>首页</html>".encode())
            case "/nb/index.html":
                return html_answer(_write_list(shown).encode())
            case path if path in shown:
                return not_modified_or(_write_report(shown[path], corrections), asked.headers)
            case _:
                return html_answer(b"<html><body>404 Not Found</body></html>", status=404)

    def _list_reports(self, night: int, count: int) -> Iterator[tuple[str, int]]:
        for number in range(count):
            if number != GONE or night < GONE_FROM:
                yield f"/nb/t{number}.html", number


def _write_list(shown: dict[str, int]) -> str:
    rows = "".join(
        f'<li><a href="{path}">{report_of(number).title}</a><span>{report_of(number).date}</span></li>'
        for path, number in shown.items()
    )
    call = f'createPageHTML(1, 0, "index", "html", {len(shown)});'
    return f"<html><ul class='list'>{rows}</ul><script>{call}</script></html>"


def _write_report(number: int, corrections: int) -> Answer:
    mine = [each for each in range(1, corrections + 1) if each % CORRECTED == number]
    text = report_of(number).page.decode()
    if mine:
        text = text.replace(
            '<div class="TRS_Editor">', f'<div class="TRS_Editor"><p>第{mine[-1]}次更正。</p>'
        )
    return html_answer(text.encode(), more=(("ETag", f'"{number}-{len(mine)}"'),))


def play_nights(folder: Path, count: int, reports: int) -> None:
    """Play so many nights, and print what each month cost and left."""
    data = DataDir(folder / "data")
    data.make()
    (data.root / "gongkai.yaml").write_text("workers: 1\nbackup: ../backup\n", "utf-8")
    with DemoServer(YearSite(reports)) as server:
        address = f"http://127.0.0.1:{server.server_port}"
        (data.portals / "year.yaml").write_text(PORTAL.format(address=address), "utf-8")
        for month in _months(count):
            took = []
            for night in month:
                server.night = night
                took.append(_run_verb(data, night, "nightly"))
            print(_describe_month(data, month, took), flush=True)
    kept = _size(data.snapshots)
    _run_verb(data, count, "snapshot")
    print("\n".join(_weigh_snapshots(data, kept)))
    spent = _run_verb(data, count, "verify", "--derived")
    print(f"all verified: {spent.cpu_s + spent.children_s:.1f} s of processor")


def _months(count: int) -> Iterator[range]:
    for start in range(1, count + 1, MONTH):
        yield range(start, min(start + MONTH, count + 1))


def _run_verb(data: DataDir, night: int, *verb: str) -> Spent:
    now = f"{night_date(night)}T22:30:00+08:00"
    environment = {**os.environ, "GONGKAI_NOW": now, "GONGKAI_CONTACT": "bench@example.org"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return measure_command([sys.executable, "-m", "gongkai", "--data", str(data.root), *verb], environment)


def _describe_month(data: DataDir, month: Sequence[int], spent: Sequence[Spent]) -> str:
    cpu, wall = (
        statistics.median(figures)
        for figures in ([it.cpu_s + it.children_s for it in spent], [it.wall_s for it in spent])
    )
    sizes = {name: _size(data.root / name) for name in FOLDERS} | {
        "backup": _size(data.root.parent / "backup")
    }
    left = ", ".join(f"{name} {size:.1f}" for name, size in sizes.items())
    peak = max(it.peak_mb for it in spent)
    took = f"{cpu:.1f} s of processor ({wall:.1f} s), {peak:.0f} MB held"
    return f"nights to {month[-1]}: {took}; on the disk, MB: {left}"


def _weigh_snapshots(data: DataDir, kept: float) -> Iterator[str]:
    nights = sorted(each for each in data.snapshots.iterdir() if each.is_dir())
    full, news = _size(nights[-1]), sum(map(_size, data.snapshots.glob("*/changes")))
    yield f"{len(nights)} snapshots kept: {kept:.1f} MB; one is {full:.1f} MB, the news {news:.1f} MB"
    yield f"{kept / (full + news):.2f} times one snapshot plus the news (at most 3 asked)"


def _size(path: Path) -> float:
    """Return the MB of a file, or of all files of a folder; of one that has two names once."""
    states = map(Path.lstat, path.rglob("*") if path.is_dir() else [path])
    files = {it.st_ino: it.st_size for it in states if S_ISREG(it.st_mode)}
    return sum(files.values()) / 1e6


def main() -> None:
    """Play a year, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--nights", type=int, default=365)
    parser.add_argument("--reports", type=int, default=50)
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as aside:
        play_nights(asked.folder or Path(aside), asked.nights, asked.reports)


if __name__ == "__main__":
    main()
