"""What happened to a document: it appeared, its text changed, and what is volatile was no change."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from archive.corpus.version_diff import compare_versions
from archive.warc.files import archive_files
from tests.archive.every_order import derive_nights, derive_one_by_one
from tests.archive.evidence import Answer, page
from tests.archive.stating import StatingReader
from tests.e2e.content import rows
from tests.soak import SOAK, series

if TYPE_CHECKING:
    from pathlib import Path

    from archive.data_folder import DataDir

pytestmark = series

COUNTER = "来源：市政府办公室 浏览次数："
URL = "http://www.testville.example/nb/t1.html"
TITLE = "试城市人民政府2024年政府信息公开工作年度报告"


def report(figure: int = 120, *more: str, views: int | None = None, counted: str = COUNTER) -> Answer:
    """Return a page that says so many were published, below the counter and the paragraphs that are named."""
    counter = () if views is None else (f"{counted}{views}",)
    return Answer(URL, page(TITLE, *counter, *more, "二、总体情况", f"全年公开信息{figure}条。"))


def headed(title: str, *, under: str = "") -> Answer:
    """Return the same report under another title, beside a heading of the page's frame."""
    html = report().body.decode().replace(TITLE, title)
    return Answer(URL, html.replace("<body>", f"<body>{under}").encode())


def without_next_page(answer: Answer) -> Answer:
    """Return the page with a pager that names another one, which nothing holds."""
    pager = b'<script>createPageHTML(2, 0, "t1", "html");</script></body>'
    return Answer(URL, answer.body.replace(b"</body>", pager))


GONE = Answer(URL, status=404, body=b"<html><body>404 Not Found</body></html>")
MORE = ("一、监督保障", "将政务公开纳入绩效考核，每季度通报一次。")


def derived(root: Path, nights: list[Answer], *, in_every_order: bool = SOAK) -> DataDir:
    return derive_nights(
        root, [[answer] for answer in nights], StatingReader(), in_every_order=in_every_order
    )


TOLD = """
SELECT c.kind, substr(c.observed_at, 9, 2), f.text, t.text, c.evidence FROM changes AS c
LEFT JOIN versions AS f ON f.id = c.from_version_id LEFT JOIN versions AS t ON t.id = c.to_version_id
ORDER BY c.observed_at, c.kind
"""


def told(data: DataDir) -> list[tuple[str, str, dict[str, Any]]]:
    """Return kind, day and evidence of what happened."""
    return [(kind, day, json.loads(evidence)) for kind, day, _, _, evidence in rows(data.corpus_db, TOLD)]


NIGHTS = {
    "a figure, and a passage more": ([report(), report(121, *MORE)], ["appeared 31", "changed 01"]),
    "another headline": ([report(), headed(f"{TITLE}（更正版）")], ["appeared 31", "changed 01"]),
    "a headline forth and back": (
        [headed(TITLE), headed("关于试城市工作情况的公告"), headed(TITLE)],
        ["appeared 31", "changed 01", "changed 02"],
    ),
    "another heading above the same title": (
        [
            headed(TITLE, under="<h1>试城市人民政府年度报告</h1>"),
            headed(TITLE, under="<h1>试城市年度报告更正</h1>"),
        ],
        ["appeared 31", "changed 01"],
    ),
    "a heading that the frame has now": (
        [report(), headed(TITLE, under="<h1>试城市人民政府门户网站</h1>"), report()],
        ["appeared 31"],
    ),
    "forth and back": (
        [report(), report(121), report()],
        ["appeared 31", "changed 01", "changed 02"],
    ),
    "a counter": ([report(views=3), report(views=4), report(views=15)], ["appeared 31"]),
    "a change while the counter runs": (
        [report(views=3), report(views=4), report(121, views=5), report(121, views=6)],
        ["appeared 31", "changed 02"],
    ),
    "gone for a night": ([report(), GONE, report(121), GONE, report(121)], ["appeared 31", "changed 02"]),
    "at first not all of its pages": (
        [without_next_page(report()), report(120, *MORE), report(121, *MORE)],
        ["appeared 31", "changed 02"],
    ),
    "not all of its pages for a night": (
        [report(), without_next_page(report(121)), report()],
        ["appeared 31"],
    ),
    "a change told when all of its pages are there": (
        [report(), without_next_page(report(121)), report(121), without_next_page(headed("公告"))],
        ["appeared 31", "changed 02"],
    ),
    "first nothing": ([GONE, report()], ["appeared 01"]),
    "a count that a sentence states": (
        [report(views=3, counted="网站访问量达"), report(views=4, counted="网站访问量达")],
        ["appeared 31", "changed 01"],
    ),
    "white space and width": (
        [report(), Answer(URL, report().body.replace("120条。".encode(), "１２０ 条。".encode()))],
        ["appeared 31"],
    ),
}


@pytest.mark.parametrize("case", NIGHTS)
def test_what_happened_is_told_whatever_the_order(tmp_path: Path, case: str) -> None:
    nights, wanted = NIGHTS[case]
    data = derived(tmp_path, nights, in_every_order=SOAK or case == "gone for a night")
    assert [f"{kind} {day}" for kind, day, _ in told(data)] == wanted


def test_the_evidence_says_what_became_of_the_passages_and_which_figures_changed(tmp_path: Path) -> None:
    data = derived(tmp_path, [report(), report(121, *MORE)])
    (_, _, appeared), (_, _, changed) = told(data)
    assert appeared["outcome"] == "ok"
    assert changed["passages"] == {"kept": 0, "changed": 1, "new": 1, "dropped": 0}
    assert {(one["state"], one["heading_path"]) for one in changed["headings"]} == {
        ("changed", "二、总体情况"),
        ("new", "一、监督保障"),
    }
    in_text, *cells = changed["figures"]
    assert in_text == {"sort": "figure", "old": "120条", "new": "121条"}
    assert {(cell["table"], cell["row"], cell["old"], cell["new"]) for cell in cells} == {
        ("t3", row, "120", "121") for row in ("new_requests", "results_total", "carried_out")
    }


CHANGED = "SELECT row_label, previous_raw, raw, previous_value, value, change FROM changed_figures"


def test_a_figure_that_changed_is_a_row_with_both_its_prints(tmp_path: Path) -> None:
    data = derived(tmp_path, [report(), report(121, *MORE)])
    found = rows(data.corpus_db, CHANGED)
    assert len(found) == len({label for label, *_ in found}) == 3
    assert {row[1:] for row in found} == {("120", "121", "120", "121", 1)}


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ("0.1", "0.3", {0.2}),
        ("2", "0.5", {-1.5}),
        ("3", None, {None}),
        (None, "0", {None}),
        ("1", "1", set()),
    ],
)
def test_a_change_is_told_only_of_what_both_texts_state(
    tmp_path: Path, before: str | None, after: str | None, wanted: set[float | None]
) -> None:
    data = derived(tmp_path, [report(), report(121)])
    with closing(sqlite3.connect(data.corpus_db)) as corpus, corpus:
        corpus.execute("UPDATE stored_facts SET value = ?1, raw = NULL", (before,))
        corpus.execute(
            "UPDATE stored_facts SET value = ?1 WHERE version IN "
            "(SELECT v.number FROM documents JOIN stored_versions AS v ON v.id = current_version_id)",
            (after,),
        )
    assert {change for *_, change in rows(data.corpus_db, CHANGED)} == wanted


def test_each_change_begins_where_the_last_one_ended(tmp_path: Path) -> None:
    nights = [
        report(views=1),
        report(views=2),
        report(121, views=3),
        report(121, views=4),
        report(122, views=5),
    ]
    data = derived(tmp_path, nights)
    chain = [(old, new) for kind, _, old, new, _ in rows(data.corpus_db, TOLD) if kind == "changed"]
    assert chain[0][1] == chain[1][0]
    assert "120条" in chain[0][0]
    assert "122条" in chain[1][1]


def test_no_two_versions_are_compared_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[str, str]] = []
    compare = compare_versions

    def counting(connection: Any, old: str, new: str) -> Any:
        compared.append((old, new))
        return compare(connection, old, new)

    one, two = tmp_path / "one", tmp_path / "two"
    derived(one, [report(120 + number % 2, views=number) for number in range(5)])
    derived(two, [report(views=number) for number in range(5)])
    monkeypatch.setattr("archive.corpus.changes.compare_versions", counting)
    data = derive_one_by_one(one / "by-night", archive_files(one / "evidence"), StatingReader())
    assert len(told(data)) == 5
    assert len(compared) == len(set(compared)) == 4
    compared.clear()
    still = derive_one_by_one(two / "by-night", archive_files(two / "evidence"), StatingReader())
    assert rows(still.corpus_db, "SELECT count(*) FROM versions") == [(5,)]
    assert compared == []
