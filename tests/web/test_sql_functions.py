"""The functions that stand in the place of SQLite's say what those say, and take a moment."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.web.server.limits import replace_slow_functions
from tests.pace import slowness

LONGEST = 1_000_000
VALUES = st.one_of(
    st.none(),
    st.integers(-(2**31), 2**31),
    st.text("ab公😀é ", max_size=12),
    st.text("ab公😀é ", max_size=12).map(str.encode),
)
CALLS = (
    "instr(?1, ?2)",
    "replace(?1, ?2, ?3)",
    "trim(?1, ?2)",
    "ltrim(?1, ?2)",
    "rtrim(?1, ?2)",
    "trim(?1)",
)


def _ours() -> sqlite3.Connection:
    db = sqlite3.connect(":memory:")
    replace_slow_functions(db, LONGEST)
    return db


@given(values=st.tuples(VALUES, VALUES, VALUES), call=st.sampled_from(CALLS))
def test_they_say_what_sqlite_says(values: tuple[object, ...], call: str) -> None:
    sql = f"SELECT CAST({call} AS TEXT) FROM (SELECT ?1, ?2, ?3)"  # noqa: S608
    with closing(sqlite3.connect(":memory:")) as stock, closing(_ours()) as ours:
        assert ours.execute(sql, values).fetchone() == stock.execute(sql, values).fetchone()


@pytest.mark.parametrize(
    "sql",
    [
        "instr(a, b)",
        "length(replace(a, b, ''))",
        "length(trim(a, b || 'x'))",
        "length(trim(b, a))",
    ],
)
def test_long_arguments_take_a_moment(sql: str) -> None:
    with closing(_ours()) as db:
        began = time.process_time()
        db.execute(f"SELECT {sql} FROM (SELECT ? AS a, ? AS b)", ("a" * 900_000, "a" * 400_000 + "b"))  # noqa: S608
        assert time.process_time() - began < 2 * slowness()


def test_an_answer_that_would_be_too_long_is_refused() -> None:
    with closing(_ours()) as db:
        db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST)
        with pytest.raises(sqlite3.DataError, match="too big"):
            db.execute("SELECT replace(?, 'a', ?)", ("a" * 1_000, "b" * 10_000)).fetchone()
