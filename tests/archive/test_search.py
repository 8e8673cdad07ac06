from __future__ import annotations

import sqlite3
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.exact_search import (
    TOKENIZER,
    index_tokens,
    match_phrase,
    matching_spans,
    query_words,
    search_form,
)
from tests.web.sample_corpus import COMMON, HOSTILE

TEXTS = [*HOSTILE, COMMON, "", "公", "公开", "开公", "aa a", "A", "公开 公开公开"]


def index_of(texts: list[str]) -> sqlite3.Connection:
    db = sqlite3.connect(":memory:")
    db.execute(f"CREATE VIRTUAL TABLE found USING fts5 (text, content='', tokenize=\"{TOKENIZER}\")")
    rows = ((number, index_tokens(text)) for number, text in enumerate(texts, start=1))
    db.executemany("INSERT INTO found (rowid, text) VALUES (?, ?)", rows)
    return db


def found(db: sqlite3.Connection, query: str) -> set[int]:
    return {
        row[0] for row in db.execute("SELECT rowid FROM found WHERE found MATCH ?", (match_phrase(query),))
    }


def scanned(texts: list[str], query: str) -> set[int]:
    words = query_words(query)
    return {
        n for n, text in enumerate(texts, start=1) if words and all(w in search_form(text) for w in words)
    }


@pytest.mark.parametrize(
    ("text", "form"),
    [
        pytest.param("２０１９ 年", "2019年", id="full-width digits and a space"),
        pytest.param("政务\u3000公开\n", "政务公开", id="ideographic space and line end"),
        pytest.param("公\x00开", "公开", id="NUL"),
        pytest.param("ＧongＫAI", "gongkai", id="case"),
        pytest.param("（一）〔2018〕", "(一)〔2018〕", id="brackets keep their kind"),
    ],
)
def test_search_form(text: str, form: str) -> None:
    assert search_form(text) == form


@pytest.mark.parametrize(
    "query",
    [
        "公",
        "公开",
        "复议",
        "〔2018〕77号",
        '"',
        '"公开"',
        "公*",
        "-公开",
        "^公",
        "AND",
        "OR",
        "NOT",
        "公:开",
        "2019年",
        "２０１９ 年",
        "政务 公开",
        "政务\u3000公开",
        "𠮷",
        "𰻝𰻝",
        "😀",
        "🇨🇳",
        "%",
        "_",
        "\\",
        "<script>",
        "ς",
        "ος",
        "σ",
        "ι",
        "\u0345",
        "\u180e",
        "\uffff",
        "\ufffd",
        "NEAR(公 开)",
        "text:公",
        "(",
        "((",
        "{text}:公",
        "公\x00开",
        "ß",
        "ss",
        "长政府",
        "公开" * 400,
        "公 " * 900,
        "\n",
        "'",
        ";--",
    ],
)
def test_a_query_finds_what_a_scan_finds(query: str) -> None:
    db = index_of(TEXTS)
    assert found(db, query) == scanned(TEXTS, query)


@pytest.mark.parametrize("query", ["", " ", "\x00", "\u3000\n"])
def test_a_query_without_characters_finds_nothing(query: str) -> None:
    assert found(index_of(TEXTS), query) == set()


NEAR_EACH_OTHER = st.text(st.sampled_from('公开政务 ab*"-()〔〕２2\x00\n𠮷😀ςσ'), max_size=12)


@settings(deadline=None, max_examples=150)
@given(st.lists(NEAR_EACH_OTHER | st.text(max_size=20), min_size=1, max_size=8), st.data())
def test_the_index_equals_a_scan_for_any_texts(texts: list[str], data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(texts))
    start = data.draw(st.integers(0, len(text)))
    cut = text[start : start + data.draw(st.integers(1, 6))]
    query = data.draw(st.sampled_from([cut, data.draw(NEAR_EACH_OTHER), data.draw(st.text(max_size=3))]))
    db = index_of(texts)
    assert found(db, query) == scanned(texts, query)
    db.close()


def test_every_character_is_one_token_of_its_own() -> None:
    # Left out for time: surrogates, the private planes, and unassigned code points but the noncharacters.
    codes = [code for code in range(1, 0xF0000) if unicodedata.category(chr(code)) not in {"Cs", "Cn"}]
    forms = {form for code in [*codes, 0xFFFE, 0xFFFF] for form in search_form(chr(code))}
    db = index_of([])
    rows = (
        (ord(form), index_tokens(form))
        for form in sorted(forms)
        if not unicodedata.category(form).startswith("Z")
    )
    db.executemany("INSERT INTO found (rowid, text) VALUES (?, ?)", rows)
    db.execute("CREATE VIRTUAL TABLE terms USING fts5vocab (found, 'instance')")
    owners: dict[str, set[int]] = {}
    for term, owner in db.execute("SELECT term, doc FROM terms"):
        owners.setdefault(term, set()).add(owner)
    assert {term: who for term, who in owners.items() if len(who) > 1} == {}
    tokenless = {chr(code) for code in map(ord, forms)} - {
        chr(code) for who in owners.values() for code in who
    }
    assert {hex(ord(c)) for c in tokenless} == set()


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        pytest.param("主动公开，依申请公开", "公开", ["公开", "公开"], id="each place"),
        pytest.param("在２０１９ 年内", "2019年", ["２０１９ 年"], id="other spelling, white space inside"),
        pytest.param("公开公开", "公开", ["公开公开"], id="neighbours are merged"),
        pytest.param("政务与公开", "公开 政务", ["政务", "公开"], id="several words, in text order"),
        pytest.param("面积3㎡", "m", ["㎡"], id="part of what one character stands for"),
        pytest.param("没有", "公开", [], id="none"),
        pytest.param("没有", " ", [], id="empty query"),
    ],
)
def test_spans_are_where_the_words_stand(text: str, query: str, marked: list[str]) -> None:
    assert [text[start:end] for start, end in matching_spans(text, query)] == marked


@settings(deadline=None)
@given(NEAR_EACH_OTHER | st.text(max_size=20), NEAR_EACH_OTHER)
def test_spans_stay_in_the_text_and_hold_a_match(text: str, query: str) -> None:
    end_before = -1
    for start, end in matching_spans(text, query):
        assert end_before < start < end <= len(text)
        assert any(word in search_form(text[start:end]) for word in query_words(query))
        end_before = end
