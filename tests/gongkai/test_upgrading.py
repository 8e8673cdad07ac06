"""Archives of every earlier schema: served as they are, upgraded by one command, and gone on with.

`fixtures/earlier_archives.tar.xz` holds a data directory for each schema that ever stood, made by its own
code with `demo --documents`: CORPUS-CRAWL-SEARCH, the versions of corpus, `crawl.db` and search. Each has two
documents.
"""

from __future__ import annotations

import json
import sqlite3
import tarfile
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from archive.clock import clock_from
from archive.corpus.store import SCHEMA_VERSION as CORPUS_SCHEMA
from archive.data_folder import DataDir
from archive.frontier.state import SCHEMA_VERSION as CRAWL_LAYOUT
from archive.layouts import find_other_layouts
from gongkai.cli import main
from gongkai.nights.night_record import open_nights
from gongkai.serving import datasette_app
from tests.conftest import ROOT
from tests.soak import SOAK, series
from tests.web.conftest import Site

if TYPE_CHECKING:
    from pathlib import Path

ARCHIVES = ROOT / "tests" / "gongkai" / "fixtures" / "earlier_archives.tar.xz"
LAYOUTS = (
    *("1-1-1", "2-1-1", "3-1-1", "4-1-1", "5-1-1", "7-4-1", "7-4-2", "8-4-2"),
    *("8-5-2", "9-5-2", "10-6-2", "11-6-2", "11-6-3", "12-6-3", "12-7-3"),
    "13-8-3",
    "14-9-3",
    "15-10-3",
    "15-11-3",
)
SOME = LAYOUTS if SOAK else LAYOUTS[::6]
DOCUMENTS = "/gongkai/documents.json?_shape=array&_col=id&_col=title&_col=url"


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("earlier")
    with tarfile.open(ARCHIVES) as packed:
        wanted = [member for member in packed if member.name.split("/")[1:2] in [[name] for name in SOME]]
        packed.extractall(folder, wanted, filter="data")
    return folder


def _archive(archives: Path, name: str) -> DataDir:
    return DataDir(archives / name)


def _run(data: DataDir, *arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, ["--data", str(data.root), *arguments])
    return done.exit_code, done.stdout, done.stderr


def _ids(site: Site) -> list[tuple[str, str, str]]:
    return sorted((row["id"], row["title"], row["url"]) for row in site.get(DOCUMENTS).json())


@series
@pytest.mark.slow
@pytest.mark.parametrize("name", SOME)
def test_readers_keep_the_copy_of_an_earlier_schema_until_the_upgrade_is_done(
    archives: Path, name: str
) -> None:
    data = _archive(archives, name)
    layouts = find_other_layouts(data)
    assert layouts
    site = Site(data, datasette_app(data))
    held = _ids(site)
    assert (len(held), site.get("/-/health").json()["current"]) == (2, False)
    for path in (
        "/",
        "/gongkai",
        "/gongkai/documents",
        f"/gongkai/documents/{held[0][0]}",
        "/-/search?q=公开",
    ):
        assert site.get(path).status_code in {200, 503}, path
    for verb in ("status", "snapshot", "prove x", "export-wacz --portal x out.wacz", "replay"):
        code, _, err = _run(data, *verb.split())
        assert (code, "Run gongkai upgrade" in err) == (3, True), verb

    code, out, err = _run(data, "upgrade", "--json")
    assert code == 0, err
    assert json.loads(out)["before"] == list(layouts.values())
    assert find_other_layouts(data) == {}
    assert _ids(site) == held
    assert site.get("/-/health").json()["current"]
    for path in ("/", f"/gongkai/documents/{held[0][0]}", "/-/search?q=公开"):
        assert site.get(path).status_code == 200, path
    assert _run(data, "upgrade")[1].startswith("nothing is of another version")
    with closing(sqlite3.connect(data.corpus_db)) as corpus, closing(sqlite3.connect(data.crawl_db)) as crawl:
        assert corpus.execute("SELECT DISTINCT kind FROM changes").fetchall() == [("appeared",)]
        assert corpus.execute("SELECT count(*) FROM facts WHERE state = 'number'").fetchone()[0] > 50
        urls = {url for (url,) in crawl.execute("SELECT url FROM visits")}
        assert {url for _, _, url in held} <= urls


@pytest.fixture
def oldest(tmp_path: Path) -> DataDir:
    with tarfile.open(ARCHIVES) as packed:
        packed.extractall(tmp_path, [it for it in packed if it.name.startswith("./1-1-1/")], filter="data")
    return DataDir(tmp_path / "1-1-1")


@pytest.mark.slow
def test_a_night_goes_on_from_the_first_schema_by_itself(oldest: DataDir, tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "new.txt").write_text("某市人民政府2021年政府信息公开工作年度报告\n一、总体情况\n", "utf-8")
    code, out, err = _run(oldest, "demo", "--documents", str(folder), "--no-serve")
    assert (code, "published  new copy" in out) == (0, True), err
    assert find_other_layouts(oldest) == {}


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["publish", "upgrade"])
def test_a_gate_that_refuses_an_upgrade_can_be_overruled_and_that_is_noted(
    oldest: DataDir, verb: str
) -> None:
    served = oldest.public_db.resolve()
    served.chmod(0o644)
    with closing(sqlite3.connect(served)) as db, db:
        others = "url, fetched_at, record_type, role, warc_file, warc_length, outcome"
        for number in range(6, 12):
            db.execute(
                f"INSERT INTO captures (id, warc_offset, {others})"  # noqa: S608  names of columns
                f" SELECT id || {number}, warc_offset + 1e{number}, {others} FROM captures"
            )
    assert _run(oldest, "upgrade")[0] == 5
    assert oldest.public_db.resolve() == served
    code, out, _ = _run(oldest, verb, "--force")
    assert (code, "overruled: shrink: " in out) == (0, True)
    assert find_other_layouts(oldest) == {}
    with open_nights(oldest, clock_from(None)) as nights:
        [noted] = nights.untold_overruled()
    assert " shrink: " in noted


def test_a_later_version_is_said_too_and_a_damaged_file_is_not_taken_for_one(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    data.corpus_db.write_bytes(b"no database")
    with closing(sqlite3.connect(data.crawl_db)) as crawl:
        crawl.execute("CREATE TABLE runs (id)")
        crawl.execute("PRAGMA user_version = 99")
    assert find_other_layouts(data) == {
        data.crawl_db: f"crawl.db is of version 99, this gongkai has {CRAWL_LAYOUT}"
    }


def test_the_archives_hold_every_earlier_schema() -> None:
    held = {int(name.split("-")[0]) for name in LAYOUTS}
    # What came before 7 on the way from 5 was never more than a step of one change.
    assert {*range(1, int(CORPUS_SCHEMA))} - held <= {6}
    assert {int(name.split("-")[1]) for name in LAYOUTS} | {2, 3, CRAWL_LAYOUT} == {
        *range(1, CRAWL_LAYOUT + 1)
    }
