"""What documents say of themselves: titles, kinds, issuers, years, numbers and dates."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.bodies.body_names import body_at_head_of
from pipelines.decoded import DecodedText, Hints, PageFacts
from pipelines.document import read_document
from pipelines.metadata.dates_and_numbers import (
    is_date_line,
    normalise_doc_number,
    read_date,
    year_candidates,
)
from pipelines.metadata.document_metadata import read_metadata
from pipelines.metadata.fields import (
    Candidate,
    Disagreement,
    Kind,
    Metadata,
    Source,
    read_elements,
)
from pipelines.metadata.titles import kind_of_title, title_candidates, title_in
from pipelines.text.outline import split_passages
from tests.pipelines.decoding import decode_plain

if TYPE_CHECKING:
    from pathlib import Path

REPORT, POLICY, PLAN, OTHER = Kind.ANNUAL_REPORT, Kind.POLICY, Kind.TASK_PLAN, Kind.OTHER
META, HEADER, TITLE, TEXT, SIGNED = Source.META, Source.HEADER, Source.TITLE, Source.TEXT, Source.SIGNATURE


def metadata_of(text: str, facts: PageFacts | None = None) -> Metadata:
    decoded = DecodedText(text, "utf-8", "plain", facts or PageFacts())
    return read_metadata(decoded, split_passages(text)[0])


# title, kind, year, body at the head of the title
TITLES = [
    ("新乡市人民政府2019年政府信息公开工作年度报告", REPORT, 2019, "新乡市人民政府"),
    ("2019年上海市人民政府办公厅政府信息公开工作年度报告", REPORT, 2019, "上海市人民政府办公厅"),
    ("平原示范区2020年度政府信息公开工作年度报告", REPORT, 2020, None),
    ("平川区2024年政府信息公开工作年度报告", REPORT, 2024, None),
    ("白银市平川区发展和改革局2025年度政府信息公开工作报告", REPORT, 2025, "白银市平川区发展和改革局"),
    ("水泉镇人民政府2023年政府信息公开年报", REPORT, 2023, "水泉镇人民政府"),
    ("红会路街道办事处2022年政府信息公开工作年度报告", REPORT, 2022, "红会路街道办事处"),
    ("高新技术产业开发区管委会2021年政府信息公开工作年度报告", REPORT, 2021, "高新技术产业开发区管委会"),
    ("政府信息公开工作年度报告（2021年）", REPORT, 2021, None),
    ("某县财政局政府信息公开工作年度报告（2021年度）", REPORT, 2021, "某县财政局"),
    ("2025年政府信息公开工作年度报告", REPORT, 2025, None),
    ("某市人民政府信息公开工作年度报告", REPORT, None, "某市人民政府"),
    ("某市政府信息公开工作年度报告", REPORT, None, None),
    ("地方税务局2013年信息公开年度报告", REPORT, 2013, "地方税务局"),
    ("关于2018年政府信息公开工作情况的报告", REPORT, 2018, None),
    ("某区2020政府信息公开工作年度报告", REPORT, 2020, None),
    ("某县二〇一八年政府信息公开工作年度报告", REPORT, 2018, None),
    ("某市2022年政府网站工作年度报表", OTHER, 2022, None),
    ("某市政府网站监管年度报表（2023年度）", OTHER, 2023, None),
    ("某县司法局2022年法治政府建设年度报告", OTHER, 2022, "某县司法局"),
    ("2021年政府工作报告", OTHER, 2021, None),
    ("某市教育局2022年度部门决算", OTHER, 2022, "某市教育局"),
    ("某市2023年部门预算公开", OTHER, 2023, None),
    ("关于政府信息公开工作年度报告有关事项的通知", POLICY, None, None),
    ("关于印发《中华人民共和国政府信息公开工作年度报告格式》的通知", POLICY, None, None),
    ("2020年政府信息公开工作年度报告编制说明", OTHER, 2020, None),
    ("图解：某市2021年政府信息公开工作年度报告", OTHER, 2021, None),
    ("一图读懂2021年政府信息公开工作年度报告", OTHER, 2021, None),
    ("河南省人民政府办公厅关于印发河南省2019年政务公开工作要点的通知", POLICY, 2019, "河南省人民政府办公厅"),
    ("某省2020年政务公开工作要点", POLICY, 2020, None),
    ("国务院关于加强行政规范性文件制定和监督管理工作的意见", POLICY, None, "国务院"),
    ("某市信用信息管理办法（试行）", POLICY, None, None),
    ("某市国土空间规划（2021—2035年）", POLICY, None, None),
    ("某市人民政府公告", POLICY, None, "某市人民政府"),
    ("国务院办公厅关于同意申办2011年运动会的复函", POLICY, None, "国务院办公厅"),
    ("信阳市2018年政务公开重点工作责任分工方案", PLAN, 2018, None),
    ("某市人民政府办公室关于印发2021年重点工作任务分解表的通知", PLAN, 2021, "某市人民政府办公室"),
    ("关于落实2022年政务公开工作要点分工的通知", PLAN, 2022, None),
    ("某新区管理委员会关于加强政策解读工作的通知", POLICY, None, "某新区管理委员会"),
    ("《某市价格办法》政策解读", OTHER, None, None),
    ("《某市价格办法》", POLICY, None, None),
    ("关于2022年政务公开工作情况的通报", POLICY, 2022, None),
    ("某市2022年与2023年政府信息公开工作年度报告对比", OTHER, None, None),
    ("一图读懂某市财政局2022年工作要点", OTHER, 2022, "某市财政局"),
    ("速览某市人民政府2021年政府信息公开工作年度报告", OTHER, 2021, "某市人民政府"),
    ("转载：国务院办公厅关于加强政策解读工作的通知", POLICY, None, "国务院办公厅"),
    ("【图解】某市2020年政务公开工作要点", OTHER, 2020, None),
    ("关于落实2021年《政府工作报告》重点工作分工的意见", PLAN, 2021, None),
    ("某市财政局关于做好2022年部门预算公开工作的通知", POLICY, 2022, "某市财政局"),
    ("某县水利局权力清单和责任清单", OTHER, None, None),
    ("某县召开全县春耕生产现场会", OTHER, None, None),
    ("关于2023年度全市政府信息公开工作年度报告编制发布情况的通报", POLICY, 2023, None),
    ("2023年政府信息公开工作年度报告编制培训会召开", OTHER, 2023, None),
    ("某市政府信息公开工作年度报告整改情况", OTHER, None, None),
    ("历年政府信息公开工作年度报告汇编", OTHER, None, None),
    ("政府信息公开工作年度报告评估指标", OTHER, None, None),
    ("某县政府信息公开年报统计表格填报说明", OTHER, None, None),
    ("2023年度政府信息公开工作年度报告公开发布情况一览表", OTHER, 2023, None),
    ("关于2022年政府信息公开工作年度报告有关数据更正的说明", OTHER, 2022, None),
    ("某市2023年第一季度政府信息公开工作总结", OTHER, 2023, None),
    ("某市审计局2023年上半年政府信息公开工作报告", OTHER, 2023, "某市审计局"),
    ("某市审计局２０２３年政府信息公开工作年度报告", REPORT, 2023, "某市审计局"),
    ("2022年政府信息公开工作年度报告（某区机构编制委员会办公室）", REPORT, 2022, None),
    ("2022年政府信息公开工作年度报告——某市教育质量评估中心", REPORT, 2022, None),
    ("某市2022年政府信息公开工作年度报告更正版", REPORT, 2022, None),
    ("某市2022年政府信息公开工作年度报告（含整改情况）", REPORT, 2022, None),
    ("某市2022年政府信息公开工作年度报告及第四季度信息公开情况", REPORT, 2022, None),
    ("中国人民银行某市分行2023年政府信息公开工作年度报告", REPORT, 2023, "中国人民银行某市分行"),
    ("某海关2023年政府信息公开工作年度报告", REPORT, 2023, "某海关"),
    ("某市供销合作社联合社2023年政府信息公开工作年度报告", REPORT, 2023, "某市供销合作社联合社"),
]  # fmt: skip


@pytest.mark.parametrize(("title", "kind", "year", "body"), TITLES, ids=[row[0] for row in TITLES])
def test_a_title_tells_kind_year_and_body(title: str, kind: Kind, year: int | None, body: str | None) -> None:
    assert kind_of_title(title) is kind
    assert [int(found.value) for found in year_candidates(title, kind, "")] == ([year] if year else [])
    assert body_at_head_of(title) == body


PRINTED_TITLES = {
    "one line": ("某县2020年年报\n正文。", "某县2020年年报"),
    "two lines": (
        "示范区2020年度政府信息公开工作\n\n年度报告\n根据条例。",
        "示范区2020年度政府信息公开工作年度报告",
    ),
    "three lines": (
        "某省人民政府办公厅关于印发\n某省应急\n预案的通知\n各市：",
        "某省人民政府办公厅关于印发某省应急预案的通知",
    ),
    "letterspaced": ("国 家 应 急 预 案\n总则。", "国家应急预案"),
    "going on after a word that could end it": (
        "某市关于印发2020年工作要点\n的通知\n各县：",
        "某市关于印发2020年工作要点的通知",
    ),
    "a list of systems before the kind": (
        "某市关于推行公示制度\n审核制度的意见\n各县：",
        "某市关于推行公示制度审核制度的意见",
    ),
    "printed twice": ("某县2020年年度报告\n某县2020年年度报告\n正文。", "某县2020年年度报告"),
    "printed twice on a line": ("某县2020年年度报告 某县2020年年度报告\n正文。", "某县2020年年度报告"),
    "Markdown": ("# **某县2020年工作要点**\n正文。", "某县2020年工作要点"),
    "a year in brackets below": (
        "政府信息公开工作年度报告\n（2021年）\n正文。",
        "政府信息公开工作年度报告（2021年）",
    ),
    "under a letterhead and a number": (
        "某市人民政府文件\n某政〔2020〕3号\n某市价格办法\n正文。",
        "某市价格办法",
    ),
    "under an order": ("国务院令\n第711号\n某某条例\n第一条 为了。", "某某条例"),
    "under the furniture of a page": (
        "当前位置：首页\n【字体：大 中 小】\n某县工作要点\n正文。",
        "某县工作要点",
    ),
    "under a letterhead with its signer": (
        "某市水利局文件\n某水〔2020〕8号　　　签发人：某某\n某市水利局关于公开情况的报告\n市政府：",
        "某市水利局关于公开情况的报告",
    ),
    "a picture of a report": ("图解：某县2021年政府信息公开年报\n文。", "图解：某县2021年政府信息公开年报"),
    "under the names of a site and of a column": (
        "某县人民政府\n政府信息公开\n某县水利局2020年政府信息公开工作年度报告\n根据条例。",
        "某县水利局2020年政府信息公开工作年度报告",
    ),
    "under links on one line": (
        "政府网 某省政府\n当前位置:首页 > 信息公开\n某县水利局2024年政府信息公开工作年度报告\n文。",
        "某县水利局2024年政府信息公开工作年度报告",
    ),
    "under the body's short name": (
        "东街道\n东街道办事处2023年政府信息公开工作年度报告\n东街道办事处\n2023年政府信息公开工作年度报告\n文。",
        "东街道办事处2023年政府信息公开工作年度报告",
    ),
    "far down": (
        "请输入关键字\n确定\n名称 年报\n时效\n甲\n乙\n丙\n丁\n某市2017年政府信息公开年度报告\n文。",
        "某市2017年政府信息公开年度报告",
    ),
    "over three lines below links": (
        "无障碍 长辈版\n某市人民政府\n2016年\n政府信息公开工作年度报告\n文。",
        "某市人民政府2016年政府信息公开工作年度报告",
    ),
    "over two lines, the body first": (
        "云岭县财政局\n2022年度政府信息公开工作年度报告\n一、总体情况\n文。",
        "云岭县财政局2022年度政府信息公开工作年度报告",
    ),
    "a table of contents is no title": ("目录\n一、总体情况\n文。", None),
    "under labelled lines": ("索引号：123\n发布时间：2020-01-02\n某县工作要点\n正文。", "某县工作要点"),
    "a line without a known ending": ("某县春耕生产进展顺利\n今年以来。", "某县春耕生产进展顺利"),
    "text at once": ("根据条例，现将年度报告公布如下：\n一、总体情况", None),
    "a heading at once": ("一、工作安排\n二、要求", None),
    "nothing": ("", None),
    "the heads of two years side by side are none of it": (
        "某市政务公开年报比对\n2023年报告 2024年报告\n一、总体情况\n今年以来，各项工作进展顺利。",
        "某市政务公开年报比对",
    ),
}


@pytest.mark.parametrize(("text", "title"), PRINTED_TITLES.values(), ids=PRINTED_TITLES.keys())
def test_the_title_printed_over_a_text(text: str, title: str | None) -> None:
    assert title_in([line for line in text.split("\n") if line.strip()]) == title


STATED_TITLES = {
    "the first that reads like a title": (["某县政府网", "某县2020年 年度报告"], "", "某县2020年年度报告"),
    "the site's name is no part": (["某县2020年工作要点_某县人民政府门户网站"], "", "某县2020年工作要点"),
    "a column's name is no title": (["政府信息公开年报"], "某局2020年年报", "某局2020年年报"),
    "a bare word is no title": (["年报"], "某局2020年年报", "某局2020年年报"),
    "the text prints it with the body": (["2020年年度报告"], "某局2020年年度报告", "某局2020年年度报告"),
    "the page has cut it short": (["某县2020年政务…"], "某县2020年政务工作方案", "某县2020年政务工作方案"),
    "cut short, with no known ending": (["某县2020年…"], "某县2020年春耕顺利", "某县2020年春耕顺利"),
    "cut short by three points": (["某县2020年..."], "某县2020年春耕顺利", "某县2020年春耕顺利"),
    "what is not cut is whole": (["某县2020年春"], "某县2020年春耕顺利", "某县2020年春"),
    "what is cut stands at the beginning": (["县2020年春…"], "某县2020年春耕顺利", "县2020年春…"),
    "another text below": (["某县2020年工作要点"], "某县2019年工作要点", "某县2020年工作要点"),
    "only the preamble names it": ([], "现公布《某县2020年信息公开年报》。", "某县2020年信息公开年报"),
    "nothing reads like a title": (["某县今日"], "今年以来，各项工作进展顺利。", "某县今日"),
    "nothing at all": ([], "", None),
}  # fmt: skip


@pytest.mark.parametrize(("stated", "text", "title"), STATED_TITLES.values(), ids=STATED_TITLES.keys())
def test_the_title_of_a_page(stated: list[str], text: str, title: str | None) -> None:
    candidates = title_candidates([Candidate(one, TITLE) for one in stated], [text] if text else [])
    assert (candidates[0].value if candidates else None) == title


DATES = {
    "words": ("2021年1月10日", dt.date(2021, 1, 10)),
    "words with spaces": ("2019 年 6 月 29 日", dt.date(2019, 6, 29)),
    "full-width figures": ("２０２０年０３月３１日", dt.date(2020, 3, 31)),
    "Chinese numerals": ("二〇一九年六月二十九日", dt.date(2019, 6, 29)),
    "Chinese numerals with a circle": ("二○二○年十月三十一日", dt.date(2020, 10, 31)),
    "Chinese numerals with a zero": ("二零一二年十二月十日", dt.date(2012, 12, 10)),
    "hyphens and a time": ("2021-03-05 08:58", dt.date(2021, 3, 5)),
    "a time of a twelve-hour clock": ("2023-01-20 03:20:11", dt.date(2023, 1, 20)),
    "a time right after it": ("2023-01-2003:20", dt.date(2023, 1, 20)),
    "an hour of one figure behind a day of one": ("2021/3/1 8:05:00", dt.date(2021, 3, 1)),
    "an hour of one figure behind a day of two": ("2021/3/11 8:05:00", dt.date(2021, 3, 11)),
    "eight figures and an hour of one": ("20210301 8:05", dt.date(2021, 3, 1)),
    "a day of which an hour may be part": ("2021/3/118:05:00", None),
    "a day or its hour": ("2021/3/18:05:00", None),
    "a colon behind a day": ("2021-3-18：通知", dt.date(2021, 3, 18)),
    "slashes": ("2020/1/2", dt.date(2020, 1, 2)),
    "points": ("2020.12.31", dt.date(2020, 12, 31)),
    "eight figures": ("20200131", dt.date(2020, 1, 31)),
    "ISO 8601": ("2020-01-31T16:00:00+08:00", dt.date(2020, 1, 31)),
    "a day that is on no calendar": ("2021年2月30日", None),
    "a month that is none": ("2021-13-01", None),
    "a year and a month": ("2021年3月", None),
    "no date": ("无", None),
}


@pytest.mark.parametrize(("printed", "date"), DATES.values(), ids=DATES.keys())
def test_printed_dates(printed: str, date: dt.date | None) -> None:
    assert read_date(printed) == date


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("2019年6月29日", True),
        ("（二〇一九年六月二十九日）", True),
        ("2019-06-29", False),
        ("2019年6月29日印发", False),
    ],
)
def test_lines_that_are_a_date_in_words(line: str, *, expected: bool) -> None:
    assert is_date_line(line) is expected


NUMBERS = {
    "official brackets": ("国办发〔2017〕47号", "国办发〔2017〕47号"),
    "square brackets and spaces": ("豫政办 [2019] 30 号", "豫政办〔2019〕30号"),
    "full-width brackets": ("某政发（2020）5号", "某政发〔2020〕5号"),
    "small brackets": ("某府规﹝2026﹞1号", "某府规〔2026〕1号"),
    "its label before it": ("发文字号：某政〔2020〕5号", "某政〔2020〕5号"),
    "in brackets": ("（某政〔2020〕5号）", "某政〔2020〕5号"),
    "a leading zero": ("某政〔2020〕05号", "某政〔2020〕5号"),
    "an order": ("国务院令第711号", "国务院令第711号"),
    "beside the signer of a report": ("某水〔2020〕8号　　签发人：某某", "某水〔2020〕8号"),
    "a number inside a sentence": ("按照国办发〔2017〕47号要求", None),
    "a bracket alone": ("〔2017〕47号", None),
    "no number": ("关于印发方案的通知", None),
}


@pytest.mark.parametrize(("printed", "number"), NUMBERS.values(), ids=NUMBERS.keys())
def test_document_numbers(printed: str, number: str | None) -> None:
    assert normalise_doc_number(printed) == number


def test_a_number_in_a_list_is_not_the_documents_own() -> None:
    listed = "".join(f"某市办法之{n}\n某政〔20{n}〕5号\n" for n in range(10, 20))
    assert (
        metadata_of(f"关于废止文件的通知\n各县：\n{'经研究，决定如下。' * 3}\n{'文。' * 9}\n").doc_number
        is None
    )
    assert metadata_of("关于废止文件的通知\n" + "现予废止。\n" * 12 + listed).doc_number is None


def test_labels_of_the_header_go_before_lines_and_empty_values_are_absent() -> None:
    header = {"发文字号": "某政〔2020〕5号", "标题": "", "索引号：": " 000/2020-1 ", "发文机关": "null"}
    lines = [
        "文　　号：某办〔2019〕1号",
        "发布时间：2020-03-05 08:58　来源：某局",
        "成文日期：\t2020年1月2日",
    ]
    assert read_elements(header, lines) == {
        "doc_number": (("某政〔2020〕5号", HEADER), ("某办〔2019〕1号", TEXT)),
        "index_number": (("000/2020-1", HEADER),),
        "published_on": (("2020-03-05 08:58", TEXT),),
        "written_on": (("2020年1月2日", TEXT),),
    }


def test_a_notice_takes_number_body_and_date_from_its_front_and_not_from_what_it_cites() -> None:
    text = (
        "某省人民政府办公厅文件\n某政办〔2020〕8号\n\n某省人民政府办公厅关于印发2020年\n政务公开工作要点的通知\n\n"
        "各市人民政府：\n根据国办发〔2020〕17号要求，现印发给你们。\n\n某省人民政府办公厅\n2020年4月1日\n\n"
        "2020年政务公开工作要点\n一、解读\n二、公开\n按照某办〔2019〕1号执行。\n某省教育厅\n2019年1月1日\n"
    )
    assert metadata_of(text) == Metadata(
        title="某省人民政府办公厅关于印发2020年政务公开工作要点的通知",
        issuer="某省人民政府办公厅",
        year=2020,
        kind=POLICY,
        doc_number="某政办〔2020〕8号",
        written_on=dt.date(2020, 4, 1),
        written_on_printed="2020年4月1日",
        sources={"title": TEXT, "issuer": TITLE, "year": TITLE, "doc_number": TEXT, "written_on": SIGNED},
    )


def test_a_number_that_is_only_cited_is_not_the_documents_own() -> None:
    assert metadata_of("某县工作方案\n按照国办发〔2018〕22号要求。\n一、目标\n").doc_number is None


# text, publisher in the header, issuer
ISSUERS = {
    "the preamble publishes its report": (
        "2025年政府信息公开工作年度报告\n现向社会公布《平川区发展和改革局2025年度政府信息公开工作报告》。\n一、总体情况\n",
        "平川区政府办",
        "平川区发展和改革局",
    ),
    "the preamble without marks": (
        "2013年信息公开年度报告\n特向社会公布2013年度某县地税局信息公开年度报告。\n一、概述\n",
        None,
        "某县地税局",
    ),
    "the preamble without marks, the body first": (
        "某新区2020年度政府信息公开工作年度报告\n现向社会公布某新区管理委员会2020年度政府信息公开工作年度报告。\n",
        None,
        "某新区管理委员会",
    ),
    "the preamble without marks, the body's short name behind it": (
        "现发布某区人民政府办公室(以下简称“区政府办”)2025年政府信息公开工作年度报告。本报告的统计期限自2025年1月1日起至2025年12月31日止。\n一、总体情况\n",
        None,
        "某区人民政府办公室",
    ),
    "the notice on which a report is based is not by its body": (
        "根据《国务院办公厅政府信息与政务公开办公室关于印发〈中华人民共和国政府信息公开工作年度报告格式〉的通知》，本报告所列数据自2025年1月1日起至2025年12月31日止。\n一、总体情况\n",
        None,
        None,
    ),
    "who compiles a report that prints no title": (
        "根据信息公开条例，本年度报告由某区某街道办事处结合有关统计数据编制。数据自2023年1月1日至12月31日止。\n一、总体情况\n",
        None,
        "某区某街道办事处",
    ),
    "who compiles those of others": (
        "政府信息公开年报由某区人民政府办公室综合各机关的总结编制。本年报数据自2023年1月1日至12月31日止。\n一、概述\n",
        None,
        None,
    ),
    "below the title": (
        "2022年政府信息公开工作年度报告\n某县东镇人民政府\n2022年政府信息公开工作年度报告\n一、总体情况\n",
        None,
        "某县东镇人民政府",
    ),
    "below the title and labels": (
        "关于2021年度政府信息公开的年度报告\nwww.x.cn  发布时间:2022-01-25\n某县东镇人民政府\n一、概述\n",
        None,
        "某县东镇人民政府",
    ),
    "a name that every place has": ("公安局2010年政府信息公开工作年度报告\n一、概述\n", None, None),
    "the signature": (
        "2020年度政府信息公开工作年度报告\n一、概述\n文。\n某市经济开发区管理委员会\n\n   2021年1月10日\n",
        "某市政府办",
        "某市经济开发区管理委员会",
    ),
    "the signature and its date on one line": (
        "2020年政府信息公开工作年度报告\n一、概述\n文。\n某县水利局  2021年1月10日\n",
        None,
        "某县水利局",
    ),
    "the signature without a date": (
        "2020年政府信息公开工作年度报告\n一、概述\n文。\n某县水利局\n",
        None,
        "某县水利局",
    ),
    "the signature under a seal": (
        "2012年政府信息公开工作年度报告\n一、概述\n文。\n某县卫生局（盖章）\n2013 年 3 月 12 日\n",
        None,
        "某县卫生局",
    ),
    "the signature over a date in figures": (
        "2018年政府信息公开工作年度报告\n一、概述\n文。\n某新区管委会\n2019.3.15\n",
        None,
        "某新区管委会",
    ),
    "the signature in bold": (
        "2018年政府信息公开工作年度报告\n一、概述\n文。\n**某新区管委会**\n\n**2019年3月15日**\n",
        None,
        "某新区管委会",
    ),
    "a report about one body": (
        "关于某市民政局2013年度政府信息公开工作情况的报告\n文。\n",
        None,
        "某市民政局",
    ),
    "the government of the place in the title": (
        "河东镇2023年政府信息公开工作年度报告\n一、总体情况\n文。\n",
        "河东镇人民政府",
        "河东镇人民政府",
    ),
    "the government of another place": (
        "河东镇2023年政府信息公开工作年度报告\n一、总体情况\n文。\n",
        "云泽县人民政府",
        None,
    ),
    "the office of the place in the title": (
        "云泽县2023年政府信息公开工作年度报告\n一、总体情况\n文。\n",
        "云泽县人民政府办公室",
        None,
    ),
    "an annual report does not believe the publisher": (
        "2020年政府信息公开工作年度报告\n一、概述\n文。\n",
        "某县人民政府办公室",
        None,
    ),
    "a policy does": ("水资源管理办法\n一、概述\n文。\n", "某县水利局", "某县水利局"),
    "an order's letterhead": (
        "某省人民政府令\n第5号\n某省水资源条例\n第一条　为了。\n",
        None,
        "某省人民政府",
    ),
    "the owner of a task and its deadline": (
        "某市2018年分工方案\n一、目标\n公开预算\n某市教育局\n2018年12月31日\n公开决算\n某市水利局\n长期\n持续\n",
        None,
        None,
    ),
    "a city is no body": ("某市2018年重点工作责任分工方案\n一、目标\n文。\n", None, None),
    "the title stands in marks": (
        "《某市审计局2023年政府信息公开工作年度报告》\n一、概述\n文。\n",
        None,
        "某市审计局",
    ),
    "the title says what it is first": (
        "【年度报告】某市审计局2023年政府信息公开工作年度报告\n一、概述\n文。\n",
        None,
        "某市审计局",
    ),
    "the title is that of an annex": (
        "附件1：某市审计局2023年政府信息公开工作年度报告\n一、概述\n文。\n",
        None,
        "某市审计局",
    ),
    "the title publishes the report": (
        "关于公布某市审计局2023年政府信息公开工作年度报告的公告\n一、概述\n文。\n",
        None,
        "某市审计局",
    ),
    "who does a task is not who issues the plan": (
        "某市2018年分工方案\n一、目标\n（由市财政局负责）\n",
        None,
        None,
    ),
}


@pytest.mark.parametrize(("text", "publisher", "issuer"), ISSUERS.values(), ids=ISSUERS.keys())
def test_issuers(text: str, publisher: str | None, issuer: str | None) -> None:
    facts = PageFacts(header={"发布机构": publisher} if publisher else {}, meta={"contentsource": "本网"})
    assert metadata_of(text, facts).issuer == issuer


def test_a_header_names_the_issuer_unless_it_names_a_place() -> None:
    text = "关于公开工作的通知\n一、要求\n文。\n"
    assert metadata_of(text, PageFacts(header={"发文机关": "某市水利局"})).issuer == "某市水利局"
    assert metadata_of(text, PageFacts(header={"发文机关": "某市"})).issuer is None


def test_a_name_that_leaves_out_its_place_is_believed_only_where_nothing_better_is_printed() -> None:
    facts = PageFacts(header={"发文机关": "市政府办"})
    assert metadata_of("某市人民政府办公室关于公开的通知\n一、要求\n", facts).issuer == "某市人民政府办公室"
    assert metadata_of("关于公开的通知\n一、要求\n文。\n", facts).issuer == "市政府办"


def test_the_year_of_an_untitled_report_is_its_statistical_period() -> None:
    text = "某局政府信息公开工作年度报告\n统计期限自2020年1月1日起至2020年12月31日止。\n一、总体情况\n"
    assert metadata_of(text).year == 2020
    assert metadata_of(text.replace("2020年12月", "2021年12月")).year is None


UNTITLED = """根据《中华人民共和国政府信息公开条例》编制。数据的统计期限自2023年1月1日起，至2023年12月31日止。
一、总体情况
二、主动公开政府信息情况
三、收到和处理政府信息公开申请情况
"""


@pytest.mark.parametrize(
    ("above", "published"),
    [
        pytest.param("", None, id="nothing above it"),
        pytest.param("发布时间：2024-01-20\n", dt.date(2024, 1, 20), id="a label"),
        pytest.param("首页 > 政府信息公开\n> 政府信息公开年报\n", None, id="a breadcrumb over two lines"),
    ],
)
def test_a_report_that_prints_no_title_is_one_by_its_period_and_sections(
    above: str, published: dt.date | None
) -> None:
    found = metadata_of(above + UNTITLED)
    assert (found.title, found.kind, found.year, found.published_on) == (None, REPORT, 2023, published)
    assert metadata_of(above + UNTITLED.replace("三、收到和处理", "三、")).kind is OTHER
    of_itself = UNTITLED.replace("三、收到和处理", "三、").replace("编制。", "编制本年度报告。")
    assert metadata_of(above + of_itself).kind is REPORT


@pytest.mark.parametrize(
    ("introduced", "year"),
    [
        ("现公布某局2023年政府信息公开工作年度报告。", 2023),
        ("现公布某局2023年度政府信息公开年度报告，2022年政府信息公开工作年度报告另见。", 2023),
        ("公布某局2023年政府信息公开年度报告。编制2022年政府信息公开工作年度报告。", None),
        ("按照《条例》的规定，结合实际，制定本报告。", None),
        ("某局在2023年公开信息50条。", None),
        ("现将我乡2022年度信息公开工作情况报告如下。", 2022),
        ("自2022年政府信息公开工作年度报告发布以来，我局做了很多。", None),
        ("与2022年政府信息公开工作年度报告相比，今年少了。", None),
        ("现向社会公布。自2022年政府信息公开工作年度报告发布以来，我局做了很多。", None),
    ],
)
def test_the_year_of_a_report_without_title_and_period_is_that_of_the_one_report_it_names(
    introduced: str, year: int | None
) -> None:
    found = metadata_of(f"{introduced}\n{UNTITLED.partition(chr(10))[2]}")
    assert (found.title, found.kind, found.year) == (None, REPORT, year)


def test_what_names_the_sections_of_a_report_in_a_sentence_is_none() -> None:
    sentence = "报告应当写明主动公开政府信息情况、收到和处理政府信息公开申请情况。\n"
    assert metadata_of(sentence).kind is OTHER


def test_labels_without_a_colon_are_no_title() -> None:
    title = "某乡2022年政府信息公开工作年度报告"
    elements = f"索引号000014349/2023\n发布机构发文日期 2023-01-12\n文号是否有效\n标题{title}\n"
    assert metadata_of(f"{elements}\n{title}\n").title == title


def test_the_department_that_a_budget_is_of_issues_it() -> None:
    text = "预算主管部门：某县水利局\n2023年度部门决算公开说明\n一、概况\n"
    assert metadata_of(text).issuer == "某县水利局"


def test_a_columns_name_is_a_report_only_with_its_period() -> None:
    period = "\n报告期自2021年1月1日至12月31日。\n一、总体情况\n"
    assert metadata_of("政府信息公开工作年度报告" + period).kind is REPORT
    assert metadata_of("政府信息公开工作年度报告\n第1页\n").kind is OTHER


def test_the_date_of_entry_in_a_catalogue_comes_after_the_signature() -> None:
    facts = PageFacts(header={"生成日期": "2022-04-02"})
    signed = "某县工作要点\n各乡镇：\n文。\n某县人民政府\n2022年4月1日\n"
    assert metadata_of(signed, facts).written_on == dt.date(2022, 4, 1)
    assert metadata_of("某县工作要点\n文。\n", facts).written_on == dt.date(2022, 4, 2)


def test_elements_in_bars_are_labels_without_a_colon() -> None:
    title = "东管理区2025年政府信息公开工作年度报告"
    elements = (
        f"| 名称 | {title} | |||\n|---|---|---|\n| 索引号 | 000014349/2026-04314 | 发布日期 | 2026-01-20 |\n"
        "| 索引号: | 关键词 | |\n| 文号 | 有效性 | |\n"
    )
    found = metadata_of(f"{elements}一、总体情况\n")
    assert (found.title, found.published_on) == (title, dt.date(2026, 1, 20))
    assert (found.others, found.doc_number) == ({"index_number": "000014349/2026-04314"}, None)


def test_a_label_may_follow_a_figure_at_once() -> None:
    text = "某县工作要点\n发布时间: 2024-01-22 15:40:00来源:某市水利局字号:[ 大 中 小 ]\n文。\n"
    assert metadata_of(text).published_on_printed == "2024-01-22 15:40:00"


def test_a_column_name_over_the_title_is_no_title() -> None:
    text = "政府信息公开年报\n某市体育局2020年政府信息公开工作年度报告\n一、总体情况\n文。\n"
    assert metadata_of(text).title == "某市体育局2020年政府信息公开工作年度报告"


def test_dates_of_publication() -> None:
    printed = PageFacts(header={"发布日期": "2021年2月30日"}, meta={"pubdate": "2021-03-01 03:20"})
    tagged = PageFacts(meta={"pubdate": "2021-03-01 03:20"})
    assert metadata_of("某县工作要点\n文。", printed).published_on is None
    assert metadata_of("某县工作要点\n文。", printed).published_on_printed == "2021年2月30日"
    assert metadata_of("某县工作要点\n文。", tagged).published_on == dt.date(2021, 3, 1)


def test_a_general_label_needs_a_whole_date() -> None:
    assert metadata_of("某县工作要点\n时间：2014-03-30 来源：某局\n文。\n").published_on == dt.date(
        2014, 3, 30
    )
    assert metadata_of("某县工作方案\n时间：2014年3月至5月\n文。\n").published_on_printed is None


def test_a_date_under_a_title_is_the_pages_unless_in_brackets() -> None:
    assert metadata_of("某县工作要点\n2021年3月5日\n一、目标\n文。\n").written_on is None
    assert metadata_of("某县工作要点\n（2021年3月5日）\n一、目标\n文。\n").written_on == dt.date(2021, 3, 5)


def test_an_order_is_dated_below_the_name_of_who_signs_it() -> None:
    order = "云泽市人民政府令\n第27号\n现予公布。\n市长　李 某\n2022年11月21日\n文。\n"
    assert metadata_of(order).written_on == dt.date(2022, 11, 21)


LETTER = "云泽市水利局关于公开河湖信息的通知\n各县：\n请公开。\n云泽市水利局\n2021年3月5日\n"
REPORT_2020 = (
    "2020年政府信息公开工作年度报告\n统计期限自2020年1月1日起至2020年12月31日止。\n一、总体情况\n文。\n"
)

# text, header, meta, what disagrees
DISAGREEMENTS: dict[str, tuple[str, dict[str, str], dict[str, str], list[tuple[str, str, Source]]]] = {
    "all agree, each in its own spelling": (
        LETTER,
        {
            "标题": "关于公开河湖信息的通知",
            "发文机关": "云泽市水利局",
            "成文日期": "2021-03-05",
            "发布日期": "2021/3/8",
        },
        {
            "articletitle": "云泽市水利局关于公开河湖信息的通知",
            "pubdate": "2021-03-08 03:20",
            "contentsource": "水利局",
        },
        [],
    ),
    "the table's date of signature and the signature": (
        LETTER,
        {"成文日期": "2021年3月6日"},
        {},
        [("written_on", "2021年3月5日", SIGNED)],
    ),
    "the table's date of publication and the tag": (
        LETTER,
        {"发布日期": "2021年3月8日"},
        {"pubdate": "2022-01-01 10:00"},
        [("published_on", "2022-01-01 10:00", META)],
    ),
    "a date on no calendar and the tag": (
        LETTER,
        {"发布日期": "2021年2月30日"},
        {"pubdate": "2021-03-08"},
        [("published_on", "2021-03-08", META)],
    ),
    "a day of entry that is the day of publication": (
        LETTER,
        {"生成日期": "2021-03-08", "发布日期": "2021-03-08"},
        {},
        [],
    ),
    "a day of entry that is neither": (
        LETTER,
        {"生成日期": "2021-03-07", "发布日期": "2021-03-08"},
        {},
        [("written_on", "2021-03-07", HEADER)],
    ),
    "the source tag and the body in the title": (
        LETTER,
        {},
        {"contentsource": "云泽市财政局"},
        [("issuer", "云泽市财政局", META)],
    ),
    "the source tag is no body": (LETTER, {}, {"contentsource": "云泽日报"}, []),
    "the publisher of a report and its signature": (
        REPORT_2020 + "云泽市水利局\n2021年1月5日\n",
        {"发布机构": "云泽市人民政府办公室"},
        {},
        [("issuer", "云泽市人民政府办公室", HEADER)],
    ),
    "a name without its place": (
        LETTER.replace("云泽市水利局关于", "关于"),
        {"发文机关": "市水利局"},
        {},
        [],
    ),
    "a name in short": (
        "云泽市人民政府办公室关于公开的通知\n文。\n",
        {"发布机构": "云泽市政府办公室"},
        {},
        [],
    ),
    "bodies that sign together": (
        "云泽市水利局、云泽市财政局关于公开的通知\n文。\n云泽市财政局\n2021年3月5日\n",
        {"发文机关": "云泽市水利局、云泽市财政局"},
        {},
        [],
    ),
    "the year of the title and of the period": (
        REPORT_2020.replace("2020年1月", "2019年1月").replace("2020年12月", "2019年12月"),
        {},
        {},
        [("year", "2019", TEXT)],
    ),
    "the number in the table and in the text": (
        "云水〔2021〕3号\n" + LETTER,
        {"发文字号": "云水〔2021〕4号"},
        {},
        [("doc_number", "云水〔2021〕3号", TEXT)],
    ),
    "the number of an order in short": (
        "中华人民共和国国务院令\n第711号\n水资源条例\n第一条　为了。\n",
        {"发文字号": "国令第711号"},
        {},
        [],
    ),
    "the title of the table and of the tag": (
        "文。\n",
        {"标题": "关于公开河湖信息的通知"},
        {"articletitle": "关于征集意见的公告"},
        [("title", "关于征集意见的公告", META)],
    ),
    "the table and the lines of the text": (
        "有效性：失效\n" + LETTER,
        {"有效性": "有效"},
        {},
        [("effectiveness", "失效", TEXT)],
    ),
}


@pytest.mark.parametrize(
    ("text", "header", "meta", "expected"), DISAGREEMENTS.values(), ids=DISAGREEMENTS.keys()
)
def test_disagreements(
    text: str, header: dict[str, str], meta: dict[str, str], expected: list[tuple[str, str, Source]]
) -> None:
    stated = [header.get("标题"), meta.get("articletitle")]
    facts = PageFacts(titles=tuple(filter(None, stated)), header=header, meta=meta)
    assert metadata_of(text, facts).disagreements == tuple(Disagreement(*row) for row in expected)


def test_each_field_says_where_it_was_found() -> None:
    facts = PageFacts(
        titles=("关于公开河湖信息的通知",),
        meta={"articletitle": "关于公开河湖信息的通知", "pubdate": "2021-03-08 03:20"},
        header={"索引号": "001/2021-3", "时效性": "有效"},
    )
    assert metadata_of(LETTER.replace("云泽市水利局关于", "关于"), facts).sources == {
        "title": META,
        "issuer": SIGNED,
        "index_number": HEADER,
        "written_on": SIGNED,
        "published_on": META,
        "effectiveness": HEADER,
    }


EFFECTIVENESS = {
    "in force": ({"有效性": "有效"}, "", "有效"),
    "still in force": ({"时效性": "现行有效"}, "", "现行有效"),
    "repealed": ({"效力状态": "已废止"}, "", "已废止"),
    "lapsed": ({"时效": "失效"}, "", "失效"),
    "an answer": ({"是否有效": "是"}, "", "有效"),
    "another answer": ({"是否有效": "否"}, "", "无效"),
    "a date says until when": ({"时效": "2025-12-31"}, "", None),
    "the day of repeal is no state": ({"废止日期": "2020-01-01"}, "", None),
    "a dash": ({"有效性": "-"}, "", None),
    "a mark on the title": ({}, "（已废止）", "已废止"),
    "a trial is no state": ({}, "（试行）", None),
    "nothing": ({}, "", None),
}


@pytest.mark.parametrize(("header", "mark", "printed"), EFFECTIVENESS.values(), ids=EFFECTIVENESS.keys())
def test_effectiveness(header: dict[str, str], mark: str, printed: str | None) -> None:
    read = metadata_of(f"云泽市水资源办法{mark}\n文。\n", PageFacts(header=header))
    assert read.as_row()["effectiveness"] == printed


def test_the_number_behind_a_title() -> None:
    assert (
        metadata_of("云泽市水利局关于公开的通知（云水〔2021〕3号）\n文。\n").doc_number == "云水〔2021〕3号"
    )
    assert metadata_of("转发《关于公开的通知》（云水〔2021〕3号）\n文。\n").doc_number is None


def test_a_label_without_a_number_leaves_the_number_to_the_text() -> None:
    facts = PageFacts(header={"文号": "云泽市水利局"})
    assert metadata_of(f"云水〔2021〕3号\n{LETTER}", facts).doc_number == "云水〔2021〕3号"
    mangled = PageFacts(header={"文号": "云水20213号"})
    assert metadata_of(LETTER, mangled).doc_number == "云水20213号"


def test_metadata_is_written_as_json() -> None:
    facts = PageFacts(header={"发布日期": "2021-03-08"}, meta={"pubdate": "2022-01-01"})
    row = json.loads(json.dumps(msgspec.to_builtins(metadata_of(LETTER, facts)), default=str))
    assert row["sources"]["published_on"] == "header"
    assert row["disagreements"] == [{"field": "published_on", "value": "2022-01-01", "source": "meta"}]


@settings(deadline=None, max_examples=150)
@given(
    st.text(alphabet="某市人民政府局关于2019年政信息公开报告的通知〔〕号第（）：。\n\t 日月1", max_size=120)
)
def test_metadata_of_any_text_is_printed_in_it(text: str) -> None:
    found = metadata_of(text)
    closed_up = "".join(text.split())
    assert found.title is None or found.title in closed_up
    assert found.issuer is None or found.issuer in closed_up
    assert found.year is None or str(found.year) in closed_up


REAL = {
    "新乡市人民政府2019年政府信息公开工作年度报告": Metadata(
        title="新乡市人民政府2019年政府信息公开工作年度报告",
        issuer="新乡市人民政府",
        year=2019,
        kind=REPORT,
        sources={"title": TEXT, "issuer": TITLE, "year": TITLE},
    ),
    "信阳市人民政府2019年政府信息公开工作年度报告": Metadata(
        title="信阳市人民政府2019年政府信息公开工作年度报告",
        issuer="信阳市人民政府",
        year=2019,
        kind=REPORT,
        sources={"title": TEXT, "issuer": TITLE, "year": TITLE},
    ),
    "平原示范区2020年度政府信息公开工作年度报告": Metadata(
        title="平原示范区2020年度政府信息公开工作年度报告",
        issuer="新乡市平原城乡一体化示范区管理委员会",
        year=2020,
        kind=REPORT,
        written_on=dt.date(2021, 1, 10),
        written_on_printed="2021年1月10日",
        sources={"title": TEXT, "issuer": SIGNED, "year": TITLE, "written_on": SIGNED},
    ),
    "河南省2019年政务公开工作要点": Metadata(
        title="河南省人民政府办公厅关于印发河南省2019年政务公开工作要点的通知",
        issuer="河南省人民政府办公厅",
        year=2019,
        kind=POLICY,
        written_on=dt.date(2019, 6, 29),
        written_on_printed="2019 年 6 月 29 日",
        sources={"title": TEXT, "issuer": TITLE, "year": TITLE, "written_on": SIGNED},
    ),
    "信阳市2018年政务公开重点工作责任分工方案": Metadata(
        title="信阳市2018年政务公开重点工作责任分工方案",
        year=2018,
        kind=PLAN,
        sources={"title": TEXT, "year": TITLE},
    ),
}


@pytest.mark.parametrize(("name", "expected"), REAL.items(), ids=REAL.keys())
def test_real_documents(shared_documents: Path, name: str, expected: Metadata) -> None:
    decoded = decode_plain((shared_documents / f"{name}.txt").read_bytes())
    assert read_metadata(decoded, split_passages(decoded.text)[0]) == expected


def test_real_pages_agree_with_themselves_but_for_one_date(shared_real: Path) -> None:
    found = []
    for path in sorted((shared_real / "policy").glob("govcn_*.html")):
        metadata = read_document(
            path.read_bytes(), Hints("http://portal.gongkai.test/", "text/html")
        ).metadata
        assert {metadata.sources[field] for field in ("issuer", "doc_number", "written_on")} == {HEADER}
        found += [
            (path.stem, metadata.written_on, *msgspec.structs.astuple(one)) for one in metadata.disagreements
        ]
    # The header table dates the letter ten days before its signature.
    assert found == [("govcn_5351624", dt.date(2004, 4, 17), "written_on", "二〇〇四年四月二十七日", SIGNED)]


@pytest.mark.parametrize(
    ("front", "title"),
    [
        (["11/22/26, 9:32 PM", "2020年政府信息公开工作年度报告"], "2020年政府信息公开工作年度报告"),
        (
            ["云溪县人民政府", "2020年政府信息公开工作年度报告"],
            "云溪县人民政府2020年政府信息公开工作年度报告",
        ),
        (
            ["首页", "政务公开", "政务服务", "云岭市农业农村局政府信息公开工作2022年度报告"],
            "云岭市农业农村局政府信息公开工作2022年度报告",
        ),
        (
            ["云岭市农业农村局", "政府信息公开工作2022年度报告"],
            "云岭市农业农村局政府信息公开工作2022年度报告",
        ),
        (["2021年度云溪县政府信息公开", "工作年度报告"], "2021年度云溪县政府信息公开工作年度报告"),
    ],
)
def test_a_report_is_named_by_its_own_lines(front: list[str], title: str) -> None:
    assert title_in(front) == title
