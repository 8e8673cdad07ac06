"""What nights told, as kept and as pages show it: without what is the operator's or may not be shown."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from archive.corpus.store import reading
from archive.data_folder import DataDir
from archive.publish.copy import publish
from gongkai.cli import main
from gongkai.nights import kept_reports
from gongkai.nights.kept_reports import keep_report, kept_nights, load_reports, purge_reports, with_titles
from gongkai.nights.night_report import NamedDocument, NightReport
from gongkai.serving import datasette_app
from pipelines.errors import ExitCode
from tests.web.conftest import Site
from tests.web.test_reading import served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from archive.database import Database


def test_a_kept_report_has_the_titles_that_readers_may_see(swapped_data: DataDir) -> None:
    data = swapped_data
    site = Site(data, datasette_app(data))
    assert "还没有记录" in site.get("/-/nights").text
    [[document, title, url]] = site.get(
        "/gongkai.json", sql="select id, title, url from documents where title <> '' order by id limit 1"
    ).json()["rows"]
    report = NightReport(
        id="2026-02-01",
        night=dt.date(2026, 2, 1),
        started_at="2026-01-31T19:00:00.000000Z",
        ended_at="2026-01-31T20:00:00.000000Z",
        changes={"withdrawn": 1},
        withdrawn=(NamedDocument(document, url, title),),
        error="/srv/gongkai: a secret path",
    )
    keep_report(data, report, ())
    (data.root / "suppressions.yaml").write_text("[]", "utf-8")
    purge_reports(data)
    assert load_reports(data) == ([report], [])
    assert with_titles(report, data) == report
    listed, shown = site.get("/-/nights").text, site.get("/-/nights", night="2026-02-01").text
    assert "?night=2026-02-01" in listed
    assert title in shown
    assert "secret" not in listed + shown
    assert site.get("/-/nights", night="2026-02-02").status_code == 404
    hidden = f"- url: {url}\n  reason: 误公开\n  date: 2026-02-01\n"
    (data.root / "suppressions.yaml").write_text(hidden, "utf-8")
    assert with_titles(report, data).withdrawn == (NamedDocument(document, url),)
    assert document not in site.get("/-/nights", night="2026-02-01").text
    purge_reports(data)
    kept = "".join(path.read_text("utf-8") for path in (data.reports / "2026-02-01").iterdir())
    assert title not in kept
    assert url in kept


def test_no_title_is_taken_from_a_copy_that_one_which_hides_it_replaces_meanwhile(
    swapped_data: DataDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, night = swapped_data, dt.date(2026, 2, 1)
    with reading(data.public_db) as copy:
        document, title, url = copy.row("SELECT id, title, url FROM documents WHERE title <> '' ORDER BY id")
    named = NamedDocument(document, url, title)
    report = NightReport(id="2026-02-01", night=night, started_at="2026-01-31T19:00:00Z", withdrawn=(named,))
    assert with_titles(report, data) == report
    hidden = f"- url: {url}\n  reason: 误公开\n  date: 2026-02-01\n"
    (data.root / "suppressions.yaml").write_text(hidden, "utf-8")

    @contextlib.contextmanager
    def publish_meanwhile(path: Path) -> Iterator[Database]:
        with reading(path) as copy:
            assert copy.row("SELECT title FROM documents WHERE id = ?", document) == (title,)
            assert publish(data, clock=lambda: dt.datetime(2026, 2, 1, tzinfo=dt.UTC)).changed
            yield copy

    monkeypatch.setattr(kept_reports, "reading", publish_meanwhile)
    assert with_titles(report, data).withdrawn == (NamedDocument(document, url),)


def test_a_page_names_what_is_not_hidden_and_each_night_leads_to_its_report(tmp_path: Path) -> None:
    site = served(
        tmp_path,
        "UPDATE documents SET title = NULL, read_reason = 'suppressed' WHERE kind = 'policy'",
        "UPDATE documents SET title = NULL WHERE kind = 'task_plan'",
        "UPDATE changes SET kind = 'returned'",
    )
    rows = site.get("/gongkai.json", sql="select kind, id, url, title from documents").json()["rows"]
    named = {kind: NamedDocument(*values) for kind, *values in rows}
    [[night]] = site.get("/gongkai.json", sql="select max(night) from runs").json()["rows"]
    date = dt.date.fromisoformat(night)
    for number in (night, f"{night}-2", f"{night}-3"):
        report = NightReport(
            id=number, night=date, started_at=f"{night}T00:00:00Z", returned=tuple(named.values())
        )
        keep_report(site.data, report, ())
    (site.data.reports / f"{night}-2" / "report.json").write_bytes(b"{")
    page = site.get("/-/changes").text
    for number, links in ((night, 2), (f"{night}-2", 0), (f"{night}-3", 2)):
        assert page.count(f'href="/-/nights?night={number}"') == links
    told = site.get("/-/nights", night=night).text
    assert {kind for kind, it in named.items() if it.id in told} == named.keys() - {"policy"}


@pytest.mark.parametrize("torn", [b"{", b'{"id": "\xff"}', b'{"id": "2026-02-01"}'])
def test_a_torn_report_keeps_no_other_from_being_told_or_purged(swapped_data: DataDir, torn: bytes) -> None:
    data = swapped_data
    site = Site(data, datasette_app(data))
    [[document, title, url]] = site.get(
        "/gongkai.json", sql="select id, title, url from documents where title <> '' order by id limit 1"
    ).json()["rows"]
    for date in (dt.date(2026, 2, 1), dt.date(2026, 2, 2)):
        report = NightReport(
            id=date.isoformat(),
            night=date,
            started_at=f"{date}T19:00:00.000000Z",
            withdrawn=(NamedDocument(document, url, title),),
        )
        keep_report(data, report, ())
    path = data.reports / "2026-02-01" / "report.json"
    whole = path.read_bytes()
    path.write_bytes(torn)
    said = f"the kept report 2026-02-01 was left out: {path}: this is no report"
    listed = site.get("/-/nights").text
    assert "?night=2026-02-02" in listed
    assert "?night=2026-02-01" not in listed
    assert site.get("/-/nights", night="2026-02-01").status_code == 404
    (data.root / "suppressions.yaml").write_text(
        f"- {{url: {url}, reason: 误公开, date: 2026-02-01}}\n", "utf-8"
    )
    for _ in range(2):
        [left_out] = purge_reports(data)
        assert left_out.startswith(said)
    assert title not in (data.reports / "2026-02-02" / "report.json").read_text("utf-8")
    printed = CliRunner().invoke(main, ["--data", str(data.root), "report", "--since", "2026-02-01"])
    assert printed.exit_code == ExitCode.ATTENTION
    assert "night of 2026-02-02" in printed.stdout
    assert said in printed.stdout
    verified = CliRunner().invoke(main, ["--data", str(data.root), "verify"])
    assert f"not checked: {said}" in verified.stdout
    path.write_bytes(whole)
    assert purge_reports(data) == []
    assert title not in path.read_text("utf-8")


def test_nights_of_one_date_stand_in_the_order_in_which_they_began(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    nights = ["2026-01-31", "2026-02-01", "2026-02-01-2", "2026-02-01-10", "2026-02-02"]
    for night in reversed(nights):
        date = dt.date.fromisoformat(night[:10])
        keep_report(data, NightReport(id=night, night=date, started_at="2026-01-31T19:00:00Z"), ())
    (data.reports / "2026-02-03").mkdir()
    assert kept_nights(data) == nights
