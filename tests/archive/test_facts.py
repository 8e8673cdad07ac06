"""What becomes of the facts, checks and tasks that readings state."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from archive.corpus.facts import insert_checks, load_facts, store_facts
from archive.corpus.store import create_corpus
from archive.corpus.versions import store_version
from pipelines.checks.check_catalogue import CheckOutcome
from pipelines.forms.form_model import CellState, How
from pipelines.identity import fact_id
from tests.archive.stating import check_of, facts_of, reading_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from archive.database import Database
    from pipelines.document import Reading

CELLS = {"t3.new_requests.total": "3", "t3.carried_in.total": None, "t3.carried_out.total": "0"}


@pytest.fixture
def corpus(tmp_path: Path) -> Iterator[Database]:
    with closing(create_corpus(tmp_path / "corpus.db", parser_version="test")) as connection:
        yield connection


def store(connection: Database, *readings: Reading) -> str:
    """Store readings of one text in this order; return the version."""
    for reading in readings:
        version = store_version(connection, "document", "capture", reading, "2026-01-31T00:00:00Z")
        store_facts(connection, version, reading)
    return version


def content(connection: Database) -> list[tuple[object, ...]]:
    return [
        row
        for sql in (
            "SELECT * FROM facts ORDER BY id",
            "SELECT * FROM checks ORDER BY id",
            "SELECT form FROM versions",
        )
        for row in connection.execute(sql)
    ]


def test_a_fact_keeps_every_field_and_stands_in_its_passage(corpus: Database) -> None:
    plain = facts_of(CELLS)
    facts = (
        replace(plain[0], start=9, grid_row=4, grid_column=2, page=3, unit="件", implied="5"),
        replace(plain[1], start=None, how=None, row_key=None),
        replace(plain[2], start=9_999, state=CellState.ZERO, how=How.ARITHMETIC, value="0.00"),
    )
    reading = reading_of("一、概述\n有表。", "二、申请\n一行", form="form_2021", facts=facts)
    assert reading.text[9:].startswith("\n二、申请")
    version = store(corpus, reading)
    assert load_facts(corpus, version) == tuple(replace(fact, start=None) for fact in facts)
    places = corpus.execute(
        "SELECT f.id, s.text, f.position FROM facts AS f LEFT JOIN sections AS s ON s.id = f.section_id "
        "ORDER BY f.ordinal"
    ).fetchall()
    assert places == [
        (fact_id(version, "t3#1:0"), "二、申请\n一行", 1),
        (fact_id(version, "t3#1:1"), None, None),
        (fact_id(version, "t3#1:2"), None, None),
    ]


@pytest.mark.parametrize(("start", "position"), [(0, 0), (1, 0), (5, 0), (6, 1), (7, 1), (10, 1), (11, None)])
def test_the_place_of_a_fact_is_the_passage_that_its_row_begins_in(
    corpus: Database, start: int, position: int | None
) -> None:
    facts = tuple(replace(fact, start=start) for fact in facts_of({"t3.carried_in.total": "1"}))
    reading = reading_of("甲甲甲甲甲", "乙乙乙乙", facts=facts)
    assert (len(reading.text), reading.text[6]) == (12, "\n")
    store(corpus, reading)
    assert corpus.execute("SELECT position FROM facts").fetchone() == (position,)


def test_the_cells_of_a_check_are_the_ids_of_facts(corpus: Database) -> None:
    facts = facts_of(CELLS)
    checks = (
        check_of(
            "t3.balance.total", CheckOutcome.FAIL, facts[0].ref, facts[2].ref, table_key="t3", table_no=1
        ),
        check_of("text.sum", CheckOutcome.PASS, place=1),
        check_of("text.sum", CheckOutcome.FAIL, place=2),
    )
    store(corpus, reading_of("一、概述", form="form_2021", facts=facts, checks=checks))
    found = corpus.execute("SELECT check_id, table_key, place, cells FROM checks ORDER BY place").fetchall()
    assert [row[:3] for row in found] == [
        ("t3.balance.total", "t3", 0),
        ("text.sum", None, 1),
        ("text.sum", None, 2),
    ]
    named = corpus.execute(
        "SELECT f.row_key FROM json_each(?) AS c JOIN facts AS f ON f.id = c.value", (found[0][3],)
    ).fetchall()
    assert named == [("new_requests",), ("carried_out",)]


FIGURES = (
    st.none() | st.decimals(-999, 999, places=1, allow_nan=False).map(str) | st.integers(-99, 99).map(str)
)
WORDS = st.sampled_from(["共", "{left}", "{", "}", "{}", "1.", "，", "12", "-3"])
SENTENCES = st.lists(WORDS | FIGURES.map(str)).map("".join)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(zh=SENTENCES, en=SENTENCES, figures=st.tuples(FIGURES, FIGURES, FIGURES))
def test_a_check_says_in_the_view_what_it_said(
    corpus: Database, zh: str, en: str, figures: tuple[str | None, str | None, str | None]
) -> None:
    left, right, difference = figures
    check = replace(
        check_of("text.sum", CheckOutcome.PASS, message_zh=zh),
        message_en=en,
        left_value=left,
        right_value=right,
        difference=difference,
    )
    version = store(corpus, reading_of("一、概述", checks=(check,)))
    corpus.execute("DELETE FROM stored_checks")
    insert_checks(corpus, version, [check])
    told = "SELECT message_zh, message_en, left_value, right_value, difference FROM checks"
    assert corpus.rows(told) == [(zh, en, *figures)]


FULLER = reading_of("一、概述", form="form_2021", facts=facts_of(CELLS))
READINGS = {
    "one states more": (FULLER, replace(FULLER, facts=facts_of({**CELLS, "t3.carried_in.total": "1"}))),
    "one has fewer blank cells": (FULLER, replace(FULLER, facts=tuple(f for f in FULLER.facts if f.value))),
    "equal counts, other figures": (
        FULLER,
        replace(FULLER, facts=facts_of({**CELLS, "t3.new_requests.total": "4"})),
    ),
    "one has no tables": (FULLER, replace(FULLER, form="form_none", facts=())),
    "one is no report": (FULLER, replace(FULLER, form=None, facts=())),
    "checks differ": (FULLER, replace(FULLER, checks=(check_of("doc.sections", CheckOutcome.FAIL),))),
}


@pytest.mark.parametrize("case", READINGS)
def test_of_two_readings_of_one_text_the_same_stands_in_either_order(tmp_path: Path, case: str) -> None:
    first, second = READINGS[case]
    found = []
    for number, readings in enumerate([(first, second), (second, first), (first, second, first)]):
        with closing(create_corpus(tmp_path / f"{number}.db", parser_version="test")) as connection:
            store(connection, *readings)
            found.append(content(connection))
    assert found[0] == found[1] == found[2]
    assert found[0]


def test_the_reading_that_states_most_stands_for_the_text(corpus: Database) -> None:
    fuller = READINGS["one states more"][1]
    store(corpus, FULLER, fuller)
    assert corpus.execute("SELECT count(value) FROM facts").fetchone() == (3,)
