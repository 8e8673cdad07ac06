"""Figures between which only white space stands: read where nothing can have moved into their place."""

from __future__ import annotations

import pytest

from pipelines.forms.form_model import How
from pipelines.tables.text_tables import find_tables
from tests.pipelines.forms.drawn import COLUMNS, OUTCOMES, facts_of, row_of, third_labels

FORM = "form_2019"
KEYS = [key for key, _, _ in third_labels(FORM)]
AMBIGUOUS = ["<ambiguous>"] * 7
FULL = {key: [*map(str, range(at, at + 6)), str(6 * at + 15)] for at, key in enumerate(KEYS)}
SECOND = ("规章 3 4 5", "规范性文件 6 7 8")


def _text(rows: dict[str, list[str]], between: str, unlabelled: str | None = None) -> str:
    labels = {key: label for key, _, label in third_labels(FORM)}
    lines = [" ".join(COLUMNS)]
    lines += [
        " ".join([*([] if key == unlabelled else [labels[key]]), *cells]) for key, cells in rows.items()
    ]
    return between.join(lines)


def _row(
    rows: dict[str, list[str]], key: str, between: str, unlabelled: str | None = None
) -> list[str | None]:
    return row_of(facts_of(*find_tables(_text(rows, between, unlabelled))), key)


@pytest.mark.parametrize("kept", range(1, 7))
def test_a_row_that_lost_blanks_does_not_take_the_figures_of_one_without_a_label(kept: int) -> None:
    rows = FULL | {"disclosed": FULL["disclosed"][:kept], "partly_disclosed": FULL["partly_disclosed"][kept:]}
    assert _row(rows, "disclosed", " ", "partly_disclosed") == AMBIGUOUS
    assert _row(rows, "carried_out", " ", "partly_disclosed") == FULL["carried_out"]


@pytest.mark.parametrize("between", [" ", "\n"], ids=["one line", "lines"])
def test_a_torn_figure_does_not_make_up_for_a_lost_blank(between: str) -> None:
    rows = FULL | {"disclosed": ["1", "2", "3", "4", "5", "6", "6"], "carried_in": ["0", "5", "5"]}
    assert _row(rows, "disclosed", between) == AMBIGUOUS
    assert _row(rows, "new_requests", between) == FULL["new_requests"]


@pytest.mark.parametrize("between", [" ", "\n"], ids=["one line", "lines"])
def test_a_wrong_sum_is_read_where_every_row_states_all_its_cells(between: str) -> None:
    rows = FULL | {"disclosed": ["1", "2", "3", "4", "5", "6", "6"]}
    facts = facts_of(*find_tables(_text(rows, between)))
    assert row_of(facts, "disclosed") == rows["disclosed"]
    assert {fact.how for fact in facts} == {How.FORM_ORDER}


@pytest.mark.parametrize("between", [" ", "\n"], ids=["one line", "lines"])
def test_without_sums_only_a_row_of_one_cell_on_its_line_stands_for_itself(between: str) -> None:
    header = "信息内容 本年制发件数 本年废止件数 现行有效件数"
    rows = [
        "第二十条第（一）项",
        header,
        *SECOND,
        "第二十条第（五）项",
        "信息内容 本年处理决定数量",
        "行政许可 9",
    ]
    facts = facts_of(*find_tables(between.join(rows)))
    read = [row_of(facts, key) for key in ("rules", "normative_documents", "licensing")]
    assert read == [["<ambiguous>"] * 3] * 2 + [["9"] if between == "\n" else ["<ambiguous>"]]


@pytest.mark.parametrize(("last", "is_read"), [("15", True), ("16", False)])
def test_the_fourth_table_has_to_add_up(last: str, is_read: bool) -> None:
    names = " ".join(OUTCOMES)
    headers = [f"行政复议 行政诉讼 {names} 未经复议直接起诉 复议后起诉", f"{names} {names}"]
    figures = ["1", "2", "3", "4", "10", "0", "0", "0", "0", "0", "4", "5", "6", "0", last]
    facts = facts_of(*find_tables("\n".join([*headers, " ".join(figures)])))
    assert [fact.value for fact in facts] == (figures if is_read else [None] * 15)


def test_a_figure_on_a_line_of_its_own_may_be_of_a_row_without_label() -> None:
    """行政强制 has lost its label, 行政处罚 its blank cell: the figure between them is nobody's."""
    header = "信息内容\n本年处理决定数量"
    text = f"{header}\n行政许可\n77\n{header}\n行政处罚\n398\n行政事业性收费\n12"
    facts = facts_of(*find_tables(f"第二十条第（一）项\n本年制发件数\n现行有效件数\n规章\n{text}"))
    assert {fact.value for fact in facts if fact.row_key == "penalties"} == {None}


def test_a_line_without_label_does_not_lend_its_figures_to_the_row_above() -> None:
    """By tabs the second line may end a broken row, or be the next row without its label and a blank cell."""
    header = "第二十条第（五）项\n信息内容\t上一年项目数量\t本年增/减\t处理决定数量\n"
    facts = facts_of(*find_tables(f"{header}行政许可\t-5\t3\n-4\t5\n行政处罚\t1\t2\t3\n"))
    assert {fact.value for fact in facts if fact.row_key == "licensing"} == {None}
    assert [fact.value for fact in facts if fact.row_key == "penalties"] == ["1", "2", "3"]


@pytest.mark.parametrize(("figures", "is_read"), [("2 3 4 5 6 7 27", True), ("2 3 4\n5 6 7 2\n7", False)])
def test_rows_beside_one_whose_figures_broke_are_in_doubt(figures: str, is_read: bool) -> None:
    """The end of one may be among those of the row above, its beginning among those of the row below."""
    rows = FULL | {"disclosed": [figures]}
    read = {
        key: _row(rows, key, "\n") == FULL[key] for key in ("new_requests", "carried_in", "partly_disclosed")
    }
    assert read == {"new_requests": True, "carried_in": is_read, "partly_disclosed": is_read}


@pytest.mark.parametrize(("figures", "is_read"), [("6 7 18", True), ("6 7\n1 8", False)])
def test_without_sums_no_row_is_read_where_figures_of_any_broke(figures: str, is_read: bool) -> None:
    lines = ["第二十条第（一）项", "信息内容 本年制发件数 本年废止件数 现行有效件数", "规章 3 4 5"]
    lines += [f"规范性文件 {figures}", "第二十条第（五）项", "信息内容 本年处理决定数量", "行政许可 9"]
    lines += ["第二十条第（六）项", "信息内容 本年处理决定数量", "行政处罚 7", "行政强制 2"]
    facts = facts_of(*find_tables("\n".join(lines)))
    assert [row_of(facts, key) for key in ("penalties", "coercive_measures")] == (
        [["7"], ["2"]] if is_read else [["<ambiguous>"]] * 2
    )
