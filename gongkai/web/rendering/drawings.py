"""What drawings share: widths of texts, scales, PNG; and tiles of equal size in the place of a map.

The tiles are places in a scheme and no borders; which place each has is data (`datasette/tiles.yaml`). A tile
has a tint only where there is a share to show: what is not known is hatched and says so in words.

Of texts in charts no font is read: widths are bounds over the common faces, so that what they keep apart
never collides. A PNG is drawn in a child process, for the library holds the interpreter while it draws, with
the font of `datasette/fonts/`; a character that it lacks is looked for in those of the system.
"""

from __future__ import annotations

import math
import pickle
import re
import unicodedata
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lxml import etree

from archive.sandbox.pool import Limits
from archive.site_files import site_folder
from gongkai.web.language import is_english
from gongkai.web.thresholds import PICTURES
from pipelines.bodies.regions import region_by_code, stem_of
from pipelines.errors import GongkaiError
from pipelines.knowledge import parse_yaml
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from archive.sandbox.confinement import Meter

_WIDE = frozenset("mwMW%@—…")
# A word or a number, so long that it fits a line at all, or another character, and brackets that open it.
_UNIT = re.compile(r"\s+|[(（《“‘「]*(?:[^\W\d_\u3400-\u9fff]{1,24}|\d[\d.,%]{0,23}|.)", re.DOTALL)


def measure_text(text: str, size: float) -> float:
    """Return a width that a text in letters of a size does not exceed."""
    return size * sum(_width_of(character) for character in text)


def wrap_text(text: str, size: float, width: float) -> list[str]:
    """Return the lines of a text; words and numbers stay whole, and no line begins with a closing mark."""
    lines: list[str] = []
    line = ""
    for unit in _UNIT.findall(text):
        is_closing = unicodedata.category(unit[0]) in {"Pe", "Po", "Pf"}
        if line and not is_closing and measure_text(line + unit, size) > width:
            lines.append(line.rstrip())
            line = unit.lstrip()
        else:
            line += unit
    return [*lines, line.rstrip()] if line.strip() else lines


def cut_text(text: str, most: int) -> str:
    """Return a text; of one with more than so many characters its beginning, and that it goes on."""
    return text if len(text) <= most else text[:most] + "…"


def _width_of(character: str) -> float:
    if unicodedata.east_asian_width(character) in "WFA":
        return 1.0
    return 0.95 if character in _WIDE else 0.62


SIZE = 48
"""Edge of a tile, in units of the drawing: with seven in a row, text of 12 units is legible on a phone."""

STEPS = 5
"""Tints of the ramp."""

NARROWEST = 5
"""Tiles for whose width there is room in any drawing, so that those of a small grid are no larger."""

CHINESE_CHARS, LATIN_CHARS = 3, 8
"""Characters of a name that a line of a tile holds."""

# A syllable of a name as pinyin writes it.
_SYLLABLE = re.compile(r"[^aeiouü]*[aeiouü]+(?:ng(?![aeiouü])|n(?![aeiouü])|r(?![aeiouü]))?(?:[^aeiouü]+$)?")

SHARE, UNKNOWN, NOT_FOUND = "share", "unknown", "not_found"
"""What a tile shows: a share by its tint; nothing, hatched; that there is nothing, after a complete look."""


class GridMisread(GongkaiError):
    """A grid of tiles says something that cannot be drawn."""


class Tile(FrozenStruct):
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

    def break_name(self, *, in_english: bool = False) -> list[str]:
        """Return its name in lines that a tile has room for."""
        chinese, _, english = self.name.partition(" / ")
        if in_english:
            return _break_english(english)
        half = len(chinese) // 2 if len(chinese) > CHINESE_CHARS else len(chinese)
        return [part for part in (chinese[:half], chinese[half:]) if part]


class Grid(FrozenStruct):
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


class Shown(FrozenStruct):
    """What a tile is to show.

    Attributes:
        text: a few characters.
        note: a few more, below them; empty for none.
        kind: `share`, `unknown` or `not_found`.
        share: of a `share`, from 0 to 1.
        href: where the tile leads; None for nowhere.
    """

    text: str
    kind: str = UNKNOWN
    share: float | None = None
    href: str | None = None
    note: str = ""


class DrawnTile(NamedTuple):
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

    def lines(self) -> list[tuple[float, str, str]]:
        """Return the lines of text of a tile: the height of each, its text, its class.

        The class is `name`, of an English name `latin`, or `value`.
        """
        in_english = is_english()
        name = self.tile.break_name(in_english=in_english)
        texts = [*name, self.shown.text, *filter(None, [self.shown.note])]
        # Four lines have room in a tile of 48 units where they stand closer.
        apart = {1: 14, 2: 14, 3: 13.5}.get(len(texts), 11.5)
        top = self.y + SIZE / 2 + 4.5 - apart * (len(texts) - 1) / 2
        kinds = ["latin" if in_english else "name"] * len(name) + ["value"] * (len(texts) - len(name))
        return [
            (round(top + at * apart, 1), text, kind)
            for at, (text, kind) in enumerate(zip(texts, kinds, strict=True))
        ]


class TileChart(NamedTuple):
    """A drawing of `width` × `height` units; `bounds` are the limits of the tints."""

    width: int
    height: int
    tiles: tuple[DrawnTile, ...]
    bounds: tuple[float, ...]

    @property
    def ramp(self) -> list[str]:
        """What each tint means, the lightest first; empty where none is shown."""
        if not any(it.step for it in self.tiles):
            return []
        limits = [f"{100 * bound:.4g}%" for bound in self.bounds]
        return [f"{low}–{high}" for low, high in pairwise(limits)]


def read_grids(*files: Path) -> dict[str, Grid]:
    """Read tables of grids such as `datasette/tiles.yaml`, the grids by their keys; of one key the first.

    Args:
        files: those that are not there hold none.

    Raises:
        GridMisread: two tiles share a place or a code, one lies outside, or a code is no division's.
    """
    found: dict[str, Grid] = {}
    for path in filter(Path.exists, files):
        for key, said in parse_yaml(path.read_text("utf-8"))["grids"].items():
            found.setdefault(key, _grid(f"{path.name}: {key}", said))
    return found


def find_parts(grids: Mapping[str, Grid], code: str) -> str | None:
    """Return the key of the grid of the divisions of a place; None where it has none."""
    return next((key for key, grid in grids.items() if grid.within == code), None)


def find_smallest_grid(grids: Mapping[str, Grid], codes: Iterable[str]) -> str:
    """Return the key of the first grid that holds all codes; of the last where there are none."""
    wanted = set(codes)
    for key, grid in grids.items():
        if wanted and all(code.startswith(stem_of(grid.within)) for code in wanted):
            return key
    return list(grids)[-1]


def draw_tiles(grid: Grid, shown: Mapping[str, Shown], *, low: float = 0.0, top: float = 1.0) -> TileChart:
    """Place and tint the tiles.

    Args:
        grid: the places.
        shown: what each is to show, by code; every tile has one.
        low: the share at which the ramp begins.
        top: the share at which it ends.
    """
    return TileChart(
        width=max(grid.columns, NARROWEST) * SIZE,
        height=grid.rows * SIZE,
        tiles=tuple(_drawn(tile, shown[tile.code], low, top) for tile in grid.tiles),
        bounds=tuple(low + (top - low) * step / STEPS for step in range(STEPS + 1)),
    )


def fit_ramp(shares: Collection[float]) -> tuple[float, float]:
    """Return where a ramp begins and ends so that its round steps tell the shares apart.

    Args:
        shares: those that are shown, none negative; of none, or of zeros, the ramp goes to 5 %.
    """
    low, high = min(shares, default=0.0), max(shares, default=0.0)
    if low == high:
        low, high = 0.0, high or 0.05
    for step in ROUND_STEPS:
        # A share of a whole ends at the whole.
        latest = max(1 - STEPS * step, 0.0) if high <= 1 else low
        # The small number: a share that lies on a step but for rounding counts as on it.
        start = min(math.floor(low / step + 1e-9) * step, latest)
        if high <= start + STEPS * step + 1e-9:
            break
    return round(start, 6), round(start + STEPS * step, 6)


def _drawn(tile: Tile, shown: Shown, low: float, top: float) -> DrawnTile:
    step = 0 if shown.share is None else find_step(shown.share - low, top - low, STEPS)
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


def _break_english(name: str) -> list[str]:
    """Break an English name between words and between syllables, the lines as full as may be."""
    lines: list[str] = []
    for word in name.split():
        line, left = "", len(word)
        for syllable in _SYLLABLE.findall(word) or [word]:
            left -= len(syllable)
            # Of a line that another follows, the last place is the hyphen's.
            if line and len(line + syllable) > LATIN_CHARS - bool(left):
                lines.append(f"{line}-")
                line = ""
            line += syllable
        lines.append(line)
    return lines


ROUND_STEPS = [factor * 10.0**power for power in range(-3, 12) for factor in (1, 2, 2.5, 5)]
"""Of ramps and axes, the least first: shares are written with one decimal of a percentage."""


class Scale(FrozenStruct):
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


def find_step(value: float, top: float, steps: int) -> int:
    """Return in which of equal steps from 0 to the top a value lies, from 1; the top lies in the last."""
    # Likewise for rounding: what lies on the edge of two steps is of the upper one.
    return min(steps, int(value / top * steps * (1 + 1e-9)) + 1)


LIMITS = Limits(seconds=10, memory_bytes=1 << 30, cpu_seconds=10, open_files=64, answer_bytes=24 << 20)
"""What drawing one picture may cost."""

FAMILY = "Gongkai Sans"


def answer_drawing(_meter: Meter, svg: str, width: int) -> bytes:
    """Answer in the child process with a PNG, pickled."""
    return pickle.dumps(draw_png(svg, width))


def draw_png(svg: str, width: int) -> bytes:
    """Draw an SVG of ours.

    Args:
        svg: with `width` and `height`.
        width: in pixels; less where the PNG would have more of them than `PICTURES.most_pixels`.
    """
    import resvg_py  # noqa: PLC0415  the server itself never draws

    root = etree.fromstring(svg)
    across, down = (float(root.get(side, "")) for side in ("width", "height"))
    zoom = min(width / across, math.sqrt(PICTURES.most_pixels / (across * down)))
    font = str(site_folder() / "fonts" / "gongkai-sans.otf")
    return bytes(
        resvg_py.svg_to_bytes(svg_string=svg, zoom=zoom, font_files=[font], sans_serif_family=FAMILY)
    )
