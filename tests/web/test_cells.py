from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from archive.publish.public_tables import public_tables
from archive.site_files import read_metadata, site_folder
from crawler.families import FAMILIES
from gongkai.web.language import ENGLISH, speaking_language
from gongkai.web.rendering.cells import (
    cut_excerpt,
    find_own_path,
    render_cell,
    write_address,
    write_beijing,
)
from gongkai.web.rendering.passages import (
    Block,
    Disagreement,
    Heading,
    Printings,
    Stretch,
    cut_parts,
    find_printings,
    list_headings,
    text_blocks,
)
from gongkai.web.rendering.structured_cells import write_share
from gongkai.web.rendering.words import column_table, column_words, known_word, name_document, word
from gongkai.web.template_context import LABELS, column_heading, column_meaning, in_order
from gongkai.web.thresholds import TEXTS
from pipelines.response.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archive.data_folder import DataDir
    from tests.web.conftest import Site


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
            [Block("heading", "（一）主动公开。"), Block("paragraph", "加强公开。")],
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
        pytest.param(
            "甲\t\t乙\t公开",
            "公开",
            "甲||乙|<mark>公开</mark>".replace("|", '<span class="cell">\t</span>'),
            id="cells of a table",
        ),
        pytest.param(
            "甲 \n\n\t乙", "", '甲\n<span class="cell">\t</span>乙', id="a row that begins with a blank cell"
        ),
    ],
)
def test_an_excerpt(text: str, query: str, shown: str) -> None:
    assert cut_excerpt(text, query) == shown


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
        pytest.param(
            None, "to_document_id", "relations", '<span class="muted">本库未收录</span>', id="not held here"
        ),
        pytest.param(
            "2026-01-30T19:00:00.000000Z",
            "fetched_at",
            "captures",
            '<time datetime="2026-01-30T19:00:00.000000Z">2026-01-31 03:00'
            '<span class="utc"> 北京时间（2026-01-30T19:00:00.000000Z）</span></time>',
            id="an instant",
        ),
        pytest.param("2026-01-30T19:00:00Z", "fetched_at", None, None, id="an instant of a reader's own SQL"),
        pytest.param(
            {"value": "v", "label": "2026-01-30T19:00:00.000000Z"},
            "version_id",
            "occurrences",
            '<a href="/gongkai/versions/v">2026-01-31 03:00</a>',
            id="a label that is an instant",
        ),
    ],
)
def test_a_cell(value: object, column: str, table: str | None, shown: str | None) -> None:
    assert render_cell(value, column, table) == shown


def test_words_of_the_pages() -> None:
    assert column_heading("标题：文件所印标题 / Title", "title") == "标题"
    assert column_heading(None, "title") == "title"
    with speaking_language(ENGLISH):
        assert column_heading("规则：规则代码 / Rule: its code", "check_id") == "Rule"
        assert column_heading("标题：文件所印标题 / As printed", "first_document_id") == "First document"
        assert column_meaning("规则：规则代码 / Rule: its code") == "its code"
        assert column_meaning("标题：文件所印标题 / As printed") == "As printed"
    assert column_meaning("规则：规则代码 / Rule: its code") == "规则代码"
    assert write_beijing("2026-01-30T19:00:00.000000Z") == "2026-01-31 03:00"


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ({"title": "  某市\n年报 ", "url": "http://a.example/1.html"}, "某市 年报"),
        ({"title": None, "url": "file:///0123456789ab/%E6%8A%A5.txt"}, "报.txt"),
        ({"title": "", "url": "http://a.example/zwgk/t1.html"}, "t1.html"),
        ("http://a.example/view.jsp?id=3", "view.jsp?id=3"),
        ("http://a.example/", "a.example"),
        ("2019年报告", "2019年报告"),
        (None, ""),
    ],
)
def test_what_has_no_title_is_called_by_the_name_of_its_file(
    told: dict[str, str | None] | str | None, name: str
) -> None:
    assert name_document(told) == name


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_is_called_something(family: str) -> None:
    assert known_word(family, "family", "portals")


def test_every_reference_leads_to_its_table(data: DataDir) -> None:
    with closing(sqlite3.connect(data.public_db)) as db:
        tables = public_tables(db)
    for table in tables:
        for reference in table.references:
            shown = render_cell({"value": "x", "label": "某"}, reference.column, table.name)
            assert shown == f'<a href="/gongkai/{reference.table}/x">某</a>', (table.name, reference.column)


def test_every_row_that_is_referred_to_has_a_name() -> None:
    """A table without one answers a list that refers to it with an error, as soon as the list has a row."""
    assert set(column_table().leads_to.values()) <= set(LABELS)


def passage(
    section: str, text: str, heading_path: str = "", level: int = 0, position: int = 0
) -> dict[str, object]:
    return {
        "section": section,
        "text": text,
        "heading_path": heading_path,
        "level": level,
        "position": position,
    }


def stretches_of(
    printed: Sequence[dict[str, Any]], repetitions: Sequence[dict[str, Any]] = ()
) -> tuple[Stretch, ...]:
    [part] = cut_parts(printed, repetitions)
    return part.stretches


def test_the_contents_have_the_headings_of_two_levels_each_once() -> None:
    """A text that prints a division again has it once; what stands before the first heading is in none."""
    rows = [
        passage("a", "序", "（一）早", 2, 0),
        passage("b", "一", "一、甲", 1, 1),
        passage("c", "（一）", "一、甲 › （一）子", 2, 2),
        passage("d", "1", "一、甲 › （一）子 › 1.丑", 3, 3),
        passage("e", "（一）", "一、甲 › （一）子", 2, 4),
        passage("f", "二", "二、乙", 1, 5),
    ]
    assert list_headings(rows) == (
        Heading("一、甲", 1, (Heading("（一）子", 2),)),
        Heading("二、乙", 5),
    )


def test_what_was_printed_before_is_one_folded_stretch() -> None:
    first, second = "甲" * 120, "乙" * 10
    printed = [
        passage("a", first, "一、情况 › （一）甲", 2),
        passage("b", second, "一、情况 › （二）乙", 2),
        passage("a", first, "一、情况 › （一）甲", 2),
        passage("b", second, "一、情况 › （二）乙", 2),
        passage("c", "丙"),
        passage("b", second),
    ]
    found = stretches_of(printed)
    assert [(len(one.passages), one.folded, one.summary) for one in found] == [
        (2, False, ""),
        (2, True, "（一）甲 … （二）乙"),
        (1, False, ""),
        (1, False, ""),
    ]
    assert [row for one in found for row in one.passages] == printed


@pytest.mark.parametrize(
    ("chars", "start", "shown"),
    [
        ([TEXTS.part_chars], 0, [(0,)]),
        # Less than twice as much is no reason to turn a page.
        ([TEXTS.part_chars] + [TEXTS.part_chars // 4] * 3, 0, [(0, 1, 2, 3)]),
        ([TEXTS.part_chars] * 3, 0, [(0,), (1,), (2,)]),
        ([TEXTS.part_chars] * 3, 1, [(0,), (1,), (2,)]),
        ([TEXTS.part_chars] * 3, 99, [(0,), (1,), (2,)]),
        ([], 0, []),
    ],
)
def test_a_long_text_is_cut_into_parts_of_which_one_is_shown(
    chars: list[int], start: int, shown: list[tuple[int, ...]]
) -> None:
    printed = [passage(str(at), str(at) * length, position=at) for at, length in enumerate(chars)]
    parts = cut_parts(printed, start=start)
    assert [part.positions for part in parts] == shown
    here = [row["position"] for part in parts for one in part.stretches for row in one.passages]
    assert here == list(shown[min(start, len(shown) - 1)] if shown else ())
    assert [part.is_shown for part in parts].count(True) == bool(shown)
    assert [part.positions for part in cut_parts(printed, is_whole=True)] == (
        [tuple(range(len(chars)))] if chars else []
    )


def test_a_folded_passage_without_heading_is_known_by_its_first_words() -> None:
    [_, again] = stretches_of([passage("a", "甲乙\n" * 60)] * 2)
    assert again.summary == "甲乙 " * 10 + "…"


def test_what_is_printed_again_in_other_words_is_folded_and_counted() -> None:
    """Two printings of a chapter differ in a word: the second is folded, and said to differ."""
    printed = [
        passage("a", "甲" * 120, "一、情况 › （一）甲", 2, 3),
        passage("b", "乙" * 9 + "预算", "一、情况 › （二）乙", 2, 4),
        passage("a", "甲" * 120, "一、情况 › （一）甲", 2, 5),
        passage("c", "乙" * 9 + "决算", "一、情况 › （二）乙", 2, 6),
    ]
    repetitions = [
        {"heading_path": "甲", "positions": "[3, 5]"},
        {"heading_path": "乙", "positions": "[4, 6]"},
    ]
    found = stretches_of(printed, repetitions)
    assert [(len(one.passages), one.folded, one.differing) for one in found] == [(2, False, 0), (2, True, 1)]
    assert [one.differing for one in stretches_of(printed)] == [0, 0, 0]


def test_the_first_printing_tells_the_wordings_of_all() -> None:
    """Wordings come by how often they are printed, each disagreement apart."""

    def variant(disagreement: int, wording: str, times: int, sort: str) -> dict[str, object]:
        return {
            "heading_path": "乙",
            "disagreement": disagreement,
            "wording": wording,
            "context": "政府性基金",
            "times": times,
            "positions": "[6]" if times < 10 else "[4]",
            "sort": sort,
        }

    variants = [
        variant(0, "决算", 4, "turn"),
        variant(0, "预算", 10, "turn"),
        variant(1, "", 13, "words"),
        variant(1, "市", 1, "words"),
    ]
    repetitions = [
        {"heading_path": "甲", "positions": "[9, 2]"},
        {"heading_path": "乙", "positions": "[4, 6]"},
    ]
    found = find_printings(repetitions, variants)
    assert found[2] == Printings((2, 9), ())
    assert found[4].disagreements == (
        Disagreement(4, "政府性基金", "turn", (("预算", 10), ("决算", 4))),
        Disagreement(4, "政府性基金", "words", (("", 13), ("市", 1))),
    )


@pytest.mark.parametrize(
    ("share_of", "said"),
    [(0.0301, "3.0%"), (1.0, "100.0%"), (0.0, "0.0%"), (None, "")],
    ids=["part", "all", "none", "not-stated"],
)
def test_a_share_has_one_decimal_and_none_is_not_zero(share_of: float | None, said: str) -> None:
    assert write_share(share_of) == said


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        pytest.param("/gongkai/documents/0a", True, id="a row"),
        pytest.param("/gongkai/documents/0a#figures", True, id="the tables of a document"),
        pytest.param("/-/rate/denied/0a#numerator", True, id="the numerator of a rate"),
        pytest.param("/-/rate/denied/0a#x", False, id="no place of the page of a rate"),
        pytest.param("/gongkai/captures?portal_id=demo&outcome=soft_404", True, id="a list"),
        pytest.param("//evil.example/x", False, id="another site"),
        pytest.param("/gongkai/documents/../../x", False, id="a way up"),
        pytest.param('/gongkai/x?"onclick=', False, id="a quotation mark"),
        pytest.param(None, False, id="NULL"),
        pytest.param(7, False, id="a number"),
    ],
)
def test_only_addresses_of_this_site_lead_on(value: object, kept: bool) -> None:
    assert find_own_path(value) == (value if kept else "")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        pytest.param(
            "http://a.example/%E8%A6%81%E7%82%B9.html",
            '<a href="http://a.example/%E8%A6%81%E7%82%B9.html" rel="noreferrer">http://a.example/要点.html</a>',
            id="readable",
        ),
        pytest.param(
            "http://a.example/%E2%80%AEx",
            '<a href="http://a.example/%E2%80%AEx" rel="noreferrer">http://a.example/%E2%80%AEx</a>',
            id="no turning of the direction of reading",
        ),
        pytest.param("javascript:alert(1)", "javascript:alert(1)", id="no link but to the web"),
        pytest.param(
            'http://a/"><b>',
            '<a href="http://a/&#34;&gt;&lt;b&gt;" rel="noreferrer">http://a/&#34;&gt;&lt;b&gt;</a>',
            id="escaped",
        ),
    ],
)
def test_an_address(url: str, shown: str) -> None:
    assert write_address(url) == shown


def test_a_long_address_is_cut_where_it_is_read_and_whole_where_it_leads() -> None:
    url = "http://a.example/" + "x" * 300
    assert write_address(url) == f'<a href="{url}" rel="noreferrer">{url[:100]}…</a>'


def test_facets_stand_as_the_metadata_orders_them() -> None:
    facets = [{"name": name} for name in ("asked", "year", "kind")]
    assert [facet["name"] for facet in in_order(facets, ["kind", "year", "issuer_id"])] == [
        "kind",
        "year",
        "asked",
    ]


def test_every_outcome_has_a_word() -> None:
    for outcome in Outcome:
        assert known_word(outcome.value, "outcome", "captures"), outcome


def test_words_belong_to_a_column() -> None:
    assert word("other", "kind", "documents") != word("other", "kind", "issuers")
    assert word("nothing", "kind", "documents") == "nothing"
    assert known_word("ok", "error", "captures") is None
    assert known_word(1, "complete", "sweeps") == "是"
    assert known_word("ok", "结果", None) == "正常"


def test_words_are_said_of_columns_that_are_published() -> None:
    """A misspelt table or column in `datasette/words.yaml` turns this red."""
    tables = read_metadata(site_folder())["databases"]["gongkai"]["tables"]
    for place, words in column_words().items():
        table, _, column = place.partition(".")
        assert column in tables[table]["columns"], place
        assert all(said.partition(" / ")[0].strip() for said in words.values()), place


@pytest.mark.parametrize("place", ["documents.kind", "documents.status", "captures.outcome", "changes.kind"])
def test_every_code_of_the_sample_has_a_word(site: Site, place: str) -> None:
    table, _, column = place.partition(".")
    with closing(sqlite3.connect(site.data.public_db)) as db:
        codes = [code for (code,) in db.execute(f"SELECT DISTINCT {column} FROM {table}")]  # noqa: S608 ours
    assert codes
    assert all(known_word(code, column, table) for code in codes), codes
