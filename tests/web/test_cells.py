from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from archive.publication.tables import public_tables
from gongkai.web.cells import beijing, excerpt, render
from gongkai.web.filters import chinese, english, file_name, heading
from gongkai.web.passages import Block, text_blocks

if TYPE_CHECKING:
    from archive.paths import DataDir


@pytest.mark.parametrize(
    ("text", "path", "level", "blocks"),
    [
        pytest.param(
            "一、总体情况\n正文。\n\n又一段。",
            "一、总体情况",
            1,
            [Block("heading", "一、总体情况"), Block("paragraph", "正文。"), Block("paragraph", "又一段。")],
            id="heading and paragraphs",
        ),
        pytest.param(
            "（一）主动公开。加强公开。",
            "一、情况 › （一）主动公开",
            2,
            [Block("heading", "（一）主动公开"), Block("paragraph", "。加强公开。")],
            id="run-in heading",
        ),
        pytest.param(
            "表\n甲\t乙\n1\t\n完",
            "",
            0,
            [
                Block("paragraph", "表"),
                Block("table", rows=(("甲", "乙"), ("1", ""))),
                Block("paragraph", "完"),
            ],
            id="a table",
        ),
        pytest.param(
            "正文", "一、总体情况", 1, [Block("paragraph", "正文")], id="the heading is not in the text"
        ),
        pytest.param("正文", "", 0, [Block("paragraph", "正文")], id="no heading"),
        pytest.param(" \n", "", 0, [], id="white space"),
    ],
)
def test_a_passage_as_blocks(text: str, path: str, level: int, blocks: list[Block]) -> None:
    assert list(text_blocks(text, path, level)) == blocks


@pytest.mark.parametrize(
    ("text", "query", "shown"),
    [
        pytest.param("政务公开", "公开", "政务<mark>公开</mark>", id="marked"),
        pytest.param("<b>&", "<", "<mark>&lt;</mark>b&gt;&amp;", id="escaped"),
        pytest.param("甲\n\n乙", "", "甲\n乙", id="blank lines"),
        pytest.param("长" * 300, "", "长" * 220 + "…", id="cut at the end"),
        pytest.param(
            "长" * 300 + "公开" + "短",
            "公开",
            "…" + "长" * 55 + "<mark>公开</mark>短",
            id="cut around what was found",
        ),
    ],
)
def test_an_excerpt(text: str, query: str, shown: str) -> None:
    assert excerpt(text, query) == shown


@pytest.mark.parametrize(
    ("value", "column", "table", "shown"),
    [
        pytest.param(
            {"value": "a.b", "label": "某市"},
            "issuer_id",
            "documents",
            '<a href="/gongkai/issuers/a~2Eb">某市</a>',
            id="a reference",
        ),
        pytest.param(
            {"value": "x", "label": None},
            "document_id",
            "versions",
            '<a href="/gongkai/documents/x">x</a>',
            id="without a label",
        ),
        pytest.param(
            {"value": "x", "label": "<b>" * 40},
            "section_id",
            "occurrences",
            '<a href="/gongkai/sections/x">' + "&lt;b&gt;" * 20 + "…</a>",
            id="a long label, cut then escaped",
        ),
        pytest.param(
            "annual_report",
            "kind",
            "documents",
            '年度报告 <code class="code">annual_report</code>',
            id="a code in words",
        ),
        pytest.param(
            "/gongkai/documents/0a",
            "链接",
            None,
            '<a href="/gongkai/documents/0a">查看</a>',
            id="a link of a query",
        ),
        pytest.param("/gongkai/documents/0a", "text", "sections", None, id="no link in a text"),
        pytest.param("//evil.example/x", "链接", None, None, id="no foreign link"),
        pytest.param("annual_report", "title", "documents", None, id="no code in a title"),
        pytest.param("x", "run_id", "captures", '<a href="/gongkai/runs/x">x</a>', id="a bare reference"),
        pytest.param("x", "run_id", None, None, id="a column of a query"),
        pytest.param(None, "run_id", "captures", None, id="no reference"),
        pytest.param(None, "kind", "documents", None, id="NULL"),
    ],
)
def test_a_cell(value: object, column: str, table: str | None, shown: str | None) -> None:
    assert render(value, column, table) == shown


def test_words_of_the_pages() -> None:
    assert heading("标题：文件所印标题 / Title", "title") == "标题"
    assert heading(None, "title") == "title"
    assert (chinese("甲 / A"), english("甲 / A"), chinese(None)) == ("甲", "A", "")
    assert beijing("2026-01-30T19:00:00.000000Z") == "2026-01-31 03:00"
    assert file_name("file:///0123456789ab/%E6%8A%A5.txt") == "报.txt"


def test_every_reference_leads_to_its_table(data: DataDir) -> None:
    with closing(sqlite3.connect(data.public_db)) as db:
        tables = public_tables(db)
    for table in tables:
        for reference in table.references:
            shown = render({"value": "x", "label": "某"}, reference.column, table.name)
            assert shown == f'<a href="/gongkai/{reference.table}/x">某</a>', (table.name, reference.column)
