from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from archive.site_files import site_folder
from gongkai.web.rendering.tile_grid import (
    NOT_FOUND,
    SHARE,
    SIZE,
    GridMisread,
    Shown,
    draw_tiles,
    find_smallest_grid,
    read_grids,
    stem_of,
)
from pipelines.bodies.regions import PROVINCE, parent_of, region_by_code

if TYPE_CHECKING:
    from pathlib import Path

GRIDS = read_grids(site_folder() / "tiles.yaml")


def test_the_grid_of_henan_holds_its_cities_and_that_of_china_its_provinces() -> None:
    henan, china = GRIDS["henan"], GRIDS["china"]
    assert (len(henan.tiles), henan.rows, henan.columns) == (18, 6, 5)
    assert (len(china.tiles), china.rows, china.columns) == (31, 9, 7)
    for tile in henan.tiles:
        region = region_by_code(tile.code)
        assert region is not None
        assert region.name.startswith(tile.name.partition(" / ")[0])
        above = parent_of(region)
        assert above is not None
        assert above.code == henan.within
    for tile in china.tiles:
        region = region_by_code(tile.code)
        assert region is not None
        assert region.level == PROVINCE
        assert region.name.startswith(tile.name.partition(" / ")[0])


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
