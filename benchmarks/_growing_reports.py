"""Annual reports of the form of 2021, as many as are asked for, each made from its number alone.

Bodies are five organs of each county in force, each with its reports of five years, one number after another.
A report has the 200 cells of its form, 10,000 characters and some 90 passages. Words follow one another at
random, so that nothing here is a sentence of any document; lengths, the share of passages with figures and
what repeats are chosen to be like those of real reports. A tenth has a sum that does not add up.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from random import Random
from typing import TYPE_CHECKING

from pipelines.bodies.regions import parent_of, region_by_code
from pipelines.forms.form_model import CellState
from tests.pipelines.statutory.arrangements import printed
from tests.pipelines.statutory.filling import KINDS, ROW_KEYS_OUTSIDE, FilledForm, PrintedCell
from tests.pipelines.statutory.markup import MARKUPS, table_markup
from tests.pipelines.statutory.printed_forms import (
    FORM_2021,
    HEADINGS,
    T4_BLOCKS,
    T4_COLUMNS,
    CellKey,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ORGANS = ("人民政府", "教育局", "财政局", "司法局", "民政局")
YEARS = range(2021, 2026)
PER_PORTAL = len(ORGANS) * len(YEARS)
"""Reports that a county's portal has."""

_LEAVES = tuple(row.key for row in FORM_2021.t3 if row.key and row.key not in ROW_KEYS_OUTSIDE)
_OVERVIEW = "一、总体情况"
_CHAPTERS = (
    (_OVERVIEW, "主动公开 依申请公开 政府信息管理 平台建设 监督保障", 12),
    ("五、存在的主要问题及改进情况", "存在的问题 改进情况", 5),
    ("六、其他需要报告的事项", "收取信息处理费情况", 4),
)
"""Headings, those below them, and how many paragraphs stand below each of these."""
_REPETITION = ("standing",) * 3 + ("copied", "noisy") + ("kept",) * 4 + ("figures",) * 5 + ("new",) * 5
"""Where the paragraphs of a report are from; `_paragraph` says what each word means."""
_TRADE = (
    "公开信息工作政务推进落实加强完善规范管理服务群众发展建设平台网站栏目内容发布更新解读回应关切"
    "热点重点领域项目资金安排执行情况制度机制健全责任任务监督考核培训会议研究部署组织实施方案流程"
    "标准目录基层试点经验做法成效问题改进措施下步打算提升能力水平质量效率渠道方式形式多样及时准确"
    "全面依法有序深入持续稳步扎实积极认真切实充分明显新闻媒体社会舆论引导互动交流咨询投诉建议办理"
    "答复申请登记审查档案文件政策法规条例精神要求目标环境营商改革创新数据共享整合系统技术安全保障"
    "人员专业学习宣传教育医疗卫生养老就业住房交通环保扶贫生态食品药品价格招标采购财政税收审计统计"
    "调查评估结果运用通报整改验收档次窗口大厅热线微信微博公众图表视频问答专题"
)
_WORDS = tuple(_TRADE[start : start + 2] for start in range(0, len(_TRADE), 2))
_UNITS = ("件", "条", "次", "万元", "%", "场", "人次", "篇")


@dataclass(frozen=True, slots=True)
class GrowingPortal:
    """The portal of a county.

    Attributes:
        code: of its region.
        name: of its region, the prefecture's before it.
    """

    code: str
    name: str

    @property
    def list_url(self) -> str:
        """The address of its one list."""
        return f"http://www.c{self.code}.gov.example/zfxxgk/ndbg/"

    def entry(self) -> Mapping[str, object]:
        """Return what a run says of it."""
        return {
            "id": f"c{self.code}",
            "name": f"{self.name}人民政府门户网站",
            "region_code": self.code,
            "issuer": f"{self.name}人民政府",
            "family": "static_list",
            "home_url": f"http://www.c{self.code}.gov.example/",
            "enabled": True,
            "lists": [{"url": self.list_url, "kind": "annual_report"}],
        }


@dataclass(frozen=True, slots=True)
class GrowingReport:
    """A report as it is published.

    Attributes:
        portal: where.
        url: its address.
        title: on the page and in the list.
        date: of publication, as the list prints it.
        page: the markup.
    """

    portal: GrowingPortal
    url: str
    title: str
    date: str
    page: bytes


def make_report(number: int) -> GrowingReport:
    """Return the report of a number, counted from 0; always the same."""
    body, year = number // len(YEARS), YEARS[number % len(YEARS)]
    portal = _portals()[body // len(ORGANS)]
    issuer = f"{portal.name}{ORGANS[body % len(ORGANS)]}"
    title = f"{issuer}{year}年政府信息公开工作年度报告"
    date = f"{year + 1}-01-{10 + body % 20}"
    text = "".join(_markup(body, portal.code[:4], issuer, year))
    page = (
        f'<html><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="ArticleTitle" content="{title}"><meta name="PubDate" content="{date}"></head><body>'
        f'<div class="nav"><a href="/">首页</a></div><h1>{title}</h1><div class="TRS_Editor">{text}</div>'
        "</body></html>"
    )
    return GrowingReport(portal, f"{portal.list_url}t{year + 1}_{number}.html", title, date, page.encode())


@cache
def _portals() -> tuple[GrowingPortal, ...]:
    table = files("pipelines.knowledge").joinpath("regions.csv").read_text("utf-8")
    codes = {
        row[0] for row in csv.reader(table.splitlines()) if row[0].isdigit() and not row[0].endswith("00")
    }
    counties = filter(None, map(region_by_code, sorted(codes)))
    return tuple(
        GrowingPortal(county.code, f"{above.name}{county.name}")
        for county in counties
        if county.to_year is None and (above := parent_of(county))
    )


def _markup(body: int, group: str, issuer: str, year: int) -> Iterator[str]:
    yield f"<p>{issuer}根据《中华人民共和国政府信息公开条例》编制{year}年度报告。</p>"
    filled = _fill(body, year)
    tables = printed(filled, HEADINGS, 3)
    position = 0
    for heading, parts, paragraphs in _CHAPTERS:
        yield f"<p><strong>{heading}</strong></p>"
        for numeral, part in zip("一二三四五", parts.split(), strict=False):
            yield f"<p>（{numeral}）{part}</p>"
            for number in range(1, paragraphs + 1):
                position += 1
                yield f"<p>{number}.{_paragraph(body, group, year, position)}</p>"
        if heading == _OVERVIEW:
            for sheet in tables:
                yield f"<p><strong>{sheet.title}</strong></p>{table_markup(sheet, MARKUPS['nbsp'])}"


def _paragraph(body: int, group: str, year: int, position: int) -> str:
    """Return a paragraph.

    Standing ones are in every report; a copied one in those of a prefecture and year, a noisy one too, but
    for a character; a kept one in a body's reports of three years, one with figures likewise but for these.
    """
    source = _REPETITION[Random(f"{position}").randrange(len(_REPETITION))]
    epoch = (year + body) // 3
    words, figures = {
        "standing": (f"{position}", ""),
        "copied": (f"{group} {year} {position}", f"{group} {year} {position}"),
        "noisy": (f"{group} {year} {position}", f"{group} {year} {position}"),
        "kept": (f"{body} {epoch} {position}", ""),
        "figures": (f"{body} {epoch} {position}", f"{body} {year} {position}"),
        "new": (f"{body} {year} {position}", f"{body} {year} {position}"),
    }[source]
    text = _sentence(Random(words), Random(figures), figures != "")
    if source == "noisy":
        place = len(text) - 1 - Random(f"{body}").randrange(20)
        return text if text[place].isdigit() else text[:place] + text[place + 1 :]
    return text


def _sentence(words: Random, figures: Random, with_figures: bool) -> str:
    length = 30 + int(255 * words.random() ** 2)
    text = "".join(words.choices(_WORDS, k=3)) + "</p><p>"
    while len(text) < length:
        text += "".join(words.choices(_WORDS, k=words.randint(3, 8)))
        if with_figures and words.random() < 0.3:
            text += f"{figures.randrange(10_000)}{words.choice(_UNITS)}"
        text += words.choice("，，，。；")
    return text[:-1] + "。"


def _fill(body: int, year: int) -> FilledForm:
    """Fill the form; three of ten bodies leave blank what is zero."""
    numbers = _numbers(body, year)
    leaves_blank = body % 10 >= 7
    if Random(f"wrong {body} {year}").random() < 0.1:
        numbers[CellKey("t3", None, "results_total", "natural_person")] += 1
    return FilledForm(
        FORM_2021,
        {
            key: PrintedCell("", CellState.BLANK)
            if leaves_blank and not number
            else PrintedCell(str(number), CellState.NUMBER if number else CellState.ZERO, number)
            for key, number in ((key, numbers[key]) for key in FORM_2021.cell_keys())
        },
    )


def _numbers(body: int, year: int) -> dict[CellKey, Decimal]:
    chance = Random(f"cells {body} {year}")
    numbers: dict[CellKey, Decimal] = {}
    for key in FORM_2021.cell_keys():
        busy = key.table == "t2" or (key.row in _LEAVES and key.column in KINDS[:2] and chance.random() < 0.4)
        numbers[key] = Decimal(chance.randrange(90) if busy else 0)
    for kind in KINDS:
        results = int(sum(numbers[CellKey("t3", None, leaf, kind)] for leaf in _LEAVES))
        before, left = _carried_out(body, year - 1, kind), _carried_out(body, year, kind)
        if results + left < before:
            numbers[CellKey("t3", None, _LEAVES[0], kind)] += before
            results += before
        outside = (results + left - before, before, results, left)
        for row, number in zip(ROW_KEYS_OUTSIDE, outside, strict=True):
            numbers[CellKey("t3", None, row, kind)] = Decimal(number)
    for row in (*_LEAVES, *ROW_KEYS_OUTSIDE):
        total = sum(numbers[CellKey("t3", None, row, kind)] for kind in KINDS)
        numbers[CellKey("t3", None, row, "total")] = Decimal(total)
    for block, _ in T4_BLOCKS:
        *parts, total_key = (CellKey("t4", block, block, column) for column, _ in T4_COLUMNS)
        numbers[parts[0]] = numbers[total_key] = Decimal(chance.choice((0, 0, 0, 1, 2)))
    return numbers


def _carried_out(body: int, year: int, kind: str) -> int:
    return Random(f"left {body} {year}").randrange(5) if kind == KINDS[0] else 0
