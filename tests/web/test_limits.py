"""What a stranger may ask of the server, and what it costs."""

from __future__ import annotations

import resource
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import datasette
import httpx
import pytest

from archive.paths import DataDir
from gongkai.serving import NothingToServe, datasette_app, serve_command
from gongkai.web.limits import OldSearchIndex
from tests.web.conftest import Site

ROOT = Path(__file__).resolve().parent.parent.parent

HEAVY = {
    "one long value": "select zeroblob(900000000)",
    "many values in a column": "with recursive n(x) as (select 1 union all select x + 1 from n limit 1000)"
    " select zeroblob(990000) from n",
    "many values in a row": "select " + ", ".join(["zeroblob(990000)"] * 59),
    "too many columns": "select " + ", ".join(["1"] * 500),
    "text": "select replace(hex(zeroblob(400000)), '0', 'ab')",
}


@pytest.mark.parametrize("sql", HEAVY.values(), ids=HEAVY.keys())
def test_a_heavy_answer_is_refused_quickly(site: Site, sql: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    answer = site.get("/gongkai.json", sql=sql)
    assert answer.status_code == 400
    assert time.monotonic() - began < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000  # kB


def test_heavy_answers_fit_a_server_with_little_memory(server: str) -> None:
    for sql in HEAVY.values():
        assert httpx.get(f"{server}/gongkai.json", params={"sql": sql}, timeout=30).status_code == 400
    assert httpx.get(f"{server}/gongkai/documents.json").status_code == 200


@pytest.mark.parametrize(
    ("sql", "status"),
    [
        pytest.param(
            "with recursive n(x) as (select 1 union all select x + 1 from n) select count(*) from n",
            400,
            id="endless",
        ),
        pytest.param("attach 'x' as y", 400, id="attach"),
        pytest.param("pragma database_list", 400, id="pragma"),
        pytest.param("select load_extension('x')", 400, id="extension"),
        pytest.param("delete from documents", 400, id="delete"),
        pytest.param("select 1", 200, id="harmless"),
        pytest.param("select text from versions", 200, id="real texts"),
    ],
)
def test_sql_reads_and_no_more(site: Site, sql: str, status: int) -> None:
    assert site.get("/gongkai.json", sql=sql).status_code == status


@pytest.mark.parametrize(
    "path",
    [
        "/-/databases.json",
        "/gongkai.json?sql=select+*+from+pragma_database_list",
        "/-/metadata.json",
        "/-/plugins.json",
        "/-/settings.json",
        "/-/versions.json",
        "/",
        "/gongkai",
    ],
)
def test_no_path_of_this_machine_is_told(site: Site, path: str) -> None:
    text = site.get(path).text
    assert str(site.data.root) not in text
    assert str(ROOT) not in text


@pytest.mark.parametrize(
    "path", ["/", "/gongkai/documents", "/gongkai.json?sql=select+1", "/nowhere", "/static/gongkai.css"]
)
def test_every_answer_carries_the_headers(site: Site, path: str) -> None:
    headers = site.get(path).headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "script-src" not in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"


def test_pages_hold_nothing_that_their_policy_forbids(site: Site) -> None:
    for path in (
        "/",
        "/gongkai",
        "/gongkai/documents",
        "/gongkai/sections?_search=公",
        "/gongkai/search?q=公",
        "/gongkai?sql=select+1",
    ):
        text = site.get(path).text
        assert "<script" not in text
        assert "<style" not in text
        assert " style=" not in text
        assert " onclick=" not in text


def test_the_database_is_no_download(site: Site) -> None:
    assert site.get("/gongkai.db").status_code in {403, 404}


def test_the_library_is_imported_and_our_folder_is_no_package() -> None:
    assert not (ROOT / "datasette" / "__init__.py").exists()
    assert not (ROOT / "datasette" / "plugins" / "__init__.py").exists()
    assert "site-packages" in datasette.__file__
    command = [sys.executable, "-c", "import datasette; print(datasette.__file__)"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "site-packages" in told.stdout


def test_nothing_published_is_said(tmp_path: Path) -> None:
    for start in (serve_command, datasette_app):
        with pytest.raises(NothingToServe, match="gongkai publish"):
            start(DataDir(tmp_path))


def test_settings_reach_the_command_line(data: DataDir) -> None:
    command = serve_command(data, host="127.0.0.1", port=0)
    pairs = {command[at + 1]: command[at + 2] for at, word in enumerate(command) if word == "--setting"}
    assert (pairs["suggest_facets"], pairs["allow_download"], pairs["default_allow_sql"]) == ("0", "0", "1")


def test_a_copy_of_another_search_form_is_refused(swapped_data: DataDir) -> None:
    swapped_data.public_db.resolve().chmod(0o644)
    with closing(sqlite3.connect(swapped_data.public_db)) as db, db:
        db.execute("UPDATE publication SET value = '0' WHERE key = 'search_form'")
    with pytest.raises(OldSearchIndex, match="gongkai publish"):
        Site(swapped_data, datasette_app(swapped_data)).get("/gongkai/sections")
