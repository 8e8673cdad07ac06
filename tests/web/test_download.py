"""The page of downloads, and which files of a snapshot are sent."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import html
import json
import re
import shutil
from typing import TYPE_CHECKING

import pytest
from jinja2.filters import do_filesizeformat

from archive.data_folder import DataDir
from archive.snapshot.write import write_snapshot
from gongkai.serving import datasette_app
from gongkai.web.pages.site_pages import read_snapshots
from tests.web.conftest import Site, publish_sample

if TYPE_CHECKING:
    from pathlib import Path

OLD, NEW = dt.date(2026, 1, 30), dt.date(2026, 1, 31)


PLANTED = ("stray.csv", "linked.csv")


@pytest.fixture(scope="module")
def one_night(tmp_path_factory: pytest.TempPathFactory, data: DataDir) -> DataDir:
    """A snapshot of the sample corpus, and a later copy; to be copied."""
    root = tmp_path_factory.mktemp("one") / "data"
    later = DataDir(shutil.copytree(data.root, root, symlinks=True))
    write_snapshot(later, night=OLD)
    publish_sample(later, "后来的一段。")
    return later


def _two_nights(one_night: DataDir, root: Path, *, is_asked: bool) -> Site:
    """Write a snapshot of the later copy, and serve it."""
    data = DataDir(shutil.copytree(one_night.root, root, symlinks=True))
    write_snapshot(data, night=NEW, is_asked=is_asked)
    return Site(data, datasette_app(data))


@pytest.fixture(scope="module")
def two_nights(tmp_path_factory: pytest.TempPathFactory, one_night: DataDir) -> Site:
    """Two snapshots; in the newer folder a file that its list has not, and a link that it has."""
    site = _two_nights(one_night, tmp_path_factory.mktemp("two") / "data", is_asked=True)
    data = site.data
    folder = data.snapshots / NEW.isoformat()
    (folder / "stray.csv").write_text("x", "utf-8")
    (folder / "linked.csv").symlink_to(data.corpus_db)
    sums = folder / "SHA256SUMS"
    sums.write_text(sums.read_text("utf-8") + "0" * 64 + "  linked.csv\n", "utf-8")
    return site


def test_the_page_offers_the_snapshot_of_what_it_shows(two_nights: Site) -> None:
    """Rows, files and size are those on disk; the older one is listed with its digest and not sent."""
    page = two_nights.get("/-/download").text
    folder = two_nights.data.snapshots / NEW.isoformat()
    package = json.loads((folder / "datapackage.json").read_text("utf-8"))
    tables = [folder / each["path"] for each in package["resources"]]
    rows = sum(each["rows"] for each in package["resources"])
    size = do_filesizeformat(sum(path.stat().st_size for path in tables))
    assert f"{rows:,} 行，{len(tables)} 个 CSV 文件，{size}" in page
    for night in (OLD, NEW):
        sums = (two_nights.data.snapshots / night.isoformat() / "SHA256SUMS").read_bytes()
        assert hashlib.sha256(sums).hexdigest() in page
    assert f'/-/snapshots/{NEW}/SHA256SUMS"' in page
    assert f"/-/snapshots/{OLD}/" not in page


def test_every_file_of_it_is_sent_as_it_is(two_nights: Site) -> None:
    folder = two_nights.data.snapshots / NEW.isoformat()
    for path in (path for path in folder.rglob("*") if path.is_file() and path.name not in PLANTED):
        name = str(path.relative_to(folder))
        answer = two_nights.get(f"/-/snapshots/{NEW}/{name}")
        assert answer.content == path.read_bytes(), name
        saved_as = f"gongkai_{NEW}_{name.replace('/', '_')}"
        assert answer.headers["content-disposition"] == f'attachment; filename="{saved_as}"'
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_nothing_else_is_sent(two_nights: Site) -> None:
    """An older copy may hold what was suppressed since; what the list has not was put there by someone."""
    for path in (
        f"{OLD}/documents.csv",
        f"{OLD}/SHA256SUMS",
        f"{NEW}/stray.csv",
        f"{NEW}/linked.csv",
        f"{NEW}/..%2F{NEW}%2Fdocuments.csv",
        f"{NEW}/%2e%2e/%2e%2e/corpus.db",
        "2026-01-29/documents.csv",
        "../corpus.db",
    ):
        answer = two_nights.get(f"/-/snapshots/{path}")
        assert answer.status_code in {302, 404}, path
        assert str(two_nights.data.root) not in answer.text


def test_a_full_set_is_offered_with_the_changes_since(one_night: DataDir, tmp_path: Path) -> None:
    """Neither shows what the copy hides: what did has gone when the newer was written."""
    site = _two_nights(one_night, tmp_path / "data", is_asked=False)
    page = site.get("/-/download").text
    links = re.findall(rf'"(/-/snapshots/(?:{OLD}|{NEW})/[^"]+)"', page)
    assert f"/-/snapshots/{OLD}/documents.parquet" in links
    assert f"/-/snapshots/{NEW}/changes/sections.csv" in links
    assert {site.get(link).status_code for link in links} == {200}
    assert f"/-/snapshots/{NEW}/documents.csv" not in links


def test_changes_without_the_full_set_that_they_follow_are_listed_and_not_sent(
    one_night: DataDir, tmp_path: Path
) -> None:
    site = _two_nights(one_night, tmp_path / "data", is_asked=False)
    shutil.rmtree(site.data.snapshots / OLD.isoformat())
    page = site.get("/-/download")
    assert page.status_code == 200
    assert NEW.isoformat() in page.text
    assert site.get(f"/-/snapshots/{NEW}/changes/sections.csv").status_code == 404


def test_what_is_published_anew_takes_the_snapshot_away(two_nights: Site, tmp_path: Path) -> None:
    """Until the next snapshot the page says that there is none of the data shown."""
    data = DataDir(shutil.copytree(two_nights.data.root, tmp_path / "data", symlinks=True))
    site = Site(data, datasette_app(data))
    assert site.get(f"/-/snapshots/{NEW}/documents.csv").status_code == 200
    publish_sample(data, "更后来的一段。")
    assert site.get(f"/-/snapshots/{NEW}/documents.csv").status_code == 404
    assert "正在展示的数据还没有快照" in site.get("/-/download").text


def test_every_table_is_listed_with_its_rows_and_its_files(site: Site) -> None:
    page = html.unescape(site.get("/-/download").text)
    tables = re.findall(r"<code>([a-z_]+)</code></span></th><td[^>]*>([\d,]+|<span)", page)
    counted = {name: rows.replace(",", "") for name, rows in tables}
    assert {"documents", "sections", "facts", "check_failures", "coverage"} <= counted.keys()
    for name, rows in counted.items():
        if rows != "<span":
            answer = site.get(f"/gongkai/{name}.json", _size="1").json()
            assert int(rows) == answer["filtered_table_rows_count"], name
        for form in ("csv", "excel.csv", "json"):
            assert f'/-/export/{name}.{form}"' in page


def test_views_are_counted_too(site: Site) -> None:
    page = site.get("/-/download").text
    assert "未计数" not in page
    rows = site.get("/-/export/primary_reports.csv").headers["x-expected-rows"]
    assert int(rows)
    assert f"{rows}</td>" in page.partition("<code>primary_reports</code>")[2].partition("</tr>")[0]
    # The size of the database is that of its tables: a view shows their rows again.
    database = site.app.databases["gongkai"]
    counts = asyncio.run(database.table_counts())
    shown = [name for name in counts if f"<code>{name}</code>" in page]
    assert f"{sum(counts[name] for name in shown):,} 行，数据库" in page


@pytest.mark.parametrize(("language", "blank"), [("zh", "空"), ("en", "blank")])
def test_it_says_what_the_files_for_excel_alter_and_what_states_mean(
    site: Site, language: str, blank: str
) -> None:
    """A note beside the file, for Excel shows what is not stated like an empty text."""
    page = site.get("/-/download", lang=language).text
    assert 'href="#excel"' in page
    note = page.partition('<h2 id="excel">')[2].partition("<h2")[0]
    assert "32,767" in note
    assert "<code>replaced=</code>" in note
    assert f"<li><code>blank</code> {blank}</li>" in note
    assert note.count("<li><code>") == 8


def test_without_a_snapshot_the_page_says_so_in_both_languages(site: Site) -> None:
    assert "还没有快照。" in site.get("/-/download").text
    assert "There is no snapshot yet." in site.get("/-/download", lang="en").text


def test_a_snapshot_that_is_not_whole_is_left_out(two_nights: Site, tmp_path: Path) -> None:
    folder = tmp_path / "snapshots"
    shutil.copytree(two_nights.data.snapshots, folder)
    (folder / OLD.isoformat() / "SHA256SUMS").unlink()
    (folder / "notes").mkdir()
    assert [each["night"] for each in read_snapshots(folder, "")] == [NEW.isoformat()]
