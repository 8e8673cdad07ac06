"""The report that is rendered: its lines, and its tables as grids of merged cells.

The sentences are ours, on a town that does not exist. Left out: the look, which is each format's own.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.renditions.figures import draw_figures, table_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipelines.forms.form_model import Block
    from tests.renditions.figures import Key

ISSUER = "云岭市青溪县人民政府"
FORM_YEARS = {"form_2019": 2020, "form_2021": 2023}

_CORNER = "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell with what it covers."""

    text: str
    columns: int = 1
    rows: int = 1


@dataclass(frozen=True, slots=True)
class Placed:
    """A cell and the place of its upper left corner in the grid, from 0."""

    row: int
    column: int
    cell: Cell


@dataclass(frozen=True, slots=True)
class PrintedTable:
    """A table as it is printed.

    Attributes:
        key: `t2`, `t3` or `t4`.
        rows: the cells that begin in each row, from left to right.
        header_rows: how many rows at its head a printer repeats on the next page.
        widths: of the columns, in shares of the whole.
        labels: how many of the columns, from the left, are those of labels.
    """

    key: str
    rows: tuple[tuple[Cell, ...], ...]
    header_rows: int
    widths: tuple[float, ...]
    labels: int = 0

    def placed(self) -> tuple[Placed, ...]:
        """Return the cells with their places, those that cells above cover left out."""
        taken: set[tuple[int, int]] = set()
        found: list[Placed] = []
        for y, row in enumerate(self.rows):
            x = 0
            for cell in row:
                while (y, x) in taken:
                    x += 1
                found.append(Placed(y, x, cell))
                taken.update((y + down, x + on) for down in range(cell.rows) for on in range(cell.columns))
                x += cell.columns
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading of one of the six sections."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of running text."""

    text: str


Part = Heading | Paragraph | PrintedTable


@dataclass(frozen=True, slots=True)
class PrintedReport:
    """A report as it is printed.

    Attributes:
        title: above everything.
        year: that it reports on.
        parts: headings, paragraphs and tables, in reading order.
        figures: what each cell of its tables prints.
    """

    title: str
    year: int
    parts: tuple[Part, ...]
    figures: Mapping[Key, str]


def draw_report(form: str, seed: int, blanks: float = 0.2, dashes: float = 0.05) -> PrintedReport:
    """Return a report with the figures of a seed; see `draw_figures`."""
    return print_report(form, draw_figures(form, seed, blanks, dashes))


def print_report(form: str, figures: Mapping[Key, str]) -> PrintedReport:
    """Return a report that prints these figures, of every cell of the form."""
    year = FORM_YEARS[form]
    return PrintedReport(
        f"{ISSUER}{year}年政府信息公开工作年度报告", year, tuple(_parts(form, figures)), figures
    )


def table_cells(table: PrintedTable) -> list[list[str]]:
    """Return a table as rows of texts, empty where a cell only covers."""
    grid = [[""] * len(table.widths) for _ in table.rows]
    for placed in table.placed():
        grid[placed.row][placed.column] = placed.cell.text
    return grid


def _parts(form: str, figures: Mapping[Key, str]) -> Iterator[Part]:
    year = FORM_YEARS[form]
    yield Paragraph(
        f"本报告由{ISSUER}办公室编写，所列数据的统计期限自{year}年1月1日起，至{year}年12月31日止。"
        "县域内街道、乡镇以及县政府部门的数据一并计入。"
    )
    yield Heading("一、总体情况")
    yield Paragraph(
        "这一年里，县政府办公室把目录重新理了一遍，过期的栏目并掉，缺页的文件补齐，群众问得多的事项移到首页。"
        "各乡镇设了查阅点，老人不会上网的，由工作人员代为打印。"
    )
    yield Paragraph("依申请公开由专人登记，一件一档；答复前先与申请人通一次电话，问清要的究竟是什么。")
    yield Heading("二、主动公开政府信息情况")
    yield _activity_table(form, figures)
    yield Heading("三、收到和处理政府信息公开申请情况")
    yield _applications_table(form, figures)
    yield Heading("四、政府信息公开行政复议、行政诉讼情况")
    yield _disputes_table(form, figures)
    yield Heading("五、存在的主要问题及改进情况")
    yield Paragraph("有的栏目更新慢，有的解读只有文字没有图表。下一步按月抽查，拖延的当月点名。")
    yield Heading("六、其他需要报告的事项")
    yield Paragraph("没有需要另行报告的事项。")


def _activity_table(form: str, figures: Mapping[Key, str]) -> PrintedTable:
    width = 4
    rows: list[tuple[Cell, ...]] = []
    for block in table_of(form, "t2").blocks:
        rows.append((Cell(block.caption or "", width),))
        rows.append(_last_wide([Cell("信息内容"), *(Cell(column.label) for column in block.columns)], width))
        for row in block.rows:
            values = [Cell(figures["t2", block.key, row.key, column.key]) for column in block.columns]
            rows.append(_last_wide([Cell(row.label), *values], width))
    return PrintedTable("t2", tuple(rows), 0, (0.25,) * width, 1)


def _last_wide(cells: list[Cell], width: int) -> tuple[Cell, ...]:
    """Return a row whose last cell covers what is left of it."""
    *before, last = cells
    return *before, Cell(last.text, width - len(before))


def _applications_table(form: str, figures: Mapping[Key, str]) -> PrintedTable:
    [block] = table_of(form, "t3").blocks
    headers = {header.key: header.label for header in block.headers}
    sizes = Counter(row.group for row in block.rows if row.group)
    outer = next(iter(headers))  # 三、本年度办理结果, which holds the other groups
    sizes[outer] = sum(sizes.values())
    rows = list(_applicant_rows(block))
    shown: set[str] = set()
    for row in block.rows:
        around = tuple(dict.fromkeys((outer, row.group))) if row.group else ()
        opened = [Cell(headers[it], rows=sizes[it]) for it in around if it not in shown]
        shown.update(around)
        width = 3 - len(around)
        values = (Cell(figures["t3", None, row.key, column.key]) for column in block.columns)
        rows.append((*opened, Cell(row.label, width), *values))
    return PrintedTable("t3", tuple(rows), 3, (0.07, 0.09, 0.26, *(0.58 / 7,) * 7), 3)


def _applicant_rows(block: Block) -> Iterator[tuple[Cell, ...]]:
    first, *organisations, last = (column.label for column in block.columns)
    yield Cell(_CORNER, 3, 3), Cell("申请人情况", 7)
    yield Cell(first, rows=2), Cell("法人或其他组织", len(organisations)), Cell(last, rows=2)
    yield tuple(map(Cell, organisations))


def _disputes_table(form: str, figures: Mapping[Key, str]) -> PrintedTable:
    review, *litigation = blocks = table_of(form, "t4").blocks
    values = (
        Cell(figures["t4", block.key, block.rows[0].key, column.key])
        for block in blocks
        for column in block.columns
    )
    rows = (
        (
            Cell(review.caption or "", len(review.columns), 2),
            Cell("行政诉讼", sum(len(block.columns) for block in litigation)),
        ),
        tuple(Cell(block.caption or "", len(block.columns)) for block in litigation),
        tuple(Cell(column.label) for block in blocks for column in block.columns),
        tuple(values),
    )
    return PrintedTable("t4", rows, 3, (1 / 15,) * 15)
