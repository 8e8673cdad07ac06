"""The bounds of pages and tables (`thresholds/pages.yaml`, `grids.yaml`): at each one, and one beyond."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipelines.decoded import Block
from pipelines.readers.html.elements import Element, body_of, parse_page
from pipelines.readers.html.html_tables import is_data_table, read_grid
from pipelines.readers.html.page_facts import (
    drop_boilerplate,
    drop_menus,
    read_header_table,
    read_headings,
    read_label_line,
    read_titles,
    trim_blocks,
)
from pipelines.readers.pages import is_big_page

if TYPE_CHECKING:
    from collections.abc import Callable

TITLE = "发布日期：2020-01-02"


def table_of(rows: str, attributes: str = "border=1") -> Element:
    return next(parse_page(f"<table {attributes}>{rows}</table>").iter("table"))


def is_boxed(size: int) -> bool:
    """Tell whether a column with a cell of so many characters is no table."""
    return not is_data_table(table_of(f"<tr><td>甲</td></tr><tr><td>{'文' * size}</td></tr>"))


def is_article(size: int, blocks: int) -> bool:
    """Tell whether a table with a cell of so many characters in so many blocks is no table."""
    cell = f"{'<p></p>' * (blocks - 1)}<p>{'文' * size}</p>"
    return not is_data_table(table_of(f"<tr><td>甲</td><td>{cell}</td></tr>"))


def header_of(more: str) -> dict[str, str] | None:
    """Read a header table with more text in a cell of its own."""
    pair = "<tr><td>索引号</td><td>001</td></tr><tr><td>文号</td><td>政办发〔2020〕1号</td></tr>"
    return read_header_table(table_of(f"{pair}<tr><td>{more}</td></tr>"))


def share_bar(elements: int) -> str:
    """Return what is left of a page with a share bar of so many elements."""
    root = parse_page(f"<body><div class=share>分享{'<i></i>' * (elements - 1)}</div><p>文</p></body>")
    drop_boilerplate(root)
    return "".join(body_of(root).itertext())


def menu(links: int, frames: int = 1) -> str:
    """Return what is left of a page with so many links, each so many elements inside their block."""
    link = f"{'<div>' * (frames - 1)}<a href=/b>乡镇</a>{'</div>' * (frames - 1)}"
    root = parse_page(f"<body><section>{link * links}</section><p>文</p></body>")
    drop_menus(root)
    return "".join(body_of(root).itertext())


def trimmed(*lines: str) -> int:
    """Return how many lines of a header are taken off the head of a text."""
    return len(trim_blocks(tuple(map(Block, lines)))[1])


AT: dict[str, tuple[Callable[[int], object], object, object]] = {
    "most_columns": (lambda more: read_grid(table_of("<tr>" + "<td>1" * (200 + more))).capped, False, True),
    "most_rows": (lambda more: read_grid(table_of("<tr><td>1" * (2000 + more))).capped, False, True),
    "box_chars": (lambda more: is_boxed(200 + more), False, True),
    "article_chars": (lambda more: is_article(600 + more, 6), False, True),
    "article_blocks": (lambda more: is_article(601, 5 + more), False, True),
    "most_titles": (
        lambda more: len(
            read_titles(
                page := parse_page("".join(f"<h1>工作报告{n}</h1>" for n in range(8 + more))),
                {},
                {},
                read_headings(page),
            )
        ),
        8,
        8,
    ),
    "header_line_chars": (
        lambda more: read_label_line(f"{TITLE} 来源：{'文' * (300 - len(TITLE) - 4 + more)}") is not None,
        True,
        False,
    ),
    "header_value_chars": (
        lambda more: "来源" in (read_label_line(f"{TITLE} 来源：{'文' * (200 + more)}") or {}),
        True,
        False,
    ),
    "head_blocks": (lambda more: trimmed(*["文"] * (11 + more), TITLE), 1, 0),
    "prose_chars": (lambda more: trimmed("文" * (80 + more), TITLE), 1, 0),
    "bar_elements": (lambda more: share_bar(150 + more), "文", "分享文"),
    "menu_links": (lambda more: menu(2 + more), "乡镇乡镇文", "文"),
    "menu_frames": (lambda more: menu(3, 12 + more), "文", "乡镇乡镇乡镇文"),
    "big_rows": (lambda more: is_big_page("<table>" + "<tr>" * (20000 + more)), False, True),
    "big_tags": (lambda more: is_big_page("<p>" * (100_000 + more)), False, True),
}


@pytest.mark.parametrize(("found", "at_bound", "beyond"), AT.values(), ids=AT.keys())
def test_what_stands_at_a_bound_is_within_and_one_beyond_is_not(
    found: Callable[[int], object], at_bound: object, beyond: object
) -> None:
    assert (found(0), found(1)) == (at_bound, beyond)


def test_a_header_table_is_mostly_pairs_and_short() -> None:
    pairs = header_of("")
    size = sum(map(len, ("索引号", "001", "文号", "政办发〔2020〕1号")))
    longest = int(size / 0.6) - size
    assert pairs is not None
    assert header_of("文" * longest) == pairs
    assert header_of("文" * (longest + 1)) is None
    value = "<tr><td>名称</td><td>{}</td></tr>"
    long = "<tr><td>索引号</td><td>001</td></tr><tr><td>文号</td><td>1号</td></tr>" + value
    assert read_header_table(table_of(long.format("文" * (2000 - 12)))) is not None
    assert read_header_table(table_of(long.format("文" * (2000 - 11)))) is None


def test_a_label_of_four_characters_begins_a_pair_wherever_it_stands() -> None:
    assert read_label_line("索引号：001发布日期：2020-01-02") == {"索引号": "001", "发布日期": "2020-01-02"}
    assert read_label_line("索引号：001文号：2号") == {"索引号": "001文号：2号"}
