"""The demo's texts: a template with figures put in, cut into blocks that a page is made of.

The mark-up, one block per line: `= ` a title, `# ` `## ` `### ` headings of three levels, `@ ` a
signature line, `|a|b|` a row of a table, `[T2]` `[T3]` `[T4]` a statutory table, `[attachment]` the
link to it; anything else is a paragraph. `[[repeat]]` … `[[end]]` encloses a section that is printed
as many times over as `noise.yaml` has rounds.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from gongkai.demo.answers import DemoDataMismatch
from gongkai.demo.figures import Cell, Grid, load_report, table_grid
from gongkai.demo.templating import read_table, render_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gongkai.demo.catalogue import Document

MARKS = {"= ": "title", "### ": "h3", "## ": "h2", "# ": "h1", "@ ": "sign"}
ATTACHMENT = "[attachment]"
REPEAT, END = "[[repeat]]\n", "[[end]]\n"


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a page.

    Attributes:
        kind: `title`, `h1`, `h2`, `h3`, `p`, `sign`, `table` or `attachment`.
        text: its text; empty for a table or an attachment.
        grid: the cells of a table.
    """

    kind: str
    text: str = ""
    grid: Grid = ()


def document_blocks(document: Document, night: int) -> tuple[Block, ...]:
    """Return what a document says on a night, block by block."""
    if document.report is None:
        return tuple(cut_into_blocks(render_text(document.text), {}))
    government = document.government
    report = load_report(government.id, document.report, night)
    text = render_text(
        document.text, year=report.year, night=night, p=report.prose, **nest_figures(report.sound)
    )
    tables = {f"[{name}]": table_grid(name, report, government.tables) for name in ("T2", "T3", "T4")}
    return tuple(cut_into_blocks(repeat_with_noise(text), tables))


def cut_into_blocks(text: str, tables: Mapping[str, Grid]) -> Iterator[Block]:
    """Cut a text into blocks; blank lines only separate."""
    lines = (line for line in text.split("\n") if line.strip())
    for is_row, group in groupby(lines, key=lambda line: line.startswith("|")):
        if is_row:
            yield Block("table", grid=tuple(tuple(_cells(line)) for line in group))
        else:
            yield from (_block(line, tables) for line in group)


def _block(line: str, tables: Mapping[str, Grid]) -> Block:
    if line in tables:
        return Block("table", grid=tables[line])
    if line == ATTACHMENT:
        return Block("attachment")
    for mark, kind in MARKS.items():
        if line.startswith(mark):
            return Block(kind, line.removeprefix(mark))
    return Block("p", line)


def _cells(line: str) -> Iterator[Cell]:
    return (Cell((text,)) for text in line.strip("|").split("|"))


def nest_figures(cells: Mapping[str, str]) -> dict[str, Any]:
    """Turn `{"t3.disclosed.total": "9"}` into `{"t3": {"disclosed": {"total": "9"}}}` for templates."""
    nested: dict[str, Any] = {}
    for key, value in cells.items():
        *folders, name = key.split(".")
        place = nested
        for folder in folders:
            place = place.setdefault(folder, {})
        place[name] = value
    return nested


def repeat_with_noise(text: str) -> str:
    """Print the marked section once per round of `noise.yaml`, each round with its own edits."""
    before, mark, rest = text.partition(REPEAT)
    if not mark:
        return text
    section, _, after = rest.partition(END)
    return before + "".join(noisy_rounds(section)) + after


def noisy_rounds(section: str) -> Iterator[str]:
    """Yield the section once per round.

    Raises:
        DemoDataMismatch: an edit of `noise.yaml` does not apply to the text any more.
    """
    noise = read_table("noise.yaml")
    for name in noise["rounds"]:
        shown = section
        for kind in ("mark", "word"):
            for written, printed in noise["renderings"][name][kind]:
                if written not in shown:
                    raise DemoDataMismatch("the text does not hold this", where=f"noise.yaml: {written}")
                shown = shown.replace(written, printed)
        yield shown
