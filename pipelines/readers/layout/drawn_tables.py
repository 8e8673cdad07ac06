"""Paths and rules → the tables that they draw: the boxes of cells, a merged cell once.

   ┌──┬──┐      lines cross ─▶ one table ─▶ places between its lines ─▶ joined where no line
   │  ├──┤      parts them ─▶ cells; what no line closes is none
   └──┴──┘

Two ways of printing leave lines out that everybody sees: tables that are open at their sides, and those cut
by the end of a page. Where several lines end at one height beyond the last that crosses them, the table ends
there too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum
from itertools import pairwise
from math import inf
from typing import NamedTuple, TypeVar

from pipelines.grid import Box
from pipelines.knowledge import Thresholds
from pipelines.readers.layout.geometry import Point

Place = tuple[int, int]
Path = list[Point]
Stroke = tuple[Point, Point]
"""A straight line between two points of a page, in points from its top left corner."""

Item = TypeVar("Item")


class DrawnThresholds(Thresholds):
    """What is a rule, and what is a table of rules; lengths in points."""

    thin: float
    largest_character: float
    level: float
    same_line: float
    beyond: float
    most_lines: int
    most_places: int


DRAWN = DrawnThresholds.load("drawn_tables")


class Step(Enum):
    """What a path does on its way to a point."""

    MOVE = "move"
    LINE = "line"
    CURVE = "curve"
    CLOSE = "close"


def find_strokes(
    path: Sequence[tuple[Step, Point]], *, is_stroked: bool, is_filled: bool
) -> Iterator[Stroke]:
    """Yield the straight lines of a path that can be rules of a table.

    Args:
        path: its steps with the points where they end, in points of the page; that of `CLOSE` says nothing.
        is_stroked: whether its lines are drawn.
        is_filled: whether what it encloses is; a thin area is a line along its middle, a small one a point.
    """
    if _is_outline(path):
        return
    for pieces in _split_figures(path):
        lines = pieces if is_stroked else _find_middle_lines(pieces) if is_filled else ()
        for line in lines:
            yield from pairwise(line)


def _is_outline(path: Sequence[tuple[Step, Point]]) -> bool:
    """Tell whether a path is the outline of a character: small, with curves; its sides are no rules."""
    if not any(step is Step.CURVE for step, _ in path):
        return False
    points = [point for step, point in path if step is not Step.CLOSE]
    wide, high = (max(ends) - min(ends) for ends in zip(*points, strict=True))
    return bool(max(wide, high) <= DRAWN.largest_character)


def _split_figures(path: Sequence[tuple[Step, Point]]) -> Iterator[list[Path]]:
    """Yield the figures of a path: its straight pieces, cut where a curve goes on."""
    pieces: list[Path] = []
    start: Point | None = None
    for step, point in path:
        if step is Step.MOVE or start is None:
            yield from _drop_points(pieces)
            start = point
            pieces = [[point]]
        elif step is Step.CURVE:
            pieces.append([point])
        else:
            pieces[-1].append(start if step is Step.CLOSE else point)
    yield from _drop_points(pieces)


def _drop_points(pieces: Iterable[Path]) -> Iterator[list[Path]]:
    """Yield the pieces of a figure that are lines, if there are any."""
    lines = [piece for piece in pieces if len(piece) > 1]
    if lines:
        yield lines


def _find_middle_lines(pieces: Sequence[Path]) -> Iterator[Path]:
    """Yield the line along the middle of a thin area; of one that is small on both sides, its middle."""
    if len(pieces) > 1:
        return
    path = pieces[0]
    left, right = min(x for x, _ in path), max(x for x, _ in path)
    top, bottom = min(y for _, y in path), max(y for _, y in path)
    if bottom - top <= DRAWN.thin < right - left:
        yield [(left, (top + bottom) / 2), (right, (top + bottom) / 2)]
    elif right - left <= DRAWN.thin < bottom - top:
        yield [((left + right) / 2, top), ((left + right) / 2, bottom)]
    elif max(bottom - top, right - left) <= DRAWN.thin:
        yield [((left + right) / 2, (top + bottom) / 2)] * 2


class Rule(NamedTuple):
    """A straight line of a table.

    Attributes:
        at: its height on the page if it is level, else how far from the left, in points.
        start: where it begins, along itself.
        end: where it ends.
    """

    at: float
    start: float
    end: float


class DrawnTable(NamedTuple):
    """The cells of a table.

    Attributes:
        cells: their boxes from top to bottom and from left to right, a merged cell once.
        torn: the places that no line parts from others, though they are no rectangle together: what is merged
            there is not told.
    """

    cells: tuple[Box, ...]
    torn: tuple[Box, ...] = ()

    @property
    def boxes(self) -> tuple[Box, ...]:
        """Those of its cells and of what is torn."""
        return (*self.cells, *self.torn)


def tables_of_strokes(strokes: Iterable[Stroke]) -> tuple[tuple[Box, ...], ...]:
    """Return the boxes of the cells of each table that strokes of one page draw, from top to bottom.

    Args:
        strokes: in any order, in pieces or whole; those that go aslant draw none. Points in a row are one.
    """
    drawn = list(strokes)
    dots = [start for start, end in drawn if start == end]
    levels = _join_dots(Rule(y, x, x) for x, y in dots)
    uprights = _join_dots(Rule(x, y, y) for x, y in dots)
    for (x0, y0), (x1, y1) in drawn:
        if abs(y1 - y0) <= DRAWN.level < abs(x1 - x0):
            levels.append(Rule((y0 + y1) / 2, *sorted((x0, x1))))
        elif abs(x1 - x0) <= DRAWN.level < abs(y1 - y0):
            uprights.append(Rule((x0 + x1) / 2, *sorted((y0, y1))))
    return tuple(table.cells for table in find_tables(levels, uprights) if len(table.cells) > 1)


def find_tables(levels: Iterable[Rule], uprights: Iterable[Rule]) -> tuple[DrawnTable, ...]:
    """Return the tables that the rules of one page draw, from top to bottom.

    Args:
        levels: those that go from left to right, in any order, in pieces or whole.
        uprights: those that go from top to bottom, likewise.

    Returns:
        Those with two or more cells.
    """
    levels, uprights = merge_rules(levels), merge_rules(uprights)
    # Each is held against all that cross it: a drawing of thousands of lines would take too long.
    if len(levels) + len(uprights) > DRAWN.most_lines:
        return ()
    found = (
        _read_cells(own_levels, own_uprights)
        for own_levels, own_uprights in _group_connected(levels, uprights)
    )
    tables = (table for table in found if len(table.boxes) > 1)
    return tuple(sorted(tables, key=lambda table: min(map(_reading_place, table.boxes))))


def merge_rules(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return rules with those made one that lie on each other or go on from one another."""
    return _join_pieces(rules, DRAWN.same_line, DRAWN.same_line, DRAWN.same_line)


def _join_dots(dots: Iterable[Rule]) -> list[Rule]:
    """Return the dotted rules that points make; dots of the rules that cross one are off its line."""
    return list(_join_pieces(dots, DRAWN.level / 2, 2 * DRAWN.thin, DRAWN.beyond))


def _join_pieces(rules: Iterable[Rule], across: float, along: float, shortest: float) -> tuple[Rule, ...]:
    """Return rules, one for those on a line with no wider gap between, and none that is not longer."""
    merged: list[Rule] = []
    for line in _by_position(rules, across):
        at = sum(rule.at for rule in line) / len(line)
        start, end = line[0].start, line[0].end
        for rule in line[1:]:
            if rule.start > end + along:
                merged.append(Rule(at, start, end))
                start, end = rule.start, rule.end
            end = max(end, rule.end)
        merged.append(Rule(at, start, end))
    return tuple(rule for rule in merged if rule.end - rule.start > shortest)


def _by_position(rules: Iterable[Rule], across: float) -> Iterator[list[Rule]]:
    line: list[Rule] = []
    for rule in sorted(rules, key=lambda rule: rule.at):
        if line and rule.at - line[0].at > across:
            yield sorted(line, key=lambda rule: rule.start)
            line = []
        line.append(rule)
    if line:
        yield sorted(line, key=lambda rule: rule.start)


def _group_connected(
    levels: Sequence[Rule], uprights: Sequence[Rule]
) -> Iterator[tuple[tuple[Rule, ...], tuple[Rule, ...]]]:
    """Yield the rules that touch each other, directly or through others; none that touches no other."""
    touching: dict[int, list[int]] = defaultdict(list)
    for y, level in enumerate(levels):
        for x, upright in enumerate(uprights, len(levels)):
            if _do_touch(level, upright):
                touching[y].append(x)
                touching[x].append(y)
    # On a page that a merged cell fills, the side of its table touches none.
    for x, upright in enumerate(uprights, len(levels)):
        if x not in touching:
            for other, beside in enumerate(uprights, len(levels)):
                if other in touching and _reach_alike(upright, beside):
                    touching[x].append(other)
                    touching[other].append(x)
    rules = (*levels, *uprights)
    for group in _join_connected(touching, touching.__getitem__):
        own = sorted(group)
        yield (
            tuple(rules[number] for number in own if number < len(levels)),
            tuple(rules[number] for number in own if number >= len(levels)),
        )


def _reach_alike(one: Rule, other: Rule) -> bool:
    return max(abs(one.start - other.start), abs(one.end - other.end)) <= DRAWN.same_line


def _do_touch(level: Rule, upright: Rule) -> bool:
    return (
        level.start - DRAWN.same_line <= upright.at <= level.end + DRAWN.same_line
        and upright.start - DRAWN.same_line <= level.at <= upright.end + DRAWN.same_line
    )


def _read_cells(levels: Sequence[Rule], uprights: Sequence[Rule]) -> DrawnTable:
    """Return the cells of one table."""
    levels, uprights = (*levels, *_open_ends(levels, uprights)), (*uprights, *_open_ends(uprights, levels))
    tops, lefts = _list_positions(levels), _list_positions(uprights)
    if (len(tops) - 1) * (len(lefts) - 1) > DRAWN.most_places:
        return DrawnTable(())
    level_edges, upright_edges = (
        _find_drawn_gaps(levels, tops, lefts),
        _find_drawn_gaps(uprights, lefts, tops),
    )
    cells: list[Box] = []
    torn: list[Box] = []
    for places in _join_places(len(tops) - 1, len(lefts) - 1, level_edges, upright_edges):
        rows, columns = map(_measure_extent, zip(*places, strict=True))
        if len(places) < (rows[1] - rows[0]) * (columns[1] - columns[0]):
            torn.extend(Box(lefts[x], tops[y], lefts[x + 1], tops[y + 1]) for y, x in places)
        elif _is_closed(rows, columns, (len(tops) - 1, len(lefts) - 1), level_edges, upright_edges):
            cells.append(Box(lefts[columns[0]], tops[rows[0]], lefts[columns[1]], tops[rows[1]]))
    return DrawnTable(*(tuple(sorted(boxes, key=_reading_place)) for boxes in (cells, torn)))


def _reading_place(box: Box) -> tuple[float, float]:
    return box.top, box.left


def _list_positions(rules: Iterable[Rule]) -> list[float]:
    return sorted({rule.at for rule in rules})


def _open_ends(rules: Iterable[Rule], crossing: Sequence[Rule]) -> Iterator[Rule]:
    """Yield a rule where a table ends beyond its first line, and one where it ends beyond its last."""
    edges = _list_positions(rules)
    before = sorted(rule.start for rule in crossing if rule.start < edges[0] - DRAWN.beyond)
    after = sorted((rule.end for rule in crossing if rule.end > edges[-1] + DRAWN.beyond), reverse=True)
    for ends in (before, after):
        if len(ends) > 1 and abs(ends[0] - ends[1]) <= DRAWN.same_line:
            yield Rule(ends[0], -inf, inf)


def _find_drawn_gaps(rules: Sequence[Rule], ats: Sequence[float], along: Sequence[float]) -> set[Place]:
    """Return which pieces of lines are drawn: the number of the line and that of the gap along it."""
    drawn: dict[float, list[Rule]] = defaultdict(list)
    for rule in rules:
        drawn[rule.at].append(rule)
    return {
        (number, gap)
        for number, at in enumerate(ats)
        for gap, (start, end) in enumerate(pairwise(along))
        if _is_drawn(drawn[at], start, end)
    }


def _is_drawn(rules: Iterable[Rule], start: float, end: float) -> bool:
    """Tell whether rules are drawn along half of the middle of a gap: at its ends other lines end."""
    first, last = start + (end - start) / 4, end - (end - start) / 4
    along = sum(max(0.0, min(rule.end, last) - max(rule.start, first)) for rule in rules)
    return along >= (last - first) / 2


def _join_places(
    height: int, width: int, level_edges: set[Place], upright_edges: set[Place]
) -> Iterator[set[Place]]:
    """Yield the places that no line parts, as sets of row and column."""

    def beside(place: Place) -> Iterator[Place]:
        row, column = place
        for other, edge, drawn in (
            ((row + 1, column), (row + 1, column), level_edges),
            ((row - 1, column), (row, column), level_edges),
            ((row, column + 1), (column + 1, row), upright_edges),
            ((row, column - 1), (column, row), upright_edges),
        ):
            if edge not in drawn:
                yield other

    return _join_connected(((row, column) for row in range(height) for column in range(width)), beside)


def _join_connected(
    items: Iterable[Item], neighbours: Callable[[Item], Iterable[Item]]
) -> Iterator[set[Item]]:
    """Yield the items that are joined by way of their neighbours, as sets."""
    free = set(items)
    while free:
        queue = [free.pop()]
        joined = set(queue)
        while queue:
            beside = free.intersection(neighbours(queue.pop()))
            free -= beside
            joined |= beside
            queue.extend(beside)
        yield joined


def _measure_extent(numbers: Sequence[int]) -> tuple[int, int]:
    """Return the first of numbers, and the one behind the last."""
    return min(numbers), max(numbers) + 1


def _is_closed(
    rows: tuple[int, int],
    columns: tuple[int, int],
    last: tuple[int, int],
    level_edges: set[Place],
    upright_edges: set[Place],
) -> bool:
    """Tell whether lines close a cell at its four sides, or at three if the fourth is the end of the table.

    Where the end of a page cuts a merged cell, its sides go down to it and nothing is drawn below them.
    """
    missing = [
        line in (0, end)
        for lines, span, end, edges in (
            (rows, columns, last[0], level_edges),
            (columns, rows, last[1], upright_edges),
        )
        for line in lines
        if not all((line, gap) in edges for gap in range(*span))
    ]
    return not missing or missing == [True]
