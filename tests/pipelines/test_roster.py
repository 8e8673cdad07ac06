"""The roster: what a table may say, whose row wins, and which printed names are one body."""

from __future__ import annotations

import csv
import itertools
from collections import Counter
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.bodies.body_names import Body, Publisher, describe_body, name_of_body
from pipelines.bodies.regions import region_by_code
from pipelines.bodies.roster import RosterTable, make_roster, parse_roster, shipped_tables
from pipelines.metadata.titles import listed_report
from tests.conftest import ROOT

HEADER = "name,region_code,level,kind,aliases,from_year,to_year,home_url,note\n"
SHIPPED = make_roster(shipped_tables())
CITY = Publisher("新乡市人民政府", "410700")
DISTRICT = Publisher(None, "411502")
HOME = "https://www.a.gov.cn/"
INVENTED = Publisher("试城市人民政府", "990100")
WITHOUT_THE_DUTY = {"710000", "810000", "820000"}  # 台湾、香港、澳门


def _table(text: str, name: str = "own.csv") -> RosterTable:
    return parse_roster(text, name)


def test_the_shipped_roster_has_a_government_for_every_division_and_no_problem() -> None:
    assert SHIPPED.problems == ()
    goes_on = [one for one in SHIPPED.entries.values() if one.to_year is None and one.kind == "government"]
    assert Counter(one.level for one in goes_on) == {"province": 31, "prefecture": 333, "county": 157}
    assert {one.region_code for one in goes_on} == {
        *(_in_force("province") - WITHOUT_THE_DUTY),
        *_in_force("prefecture"),
        *(code for code in _in_force("county") if code.startswith("41")),
    }


def test_the_shipped_roster_has_the_ministries_of_the_state_council() -> None:
    central = [one for one in SHIPPED.entries.values() if one.level == "national"]
    assert len(central) == 57
    assert {(one.region_code, one.kind) for one in central} == {("000000", "department")}


def test_no_body_stands_in_two_shipped_tables() -> None:
    names = Counter(entry.name for table in shipped_tables() for entry in table.entries)
    assert max(names.values()) == 1
    spellings = Counter(alias for entry in SHIPPED.entries.values() for alias in entry.aliases)
    assert max(spellings.values()) == 1
    assert not spellings.keys() & names.keys()


def test_shipped_home_addresses_are_government_hosts_each_of_one_body() -> None:
    homes = [one.home_url for one in SHIPPED.entries.values() if one.home_url]
    hosts = [urlsplit(home).hostname or "" for home in homes]
    assert all(home == f"{urlsplit(home).scheme}://{host}/" for home, host in zip(homes, hosts, strict=True))
    assert all(host.endswith(".gov.cn") for host in hosts)
    assert max(Counter(host.removeprefix("www.") for host in hosts).values()) == 1
    assert len(homes) > 550


@pytest.mark.parametrize("name", ["宜春市人民政府", "玉林市人民政府", "泰州市人民政府"])
def test_an_address_that_two_cities_claim_is_left_blank_and_said(name: str) -> None:
    entry = SHIPPED.entries[name]
    assert entry.home_url is None
    assert "网址待核" in (entry.note or "")


@pytest.mark.parametrize("name", SHIPPED.entries)
def test_a_shipped_row_agrees_with_the_table_of_divisions(name: str) -> None:
    entry = SHIPPED.entries[name]
    region = region_by_code(entry.region_code or "")
    assert region is not None
    assert name_of_body(name, SHIPPED) == name
    assert [name_of_body(alias, SHIPPED) for alias in entry.aliases] == [name] * len(entry.aliases)
    described = describe_body(name, SHIPPED)
    assert described == Body(name, entry.region_code, entry.level, entry.kind)
    assert entry.level in (None, region.level)


@pytest.mark.parametrize(
    ("printed", "publisher", "name"),
    [
        pytest.param("新乡市人民政府", None, "新乡市人民政府", id="itself"),
        pytest.param("新乡市政府", None, "新乡市人民政府", id="政府 for 人民政府"),
        pytest.param("河南省新乡市人民政府", None, "新乡市人民政府", id="after its province"),
        pytest.param("市政府", CITY, "新乡市人民政府", id="市政府 on its portal"),
        pytest.param("市人民政府", DISTRICT, "信阳市人民政府", id="市人民政府 on a district's portal"),
        pytest.param("市政府", None, "市人民政府", id="市政府 of no known place"),
        pytest.param("市财政局", CITY, "新乡市财政局", id="a department on its city's portal"),
        pytest.param("市财政局", INVENTED, "试城市财政局", id="by the portal's body, in no table"),
        pytest.param("县财政局", INVENTED, "县财政局", id="not by the portal's body: it is no county"),
        pytest.param("市中区人民政府", INVENTED, "市中区人民政府", id="市中区 is no short form"),
        pytest.param("浉河区人民政府", None, "信阳市浉河区人民政府", id="a district without its city"),
        pytest.param("鼓楼区人民政府", None, "鼓楼区人民政府", id="one of several stays as printed"),
        pytest.param(
            "鼓楼区人民政府", Publisher(None, "410200"), "开封市鼓楼区人民政府", id="there it is one"
        ),
        pytest.param("长垣县人民政府", None, "长垣市人民政府", id="a former name in the roster"),
        pytest.param("河南省长垣县政府", None, "长垣市人民政府", id="a former name in another spelling"),
        pytest.param("长垣县财政局", None, "长垣县财政局", id="a former name of a body that is not listed"),
        pytest.param("孟津县人民政府", None, "孟津县人民政府", id="one that was merged is another"),
        pytest.param(
            "平原示范区管委会", None, "新乡市平原城乡一体化示范区管理委员会", id="a zone by its alias"
        ),
        pytest.param("国家发展改革委", None, "国家发展和改革委员会", id="a ministry's short name"),
        pytest.param("中华人民共和国财政部", None, "财政部", id="a ministry's full name"),
        pytest.param("喀什地区行署", None, "喀什地区行政公署", id="an area's office"),
        pytest.param("延边州政府", None, "延边朝鲜族自治州人民政府", id="a prefecture's short name"),
        pytest.param("昌都地区行署", None, "昌都市人民政府", id="an area that became a city"),
        pytest.param("新乡市财政局办公室", None, "新乡市财政局办公室", id="another organ is another body"),
        pytest.param("新乡市人民政府办公室", None, "新乡市人民政府办公室", id="an office is no government"),
        pytest.param("七里营镇政府", Publisher(None, "410721"), "新乡县七里营镇人民政府", id="a town"),
    ],
)
def test_which_names_are_one_body(printed: str, publisher: Publisher | None, name: str) -> None:
    assert name_of_body(printed, SHIPPED, publisher) == name


@pytest.mark.parametrize(
    ("name", "described"),
    [
        ("新乡市财政局", ("410700", "prefecture", "department")),
        ("新乡市平原示范区财政局", ("410700", None, "department")),
        ("洛阳市某某开发区管理委员会", ("410300", None, "committee")),
        ("新乡县七里营镇人民政府", ("410721", "township", "government")),
        ("七里营镇人民政府", (None, "township", "government")),
        ("试城市人民政府", (None, None, "government")),
        ("国务院办公厅", ("000000", "national", "office")),
    ],
)
def test_what_is_known_of_a_body(name: str, described: tuple[str | None, str | None, str]) -> None:
    assert describe_body(name, SHIPPED) == Body(name, *described)


def test_a_row_says_all_that_is_known_of_a_body() -> None:
    rows = _table(
        HEADER
        + "试城市人民政府,990100,prefecture,,试城市政府;老城市人民政府,2010,2020,https://www.a.gov.cn/,并入\n"
    )
    assert rows.problems == ()
    (entry,) = rows.entries
    assert (entry.name, entry.region_code, entry.level, entry.kind) == (
        *("试城市人民政府", "990100", "prefecture", "government"),
    )
    assert entry.aliases == ("老城市人民政府", "试城市政府")
    assert (entry.from_year, entry.to_year) == (2010, 2020)
    assert (entry.home_url, entry.note) == ("https://www.a.gov.cn/", "并入")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        pytest.param("市人民政府,,,,,,,,", "`name` must be the whole name", id="a relative name"),
        pytest.param(",,,,,,,,", "`name` must be the whole name", id="no name"),
        pytest.param("试城市人民政府,41070,,,,,,,", "`region_code` must be six digits", id="a short code"),
        pytest.param("试城市人民政府,,city,,,,,,", "`level` must be one of", id="an unknown level"),
        pytest.param("试城市人民政府,,,mayor,,,,,", "`kind` must be one of", id="an unknown kind"),
        pytest.param(
            "试城市人民政府,,,,市政府,,,,", "the alias 市政府 is no whole name", id="a relative alias"
        ),
        pytest.param("试城市人民政府,,,,,2007,,,", "`from_year` must be 2008 or later", id="too early"),
        pytest.param("试城市人民政府,,,,,2015,2014,,", "not after `to_year`", id="ends before it begins"),
        pytest.param("试城市人民政府,,,,,soon,,,", "`from_year` must be a year", id="no year"),
        pytest.param("试城市人民政府,,,,,,,www.a.gov.cn,", "`home_url` must be the address", id="no scheme"),
        pytest.param(
            "试城市人民政府,,,,,,,https://me@a.gov.cn/,", "`home_url` must be the address", id="a user name"
        ),
    ],
)
def test_a_bad_row_is_left_out_and_named(row: str, said: str) -> None:
    table = _table(f"# ours\n{HEADER}{row}\n好城市人民政府,,,,,,,,\n")
    assert [entry.name for entry in table.entries] == ["好城市人民政府"]
    (problem,) = table.problems
    assert problem.startswith("own.csv, row 3: ")
    assert said in problem


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("name,year\n", "own.csv", "own.csv: there is no column 'year'"),
        ("level\n", "own.csv", "own.csv: the column `name` is not there"),
        (HEADER + "试城市人民政府,990100\n", "own.csv", "own.csv: row 2 has not as many fields"),
        ("- name: 试城市人民政府\n", "own.yaml", "own.yaml: there is no column '- name: 试城市人民政府'"),
    ],
)
def test_a_table_that_cannot_be_read_is_named(text: str, name: str, said: str) -> None:
    table = _table(text, name)
    assert table.entries == ()
    assert table.problems[0].startswith(said)


def test_the_same_body_twice_is_said() -> None:
    table = _table(f"{HEADER}新乡市人民政府,,,,,,,,\n河南省新乡市人民政府,,,,,,,,\n")
    assert len(table.entries) == 1
    assert table.problems == ("own.csv, row 3: 新乡市人民政府 stands in a row before",)


def test_the_operators_row_wins_over_the_shipped_one_in_any_spelling() -> None:
    own = _table(f"{HEADER}浉河区人民政府,411502,,,,2012,,,\n")
    roster = make_roster(shipped_tables(), [own])
    assert len(roster.entries) == len(SHIPPED.entries)
    assert roster.entries["信阳市浉河区人民政府"].from_year == 2012
    assert roster.digest != SHIPPED.digest
    assert make_roster(shipped_tables()).digest == SHIPPED.digest


def test_an_address_that_is_added_changes_the_entry_and_not_who_is_who() -> None:
    without, with_it = (
        make_roster([], [_table(f"name,home_url\n试城市人民政府,{url}\n")]) for url in ("", HOME)
    )
    assert [one.home_url for one in (*without.entries.values(), *with_it.entries.values())] == [None, HOME]
    assert without.digest == with_it.digest


def test_an_alias_that_two_bear_is_decided_by_the_portals_region_alone() -> None:
    own = _table(
        f"{HEADER}新乡市高新区管理委员会,410700,,,高新区管委会,,,,\n"
        "洛阳市高新区管理委员会,410300,,,高新区管委会,,,,\n"
    )
    roster = make_roster([], [own])
    assert name_of_body("高新区管委会", roster) == "高新区管委会"
    assert name_of_body("高新区管委会", roster, CITY) == "新乡市高新区管理委员会"
    assert name_of_body("高新区管委会", roster, Publisher(None, "410322")) == "洛阳市高新区管理委员会"


@pytest.mark.parametrize(
    ("title", "publisher", "found"),
    [
        ("新乡市人民政府2019年政府信息公开工作年度报告", Publisher(), ("新乡市人民政府", 2019)),
        ("2019年新乡市人民政府信息公开工作年度报告", Publisher(), ("新乡市人民政府", 2019)),
        ("新乡市2019年政府信息公开工作年度报告", Publisher(), ("新乡市人民政府", 2019)),
        ("2019年政府信息公开工作年度报告", CITY, ("新乡市人民政府", 2019)),
        ("2019年政府信息公开工作年度报告", Publisher(), None),
        ("新乡市财政局2019年政府信息公开工作年度报告", CITY, ("新乡市财政局", 2019)),
        ("新乡市某某示范区2019年政府信息公开工作年度报告", CITY, None),
        ("政府信息公开工作年度报告", CITY, None),
        ("新乡市人民政府关于做好2019年工作的通知", CITY, None),
    ],
)
def test_a_report_is_told_by_its_title_on_a_list(
    title: str, publisher: Publisher, found: tuple[str, int] | None
) -> None:
    assert listed_report(title, SHIPPED, publisher) == found


def _in_force(level: str) -> set[str]:
    text = (ROOT / "pipelines" / "knowledge" / "regions.csv").read_text("utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if line[0] != "#")
    regions = (region_by_code(row["code"]) for row in rows if not row["to"])
    return {region.code for region in regions if region and region.level == level}


PARTS = st.tuples(
    st.sampled_from(("", "中共", "河南省", "国家税务总局", "市", "县", "云泽市", "吉林省", "北京市")),
    st.sampled_from(("", "新乡市", "浉河区", "鼓楼区", "长垣县", "吉林市", "毕节市", "市中区", "恩施州")),
    st.sampled_from(("政府", "人民政府", "财政局", "委", "平原示范区管委会", "老城镇政府", "办事处")),
)


@settings(deadline=None, max_examples=200)
@given(PARTS, st.sampled_from((Publisher(), CITY, DISTRICT, INVENTED, Publisher(None, "410200"))))
def test_the_name_of_a_body_is_its_own_name(parts: tuple[str, ...], publisher: Publisher) -> None:
    name = name_of_body("".join(parts), SHIPPED, publisher)
    assert name_of_body(name, SHIPPED, publisher) == name


def test_the_example_of_the_documentation_is_a_sound_table() -> None:
    lines = (ROOT / "docs" / "coverage.md").read_text("utf-8").splitlines()
    start = lines.index(f"    {HEADER.strip()}")
    example = "\n".join(line.strip() for line in itertools.takewhile(str.strip, lines[start:]))
    table = parse_roster(example, "docs.csv")
    assert table.problems == ()
    assert len(table.entries) == 3
