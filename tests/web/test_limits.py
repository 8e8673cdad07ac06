"""What a stranger may ask of the server, and what it costs."""

from __future__ import annotations

import asyncio
import re
import resource
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from itertools import cycle, islice
from pathlib import Path
from urllib.robotparser import RobotFileParser

import datasette
import httpx
import pytest

from archive.data_folder import DataDir
from gongkai.serving import HOST, NothingToServe, datasette_app, serve_command
from tests.pace import slowness
from tests.soak import SOAK, series
from tests.web.conftest import OWN_SCRIPT, Site

ROOT = Path(__file__).resolve().parent.parent.parent

NUMBERS = "with recursive n(x) as (select 1 union all select x + 1 from n limit 1000000)"

HEAVY = {
    "one long value": "select zeroblob(900000000)",
    "many values in a column": "with recursive n(x) as (select 1 union all select x + 1 from n limit 1000)"
    " select zeroblob(990000) from n",
    "many values in a row": "select " + ", ".join(["zeroblob(990000)"] * 59),
    "too many columns": "select " + ", ".join(["1"] * 500),
    "text": "select replace(hex(zeroblob(400000)), '0', 'ab')",
    "random": "select randomblob(900000000)",
    "printed": "select printf('%.*c', 900000000, 'x')",
    "many printed": "select " + ", ".join(["printf('%900000000d', 1)"] * 50),
    "hexadecimal": "select hex(zeroblob(900000))",
    "joined": f"{NUMBERS} select group_concat(hex(randomblob(50000))) from n",  # noqa: S608  ours
    "json of many": f"{NUMBERS} select json_group_array(hex(randomblob(1000))) from n",  # noqa: S608  ours
    "json object": f"{NUMBERS} select json_group_object(x, hex(randomblob(1000))) from n",  # noqa: S608  ours
    "replaced thrice": "select replace(replace(replace(hex(zeroblob(9000)), '0',"
    " '00000000'), '0', '00000000'), '0', '00000000')",
    "pattern": "select hex(zeroblob(400000)) like '%' || hex(zeroblob(100000)) || 'b'",
    "glob": "select hex(zeroblob(400000)) glob '*" + "0*" * 2000 + "b'",
    "spaced": "select index_tokens(hex(zeroblob(490000)))",
    "nested json": "select " + "json_array(" * 999 + "1" + ")" * 999,
    "many tables": "select * from " + ", ".join(f"documents as d{n}" for n in range(60)),  # noqa: S608  ours
}

ENDLESS = {
    "counting": "with recursive n(x) as (select 1 union all select x + 1 from n) select count(*) from n",
    "distinct": f"{NUMBERS} select count(distinct randomblob(50000)) from n",  # noqa: S608  ours
    "sorted": f"{NUMBERS} select count(*) from (select randomblob(90000) from n order by 1)",  # noqa: S608  ours
    "product": "select count(*) from occurrences a, occurrences b, occurrences c",
}
"""Queries that the time limit stops."""

LONG_TEXT = "with t(x) as materialized (select replace(hex(zeroblob(495000)), '0', 'a'))"
PATTERN = f"'%{'a' * 490}b'"
STEPLESS = {
    "patterns": f"{LONG_TEXT} select {' + '.join([f'(x like {PATTERN})'] * 40)} from t",  # noqa: S608  ours
    "globs": f"{LONG_TEXT} select {' + '.join([f'(x glob {PATTERN})'] * 40)} from t",  # noqa: S608  ours
    "a pattern for each row": f"{LONG_TEXT}, n(x) as (select id from facts union all select id from sections)"  # noqa: S608
    f" select count(*) from n, t where t.x || n.x like {PATTERN}",
    "tokens": f"{LONG_TEXT} select {' + '.join(['length(index_tokens(substr(x, 9, 300000)))'] * 900)} from t",  # noqa: S608
    "trimmed": f"{LONG_TEXT} select {' + '.join(['length(trim(x, x))'] * 900)} from t",  # noqa: S608  ours
}
"""Queries whose time is spent where SQLite does not look at the clock by itself."""

QUICK = {
    "found in a long text": "select instr(replace(hex(zeroblob(300000)), '0', 'a'),"
    " replace(hex(zeroblob(150000)), '0', 'a') || 'b')",
    "trimmed of many": "select length(trim(hex(zeroblob(300000)), hex(zeroblob(10000)) || 'x'))",
}
"""Queries that in plain SQLite hold a thread for many seconds, in one step."""


@pytest.mark.parametrize("sql", HEAVY.values(), ids=HEAVY.keys())
def test_a_heavy_answer_is_refused_quickly(site: Site, sql: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    site.get("/")
    began = time.process_time()
    answer = site.get("/gongkai.json", sql=sql)
    assert answer.status_code == 400
    assert time.process_time() - began < 2 * slowness()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000  # kB


@pytest.mark.parametrize("sql", STEPLESS.values(), ids=STEPLESS.keys())
def test_what_the_clock_does_not_see_ends(site: Site, sql: str) -> None:
    site.get("/")
    began = time.process_time()
    assert site.get("/gongkai.json", sql=sql).status_code == 400
    assert time.process_time() - began < 15 * slowness()


@pytest.mark.parametrize("sql", QUICK.values(), ids=QUICK.keys())
def test_what_cannot_be_stopped_takes_a_moment(site: Site, sql: str) -> None:
    site.get("/")
    began = time.process_time()
    assert site.get("/gongkai.json", sql=sql).status_code == 200
    assert time.process_time() - began < 2 * slowness()


def test_heavy_answers_fit_a_server_with_little_memory(server: str) -> None:
    for sql in HEAVY.values():
        assert httpx.get(f"{server}/gongkai.json", params={"sql": sql}, timeout=30).status_code == 400
    assert httpx.get(f"{server}/gongkai/documents.json").status_code == 200


@series
def test_fifty_heavy_questions_at_once_leave_the_site_standing(server: str) -> None:
    """In `make test` half of them, with each of its kind once."""
    questions = 50 if SOAK else 25
    mixed = list(islice(cycle([*HEAVY.values(), *ENDLESS.values(), *QUICK.values()]), questions))

    def ask(sql: str) -> int:
        return httpx.get(f"{server}/gongkai.json", params={"sql": sql}, timeout=60).status_code

    with ThreadPoolExecutor(questions) as readers:
        statuses = list(readers.map(ask, mixed))
    assert set(statuses) <= {200, 400}
    assert statuses.count(400) > 0.8 * questions
    front = httpx.get(server, timeout=30)
    assert front.status_code == 200
    assert front.elapsed.total_seconds() < 5


def test_a_facet_of_large_values_is_not_counted(site: Site) -> None:
    columns = site.get("/gongkai/facts.json", _size="1").json()["columns"]
    values = ["hex(randomblob(150000))" if name == "id" else "1" for name in columns]
    where = f"0 union all select {', '.join(values)}"
    page = site.get("/gongkai/facts", _facet="id", _where=where, _nocount="1").text
    assert re.search(r'<p class="note">[^<]*来不及统计：[^<]*编号', page)
    assert len(page) < 1_000_000


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        pytest.param("_facet=kind&_x=", 200, id="facets"),
        pytest.param("_facet=kind&_x=" + "x" * 8_000, 400, id="facets of a long address"),
        pytest.param("_facet_size=max&_x=" + "x" * 500, 200, id="all values"),
        pytest.param("_facet_size=max&_x=" + "x" * 1_000, 400, id="all values of a long address"),
        pytest.param("_x=" + "x" * 8_000, 200, id="no facets"),
    ],
)
def test_links_of_facets_stay_few_times_their_length(site: Site, arguments: str, status: int) -> None:
    assert site.get(f"/gongkai/documents?{arguments}").status_code == status


@pytest.mark.parametrize(("host", "status"), [("a" * 255, 200), ("a" * 256, 400), ("[::1]:8001", 200)])
def test_a_name_of_a_host_has_an_end(site: Site, host: str, status: int) -> None:
    async def ask() -> httpx.Response:
        answer: httpx.Response = await site.app.client.get("/gongkai/documents", headers={"Host": host})
        return answer

    assert asyncio.run(ask()).status_code == status


@pytest.mark.parametrize("form", ["csv", "json", "excel.csv", "xlsx"])
def test_an_export_of_a_heavy_value_is_refused_or_ends_in_saying_so(site: Site, form: str) -> None:
    assert site.get(f"/-/export.{form}", sql=HEAVY["one long value"]).status_code == 400


def test_the_first_request_of_all_may_be_refused(data: DataDir) -> None:
    site = Site(data, datasette_app(data))
    for _ in range(2):
        answer = site.get("/gongkai.db")
        assert answer.status_code == 403
        assert '<html lang="zh-Hans">' in answer.text


def test_only_reading_is_answered(site: Site) -> None:
    async def ask(method: str) -> httpx.Response:
        answer: httpx.Response = await site.app.client.request(method, "/gongkai/documents")
        return answer

    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"):
        answer = asyncio.run(ask(method))
        assert answer.status_code == 405
        assert answer.headers["allow"] == "GET, HEAD"
    assert asyncio.run(ask("HEAD")).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        *("actor", "allow-debug", "auth-token", "config", "logout", "messages", "patterns", "permissions"),
        *("plugins", "settings", "threads", "versions"),
    ],
)
def test_the_workings_of_the_server_are_not_shown(site: Site, name: str) -> None:
    for ending in ("", ".json"):
        assert site.get(f"/-/{name}{ending}").status_code == 404


def test_robots_are_told_what_is_not_for_walking(site: Site) -> None:
    answer = site.get("/robots.txt")
    assert answer.headers["content-type"].startswith("text/plain")
    rules = RobotFileParser()
    rules.parse(answer.text.splitlines())
    assert rules.can_fetch("gongkai-test", "/gongkai/documents/0123")
    for path in (
        "/-/export/documents.csv",
        "/-/compare",
        "/-/search",
        "/-/replay/1",
        "/-/proof/1",
        "/-/chart/-/checks.svg",
    ):
        assert not rules.can_fetch("gongkai-test", path), path
    assert rules.can_fetch("gongkai-test", "/-/card/index.png")
    assert "Disallow: /*?" in answer.text.splitlines()


@pytest.mark.parametrize(
    ("path", "tag"),
    [
        ("/", "noarchive"),
        ("/?lang=en", "noarchive"),
        ("/gongkai/documents", "noarchive"),
        ("/gongkai/documents?_facet=kind", "noindex, nofollow, noarchive"),
        ("/gongkai?sql=select+1", "noindex, nofollow, noarchive"),
        ("/gongkai/documents.json", "noindex, nofollow, noarchive"),
        ("/-/replay/x", "noindex, nofollow, noarchive"),
        ("/-/export/documents.csv", "noindex, nofollow, noarchive"),
        ("/-/search", "noindex, nofollow, noarchive"),
    ],
)
def test_what_search_engines_may_keep(site: Site, path: str, tag: str) -> None:
    assert site.get(path).headers["x-robots-tag"] == tag


def test_health_says_what_is_served(swapped_data: DataDir) -> None:
    site = Site(swapped_data, datasette_app(swapped_data))
    answer = site.get("/-/health")
    said = answer.json()
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert said["ok"] is said["follows"] is True
    assert said["night"] == "2026-01-31"
    assert said["database_sha256"] == swapped_data.public_db.resolve().stem.partition("-")[2]
    assert said["age_hours"] > 0
    assert site.get("/-/health?most_hours=99999").status_code == 200
    assert site.get("/-/health?most_hours=0").status_code == 503
    assert site.get("/-/health?most_hours=soon").status_code == 400


def test_a_lost_link_is_told_and_the_open_copy_still_read(swapped_data: DataDir) -> None:
    site = Site(swapped_data, datasette_app(swapped_data))
    assert site.get("/gongkai/documents").status_code == 200
    target = swapped_data.public_db.readlink()
    swapped_data.public_db.unlink()
    assert site.get("/gongkai/documents").status_code == 200
    answer = site.get("/-/health")
    assert (answer.status_code, answer.json()["follows"]) == (503, False)
    swapped_data.public_db.symlink_to(target)
    assert site.get("/-/health").status_code == 200


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
    assert "script-src 'self';" in headers["content-security-policy"]
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
        # The one script, which copies a citation, is a file of the site.
        text = site.get(path).text.replace(OWN_SCRIPT, "")
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


def test_the_settings_are_those_of_the_site(data: DataDir) -> None:
    application = datasette_app(data)
    names = ("suggest_facets", "allow_download", "default_allow_sql")
    assert [application.setting(name) for name in names] == [False, False, True]


def test_a_connection_is_kept_longer_than_a_proxy_keeps_it(server: str) -> None:
    """The HTTP server by itself ends it after five seconds, maybe while a request is on its way."""
    with closing(HTTPConnection(HOST, int(server.rpartition(":")[2]))) as kept:
        kept.connect()
        connected = kept.sock
        for pause in (5.5, 0):
            kept.request("GET", "/robots.txt")
            answer = kept.getresponse()
            assert answer.status == 200
            answer.read()
            assert kept.sock is connected
            time.sleep(pause)


def test_a_copy_of_another_search_form_is_read_and_not_searched(swapped_data: DataDir) -> None:
    swapped_data.public_db.resolve().chmod(0o644)
    with closing(sqlite3.connect(swapped_data.public_db)) as db, db:
        db.execute("UPDATE publication SET value = '0' WHERE key = 'search_form'")
        db.execute("DELETE FROM publication WHERE key = 'form'")
    site = Site(swapped_data, datasette_app(swapped_data))
    assert site.get("/gongkai/sections").status_code == 200
    for path in ("/gongkai/sections?_search=公开", "/-/search?q=公开"):
        answer = site.get(path)
        assert answer.status_code in {400, 503}
        assert "数据正在升级" in answer.text
