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
from dataclasses import dataclass, field, replace
from itertools import pairwise, product
from typing import TYPE_CHECKING

from pipelines.forms.align_figures import (
    TABLE,
    contradicts_no_sum,
    find_sums,
    known_numbers,
    number_of,
    texts_add_up,
)
from pipelines.forms.align_spans import AlignedLine, Alignment
from pipelines.forms.form_catalogue import measures_of
from pipelines.forms.form_model import How
from pipelines.forms.form_sums import is_contradicted, sums_of, weigh_sum
from pipelines.forms.labels import STATUTORY, folded_label
from pipelines.grid import TableCell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from decimal import Decimal

    from pipelines.forms.form_model import Form, FormTable
    from pipelines.forms.form_sums import Sum
    from pipelines.forms.lines import Line

    Placed = Mapping[str, Sequence[AlignedLine]]
    Known = Mapping[int, Decimal]
    """Figures by the place of their cell in the form's order."""


@dataclass(frozen=True, slots=True)
class _Run:
    """As many figures as a row has, the last the sum of the others.

    Attributes:
        key: of their row, where its label tells it.
        line: that they stand on; without its label where that is of another row.
        figures: as printed.
    """

    key: str | None
    line: Line
    figures: tuple[str, ...]


@dataclass(slots=True)
class _Torn:
    """The figures of a sheet.

    Attributes:
        runs: those that make a row, in order.
        loose: the others.
        own: by key of a row whose label is known, those of them that its cells have to hold.
    """

    runs: list[_Run] = field(default_factory=list)
    loose: list[str] = field(default_factory=list)
    own: dict[str, list[str]] = field(default_factory=dict)

    def add_line(self, line: Line, key: str | None, count: int) -> None:
        """Take in the figures of a line; those of several rows may stand behind one label."""
        figures = [word for cell in line.figures for word in cell.text.split()]
        owner = key
        while len(figures) >= count and texts_add_up(figures[:count]):
            printed = line if owner == key else replace(line, labels=())
            self.runs.append(_Run(owner, printed, tuple(figures[:count])))
            owner, figures = None, figures[count:]
        self.loose += figures
        if owner:
            beside = line.row.text.rstrip().rpartition(line.label)[2].partition("\n")[0].split()
            is_whole_but_one = len(figures) == count - 1
            self.own[owner] = figures if is_whole_but_one else [word for word in figures if word in beside]


def fill_torn_rows(
    lines: Sequence[Line], placed: Placed, table: FormTable, form: Form
) -> dict[str, AlignedLine]:
    """Return the rows of the applications table (收到和处理政府信息公开申请情况) that are torn apart.

    Args:
        lines: of the sheet, in order.
        placed: by key, the rows that are told by their labels; those in doubt are missing.
        table: of the form.
        form: whose sums hold.

    Returns:
        By key, the rows that were missing; none unless all results add up.

    Source: 国办公开办函〔2021〕30号, table 3.
    """
    (block,) = table.blocks
    told = {key: of[0] for key, of in placed.items() if len(of) == 1 and _states_all(of[0])}
    if not told or len(told) == len(block.rows) or any(map(_contradicts_itself, placed.values())):
        return {}
    header = next(iter(told.values())).header
    torn = _gather_figures(lines, placed, told, len(header.columns))
    found = _match_gaps(torn, table, told)
    filled = {
        key: AlignedLine(run.line, header, _align(run.figures), block, run.line.label)
        for key, run in found.items()
    }
    for key, figures in _place_loose(torn, known_numbers({**told, **filled}), table, form).items():
        line = placed[key][0].line if key in placed else replace(lines[0], labels=())
        filled[key] = AlignedLine(line, header, _align(figures), block, line.label)
    return filled if filled and _all_sums_hold({**told, **filled}, table, form) else {}


def _contradicts_itself(printed: Sequence[AlignedLine]) -> bool:
    """Tell whether a row is printed several times: which of them counts, no sum tells."""
    return sum(one.line.has_figures for one in printed) > 1


def _states_all(one: AlignedLine) -> bool:
    return one.alignment.trouble is None and one.header.is_whole and one.line.has_figures


def _align(figures: Iterable[str]) -> Alignment:
    return Alignment(tuple(TableCell(text, n) for n, text in enumerate(figures)), How.ARITHMETIC)


def _gather_figures(
    lines: Iterable[Line], placed: Placed, told: Mapping[str, AlignedLine], count: int
) -> _Torn:
    """Return the figures of a sheet; those of rows that are told are loose by no means."""
    keys = {id(of[0].line.row): key for key, of in placed.items() if len(of) == 1}
    torn = _Torn()
    for line in lines:
        key = keys.get(id(line.row))
        if key not in told:
            torn.add_line(line, key, count)
        elif texts_add_up(cell.text for cell in line.figures) and len(line.figures) == count:
            torn.runs.append(_Run(key, line, tuple(cell.text for cell in line.figures)))
    return torn


def _match_gaps(torn: _Torn, table: FormTable, told: Mapping[str, AlignedLine]) -> dict[str, _Run]:
    """Return the runs that are rows, by their label or as those missing between two; others become loose."""
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
        # No character is left of a label that it does not have, nor the groups that stand before it.
        if len(between) == len(missing) and all(
            set(folded_label(run.line.label)) <= set(labels[key])
            for run, key in zip(between, missing, strict=True)
        ):
            found |= dict(zip(missing, between, strict=True))
        else:
            torn.loose += [text for run in between for text in run.figures]
    return found


def _all_sums_hold(rows: Mapping[str, AlignedLine], table: FormTable, form: Form) -> bool:
    """Tell whether all results are known, in every column, and no sum of the form fails."""
    sums, known = find_sums(form), known_numbers(rows)
    columns = [column.key for column in table.columns]
    if sums is None or not {*product((*sums.results, sums.total), columns)} <= known.keys():
        return False
    return contradicts_no_sum(known, form)


def _place_loose(
    torn: _Torn, known: Mapping[tuple[str, str], Decimal], table: FormTable, form: Form
) -> dict[str, tuple[str, ...]]:
    """Return the rows that are left, with the figures that they hold whichever way all sums hold.

    Args:
        torn: the figures of the sheet.
        known: the numbers that are known, by row and column.
        table: of the form.
        form: whose sums hold.
    """
    places = {(row, column): place for place, (_, row, column) in enumerate(measures_of(form.id, TABLE))}
    columns = [column.key for column in table.columns]
    cells = {row.key: [places[row.key, column] for column in columns] for row in table.rows}
    missing = {key: of for key, of in cells.items() if not all((key, column) in known for column in columns)}
    spellings = {*torn.loose}
    printed = {number_of(text): text for text in spellings}
    # 1,000 and 1000: which of them a cell prints, no sum tells.
    is_one_spelling = None not in printed and len(printed) == len(spellings)
    if not is_one_spelling or not 0 < len(torn.loose) == len(columns) * len(missing):
        return {}
    numbers = {places[name]: number for name, number in known.items()}
    pool = _count_numbers(torn.loose)
    for key, figures in torn.own.items():
        completed = _complete_row(figures, torn.loose, len(columns))
        if len(completed) == 1:
            whole = [number for text in completed.pop() if (number := number_of(text)) is not None]
            if not Counter(whole) <= pool:
                # The row would hold twice what is printed once: a blank cell would be filled.
                return {}
            numbers |= dict(zip(missing[key], whole, strict=True))
            pool -= Counter(whole)
    own = [(of, _count_numbers(torn.own.get(key, ()))) for key, of in missing.items()]
    search = _Search(sums_of(form.id, TABLE), own)
    ways = list(search.fill_cells(numbers, pool))
    held = {key: {tuple(way[place] for place in of) for way in ways} for key, of in missing.items()}
    return {
        key: tuple(printed[number] for number in next(iter(ways)))
        for key, ways in held.items()
        if len(ways) == 1 and not search.gave_up
    }


def _count_numbers(texts: Iterable[str]) -> Counter[Decimal]:
    return Counter(number for text in texts if (number := number_of(text)) is not None)


def _complete_row(figures: Sequence[str], loose: Iterable[str], count: int) -> set[tuple[str, ...]]:
    """Return the rows that figures and one more of the loose ones make, all but one of a row given."""
    if len(figures) != count - 1:
        return set()
    rows = {(*figures[:at], one, *figures[at:]) for at in range(count) for one in {*loose}}
    return {row for row in rows if texts_add_up(row)}


@dataclass(slots=True)
class _Search:
    """Looks for the ways in which figures fill cells so that sums hold.

    Attributes:
        sums: of the form.
        own: for each row that is left, its cells, and figures that they have to hold.
        tries: so far.
    """

    sums: Sequence[Sum]
    own: Sequence[tuple[Sequence[int], Counter[Decimal]]]
    tries: int = 0

    @property
    def gave_up(self) -> bool:
        """Whether there are more ways to try than time."""
        return self.tries > STATUTORY.tries

    def fill_cells(self, known: Known, pool: Counter[Decimal]) -> Iterator[Known]:
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

    def _lacks_own(self, known: Known) -> bool:
        """Tell whether a row has no room left for figures that it has to hold."""
        for cells, own in self.own:
            held = Counter(known[cell] for cell in cells if cell in known)
            if (own - held).total() > len(cells) - held.total():
                return True
        return False
