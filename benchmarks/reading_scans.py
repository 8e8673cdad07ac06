"""How well the figures of scanned reports are read: right, wrong, left open, and seconds a page.

    python -m benchmarks.reading_scans [--seed N] [--reports N] [--dpi N …] [--real FOLDER]

Draws reports of ours at 150, 200 and 300 dots per inch, spoils the pages as scanners do (noise, blur, JPEG,
skew, pale print), reads them as a TIFF of several pages and holds every cell against what was drawn. With
`--real`, the PDF files of FOLDER that have their figures beside them in `FOLDER/../truth` are scanned by us
at 200 dots per inch, askew by one degree, and held against those.

Beside the cells that are given a value it judges those that are left open, by what was recognised there: the
highest confidence of a misread figure is what the bound `sure` has to be above
(`pipelines/knowledge/thresholds/recognised_figures.yaml`). It was set on seed 1 and is reported on others.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pypdfium2
from PIL import Image, ImageFilter

from pipelines.decoded import Hints
from pipelines.document import read_document
from pipelines.forms.cell_values import read_cell
from pipelines.forms.form_catalogue import known_forms
from pipelines.forms.form_model import CellState, Measure
from tests.renditions.figures import TABLES, stated
from tests.renditions.model import draw_report
from tests.renditions.to_pdf import STYLES, to_pdf

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipelines.forms.form_model import Fact
    from tests.renditions.figures import Key, Stated

_EMPTY = (CellState.BLANK, CellState.DASH)
RESOLUTIONS = (150, 200, 300)
FORMS = ("form_2021", "form_2019")


@dataclass(frozen=True, slots=True)
class Spoiling:
    """What a scanner does to a page.

    Attributes:
        degrees: by which it lies askew.
        blur: radius in pixels at 200 dots per inch.
        noise: standard deviation of grey levels, of 0 to 255.
        contrast: of print, 1 for black on white.
        quality: of the JPEG; None for none.
    """

    degrees: float = 0.0
    blur: float = 0.0
    noise: float = 0.0
    contrast: float = 1.0
    quality: int | None = None


SPOILINGS = {
    "clean": Spoiling(),
    "noisy": Spoiling(blur=0.7, noise=18.0, quality=60),
    "skewed 0.5°": Spoiling(degrees=0.5, blur=0.4, noise=6.0, quality=75),
    "skewed -2°": Spoiling(degrees=-2.0, blur=0.4, noise=6.0, quality=75),
    "noisy, skewed 1.2°": Spoiling(degrees=1.2, blur=0.7, noise=18.0, quality=60),
    "pale": Spoiling(degrees=-0.8, blur=0.5, noise=8.0, contrast=0.45, quality=70),
}


@dataclass(slots=True)
class Score:
    """What became of the cells of one kind of scan."""

    counts: Counter[str] = field(default_factory=Counter)
    misread: list[tuple[float, str, str]] = field(default_factory=list)
    pages: int = 0
    seconds: float = 0.0

    def add(self, other: Score) -> None:
        """Take in the cells of another."""
        self.counts += other.counts
        self.misread += other.misread
        self.pages += other.pages
        self.seconds += other.seconds

    def line(self, name: str) -> str:
        """Return the row that is printed."""
        figures = sum(self.counts[kind] for kind in ("right", "wrong", "open"))
        share = self.counts["right"] / figures if figures else 0.0
        worst = max((one[0] for one in self.misread), default=0.0)
        per_page = self.seconds / self.pages if self.pages else 0.0
        return (
            f"{name:28}{figures:8}{share:9.2%}{self.counts['wrong']:7}{self.counts['open']:6}"
            f"{self.counts['blank right']:9}{self.counts['blank wrong']:7}{self.counts['blank open']:6}"
            f"{len(self.misread):9}{worst:9.3f}{per_page:8.1f}"
        )


HEADER = (
    f"{'scan':28}{'figures':>8}{'right':>9}{'wrong':>7}{'open':>6}{'empty ok':>9}{'wrong':>7}{'open':>6}"
    f"{'misread':>9}{'highest':>9}{'s/page':>8}"
)


def main() -> None:
    """Measure, and print a row for each kind of scan."""
    options = _options()
    if options.real:
        print(HEADER)
        for path, truth in _real_files(options.real):
            print(_real(path, truth, options.seed).line(path.name), flush=True)
        print()
    print(HEADER)
    total = Score()
    for dpi in options.dpi or RESOLUTIONS:
        for name, spoiling in SPOILINGS.items():
            score = Score()
            for number in range(options.reports):
                form = FORMS[number % len(FORMS)]
                seed = options.seed * 1000 + number
                score.add(_drawn(form, seed, dpi, spoiling))
            print(score.line(f"{dpi} dpi, {name}"), flush=True)
            total.add(score)
    print(total.line("all"))
    _print_misread(total)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--reports", type=int, default=1, help="reports for each kind of scan")
    parser.add_argument("--dpi", type=int, action="append", help="one resolution; may be repeated")
    parser.add_argument("--real", type=Path, help="a folder of reports as PDF")
    return parser.parse_args()


def _print_misread(score: Score) -> None:
    print("\nmisread, whether given a value or left open:")
    for confidence, printed, read in sorted(score.misread, reverse=True)[:20]:
        print(f"  {confidence:.3f}  {printed!r} as {read!r}")


def _drawn(form: str, seed: int, dpi: int, spoiling: Spoiling) -> Score:
    report = draw_report(form, seed)
    scan, pages = scanned(to_pdf(report, STYLES["ruled"]), dpi, spoiling, seed)
    facts, seconds = _read(scan)
    score = Score(pages=pages, seconds=seconds)
    for key, printed in report.figures.items():
        _judge(score, facts.get(key), printed)
    return score


def _real(path: Path, truth: Mapping[Key, str], seed: int) -> Score:
    spoiling = Spoiling(degrees=1.0, blur=0.4, noise=6.0, quality=75)
    scan, pages = scanned(path.read_bytes(), 200, spoiling, seed)
    facts, seconds = _read(scan)
    score = Score(pages=pages, seconds=seconds)
    for key, printed in truth.items():
        _judge(score, facts.get(key), printed)
    return score


def _read(scan: bytes) -> tuple[dict[Key, Fact], float]:
    begun = time.perf_counter()
    reading = read_document(scan, Hints("file:///scan.tif"))
    seconds = time.perf_counter() - begun
    facts: dict[Key, Fact] = {}
    for fact in reading.facts:
        if fact.row_key and fact.column_key:
            facts.setdefault((fact.table_key, fact.block_key, fact.row_key, fact.column_key), fact)
    return facts, seconds


def _judge(score: Score, fact: Fact | None, printed: str) -> None:
    """Count one cell: a figure right, wrong or open, or a cell without a figure likewise."""
    expected = stated(printed)
    kind = "" if expected.value is not None else "blank "
    score.counts[kind + _outcome(fact, expected)] += 1
    _judge_characters(score, fact, printed)


def _outcome(fact: Fact | None, expected: Stated) -> str:
    if fact is None or (fact.value is None and fact.state not in _EMPTY):
        return "open"
    if fact.value is None or expected.value is None:
        return "right" if fact.state == expected.state else "wrong"
    return "right" if Decimal(fact.value) == Decimal(expected.value) else "wrong"


def _judge_characters(score: Score, fact: Fact | None, printed: str) -> None:
    """Count a cell whose characters were read as another figure, whatever became of it."""
    if fact is None or not fact.raw or "\t" in fact.raw or fact.confidence is None:
        return
    read = read_cell(fact.raw, Measure.MONEY)
    if read.value is not None and read.value != read_cell(printed, Measure.MONEY).value:
        score.misread.append((fact.confidence, printed, fact.raw))


def _real_files(folder: Path) -> Iterator[tuple[Path, Mapping[Key, str]]]:
    """Yield the reports whose figures were read by hand, in the order of their form."""
    for path in sorted(folder.glob("*.pdf")):
        written = folder.parent / "truth" / f"{path.name}.json"
        if written.is_file():
            yield path, dict(_truth(json.loads(written.read_text(encoding="utf-8"))))


def _truth(stated_by_hand: Mapping[str, Any]) -> Iterator[tuple[Key, str]]:
    for key in TABLES:
        cells = stated_by_hand[f"table{key[1:]}"]
        # One report may print the T2 of one form beside the T3 of another.
        tables = (form.table(key) for form in reversed(known_forms()))
        table = next(one for one in tables if one and len(list(one.cells())) == len(cells))
        for (block, row, column), cell in zip(table.cells(), cells, strict=True):
            printed = "" if cell[-1] is None else str(cell[-1])
            yield (table.key, block.key, row.key, column.key), printed


def scanned(pdf: bytes, dpi: int, spoiling: Spoiling, seed: int) -> tuple[bytes, int]:
    """Return a PDF as a TIFF of its pages as a scanner sees them, and how many they are."""
    chance = np.random.default_rng(seed)
    document = pypdfium2.PdfDocument(pdf)
    try:
        pages = [page.render(scale=dpi / 72, grayscale=True).to_pil().convert("L") for page in document]
    finally:
        document.close()
    first, *others = [_spoiled(page, spoiling, dpi, chance) for page in pages]
    written = BytesIO()
    first.save(written, "TIFF", save_all=True, append_images=others, dpi=(dpi, dpi))
    return written.getvalue(), len(pages)


def _spoiled(page: Image.Image, spoiling: Spoiling, dpi: int, chance: np.random.Generator) -> Image.Image:
    page = page.rotate(spoiling.degrees, Image.Resampling.BICUBIC, fillcolor=255)
    page = page.filter(ImageFilter.GaussianBlur(spoiling.blur * dpi / 200))
    levels = 255 - (255 - np.asarray(page, dtype=np.float64)) * spoiling.contrast
    levels += chance.normal(0, spoiling.noise, levels.shape) if spoiling.noise else 0
    page = Image.fromarray(levels.clip(0, 255).astype(np.uint8))
    if spoiling.quality is None:
        return page
    packed = BytesIO()
    page.save(packed, "JPEG", quality=spoiling.quality)
    return Image.open(BytesIO(packed.getvalue())).convert("L")


if __name__ == "__main__":
    main()
