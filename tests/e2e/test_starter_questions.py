"""The starter questions over the demo: the right answer, worked out from what the demo is told to print."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING

import pytest

from gongkai.demo.site import documents, governments
from tests.e2e.asking import ask, only
from tests.e2e.content import rows
from tests.gongkai.demo_flaws import flaws
from tests.gongkai.demo_reports import load_report, report_keys, result_rows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.e2e.conftest import DemoNights

Key = tuple[str, int]
NIGHT = 3
KEYS: tuple[Key, ...] = report_keys()
WITHOUT_TABLES = ("云泽市人民政府办公室", 2013)


@cache
def printed(government: str, year: int) -> Mapping[str, str]:
    return load_report(government, year, night=NIGHT).printed


def named(key: Key) -> tuple[str, int]:
    return governments()[key[0]].name, key[1]


def cells(key: Key, *patterns: str) -> dict[str, str]:
    return {
        cell: text
        for cell, text in printed(*key).items()
        if any(fnmatchcase(cell, pattern) for pattern in patterns)
    }


@cache
def planted_checks() -> Mapping[Key, tuple[str, ...]]:
    """Return the checks that were made to fail, by report."""
    of_path = {it.path: (it.government.id, it.report) for it in documents() if it.report}
    found: defaultdict[Key, list[str]] = defaultdict(list)
    for flaw in flaws():
        government, year = of_path.get(flaw.target, ("", None))
        if year:
            found[government, year].extend(flaw.checks)
    return {key: tuple(checks) for key, checks in found.items()}


def compared_by(check: str, key: Key) -> set[str]:
    """Return the cells that an identity compares."""
    form = load_report(*key).form
    rule, _, place = check.rpartition(".")
    patterns = {
        "t3.row_total": [f"t3.{place}.*"],
        "t3.balance": [
            f"t3.{row}.{place}" for row in ("new_requests", "carried_in", "results_total", "carried_out")
        ],
        "t3.results_sum": [f"t3.{row}.{place}" for row in (*result_rows(form), "results_total")],
        "t4.block_total": [f"t4.{place}.*"],
    }
    return set(cells(key, *patterns.get(rule, [])))


@dataclass(frozen=True)
class Rate:
    """A rate as its definition has it: patterns of cells of this year's report, or that of the year before.

    Attributes:
        query: that ranks it.
        above: cells of the numerator.
        below: cells of the denominator.
        less: cells taken from the denominator.
        agree: cells that must be there and add up.
        years_back: of the report that the denominator is in.
    """

    query: str
    above: tuple[str, ...]
    below: tuple[str, ...]
    less: tuple[str, ...] = ()
    agree: tuple[str, ...] = ()
    years_back: int = 0

    def expected(self, key: Key, at_least: int) -> tuple[int | None, int | None, str]:
        """Return numerator, denominator and a word of why it is not ranked; empty where it is."""
        earlier = (key[0], key[1] - self.years_back)
        if earlier not in KEYS:
            return None, None, "未收录上年"
        above, below = cells(key, *self.above), cells(earlier, *self.below)
        less, agree = cells(key, *self.less), cells(key, *self.agree)
        texts = [*above.values(), *below.values(), *less.values(), *agree.values()]
        if "" in texts:
            return None, None, "未载"
        numerator = sum(map(int, above.values()))
        denominator = sum(map(int, below.values())) - sum(map(int, less.values()))
        used = {(key, cell) for cell in (*above, *less, *agree)} | {(earlier, cell) for cell in below}
        failing = {
            (report, cell)
            for report in {key, earlier}
            for check in planted_checks().get(report, ())
            for cell in compared_by(check, report)
        }
        if used & failing:
            return numerator, denominator, "不相符"
        if denominator == 0:
            return numerator, denominator, "无已审结案件" if self.less else "分母为 0"
        return numerator, denominator, f"分母小于 {at_least}" if denominator < at_least else ""


TOTAL = ("t3.results_total.total",)
RATES = (
    Rate("refused_most", ("t3.denied_*.total",), TOTAL),
    Rate("not_held_most", ("t3.unable_not_held.total",), TOTAL),
    Rate("petitions_most", ("t3.rejected_petition_complaint.total",), TOTAL),
    Rate("requests_grew_most", ("t3.new_requests.total",), ("t3.new_requests.total",), years_back=1),
    Rate(
        "business_or_people",
        ("t3.new_requests.business",),
        ("t3.new_requests.natural_person",),
        agree=("t3.new_requests.*",),
    ),
    Rate("review_corrected_most", ("t4.review.corrected",), ("t4.review.total",), ("t4.review.pending",)),
    Rate(
        "litigation_corrected_most",
        ("t4.litigation_*.corrected",),
        ("t4.litigation_*.total",),
        ("t4.litigation_*.pending",),
    ),
)


@pytest.mark.parametrize("at_least", ["", "1", "5", "100"], ids=lambda text: f"at least {text or 'default'}")
@pytest.mark.parametrize("rate", RATES, ids=lambda rate: rate.query)
def test_rates_rank_who_may_be_ranked_and_say_why_the_others_are_not(
    demo_nights: DemoNights, rate: Rate, at_least: str
) -> None:
    wanted = {named(key): rate.expected(key, int(at_least or 20)) for key in KEYS}
    found = ask(demo_nights.data, rate.query, at_least=at_least)
    assert len(found) == len(KEYS) + 1
    top, bottom, percent = list(found[0])[3:6]
    ranked = [row for row in found if not row["未列入原因"]]
    shares = [(*key, above or 0, below or 0) for key, (above, below, why) in wanted.items() if not why]
    assert {(it["机关"], it["年度"], it[top], it[bottom]) for it in ranked} == set(shares)
    assert [row[top] / row[bottom] for row in ranked] == sorted(
        (it[2] / it[3] for it in shares), reverse=True
    )
    assert [row["名次"] for row in ranked] == [
        1 + sum(other[top] / other[bottom] > row[top] / row[bottom] for other in ranked) for row in ranked
    ]
    assert all(row[percent] == round(100 * row[top] / row[bottom], 2) for row in ranked)
    others = found[len(ranked) :]
    assert {(row["机关"], row["年度"]) for row in others} == {
        WITHOUT_TABLES,
        *(key for key, (*_, why) in wanted.items() if why),
    }
    for row in others:
        key = (row["机关"], row["年度"])
        assert row["名次"] is None
        if key == WITHOUT_TABLES:
            assert "无此法定表格" in row["未列入原因"]
        else:
            assert wanted[key][2] in row["未列入原因"]
            assert (row[top], row[bottom]) == wanted[key][:2]


def test_a_figure_of_one_cell_leads_to_its_proof(demo_nights: DemoNights) -> None:
    values = dict(
        rows(demo_nights.data.public_db, "SELECT id, value FROM facts WHERE row_key = 'unable_not_held'")
    )
    for row in ask(demo_nights.data, "not_held_most", at_least="1", year="2021"):
        assert values[row["不掌握出处"].removeprefix("/-/proof/")] == str(row["不掌握"])


def test_a_year_and_a_region_narrow_the_answer(demo_nights: DemoNights) -> None:
    everything = ask(demo_nights.data, "refused_most")
    for year, place in (("2021", ""), ("", "云泽"), ("2020", "临岚")):
        narrowed = ask(demo_nights.data, "refused_most", year=year, region=place)
        wanted = {
            (row["机关"], row["年度"])
            for row in everything
            if year in ("", str(row["年度"])) and place in row["机关"]
        }
        assert {(row["机关"], row["年度"]) for row in narrowed} == wanted != set()


def test_sums_that_differ_are_those_planted_one_row_a_cause(demo_nights: DemoNights) -> None:
    found = ask(demo_nights.data, "sums_that_differ")
    assert Counter(only(found, "机关", "年度", "规则", "同因其他项数")) == Counter(
        [
            ("云泽市人民政府", 2021, "t4.block_total.review", 0),
            ("北滩新区管理委员会", 2021, "t3.off_by_carry", 3),
            ("临岚县人民政府", 2020, "t3.results_sum.total", 0),
            ("临岚县人民政府", 2020, "t3.row_total.disclosed", 0),
            ("北滩新区管理委员会", 2019, "t3.total_column_empty", 10),
        ]
    )
    assert only([row for row in found if row["年度"] == 2021][:1], "左边", "右边", "相差") == [
        ("29", "27", "2")
    ]


def test_a_total_column_of_zero_and_a_carry_that_differs_are_those_planted(demo_nights: DemoNights) -> None:
    zero = ask(demo_nights.data, "total_columns_of_zero")
    assert only(zero, "机关", "年度", "规则") == [("北滩新区管理委员会", 2019, "t3.total_column_empty")]
    [carried] = ask(demo_nights.data, "carried_in_differs")
    assert only([carried], "机关", "年度", "上年结转", "上年报告结转下年", "相差") == [
        ("北滩新区管理委员会", 2022, "2", "1", "1")
    ]
    figures = dict(rows(demo_nights.data.public_db, "SELECT id, row_key || ' ' || value FROM facts"))
    assert figures[carried["上年结转出处"].rpartition("/")[2]] == "carried_in 2"
    assert figures[carried["上年报告结转下年出处"].rpartition("/")[2]] == "carried_out 1"


@pytest.mark.parametrize(
    "query", ["old_forms", "prose_against_table", "documents_withdrawn", "reports_missing"]
)
def test_what_the_demo_does_not_have_is_no_answer(demo_nights: DemoNights, query: str) -> None:
    assert ask(demo_nights.data, query) == []


def test_blank_cells_are_counted_table_by_table(demo_nights: DemoNights) -> None:
    names = {"主动公开": "t2.*", "申请": "t3.*", "复议诉讼": "t4.*"}
    wanted = {
        (*named(key), name, list(filled.values()).count(""), len(filled))
        for key in KEYS
        for name, pattern in names.items()
        if (filled := cells(key, pattern))
    }
    found = ask(demo_nights.data, "most_blank_cells")
    assert set(only(found, "机关", "年度", "表格", "空白格", "全部格")) == wanted
    shares = [row["空白格"] / row["全部格"] for row in found]
    assert shares == sorted(shares, reverse=True)
    assert found[0]["留空百分比"] == 67.08


def test_the_figure_that_was_changed_stands_before_and_after(demo_nights: DemoNights) -> None:
    [row] = ask(demo_nights.data, "figures_changed")
    cell = "t2.art20_6.penalties.decisions"
    first, last = (load_report("yunze", 2022, night).printed[cell] for night in (1, NIGHT))
    assert only([row], "机关", "年度", "原为", "改为", "相差") == [
        ("云泽市人民政府", 2022, first, last, int(last) - int(first))
    ]


def test_penalties_stand_beside_those_of_the_year_before(demo_nights: DemoNights) -> None:
    decisions = {key: printed(*key)["t2.art20_6.penalties.decisions"] for key in KEYS}
    found = ask(demo_nights.data, "penalties_by_year")
    compared = [row for row in found if not row["未列入原因"]]
    assert found[: len(compared)] == compared
    assert set(only(compared, "机关", "年度", "决定数量", "上年决定数量", "增减")) == {
        (*named(key), now, before, int(now) - int(before))
        for key, now in decisions.items()
        if (before := decisions.get((key[0], key[1] - 1)))
    }
    assert {row["年度"] for row in found[len(compared) :]} == {2019}
    steps = [abs(row["增减"]) for row in compared]
    assert steps == sorted(steps, reverse=True)
    assert {row["年度"] for row in compared if row["备注"]} == {2021}


def test_fees_are_those_printed_and_only_those_of_the_form_of_2021(demo_nights: DemoNights) -> None:
    wanted = {
        (*named(key), amount) for key in KEYS for amount in cells(key, "*.admin_fees.fee_amount").values()
    }
    found = ask(demo_nights.data, "fees_charged")
    assert {(row["机关"], row["年度"], row["收费金额"].removesuffix("万元")) for row in found} == wanted
    assert {row["单位"] for row in found} == {"万元"}
    amounts = [float(row["收费金额"].removesuffix("万元")) for row in found]
    assert amounts == sorted(amounts, reverse=True)


def test_who_published_late_is_told_by_the_printed_date(demo_nights: DemoNights) -> None:
    late = [
        (it.government.name, it.report, str(it.published_on), (it.published_on - due).days)
        for it in documents()
        if it.report and it.published_on > (due := dt.date(it.report + 1, 3, 31))
    ]
    assert (
        only(ask(demo_nights.data, "published_late"), "机关", "年度", "标注发布日期", "晚几日") == late != []
    )


def test_the_portal_that_blocks_is_the_one_that_was_told_to(demo_nights: DemoNights) -> None:
    [shield] = ask(demo_nights.data, "portals_that_block")
    assert shield["结果"] == "challenge_ruishu"
    assert "portal_id=demo-shield&" in shield["逐次"]
    assert shield["最早_UTC"][:10] < shield["最近_UTC"][:10]


def test_the_reports_of_bodies_not_looked_for_are_not_called_missing(demo_nights: DemoNights) -> None:
    [row] = ask(demo_nights.data, "reports_not_looked_for", region="信阳市人民政府", year="2019")
    assert row["机关"] == "信阳市人民政府"
    assert "无其网站" in row["依据"]


def test_reports_are_ranked_by_text_taken_over_only_beside_that_of_the_year_before(
    demo_nights: DemoNights,
) -> None:
    found = ask(demo_nights.data, "least_new_text")
    ranked = [row for row in found if not row["未列入原因"]]
    assert {(row["机关"], row["年度"]) for row in ranked} == {
        named(key) for key in KEYS if (key[0], key[1] - 1) in KEYS
    }
    assert found[len(ranked) :] == [row for row in found if row["未列入原因"]] != []
    shares = [row["沿用字数"] / row["正文字数"] for row in ranked]
    assert shares == sorted(shares, reverse=True)
    assert [row["沿用上年百分比"] for row in ranked] == [pytest.approx(100 * it, abs=0.05) for it in shares]


def report_passages(database: Path) -> Mapping[tuple[str, int], tuple[tuple[str, str], ...]]:
    """Return the passages of each report, (id, text), without those that hold cells of a statutory table."""
    found = rows(
        database,
        "SELECT i.name, d.year, s.id, s.text FROM documents AS d "
        "JOIN issuers AS i ON i.id = d.issuer_id "
        "JOIN occurrences AS o ON o.version_id = d.current_version_id "
        "JOIN sections AS s ON s.id = o.section_id "
        "WHERE d.kind = 'annual_report' AND s.id NOT IN (SELECT section_id FROM facts)",
    )
    by_report: defaultdict[tuple[str, int], set[tuple[str, str]]] = defaultdict(set)
    for body, year, section, text in found:
        by_report[body, year].add((section, text))
    return {key: tuple(passages) for key, passages in by_report.items()}


def test_a_passage_counts_once_for_each_report_that_has_it(demo_nights: DemoNights) -> None:
    holders: defaultdict[str, set[tuple[str, int]]] = defaultdict(set)
    for report, passages in report_passages(demo_nights.data.public_db).items():
        for _, text in passages:
            if len(text) >= 30:
                holders[text[:200]].add(report)
    found = ask(demo_nights.data, "repeated_across")
    assert {row["段落"]: (row["机关数"], row["报告数"], row["年数"]) for row in found} == {
        text: (len({body for body, _ in reports}), len(reports), len({year for _, year in reports}))
        for text, reports in holders.items()
        if len(reports) > 1
    }
    assert found


def test_reports_alike_but_for_figures_share_the_passages_that_masked_digits_make_equal(
    demo_nights: DemoNights,
) -> None:
    passages = report_passages(demo_nights.data.public_db)
    found = ask(demo_nights.data, "same_but_figures")
    assert found
    for row in found:
        later = passages[row["机关"], row["年度"]]
        earlier = passages[row["较早机关"], row["较早年度"]]
        same = {section for section, _ in later} & {section for section, _ in earlier}
        masks = {re.sub(r"[\d.%]+", "0", text) for _, text in earlier}
        masked = [(section, text) for section, text in later if re.sub(r"[\d.%]+", "0", text) in masks]
        assert row["正文段数"] == len(later)
        assert row["全同段数"] == len(same)
        assert row["只改数字段数"] >= len([section for section, _ in masked if section not in same])
    best = found[0]
    assert (best["机关"], best["年度"], best["较早年度"]) == ("云泽市人民政府", 2022, 2021)
    assert best["相同百分比"] == max(row["相同百分比"] for row in found)


def test_the_part_on_problems_is_as_long_as_it_is_printed(demo_nights: DemoNights) -> None:
    texts = rows(
        demo_nights.data.public_db,
        "SELECT i.name, d.year, v.text FROM documents AS d JOIN versions AS v ON v.id = d.current_version_id "
        "JOIN issuers AS i ON i.id = d.issuer_id WHERE d.kind = 'annual_report'",
    )
    wanted = {}
    for body, year, text in texts:
        part = re.search(
            r"^[五六]、存在的主要问题.*?(?=\s*^[六七]、|\s*\Z)", str(text), re.DOTALL | re.MULTILINE
        )
        assert part, (body, year)
        wanted[body, year] = len(re.sub(r"\s", "", part[0]))
    found = ask(demo_nights.data, "shortest_problem_parts")
    lengths = {(row["机关"], row["年度"]): row["字数"] for row in found}
    assert set(lengths) == set(wanted)
    # What stands between paragraphs counts as printed; without it they are equal, but for a signature below.
    assert all(0 <= lengths[key] - wanted[key] <= 5 for key in wanted), (lengths, wanted)
    assert [row["字数"] for row in found] == sorted(lengths.values())


def test_items_that_no_report_mentions_are_those_without_a_relation(demo_nights: DemoNights) -> None:
    items = rows(
        demo_nights.data.public_db,
        "SELECT p.document_id, p.position, p.title, d.title FROM plan_items AS p "
        "JOIN documents AS d ON d.id = p.document_id",
    )
    mentioned = set(
        rows(
            demo_nights.data.public_db,
            "SELECT to_document_id, to_position FROM relations WHERE kind = 'implements'",
        )
    )
    followed = {plan for plan, _ in mentioned}
    wanted = {
        (plan_title, title)
        for plan, position, title, plan_title in items
        if plan in followed and (plan, position) not in mentioned
    }
    found = ask(demo_nights.data, "items_nobody_mentions")
    assert set(only(found, "方案", "条目")) == wanted != set()
