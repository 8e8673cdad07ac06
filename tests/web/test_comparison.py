"""Two texts side by side, as a model: what is folded, marked, counted, cut and drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from jinja2 import Environment, FileSystemLoader

from archive.corpus.version_diff import Compared
from archive.site_files import site_folder
from gongkai.web.rendering.text_comparison import (
    ChangedCells,
    Entry,
    Fold,
    Piece,
    changed_cells,
    count_figures,
    shown_part,
)
from gongkai.web.template_context import FILTERS
from pipelines.duplicates.diff import Aligned, Leaf, State
from pipelines.duplicates.diff_cells import compare_cells
from pipelines.duplicates.diff_wording import Edit
from pipelines.duplicates.protected import Sort
from pipelines.forms.form_model import CellState, Fact

if TYPE_CHECKING:
    from collections.abc import Sequence

NUMBERS = "甲乙丙丁戊己庚辛壬癸"


def leaves(*texts: str) -> tuple[Leaf, ...]:
    """Return passages under one chapter, each with a heading of its own."""
    return tuple(
        Leaf(f"s{text}", f"（{at}）{text}", ("一、总体情况", f"（{at}）{text[:9]}"))
        for at, text in enumerate(texts)
    )


def compared(old: Sequence[Leaf], new: Sequence[Leaf], *aligned: Aligned) -> Compared:
    """Return a comparison without tables."""
    return Compared(list(old), list(new), aligned, (), (), frozenset())


def kept(*pairs: tuple[int, int]) -> list[Aligned]:
    return [Aligned(State.KEPT, old, new) for old, new in pairs]


CHANGED = Aligned(
    State.CHANGED,
    1,
    1,
    edits=(
        Edit("全年受理", "全年 受理", None),
        Edit("16件", "17件", Sort.FIGURE),
        Edit("，", ",", None),
        Edit("", "其中网上", Sort.WORDS),
        Edit("申请", "", Sort.NAME),
        Edit("。", "。", None),
    ),
)


def test_neighbours_that_are_the_same_are_one_line() -> None:
    """What is kept needs no reading again: a fold says how much it is, and where it begins and ends."""
    texts = leaves("甲", "乙", "丙")
    shown = shown_part(compared(texts, texts, *kept((0, 0), (1, 1), (2, 2))), full=False)
    assert shown.parts == (Fold(0, 3, sum(len(leaf.raw) for leaf in texts), "（0）甲 至 （2）丙"),)
    assert shown.following is None


def test_unfolded_a_kept_passage_is_there_as_the_new_text_has_it() -> None:
    """`?full=1` hides nothing and marks nothing in what is the same."""
    texts = leaves("甲")
    shown = shown_part(compared(texts, texts, *kept((0, 0))), full=True)
    [entry] = shown.parts
    assert isinstance(entry, Entry)
    assert (entry.state, entry.pieces) == (State.KEPT, (Piece("（0）甲"),))


def test_a_changed_passage_marks_words_and_frames_figures() -> None:
    """White space and shape are no change; a figure is told from a word."""
    texts = leaves("甲", "乙")
    [fold, entry] = shown_part(compared(texts, texts, *kept((0, 0)), CHANGED)).parts
    assert isinstance(fold, Fold)
    assert isinstance(entry, Entry)
    assert entry.pieces == (
        Piece("全年 受理"),
        Piece("16件", "del", is_figure=True),
        Piece("17件", "ins", is_figure=True),
        Piece(","),
        Piece("其中网上", "ins"),
        Piece("申请", "del", is_figure=True),
        Piece("。"),
    )
    assert "".join(piece.text for piece in entry.before) == "全年 受理16件,申请。"
    assert "".join(piece.text for piece in entry.after) == "全年 受理17件,其中网上。"


@pytest.mark.parametrize(
    ("item", "mark", "label"),
    [
        (Aligned(State.NEW, None, 0), "ins", "（0）甲"),
        (Aligned(State.DROPPED, 0, None), "del", "（0）乙"),
    ],
    ids=["new", "dropped"],
)
def test_what_only_one_text_has_is_marked_whole(item: Aligned, mark: str, label: str) -> None:
    """A passage stands under the headings of the text that has it."""
    [entry] = shown_part(compared(leaves("乙"), leaves("甲"), item)).parts
    assert isinstance(entry, Entry)
    assert [piece.mark for piece in entry.pieces] == [mark]
    assert (entry.under, entry.label) == ("一、总体情况", label)


def test_what_only_moved_is_said_and_not_repeated() -> None:
    """A moved passage has a line of its own, with its places, and breaks the fold."""
    texts = leaves("甲", "乙")
    aligned = [Aligned(State.KEPT, 1, 0, moved=True), *kept((0, 1))]
    [entry, fold] = shown_part(compared(texts, texts, *aligned)).parts
    assert isinstance(entry, Entry)
    assert isinstance(fold, Fold)
    assert (entry.moved, entry.pieces, fold.index) == (True, (), 1)


def test_figures_are_counted_by_place_and_the_numeral_of_a_heading_is_none() -> None:
    """A chapter that became the third says nothing; a name that changed says something."""
    old = Leaf("a", "二、受理情况\n受理16件。", ("二、受理情况",))
    new = Leaf("b", "三、受理情况\n受理17件。", ("三、受理情况",))
    edits = (
        Edit("二", "三", Sort.FIGURE),
        Edit("、受理情况\n受理", "、受理情况\n受理", None),
        Edit("16件", "17件", Sort.FIGURE),
        Edit("。", "。", None),
    )
    both = compared((old,), (new,), Aligned(State.CHANGED, 0, 0, edits=edits))
    assert count_figures(both) == 1
    [entry] = shown_part(both).parts
    assert isinstance(entry, Entry)
    assert [piece.text for piece in entry.pieces if piece.is_figure] == ["16件", "17件"]


def test_a_long_text_comes_in_pages_that_leave_nothing_out() -> None:
    """Each page leads to the next until all is shown, and none is longer than its bound and one passage."""
    texts = leaves(*("长" * 450 + number for number in NUMBERS * 6))
    aligned = [Aligned(State.NEW, None, at) for at in range(len(texts))]
    seen: list[int | None] = []
    start: int | None = 0
    pages = 0
    while start is not None:
        shown = shown_part(compared((), texts, *aligned), start=start)
        entries = [part for part in shown.parts if isinstance(part, Entry)]
        assert sum(len(piece.text) for entry in entries for piece in entry.pieces) < 10_500
        seen += [entry.new for entry in entries]
        start, pages = shown.following, pages + 1
    assert seen == list(range(60))
    assert pages == 3


def test_a_passage_too_long_for_a_page_is_cut_and_says_so() -> None:
    """One passage of megabytes does not make a page of megabytes."""
    texts = leaves("长" * 1_000_000)
    [entry] = shown_part(compared((), texts, Aligned(State.NEW, None, 0))).parts
    assert isinstance(entry, Entry)
    assert entry.is_cut
    assert sum(len(piece.text) for piece in entry.pieces) == 20_000


def test_a_start_beyond_the_end_shows_nothing() -> None:
    """An address that someone typed is no error."""
    texts = leaves("甲")
    assert shown_part(compared(texts, texts, *kept((0, 0))), full=False, start=9_999).parts == ()


def test_marks_are_elements_and_harvested_text_is_escaped() -> None:
    """Markup in a report stays its text."""
    pieces = [Piece("<b>"), Piece("16<件", "del", is_figure=True), Piece("a\tb", "ins")]
    env = Environment(autoescape=True, loader=FileSystemLoader(site_folder() / "templates"))
    env.filters.update(FILTERS)
    marked = getattr(env.get_template("_pieces.html").module, "marked")  # noqa: B009  a macro is no attribute to mypy
    assert marked(pieces) == (
        '&lt;b&gt;<del class="figure">16&lt;件</del><ins>a<span class="cell">\t</span>b</ins>'
    )


def fact(ordinal: int, column: str = "natural_person", **columns: Any) -> Fact:
    """Return a cell of the requests table, stated unless told otherwise."""
    stated: dict[str, Any] = {
        "form": "form_2019",
        "table_key": "t3",
        "table_no": 1,
        "block_key": None,
        "row_key": "new_requests",
        "row_label": "一、本年新收政府信息公开申请数量",
        "column_label": column,
        "value": "16",
        "unit": None,
        "raw": "16",
        "state": CellState.NUMBER,
    }
    return Fact(**{**stated, "ordinal": ordinal, "column_key": column, **columns})


def blank(ordinal: int, column: str) -> Fact:
    return fact(ordinal, column, value=None, raw="", state=CellState.BLANK)


def number(ordinal: int, column: str, printed: str, **columns: Any) -> Fact:
    return fact(ordinal, column, value=printed.replace(",", ""), raw=printed, **columns)


def changed(old: Sequence[Fact], new: Sequence[Fact]) -> ChangedCells:
    """Compare two sets of cells; every cell has a row."""
    ids = {
        f"{side}:{one.ref}": f"{side}{one.ordinal}" for side, of in (("old", old), ("new", new)) for one in of
    }
    return changed_cells(old, new, compare_cells(old, new), ids)


def test_a_changed_cell_has_a_difference_only_where_both_are_figures() -> None:
    """A blank is no zero: what is stated in one text alone has no difference."""
    old = [number(0, "甲", "16"), blank(1, "乙"), number(2, "丙", "1602"), number(3, "丁", "3")]
    new = [number(0, "甲", "7"), number(1, "乙", "4"), number(2, "丙", "2,703"), number(3, "丁", "3")]
    result = changed(old, new)
    assert [(cell.column, cell.old.text, cell.new.text, cell.difference) for cell in result.changed] == [
        ("甲", "16", "7", "−9"),
        ("乙", "空", "4", ""),
        ("丙", "1602", "2,703", "+1,101"),
    ]
    assert [cell.new.id for cell in result.changed] == ["new0", "new1", "new2"]
    assert list(result.by_table) == ["三、收到和处理政府信息公开申请情况"]


def test_of_a_long_list_of_cells_the_totals_come_first() -> None:
    """Every cell is there once; a short list is not parted."""
    columns = [f"第{n}类" for n in range(23)] + ["总计"]
    old = [number(n, column, "1") for n, column in enumerate(columns)]
    new = [number(n, column, "2") for n, column in enumerate(columns)]
    [(first, further)] = changed(old, new).by_table.values()
    assert [cell.column for cell in first] == ["总计"]
    assert [cell.column for cell in further] == columns[:-1]
    [(short, none)] = changed(old[-20:], new[-20:]).by_table.values()
    assert (len(short), none) == (20, [])


def test_a_unit_of_the_header_stands_beside_its_figure() -> None:
    """A figure in another unit is another figure, and no difference is claimed."""
    result = changed([number(0, "甲", "25", unit="万元")], [number(0, "甲", "25", unit="元")])
    assert [(cell.old.text, cell.new.text, cell.difference) for cell in result.changed] == [
        ("25 万元", "25 元", "")
    ]


@pytest.mark.parametrize(
    ("units", "difference"),
    [(("万元", "万元"), "−5.5 万元"), (("万元", None), ""), ((None, "万元"), ""), ((None, None), "−5.5")],
    ids=["the-same", "only-the-old", "only-the-new", "none"],
)
def test_a_difference_bears_the_unit_of_both_figures(
    units: tuple[str | None, str | None], difference: str
) -> None:
    """Where one text prints no unit, the figures may be of different ones."""
    old, new = (
        number(0, "甲", printed, unit=unit) for printed, unit in zip(("30", "24.5"), units, strict=True)
    )
    [cell] = changed([old], [new]).changed
    assert cell.difference == difference


def test_a_changed_cell_says_under_which_heading_its_row_stands() -> None:
    """“3.其他” is a row of other answers; the form counts from 1 anew under each heading."""
    rows = {"row_key": "other_misc", "row_label": "3.其他", "form": "form_2021"}
    result = changed([number(0, "甲", "3", **rows)], [number(0, "甲", "4", **rows)])
    assert [(cell.group, cell.row) for cell in result.changed] == [("（六）其他处理", "3.其他")]


def test_what_could_not_be_read_is_no_change() -> None:
    """A table that we could not read says nothing about what the body reported."""
    unread = fact(0, "甲", state=CellState.LAYOUT_ERROR, value=None, raw="1617")
    result = changed([fact(0, "甲"), fact(1, "乙")], [unread, fact(1, "乙")])
    assert (result.changed, result.not_read) == ((), 1)


def test_a_row_that_could_not_be_parted_is_shown_as_printed() -> None:
    """Neither text says which figure stands where, so both rows stand whole and no difference is claimed."""
    rows = [
        [
            fact(at, column, state=CellState.AMBIGUOUS, value=None, raw=raw)
            for at, column in enumerate("甲乙丙")
        ]
        for raw in ("予以公开\t3 4", "予以公开\t5")
    ]
    [cell] = changed(*rows).changed
    assert (cell.column, cell.old.text, cell.new.text) == ("整行（未能分格）", "予以公开 3 4", "予以公开 5")
    assert (cell.old.is_printed, cell.difference) == (True, "")


def test_the_disclosure_table_of_another_form_is_not_joined() -> None:
    """What it counts was defined anew; of the other tables only rows that both forms have are compared."""
    old = [fact(0, table_key="t2"), fact(1, value="5", raw="5"), fact(2, row_key="other_handling")]
    new = [
        number(0, "natural_person", "9", table_key="t2", form="form_2021"),
        number(1, "natural_person", "6", form="form_2021"),
        fact(2, form="form_2021", row_key="other_overdue_correction"),
    ]
    result = changed(old, new)
    assert result.not_joined == ("二、主动公开政府信息情况",)
    assert [(cell.row, cell.difference) for cell in result.changed] == [
        ("一、本年新收政府信息公开申请数量", "+1")
    ]


def test_a_row_that_one_text_alone_has_is_shown_and_a_table_is_named() -> None:
    """Within one form, a missing row is a change; a missing table is a sentence."""
    old = [fact(0), fact(1, row_key="carried_in", row_label="二、上年结转"), fact(2, table_key="t4")]
    result = changed(old, [fact(0)])
    [cell] = result.changed
    assert (cell.row, cell.old.text, cell.new.text, cell.new.id) == ("二、上年结转", "16", "无此格", None)
    assert result.only_old == ("四、政府信息公开行政复议、行政诉讼情况",)
    second = changed([fact(0)], [fact(0), fact(1, table_no=2)])
    assert second.only_new == ("三、收到和处理政府信息公开申请情况（第2表）",)


def test_a_passage_whose_table_alone_changed_says_so_and_shows_no_words_twice() -> None:
    """Cells are compared as cells; the passage they stand in is one line that leads to them."""
    texts = leaves("甲")
    differences = compare_cells([number(0, "甲", "16")], [number(0, "甲", "17")])
    both = Compared(list(texts), list(texts), tuple(kept((0, 0))), differences, (0,), frozenset())
    [entry] = shown_part(both).parts
    assert isinstance(entry, Entry)
    assert (entry.state, entry.cells, entry.pieces) == (State.CHANGED, 1, ())
