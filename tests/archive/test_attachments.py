"""What articles have attached: rows for each reference, tied to what is held, whichever came first."""

from __future__ import annotations

import itertools
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from archive.publish.copy import publish
from archive.warc.entries import Role
from tests.archive.every_order import derive_nights
from tests.archive.evidence import START, Answer, page
from tests.archive.stating import StatingReader
from tests.e2e.content import rows
from tests.soak import SOAK, series

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from archive.data_folder import DataDir

pytestmark = series

HOST = "http://www.testville.example"
URL = f"{HOST}/tz/t1.html"
OTHER = f"{HOST}/tz/t2.html"
FILE = f"{HOST}/tz/P02.pdf"
HANDED_OUT = f"{HOST}/module/download/downfile.jsp?classid=0&filename=7f.pdf"
PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
TITLE = "关于做好工作的通知"


def article(*links: str, url: str = URL, text: str = "各单位：") -> Answer:
    return Answer(url, page(TITLE, text, *links))


def file(
    url: str = FILE, name: str | None = "任务表.pdf", *headers: tuple[bytes, bytes], body: bytes = PDF
) -> Answer:
    kind = (b"Content-Type", b"application/pdf")
    return Answer(url, body, headers=(kind, *headers), role=Role.ATTACHMENT, list_title=name)


def leading(url: str, to: str) -> Answer:
    """A redirect of an attachment."""
    return Answer(url, b"", 302, ((b"Location", to.encode()),), Role.ATTACHMENT, list_title="任务表")


LINK = '<a href="P02.pdf">任务表.pdf</a>'


def derived(root: Path, *nights: Sequence[Answer], in_every_order: bool = SOAK) -> DataDir:
    return derive_nights(root, nights, StatingReader(), in_every_order=in_every_order)


def attachments(data: DataDir) -> list[tuple[Any, ...]]:
    """Return position, address, name, way and held address of each row, by article."""
    return rows(
        data.corpus_db,
        "SELECT a.position, a.url, a.name, a.how, f.url FROM attachments AS a "
        "JOIN documents AS d ON d.id = a.document_id LEFT JOIN documents AS f ON f.id = a.attachment_id "
        "JOIN versions AS v ON v.id = a.version_id ORDER BY d.url, v.first_seen, a.position",
    )


def relations(data: DataDir) -> list[tuple[Any, ...]]:
    return rows(
        data.corpus_db,
        "SELECT f.url, t.url, r.evidence FROM relations AS r "
        "JOIN documents AS f ON f.id = r.from_document_id "
        "JOIN documents AS t ON t.id = r.to_document_id "
        "WHERE r.kind = 'attachment_of' ORDER BY 1, 2",
    )


def test_an_attachment_is_tied_to_its_article(tmp_path: Path) -> None:
    data = derived(tmp_path, [article(LINK)], [file()])
    assert attachments(data) == [(0, FILE, "任务表.pdf", "link", FILE)]
    assert relations(data) == [(FILE, URL, FILE)]
    held = "SELECT title, read_state, metadata_sources FROM documents WHERE url = ?"
    assert rows(data.corpus_db, held, FILE) == [("任务表.pdf", "failed", '{"title": "list"}')]


def test_what_is_not_held_has_a_row_too(tmp_path: Path) -> None:
    links = (
        '<a href="https://www.other.gov.cn/a.docx">范本</a>',
        "<a href=\"javascript:download('17')\">清单</a>",
        LINK,
    )
    data = derived(
        tmp_path, [article(*links), file(body=b"none")], [Answer(FILE, b"", 404, role=Role.ATTACHMENT)]
    )
    assert [row[1:] for row in attachments(data)][:2] == [
        ("https://www.other.gov.cn/a.docx", "范本", "link", None),
        (None, "清单", "unresolved", None),
    ]
    written = "SELECT written FROM attachments WHERE url IS NULL"
    assert rows(data.corpus_db, written) == [("download('17')",)]


def test_a_file_that_was_never_there_is_not_held(tmp_path: Path) -> None:
    gone = Answer(FILE, b"", 404, role=Role.ATTACHMENT, list_title="任务表")
    data = derived(tmp_path, [article(LINK), gone], [gone])
    assert attachments(data) == [(0, FILE, "任务表.pdf", "link", None)]
    assert relations(data) == []


@pytest.mark.parametrize("hops", [1, 2, 5])
def test_redirects_tie_to_where_the_file_is(tmp_path: Path, hops: int) -> None:
    way = [HANDED_OUT, *(f"{HOST}/hop/{number}.do" for number in range(1, hops)), f"{HOST}/attach/0/7f.pdf"]
    leads = [leading(here, there) for here, there in itertools.pairwise(way)]
    data = derived(
        tmp_path,
        [article(f'<a href="{HANDED_OUT}">任务表</a>')],
        leads,
        [file(way[-1], "任务表")],
        in_every_order=SOAK or hops == 2,
    )
    assert attachments(data) == [(0, HANDED_OUT, "任务表", "link", way[-1])]
    assert relations(data) == [(way[-1], URL, HANDED_OUT)]


def test_a_circle_of_redirects_ends(tmp_path: Path) -> None:
    circle = [leading(FILE, f"{HOST}/x.pdf"), leading(f"{HOST}/x.pdf", FILE)]
    assert attachments(derived(tmp_path, [article(LINK)], circle))[0][-1] is None


def test_a_link_that_leads_back_to_its_article_is_tied_to_nothing(tmp_path: Path) -> None:
    data = derived(tmp_path, [article(LINK)], [leading(FILE, URL)])
    assert attachments(data)[0][-1] is None
    assert relations(data) == []


def test_one_file_may_belong_to_two_articles_and_keeps_both_references(tmp_path: Path) -> None:
    second = article('<a href="/tz/P02.pdf?from=timeline">附件：分工</a>', url=OTHER, text="各县：")
    data = derived(tmp_path, [article(LINK), second], [file()], in_every_order=True)
    assert [row[2:] for row in attachments(data)] == [
        ("任务表.pdf", "link", FILE),
        ("附件：分工", "link", FILE),
    ]
    assert relations(data) == [(FILE, URL, FILE), (FILE, OTHER, f"{FILE}?from=timeline")]


def test_each_text_of_an_article_has_its_own_attachments(tmp_path: Path) -> None:
    data = derived(
        tmp_path,
        [article(LINK), file()],
        [article('<a href="P03.pdf">新表.pdf</a>', text="各单位、各部门：")],
        in_every_order=True,
    )
    assert [(row[0], row[1], row[4]) for row in attachments(data)] == [
        (0, FILE, FILE),
        (0, f"{HOST}/tz/P03.pdf", None),
    ]
    assert relations(data) == [(FILE, URL, FILE)]


def test_the_same_text_with_another_file_keeps_both(tmp_path: Path) -> None:
    data = derived(tmp_path, [article(LINK)], [article('<a href="P04.pdf">任务表.pdf</a>')])
    assert [row[:2] for row in attachments(data)] == [(0, FILE), (1, f"{HOST}/tz/P04.pdf")]


def test_a_page_where_a_pdf_was_promised_is_no_document(tmp_path: Path) -> None:
    sorry = page("提示", "文件正在整理，请向办公室索取。")
    data = derived(
        tmp_path, [article(LINK)], [Answer(FILE, sorry, role=Role.ATTACHMENT, list_title="任务表")]
    )
    assert rows(data.corpus_db, "SELECT outcome FROM captures WHERE url = ?", FILE) == [
        ("attachment_is_html",)
    ]
    assert attachments(data)[0][-1] is None


def test_a_page_known_from_elsewhere_is_none_either(tmp_path: Path) -> None:
    known = article(LINK)
    again = Answer(FILE, known.body, role=Role.ATTACHMENT, list_title="任务表")
    data = derived(tmp_path, [known], [again])
    assert rows(data.corpus_db, "SELECT outcome FROM captures WHERE url = ?", FILE) == [
        ("attachment_is_html",)
    ]


NAMES = {
    "the page": (file(), ("任务表.pdf", '{"title": "list"}')),
    "the server": (
        file(FILE, None, (b"Content-Disposition", "attachment; filename=分工表.pdf".encode("gbk"))),
        ("分工表.pdf", '{"title": "file"}'),
    ),
    "its address": (file(FILE, None), ("P02.pdf", '{"title": "file"}')),
}


@pytest.mark.parametrize(
    ("answer", "expected"), [pytest.param(*case, id=name) for name, case in NAMES.items()]
)
def test_a_file_is_named_by(tmp_path: Path, answer: Answer, expected: tuple[str, str]) -> None:
    data = derived(tmp_path, [answer])
    assert rows(data.corpus_db, "SELECT title, metadata_sources FROM documents") == [expected]


def test_a_text_that_gives_a_title_names_itself(tmp_path: Path) -> None:
    saved = Answer(f"{HOST}/tz/P02.doc", page(TITLE, "各单位："), role=Role.ATTACHMENT, list_title="附件1")
    assert rows(derived(tmp_path, [saved]).corpus_db, "SELECT title FROM documents") == [(TITLE,)]


@pytest.mark.parametrize(
    ("listed", "named"),
    [
        pytest.param(Answer(FILE, PDF, list_title="任务表"), ("任务表", "list"), id="a file"),
        pytest.param(Answer(FILE, PDF), (None, None), id="a file without a name in its list"),
        pytest.param(Answer(URL, page("", "各单位："), list_title="任务表"), (None, None), id="a page"),
    ],
)
def test_only_a_file_is_named_by_its_list(
    tmp_path: Path, listed: Answer, named: tuple[str | None, str | None]
) -> None:
    data = derived(tmp_path, [listed])
    told = "SELECT title, json_extract(metadata_sources, '$.title') FROM documents"
    assert rows(data.corpus_db, told) == [named]


@pytest.mark.parametrize(
    ("target", "left"),
    [
        pytest.param(URL, [], id="the article"),
        pytest.param(FILE, [(None, FILE)], id="the file"),
        pytest.param(f"{HOST}/tz/P09.pdf", [("任务表.pdf", FILE)], id="something else"),
    ],
)
def test_what_is_suppressed_is_not_shown_by_what_it_is_attached_to(
    tmp_path: Path, target: str, left: list[tuple[str | None, str]]
) -> None:
    data = derived(tmp_path, [article(LINK), file()])
    entry = f"- {{url: '{target}', reason: 个人信息, date: 2026-02-03}}"
    (data.root / "suppressions.yaml").write_text(entry, "utf-8")
    publish(data, clock=lambda: START)
    assert rows(data.public_db, "SELECT name, url FROM attachments") == left


def test_a_hidden_passage_hides_the_names_in_it(tmp_path: Path) -> None:
    data = derived(tmp_path, [article(LINK), file()])
    [(passage,)] = rows(data.corpus_db, "SELECT id FROM sections WHERE instr(text, '任务表.pdf')")
    entry = f"- {{passage: '{passage}', reason: 个人信息, date: 2026-02-03}}"
    (data.root / "suppressions.yaml").write_text(entry, "utf-8")
    publish(data, clock=lambda: START)
    with closing(sqlite3.connect(data.public_db)) as db:
        assert "任务表.pdf" not in "\n".join(db.iterdump())
