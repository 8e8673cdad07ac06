from __future__ import annotations

import csv
from importlib.resources import files
from itertools import combinations
from typing import TYPE_CHECKING

import pytest
import yaml

from archive.site_files import site_folder
from benchmarks.tile_grids import WIDEST, read_divisions
from gongkai.web.rendering.drawings import (
    NOT_FOUND,
    SHARE,
    SIZE,
    GridMisread,
    Shown,
    Tile,
    draw_tiles,
    find_parts,
    find_smallest_grid,
    fit_ramp,
    read_grids,
)
from pipelines.bodies.regions import region_by_code, stem_of

if TYPE_CHECKING:
    from pathlib import Path

MUNICIPALITIES = ("11", "12", "31", "50")
GRIDS = read_grids(site_folder() / "tiles.yaml")


def divisions_with_a_tile() -> dict[str, str]:
    """Return the divisions in force that stand next below a province, by code: those of GB/T 2260."""
    text = files("pipelines.knowledge").joinpath("regions.csv").read_text("utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {
        row["code"]: row["name"]
        for row in rows
        if not row["to"]
        and row["code"][:2] not in ("71", "81", "82")
        and not row["code"].endswith("0000")
        and (row["code"].endswith("00") or row["code"][2:4] == "90" or row["code"][:2] in MUNICIPALITIES)
    }


def test_every_division_below_a_province_has_one_tile_in_its_grid() -> None:
    known = divisions_with_a_tile()
    assert len(known) == 451
    placed = [
        (tile.code, grid.within) for grid in GRIDS.values() if grid.within != "000000" for tile in grid.tiles
    ]
    assert sorted(placed) == [(code, f"{code[:2]}0000") for code in sorted(known)]
    for grid in GRIDS.values():
        assert (min(tile.row for tile in grid.tiles), min(tile.column for tile in grid.tiles)) == (1, 1)
        assert max(tile.row for tile in grid.tiles) == grid.rows
        assert max(tile.column for tile in grid.tiles) == grid.columns <= WIDEST
        for tile in grid.tiles:
            chinese, _, english = tile.name.partition(" / ")
            region = region_by_code(tile.code)
            assert region is not None
            assert region.name.startswith(chinese)
            assert english
    assert {tile.code for tile in GRIDS["china"].tiles} == {f"{code[:2]}0000" for code in known}


@pytest.mark.parametrize("key", [key for key in GRIDS if key != "china"])
def test_a_grid_keeps_the_points_of_the_compass_and_most_borders(key: str) -> None:
    grid = GRIDS[key]
    places = {tile.code: tile for tile in grid.tiles}
    touching, borders, turned, pairs = 0, 0, 0, 0
    for one, other in combinations(read_divisions(grid.within[:2]), 2):
        a, b = places[one.code], places[other.code]
        down, across = b.row - a.row, b.column - a.column
        x, y = other.x - one.x, other.y - one.y
        pairs += 1
        turned += (x * across if abs(x) > abs(y) else y * down) < 0
        if other.code in one.neighbours:
            borders += 1
            touching += max(abs(down), abs(across)) == 1
    assert turned <= pairs / 20
    assert touching >= 0.7 * borders


@pytest.mark.parametrize(
    ("name", "chinese", "english"),
    [
        ("新乡 / Xinxiang", ["新乡"], ["Xinxiang"]),
        ("驻马店 / Zhumadian", ["驻马店"], ["Zhuma-", "dian"]),
        ("鄂尔多斯 / Ordos", ["鄂尔", "多斯"], ["Ordos"]),
        ("连云港 / Lianyungang", ["连云港"], ["Lianyun-", "gang"]),
        ("石家庄 / Shijiazhuang", ["石家庄"], ["Shijia-", "zhuang"]),
        ("内蒙古 / Inner Mongolia", ["内蒙古"], ["Inner", "Mongolia"]),
    ],
)
def test_a_name_is_broken_where_a_tile_ends(name: str, chinese: list[str], english: list[str]) -> None:
    tile = Tile(1, 1, "410000", name)
    assert tile.break_name() == chinese
    assert tile.break_name(in_english=True) == english


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ([], (0.0, 0.05)),
        ([0.0, 0.0], (0.0, 0.05)),
        ([0.058], (0.0, 0.1)),
        ([0.32, 0.58], (0.3, 0.8)),
        ([0.9, 0.97, 1.0], (0.9, 1.0)),
        ([0.014, 0.11], (0.0, 0.125)),
        ([1.2, 8.5], (0.0, 10.0)),
    ],
)
def test_a_ramp_begins_and_ends_where_the_shares_do(
    shares: list[float], expected: tuple[float, float]
) -> None:
    assert fit_ramp(shares) == pytest.approx(expected)


def test_an_operators_own_grids_come_first(tmp_path: Path) -> None:
    own = {
        "title": "我的 / mine",
        "within": "130000",
        "rows": 1,
        "columns": 1,
        "tiles": [[1, 1, "130100", "石 / Shi"]],
    }
    (tmp_path / "tiles.yaml").write_text(yaml.safe_dump({"grids": {"mine": own, "henan": own}}), "utf-8")
    found = read_grids(tmp_path / "tiles.yaml", site_folder() / "tiles.yaml")
    assert set(list(found)[:2]) == {"mine", "henan"}
    assert found["henan"].within == "130000"
    assert find_parts(found, "310000") == "shanghai"


def test_provinces_whose_names_begin_alike_are_told_apart_by_code() -> None:
    places = {tile.code: tile.name.partition(" / ")[0] for tile in GRIDS["china"].tiles}
    assert [places[code] for code in ("410000", "430000", "460000")] == ["河南", "湖南", "海南"]


@pytest.mark.parametrize(
    ("code", "stem"), [("000000", ""), ("410000", "41"), ("410700", "4107"), ("419001", "419001")]
)
def test_a_division_is_what_its_code_begins_with(code: str, stem: str) -> None:
    assert stem_of(code) == stem


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (["410700"], "henan"),
        (["410702", "419001", "410000"], "henan"),
        (["410700", "420000"], "china"),
        (["000000"], "china"),
        ([], "china"),
    ],
)
def test_a_corpus_is_shown_on_the_smallest_grid_that_holds_it(codes: list[str], expected: str) -> None:
    assert find_smallest_grid(GRIDS, codes) == expected


@pytest.mark.parametrize(
    ("tiles", "problem"),
    [
        ([[1, 1, "410600", "鹤壁"], [1, 1, "410500", "安阳"]], "one place"),
        ([[1, 1, "410600", "鹤壁"], [1, 2, "410600", "安阳"]], "one code"),
        ([[1, 3, "410600", "鹤壁"]], "outside"),
        ([[0, 1, "410600", "鹤壁"]], "outside"),
        ([[1, 1, "890000", "无此"]], "no division"),
    ],
)
def test_a_grid_that_cannot_be_drawn_is_refused(tmp_path: Path, tiles: list[object], problem: str) -> None:
    grid = {"title": "格 / grid", "within": "410000", "rows": 2, "columns": 2, "tiles": tiles}
    (tmp_path / "tiles.yaml").write_text(yaml.safe_dump({"grids": {"g": grid}}), "utf-8")
    with pytest.raises(GridMisread, match=problem):
        read_grids(tmp_path / "tiles.yaml")


def test_a_tile_has_a_tint_only_where_there_is_a_share() -> None:
    grid = GRIDS["henan"]
    shown = {tile.code: Shown("–") for tile in grid.tiles}
    shown["410700"] = Shown("5.0%", SHARE, 0.05)
    shown["411500"] = Shown("0.0%", SHARE, 0.0)
    shown["410600"] = Shown("0/1", NOT_FOUND)
    drawn = {it.tile.code: it for it in draw_tiles(grid, shown, top=0.1).tiles}
    assert {code: it.step for code, it in drawn.items() if it.step} == {"410700": 3, "411500": 1}
    assert (drawn["410700"].x, drawn["410700"].y) == (3 * SIZE, SIZE)
    assert drawn["410100"].shown.kind == "unknown"
