"""The key points of a province in the reports of its cities: the five real documents, from folder to copy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.e2e.content import rows

if TYPE_CHECKING:
    from archive.data_folder import DataDir

EDITED = {
    # the items that the report takes up in other words, and what both have, as the report prints it
    1: "深入解读重要政策",
    3: "增强政策解读回应效果",
    6: "推动行政执法信息公开",
    11: "继续做好公共资源配置领域信息公开",
    15: "抓好《条例》贯彻落实",
}


def test_the_items_are_those_that_the_plans_number(five: DataDir) -> None:
    found = rows(
        five.public_db,
        """
        SELECT d.title, p.scope, p.items, sum(i.level = 2), sum(i.level = 3) FROM plans AS p
        JOIN documents AS d ON d.id = p.document_id JOIN plan_items AS i ON i.document_id = d.id GROUP BY d.id
        """,
    )
    assert {str(title)[:8]: rest for title, *rest in found} == {
        "河南省人民政府办": ["41", 15, 0, 15],
        "信阳市2018年": ["4115", 37, 8, 29],
    }
    tasks = """
        SELECT count(*) FROM tasks AS t
        JOIN plan_items AS i ON (i.document_id, i.position) = (t.document_id, t.passage)
        """
    assert rows(five.public_db, tasks) == [(37,)]


def test_fifteen_items_are_the_fifteen_headings_of_the_first_round_in_order(five: DataDir) -> None:
    found = rows(
        five.public_db,
        """
        SELECT r.from_position, r.to_position, r.score, r.evidence, o.heading_path, i.title
        FROM relations AS r
        JOIN documents AS d ON d.id = r.from_document_id AND d.title LIKE '新乡市%'
        JOIN occurrences AS o ON (o.version_id, o.position) = (d.current_version_id, r.from_position)
        JOIN plan_items AS i ON (i.document_id, i.position) = (r.to_document_id, r.to_position)
        WHERE r.kind = 'implements' ORDER BY r.to_position
        """,
    )
    assert [row[0] for row in found] == [3, 4, 5, 7, 8, 9, 11, 12, 13, 14, 15, 17, 18, 20, 21]
    assert all(0.9 <= score <= 1 and str(path).count(" › ") == 2 for _, _, score, _, path, _ in found)
    for number, (*_, evidence, path, title) in enumerate(found, start=1):
        shared = json.loads(str(evidence))
        words = str(title).partition(". ")[2]
        assert shared == {"how": "heading", "text": EDITED.get(number, words)}
        assert str(path).endswith(shared["text"])
    assert len(found) - len(EDITED) == 10


def test_what_has_no_source_answers_nothing_and_no_other_report_claims_anything(five: DataDir) -> None:
    elsewhere = """
        SELECT d.title, o.heading_path FROM relations AS r JOIN documents AS d ON d.id = r.from_document_id
        JOIN occurrences AS o ON (o.version_id, o.position) = (d.current_version_id, r.from_position)
        WHERE r.kind = 'implements'
          AND (d.title NOT LIKE '新乡市%' OR o.heading_path LIKE '%加强相关基础工作')
        """
    assert rows(five.public_db, elsewhere) == []


def test_each_city_of_the_province_has_its_outcome(five: DataDir) -> None:
    found = rows(
        five.public_db,
        """
        SELECT issuer, outcome, count(*), count(DISTINCT document_id), count(evidence) FROM policy_followup
        WHERE plan LIKE '河南省%' AND issuer IN ('新乡市人民政府', '信阳市人民政府', '郑州市人民政府')
        GROUP BY issuer, outcome
        """,
    )
    assert {issuer: rest for issuer, *rest in found} == {
        "新乡市人民政府": ["mentioned", 15, 1, 15],
        "信阳市人民政府": ["not_mentioned", 15, 1, 0],
        "郑州市人民政府": ["not_held", 15, 0, 0],
    }
    other_year = "SELECT count(*) FROM policy_followup WHERE outcome <> 'not_held' AND year <> 2019"
    assert rows(five.public_db, other_year) == [(0,)]
