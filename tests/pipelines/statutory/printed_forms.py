"""The two statutory forms as they are printed, written out for the tests without what the reader knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class CellKey(NamedTuple):
    """What names a cell in the public tables."""

    table: str
    block: str | None
    row: str
    column: str


@dataclass(frozen=True, slots=True)
class PrintedBlock:
    """A block of the second table: what stands above it, its columns and its rows, each a key and a label."""

    key: str
    caption: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PrintedRow:
    """A row of the third table.

    Attributes:
        depth: 1 for 一、 2 for （一） 3 for 1.
        label: as printed.
        key: None for a row that only names those below it.
    """

    depth: int
    label: str
    key: str | None


_MATTERS = (
    ("items_prev_year", "上一年项目数量"),
    ("items_change", "本年增/减"),
    ("decisions", "处理决定数量"),
)
_DECISIONS = (("decisions", "本年处理决定数量"),)

T2_2019 = (
    PrintedBlock(
        "art20_1",
        "第二十条第（一）项",
        (
            ("made_this_year", "本年新制作数量"),
            ("published_this_year", "本年新公开数量"),
            ("published_total", "对外公开总数量"),
        ),
        (("rules", "规章"), ("normative_documents", "规范性文件")),
    ),
    PrintedBlock(
        "art20_5",
        "第二十条第（五）项",
        _MATTERS,
        (("licensing", "行政许可"), ("other_external_services", "其他对外管理服务事项")),
    ),
    PrintedBlock(
        "art20_6",
        "第二十条第（六）项",
        _MATTERS,
        (("penalties", "行政处罚"), ("coercive_measures", "行政强制")),
    ),
    PrintedBlock("art20_8", "第二十条第（八）项", _MATTERS[:2], (("admin_fees", "行政事业性收费"),)),
    PrintedBlock(
        "art20_9",
        "第二十条第（九）项",
        (("procurement_projects", "采购项目数量"), ("procurement_amount", "采购总金额")),
        (("central_procurement", "政府集中采购"),),
    ),
)
T2_2021 = (
    PrintedBlock(
        "art20_1",
        "第二十条第（一）项",
        (
            ("issued_this_year", "本年制发件数"),
            ("repealed_this_year", "本年废止件数"),
            ("in_force", "现行有效件数"),
        ),
        (("rules", "规章"), ("normative_documents", "行政规范性文件")),
    ),
    PrintedBlock("art20_5", "第二十条第（五）项", _DECISIONS, (("licensing", "行政许可"),)),
    PrintedBlock(
        "art20_6",
        "第二十条第（六）项",
        _DECISIONS,
        (("penalties", "行政处罚"), ("coercive_measures", "行政强制")),
    ),
    PrintedBlock(
        "art20_8",
        "第二十条第（八）项",
        (("fee_amount", "本年收费金额（单位：万元）"),),
        (("admin_fees", "行政事业性收费"),),
    ),
)
MONEY = frozenset({"procurement_amount", "fee_amount"})

T3_COLUMNS = (
    ("natural_person", "自然人"),
    ("business", "商业企业"),
    ("research_institution", "科研机构"),
    ("public_welfare_org", "社会公益组织"),
    ("legal_service", "法律服务机构"),
    ("other_org", "其他"),
    ("total", "总计"),
)
T3_CORNER = "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"

_T3_BEGINNING = """\
1|一、本年新收政府信息公开申请数量|new_requests
1|二、上年结转政府信息公开申请数量|carried_in
1|三、本年度办理结果|
2|（一）予以公开|disclosed
2|（二）部分公开（区分处理的，只计这一情形，不计其他情形）|partly_disclosed
2|（三）不予公开|
3|1.属于国家秘密|denied_state_secret
3|2.其他法律行政法规禁止公开|denied_prohibited_by_law
3|3.危及“三安全一稳定”|denied_security_stability
3|4.保护第三方合法权益|denied_third_party
3|5.属于三类内部事务信息|denied_internal_affairs
3|6.属于四类过程性信息|denied_process_information
3|7.属于行政执法案卷|denied_enforcement_file
3|8.属于行政查询事项|denied_registry_lookup
2|（四）无法提供|
3|1.本机关不掌握相关政府信息|unable_not_held
3|2.没有现成信息需要另行制作|unable_must_be_created
3|3.补正后申请内容仍不明确|unable_still_unclear
2|（五）不予处理|
3|1.信访举报投诉类申请|rejected_petition_complaint
3|2.重复申请|rejected_repeat
3|3.要求提供公开出版物|rejected_publication
3|4.无正当理由大量反复申请|rejected_excessive
3|5.要求行政机关确认或重新出具已获取信息|rejected_reconfirm
"""
_T3_OTHER_2019 = "2|（六）其他处理|other_handling\n"
_T3_OTHER_2021 = """\
2|（六）其他处理|
3|1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请|other_not_corrected_in_time
3|2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请|other_fee_not_paid
3|3.其他|other_misc
"""
_T3_END = """\
2|（七）总计|results_total
1|四、结转下年度继续办理|carried_out
"""

T4_BLOCKS = (
    ("review", "行政复议"),
    ("litigation_direct", "未经复议直接起诉"),
    ("litigation_after_review", "复议后起诉"),
)
T4_COLUMNS = (
    ("upheld", "结果维持"),
    ("corrected", "结果纠正"),
    ("other_result", "其他结果"),
    ("pending", "尚未审结"),
    ("total", "总计"),
)

HEADINGS = {
    "t2": "二、主动公开政府信息情况",
    "t3": "三、收到和处理政府信息公开申请情况",
    "t4": "四、政府信息公开行政复议、行政诉讼情况",
}


def _rows(text: str) -> tuple[PrintedRow, ...]:
    parts = (line.split("|") for line in text.splitlines())
    return tuple(PrintedRow(int(depth), label, key or None) for depth, label, key in parts)


@dataclass(frozen=True, slots=True)
class PrintedForm:
    """One of the forms."""

    id: str
    year: int
    t2: tuple[PrintedBlock, ...]
    t3: tuple[PrintedRow, ...]

    def cell_keys(self) -> tuple[CellKey, ...]:
        """Return the keys of its cells in its order."""
        second = [
            CellKey("t2", block.key, row, column)
            for block in self.t2
            for row, _ in block.rows
            for column, _ in block.columns
        ]
        third = [
            CellKey("t3", None, row.key, column) for row in self.t3 if row.key for column, _ in T3_COLUMNS
        ]
        fourth = [CellKey("t4", block, block, column) for block, _ in T4_BLOCKS for column, _ in T4_COLUMNS]
        return (*second, *third, *fourth)


FORM_2019 = PrintedForm("form_2019", 2020, T2_2019, _rows(_T3_BEGINNING + _T3_OTHER_2019 + _T3_END))
FORM_2021 = PrintedForm("form_2021", 2023, T2_2021, _rows(_T3_BEGINNING + _T3_OTHER_2021 + _T3_END))
