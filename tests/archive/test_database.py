"""Scripts of statements: each runs, or the script is refused; none is passed over."""

from __future__ import annotations

import contextlib
import sqlite3

import pytest

from archive.database import Database


@pytest.mark.parametrize(
    "script",
    [
        "CREATE TABLE one (a);\nINSERT INTO one VALUES (1);\n",
        "CREATE TABLE one (a);\nINSERT INTO one VALUES (1)",
        "CREATE TABLE one (a);\nINSERT INTO one VALUES (1);  -- the last\n",
        "CREATE TABLE one (a);\nINSERT INTO one VALUES (1) -- the last\n;",
    ],
)
def test_every_statement_of_a_script_runs(script: str) -> None:
    with contextlib.closing(sqlite3.connect(":memory:", factory=Database)) as db:
        db.run_script(script)
        assert db.execute("SELECT a FROM one").fetchall() == [(1,)]


def test_two_statements_on_a_line_are_refused() -> None:
    with contextlib.closing(sqlite3.connect(":memory:", factory=Database)) as db:
        db.run_script("CREATE TABLE one (a);")
        with pytest.raises(sqlite3.Error, match="one statement"):
            db.run_script("DROP TABLE one; CREATE TABLE two (a)")
