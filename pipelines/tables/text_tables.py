"""Tables that only the characters of a text draw, however they draw them.

    text ─▶ lines of tabs ─▶ tabs ─▶ bars ─▶ words        each looks at what those before it left

What the source itself marked as a table is not looked at again: its stretch is taken. Where nothing but words
shows a table, white space stands between its cells, or nothing at all:

    一、本年新收政府信息公开申请数量 3001 53 0 0 61 4 3119      spaces: blank cells are lost
    （一）予以公开220000022（二）部分公开…                        glued: the cells cannot be told apart

There all rows are glued where most are: spaces left in one may stand anywhere. Some make one of their own.

Small headings may stand above parts of T4, in which one printed table is set as several. The names of its
columns do not tell which part one is, so the block that a heading names becomes the first row:

    ### 行政复议 ⏎ | 结果维持 | 结果纠正 | … ⏎ | 3 | 1 | …
    ### 行政诉讼（未经复议直接起诉） ⏎ | 结果维持 | …

Office programs let a row go on overleaf and rule both parts, so that each looks like a row: the second would
be one whose cells are blank, and a figure that broke over lines would lose its last digits.

    8.属                   0  0  46        ┐
    ───────────── end of the page ─────────┤ one row
    于行政查询事项                         ┘
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial
from itertools import groupby, takewhile
from operator import attrgetter

from pipelines.forms.form_catalogue import Forms, forms_alone, tables_of
from pipelines.forms.label_matching import heading_table
from pipelines.forms.labels import bare_label, folded_label
from pipelines.forms.printed_labels import is_broken_label, is_column_label, is_row_label, labels_above
from pipelines.grid import Cell, Layout, Table, TableRow
from pipelines.knowledge import load_table
from pipelines.tables.from_columns import find_tables_by_columns, find_tables_by_gaps
from pipelines.tables.from_separators import (
    find_tables_by_bars,
    find_tables_by_tab_lines,
    find_tables_by_tabs,
    may_have_bars,
)
from pipelines.tables.label_marks import FoldedText, find_chains, fold_stretch, in_one_width, may_hold
from pipelines.tables.text_rows import (
    DRAWN,
    Line,
    PrintedRow,
    is_figure,
    is_page_number_line,
    joined_lines,
    line_before,
    lines_between,
    table_of_rows,
)
from pipelines.tables.worded_rows import WordedRow, worded_rows

# Fewer characters hold no table.
_SHORTEST_STRETCH = 4

_MARKS = "#* _"
_BETWEEN = "()-—:、·"

# 宿迁 2023 through pdftotext: the next heading is printed before the last figures.
_TELLING = "行政诉讼"
_PASSED_OVER = ("五、", "六、", "注:", "注：")


def find_tables(
    text: str, taken: Sequence[tuple[int, int]] = (), forms: Forms | None = None
) -> tuple[Table, ...]:
    """Find the tables that the characters of a text draw.

    Args:
        text: the main text of a document.
        taken: stretches, half-open, where tables are known already.
        forms: the statutory forms that the document may follow; by default those that extend no other.

    Returns:
        The tables in order of their start. None overlaps another or a stretch that is taken, and each has one
        layout; a printed table may be several.
    """
    forms = forms or forms_alone()
    found: list[Table] = []
    ways: tuple[tuple[bool, Callable[[str, int, int], Iterator[Table]]], ...] = (
        ("\n\t\n" in text, find_tables_by_tab_lines),
        ("\t" in text, find_tables_by_tabs),
        (may_have_bars(text), find_tables_by_bars),
        ("  " in text, find_tables_by_gaps),
        ("  " in text, partial(_find_lawsuit_figures, forms=forms)),
        ("  " in text, partial(find_tables_by_columns, forms=forms)),
        (True, partial(find_tables_by_words, forms=forms)),
    )
    for find in (find for may_draw, find in ways if may_draw):
        free = [one for one in _free_stretches(text, taken, found) if one[1] - one[0] >= _SHORTEST_STRETCH]
        found += [table for start, end in free for table in find(text, start, end)]
    left = (line for one in _free_stretches(text, taken, found) for line in lines_between(text, *one))
    is_paged = any(line.text.strip().isdecimal() for line in left)
    return tuple(sorted((table.replace(is_paged=is_paged) for table in found), key=attrgetter("start")))


def _free_stretches(
    text: str, taken: Iterable[tuple[int, int]], found: Iterable[Table]
) -> Iterator[tuple[int, int]]:
    return _left_over([(0, len(text))], [*taken, *((table.start, table.end) for table in found)])


def _left_over(
    stretches: Iterable[tuple[int, int]], taken: Iterable[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Yield what is left of stretches of text, in order; none that is taken stands across two of them."""
    spans = iter(sorted(taken))
    span = next(spans, None)
    for start, end in stretches:
        position = start
        while span and span[0] < end:
            yield position, span[0]
            position = max(position, span[1])
            span = next(spans, None)
        yield position, end


# The fourth has the most telling words, the third shares some of its own with the others.
_IN_ORDER_OF_CERTAINTY = ("t4", "t2", "t3")


def find_tables_by_words(text: str, start: int, end: int, forms: Forms) -> Iterator[Table]:
    """Yield the tables in a stretch of text that nothing but the words of forms shows, in no order."""
    squeezed = "".join(text[start:end].split())
    possible = [table for table in _IN_ORDER_OF_CERTAINTY if may_hold(table, squeezed, forms)]
    narrow = in_one_width(text[start:end]) if possible else ""
    stretches = [(start, end)]
    for table in _IN_ORDER_OF_CERTAINTY:
        found: list[Table] = []
        for begin, stop in stretches if table in possible else ():
            found += _tables_of(table, forms, text, fold_stretch(narrow, begin, stop, start), stop)
        if table == "t4" and not found:
            found += _find_lawsuit_figures(text, start, end, forms)
        yield from found
        stretches = list(_left_over(stretches, [(one.start, one.end) for one in found]))


def _tables_of(table: str, forms: Forms, text: str, folded: FoldedText, end: int) -> Iterator[Table]:
    floor = 0
    chains = list(find_chains(table, forms, text, folded))
    is_capped = sum(map(len, chains)) >= DRAWN.most_labels
    for chain in chains:
        marks = [mark for mark in chain if mark.start >= floor]
        rows = list(worded_rows(text, marks, end)) if marks else []
        if rows:
            floor = rows[-1].end
            is_unsettled = table == "t4" and _stands_below_figures(text, rows[0].start, forms)
            for one in _of_one_layout(text, rows):
                layout = Layout.GLUED if is_unsettled else one.layout
                yield one.replace(layout=layout, capped=is_capped, runs_on=_runs_on(text, one))


def _of_one_layout(text: str, rows: Sequence[WordedRow]) -> Iterator[Table]:
    stated = [row for row in rows if row.run]
    # The texts of 平潭 2020 to 2023 have no white space left between the cells of most rows.
    if 2 * sum(row.is_glued for row in stated) > len(stated):
        yield table_of_rows(text, Layout.GLUED, [row.to_printed_row(is_glued=True) for row in rows])
        return
    for is_glued, run in groupby(rows, key=lambda row: row.is_glued):
        layout = Layout.GLUED if is_glued else Layout.SPACES
        yield table_of_rows(text, layout, [row.to_printed_row(is_glued=is_glued) for row in run])


def _stands_below_figures(text: str, start: int, forms: Forms) -> bool:
    """Tell whether as many figures as T4 has stand right above its names.

    Where an extractor prints figures before their names those are its own, and none behind them is.
    """
    fewest = min(len(table.columns) for table in tables_of("t4", forms))
    count = 0
    line = line_before(text, start)
    while line is not None and count < fewest and all(map(is_figure, line.text.split())):
        count += len(line.text.split())
        line = line_before(text, line.start)
    return count >= fewest


def _runs_on(text: str, table: Table) -> bool:
    """Tell whether two rows stand on one line."""
    ends = (row.start + len(row.text) for row in table.rows)
    return any("\n" not in text[end : below.start] for end, below in zip(ends, table.rows[1:], strict=False))


def with_captions(text: str, tables: Iterable[Table]) -> Iterator[Table]:
    """Yield tables, each with the name of a block of T4 that stands above it as its first row.

    Args:
        text: of the document.
        tables: all of it, in order.
    """
    floor = 0
    for table in tables:
        caption = _line_above(text, table.start, floor)
        floor = table.end
        block = _name_block(caption.text) if caption else ""
        if caption is None or not block:
            yield table
            continue
        name = Cell(block, 0, 0, 1, max(cell.end for row in table.rows for cell in row.cells))
        below = (row.replace(number=row.number + 1) for row in table.rows)
        yield table.replace(rows=(TableRow((name,), caption.text, caption.start, 0), *below))


def _line_above(text: str, start: int, floor: int) -> Line | None:
    """Return the line right above a table, blank ones passed over, if it belongs to no other."""
    line = line_before(text, start)
    while line is not None and line.is_blank and line.start > floor:
        line = line_before(text, line.start)
    return line if line is not None and line.start >= floor else None


def _name_block(line: str) -> str:
    """Return the block that a line names, by itself or behind what spans it; empty where it names none."""
    names, spanning = _names_of_blocks()
    bare = bare_label(line.strip(_MARKS))
    words = next((bare.removeprefix(outer).strip(_BETWEEN) for outer in spanning if outer in bare), bare)
    return next((name for name in (bare, words) if name in names), "")


@cache
def _names_of_blocks() -> tuple[frozenset[str], frozenset[str]]:
    """Return the names of T4's blocks, and of what spans several of them."""
    tables = tables_of("t4", forms_alone())
    names = frozenset(bare_label(block.caption or "") for table in tables for block in table.blocks)
    return names, frozenset(labels_above("t4")) - names


def _find_lawsuit_figures(text: str, start: int, end: int, forms: Forms) -> Iterator[Table]:
    """Yield the figures below each heading of T4 in a stretch of text, as a table of two rows.

    四、政府信息公开行政复议、行政诉讼情况 ⏎ 结果 ⏎ 结果 ⏎ 其他 ⏎ 维持 ⏎ 纠正 … ⏎ 309 ⏎ 17 ⏎ 88 …

    For texts in which no name of a column is left whole: they have few words, which extractors halve and
    print one after another. What stands below the heading is the table as long as it is made of figures and
    of characters of those words; which is which, the sums tell. Sentences may stand between the heading and
    the first of those words.
    """
    if _TELLING not in text:
        return
    heading: Line | None = None
    figures: list[Line] = []
    for line in lines_between(text, start, end):
        if heading_table(line.text.strip()) == "t4":
            heading, figures = line, []
        elif heading is None or line.is_blank or is_page_number_line(line.text):
            continue
        elif _is_part(line.text, forms) and (figures or not is_figure(line.text)):
            figures.append(line)
        elif bool(figures) is not line.text.strip().startswith(_PASSED_OVER):
            yield from _table_of(text, heading, figures, forms)
            heading = None
    if heading:
        yield from _table_of(text, heading, figures, forms)


def _is_part(line: str, forms: Forms) -> bool:
    words = "".join(word for word in line.split() if not is_figure(word))
    return _characters(forms) >= set(folded_label(words))


@cache
def _characters(forms: Forms) -> frozenset[str]:
    """Return the characters of all labels of T4."""
    labels = [entry["label"] for entry in load_table("form_labels")["tables"]["t4"]["spanning"]]
    labels += [column.label for table in tables_of("t4", forms) for column in table.columns]
    return frozenset(folded_label("".join(labels)))


def _table_of(text: str, heading: Line, lines: Sequence[Line], forms: Forms) -> Iterator[Table]:
    above = list(takewhile(lambda line: not any(map(is_figure, line.text.split())), lines))
    below = lines[len(above) :]
    if below and not _stands_below_figures(text, lines[0].start, forms):
        cells = filter(is_figure, _words_of(below))
        names = [PrintedRow(above[0].start, above[-1].end, _words_of(above))] if above else []
        rows = [
            PrintedRow(heading.start, heading.end, (heading.text.strip(),)),
            *names,
            PrintedRow(below[0].start, below[-1].end, tuple(cells)),
        ]
        yield table_of_rows(text, Layout.SPACES, rows)


def _words_of(lines: Iterable[Line]) -> tuple[str, ...]:
    return tuple(" ".join(line.text for line in lines).split())


# What the end of a page cut in ruled tables, put together again: rows, and headers from their rows.


def join_cut_rows(text: str, tables: Iterable[Table]) -> list[Table]:
    """Return tables, each row that a page's end cut in the table where it begins, and there alone.

    A header that it cut is overleaf, above its rows, so that every row is on the page of its table.

    Args:
        text: of the document, in which nothing stands between the parts of a table.
        tables: all of it, in order.
    """
    joined: list[Table] = []
    for table in tables:
        is_beside = bool(joined) and not text[joined[-1].end : table.start].strip()
        parts = [joined.pop(), table] if is_beside else [table]
        joined.extend(_join_parts(*parts) if len(parts) > 1 and _goes_on(*parts) else parts)
    return joined


def _join_parts(above: Table, below: Table) -> Iterator[Table]:
    """Yield the parts of a table on two pages, what the end of the page cut put together."""
    *rows, last = above.rows
    # The rest of a row that is cut may stand below a header that is printed again.
    header = list(takewhile(_is_header, below.rows))
    for lead in (0, len(header)):
        if cells := _find_cut_cells(last, below.rows[lead]) if lead < len(below.rows) else ():
            first, left = below.rows[lead], (*below.rows[:lead], *below.rows[lead + 1 :])
            whole = last.replace(cells=cells, text=joined_lines(last.text, first.text))
            end = above.end if lead else first.start + len(first.text)
            yield above.replace(rows=(*rows, whole), end=end)
            if left:
                yield below.replace(rows=left)
            return
    if header and _is_header(last) and all(map(_states_nothing, rows)):
        moved = (row.replace(number=row.number + last.number + 1) for row in below.rows)
        yield below.replace(rows=(*above.rows, *moved))
    else:
        yield from (above, below)


def _is_header(row: TableRow) -> bool:
    """Tell whether a row stands above columns and states no figure."""
    return _states_nothing(row) and any(is_column_label(cell.text) for cell in row.cells)


def _states_nothing(row: TableRow) -> bool:
    return not any(_is_figure(cell.text) for cell in row.cells)


def _is_figure(text: str) -> bool:
    """Tell whether a cell states a figure, which may have broken over lines."""
    return all(map(is_figure, text.split("\n")))


def _find_cut_cells(above: TableRow, below: TableRow) -> tuple[Cell, ...]:
    """Return the cells of the row that two on two pages are; none where they are two."""
    last = above.cells
    rest = {cell.column: cell.text for cell in below.cells if cell.text}
    if not rest or not {*rest} <= {cell.column for cell in last}:
        return ()
    pieces = [(cell.text, rest[cell.column]) for cell in last if cell.column in rest]
    # Every row of T2 and T3 has its label: figures without one go on with those of the row above, or are all
    # of them. Below a blank cell beside others they may be of another row.
    states_none = not any(_is_figure(cell.text) for cell in last)
    is_row = any(is_row_label(cell.text) for cell in last) and all(map(_is_figure, rest.values()))
    if not is_row and not any(map(_is_cut_label, pieces)):
        return ()
    if not all(_is_cut_label(piece) or _is_cut_figure(piece, states_none) for piece in pieces):
        return ()
    return tuple(cell.replace(text=joined_lines(cell.text, rest.get(cell.column, ""))) for cell in last)


def _is_cut_figure(pieces: tuple[str, str], states_none: bool) -> bool:
    above, below = pieces
    return _is_figure(below) and (_is_figure(above) or (states_none and not above))


def _is_cut_label(pieces: tuple[str, str]) -> bool:
    # 总 and 计 are too short a label to be known for one that broke, but for standing where they do.
    return is_broken_label(*pieces) or is_column_label("".join(pieces))


def _goes_on(above: Table, below: Table) -> bool:
    """Tell whether a ruled table goes on overleaf with the same columns, and its characters were stored."""
    return (
        above.page is not None
        and below.page == above.page + 1
        and above.has_spans
        and below.has_spans
        and _width_of(above) == _width_of(below)
        and not any(
            cell.confidence is not None for row in (above.rows[-1], below.rows[0]) for cell in row.cells
        )
    )


def _width_of(table: Table) -> int:
    return max((cell.end for row in table.rows for cell in row.cells), default=0)
