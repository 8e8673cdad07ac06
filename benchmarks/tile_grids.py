"""Find a grid of tiles for a province from where its divisions lie: `python -m benchmarks.tile_grids 41 …`.

Reads `tile_positions.csv` and prints each grid as `datasette/tiles.yaml` has it, with how well it keeps the
borders. A grid costs what it moves divisions from their places, what it parts of those that border on one
another, what it puts together of those that do not, and what it turns round by compass; annealing looks for
the cheapest, from a fixed seed. A grid is looked at before it is kept, and some were mended by hand.
"""

from __future__ import annotations

import csv
import math
import random
import sys
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

POSITIONS = Path(__file__).with_name("tile_positions.csv")
WIDEST = 7
"""Tiles in a row, so that text is legible on a phone."""

ROOM = 1.45
"""Places of a grid for each tile."""

STEPS = 120_000
TRIES = 4
START_HEAT, END_HEAT = 3.0, 0.02

EDGE, CORNER, APART, AGAIN = 0.0, 0.8, 2.4, 0.9
"""What a border costs whose divisions share an edge, touch, stand apart; and each further step between."""

FALSE_EDGE = 0.7
TURNED, LEVEL = 3.0, 0.35
"""What a pair costs that is turned round by its main direction, and one that lost it."""

MOVED = 0.35
"""What the square of a step away from its own place costs."""

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Division:
    """One row of the table of positions; `x` grows eastwards and `y` southwards, in degrees of latitude."""

    code: str
    name: str
    x: float
    y: float
    neighbours: frozenset[str]


def read_divisions(province: str) -> list[Division]:
    """Return the divisions of a province that have tiles.

    Args:
        province: the first two digits of its code.
    """
    lines = [line for line in POSITIONS.read_text("utf-8").splitlines() if not line.startswith("#")]
    rows = [row for row in csv.DictReader(lines) if row["code"].startswith(province)]
    middle = sum(float(row["latitude"]) for row in rows) / len(rows)
    narrower = math.cos(math.radians(middle))
    return [
        Division(
            row["code"],
            f"{row['name']} / {row['english']}",
            float(row["longitude"]) * narrower,
            -float(row["latitude"]),
            frozenset(row["neighbours"].split()),
        )
        for row in rows
    ]


class Search:
    """The places of one province's divisions in a grid of so many rows and columns."""

    def __init__(self, divisions: list[Division], rows: int, columns: int) -> None:
        self.divisions, self.rows, self.columns = divisions, rows, columns
        xs = _spread([it.x for it in divisions], columns)
        ys = _spread([it.y for it in divisions], rows)
        self.homes = list(zip(ys, xs, strict=True))
        self.pair = [
            [self._pair_costs(one, other) if one is not other else {} for other in divisions]
            for one in divisions
        ]

    def _pair_costs(self, one: Division, other: Division) -> dict[Place, float]:
        borders = other.code in one.neighbours
        return {
            (down, across): _cost_of_border(down, across, borders=borders)
            + _cost_of_compass(one, other, down, across)
            for down in range(-self.rows + 1, self.rows)
            for across in range(-self.columns + 1, self.columns)
        }

    def cost_of(self, index: int, place: Place, places: list[Place]) -> float:
        """Return what a division costs in a place, the others where they are."""
        row, column = place
        home = self.homes[index]
        moved = MOVED * ((row - home[0]) ** 2 + (column - home[1]) ** 2)
        costs = self.pair[index]
        return moved + sum(
            costs[j][places[j][0] - row, places[j][1] - column] for j in range(len(places)) if j != index
        )

    def total(self, places: list[Place]) -> float:
        """Return what a grid costs."""
        own = [self.cost_of(index, place, places) for index, place in enumerate(places)]
        moved = [
            MOVED * ((row - home[0]) ** 2 + (column - home[1]) ** 2)
            for (row, column), home in zip(places, self.homes, strict=True)
        ]
        return (sum(own) + sum(moved)) / 2

    def anneal(self, rng: random.Random) -> list[Place]:
        """Return a cheap grid: each step moves a division to another place, or lets two change theirs."""
        everywhere = [(row, column) for row in range(self.rows) for column in range(self.columns)]
        free = list(everywhere)
        places = []
        for home in self.homes:
            nearest = min(free, key=lambda place: (place[0] - home[0]) ** 2 + (place[1] - home[1]) ** 2)
            free.remove(nearest)
            places.append(nearest)
        holder = {place: index for index, place in enumerate(places)}
        best, best_total = list(places), self.total(places)
        now = best_total
        for step in range(STEPS):
            heat = START_HEAT * (END_HEAT / START_HEAT) ** (step / STEPS)
            index, target = rng.randrange(len(places)), rng.choice(everywhere)
            source = places[index]
            if target == source:
                continue
            gain = self._gain(index, target, holder.get(target), places)
            if gain < 0 and rng.random() >= math.exp(gain / heat):
                continue
            other = holder.pop(target, None)
            del holder[source]
            places[index], holder[target] = target, index
            if other is not None:
                places[other], holder[source] = source, other
            now -= gain
            if now < best_total - 1e-9:
                best, best_total = list(places), now
        return best

    def _gain(self, index: int, target: Place, other: int | None, places: list[Place]) -> float:
        source = places[index]
        before = self.cost_of(index, source, places)
        if other is None:
            return before - self.cost_of(index, target, places)
        changed = list(places)
        changed[index], changed[other] = target, source
        between = self.pair[index][other]
        before += self.cost_of(other, target, places)
        before -= between[target[0] - source[0], target[1] - source[1]]
        after = self.cost_of(index, target, changed) + self.cost_of(other, source, changed)
        after -= between[source[0] - target[0], source[1] - target[1]]
        return before - after


def _spread(values: list[float], size: int) -> list[float]:
    """Return places along an axis, halfway between where the divisions lie and evenly one after another."""
    low, high = min(values), max(values)
    order = sorted(values)
    last = len(values) - 1
    return [(size - 1) * ((value - low) / (high - low) + order.index(value) / last) / 2 for value in values]


def _cost_of_border(down: int, across: int, *, borders: bool) -> float:
    steps = abs(down) + abs(across)
    if not borders:
        return FALSE_EDGE if steps == 1 else 0.0
    if steps == 1:
        return EDGE
    return CORNER if abs(down) == abs(across) == 1 else APART + AGAIN * (steps - 2)


def _cost_of_compass(one: Division, other: Division, down: int, across: int) -> float:
    """Return what is paid for each axis along which two divisions lie clearly one after the other."""
    x, y = other.x - one.x, other.y - one.y
    cost = 0.0
    for along, beside, step in ((x, y, across), (y, x, down)):
        if abs(along) >= abs(beside) / 2 and along * step <= 0:
            cost += (LEVEL if step == 0 else TURNED) * (1 if abs(along) >= abs(beside) else 0.4)
    return cost


def find_grid(province: str) -> tuple[list[Division], list[Place]]:
    """Return the divisions of a province and the places of the cheapest grid found, from row and column 1."""
    divisions = read_divisions(province)
    width = max(it.x for it in divisions) - min(it.x for it in divisions)
    height = max(it.y for it in divisions) - min(it.y for it in divisions)
    room = len(divisions) * ROOM
    columns = max(2, min(WIDEST, round(math.sqrt(room * width / height))))
    search = Search(divisions, max(2, math.ceil(room / columns)), columns)
    rng = random.Random(province)
    places = min((search.anneal(rng) for _ in range(TRIES)), key=search.total)
    top, left = min(row for row, _ in places), min(column for _, column in places)
    return divisions, [(row - top + 1, column - left + 1) for row, column in places]


def describe_grid(divisions: list[Division], places: list[Place]) -> str:
    """Return how many borders are edges, corners or neither, and how many pairs are turned round."""
    told = {"edge": 0, "corner": 0, "apart": 0, "false": 0, "turned": 0}
    for (one, a), (other, b) in combinations(zip(divisions, places, strict=True), 2):
        down, across = b[0] - a[0], b[1] - a[1]
        is_edge = abs(down) + abs(across) == 1
        if other.code in one.neighbours:
            told["edge" if is_edge else "corner" if abs(down) == abs(across) == 1 else "apart"] += 1
        elif is_edge:
            told["false"] += 1
        x, y = other.x - one.x, other.y - one.y
        told["turned"] += (x * across if abs(x) > abs(y) else y * down) < 0
    borders = told["edge"] + told["corner"] + told["apart"]
    return (
        f"Of {borders} borders {told['edge']} are edges and {told['corner']} corners; neighbours that are "
        f"none: {told['false']}; pairs turned round: {told['turned']}."
    )


def main(provinces: list[str]) -> None:
    """Print the grids of some provinces."""
    for province in provinces:
        divisions, places = find_grid(province)
        rows, columns = max(row for row, _ in places), max(column for _, column in places)
        print(f"    # {describe_grid(divisions, places)}\n    within: '{province}0000'")
        print(f"    rows: {rows}\n    columns: {columns}\n    tiles:")
        for (row, column), it in sorted(zip(places, divisions, strict=True), key=lambda pair: pair[0]):
            print(f"      - [{row}, {column}, '{it.code}', {it.name}]")


if __name__ == "__main__":
    main(sys.argv[1:])
