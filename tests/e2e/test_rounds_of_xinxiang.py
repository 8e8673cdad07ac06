"""The report that prints its first section fourteen times, from a file to the rows that say so."""

from __future__ import annotations

import json
import shutil
from itertools import combinations
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from archive.data_folder import DataDir
from archive.derivation import rebuild
from tests.e2e.content import all_hashes, rows

if TYPE_CHECKING:
    from pathlib import Path

TIMES = 14
ROUND = 21
"""Passages of a round: five headings of the second level and sixteen of the third."""
MEANING = {
    # which wordings stand against each other, and how often
    "1、深入解读重要政策": [{"行政机关": 8, "人民政府": 6}],
    "3、推动行政执法信息公开": [{"行政机关": 9, "行政机构": 5}],
    '2、深化"放管服"改革信息公开': [{"部门": 11, "单位": 3}],
}


@pytest.fixture(params=["corpus", "published copy"])
def database(five: DataDir, request: pytest.FixtureRequest) -> Path:
    return five.corpus_db if request.param == "corpus" else five.public_db


def test_it_is_the_only_one_that_repeats_itself(database: Path) -> None:
    found = rows(
        database,
        "SELECT d.title, count(*), min(r.times), max(r.times) FROM repeated_places AS r "
        "JOIN documents AS d ON d.id = r.document_id GROUP BY d.id",
    )
    assert found == [("新乡市人民政府2019年政府信息公开工作年度报告", ROUND, TIMES, TIMES)]
    twice = "SELECT version_id, section_id FROM occurrences GROUP BY 1, 2 HAVING count(*) > 1"
    texts = rows(database, f"SELECT DISTINCT version_id FROM ({twice})")  # noqa: S608  a constant
    assert texts == rows(database, "SELECT DISTINCT version_id FROM repeated_places")


def test_it_has_thirty_places_where_it_prints_303_passages(database: Path) -> None:
    [(version,)] = rows(database, "SELECT DISTINCT version_id FROM repeated_places")
    counts = "SELECT count(*), count(DISTINCT section_id) FROM occurrences WHERE version_id = ?"
    [(printed, sections)] = rows(database, counts, version)
    [(again,)] = rows(database, "SELECT sum(times - 1) FROM repeated_places")
    assert (printed, sections, printed - again) == (303, 46, 1 + 6 + 7 + 16)


def test_rounds_are_alike_as_counted_by_hand(database: Path) -> None:
    passages = rows(
        database,
        "SELECT o.section_id, o.lead || coalesce(o.raw, s.text) FROM occurrences AS o "
        "JOIN sections AS s ON s.id = o.section_id "
        "WHERE o.version_id = (SELECT version_id FROM repeated_places) "
        "AND o.heading_path LIKE '一、总体情况 › %' ORDER BY o.position",
    )
    rounds = [passages[start : start + ROUND] for start in range(0, TIMES * ROUND, ROUND)]
    assert sum(map(len, rounds)) == len(passages)
    printed = ["".join(raw for _, raw in one).strip() for one in rounds]
    assert sum(len([line for line in one.splitlines() if line.strip()]) for one in printed) == 733
    assert _alike(printed) == [{3, 8, 13}, {6, 11}]
    sections = [tuple(section for section, _ in one) for one in rounds]
    assert _alike(sections) == [{3, 8, 13}, {5, 10}, {6, 11}]
    assert (len(set(printed)), len(set(sections))) == (11, 10)


def _alike(texts: list[str] | list[tuple[str, ...]]) -> list[set[int]]:
    """Return the groups of equal rounds by their numbers, from 1, in order."""
    groups: dict[object, set[int]] = {}
    for number, text in enumerate(texts, start=1):
        groups.setdefault(text, set()).add(number)
    return [group for group in groups.values() if len(group) > 1]


def test_disagreements_that_carry_meaning_are_variants_with_their_counts(database: Path) -> None:
    found = rows(
        database,
        "SELECT heading_path, disagreement, wording, times, positions, sort FROM variants "
        "ORDER BY times DESC",
    )
    disagreements: dict[tuple[str, int], dict[str, int]] = {}
    for path, at, wording, times, positions, sort in found:
        assert len(json.loads(positions)) == times
        if sort != "words":
            disagreements.setdefault((path.rpartition(" › ")[2], at), {})[wording] = times
    assert {sum(counts.values()) for counts in disagreements.values()} == {TIMES}
    for title, wanted in MEANING.items():
        assert [counts for (of, _), counts in disagreements.items() if of == title] == wanted
    budget = [counts for (of, _), counts in disagreements.items() if of == "4、细化财政信息公开"]
    assert sum(counts == {"预算": 10, "预决算": 4} for counts in budget) == 3


def test_mere_noise_is_near_and_what_carries_meaning_never(five: DataDir) -> None:
    """Two texts of one place are near if, and only if, they agree in everything that carries meaning.

    That is, in what is protected, and in whole words: 政策文件解读 is not 政策解读.
    """
    near = {
        frozenset(pair)
        for pair in rows(five.corpus_db, "SELECT section_a, section_b FROM section_links WHERE kind = 'near'")
    }
    words = {
        section: [text.count(word) for word in ("文件", "项目")]
        for section, text in rows(five.corpus_db, "SELECT id, text FROM sections")
    }
    said: dict[str, dict[str, set[str]]] = {}
    places = rows(
        five.corpus_db,
        "SELECT r.heading_path, o.section_id, v.disagreement || v.wording FROM repeated_places AS r "
        "JOIN json_each(r.positions) AS p "
        "JOIN occurrences AS o ON o.version_id = r.version_id AND o.position = p.value "
        "LEFT JOIN variants AS v ON v.version_id = r.version_id AND v.heading_path = r.heading_path "
        "AND v.sort <> 'words' AND EXISTS (SELECT 1 FROM json_each(v.positions) WHERE value = o.position)",
    )
    for path, section, wording in places:
        said.setdefault(path, {}).setdefault(section, set()).add(wording)
    assert near == {
        frozenset((one, other))
        for sections in said.values()
        for one, other in combinations(sections, 2)
        if sections[one] == sections[other] and words[one] == words[other]
    }


def test_the_report_says_so_in_its_checks(database: Path) -> None:
    found = rows(
        database,
        "SELECT d.title, c.left_value, c.place, c.severity FROM checks AS c "
        "JOIN documents AS d ON d.id = c.document_id "
        "WHERE c.check_id = 'doc.repeated_block' AND c.outcome = 'fail'",
    )
    assert found == [("新乡市人民政府2019年政府信息公开工作年度报告", "14", 36, "warning")]


def test_all_five_come_back_byte_for_byte(database: Path, shared_documents: Path) -> None:
    pieces = rows(
        database,
        "SELECT d.url, v.tail, o.lead || coalesce(o.raw, s.text) FROM documents AS d "
        "JOIN versions AS v ON v.id = d.current_version_id JOIN occurrences AS o ON o.version_id = v.id "
        "JOIN sections AS s ON s.id = o.section_id ORDER BY d.url, o.position",
    )
    texts: dict[tuple[str, str], str] = {}
    for url, tail, piece in pieces:
        name = unquote(url.rpartition("/")[2])
        texts[name, tail] = texts.get((name, tail), "") + piece
    rebuilt = {name: (text + tail).encode() for (name, tail), text in texts.items()}
    assert rebuilt == {path.name: path.read_bytes() for path in shared_documents.iterdir()}


def test_all_of_it_survives_a_rebuild(five: DataDir, tmp_path: Path) -> None:
    again = DataDir(tmp_path)
    shutil.copytree(five.root, again.root, symlinks=True, dirs_exist_ok=True)
    rebuild(again)
    assert all_hashes(again.corpus_db) == all_hashes(five.corpus_db)
