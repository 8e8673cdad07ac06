"""The rows of the applications table that an extractor tore apart, by the sums that leave one way.

    lines ─ figures that add up ─▶ rows: by their label, or by order between two that have theirs
          └ loose figures ───────▶ the cells that are left, as all sums of the form demand

Where labels are torn off between two rows that have theirs, the figures between them are the missing rows, in
order, if they are as many. Labels over several lines are printed apart from their figures, and those among
others': such figures are loose. They are placed if they are as many as the cells that are left; what two
ways fill otherwise stays undetermined. A figure that stands on one line with its label is of that row. All
results have to add up, so that no row is assigned unless the whole table is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import dropwhile, pairwise
from typing import NamedTuple

from msgspec import Struct

from pipelines.forms.align_rows import AMBIGUOUS, AlignedLine, Alignment, Placed, has_run
from pipelines.forms.cell_values import number_of, texts_add_up
from pipelines.forms.figure_places import (
    may_be_shifted,
    order_figures,
    place_figures,
    prove_figures_follow,
    prove_totals_follow,
    states_last_row,
    sums_of_columns,
    words_beside_label,
)
from pipelines.forms.form_catalogue import CellKey
from pipelines.forms.form_model import Form, FormTable, How
from pipelines.forms.form_sums import Numbers, Sum, instances_of, is_contradicted, sums_of, weigh_sum
from pipelines.forms.labels import STATUTORY, folded_label
from pipelines.forms.lines import Line, Role
from pipelines.grid import Cell

TABLE = "t3"


class _Run(NamedTuple):
    """As many figures as a row has, the last the sum of the others.

    Attributes:
        key: of their row, where its label tells it.
        line: that they stand on; without its label where that is of another row.
        figures: as printed.
    """

    key: str | None
    line: Line
    figures: tuple[str, ...]


class _Torn(Struct):
    """The figures of a sheet.

    Attributes:
        runs: those that make a row, in order.
        loose: the others, by the line that they stand on.
        own: by key of a row whose label is known, those of them that its cells have to hold.
    """

    runs: list[_Run] = []
    loose: list[tuple[str, ...]] = []
    own: dict[str, list[str]] = {}

    def add_line(self, line: Line, key: str | None, count: int) -> None:
        """Take in the figures of a line; those of several rows may stand behind one label."""
        figures = line.figure_words
        owner = key
        while len(figures) >= count and texts_add_up(figures[:count]):
            printed = line if owner == key else line.replace(labels=())
            self.runs.append(_Run(owner, printed, tuple(figures[:count])))
            owner, figures = None, figures[count:]
        self.loose.append(tuple(figures))
        if owner:
            beside = words_beside_label(line)
            is_whole_but_one = len(figures) == count - 1
            self.own[owner] = figures if is_whole_but_one else [word for word in figures if word in beside]


def settle_by_sums(lines: Sequence[Line], placed: Placed, table: FormTable, form: Form) -> Placed:
    """Return the rows of the applications table (收到和处理政府信息公开申请情况) as its sums tell them.

    Args:
        lines: of the sheet, in order.
        placed: by key, the rows as they are told by their labels.
        table: of the form.
        form: whose sums hold.

    Source: 国办公开办函〔2021〕30号, table 3.
    """
    is_shifted = may_be_shifted(placed)
    is_told = len(placed) == len(table.rows) and not any(of[0].alignment.trouble for of in placed.values())
    # Where labels tell all rows, and none may be shifted, the order of print has nothing to add.
    if (is_shifted or not is_told) and (whole := _read_whole(lines, placed, table, form)):
        return whole
    filled = fill_torn_rows(lines, placed, table, form)
    # Figures of a row that the form lacks may make up for those above the labels, but fill none that is torn.
    below = dropwhile(lambda one: one.role is not Role.ROW, lines)
    count_below = sum(len(one.figure_words) for one in below)
    is_all_below = bool(filled) and count_below == len(table.rows) * len(table.columns)
    told = placed | {key: [one] for key, one in filled.items()}
    follow = prove_totals_follow(placed, table, form)
    if not follow and is_shifted:
        stands_behind = is_all_below or states_last_row(placed, table)
        if not stands_behind or not prove_figures_follow(lines, told, table, form):
            return {key: [one.replace(alignment=AMBIGUOUS) for one in of] for key, of in placed.items()}
    return told | {key: [one] for key, one in _place_short(told, table, form)} if follow else told


def _place_short(told: Placed, table: FormTable, form: Form) -> Iterator[tuple[str, AlignedLine]]:
    """Yield the rows that lost blank cells, as far as the sums of columns tell where their figures stand."""
    if not any(of[0].alignment.trouble for of in told.values()):
        return
    last = table.columns[-1].key
    balances = [
        {row: sign for (_, row, _), sign in one} for column, one in sums_of_columns(form) if column == last
    ]
    rows = {key: of[0].line.figure_words for key, of in told.items()}
    # Where lines end anywhere, one of zeros may be printed twice unseen, and stand for a blank cell.
    is_in_runs = any(has_run(of[0].line) for of in told.values())
    for key, figures in place_figures(rows, len(table.columns), balances).items():
        one = told[key][0]
        if one.alignment.trouble and len(one.header.columns) == len(figures):
            cells = tuple(
                Cell(text, one.line.row.number, number)
                if text and (number_of(text) or not is_in_runs)
                else None
                for number, text in enumerate(figures)
            )
            unread = frozenset(number for number, cell in enumerate(cells) if not cell)
            yield key, one.replace(alignment=Alignment(cells, How.ARITHMETIC, unread=unread))


def _read_whole(lines: Sequence[Line], placed: Placed, table: FormTable, form: Form) -> Placed:
    """Return all rows where their figures, in the order of print, add up in one way; none elsewhere."""
    single = {key: of[0] for key, of in placed.items() if len(of) == 1}
    headers = {tuple(column.column for column in one.header.columns): one for one in single.values()}
    if len(single) != len(placed) or len(headers) != 1:
        return {}
    ((columns, like),) = headers.items()
    names = [column.key for column in columns if column]
    if not names or names[-1] != "total" or {*names} != {column.key for column in table.columns}:
        return {}
    keys = {one.line.row_id: key for key, one in single.items()}
    told: Placed = {}
    for key, figures in order_figures(lines, keys, names, table, form).items():
        line = single[key].line if key in single else lines[0].replace(labels=())
        one = _align_figures(line, figures, like)
        # What its label told stays told by it, so that sums can be checked.
        if key in single and single[key].alignment.trouble is None:
            one = single[key]
            if figures != tuple(cell.text for cell in one.alignment.cells if cell):
                return {}
        told[key] = [one]
    return told


def fill_torn_rows(
    lines: Sequence[Line], placed: Placed, table: FormTable, form: Form
) -> dict[str, AlignedLine]:
    """Return the rows of the applications table that were torn apart, by key; none unless all results add up.

    Args:
        lines: of the sheet, in order.
        placed: by key, the rows that are told by their labels; those in doubt are missing.
        table: of the form.
        form: whose sums hold.
    """
    single = {key: of[0] for key, of in placed.items() if len(of) == 1 and of[0].alignment.trouble is None}
    told = {key: one for key, one in single.items() if one.header.is_whole and one.line.has_figures}
    # Where a row is printed several times no sum tells which of them counts.
    is_doubled = any(sum(one.line.has_figures for one in printed) > 1 for printed in placed.values())
    if not told or len(told) == len(table.rows) or is_doubled:
        return {}
    like = next(iter(told.values()))
    torn = _gather_figures(lines, placed, told, len(like.header.columns))
    runs = _match_gaps(torn, table, told)
    if runs is None:
        return {}
    filled = {key: _align_figures(run.line, run.figures, like) for key, run in runs.items()}
    for key, figures in _place_loose(torn, _known_numbers({**told, **filled}), table, form).items():
        line = placed[key][0].line if key in placed else lines[0].replace(labels=())
        filled[key] = _align_figures(line, figures, like)
    return filled if filled and _all_sums_hold({**told, **filled}, form) else {}


def _align_figures(line: Line, figures: Iterable[str], like: AlignedLine) -> AlignedLine:
    """Return a line with the figures that sums give it, in the columns of another."""
    cells = tuple(Cell(text, line.row.number, number) for number, text in enumerate(figures))
    return like.replace(line=line, alignment=Alignment(cells, How.ARITHMETIC), label=line.label)


def _gather_figures(
    lines: Iterable[Line], placed: Placed, told: Mapping[str, AlignedLine], count: int
) -> _Torn:
    """Return the figures of a sheet; those of rows that are told are loose by no means."""
    keys = {of[0].line.row_id: key for key, of in placed.items() if len(of) == 1}
    torn = _Torn()
    for line in lines:
        key = keys.get(line.row_id)
        if key not in told:
            torn.add_line(line, key, count)
        elif texts_add_up(cell.text for cell in line.figures) and len(line.figures) == count:
            torn.runs.append(_Run(key, line, tuple(cell.text for cell in line.figures)))
    return torn


def _match_gaps(torn: _Torn, table: FormTable, told: Mapping[str, AlignedLine]) -> dict[str, _Run] | None:
    """Return the runs as rows, by their label or as those missing between two; None where one is neither.

    That one, or any beside it, may be of each row that is missing: the sums of the form hold whichever way
    results are exchanged, or new requests with those carried over.
    """
    (block,) = table.blocks
    headers = "".join(header.label for header in block.headers)
    labels = {row.key: folded_label(f"{headers if row.group else ''}{row.label}") for row in block.rows}
    rows = list(labels)
    own = {run.key: run for run in torn.runs if run.key}
    anchors = [-1, *(number for number, run in enumerate(torn.runs) if run.key), len(torn.runs)]
    places = [-1, *(rows.index(run.key) for run in torn.runs if run.key), len(rows)]
    found = {key: run for key, run in own.items() if key not in told}
    for (start, end), (above, below) in zip(pairwise(anchors), pairwise(places), strict=True):
        between = torn.runs[start + 1 : end]
        missing = [key for key in rows[above + 1 : below] if key not in own and key not in told]
        if not between:
            continue
        # No character is left of a label that it does not have, nor the groups that stand before it.
        fits = len(between) == len(missing) and all(
            set(folded_label(run.line.label)) <= set(labels[key])
            for run, key in zip(between, missing, strict=True)
        )
        if not fits:
            return None
        found |= dict(zip(missing, between, strict=True))
    return found


def _all_sums_hold(rows: Mapping[str, AlignedLine], form: Form) -> bool:
    """Tell whether all results are known, in every column, and no sum of the form fails."""
    known = _known_numbers(rows)
    results = [
        one for one in instances_of(form.id, TABLE) if one.identity.over == "columns" and one.is_sum_of_parts
    ]
    cells = {part.cell for one in results for part in one.summands}
    fails = any(is_contradicted(one, known) for one in sums_of(form.id, TABLE))
    return bool(cells) and cells <= known.keys() and not fails


def _place_loose(torn: _Torn, known: Numbers, table: FormTable, form: Form) -> dict[str, tuple[str, ...]]:
    """Return the rows that are left, with the figures that they hold whichever way all sums hold.

    Args:
        torn: the figures of the sheet.
        known: the numbers that are known.
        table: of the form.
        form: whose sums hold.
    """
    cells = {row.key: [(None, row.key, column.key) for column in table.columns] for row in table.rows}
    missing = {key: names for key, names in cells.items() if not known.keys() >= {*names}}
    loose = [text for line in torn.loose for text in line]
    printed = {number_of(text): text for text in loose}
    # 1,000 and 1000: which of them a cell prints, no sum tells.
    is_one_spelling = None not in printed and len(printed) == len({*loose})
    if not is_one_spelling or not 0 < len(loose) == sum(map(len, missing.values())):
        return {}
    numbers, pool = dict(known), _count_numbers(loose)
    for key, figures in torn.own.items():
        completed = _complete_row(figures, loose, len(table.columns))
        if len(completed) == 1:
            whole = [number for text in completed.pop() if (number := number_of(text)) is not None]
            if not Counter(whole) <= pool:
                # The row would hold twice what is printed once: a blank cell would be filled.
                return {}
            numbers |= dict(zip(missing[key], whole, strict=True))
            pool -= Counter(whole)
    own = [(names, _count_numbers(torn.own.get(key, ()))) for key, names in missing.items()]
    search = _Search(sums_of(form.id, TABLE), own)
    ways = list(search.fill_cells(numbers, pool))
    held = {key: {tuple(way[name] for name in names) for way in ways} for key, names in missing.items()}
    rows = {
        key: tuple(printed[number] for number in next(iter(ways)))
        for key, ways in held.items()
        if len(ways) == 1 and not search.gave_up
    }
    return rows if all(keep_order(figures, torn.loose) for figures in rows.values()) else {}


def keep_order(figures: Sequence[str], lines: Sequence[tuple[str, ...]]) -> bool:
    """Tell whether the figures of a row that one line prints can stand in its order.

    Sums that hold in another order alone are no proof: then the report prints a mistake. In a text that is
    made to have more ways than are tried, none is shown to keep it.
    """
    return _can_take(figures, lines, iter(range(STATUTORY.tries)))


def _can_take(figures: Sequence[str], lines: Sequence[tuple[str, ...]], tries: Iterator[int]) -> bool:
    if not figures:
        return True
    first, *others = figures
    return next(tries, None) is not None and any(
        _can_take(others, (*lines[:at], line[line.index(first) + 1 :], *lines[at + 1 :]), tries)
        for at, line in enumerate(lines)
        if first in line
    )


def _count_numbers(texts: Iterable[str]) -> Counter[Decimal]:
    return Counter(number for text in texts if (number := number_of(text)) is not None)


def _complete_row(figures: Sequence[str], loose: Iterable[str], count: int) -> set[tuple[str, ...]]:
    """Return the rows that figures and one more of the loose ones make, all but one of a row given."""
    if len(figures) != count - 1:
        return set()
    rows = {(*figures[:at], one, *figures[at:]) for at in range(count) for one in {*loose}}
    return {row for row in rows if texts_add_up(row)}


class _Search(Struct):
    """Looks for the ways in which figures fill cells so that sums hold.

    Attributes:
        sums: of the form.
        own: for each row that is left, its cells, and figures that they have to hold.
        tries: so far.
    """

    sums: Sequence[Sum]
    own: Sequence[tuple[Sequence[CellKey], Counter[Decimal]]]
    tries: int = 0

    @property
    def gave_up(self) -> bool:
        """Whether there are more ways to try than time."""
        return self.tries > STATUTORY.tries

    def fill_cells(self, known: Numbers, pool: Counter[Decimal]) -> Iterator[Numbers]:
        """Yield each way to fill all cells.

        Args:
            known: the cells that are filled.
            pool: the figures that are not in any, each as often as it is printed.
        """
        self.tries += 1
        if self.gave_up or any(is_contradicted(one, known) for one in self.sums) or self._lacks_own(known):
            return
        weighed = [one for one in (weigh_sum(one, known) for one in self.sums) if one[1]]
        if not weighed:
            yield known
            return
        rest, unknown = min(weighed, key=lambda one: len(one[1]))
        for number in sorted(pool) if len(unknown) > 1 else {abs(rest)} & pool.keys():
            yield from self.fill_cells({**known, unknown[0][0]: number}, pool - Counter([number]))

    def _lacks_own(self, known: Numbers) -> bool:
        """Tell whether a row has no room left for figures that it has to hold."""
        for cells, own in self.own:
            held = Counter(known[cell] for cell in cells if cell in known)
            if (own - held).total() > len(cells) - held.total():
                return True
        return False


def _known_numbers(rows: Mapping[str, AlignedLine]) -> Numbers:
    """Return the numbers of rows whose cells are told from one another, by row and column."""
    known: Numbers = {}
    for key, one in rows.items():
        if one.alignment.trouble:
            continue
        for printed, cell in zip(one.header.columns, one.alignment.cells, strict=True):
            number = number_of(cell.text) if cell else None
            if printed.column and number is not None:
                known[None, key, printed.column.key] = number
    return known
