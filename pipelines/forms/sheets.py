"""Which rows of a document are a statutory table, which, of which form, and which row of that each is.

    rows of all tables ─ words ─▶ runs of one key ─▶ sheets (one printed table, however cut) ─▶ form, rows

A sheet is judged by its labels and headings: one report may print the T2 of one form beside the T3 of
another. The year decides only between a form and those that extend it, where they print the same. A sheet
ends where its rows begin anew; a header that is printed again does not end it. A line is a row of the form by
its words wherever it stands, by likeness only in order.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, groupby, islice
from operator import itemgetter

from msgspec import Struct

from pipelines.forms.cell_values import texts_add_up
from pipelines.forms.form_catalogue import Forms
from pipelines.forms.form_model import Form, FormTable
from pipelines.forms.label_matching import TableWords, keys_of, nearest_row, words_of_forms
from pipelines.forms.labels import STATUTORY, folded_label, is_blank, label_head, remember
from pipelines.forms.lines import Line, Role, find_shown_table, is_figure, read_line, without_figures
from pipelines.forms.printed_labels import Kind
from pipelines.grid import Table, TableRow

_OPENING = frozenset({Role.BLANK, Role.HEADING, Role.CAPTION, Role.HEADER, Role.GROUP})


class Sheet(Struct):
    """The lines of one printed statutory table, gathered from the tables that it is cut into.

    Attributes:
        words: what its rows and columns are called.
        lines: in order.
        rows: the keys of the rows that were seen.
        columns: the keys of the columns that headers name.
        has_caption: whether a caption of a block was seen.
    """

    words: TableWords
    lines: list[Line] = []
    rows: set[str] = set()
    columns: set[str] = set()
    has_caption: bool = False

    @property
    def key(self) -> str:
        """Which table it is: `t2`, `t3`, `t4`."""
        return self.words.table

    def add_lines(self, lines: Sequence[Line]) -> None:
        """Take lines in."""
        self.lines.extend(lines)
        for line in lines:
            self.rows.update(line.row_keys)
            self.has_caption = self.has_caption or line.role is Role.CAPTION
            if line.role is Role.HEADER:
                for cell in line.row.cells:
                    self.columns.update(keys_of(line.words, cell.text, Kind.COLUMN))

    @property
    def is_statutory(self) -> bool:
        """Whether its words leave no doubt that it is the statutory table."""
        if self.key == "t4":
            roles = {line.role for line in self.lines}
            # Each name stands in pieces down its lines: what is below the heading is what it names.
            is_below = self.lines[0].role is Role.HEADING and self.lines[0].table.is_unsplit
            names_nothing = roles <= {Role.HEADING, Role.FIGURES, *((Role.HEADER,) if is_below else ())}
            return len(self.columns) >= STATUTORY.outcomes or names_nothing
        alone = STATUTORY.second_rows if self.key == "t2" else STATUTORY.third_rows
        fewest = 1 if self.has_caption else 2 if len(self.columns) >= 2 else alone
        return len(self.rows) >= fewest


def find_sheets(tables: Sequence[Table], forms: Forms) -> tuple[Sheet, ...]:
    """Return the statutory tables of a document in the order in which they begin.

    Args:
        tables: all that the document prints, in order.
        forms: that it may follow.
    """
    words = {one.table: one for one in words_of_forms(forms)}
    sheets: list[Sheet] = []
    open_sheets: dict[str, Sheet] = {}
    last = None
    for table in tables:
        for key, rows in _split_runs(table, last, words):
            lines = [read_line(table, row, words[key]) for row in rows]
            for part, begins_anew in _split_sheets(lines, open_sheets.get(key)):
                if begins_anew:
                    open_sheets[key] = Sheet(words[key])
                    sheets.append(open_sheets[key])
                open_sheets[key].add_lines(part)
            last = key
    return tuple(sheet for sheet in sheets if sheet.is_statutory)


def forms_of(sheets: Sequence[Sheet], year: int | None) -> list[Form | None]:
    """Return the form of each sheet; where its own words leave it open, that of the others.

    Args:
        sheets: of a document.
        year: that it reports on; None where it prints none.
    """
    fitting = [_fitting_forms(sheet) for sheet in sheets]
    told = {sheet.key: forms[0] for sheet, forms in zip(sheets, fitting, strict=True) if len(forms) == 1}
    own = [_choose_form(forms, told, year) for forms in fitting]
    by_key: dict[str, Form | None] = {}
    for sheet, form in zip(sheets, own, strict=True):
        by_key[sheet.key] = by_key.get(sheet.key) or form
    of_document = by_key.get("t3") or by_key.get("t2")
    return [form or by_key.get(sheet.key) or of_document for sheet, form in zip(sheets, own, strict=True)]


def _fitting_forms(sheet: Sheet) -> list[Form]:
    """Return the forms that the words of a sheet fit best."""
    words = "\n".join(
        _fold_label(cell.text)
        for line in sheet.lines
        if line.role is not Role.FIGURES
        for cell in line.row.cells
        if cell.text.strip()
    )
    stated = {key for line in sheet.lines if line.has_figures for key in line.row_keys}
    # Rows that every form has tell nothing.
    shared = set.intersection(*({row.key for row in layout.rows} for layout in sheet.words.layouts))
    scores = {form: _score_form(form.table(sheet.key), stated - shared, words) for form in sheet.words.forms}
    best = max(scores.values())
    return [form for form, score in scores.items() if score == best]


def _choose_form(forms: Sequence[Form], told: Mapping[str, Form], year: int | None) -> Form | None:
    """Choose among forms that words fit alike; None where those are not one form and what extends it.

    The form of another table of the document goes first, then that of the year, then the one that the others
    extend: what nobody printed is not taken to have been left out.
    """
    alone = [form for form in forms if form.extends is None]
    if len(alone) > 1 or not forms:
        return None
    # A report may print the T2 of one form beside the T3 of another; T4 is the same in all.
    others = [form for form in told.values() if form in forms]
    of_year = [form for form in forms if form.covers_year(year) and not form.is_variant]
    return (others or of_year or forms)[0]


def _split_runs(
    table: Table, last: str | None, words: Mapping[str, TableWords]
) -> Iterator[tuple[str, Iterator[TableRow]]]:
    """Yield the rows of a table that belong to one statutory table each, with its key.

    Rows that no word assigns go with those before them; the first of a table with those behind them.
    """
    shown = [find_shown_table(row, tuple(words.values())) for row in table.rows]
    first = next(filter(None, shown), None) or _table_of_figures(table, last, words)
    if first:
        keys = accumulate(shown, lambda before, key: key or before, initial=first)
        of_rows = zip(islice(keys, 1, None), table.rows, strict=True)
        for key, rows in groupby(of_rows, itemgetter(0)):
            yield key, (row for _, row in rows)


def _table_of_figures(table: Table, last: str | None, words: Mapping[str, TableWords]) -> str | None:
    """Return which table one without words goes on with: that just printed, or T4 behind T3."""
    if last == "t4" and len(table.rows) <= 2:
        return last
    # 上海市科委 2024: an extractor tore labels off, and left each row between them as a table of its own.
    widths = {len(layout.columns) for layout in words["t3"].layouts}
    if last == "t3" and set(map(_count_figures, table.rows)) <= widths:
        return last
    is_next = last == "t3" and len(table.rows) == 1 and _may_be_lawsuits(table.rows[0], words["t4"])
    return "t4" if is_next else None


def _may_be_lawsuits(row: TableRow, words: TableWords) -> bool:
    """Tell whether a row has the figures of T4, each block of which adds up."""
    blocks = words.layouts[0].blocks
    size = len(blocks[0].columns)
    figures = [cell for cell in row.cells if not is_blank(cell.text)]
    starts = range(0, len(figures), size)
    return len(figures) == size * len(blocks) and all(
        texts_add_up(cell.text for cell in figures[at : at + size]) for at in starts
    )


def _count_figures(row: TableRow) -> int:
    texts = [cell.text for cell in row.cells if not is_blank(cell.text)]
    return len(texts) if all(map(is_figure, texts)) else 0


def _split_sheets(lines: Sequence[Line], sheet: Sheet | None) -> Iterator[tuple[Sequence[Line], bool]]:
    """Yield a run in the parts that belong to one sheet each, and whether the part begins a new one."""
    begins_anew = sheet is None or _is_other_sheet(lines, sheet)
    seen = set() if sheet is None or begins_anew else set(sheet.rows)
    first = opening = 0
    for number, line in enumerate(lines):
        keys = line.row_keys
        if seen.intersection(keys) and _begins_sheet(line, lines[opening:number], seen):
            yield lines[first:opening], begins_anew
            begins_anew, first, seen = True, opening, set()
        seen.update(keys)
        if line.role not in _OPENING:
            opening = number + 1
    yield lines[first:], begins_anew


def _is_other_sheet(lines: Sequence[Line], sheet: Sheet) -> bool:
    """Tell whether another table of the document begins a sheet instead of going on with one."""
    if sheet.key == "t4":
        return False
    # Governments print a second table of requests for their departments; it is no page of the first.
    keys = {key for line in lines for key in line.row_keys}
    again = keys & sheet.rows
    return bool(again) and (2 * len(again) >= len(keys) or not sheet.is_statutory)


def _begins_sheet(line: Line, before: Sequence[Line], seen: set[str]) -> bool:
    """Tell whether a row seen again begins another sheet: as the first of the form, or below a header."""
    key, layouts = line.words.table, line.words.layouts
    if key == "t4" or 2 * len(seen) < min(len(one.rows) for one in layouts):
        return False
    is_first = layouts[0].rows[0].key in line.row_keys
    return is_first or (key == "t3" and any(one.role is Role.HEADER for one in before))


@remember
def _fold_label(text: str) -> str:
    return folded_label(without_figures(text))


def _score_form(table: FormTable | None, telling: set[str], words: str) -> int:
    """Return how many words and rows, of those that not every form has, show that a sheet follows a form."""
    if table is None:
        return 0
    rows = {row.key for row in table.rows}
    return len(telling & rows) + sum(1 for evidence in table.all_evidence if evidence in words)


def match_lines(lines: Sequence[Line], table: FormTable) -> tuple[dict[str, list[Line]], list[Line]]:
    """Return the lines of a sheet that are each row of the form, and those with cells that are none.

    A line that spells the label of a row goes before one that only contains its words. A label that no word
    identifies is matched by likeness, if it resembles one row only, and that row is missing just there.
    """
    keys = [row.key for row in table.rows]
    spelt: dict[str, list[int]] = {}
    contained: dict[str, list[int]] = {}
    for number, key, is_exact in _named_lines(lines, table):
        (spelt if is_exact else contained).setdefault(key, []).append(number)
    found = {key: spelt.get(key) or contained[key] for key in keys if key in spelt or key in contained}
    found.update(_by_likeness(lines, keys, found))
    taken = {number for numbers in found.values() for number in numbers}
    others = (line for number, line in enumerate(lines) if number not in taken)
    rows = {key: [lines[number] for number in numbers] for key, numbers in found.items()}
    return rows, [line for line in others if line.has_cells and line.has_figures]


def _named_lines(lines: Sequence[Line], table: FormTable) -> Iterator[tuple[int, str, bool]]:
    """Yield the lines that name a row, with its key and whether they spell it."""
    rows = {row.key: row for row in table.rows}
    compact = compact_groups(table)
    group: str | None = None
    is_begun = False
    for number, line in enumerate(lines):
        group = next((name.key for name in line.names if name.kind is Kind.GROUP), group)
        name = next((one for one in line.names if one.kind is Kind.ROW and one.key in rows), None)
        if name is None or line.role is not Role.ROW:
            continue
        row = rows[name.key]
        # A label (其他, 总计) may stand in a header, and in other groups, as well.
        if keys_of(line.words, line.label, Kind.COLUMN):
            is_elsewhere = row.group in compact and group not in (row.group, None)
            if is_elsewhere or not (is_begun or line.has_figures):
                continue
        is_begun = True
        group = row.group or group
        yield number, row.key, name.is_spelt(label_head(line.label))


def compact_groups(table: FormTable) -> frozenset[str]:
    """Return the groups whose rows stand together, without those of other groups between them."""
    runs = Counter(group for group, _ in groupby(row.group for row in table.rows))
    return frozenset(group for group, times in runs.items() if group and times == 1)


def _by_likeness(
    lines: Sequence[Line], keys: Sequence[str], found: Mapping[str, Sequence[int]]
) -> dict[str, list[int]]:
    """Return the rows that misspelt labels name, where each is missing between its neighbours."""
    # Recognised pages and copies by hand misspell labels (没有现成信总); order leaves one row that it can be.
    order = {key: place for place, key in enumerate(keys)}
    named = sorted((number, order[key]) for key, numbers in found.items() for number in numbers)
    known = [(-1, -1), *named, (len(lines), len(keys))]
    numbers = [number for number, _ in known]
    missing = [place for key, place in order.items() if key not in found]
    claimed: dict[str, list[int]] = {}
    for number, line in enumerate(lines) if missing else ():
        if line.role is not Role.OTHER:
            continue
        at = bisect_left(numbers, number)
        before, behind = known[at - 1][1], known[at][1]
        if not any(before < place < behind for place in missing):
            continue
        key = nearest_row(line.words, line.label)
        if key in order and key not in found and before < order[key] < behind:
            claimed.setdefault(key, []).append(number)
    return {key: claims for key, claims in claimed.items() if len(claims) == 1}
