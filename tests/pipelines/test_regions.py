"""Divisions: which one a name names, where several bear it, and that no code is guessed."""

from __future__ import annotations

import pytest

from pipelines.bodies.regions import (
    Region,
    find_place,
    full_name,
    parent_of,
    region_by_code,
    region_of,
)


@pytest.mark.parametrize(
    ("name", "within", "found"),
    [
        pytest.param("新乡市人民政府", None, ("410700", "prefecture"), id="a city"),
        pytest.param("河南省财政厅", None, ("410000", "province"), id="a department"),
        pytest.param("信阳市浉河区人民政府", None, ("411502", "county"), id="a district after its city"),
        pytest.param("河南省信阳市浉河区财政局", None, ("411502", "county"), id="a whole chain"),
        pytest.param("河南省浉河区财政局", None, ("411502", "county"), id="a chain with a gap"),
        pytest.param("浉河区人民政府", None, ("411502", "county"), id="a district of which there is one"),
        pytest.param(
            "吉林省吉林市人民政府", None, ("220200", "prefecture"), id="a city named as its province"
        ),
        pytest.param("北京市朝阳区人民政府", None, ("110105", "county"), id="a district of a municipality"),
        pytest.param("济源市人民政府", None, ("419001", "county"), id="a city right below a province"),
        pytest.param("恩施州人民政府", None, ("422800", "prefecture"), id="without the nationalities"),
        pytest.param("中共新乡市委", None, ("410700", "prefecture"), id="after 中共"),
        pytest.param("国家税务总局新乡市税务局", None, ("410700", "prefecture"), id="after 国家税务总局"),
        pytest.param("国务院办公厅", None, ("000000", "national"), id="国务院"),
        pytest.param("国家税务总局", None, ("000000", "national"), id="a central body"),
        pytest.param("国家统计局新乡调查队", None, None, id="a branch that names no division in full"),
        pytest.param("浉河区老城街道办事处", None, ("411502", "township"), id="a street"),
        pytest.param("新乡县七里营镇人民政府", None, ("410721", "township"), id="a town"),
        pytest.param("七里营镇人民政府", None, None, id="a town alone"),
        pytest.param(
            "七里营镇人民政府", "410721", ("410721", "township"), id="a town on its county's portal"
        ),
        pytest.param("七里营镇人民政府", "410700", None, id="a town on its city's portal"),
        pytest.param("鼓楼区人民政府", None, None, id="one of several"),
        pytest.param("鼓楼区人民政府", "410204", ("410204", "county"), id="one of several on its portal"),
        pytest.param("鼓楼区人民政府", "410200", ("410204", "county"), id="one of several on its city's"),
        pytest.param("鼓楼区人民政府", "410700", None, id="one of several elsewhere"),
        pytest.param("鼓楼区人民政府", "990100", None, id="one of several in a place that is not"),
        pytest.param("市政府", None, None, id="市政府 alone"),
        pytest.param("市政府", "410700", ("410700", "prefecture"), id="市政府 on a city's portal"),
        pytest.param("市政府", "411502", ("411500", "prefecture"), id="市政府 on a district's portal"),
        pytest.param("省政府", "411502", ("410000", "province"), id="省政府 on a district's portal"),
        pytest.param("县政府", "410700", None, id="县政府 on a city's portal"),
        pytest.param("市中区人民政府", "370400", ("370402", "county"), id="市中区 is a place"),
        pytest.param("市中区人民政府", "410700", None, id="市中区 is not 新乡市's 中区"),
        pytest.param("长垣县人民政府", None, ("410728", "county"), id="a former county"),
        pytest.param("长垣市人民政府", None, ("410783", "county"), id="what became of it"),
        pytest.param("和县人民政府", None, ("340523", "county"), id="one that only changed its code"),
        pytest.param("毕节市人民政府", None, None, id="a county and a prefecture of one name"),
        pytest.param("毕节市人民政府", "520500", ("520500", "prefecture"), id="the prefecture on its portal"),
        pytest.param("平原示范区管委会", None, None, id="a zone that does not say where"),
        pytest.param("新乡市平原示范区管委会", None, ("410700", "prefecture"), id="a zone of a city"),
        pytest.param("云泽市人民政府", None, None, id="a city that is not"),
    ],
)
def test_region_of(name: str, within: str | None, found: tuple[str, str] | None) -> None:
    region = region_of(name, within)
    assert (region and (region.code, region.level)) == found


def test_a_place_is_split_off_with_what_stands_before_it() -> None:
    place = find_place("国家税务总局河南省新乡市税务局")
    assert (place.before, place.rest) == ("国家税务总局", "税务局")
    assert place.region is not None
    assert place.region.code == "410700"


@pytest.mark.parametrize(
    ("code", "name", "parent"),
    [
        ("410000", "河南省", None),
        ("410700", "新乡市", "410000"),
        ("411502", "信阳市浉河区", "411500"),
        ("410721", "新乡县", "410700"),
        ("419001", "济源市", "410000"),
        ("110105", "北京市朝阳区", "110000"),
        ("000000", "全国", None),
    ],
)
def test_codes_lead_to_names_and_parents(code: str, name: str, parent: str | None) -> None:
    region = region_by_code(code)
    assert region is not None
    above = parent_of(region)
    assert (full_name(region), above and above.code) == (name, parent)


def test_a_code_that_no_table_has_is_none() -> None:
    assert region_by_code("890000") is None


def test_a_code_that_changed_its_name_has_the_name_in_force() -> None:
    region = region_by_code("420600")
    assert region is not None
    assert (region.name, region.from_year, region.to_year) == ("襄阳市", 2010, None)


def _in_force() -> list[Region]:
    codes = (f"{number:06}" for number in range(100_000, 830_000))
    return [region for code in codes if (region := region_by_code(code)) and region.to_year is None]


def test_every_division_in_force_is_found_by_its_full_name_or_by_nothing() -> None:
    regions = _in_force()
    assert len(regions) == 3213
    for region in regions:
        name = f"{full_name(region)}人民政府"
        # Only a former division of the same name leaves it open, and never for a district.
        assert region_of(name) == region or (region_of(name) is None and not region.name.endswith("区"))
        assert region_of(name, region.code) == region


def test_henan_has_the_divisions_of_the_table() -> None:
    levels = [region.level for region in _in_force() if region.code.startswith("41")]
    assert [levels.count(level) for level in ("province", "prefecture", "county")] == [1, 17, 157]
