"""The bounds of tables set in characters (`placed_tables.yaml`): at each, and one step beyond it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipelines.forms.form_catalogue import form_by_id, forms_alone
from pipelines.tables.from_columns import find_tables_by_columns, find_tables_by_gaps
from pipelines.tables.page_columns import PageColumns, Word, read_lines
from pipelines.tables.placed_labels import follow_labels
from pipelines.tables.text_tables import find_tables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

(T3,) = (table for table in form_by_id("form_2021").tables if table.key == "t3")
LABELS = [row.label for row in T3.rows]
NEW, CARRIED, DISCLOSED, PARTLY = LABELS[:4]
NAMES = [column.label for column in T3.columns]
WIDTH = 60
TOTAL = LABELS.index("（七）总计")

# Pieces of labels that stand in no order: the best way to read them is behind others for a while.
SHUFFLED = (
    "三、",
    "2.其他法律行政法规",
    "7",
    "4.无正当理由大量反复",
    "（五）不",
    "8.属于行政",
    "1.信访举报投",
    "1.本机",
    "2",
    "（四）",
    "1.申请人无正当理由逾期不补正、行政机关不再处理",
    "（二）部分",
    "3.补正后申请内容仍不明确",
    "6.",
    "2.其他法律行政",
    "二、上",
    "3.危及“三安全一稳",
    "4.无正当理由",
    "1.申请人无正当理由逾期不补正、行政机关不再处理其政府",
    "4.保",
    "四、结转下年度继续办理",
    "2.申请人逾期",
    "（三）",
    "1.申请人无",
    "（三）不予公开",
    "2.没有现成信息",
    "4.保护第三方",
    "3.要求提供",
    "四、结转下年",
)
_LOST = frozenset(("2", "2.没有现成信息"))
SHUFFLED_ANEW = ("（五", *(piece for piece in SHUFFLED[1:] if piece not in _LOST))


def cells_of(numbers: Sequence[int | str]) -> str:
    """Return numbers in columns of eight characters; an empty one leaves its column blank."""
    return "".join(f"{number:>8}" for number in numbers)


def follow(*lines: str) -> float:
    """Return how much is left over of lines below the names of columns."""
    text = "\n".join(("          " + "  ".join(NAMES), *lines))
    found = follow_labels(list(read_lines(text, 0, len(text))), T3)
    assert found
    return found[0]


@pytest.mark.parametrize(
    ("lines", "cost"),
    [
        pytest.param((NEW, CARRIED, DISCLOSED), 0, id="all are labels"),
        pytest.param((NEW, "甲", CARRIED), 5 + 3, id="unknown_word"),
        pytest.param((NEW, "甲乙", CARRIED), 5 + 2 * 3, id="left_over, of words"),
        pytest.param((NEW[:-1], CARRIED), 3, id="left_over, of labels"),
        pytest.param((NEW, DISCLOSED, PARTLY), 20, id="row_skipped"),
        pytest.param((NEW, CARRIED, DISCLOSED, "（四）无法提供"), 0, id="a group is passed over"),
        pytest.param((NEW, "二、甲乙", DISCLOSED), 8, id="worded"),
        pytest.param((*LABELS[:16], LABELS[18]), 2 * 20, id="most_skipped, at it"),
        pytest.param((*LABELS[:16], LABELS[19]), 5 + 19 * 3, id="most_skipped, beyond it"),
        pytest.param((NEW, *SHUFFLED_ANEW), 539, id="most_ways, at it"),
        pytest.param((NEW, *SHUFFLED), 571, id="most_ways, beyond it"),
        pytest.param((NEW, CARRIED, "科研机构", DISCLOSED), 0, id="header_piece, at it"),
        pytest.param((NEW, CARRIED, "科研机", DISCLOSED), 5 + 3 * 3, id="header_piece, below it"),
    ],
)
def test_what_is_left_over_of_labels_costs_points(lines: tuple[str, ...], cost: float) -> None:
    assert follow(*lines) == pytest.approx(cost)


@pytest.mark.parametrize(("label", "is_doubtful"), [("二、上年结转", False), ("二、上年结转85607", True)])
def test_a_figure_close_behind_a_label_leaves_its_row_in_doubt(label: str, is_doubtful: bool) -> None:
    text = "\n".join(("          " + "  ".join(NAMES), NEW, label, DISCLOSED))
    found = follow_labels(list(read_lines(text, 0, len(text))), T3)
    assert found
    assert [row.is_doubtful for row in found[1][:3]] == [False, is_doubtful, False]


@pytest.mark.parametrize(("right", "is_header"), [(13, True), (14, False)])
def test_a_name_above_stands_less_than_four_characters_further_right(right: int, is_header: bool) -> None:
    names = " " * (right - 1) + NAMES[0] + "\n" + " " * 10 + "      ".join(NAMES[1:])
    text = f"{names}\n{NEW}"
    assert bool(follow_labels(list(read_lines(text, 0, len(text))), T3)) is is_header


@pytest.mark.parametrize(("whole", "cells"), [(2, ()), (3, ("", "5", "9"))])
def test_three_rows_that_state_all_columns_show_where_those_are(whole: int, cells: tuple[str, ...]) -> None:
    row = [[Word(text, 8 * at, 8 * at + 1, 7) for at, text in enumerate("123")]]
    # Its sum fails, so that it does not prove where its figures stand.
    blank = [Word("5", 8, 9, 7), Word("9", 16, 17, 7)]
    columns = PageColumns(dict(enumerate([*[row] * whole, [blank]])), 3)
    (way,) = columns.list_ways()
    assert columns.cells_of([blank], way) == cells


def sheet(rows: Mapping[int, str], labels: Mapping[int, tuple[str, ...]], pages: Sequence[int] = ()) -> str:
    """Return T3 with what stands beside the labels of rows, some of which are over two lines.

    Args:
        rows: what stands behind the label of a row, and the lines below.
        labels: the lines of labels that break.
        pages: the rows that are the first of a page.
    """
    lines = [" " * WIDTH + "".join(f"{name:>8}" for name in NAMES)]
    for number, label in enumerate(LABELS):
        first, *rest = labels.get(number, (label,))
        lines.append("\f" * (number in pages) + f"{first:<{WIDTH}}" + rows.get(number, ""))
        lines += rest
    return "\n".join(("三、收到和处理政府信息公开申请情况", *lines, "四、政府信息公开行政复议、行政诉讼情况"))


def told(text: str, label: str) -> list[str]:
    """Return the cells of a row of the table of a text; a single one if they are not told."""
    (table,) = find_tables_by_columns(text, 0, len(text), forms_alone())
    return next([cell.text for cell in row.cells[1:]] for row in table.rows if row.cells[0].text == label)


@pytest.mark.parametrize(("over_two", "is_told"), [(2, False), (3, True)])
def test_three_labels_over_two_lines_show_where_figures_stand(over_two: int, is_told: bool) -> None:
    """Figures that stand at the top of their cells: what stands between two labels ends the one above."""
    zeros = cells_of([0] * 7)
    figures = dict.fromkeys(range(len(LABELS)), zeros)
    figures |= {2: cells_of((60, 0, 0, 0, 0, 60, 120)), TOTAL: cells_of((60, 0, 0, 0, 0, 60, 120))}
    broken = cells_of((60, 0, 0, 0, 0, 60, 12)) + "\n" + " " * WIDTH + cells_of(("", "", "", "", "", "", 0))
    labels = {number: (LABELS[number][:5], LABELS[number][5:]) for number in range(4, 4 + over_two)}
    cells = told(sheet(figures | {0: broken}, labels), NEW)
    assert cells == (["60", "0", "0", "0", "0", "60", "120"] if is_told else ["60 0 0 0 0 60 12"])


@pytest.mark.parametrize(("above", "is_told"), [("12", True), ("13", False)])
def test_figures_that_broke_in_the_middle_of_their_cells_stand_above_and_below_labels(
    above: str, is_told: bool
) -> None:
    """As many lines of a row stand above its label as below; the sums of the form prove it."""
    pieces = [
        "\n" + " " * WIDTH + cells_of((one, "", "", "", "", "", other))
        for one, other in ((12, 12), (3, 3), (above, 12), (4, 4))
    ]
    zeros = cells_of([0] * 7)
    middle = cells_of(("", 0, 0, 0, 0, 0, ""))
    figures = dict.fromkeys(range(len(LABELS)), zeros)
    figures |= {0: cells_of((247, 0, 0, 0, 0, 0, 247)), TOTAL: cells_of((247, 0, 0, 0, 0, 0, 247))}
    figures |= {4: zeros + pieces[0], 5: middle + pieces[1] + pieces[2], 6: middle + pieces[3]}
    cells = [told(sheet(figures, {}), LABELS[number]) for number in (5, 6)]
    whole = [[text, "0", "0", "0", "0", "0", text] for text in ("123", "124")]
    assert (cells == whole) is is_told
    assert is_told or [len(one) for one in cells] == [1, 1]


@pytest.mark.parametrize(("shown", "is_told"), [((1, 1, 3), True), ((1, 2, 2), False)])
def test_a_thousand_ways_to_name_the_columns_of_all_pages_are_tried(
    shown: tuple[int, ...], is_told: bool
) -> None:
    """Of six columns one leaves 6 ways, two leave 15, three 20: 720 for three pages, or 1,350."""
    rows: dict[int, str] = {}
    totals = [0] * 6
    for page, columns in enumerate(shown):
        part = 10**page
        rows[4 + 4 * page] = cells_of((*[part] * columns, *[""] * (6 - columns), part * columns))
        totals = [of + part * (at < columns) for at, of in enumerate(totals)]
    whole = cells_of((*totals, sum(totals)))
    rows |= {0: whole, TOTAL: whole}
    cells = told(sheet(rows, {}, (4, 8, 12, TOTAL)), LABELS[4])
    assert (len(cells) > 1) is is_told


# A row of 600 and 500 whose last figures break after three digits; the line that they go on in is lost.
_BROKEN_OFF = cells_of((600, 500, 0, 0, 0, 0, 110))


@pytest.mark.parametrize(
    ("figures", "cut", "is_told"),
    [
        pytest.param({4: cells_of((600, 500, 0, 0, 0, 0, 1100))}, LABELS[4][:7], True, id="it adds up"),
        pytest.param({4: _BROKEN_OFF}, LABELS[4][:7], False, id="the label breaks off"),
        pytest.param({4: _BROKEN_OFF}, LABELS[4], True, id="nothing tells that a line is lost"),
        pytest.param(
            {4: _BROKEN_OFF, 5: cells_of((600, 0, 0, 0, 0, 0, 60)) + "\n" + " " * (WIDTH + 48) + f"{0:>8}"},
            LABELS[4],
            False,
            id="figures of another row break",
        ),
    ],
)
def test_a_row_that_may_have_lost_a_line_is_told_where_it_adds_up(
    figures: dict[int, str], cut: str, is_told: bool
) -> None:
    zeros = dict.fromkeys(range(len(LABELS)), cells_of([0] * 7))
    halves: dict[int, tuple[str, ...]] = {
        number: (LABELS[number][:7], LABELS[number][7:]) for number in (5, 6, 7)
    }
    text = sheet(zeros | figures, {**halves, 4: (cut,)})
    assert (len(told(text, cut)) == 7) is is_told


def padded(names: Sequence[str], gap: str = "  ") -> int:
    """Return how many tables lines below the heading of T2 are whose cells are padded."""
    figures = [f"{number:<{len(name)}}" for number, name in enumerate(names)]
    text = "\n".join(("二、主动公开政府信息情况", gap.join(names), gap.join(figures).rstrip()))
    return len(list(find_tables_by_gaps(text, 0, len(text))))


def test_a_stretch_of_blank_lines_behind_a_table_holds_none() -> None:
    text = "a\tb\nc\td\n   \n  \n"
    assert [len(table.rows) for table in find_tables(text)] == [2]


@pytest.mark.parametrize(("columns", "tables"), [(2, 0), (3, 1)])
def test_three_columns_are_a_padded_table(columns: int, tables: int) -> None:
    assert padded(["本年制发件数", "本年废止件数", "现行有效件数"][:columns]) == tables


@pytest.mark.parametrize(("gap", "tables"), [(" ", 0), ("  ", 1)])
def test_two_spaces_part_cells(gap: str, tables: int) -> None:
    assert padded(["本年制发件数", "本年废止件数", "现行有效件数"], gap) == tables
