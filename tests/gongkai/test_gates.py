"""What must hold before a copy is published: each rule catches its case, and lets a sound corpus pass."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import TYPE_CHECKING

import pytest

from archive.corpus.store import create_corpus
from archive.data_folder import DataDir
from archive.publish.copy import publish
from gongkai.gates import (
    Bound,
    Gate,
    GateRefused,
    GatesMismatch,
    check_gates,
    find_refusals,
    load_gates,
    shipped_gates,
)
from pipelines.document import PARSER_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from archive.database import Database

GATE = Gate(
    means="", says="{bad} of {of}", unit="", source="", noticed_by="", sql="",
    each=Bound(0.5, 10), all=Bound(0.2, 50), portals={"scans": None, "strict": Bound(0.0, 1)},
)  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        pytest.param([("a", 5, 10)], [], id="at the bound"),
        pytest.param([("a", 6, 10)], ["a: 6 of 10"], id="beyond it"),
        pytest.param([("a", 9, 9)], [], id="of too few"),
        pytest.param([(None, 6, 10)], ["imported files: 6 of 10"], id="of no portal"),
        pytest.param([("scans", 20, 20)], [], id="never of this portal"),
        pytest.param([("strict", 1, 2)], ["strict: 1 of 2"], id="a portal's own bound"),
        pytest.param([("a", 5, 25), ("b", 6, 25)], ["in all, 11 of 50"], id="in all"),
        pytest.param([("a", 5, 25), ("b", 5, 25)], [], id="in all, at the bound"),
    ],
)
def test_find_refusals(rows: list[tuple[str | None, int, int]], told: list[str]) -> None:
    assert list(find_refusals(GATE, rows)) == told


# A corpus of rows that say what a rule looks at, and nothing else.

_SEEN = "2026-02-01T00:00:00Z"
_DOCUMENT = """
INSERT INTO documents (id, portal_id, url, kind, year, status, read_state, first_seen, last_seen,
    current_version_id)
VALUES (?1, 'here', 'http://here/' || ?1, 'annual_report', 2024, 'live', 'read', ?2, ?2, ?1)
"""
_VERSION = """
INSERT INTO stored_versions (id, document_id, capture_id, text_sha256, chars, tail, extractor, encoding,
    first_seen, last_seen)
VALUES (?1, ?2, ?1, ?1, ?3, '', 'html', 'utf-8', ?4, ?4)
"""
_CAPTURE = """
INSERT INTO _captures (id, record_type, url, fetched_at, warc_file, warc_offset, warc_length, outcome,
    portal_id, role, run_id)
VALUES (?1, 'response', ?1, ?2, 'a.warc.gz', ?3, 1, ?4, 'here', 'article', 'night')
"""


class Planted:
    """A corpus, and how rows come into it."""

    def __init__(self, data: DataDir, db: Database) -> None:
        self.data = data
        self.db = db

    def plant_documents(self, count: int, *, first: int = 0, cells: int = 1, state: str = "number") -> None:
        for number in range(first, first + count):
            self.db.execute(_DOCUMENT, (f"d{number:07}", _SEEN))
            self.plant_version(f"d{number:07}", f"d{number:07}", cells=cells, state=state)

    def plant_version(
        self, document: str, version: str, *, cells: int, chars: int = 100, state: str = "number"
    ) -> None:
        self.db.execute(_CAPTURE, (version, _SEEN, int.from_bytes(version.encode()), "ok"))
        found = self.db.execute(_VERSION, (version, document, chars, _SEEN)).lastrowid
        self.db.execute("UPDATE documents SET current_version_id = ? WHERE id = ?", (version, document))
        cell = ["number", "ambiguous"].index(state) + 1
        self.db.execute(
            "INSERT OR IGNORE INTO known_cells (number, digest, row_label, state) VALUES (?1, ?1, '', ?2)",
            (cell, state),
        )
        columns = ("version", "table_key", "table_no", "ordinal", "cell", "prefix", "tail", "place")
        rows = [(found, "t2", 0, place, cell, 0, place, -1) for place in range(cells)]
        self.db.insert_rows("stored_facts", columns, rows)

    def plant_checks(self, passed: int, failed: int, *, version: int = 1) -> None:
        for number, outcome in ((1, "pass"), (2, "fail")):
            self.db.execute(
                "INSERT OR IGNORE INTO known_statements (number, digest, check_id, severity, outcome, cells, "
                "message_zh, message_en) VALUES (?1, ?1, 'sum', 'error', ?2, '[]', '', '')",
                (number, outcome),
            )
        rows = [
            (version, 1 + (place < failed), place, 0xD0000000 + version - 1, place)
            for place in range(passed + failed)
        ]
        self.db.insert_rows("stored_checks", ("version", "statement", "place", "prefix", "tail"), rows)

    def plant_events(self, kind: str, count: int, *, cells: int = 1, chars: int = 100) -> None:
        for number in range(count):
            document, later = f"d{number:07}", f"e{number:07}"
            if kind == "changed":
                self.plant_version(document, later, cells=cells, chars=chars)
            else:
                self.db.execute("UPDATE documents SET status = ? WHERE id = ?", (kind, document))
            self.db.execute(
                "INSERT INTO changes VALUES (?1, ?2, ?3, ?1, ?4, ?1, '{}')", (document, kind, _SEEN, later)
            )

    def plant_answers(self, good: int, bad: int) -> None:
        self.db.execute(
            "INSERT INTO runs (id, verb, night, state) VALUES ('night', 'crawl', '2026-02-01', 'finished')"
        )
        for number in range(good + bad):
            outcome = "ok" if number < good else "timeout"
            self.db.execute(_CAPTURE, (f"c{number}", _SEEN, number, outcome))


@pytest.fixture
def planted(tmp_path: Path) -> Iterator[Planted]:
    data = DataDir(tmp_path)
    data.make()
    with contextlib.closing(create_corpus(data.corpus_db, parser_version=PARSER_VERSION)) as db:
        db.execute(
            "INSERT INTO portals (id, name, family, home_url, enabled, registered_at) "
            "VALUES ('here', '试城市', 'static_list', 'http://here/', 1, 'night')"
        )
        yield Planted(data, db)


def _refusal(planted: Planted) -> str:
    with pytest.raises(GateRefused) as refused:
        check_gates(planted.data)
    return str(refused.value)


def test_no_table_was_found_in_most_new_reports(planted: Planted) -> None:
    planted.plant_documents(10, cells=1)
    planted.plant_documents(10, first=10, cells=0)
    assert check_gates(planted.data) == ()
    planted.plant_documents(1, first=20, cells=0)
    told = _refusal(planted)
    assert "reports_without_tables: here: 11 of 21 new annual reports have no table" in told
    assert "gongkai publish --overrule reports_without_tables" in told


def test_what_readers_have_already_is_not_judged_again(planted: Planted) -> None:
    planted.plant_documents(12, cells=0)
    overruled = check_gates(planted.data, ("reports_without_tables",))
    assert overruled == ("reports_without_tables: here: 12 of 12 new annual reports have no table",)
    publish(planted.data, clock=lambda: dt.datetime(2026, 2, 1, tzinfo=dt.UTC))
    assert check_gates(planted.data) == ()
    planted.plant_documents(9, first=12, cells=0)
    planted.db.execute("UPDATE stored_versions SET last_seen = '2026-02-02T00:00:00Z'")
    assert check_gates(planted.data) == (), "nine are too few, and the twelve were seen again"
    planted.plant_documents(1, first=21, cells=0)
    assert "10 of 10 new annual reports" in _refusal(planted)
    assert "10 of 10 new annual reports" in _refusal(planted), "each night until it passes"


def test_most_cells_cannot_be_read(planted: Planted) -> None:
    planted.plant_documents(10, cells=120)
    planted.plant_documents(10, first=10, cells=170, state="ambiguous")
    assert check_gates(planted.data) == ()
    planted.plant_documents(1, first=20, cells=170, state="ambiguous")
    assert "unread_cells: here: 1870 of 3070 new cells cannot be read" in _refusal(planted)


def test_sums_do_not_add_up(planted: Planted) -> None:
    planted.plant_documents(1)
    planted.plant_checks(400, 150)
    assert check_gates(planted.data) == ()
    publish(planted.data, clock=lambda: dt.datetime(2026, 2, 1, tzinfo=dt.UTC))
    planted.plant_documents(1, first=1)
    planted.plant_checks(390, 160, version=2)
    assert check_gates(planted.data) == ()
    planted.db.execute("UPDATE stored_checks SET statement = 2 WHERE version = 2 AND place > 380")
    assert "failing_checks: here: 329 of 550 identities of new reports fail" in _refusal(planted)
    # By the operator's own bound what readers have is no better.
    (planted.data.root / "gates.yaml").write_text("failing_checks: {each: {most: 0.2}}\n", "utf-8")
    assert check_gates(planted.data) == ()


def test_sums_that_never_added_up_replace_no_good_copy(planted: Planted) -> None:
    planted.plant_documents(1)
    planted.plant_checks(10, 540)
    assert check_gates(planted.data) == (), "nothing is published yet"
    publish(planted.data, clock=lambda: dt.datetime(2026, 2, 1, tzinfo=dt.UTC))
    planted.plant_documents(1, first=1)
    planted.plant_checks(10, 540, version=2)
    assert check_gates(planted.data) == ()


def test_a_third_of_a_portal_is_said_to_be_withdrawn(planted: Planted) -> None:
    planted.plant_documents(30)
    planted.plant_events("withdrawn", 9)
    assert check_gates(planted.data) == ()
    planted.db.execute("UPDATE documents SET status = 'withdrawn' WHERE id = 'd0000010'")
    planted.db.execute(
        "INSERT INTO changes VALUES ('d0000010', 'withdrawn', '2026-02-01', NULL, NULL, 'c', '{}')"
    )
    assert "withdrawn: here: 10 of 30 documents are newly said to be withdrawn" in _refusal(planted)


@pytest.mark.parametrize(
    ("cells", "chars", "is_refused"), [(0, 100, True), (1, 19, True), (1, 20, False), (1, 300, False)]
)
def test_the_layout_of_a_portal_vanished(
    planted: Planted, cells: int, chars: int, *, is_refused: bool
) -> None:
    planted.plant_documents(20)
    planted.plant_events("changed", 6, cells=cells, chars=chars)
    if is_refused:
        assert "layout_vanished: here: 6 of 6 changed documents lost their tables" in _refusal(planted)
    else:
        assert check_gates(planted.data) == ()


def test_most_answers_of_a_night_are_errors(planted: Planted) -> None:
    planted.plant_answers(100, 400)
    assert check_gates(planted.data) == ()
    planted.db.execute("UPDATE _captures SET outcome = 'dns' WHERE id = 'c0'")
    assert "in all, 401 of 500 answers of the newest night are errors" in _refusal(planted)


def test_a_corpus_does_not_shrink(planted: Planted) -> None:
    planted.plant_documents(3)
    publish(planted.data, clock=lambda: dt.datetime(2026, 2, 1, tzinfo=dt.UTC))
    planted.plant_documents(1, first=3)
    assert check_gates(planted.data) == ()
    planted.db.execute("DELETE FROM documents WHERE id IN ('d0000000', 'd0000003')")
    assert "shrink: documents fell from 3 to 2 rows" in _refusal(planted)


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("INSERT INTO _to_read VALUES ('a', 1, 'c')", "1 of captures to read wait"),
        ("INSERT INTO _to_link VALUES ('document', 'd')", "1 of things to link wait"),
    ],
)
def test_half_a_night_is_not_published(planted: Planted, sql: str, told: str) -> None:
    planted.db.execute(sql)
    assert f"unfinished: deriving was not finished: {told}" in _refusal(planted)


# What the operator may set.


def test_an_operator_sets_other_bounds(planted: Planted) -> None:
    (planted.data.root / "gates.yaml").write_text(
        "reports_without_tables:\n  each: {most: 0.9}\n  portals: {guangdong: null}\n"
        "error_outcomes: {all: null}\n",
        "utf-8",
    )
    gates = load_gates(planted.data)
    assert gates["reports_without_tables"].each == Bound(0.9, 10)
    assert gates["reports_without_tables"].all == shipped_gates()["reports_without_tables"].all
    assert gates["reports_without_tables"].portals == {"guangdong": None}
    assert gates["error_outcomes"].all is None
    planted.plant_documents(12, cells=0)
    assert "12 of 12" in _refusal(planted)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("shrinks: {}\n", "gates.yaml:1: shrinks: no such field"),
        ("shrink:\n  eech: {most: 1}\n", "gates.yaml:2: shrink.eech: no such field"),
        ("shrink:\n  each:\n    most: 1.5\n", "gates.yaml:3: shrink.each.most: '1.5' is not a share"),
        ("shrink:\n  each:\n    fewest: few\n", "gates.yaml:3: shrink.each.fewest: 'few' is not a count"),
        ("shrink:\n  all: {most: 0.1}\n", "gates.yaml:2: shrink.all.fewest: is missing"),
        ("shrink: 3\n", "gates.yaml:1: shrink: must be a mapping"),
        ("shrink:\n  portals: [here]\n", "gates.yaml:2: shrink.portals: must be a mapping"),
        ("shrink:\n  portals: {guangdng: null}\n", "gates.yaml:2: shrink.portals.guangdng: no such portal"),
        ("shrink: {\n", "gates.yaml:2: cannot be read as YAML"),
    ],
)
def test_a_slip_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "gates.yaml").write_text(text, "utf-8")
    with pytest.raises(GatesMismatch) as refused:
        load_gates(DataDir(tmp_path))
    assert told in str(refused.value)
