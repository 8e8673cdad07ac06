"""Finding a body by what a person types."""

from __future__ import annotations

import pytest

from pipelines.bodies.body_names import find_bodies
from pipelines.bodies.roster import Roster, make_roster, parse_roster, shipped_tables

OWN = """\
name,region_code,level,kind,aliases,from_year,to_year,home_url
信阳市人民政府,411500,prefecture,government,,,,https://www.xinyang.gov.cn/
信阳市浉河区人民政府,411502,county,government,,,,http://www.shihe.gov.cn/
信阳市财政局,411500,prefecture,department,,,,http://czj.xinyang.gov.cn/
吉林省人民政府,220000,province,government,,,,http://www.jl.gov.cn/
吉林省吉林市人民政府,220200,prefecture,government,吉林市人民政府,,,http://www.jlcity.gov.cn/
郑州市中原区人民政府,410102,county,government,,,,
济源市人民政府,419001,county,government,济源产城融合示范区管理委员会,,,http://www.jiyuan.gov.cn/
信阳高新技术产业开发区管理委员会,411500,county,government,,,,
宿迁宿豫区人民政府,321311,county,government,,,,
郑州市邙山区人民政府,410108,county,government,,,2003,
财政部,,national,department,中华人民共和国财政部,,,http://www.mof.gov.cn/
""".replace(",2003,", ",2010,")


@pytest.fixture(scope="module")
def roster() -> Roster:
    table = parse_roster(OWN, "own.csv")
    assert table.problems == ()
    return make_roster([table])


@pytest.mark.parametrize(
    ("said", "names"),
    [
        pytest.param("信阳市人民政府", ["信阳市人民政府"], id="the whole name"),
        pytest.param("河南省信阳市人民政府", ["信阳市人民政府"], id="with the province"),
        pytest.param(" 信阳市 ", ["信阳市人民政府"], id="the place"),
        pytest.param("信阳市政府", ["信阳市人民政府"], id="short for the government"),
        pytest.param("信阳", ["信阳市人民政府"], id="short for the place"),
        pytest.param("浉河区", ["信阳市浉河区人民政府"], id="a county by itself"),
        pytest.param("浉河", ["信阳市浉河区人民政府"], id="short for a county"),
        pytest.param("信阳市财政局", ["信阳市财政局"], id="a department"),
        pytest.param("财政部", ["财政部"], id="a ministry"),
        pytest.param("中华人民共和国财政部", ["财政部"], id="an alias"),
        pytest.param("吉林", ["吉林省人民政府", "吉林市人民政府"], id="two places of one name"),
        pytest.param("邙山区", ["郑州市邙山区人民政府"], id="one that is no more"),
        pytest.param("中原", ["郑州市中原区人民政府"], id="a district, short"),
        pytest.param("高新技术产业开发区", ["信阳高新技术产业开发区管理委员会"], id="a zone of a city"),
        pytest.param("宿豫区", ["宿迁宿豫区人民政府"], id="a county behind a short name"),
        pytest.param("阳", [], id="one character is no place"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_what_a_person_types_names_a_body(roster: Roster, said: str, names: list[str]) -> None:
    assert sorted(entry.name for entry in find_bodies(roster, said)) == sorted(names)


def test_every_shipped_body_is_found_by_its_name_and_place() -> None:
    shipped = make_roster(shipped_tables())
    for entry in shipped.entries.values():
        assert find_bodies(shipped, entry.name) == (entry,)
    cities = [name for name in shipped.entries if name.endswith("市人民政府")]
    unclear = [name for name in cities if len(find_bodies(shipped, name.removesuffix("人民政府"))) != 1]
    assert unclear == []
