"""Which row of the form a line of a sheet is: by its words wherever it stands, by likeness only in order."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.forms.lines import Role
from pipelines.forms.names import Kind
from pipelines.forms.vocabulary import match_label, nearest_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipelines.forms.lines import Line
    from pipelines.forms.records import FormTable

_WITH_CELLS = frozenset({Role.ROW, Role.OTHER, Role.FIGURES})


@dataclass(frozen=True, slots=True)
class MatchedLines:
    """The lines of a sheet by the rows of the form.

    Attributes:
        rows: by key of the row, the lines that are it; several where it is printed several times.
        others: the lines with cells that are no row of the form, in order.
    """

    rows: Mapping[str, tuple[Line, ...]]
    others: tuple[Line, ...]


def match_lines(lines: Sequence[Line], table: FormTable) -> MatchedLines:
    """Match the lines of a sheet to the rows of a form.

    A line that spells the label of a row goes before one that only contains its words. A label that no word
    identifies is matched by likeness, if it resembles one row only, and that row is missing just there.
    """
    keys = [row.key for block in table.blocks for row in block.rows]
    spelt: dict[str, list[int]] = {}
    contained: dict[str, list[int]] = {}
    for number, key, is_exact in _named(lines, table):
        (spelt if is_exact else contained).setdefault(key, []).append(number)
    found = {key: spelt.get(key) or contained[key] for key in keys if key in spelt or key in contained}
    taken = {number for numbers in found.values() for number in numbers}
    found.update(_by_likeness(lines, keys, found))
    taken.update(number for numbers in found.values() for number in numbers)
    others = (line for n, line in enumerate(lines) if n not in taken and line.role in _WITH_CELLS)
    return MatchedLines(
        {key: tuple(lines[number] for number in numbers) for key, numbers in found.items()},
        tuple(line for line in others if line.has_figures),
    )


def _named(lines: Sequence[Line], table: FormTable) -> Iterator[tuple[int, str, bool]]:
    """Yield the lines that name a row, with its key and whether they spell it."""
    rows = {row.key: row for block in table.blocks for row in block.rows}
    compact = compact_groups(table)
    group: str | None = None
    is_begun = False
    for number, line in enumerate(lines):
        group = next((m.name.key for m in line.matches if m.name.kind is Kind.GROUP), group)
        match = next((m for m in line.matches if m.name.kind is Kind.ROW and m.name.key in rows), None)
        if match is None or line.role is not Role.ROW:
            continue
        row = rows[match.name.key]
        if _names_column_too(line):
            is_elsewhere = row.group in compact and group not in (row.group, None)
            if is_elsewhere or not (is_begun or line.has_figures):
                continue
        is_begun = True
        group = row.group or group
        yield number, row.key, match.is_exact


def _names_column_too(line: Line) -> bool:
    """Tell whether a label (其他, 总计) may stand in a header, and in other groups, as well."""
    return any(match.name.kind is Kind.COLUMN for match in match_label(line.words, line.label))


def compact_groups(table: FormTable) -> frozenset[str]:
    """Return the groups whose rows stand together, without those of other groups between them."""
    order = [row.group for block in table.blocks for row in block.rows]
    runs = [group for group, before in zip(order, [None, *order], strict=False) if group and group != before]
    return frozenset(group for group in runs if runs.count(group) == 1)


def _by_likeness(
    lines: Sequence[Line], keys: Sequence[str], found: Mapping[str, Sequence[int]]
) -> dict[str, list[int]]:
    """Return the rows that misspelt labels name, where each is missing between its neighbours."""
    order = {key: place for place, key in enumerate(keys)}
    known = sorted((number, order[key]) for key, numbers in found.items() for number in numbers)
    numbers = [number for number, _ in known]
    missing = [place for key, place in order.items() if key not in found]
    claimed: dict[str, list[int]] = {}
    for number, line in enumerate(lines) if missing else ():
        if line.role is not Role.OTHER:
            continue
        at = bisect_left(numbers, number)
        before = known[at - 1][1] if at else -1
        behind = known[at][1] if at < len(known) else len(keys)
        if not any(before < place < behind for place in missing):
            continue
        key = nearest_name(line.words, Kind.ROW, line.label)
        if key in order and key not in found and before < order[key] < behind:
            claimed.setdefault(key, []).append(number)
    return {key: claims for key, claims in claimed.items() if len(claims) == 1}
