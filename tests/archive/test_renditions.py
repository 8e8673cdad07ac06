"""A page and its files as renditions of one report: which stands for the year, and where figures differ."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING

import pytest

from archive.warc.entries import Role
from tests.archive.every_order import derive_nights
from tests.archive.evidence import Answer, page
from tests.archive.histories import ReaderHere
from tests.e2e.content import rows
from tests.renditions.figures import draw_figures
from tests.renditions.layout import Style
from tests.renditions.model import ISSUER, print_report
from tests.renditions.to_html import to_html
from tests.renditions.to_ofd import to_ofd
from tests.soak import SOAK, series

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from archive.data_folder import DataDir

pytestmark = series

BASE = "http://www.testville.example/nb"
FORM = "form_2021"
FIGURES = draw_figures(FORM, 1)
CELL = ("t3", None, "new_requests", "total")
OTHER_FIGURES = FIGURES | {CELL: "77"}
TITLE = print_report(FORM, FIGURES).title
PAGE, LATER = f"{BASE}/23.html", f"{BASE}/24.html"
FILE, SECOND = f"{BASE}/P01.ofd", f"{BASE}/P02.ofd"
LINKS = '<p><a href="P01.ofd">年度报告.ofd</a></p><p><a href="P02.ofd">年度报告（附件二）.ofd</a></p>'


def full_page(figures: dict[tuple[str, str | None, str, str], str] = FIGURES) -> Answer:
    """The page with its tables, and links to both files."""
    body = to_html(print_report(FORM, figures)).decode()
    return Answer(PAGE, body.replace("\n</div></body>", f"{LINKS}\n</div></body>").encode())


def file(url: str = FILE, figures: dict[tuple[str, str | None, str, str], str] = FIGURES) -> Answer:
    """A file with the whole report."""
    body = to_ofd(print_report(FORM, figures), Style())
    return Answer(url, body, headers=((b"Content-Type", b"application/ofd"),), role=Role.ATTACHMENT)


LEADING_PAGE = Answer(PAGE, page(TITLE, "现将年度报告予以公布，全文见附件。", LINKS))
YEAR_AFTER = Answer(LATER, page(f"{ISSUER}2024年政府信息公开工作年度报告", "一、总体情况", "照常办理。"))


def derived(root: Path, *nights: Sequence[Answer], in_every_order: bool = SOAK) -> DataDir:
    return derive_nights(root, nights, ReaderHere(), in_every_order=in_every_order)


def primary(data: DataDir) -> list[tuple[str, str]]:
    return rows(data.corpus_db, "SELECT url, why FROM primary_reports WHERE year = 2023")


def mismatches(data: DataDir) -> list[tuple[str, str, str, str]]:
    """Return whose checks against which other rendition came to what, by table."""
    return rows(
        data.corpus_db,
        "SELECT d.url, o.url, c.table_key, c.outcome FROM checks AS c "
        "JOIN documents AS d ON d.current_version_id = c.version_id "
        "JOIN documents AS o ON o.current_version_id = c.other_version_id "
        "WHERE c.check_id = 'rendition_mismatch' ORDER BY 1, 2, 3",
    )


def agreement(one: str, other: str, t3: str = "pass") -> list[tuple[str, str, str, str]]:
    """Return the results of a pair, from both sides."""
    tables = {"t2": "pass", "t3": t3, "t4": "pass"}
    return [(*pair, key, tables[key]) for pair in ((one, other), (other, one)) for key in tables]


def test_a_page_with_its_tables_stands_before_its_file_and_what_differs_is_told(tmp_path: Path) -> None:
    data = derived(tmp_path, [full_page()], [file(figures=OTHER_FIGURES)], in_every_order=True)
    assert primary(data) == [(PAGE, "page")]
    assert mismatches(data) == sorted(agreement(PAGE, FILE, t3="fail"))
    [(left, right, cells)] = rows(
        data.corpus_db,
        "SELECT c.left_value, c.right_value, c.cells FROM checks AS c JOIN documents AS d "
        "ON d.current_version_id = c.version_id WHERE d.url = ? AND c.check_id = 'rendition_mismatch' "
        "AND c.outcome = 'fail'",
        PAGE,
    )
    assert (left, right) == (FIGURES[CELL], "77")
    named = (
        "SELECT d.url, f.row_key, f.column_key FROM facts AS f JOIN documents AS d ON d.id = f.document_id "
        "WHERE f.id = ?"
    )
    assert [rows(data.corpus_db, named, cell) for cell in json.loads(cells)] == [
        [(PAGE, "new_requests", "total")],
        [(FILE, "new_requests", "total")],
    ]


def test_a_page_that_leads_to_its_file_stands_behind_it(tmp_path: Path) -> None:
    data = derived(tmp_path, [YEAR_AFTER], [LEADING_PAGE], [file()], in_every_order=True)
    assert primary(data) == [(FILE, "has_tables")]
    assert mismatches(data) == []
    before = (
        "SELECT t.url FROM relations AS r JOIN documents AS t ON t.id = r.to_document_id "
        "WHERE r.kind = 'previous_year'"
    )
    assert rows(data.corpus_db, before) == [(FILE,)]


def test_two_files_of_one_page_are_held_against_each_other(tmp_path: Path) -> None:
    data = derived(tmp_path, [LEADING_PAGE, file()], [file(SECOND, OTHER_FIGURES)])
    assert mismatches(data) == sorted(agreement(FILE, SECOND, t3="fail"))


def test_all_of_three_renditions_are_held_against_one_another(tmp_path: Path) -> None:
    data = derived(tmp_path, [full_page(), file()], [file(SECOND)])
    pairs = itertools.combinations((PAGE, FILE, SECOND), 2)
    assert mismatches(data) == sorted(itertools.chain.from_iterable(agreement(*pair) for pair in pairs))


@pytest.mark.parametrize(
    "is_set_right", [True, False], ids=["the file is set right", "the page is set wrong"]
)
def test_what_is_printed_anew_is_compared_anew(tmp_path: Path, *, is_set_right: bool) -> None:
    first = [full_page(), file(figures=OTHER_FIGURES)]
    data = derived(tmp_path, first, [file() if is_set_right else full_page(FIGURES | {CELL: "9"})])
    assert mismatches(data) == sorted(agreement(PAGE, FILE, t3="pass" if is_set_right else "fail"))


def test_the_file_of_another_year_is_no_rendition(tmp_path: Path) -> None:
    other_year = file(figures=OTHER_FIGURES)
    retold = Answer(PAGE, full_page().body.replace(b"2023", b"2022"))
    data = derived(tmp_path, [retold, other_year])
    assert mismatches(data) == []
    attached = "SELECT count(*) FROM relations WHERE kind = 'attachment_of'"
    assert rows(data.corpus_db, attached) == [(1,)]
