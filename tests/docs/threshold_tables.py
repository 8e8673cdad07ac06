"""The tables of `docs/thresholds*.md`, one an area, out of the YAML that the code reads."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from pipelines.knowledge import Threshold, read_thresholds

if TYPE_CHECKING:
    from collections.abc import Iterator

OF_FILES = frozenset(
    (
        *("charset", "drawn_tables", "files", "grids", "labelled_tables", "lifecycle"),
        *("ofd", "outcome", "pages", "paper", "pdf", "placed_tables"),
        *("recognised_lines", "scans", "unknown_page"),
    )
)
"""The areas by which answers are told and files are read, which have a page of their own."""
SHOWN = 72
"""Characters of a pattern that a table has room for; the YAML has all of it."""


def write_tables(package: str, *, of_files: bool = False) -> Iterator[str]:
    """Yield the lines of Markdown for each area of `package` that is of files, or that is not, by name."""
    folder = files(package).joinpath("thresholds")
    areas = sorted(each.name.removesuffix(".yaml") for each in folder.iterdir()) if folder.is_dir() else []
    for area in (area for area in areas if (area in OF_FILES) is of_files):
        yield from ("", f"## {area.replace('_', ' ')}", "")
        yield f"`{package.replace('.', '/')}/thresholds/{area}.yaml`"
        yield from ("", "| name | value | unit | what it means | source |", "| --- | --- | --- | --- | --- |")
        for name, entry in read_thresholds(package, area).items():
            cells = (f"`{name}`", _show_value(entry), entry.unit or "", entry.means, entry.source)
            yield f"| {' | '.join(_fit_cell(cell) for cell in cells)} |"


def _show_value(entry: Threshold) -> str:
    if entry.pattern is None:
        return str(entry.value)
    pattern = " ".join(entry.pattern.split())
    shown = pattern if len(pattern) <= SHOWN else f"{pattern[:SHOWN]}…"
    # A pattern with a backtick would end its own code: Markdown then wants two around it.
    mark = "``" if "`" in shown else "`"
    return f"{mark}{shown}{mark}"


def _fit_cell(text: str) -> str:
    """Return a text on one line; a bar would end the cell even within code."""
    return " ".join(text.split()).replace("|", "\\|")
