"""Sums, shares and numbers of requests in sentences: no false alarm, and every contradiction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipelines.checks.cell_checks import stated_tables
from pipelines.decoded import Hints
from pipelines.document import read_document
from tests.pipelines.checks.prose_of import check_prose, passages_of
from tests.pipelines.checks.reports import facts_of

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.checks.check_catalogue import Check


def _checks(text: str, check_id: str) -> list[Check]:
    return [check for check in check_prose(passages_of(text), ()) if check.check_id == check_id]


def _outcomes(text: str, check_id: str) -> list[str]:
    return [str(check.outcome) for check in _checks(text, check_id)]


@pytest.mark.parametrize(
    "text",
    [
        "全年公开信息52期（其中直播24期、特别节目1期，反馈节目27期）。",
        "共收到留言90件（条），其中：反映问题31件，咨询40件，其他留言19条。",
        "群众反映的31件问题，现场解答16件，转交办理15件，其中11件已经解决。",
        "共回应关切645余次，其中信箱155次，留言29次，12345热线461次，主要领导参与一次。",
        "新增信息45条。其中，业务类的信息32条；规划类的信息13条。",
        "公开信息１，２３４条，其中甲类１，０００条，乙类２３４条。",
        "申请10件，办结10件，其中予以公开6件、部分公开2件、其他处理2件；复议3件。",
        "受理117件，办结171件，办结率未统计。其中甲事项91件；乙事项7件；丙事项19件。",
        "两年共收到410件，其中2018年200件，2019年210件。",
        "投入资金500万元，其中中央资金299.998万元、省级资金200.00万元。",
        "受理200件，现场、电话、网络分别为100件、60件、40件。",
        "共收到100件，其中公开70件，不予公开20件（国家秘密5件、其他15件），其他10件。",
        "共收到100件（甲县40件、乙县30件、丙县9件、丁区8件、戊区7件、己园6件），增长7.3%，其中，自然人90件，法人10件。",
        "接收申请（共35件），其中网络20件，信函15件。",
    ],
)
def test_sums_that_hold(text: str) -> None:
    assert set(_outcomes(text, "text.sum")) == {"pass"}


@pytest.mark.parametrize(
    ("text", "left", "right"),
    [
        pytest.param(
            "公开脱贫信息1624条。其中上墙公示1599条，网上公示24条。", "1623", "1624", id="one is missing"
        ),
        pytest.param(
            "公开信息260条（其中甲类82条，乙类80条，丙类21条，其他信息78条）。", "261", "260", id="rest named"
        ),
        pytest.param(
            "公开信息500条，其中甲类200条、乙类150条、其他类140条。", "490", "500", id="rest named, far off"
        ),
        pytest.param(
            "共受理200件，现场、电话、来信分别为100件、60件、30件。", "190", "200", id="each is named"
        ),
        pytest.param("处理咨询500件，其中甲类300件；乙类150件；丙类49件。", "499", "500", id="semicolons"),
        pytest.param("收到申请5件，其中信函申请12件。", "12", "5", id="a part exceeds the whole"),
    ],
)
def test_sums_that_cannot_hold(text: str, left: str, right: str) -> None:
    (check,) = _checks(text, "text.sum")
    assert (check.outcome, check.severity, check.left_value, check.right_value) == (
        "fail",
        "info",
        left,
        right,
    )


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("收到申请100件，其中网络申请60件，信函申请35件。", id="a part left unnamed"),
        pytest.param(
            "丙县9件、戊区7件），增长7.3%，其中，自然人90件，法人10件。", id="the whole is not in sight"
        ),
        pytest.param("收到咨询1000件，其中电话600件、现场390件。", id="a small part left unnamed"),
        pytest.param("公开信息1000条，其中网站900条，微信公众号600条。", id="channels overlap"),
        pytest.param(
            "公开信息100条，其中网站90条，微信50条，其他方式10条。", id="channels overlap, rest named"
        ),
        pytest.param("受理申请100件，其中办结98件，答复95件。", id="stages overlap"),
        pytest.param("收到申请120件，其中自然人100件，法人20件等，已办结118件。", id="the list is open"),
        pytest.param("全年受理200件，2018年、2019年分别为210件、220件。", id="other years"),
        pytest.param("参加培训300余人次，其中甲类120人次、乙类150人次、其他29人次。", id="about"),
        pytest.param("受理约300件，其中甲类120件、乙类150件、其他29件。", id="about, before the figure"),
        pytest.param("受理3至5件，其中甲类1件、其他1件。", id="a range"),
        pytest.param("受理1.2万件，其中甲类1.1万件、其他0.2万件。", id="rounded to thousands"),
        pytest.param("召开发布会5次，其中回应热点12次。", id="a measure word that counts anything"),
        pytest.param("发布第12期，其中头条35期、其他5期。", id="an ordinal"),
        pytest.param("受理30件，比上年增加20件，其中甲类29件。", id="a comparison"),
        pytest.param("收到复议12件，其中已审结10件，维持8件，纠正2件，尚未审结2件。", id="levels"),
        pytest.param("印发国办发〔2018〕10号等文件2件，其中3部门5人参加。", id="document numbers"),
        pytest.param("2019年12月31日前完成3项，其中2020年1月1日起5个月内4项。", id="dates"),
        pytest.param("甲类\t12件\t其中\t13件\n", id="a row of a table"),
        pytest.param("收到5件，其中1¦2件。收到16 24件，其中17件。", id="digits set apart"),
    ],
)
def test_no_false_alarm_over_a_sum(text: str) -> None:
    assert "fail" not in _outcomes(text, "text.sum")


@pytest.mark.parametrize(
    "text",
    [
        "上报信息1081条，采用1066条，采用率98.6%。",
        "转交办理745件，其中708件问题得到了解决，解决率为95%。",
        "收到咨询4900人次，其中现场1600人次，占32.65%；电话3200人次，占65.31%。",
        "办结申请81件，其中：公开42件，占51.85%；不予公开5件，占6.17%。",
        "抽查120家，合格118家，合格率98.3%。",
    ],
)
def test_percentages_that_hold(text: str) -> None:
    assert set(_outcomes(text, "text.percentage")) == {"pass"}


@pytest.mark.parametrize(
    ("text", "left", "right"),
    [
        (
            "来电105089次，立件办理1789件，转接办理103329次，共办结1709件，全年办结率达95.62%，来信2300余封。",
            "95.53",
            "95.62",
        ),
        ("受理审批事项117件，办结171件，办结率100%。", "146.15", "100"),
        ("收到80件，其中网络52件，占65%；信函28件，占36%。", "35.00", "36"),
    ],
)
def test_percentages_that_cannot_hold(text: str, left: str, right: str) -> None:
    (check,) = (found for found in _checks(text, "text.percentage") if found.outcome == "fail")
    assert (check.left_value, check.right_value) == (left, right)


def test_percentages_of_figures_of_any_length_are_computed() -> None:
    text = f"受理审批事项117件，办结{'9' * 60}件，办结率100%。"
    (check,) = (found for found in _checks(text, "text.percentage") if found.outcome == "fail")
    assert check.left_value is not None
    assert check.left_value.startswith("8547008547")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("办结120件，同比增长5.2%，受理200件。", id="growth"),
        pytest.param("受理200件，办结190件，按时办结率100%。", id="a rate of those dealt with in time"),
        pytest.param("受理200件，按时办结190件，办结率100%。", id="in time, and at all"),
        pytest.param("受理1205件，办结1180件，办结率100%（25件尚在办理）。", id="some are still open"),
        pytest.param("承办建议30件、提案50件，办结80件，办结率100%。", id="two wholes"),
        pytest.param("受理400件，办理许可320件，占全市总量的12%。", id="a share of something else"),
        pytest.param("受理近200件，办结150件，办结率80%。", id="about"),
        pytest.param("受理200件，办结150件，办结率80%以上。", id="more than"),
        pytest.param("收到诉求348件，现场解决162件，跟进解决186件，办结率100%。", id="two parts"),
        pytest.param("收到来信2300余封，立件办理246件，办结率98.5%。", id="no part is named"),
        pytest.param("收到留言63条，总体纠错率100%，办结率100%，按时办结率93.7%。", id="rates alone"),
        pytest.param("每季度抽查15.8个，平均抽查率33.7%，平均合格率65.1%。", id="averages"),
        pytest.param("受理申请50件，转办20件全部办结，办结率100%。", id="words behind the part"),
    ],
)
def test_no_false_alarm_over_a_percentage(text: str) -> None:
    assert "fail" not in _outcomes(text, "text.percentage")


REPORTED = {"t3.new_requests.total": "75", "t3.carried_in.total": "3"}


@pytest.mark.parametrize(
    ("text", "outcomes"),
    [
        pytest.param("2022年，全县收到政府信息公开申请75件。", ["pass"], id="as new"),
        pytest.param("全年共受理政府信息公开申请78件。", ["pass"], id="with those carried in"),
        pytest.param("2022年，全县收到政府信息公开申请57件。", ["fail"], id="another number"),
        pytest.param("全年收到申请。县政府办公室收到政府信息公开申请17件。", [], id="the office alone"),
        pytest.param("上半年收到政府信息公开申请17件。", [], id="half a year"),
        pytest.param("全年共收到网络提交的政府信息公开申请17件。", [], id="one channel"),
        pytest.param("收到政府信息公开申请70余件。", [], id="about"),
        pytest.param("2021年收到政府信息公开申请57件，2022年收到75件。", [], id="two years"),
        pytest.param("收到因政府信息公开申请引起的行政复议2件。", [], id="reviews of requests"),
        pytest.param("受理政府信息公开申请57件。另收到依申请公开75件。", ["pass"], id="one of two agrees"),
        pytest.param("收到群众来信57件。", [], id="something else"),
    ],
)
def test_requests_in_the_text_and_in_the_table(text: str, outcomes: list[str]) -> None:
    tables = stated_tables(facts_of("form_2021", REPORTED))
    found = check_prose(passages_of(f"一、总体情况\n{text}"), tables)
    checks = [check for check in found if check.check_id == "text.requests_vs_t3"]
    assert [check.outcome for check in checks] == outcomes
    assert all(check.cells == ("t3#1:6", "t3#1:13") for check in checks)


def test_requests_are_read_in_the_overview_only() -> None:
    tables = stated_tables(facts_of("form_2021", REPORTED))
    text = "五、存在的主要问题及改进情况\n2022年收到政府信息公开申请57件。"
    assert list(check_prose(passages_of(text), tables)) == []


def test_a_total_that_does_not_add_up_is_no_measure_of_the_text() -> None:
    facts = facts_of("form_2021", {"t3.new_requests.total": "0", "t3.new_requests.natural_person": "57"})
    text = "一、总体情况\n2022年收到政府信息公开申请60件。"
    assert list(check_prose(passages_of(text), stated_tables(facts))) == []


def test_a_statement_printed_again_is_one_finding_at_its_first_place() -> None:
    once = "公开脱贫信息1624条。其中上墙公示1599条，网上公示24条。"
    text = f"一、总体情况\n（一）公开\n{once}\n（二）公开\n{once}\n（三）公开\n{once.replace('，', ',')}\n"
    (check,) = _checks(text, "text.sum")
    assert text[check.place :].startswith("1624条")
    assert text.index("1624") == check.place


def test_a_finding_quotes_what_is_printed() -> None:
    (check,) = _checks("公开脱贫信息1624\n条。其中上墙公示1599条，网上公示24条。", "text.sum")
    assert check.message_zh == (
        "“公开脱贫信息1624条。其中上墙公示1599条，网上公示24条”："
        "所列各项之和为1623，原文总数为1624；如所列即为全部，则相差1。"
    )


@pytest.mark.parametrize("text", ["其中1件，", "共2件，其中1件", "1件（", "办结1件，办结率5%，"])
def test_what_never_ends_is_no_sentence(text: str) -> None:
    assert list(check_prose(passages_of(text * 20_000), ())) == []


_REAL = {
    "新乡": [
        ("text.sum", "pass", "52"),
        ("text.sum", "pass", "13652"),
        ("text.sum", "pass", "1031"),
        ("text.sum", "pass", "47"),
        ("text.percentage", "pass", "95"),
        ("text.percentage", "pass", "98.6"),
    ],
    "信阳市人民政府": [("text.percentage", "fail", "95.62")],
    "平原": [("text.sum", "pass", "5345"), ("text.sum", "fail", "1624")],
    "重点工作": [],
    "工作要点": [],
}


@pytest.mark.parametrize("name", list(_REAL))
def test_what_real_reports_say(shared_documents: Path, name: str) -> None:
    (path,) = (path for path in shared_documents.iterdir() if name in path.name)
    reading = read_document(path.read_bytes(), Hints(url="file:///x/report.txt", content_type="text/plain"))
    found = list(check_prose(reading.passages, ()))
    assert [(check.check_id, check.outcome, check.right_value) for check in found] == _REAL[name]


def test_no_more_is_said_of_other_real_pages(shared_real: Path) -> None:
    failures = {
        (path.name, check.check_id, check.left_value, check.right_value)
        for folder in ("reports", "policy")
        for path in sorted((shared_real / folder).iterdir())
        if path.suffix in {".txt", ".html"}
        for check in check_prose(read_document(path.read_bytes(), _hints(path)).passages, ())
        if check.outcome == "fail"
    }
    assert failures == {
        ("pingtan_2020.txt", "text.sum", "2603", "2602"),
        ("pingtan_dishui_2013.txt", "text.percentage", "146.15", "100"),
    }


def _hints(path: Path) -> Hints:
    content_type = "text/html" if path.suffix == ".html" else "text/plain"
    return Hints(url=f"file:///x/{path.name}", content_type=content_type)
