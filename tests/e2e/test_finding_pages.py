"""The pages of findings over the five real documents and the demo: they show what the corpus holds."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from gongkai.serving import datasette_app
from gongkai.web.rendering.words import rule_title
from tests.web.conftest import Site
from tests.web.test_checks_page import plain

if TYPE_CHECKING:
    from archive.data_folder import DataDir

ZONE = "新乡市平原城乡一体化示范区管理委员会"


@pytest.fixture(scope="module")
def documents(five: DataDir) -> Site:
    """The site over the five real documents."""
    return Site(five, datasette_app(five))


def test_one_report_with_nine_failing_identities_shows_two_causes(documents: Site) -> None:
    """The equation, the difference, what may explain it, and the nine below in one fold."""
    page = documents.get("/-/checks", year="2020", severity="error").text
    with closing(sqlite3.connect(documents.data.public_db)) as db:
        [(failing,)] = db.execute(
            "SELECT count(*) FROM checks WHERE outcome = 'fail' AND severity = 'error' AND document_id ="
            " (SELECT document_id FROM primary_reports WHERE year = 2020)"
        )
    assert failing == 9
    assert len(re.findall(r'<tr role="row" id="c', page)) == 2
    assert "展开 9 项" in page
    assert f"最多的是{ZONE}（9 项）" in plain(documents.get("/", year="2020").text)
    said = plain(page)
    assert "“自然人”一列：第一项加第二项之和为17，第三项总计加第四项之和为18，相差1。" in said
    assert "“（七）总计”一行：六类申请人之和为17，“总计”为0，相差17。" in said
    assert "同一原因共 7 项不相符。" in said
    assert "同一原因共 2 项不相符。" in said
    assert page.count("/-/proof/") > 9
    for word in ("错误百出", "造假", "瞒报", "漏报"):
        assert word not in page


def test_the_page_in_english_says_the_same(documents: Site) -> None:
    page = plain(documents.get("/-/checks", year="2020", lang="en").text)
    assert "Unfold: 9" in page
    assert "items one and two add up to 17" in page
    assert f"{ZONE} Report" in page


def test_every_rule_is_counted_as_the_corpus_has_it(documents: Site) -> None:
    page = documents.get("/-/checks").text
    with closing(sqlite3.connect(documents.data.public_db)) as db:
        rows = db.execute(
            "SELECT check_id, outcome FROM checks WHERE version_id IN ("
            "SELECT current_version_id FROM documents WHERE id IN (SELECT document_id FROM primary_reports))"
        ).fetchall()
    expected: dict[str, Counter[str]] = {}
    for check_id, outcome in rows:
        family = ".".join(check_id.split(".")[:2])
        expected.setdefault(family, Counter())[outcome] += 1
    table = page.partition('<table class="rows tested"')[2]
    found = {
        check: [int(number.replace(",", "")) for number in re.findall(r'type-int"[^>]*>([\d,]+)<', row)]
        for check, row in re.findall(r'\?check=([^"]+)">(.*?)</tr>', table)
    }
    assert found == {
        name: [
            counts.total() - counts["not_testable"],
            *(counts[outcome] for outcome in ("pass", "pass_if_blank_zero", "fail", "not_testable")),
        ]
        for name, counts in expected.items()
    }


def test_every_rule_of_the_corpus_has_a_title(documents: Site) -> None:
    with closing(sqlite3.connect(documents.data.public_db)) as db:
        for (check_id,) in db.execute("SELECT DISTINCT check_id FROM checks"):
            assert rule_title(check_id), check_id
