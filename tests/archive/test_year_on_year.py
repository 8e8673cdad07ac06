"""A report against that of the year before, as rows: whatever came first, and only where there is one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.archive.every_order import derive_nights
from tests.archive.evidence import Answer, page
from tests.archive.stating import StatingReader
from tests.e2e.content import rows
from tests.soak import SOAK, series

if TYPE_CHECKING:
    from pathlib import Path

    from archive.data_folder import DataDir

pytestmark = series

BASE = "http://www.testville.example/nb"


def report(year: int, *paragraphs: str) -> Answer:
    title = f"试城市人民政府{year}年政府信息公开工作年度报告"
    return Answer(f"{BASE}/{year}.html", page(title, *paragraphs))


LAST = report(
    2023,
    *("一、总体情况", "2023年，全年公开信息97条，由市政府办公室统筹。"),
    *("二、平台建设", "改版门户网站，增设办事指南栏目，开通智能问答，规范各单位政务新媒体。"),
    *("三、存在的问题", "公开内容不够全面，解读形式比较单一，队伍力量薄弱，少数单位认识不到位。"),
    *("四、其他事项", "无。"),
)
THIS = report(
    2024,
    *("一、总体情况", "2024年，全年公开信息120条，由市政府办公室统筹。"),
    *("二、监督保障", "将政务公开纳入绩效考核，每季度通报一次，并邀请社会监督员参加评议活动。"),
    *("三、平台建设", "改版门户网站，增设办事指南栏目，开通智能问答，规范各单位政务新媒体。"),
    *("四、其他事项", "无。"),
)
OTHER = report(2022, "一、总体情况", "2022年，全年公开信息88条。")

PAGER = b'<script>createPageHTML(2, 0, "2023", "html");</script></body>'
ROWS = """
SELECT y.state, substr(y.heading_path, 1, 1), y.position, y.previous_position, y.moved, y.figures_changed,
       y.words_changed
FROM year_on_year AS y JOIN documents AS d ON d.id = y.document_id WHERE d.year = 2024 ORDER BY y.ordinal
"""


def derived(root: Path, nights: list[list[Answer]], *, in_every_order: bool = SOAK) -> DataDir:
    return derive_nights(root, nights, StatingReader(), in_every_order=in_every_order)


def test_each_passage_has_a_row_that_says_what_became_of_it(tmp_path: Path) -> None:
    data = derived(tmp_path, [[THIS, LAST]])
    assert rows(data.corpus_db, ROWS) == [
        # Two in the text, and three cells that the form names.
        ("changed", "一", 0, 0, 0, 5, 0),
        ("new", "二", 1, None, 0, 0, 0),
        ("kept", "三", 2, 1, 0, 0, 0),
        ("dropped", "三", None, 2, 0, 0, 0),
        ("kept", "四", 3, 3, 0, 0, 0),
    ]


def test_figures_are_named_apart_from_words(tmp_path: Path) -> None:
    data = derived(tmp_path, [[THIS, LAST]])
    [(figures,)] = rows(data.corpus_db, "SELECT figures FROM year_on_year WHERE figures_changed > 0")
    in_text = [one for one in json.loads(figures) if "table" not in one]
    assert in_text == [
        {"sort": "figure", "old": "2023年", "new": "2024年"},
        {"sort": "figure", "old": "97条", "new": "120条"},
    ]
    cells = {one["row"]: (one["old"], one["new"]) for one in json.loads(figures) if "table" in one}
    assert cells["new_requests"] == ("97", "120")


@pytest.mark.parametrize("whose", [THIS, LAST], ids=["this year", "last year"])
def test_what_lacks_pages_has_dropped_nothing(tmp_path: Path, whose: Answer) -> None:
    year = whose.url.rpartition("/")[2].partition(".")[0].encode()
    torn = Answer(whose.url, whose.body.replace(b"</body>", PAGER.replace(b"2023", year)))
    data = derived(tmp_path, [[torn, THIS if whose is LAST else LAST]])
    assert rows(data.corpus_db, "SELECT count(*) FROM relations WHERE kind = 'previous_year'") == [(1,)]
    assert rows(data.corpus_db, ROWS) == []
    assert rows(data.corpus_db, "SELECT check_id FROM checks WHERE other_version_id IS NOT NULL") == []


LAST_TORN = Answer(LAST.url, LAST.body.replace(b"</body>", PAGER))
HISTORIES = {
    "the year before is whole at last": [[THIS, LAST_TORN], [LAST]],
    "the year before lacks pages at last": [[THIS, LAST], [LAST_TORN]],
    "the year before comes later": [[THIS], [LAST]],
    "the year before is corrected": [
        [THIS, LAST],
        [Answer(LAST.url, LAST.body.replace("97条".encode(), "98条".encode()))],
    ],
    "this year is corrected": [
        [THIS, LAST],
        [Answer(THIS.url, THIS.body.replace("120条".encode(), "121条".encode()))],
    ],
    "the year before turns into another": [[THIS, LAST], [Answer(LAST.url, OTHER.body)]],
    "other markup states more of one text": [
        [THIS, Answer(LAST.url, LAST.body.replace(b'class="TRS_Editor"', b'id="zoom"'))],
        [LAST],
    ],
}


@pytest.mark.parametrize("case", HISTORIES)
def test_the_rows_follow_what_the_corpus_holds(tmp_path: Path, case: str) -> None:
    is_tried = SOAK or case in {"this year is corrected", "the year before lacks pages at last"}
    data = derived(tmp_path, HISTORIES[case], in_every_order=is_tried)
    has_year_before = case not in {
        "the year before turns into another",
        "the year before lacks pages at last",
    }
    assert bool(rows(data.corpus_db, ROWS)) == has_year_before
