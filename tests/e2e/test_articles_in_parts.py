"""A report that its portal serves in three pages, over several nights: one document, told as one."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
import zlib
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from archive.data_folder import DataDir
from archive.derivation import derive, rebuild
from archive.manifests.closing import close_night
from archive.manifests.proofs import check_proof, prove_published
from archive.manifests.signatures import Signing
from archive.publish.copy import publish
from archive.publish.shown_captures import shown_captures
from archive.wacz import export_wacz
from gongkai.serving import datasette_app
from gongkai.web.server.served import served_database
from tests.crawler.portal_server import PortalServer, Reply
from tests.crawler.quiet_portal import HOST, QuietPortal
from tests.e2e.content import all_hashes, rows
from tests.renditions.model import draw_report
from tests.renditions.to_html import to_html
from tests.web.conftest import Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

NAME = "t20210114_573"
FIRST_NIGHT = dt.date(2026, 5, 4)
REPORT = draw_report("form_2019", 7)


def render(changed: tuple[str, str] = ("  ", "  "), *, parts: int = 3) -> dict[str, Reply]:
    """Return the pages of the report by path: cut before its third and its fourth section.

    Args:
        changed: what stands in the place of what.
        parts: how many the pager counts.
    """
    markup = to_html(REPORT).decode().replace(*changed)
    head, _, body = markup.partition('<div class="TRS_Editor">\n')
    body, _, foot = body.rpartition("\n</div></body>")
    third, fourth = (body.index(f"<p><strong>{number}、") for number in "三四")
    pieces = (body[:third], body[third:fourth], body[fourth:])
    return {
        f"/a/{NAME}{f'_{number}' if number else ''}.html": Reply(
            f'{head}<div class="TRS_Editor">\n{piece}\n</div>'
            f'<script>createPageHTML({parts}, {number}, "{NAME}", "html");</script></body>{foot}'.encode(),
            etag=f'"{zlib.crc32(piece.encode())}"',
        )
        for number, piece in enumerate(pieces)
    }


class Report:
    """The report on its portal, and what is held of it."""

    def __init__(self, server: PortalServer, root: Path, revisit_days: int | None = 1) -> None:
        self.server = server
        self.data = DataDir(root)
        self.portal = QuietPortal(server, self.data, 0, revisit_days=revisit_days)
        self.portal.publish(f"/a/{NAME}.html", REPORT.title)
        self.night_no = 0
        self.show(render())

    def show(self, pages: dict[str, Reply]) -> None:
        self.server.replies |= pages

    def pass_night(self) -> list[str]:
        """Crawl and derive; return what of the report was asked for."""
        asked = self.crawl_night()
        derive(self.data)
        return asked

    def crawl_night(self) -> list[str]:
        asked = self.portal.asked(FIRST_NIGHT + dt.timedelta(days=self.night_no))
        self.night_no += 1
        return [path.removeprefix("/a/") for path in asked if path.startswith("/a/")]

    def select(self, sql: str) -> list[tuple[Any, ...]]:
        return rows(self.data.corpus_db, sql)

    @property
    def changes(self) -> list[str]:
        return [str(kind) for (kind,) in self.select("SELECT kind FROM changes ORDER BY observed_at")]

    @property
    def figures(self) -> dict[object, object]:
        """What the text that is current states of each cell of a statutory table."""
        return dict(
            self.select(
                "SELECT f.table_key || ifnull(f.block_key, '') || f.row_key || f.column_key, f.value "
                "FROM facts AS f JOIN documents AS d ON d.current_version_id = f.version_id"
            )
        )


@pytest.fixture
def server() -> Iterator[PortalServer]:
    with PortalServer({}) as server:
        yield server


@pytest.fixture
def report(server: PortalServer, tmp_path: Path) -> Report:
    return Report(server, tmp_path)


@pytest.mark.slow
def test_a_report_in_parts_is_told_as_one_document(report: Report) -> None:
    assert sorted(report.pass_night()) == [f"{NAME}.html", f"{NAME}_1.html", f"{NAME}_2.html"]
    check_places(report)
    check_evidence(report)
    before = report.figures
    # The same pages tell nothing on the next night, and are asked for without conditions.
    assert len(report.pass_night()) == 3
    assert report.changes == ["appeared"]
    figure = next(str(value) for key, value in before.items() if str(key).startswith("t4") and value)
    other = render((f"<p>{figure}</p>", "<p>9999</p>"))
    report.show({f"/a/{NAME}_2.html": other[f"/a/{NAME}_2.html"]})
    report.pass_night()
    assert report.changes == ["appeared", "changed"]
    changed = {str(key)[:2] for key, value in report.figures.items() if before[key] != value}
    assert changed == {"t4"}
    # A part that is gone stands as it was, as evidence too: nothing is withdrawn.
    del report.server.replies[f"/a/{NAME}_2.html"]
    figure = next(str(value) for key, value in before.items() if str(key).startswith("t3") and value)
    other = render((f"<p>{figure}</p>", "<p>8888</p>"))
    report.show({f"/a/{NAME}_1.html": other[f"/a/{NAME}_1.html"]})
    report.pass_night()
    assert report.changes == ["appeared", "changed", "changed"]
    assert report.select("SELECT status, read_reason FROM documents") == [("live", None)]
    check_evidence(report)
    # Once the pager counts one less it is gone from the document.
    report.show({path: page for path, page in render(parts=2).items() if not path.endswith("_2.html")})
    assert sorted(report.pass_night()) == [f"{NAME}.html", f"{NAME}_1.html"]
    assert report.changes == ["appeared", *["changed"] * 3]
    assert {str(key)[:2] for key in report.figures} == {"t2", "t3"}
    incremental = all_hashes(report.data.corpus_db)
    rebuild(report.data)
    assert all_hashes(report.data.corpus_db) == incremental
    for end in ("_2", ""):
        check_suppressed(report, end)


def check_places(report: Report) -> None:
    """One document; its passages and tables know their parts, and the captures of these their article."""
    article = f"http://{HOST}/a/{NAME}.html"
    stated = "SELECT url, title, read_state, read_reason FROM documents"
    assert report.select(stated) == [(article, REPORT.title, "read", None)]
    assert report.select("SELECT DISTINCT page FROM occurrences ORDER BY page") == [(1,), (2,), (3,)]
    places = "SELECT DISTINCT table_key, page FROM facts ORDER BY 1"
    assert report.select(places) == [("t2", 1), ("t3", 2), ("t4", 3)]
    captures = (
        "SELECT c.url, c.outcome, p.url, d.url FROM captures AS c "
        "JOIN captures AS p ON p.id = c.parent_capture_id "
        "JOIN documents AS d ON d.id = c.document_id WHERE c.role = 'part' ORDER BY c.url"
    )
    assert report.select(captures) == [
        (f"http://{HOST}/a/{NAME}_{number}.html", "ok", article, article) for number in (1, 2)
    ]


def check_evidence(report: Report) -> None:
    """A figure of the last part is proved by the records of all, and shown where it stands in their text."""
    at = dt.datetime(2026, 5, 3 + report.night_no, 18, tzinfo=dt.UTC)
    close_night(report.data, Signing(), clock=lambda: at)
    publish(report.data, clock=lambda: at)
    wanted = (
        "SELECT f.id, f.raw, v.capture_id FROM facts AS f JOIN versions AS v ON v.id = f.version_id "
        "JOIN documents AS d ON d.current_version_id = v.id "
        "WHERE f.table_key = 't4' AND f.raw NOT IN ('', '0') LIMIT 1"
    )
    [(fact, raw, capture)] = report.select(wanted)
    proved = [check_proof(proof).url for proof in prove_published(report.data, str(fact))]
    assert sorted(map(str, proved)) == [f"http://{HOST}/a/{NAME}{end}.html" for end in ("", "_1", "_2")]
    wacz = report.data.root / f"{report.night_no}.wacz"
    exported = export_wacz(report.data, "SELECT ?", (capture,), wacz, title="一份年报", clock=lambda: at)
    assert exported.captures == 3
    site = Site(report.data, datasette_app(report.data))
    page = site.get(f"/-/proof/{fact}").text
    served_database(site.app).close()
    read_again = page.partition("刚从存档重新读出")[2]
    assert "第 3 页" in read_again.partition("<table")[0]
    assert f">{raw}<" in read_again


def check_suppressed(report: Report, end: str) -> None:
    """By the address of any of its parts all of it is hidden and withheld, also by one that is gone since."""
    entry = {"url": f"https://{HOST}/a/{NAME}{end}.html", "reason": "个人信息", "date": "2026-05-05"}
    (report.data.root / "suppressions.yaml").write_text(
        f"- {json.dumps(entry, ensure_ascii=False)}\n", "utf-8"
    )
    publish(report.data, clock=lambda: dt.datetime(2026, 5, 12, tzinfo=dt.UTC))
    with shown_captures(report.data) as db:
        shown = db.execute(
            "SELECT role FROM captures WHERE role IN ('article', 'part') "
            "AND id NOT IN (SELECT id FROM withheld)"
        ).fetchall()
        texts = [db.execute(f"SELECT count(*) FROM {name}").fetchone() for name in ("sections", "facts")]  # noqa: S608
        hidden = db.execute("SELECT title, read_reason FROM documents").fetchall()
    assert (shown, texts, hidden) == ([], [(0,), (0,)], [(None, "suppressed")])


@pytest.mark.slow
def test_checks_wait_until_all_parts_are_there(server: PortalServer, tmp_path: Path) -> None:
    report = Report(server, tmp_path, revisit_days=None)
    last = report.server.replies[f"/a/{NAME}_2.html"]
    report.show({f"/a/{NAME}_2.html": Reply(last.body, drop=True)})
    report.pass_night()
    [(state, reason)] = report.select("SELECT read_state, read_reason FROM documents")
    assert (state, str(reason).partition(":")[0]) == ("read", "part_missing")
    assert report.select("SELECT count(*) FROM checks") == [(0,)]
    assert report.figures, "what is there is read all the same"
    assert report.select("SELECT DISTINCT unranked FROM rates_by_report") == [("part_missing",)]
    page = read_issuer_page(report)
    assert "不全" in page
    assert "无此" not in page, "what is missing may hold the table"
    report.show({f"/a/{NAME}_2.html": last})
    assert f"{NAME}_2.html" in report.pass_night(), "asked for on the very next night"
    assert report.select("SELECT read_reason FROM documents") == [(None,)]
    assert report.changes == ["appeared"], "what was missing is nothing that the portal changed"
    assert report.select("SELECT count(*) > 0 FROM checks") == [(1,)]
    assert [len(report.crawl_night()) for _ in range(2)] == [0, 0], "whole, it rests like any other"


def read_issuer_page(report: Report) -> str:
    publish(report.data, clock=lambda: dt.datetime(2026, 5, 4, 18, tzinfo=dt.UTC))
    site = Site(report.data, datasette_app(report.data))
    [(issuer,)] = report.select("SELECT issuer_id FROM documents")
    page = site.get(f"/gongkai/issuers/{issuer}").text
    served_database(site.app).close()
    return page


@pytest.mark.slow
def test_a_part_that_is_gone_for_good_is_asked_for_when_its_article_is(
    server: PortalServer, tmp_path: Path
) -> None:
    report = Report(server, tmp_path, revisit_days=None)
    del server.replies[f"/a/{NAME}_2.html"]
    report.pass_night()
    [(reason,)] = report.select("SELECT read_reason FROM documents")
    assert str(reason).startswith("part_missing")
    assert [len(report.crawl_night()) for _ in range(2)] == [0, 0]
    report.night_no = 31
    assert len(report.crawl_night()) == 3


@pytest.mark.slow
def test_an_article_held_from_before_parts_were_known_is_asked_for_in_full(
    server: PortalServer, tmp_path: Path
) -> None:
    report = Report(server, tmp_path, revisit_days=None)
    report.show({path: Reply(page.body, drop=True) for path, page in render().items() if "_57" in path})
    report.show({f"/a/{NAME}.html": render()[f"/a/{NAME}.html"]})
    report.pass_night()
    with closing(sqlite3.connect(report.data.crawl_db)) as crawl:
        # As the layout before left it: the first page rests, and would answer that it is unchanged.
        crawl.executescript(
            "DROP TABLE parts; UPDATE targets SET due_on = '2026-06-01'; PRAGMA user_version = 8"
        )
    report.show(render())
    assert len(report.pass_night()) == 3
    assert report.select("SELECT read_reason FROM documents") == [(None,)]
