"""Tiles of equal size in place of a map, one for each division, and the scales of all charts.

The tiles are places in a scheme and no borders; which place each has is data (`datasette/tiles.yaml`). A tile
has a tint only where there is a share to show: what is not known is hatched and says so in words.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipelines.bodies.regions import region_by_code
from pipelines.errors import GongkaiError
from pipelines.knowledge import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path


SIZE = 48
"""Edge of a tile, in units of the drawing: with seven in a row, text of 12 units is legible on a phone."""

STEPS = 5
"""Tints of the ramp."""

SHARE, UNKNOWN, NOT_FOUND = "share", "unknown", "not_found"
"""What a tile shows: a share by its tint; nothing, hatched; that there is nothing, after a complete look."""


class GridMisread(GongkaiError):
    """A grid of tiles says something that cannot be drawn."""


@dataclass(frozen=True, slots=True)
class Tile:
    """The place of a division.

    Attributes:
        row: from 1, downwards.
        column: from 1.
        code: six digits of GB/T 2260.
        name: its short name, `中文 / English`.
    """

    row: int
    column: int
    code: str
    name: str

    @property
    def stem(self) -> str:
        """What the codes of all divisions within it begin with."""
        return stem_of(self.code)


@dataclass(frozen=True, slots=True)
class Grid:
    """The tiles of one region.

    Attributes:
        title: of what they are the tiles, `中文 / English`.
        within: the code of the region that they make up.
        rows: how many.
        columns: how many.
        tiles: in reading order.
    """

    title: str
    within: str
    rows: int
    columns: int
    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a tile is to show.

    Attributes:
        text: a few characters.
        kind: `share`, `unknown` or `not_found`.
        share: of a `share`, from 0 to 1.
        href: where the tile leads; None for nowhere.
    """

    text: str
    kind: str = UNKNOWN
    share: float | None = None
    href: str | None = None


@dataclass(frozen=True, slots=True)
class DrawnTile:
    """A tile with its coordinates.

    Attributes:
        tile: the place.
        shown: what it shows.
        x: of its left edge.
        y: of its upper edge.
        step: of the ramp, from 1; 0 for no tint.
    """

    tile: Tile
    shown: Shown
    x: int
    y: int
    step: int


@dataclass(frozen=True, slots=True)
class TileChart:
    """A drawing of `width` × `height` units; `bounds` are the limits of the tints, from 0."""

    width: int
    height: int
    tiles: tuple[DrawnTile, ...]
    bounds: tuple[float, ...]


def stem_of(code: str) -> str:
    """Return what the codes of a division and of all within it begin with; nothing for the whole country."""
    if code == "000000":
        return ""
    return code[:2] if code.endswith("0000") else code[:4] if code.endswith("00") else code


def read_grids(folder: Path) -> dict[str, Grid]:
    """Read `tiles.yaml` of the site's folder, the grids by their keys.

    Raises:
        GridMisread: two tiles share a place or a code, one lies outside, or a code is no division's.
    """
    path = folder / "tiles.yaml"
    grids: dict[str, dict[str, Any]] = parse_yaml(path.read_text("utf-8"))["grids"]
    return {key: _grid(f"{path.name}: {key}", said) for key, said in grids.items()}


def find_smallest_grid(grids: Mapping[str, Grid], codes: Iterable[str]) -> str:
    """Return the key of the first grid that holds all codes; of the last where there are none."""
    wanted = set(codes)
    for key, grid in grids.items():
        if wanted and all(code.startswith(stem_of(grid.within)) for code in wanted):
            return key
    return list(grids)[-1]


def draw_tiles(grid: Grid, shown: Mapping[str, Shown], *, top: float = 1.0) -> TileChart:
    """Place and tint the tiles.

    Args:
        grid: the places.
        shown: what each is to show, by code; every tile has one.
        top: the share at which the ramp ends.
    """
    return TileChart(
        width=grid.columns * SIZE,
        height=grid.rows * SIZE,
        tiles=tuple(_drawn(tile, shown[tile.code], top) for tile in grid.tiles),
        bounds=tuple(top * step / STEPS for step in range(STEPS + 1)),
    )


def _drawn(tile: Tile, shown: Shown, top: float) -> DrawnTile:
    step = 0 if shown.kind != SHARE or shown.share is None else find_step(shown.share, top, STEPS)
    return DrawnTile(tile, shown, (tile.column - 1) * SIZE, (tile.row - 1) * SIZE, step)


def _grid(where: str, said: Mapping[str, Any]) -> Grid:
    tiles = tuple(sorted((Tile(*place) for place in said["tiles"]), key=lambda it: (it.row, it.column)))
    grid = Grid(said["title"], said["within"], said["rows"], said["columns"], tiles)
    for problem in _problems(grid):
        raise GridMisread(problem, where=where)
    return grid


def _problems(grid: Grid) -> Iterator[str]:
    if len({(tile.row, tile.column) for tile in grid.tiles}) < len(grid.tiles):
        yield "two tiles in one place"
    if len({tile.code for tile in grid.tiles}) < len(grid.tiles):
        yield "two tiles of one code"
    for tile in grid.tiles:
        if not (1 <= tile.row <= grid.rows and 1 <= tile.column <= grid.columns):
            yield f"{tile.code} lies outside"
        if region_by_code(tile.code) is None:
            yield f"{tile.code} is no division"


_STEPS = (1, 2, 5, 10)


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear scale.

    Attributes:
        low: the value at `start`.
        high: the value at `end`, above `low`.
        start: a coordinate.
        end: a coordinate, on either side of `start`.
    """

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Return the coordinate of a value, to a tenth of a unit of the drawing."""
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)


def round_up(value: float, least: float) -> float:
    """Return a round number that no value exceeds: 1, 2 or 5 times a power of ten.

    Args:
        value: the largest that is to be shown, not negative.
        least: the smallest answer, above 0, so that a chart of zeros has an axis.
    """
    if value <= least:
        return least
    power = 10.0 ** math.floor(math.log10(value))
    # A value that lies on a step by its digits may lie above it by the last bit.
    return next(float(f"{step * power:.12g}") for step in _STEPS if step * power >= value * (1 - 1e-9))


def find_step(value: float, top: float, steps: int) -> int:
    """Return in which of equal steps from 0 to the top a value lies, from 1; the top lies in the last."""
    return min(steps, int(value / top * steps * (1 + 1e-9)) + 1)
