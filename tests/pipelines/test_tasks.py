"""Tasks that plans assign, in the forms in which plans print them."""

from __future__ import annotations

import datetime as dt
import re
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.assignments import close_up
from pipelines.decoded import Hints
from pipelines.document import read_document
from pipelines.metadata.document_metadata import read_metadata
from pipelines.plan_tasks import Task, find_tasks, read_deadline
from pipelines.readers.registry import decode_payload
from pipelines.text.outline import split_passages
from tests.pipelines.decoding import decode_plain

if TYPE_CHECKING:
    from pathlib import Path


def tasks_of(text: str, year: int | None = 2021) -> tuple[Task, ...]:
    return find_tasks(split_passages(text)[0], year)


def said(task: Task) -> tuple[str | None, str | None, str | None]:
    return task.lead, task.responsible, task.deadline_text


# what stands in the bracket, lead, responsible, deadline
ASSIGNMENTS = {
    "one body": ("由市财政局负责", None, "市财政局", None),
    "without 由": ("各乡镇人民政府负责", None, "各乡镇人民政府", None),
    "lead and others": ("由市教育局牵头，各县区负责", "市教育局", "各县区", None),
    "lead alone": ("县司法局牵头", "县司法局", None, None),
    "lead that carries it out": (
        "市水利局、林业局牵头落实，市直有关部门积极支持配合", "市水利局、林业局", "市直有关部门", None,
    ),
    "a deadline behind a semicolon": ("由市编办负责；12月底前完成", None, "市编办", "12月底前完成"),
    "a deadline behind a comma": ("市编办负责，长期坚持", None, "市编办", "长期坚持"),
    "a deadline in other words": (
        "由市编办负责；纳入全年目标统筹落实", None, "市编办", "纳入全年目标统筹落实",
    ),
    "a deadline first": ("2021年6月底前完成，由市编办负责", None, "市编办", "2021年6月底前完成"),
    "a deadline right before the body": ("9月底前由市编办负责完成", None, "市编办", "9月底前"),
    "a deadline right behind the body": (
        "由市编办牵头，禾山县人民政府按时限要求完成", "市编办", "禾山县人民政府", "按时限要求完成",
    ),
    "a deadline right behind the duty": ("市编办负责10月底前完成", None, "市编办", "10月底前完成"),
    "bodies and a deadline": ("市编办、市司法局，12月底前完成", None, "市编办、市司法局", "12月底前完成"),
    "by their functions": (
        "市编办、市司法局等相关单位按照职责分工，持续推进", None, "市编办、市司法局等相关单位", "持续推进",
    ),
    "by their functions, responsible": ("财政部、水利部等按职责分工负责", None, "财政部、水利部等", None),
    "each responsible": ("市编办、市司法局分别负责", None, "市编办、市司法局", None),
    "half-width marks": ("由市编办牵头,市司法局负责;12月底前完成", "市编办", "市司法局", "12月底前完成"),
    "brackets inside": (
        "各县（市、区）人民政府、市编办（市直工委）负责",
        None,
        "各县（市、区）人民政府、市编办（市直工委）",
        None,
    ),
    "named duties": (
        "市编办牵头，市司法局负责审核工作，各单位负责日常报送",
        "市编办",
        "市司法局负责审核工作，各单位负责日常报送",
        None,
    ),
    "named duties alone": (
        "市司法局负责审核工作，各单位负责报送", None, "市司法局负责审核工作，各单位负责报送", None,
    ),
    "two duties": ("市编办负责，市司法局配合", None, "市编办负责，市司法局配合", None),
    "bodies parted by commas": ("由市编办，市司法局，市财政局负责", None, "市编办，市司法局，市财政局", None),
    "together with others": ("市编办牵头会同市司法局负责", "市编办", "市司法局", None),
    "with others in one name": ("财政部会同有关部门负责", None, "财政部会同有关部门", None),
    "a mark on the lead": ("市编办（牵头）、市司法局、市财政局负责", "市编办", "市司法局、市财政局", None),
    "a remark for the reader": (
        "市编办、市司法局负责，排在第一位的为牵头部门，下同", None, "市编办、市司法局", None,
    ),
    "a sentence for the reader": (
        "市编办指导，各县区负责落实。以下均需各县区落实，不再列出", None, "市编办指导，各县区负责落实", None,
    ),
    "broken lines": ("由市编办牵头，市司\n法局负责；12月\n底前完成", "市编办", "市司法局", "12月底前完成"),
    "labels": ("牵头单位：市编办；责任单位：各县区；完成时限：6月底前", "市编办", "各县区", "6月底前"),
    "labels with spaces": ("责任单位 ： 市编办、市司法局　完成时间：长期", None, "市编办、市司法局", "长期"),
    "labels with who supports": (
        "责任单位：市编办；配合单位：各县区", None, "市编办；配合单位：各县区", None,
    ),
    "labels behind a word on the task": ("预期性指标，牵头单位：市编办", "市编办", None, None),
    "a label and a lead in words": ("责任单位：市编办牵头，各县区配合", "市编办", "各县区", None),
    "a label and a remark": (
        "责任单位：市编办、市司法局（列第一位者为牵头单位，下同）", None, "市编办、市司法局", None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("brackets", ["（{}）", "({})", "（{})", "【{}】", "[{}]"])
@pytest.mark.parametrize(
    ("printed", "lead", "responsible", "deadline"), ASSIGNMENTS.values(), ids=ASSIGNMENTS.keys()
)
def test_what_a_bracket_assigns(
    printed: str, lead: str | None, responsible: str | None, deadline: str | None, brackets: str
) -> None:
    found = tasks_of(f"一、公开\n1. 目录\n编制目录并公布。{brackets.format(printed)}\n")
    assert [said(task) for task in found] == [(lead, responsible, deadline)]
    assert found[0].text == "编制目录并公布。"
    assert found[0].heading_path == ("一、公开", "1. 目录")


def test_a_number_behind_half_a_bracket_ends_no_assignment() -> None:
    (task,) = tasks_of("一、公开\n1. 目录\n编制目录并公布。【责任单位：1）市财政局；2）市司法局】\n")
    assert task.responsible == "1）市财政局；2）市司法局"


NO_ASSIGNMENTS = {
    "a short name": "（以下简称市编办，负责日常工作）",
    "a short name of a duty": "（以下简称“责任单位”）",
    "an attachment": "（附件3由市编办负责解释）",
    "a person in charge": "（市编办主要负责人）",
    "persons": "（市编办负责同志）",
    "a system": "（市编办负责制）",
    "who is responsible": "（谁主管谁负责）",
    "an officer": "（由专人负责）",
    "a case": "（技术学校内由市人力资源局负责）",
    "what the law says": "（依法应当由市编办负责）",
    "a negation": "（不由市编办负责）",
    "bodies alone": "（市编办、市司法局）",
    "a body and a date": "（市编办，2021年5月）",
    "a unit": "（单位：万元）",
    "a blank label": "（责任单位：　）",
    "a label inside a sentence": "（各项工作的责任单位：市编办）",
    "a date": "（12月底前完成）",
    "an explanation inside a sentence": "（市编办负责审核）的目录",
    "no end": "（由市编办负责",
    "a document number": "（禾政办〔2020〕5号）",
    "nothing": "（）",
}


@pytest.mark.parametrize("printed", NO_ASSIGNMENTS.values(), ids=NO_ASSIGNMENTS.keys())
def test_what_assigns_nothing(printed: str) -> None:
    assert tasks_of(f"一、公开\n1. 目录\n编制并公布{printed}以便查询。\n") == ()


def test_several_tasks_share_a_passage_and_keep_their_own_sentences() -> None:
    text = (
        "一、公开\n1. 目录\n编制目录。（市编办负责）公布目录，\n每年更新。（市司法局负责；长期坚持）\n"
        "2. 培训（市委组织部牵头）\n3. 考核\n公布结果（市政府办负责）。\n"
    )
    assert [(task.position, task.passage, task.heading_path[-1], task.text) for task in tasks_of(text)] == [
        (0, 1, "1. 目录", "编制目录。"),
        (1, 1, "1. 目录", "公布目录，\n每年更新。"),
        (2, 2, "2. 培训（市委组织部牵头）", "2. 培训"),
        (3, 3, "3. 考核", "公布结果"),
    ]


def test_a_run_in_heading_is_no_part_of_the_text() -> None:
    (task,) = tasks_of("一、公开\n1. 编制目录。目录每年更新。（市编办负责）\n")
    assert (task.heading_path[-1], task.text) == ("1. 编制目录", "目录每年更新。")


def test_labels_on_lines_of_their_own() -> None:
    text = (
        "一、公开\n1. 目录\n编制并公布目录。\n"
        "牵头单位：市编办。\n\n配合单位：各县区。\n完成时限：2021年9月底前。\n"
        "2. 培训\n举办培训班。责任单位：市委组织部\n"
    )
    first, second = tasks_of(text)
    assert (first.text, *said(first)) == ("编制并公布目录。", "市编办", "各县区", "2021年9月底前")
    assert first.deadline == dt.date(2021, 9, 30)
    assert (second.text, *said(second)) == ("举办培训班。", None, "市委组织部", None)


def test_labels_over_a_document_assign_nothing() -> None:
    assert tasks_of("关于公开的通知\n责任部门：市编办\n\n一、目录\n公布目录。\n") == ()


TABLE = (
    "禾山市2021年重点工作分工表\n一、分工\n"
    "序号\t工作任务\t工作要求\t牵头单位\t责任单位\t完成时限\n"
    "一、目录公开\t\t\t\t\t\n"
    "1\t编制目录\t逐项列明\t市编办\t各县区\t6月底前\n"
    "2\t公布目录\t\t\t各县区\t持续推进\n"
    "序号\t工作任务\t工作要求\t牵头单位\t责任单位\t完成时限\n"
    "3\t培训\t\t\t\t\n"
    "4\t残行\n"
)


def test_tasks_in_a_table() -> None:
    assert [(task.text, *said(task), task.deadline) for task in tasks_of(TABLE)] == [
        ("编制目录\n逐项列明", "市编办", "各县区", "6月底前", dt.date(2021, 6, 30)),
        ("公布目录", None, "各县区", "持续推进", None),
        ("培训", None, None, None, None),
    ]


HEADS = ["序号", "工作任务", "牵头单位", "责任单位", "完成时限"]
CELLS = [
    ["1", "编制目录，向社会公布", "市编办", "市司法局、市财政局", "6月底前"],
    ["2", "对实际投资 2 亿元以上的项目给予奖励", "—", "市商务局", "持续推进"],
    ["3", "清理账号", "市委网信办", "—", "12月31日前"],
]
READ = [
    (CELLS[0][1], "市编办", "市司法局、市财政局", "6月底前"),
    (CELLS[1][1], None, "市商务局", "持续推进"),
    (CELLS[2][1], "市委网信办", None, "12月31日前"),
]


def stacked(*rows: list[str]) -> list[tuple[str, str | None, str | None, str | None]]:
    """What is read where each cell stands on a line of its own."""
    found = tasks_of("附件\n任务分解表\n" + "\n".join(cell for row in rows for cell in row))
    return [(task.text, *said(task)) for task in found]


@pytest.mark.parametrize(
    "rows",
    [
        [HEADS, *CELLS],
        [[*HEADS, ""], *([*row, ""] for row in CELLS)],
        [["序　号", "重点任务", "牵头单位（部门）", "协同配合单位", "完成时限要求"], *CELLS],
        [HEADS, *CELLS, ["备注：第一位为牵头单位。"]],
        [HEADS, ["一、主动公开"], CELLS[0], ["二、平台建设"], *CELLS[1:]],
        [HEADS, CELLS[0], HEADS, *CELLS[1:]],
        [HEADS, *CELLS[:2], ["7"], CELLS[2]],
    ],
    ids=[
        "lines",
        "blank lines",
        "other names",
        "a remark behind",
        "headings between",
        "names on each page",
        "the number of a page",
    ],
)
def test_a_table_of_which_only_the_cells_are_left(rows: list[list[str]]) -> None:
    assert [tuple(close_up(each or "") for each in task) for task in stacked(*rows)] == [
        tuple(close_up(each or "") for each in task) for task in READ
    ]


@pytest.mark.parametrize(
    "row",
    [
        ["2", "公布目录", "市编办", "6月底前"],
        ["2", "公布目录", "市编办，并抓好落实的后续工作", "市财政局", "6月底前"],
        ["2", "公布目录", "市编办", "市财政局", "见上表"],
        ["2", "公布", "目录", "市编办", "市财政局", "6月底前"],
        ["2", "公布目录", "全面公布市编办", "市财政局", "各县区", "6月底前"],
        ["4", "公布目录", "市编办", "市财政局", "6月底前"],
        ["公布目录", "市编办", "市财政局", "6月底前"],
        ["2", "公布目录", "3", "市编办", "市财政局", "6月底前"],
        ["2", "依托网站，建设", "政务公开统一平台", "市财政局", "6月底前"],
        ["2", "推进公开工作，", "报送市政府办公室", "市财政局", "6月底前"],
        ["2", "公布目录", "建立由市长牵头的联席会议制度", "市财政局", "6月底前"],
        ["2", "组织培训", "市编办", "覆盖各级行政机关", "6月底前"],
        ["2", "做好：", "1", "第一", "市编办"],
    ],
    ids=[
        "a cell is lost",
        "no bodies",
        "no time",
        "a cell on two lines",
        "a cell too many",
        "a number too far",
        "no number",
        "a figure that is the next number",
        "a blank cell, and a task that goes on",
        "a blank cell, and a task that ends in a body",
        "a sentence that says who leads",
        "a sentence that names all of a kind",
        "a list in a cell",
    ],
)
def test_below_a_row_that_is_not_sure_nothing_is_read(row: list[str]) -> None:
    found = stacked(HEADS, CELLS[0], row, ["3", *CELLS[2][1:]])
    assert found == [READ[0]]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join([*["序号", "工作任务", "责任单位"] * 20_000]),
        "\n".join([*HEADS[:2], *["备注"] * 80, *["1"] * 400]),
    ],
    ids=["names alone", "many columns"],
)
def test_names_of_columns_take_time_in_proportion(text: str) -> None:
    begun = time.process_time()
    assert tasks_of(f"附件\n{text}\n") == ()
    assert time.process_time() - begun < 5


def test_labels_that_assign_nothing_take_time_in_proportion() -> None:
    begun = time.process_time()
    assert tasks_of("一、总体要求\n" + "责任单位：-\n" * 6000) == ()
    assert time.process_time() - begun < 10


def test_a_table_whose_columns_have_names_in_two_rows() -> None:
    rows = "\n".join("\t".join(row) for row in CELLS).replace("—", "")
    heads = "序号\t工作任务\t责任分工\t\t完成时限\n\t\t牵头单位\t责任单位\t\n"
    assert [(task.text, *said(task)) for task in tasks_of(f"附件\n{heads}{rows}\n")] == READ


def test_of_a_row_with_more_cells_than_columns_nobody_knows_who_does_it() -> None:
    heads = "序号\t工作任务\t责任单位\t完成时限\n"
    rows = "1\t公布目录\t市编办\t市财政局\t12月底前\n2\t公开规划\t市规划局\t6月底前\n"
    assert [(task.text, *said(task)) for task in tasks_of(f"附件\n{heads}{rows}")] == [
        ("公开规划", None, "市规划局", "6月底前")
    ]


def test_a_heading_may_hold_several_tasks() -> None:
    heading = "一、公布目录（由市编办负责）；公开规划（由市规划局负责）。"
    texts = [(task.text, task.responsible) for task in tasks_of(f"{heading}\n")]
    assert texts == [("一、公布目录", "市编办"), ("公开规划", "市规划局")]


def test_a_column_may_hold_who_and_until_when() -> None:
    cells = ["牵头单位：市编办；责任单位：各县区；完成时限：6月底前", "市编办牵头，各县区配合，6月底前完成"]
    rows = "\n".join(f"{number}\t公布目录\t{cell}" for number, cell in enumerate(cells, 1))
    found = tasks_of(f"附件\n序号\t任务\t责任单位及时限\n{rows}\n")
    assert [said(task) for task in found] == [
        ("市编办", "各县区", "6月底前"),
        ("市编办", "各县区", "6月底前完成"),
    ]


@pytest.mark.parametrize(
    "bracket",
    ["（责任时限：{}；参加单位：{}；牵头单位：{}）", "【时限要求：{}；协同配合单位：{}；牵头责任部门：{}】"],
)
def test_labels_made_of_parts_in_any_order(bracket: str) -> None:
    [task] = tasks_of(f"一、公开\n1.公布目录。{bracket.format('6月底前', '各县区', '市编办')}")
    assert (task.text, *said(task)) == ("1.公布目录", "市编办", "各县区", "6月底前")


def test_a_column_of_bodies_may_say_who_leads() -> None:
    rows = "编制目录\t市编办牵头，市司法局配合\n公布目录\t市编办（牵头）、市司法局\n"
    found = tasks_of(f"一、分工\n重点任务\t责任单位\n{rows}")
    assert [said(task)[:2] for task in found] == [("市编办", "市司法局")] * 2


def test_a_table_that_assigns_nothing_has_no_tasks() -> None:
    assert tasks_of("一、概况\n事项\t数量\n许可\t3\n处罚\t5\n") == ()


DEADLINES = {
    "12月底前完成": dt.date(2018, 12, 31),
    "年底前完成": dt.date(2018, 12, 31),
    "今年年底前": dt.date(2018, 12, 31),
    "2018年底前完成": dt.date(2018, 12, 31),
    "2019年年底前": dt.date(2019, 12, 31),
    "2020 年 2 月底前": dt.date(2020, 2, 29),
    "２０１９年６月底前": dt.date(2019, 6, 30),
    "于9月末前完成": dt.date(2018, 9, 30),
    "十一月底前": dt.date(2018, 11, 30),
    "6月15日前": dt.date(2018, 6, 15),
    "2018年6月15日以前报送": dt.date(2018, 6, 15),
    "三季度末": dt.date(2018, 9, 30),
    "第2季度末前": dt.date(2018, 6, 30),
    "2月30日前": None,
    "13月底前": None,
    "12月完成": None,
    "12月中旬前": None,
    "6月前完成": None,
    "上半年": None,
    "年内完成": None,
    "明年6月底前": None,
    "18年12月底前": None,
    "二〇一九年底前": None,
    "二〇一九年六月底前": None,
    "下一年度1月底前": None,
    "下年3月31日前": None,
    "翌年3月底前": None,
    "第二年3月底前": None,
    "每年12月底前": None,
    "每季度末": None,
    "6月底前完成编制，12月底前公布": None,
    "12月底前见效，长期坚持": None,
    "2018年6月底起": None,
    "2018年至2020年底": None,
    "作为全年工作落实": None,
    "按时限要求完成": None,
    "按全省统一部署完成": None,
}


@pytest.mark.parametrize(("printed", "day"), DEADLINES.items(), ids=DEADLINES.keys())
def test_deadlines(printed: str, day: dt.date | None) -> None:
    assert read_deadline(printed, 2018) == day


def test_a_deadline_without_a_year_is_a_date_only_where_the_plan_has_one() -> None:
    assert read_deadline("12月底前完成", None) is None
    assert read_deadline("2018年12月底前完成", None) == dt.date(2018, 12, 31)


@settings(max_examples=150)
@given(st.text(alphabet="由市局县牵头负责配合；，。（）()【】：\n\t 12月底前完成责任单位", max_size=120))
def test_what_a_task_says_is_printed_in_the_text(text: str) -> None:
    closed_up = "".join(text.split())
    for number, task in enumerate(tasks_of(text)):
        assert task.position == number
        assert task.text in text
        assert task.lead is None or all(name in closed_up for name in task.lead.split("；"))


def test_endless_brackets_take_no_time() -> None:
    assert tasks_of("一、公开\n" + "（" * 20_000 + "由市编办负责" + "）" * 20_000) != ()
    assert tasks_of("一、公开\n" + "（由市局" * 5_000) == ()
    assert tasks_of("一、公开\n（由市局" + "落实" * 280 + "吧）") == ()
    assert tasks_of("一、公开\n" + "责任单位：" * 5_000) == ()


def test_a_real_plan(shared_documents: Path) -> None:
    decoded = decode_plain((shared_documents / "信阳市2018年政务公开重点工作责任分工方案.txt").read_bytes())
    passages, _ = split_passages(decoded.text)
    tasks = find_tasks(passages, read_metadata(decoded, passages).year)
    assert len(tasks) == 37
    assert sum(task.lead is not None for task in tasks) == 25
    assert sum(task.deadline_text is None for task in tasks) == 2
    assert all(task.responsible for task in tasks)
    assert {task.deadline_text for task in tasks if task.deadline} == {"12月底前完成", "年底前完成"}
    assert {task.deadline for task in tasks if task.deadline} == {dt.date(2018, 12, 31)}
    assert [task.deadline_text for task in tasks].count("按时限要求完成") == 1
    assert all(passages[task.passage].heading_path == task.heading_path for task in tasks)
    assert [task.passage for task in tasks] == sorted(task.passage for task in tasks)
    assert said(tasks[13])[1:] == (
        "市教育局、市卫计委、市人社局、市住建局、市安监局、市人防办、市食药监局、市民政局等涉及部门",
        "作为全年工作落实",
    )
    assert said(tasks[30]) == (
        "市政府办公室",
        "市编办负责机构设置工作，市政府各部门负责日常报送",
        None,
    )
    assert tasks[33].heading_path == (
        "四、着力推进政务公开制度化规范化",
        "（二）做好基层政务公开标准化规范化试点总结验收工作",
    )
    assert said(tasks[33]) == ("市政府办公室", "潢川县人民政府", "按时限要求完成")


def test_real_documents_that_assign_nothing_have_no_tasks(shared_documents: Path) -> None:
    for path in shared_documents.glob("*.txt"):
        if "分工方案" not in path.name:
            assert tasks_of(decode_plain(path.read_bytes()).text) == ()


# How many tasks each real page assigns; every other page of the folder assigns none.
REAL_PAGES = {
    5345808: 15,
    5355837: 17,
    5347465: 30,
    5350734: 21,
    5353308: 18,
    5357723: 17,
    5359620: 3,
    5361158: 21,
}


def test_real_pages(shared_real: Path) -> None:
    found = {}
    for path in sorted((shared_real / "policy").glob("govcn_*.html")):
        reading = read_document(path.read_bytes(), Hints("http://portal.gongkai.test/", "text/html"))
        found[int(path.stem.removeprefix("govcn_"))] = len(
            find_tasks(reading.passages, reading.metadata.year)
        )
    assert {page: count for page, count in found.items() if count} == REAL_PAGES


ASKED = "一、推进公开\n（一）公开规划。公开各类规划，及时更新。"


@pytest.mark.parametrize(
    ("within", "beyond"),
    [
        pytest.param(
            f"{ASKED}（市财政局牵头，{'说' * 591}）",
            f"{ASKED}（市财政局牵头，{'说' * 592}）",
            id="longest_assignment",
        ),
        pytest.param(
            f"{ASKED}（{'某' * 57}财政局牵头）", f"{ASKED}（{'某' * 58}财政局牵头）", id="longest_name"
        ),
        pytest.param(
            f"{ASKED}\n公开情况{' ' * 20}牵头单位：市财政局",
            f"{ASKED}\n公开情况{' ' * 19}牵头单位：市财政局",
            id="widest_indent",
        ),
        pytest.param(
            f"{ASKED}{' ' * 9}（市财政局负责审核）另",
            f"{ASKED}{' ' * 10}（市财政局负责审核）另",
            id="widest_gap",
        ),
    ],
)
def test_how_far_assignments_reach(within: str, beyond: str) -> None:
    assert len(tasks_of(within)) == 1
    assert not tasks_of(beyond)


_PRINTED = re.compile(r"[（〔][^（）〔〕\n]{2,300}?(?:负责|牵头)[^（）〔〕\n]{0,60}[）〕]")
_ROWS = {"govcn_5355837.html": 17}
"""Documents whose annexed table assigns what it lists, and how many rows it prints."""


def test_every_assignment_printed_in_real_documents_is_read_with_its_owner(shared_real: Path) -> None:
    printed = read = 0
    plans = (shared_real.parent / "documents").glob("*.txt")
    for path in (*(shared_real / "policy").glob("govcn_*.html"), *plans):
        is_page = path.suffix == ".html"
        url = "http://www.gov.cn/zhengce/content/1.htm" if is_page else f"file:///0123456789ab/{path.name}"
        decoded = decode_payload(path.read_bytes(), Hints(url, "text/html" if is_page else None))
        tasks = find_tasks(split_passages(decoded.text)[0], None)
        assert all(task.lead or task.responsible for task in tasks), path.name
        owners = "|".join(close_up(f"{task.lead or ''}|{task.responsible or ''}") for task in tasks)
        said = [close_up(each).lstrip("（〔由") for each in _PRINTED.findall(decoded.text.replace("\n", ""))]
        first = [re.split("[、，；等]|负责|牵头", each)[0] for each in said]
        rows = _ROWS.get(path.name, 0)
        printed += len(said) + rows
        read += sum(each in owners for each in first) + (len(tasks) - len(said) if rows else 0)
    assert printed == 179
    assert read / printed >= 0.95
