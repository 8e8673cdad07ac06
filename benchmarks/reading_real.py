"""How much of what real documents print is read, and how much of what is read is printed.

    python -m benchmarks.reading_real [FOLDER]

FOLDER holds `real/` (pages and reports with a manifest and values read by hand) and `documents/` (five
texts); without it, the folder `shared` beside the checkout. Prints, for each field, how often it is stated,
read right, read wrong and not read, and the time of reading. The expected values come from the manifest, from
the values read by hand and, for the dates of State Council pages, from their markup; none from the reader.
"""

from __future__ import annotations

import csv
import html
import json
import re
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.decoded import Hints
from pipelines.document import read_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipelines.document import Reading

SHARED = Path(__file__).resolve().parents[2] / "shared"
TYPES = {".html": "text/html", ".txt": "text/plain"}
SECTIONS = re.compile(
    r"[一二三四五六]、(?:概述|(?:总体|主动公开政府信息|收到和处理政府信息公开申请)情况|存在的主要问题及改进情况"
    r"|政府信息公开行政法?复议、行政诉讼情况|其他需要报告的事项)"
)
NOT_PRINTED = {
    "平潭综合实验区管委会",  # named by the reader's hand; the texts name the zone and its offices only
}
# Title, issuer, kind, year, written: read by hand.
FIVE = {
    "新乡市人民政府2019年政府信息公开工作年度报告": ("新乡市人民政府", "annual_report", "2019", None),
    "信阳市人民政府2019年政府信息公开工作年度报告": ("信阳市人民政府", "annual_report", "2019", None),
    "平原示范区2020年度政府信息公开工作年度报告": (
        "新乡市平原城乡一体化示范区管理委员会",
        "annual_report",
        "2020",
        "2021-01-10",
    ),
    "河南省2019年政务公开工作要点": ("河南省人民政府办公厅", "policy", "2019", "2019-06-29"),
    "信阳市2018年政务公开重点工作责任分工方案": (None, "task_plan", "2018", None),
}
TITLES = {"河南省2019年政务公开工作要点": "河南省人民政府办公厅关于印发河南省2019年政务公开工作要点的通知"}


@dataclass(slots=True)
class Score:
    """How often a field was stated, and what was read of it."""

    stated: int = 0
    right: int = 0
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def count(self, name: str, expected: str | None, found: str | None) -> None:
        """Count one document; a value where none is printed is wrong too."""
        self.stated += expected is not None
        if found is None:
            self.missed += [name] * (expected is not None)
        elif found == expected:
            self.right += 1
        else:
            self.wrong.append(f"{name}: {found}, printed {expected}")

    def line(self) -> str:
        """Return the counts with recall and precision."""
        read = self.right + len(self.wrong)
        recall = self.right / self.stated if self.stated else 1
        precision = self.right / read if read else 1
        counts = f"{self.stated:>7} {self.right:>6} {len(self.wrong):>6} {len(self.missed):>7}"
        return f"{counts} {recall:>8.3f} {precision:>10.3f}"


def main(shared: Path) -> int:
    """Print the table; 0 also where the documents are absent, which the message says."""
    if not (shared / "real" / "MANIFEST.tsv").is_file():
        sys.stdout.write(f"skipped: no real documents in {shared}\n")
        return 0
    scores: dict[str, Score] = {}
    times: list[float] = []
    for path, expected in expectations(shared):
        begun = time.perf_counter()
        reading = read_document(
            path.read_bytes(), Hints(f"http://www.gov.cn/{path.name}", TYPES[path.suffix])
        )
        times.append(1000 * (time.perf_counter() - begun))
        found = values_of(reading)
        for name, value in expected.items():
            scores.setdefault(name, Score()).count(path.name, value, found[name])
    sys.stdout.write(f"{'field':<13} {'stated':>7} {'right':>6} {'wrong':>6} {'missing':>7}")
    sys.stdout.write(f" {'recall':>8} {'precision':>10}\n")
    sys.stdout.writelines(f"{name:<13} {score.line()}\n" for name, score in scores.items())
    sys.stdout.writelines(f"  wrong {line}\n" for score in scores.values() for line in score.wrong)
    sys.stdout.writelines(f"  not read: {name}: {line}\n" for name, s in scores.items() for line in s.missed)
    times.sort()
    sys.stdout.write(f"{len(times)} documents, median {times[len(times) // 2]:.0f} ms, ")
    sys.stdout.write(f"longest {times[-1]:.0f} ms\n")
    return 0


def values_of(reading: Reading) -> dict[str, str | None]:
    """Return what was read, as text."""
    found = reading.metadata.as_row()
    titles = [passage.heading_path[-1] for passage in reading.passages if passage.level == 1]
    found["sections"] = " ".join(title for title in titles if SECTIONS.fullmatch(title)) or None
    return {name: None if value is None else str(value) for name, value in found.items()}


def expectations(shared: Path) -> Iterator[tuple[Path, Mapping[str, str | None]]]:
    """Yield the documents with what they print."""
    with (shared / "real" / "MANIFEST.tsv").open(encoding="utf-8", newline="") as manifest:
        rows = list(csv.DictReader(manifest, delimiter="\t"))
    for row in rows:
        path = shared / "real" / row["file"]
        if "/govcn_" in row["file"]:
            yield path, state_council_page(path, row["notes"])
        elif row["file"].startswith("pages/") and path.suffix == ".html":
            yield path, {"kind": "other", "written_on": None, "year": None}
    for truth in sorted((shared / "real" / "truth").glob("pingtan_*.txt.json")):
        path = shared / "real" / "reports" / truth.name.removesuffix(".json")
        yield path, report(json.loads(truth.read_text(encoding="utf-8")), path.read_text(encoding="utf-8"))
    for name, (issuer, kind, year, written) in FIVE.items():
        yield (
            shared / "documents" / f"{name}.txt",
            {
                "title": TITLES.get(name, name),
                "issuer": issuer,
                "kind": kind,
                "year": year,
                "doc_number": None,
                "written_on": written,
            },
        )


def state_council_page(path: Path, notes: str) -> dict[str, str | None]:
    """Return what a page of the State Council prints in its header table."""
    number, title, index = (part.strip() for part in notes.split(" | ")[:3])
    markup = re.sub(r"\s|<[^>]*>|&nbsp;", "", html.unescape(path.read_text(encoding="utf-8")))
    is_office = title.startswith("国务院办公厅")
    return {
        "title": title,
        "issuer": "国务院办公厅" if is_office else "国务院",
        "kind": "other" if title.endswith("答复") else "policy",
        "doc_number": number,
        "index_number": index.removeprefix("索引号").strip(),
        "written_on": _labelled_date("成文日期", markup),
        "published_on": _labelled_date("发布日期", markup),
    }


def report(truth: Mapping[str, object], text: str) -> dict[str, str | None]:
    """Return what a report prints, by the values that were read by hand."""
    issuer = str(truth["unit"])
    return {
        "title": str(truth["title"]),
        "issuer": None if issuer in NOT_PRINTED else issuer,
        "kind": "annual_report",
        "year": str(truth["year"]),
        "doc_number": None,
        "sections": " ".join(SECTIONS.findall(text)) or None,
    }


def _labelled_date(label: str, markup: str) -> str | None:
    match = re.search(rf"{label}[:：](\d{{4}})年(\d{{2}})月(\d{{2}})日", markup)
    return "-".join(match.groups()) if match else None


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else SHARED))
