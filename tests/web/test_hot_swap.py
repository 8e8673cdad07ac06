"""The server follows the symlink: no error while it switches, no old answer after."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from datasette.database import Database

from gongkai.serving import datasette_app
from gongkai.web.server import served
from gongkai.web.server.served import ServedDatabase, served_database
from tests.soak import SOAK, series
from tests.web.conftest import TEMPLATES, Site, publish_sample, publish_visits, running_server
from tests.web.sample_corpus import SEEN, add_visit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from archive.data_folder import DataDir

PATHS = (
    "/",
    "/gongkai/documents",
    "/gongkai/sections?_search=公开",
    "/-/search?q=公开",
    "/-/coverage",
    "/-/checks",
    "/-/changes",
    "/-/feeds/documents.atom",
    "/-/health",
)
VISITED_AT = "2026-01-31T15:00:00Z"
COUNT = {"sql": "select count(*) from sections", "_shape": "arrays"}


def test_counts_and_hash_are_of_the_new_copy(swapped_data: DataDir) -> None:
    site = Site(swapped_data, datasette_app(swapped_data))

    def seen() -> tuple[str, int, int]:
        [database] = site.get("/-/databases.json").json()
        table = site.get("/gongkai/sections.json", _size="0").json()["filtered_table_rows_count"]
        listed = {it["name"]: it["count"] for it in site.get("/gongkai.json").json()["tables"]}
        return database["hash"], table, listed["sections"]

    before = seen()
    sha256 = publish_sample(swapped_data, "第二夜的一段")
    assert seen() == (sha256, before[1] + 1, before[2] + 1)


def test_first_pages_are_ready_before_readers_come(
    swapped_data: DataDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once the server has started, and again after a switch, the first page counts nothing any more."""
    datasette = datasette_app(swapped_data)
    datasette.jinja_env.bytecode_cache = TEMPLATES
    database = served_database(datasette)
    asked: list[str] = []
    execute_all = ServedDatabase.execute_all

    async def note(self: ServedDatabase, statements: Mapping[str, str], parameters: Any) -> Any:
        asked.extend(statements)
        return await execute_all(self, statements, parameters)

    monkeypatch.setattr(ServedDatabase, "execute_all", note)

    async def live() -> tuple[list[str], list[str], bool]:
        received, sent = asyncio.Queue[Any](), asyncio.Queue[Any]()
        life = asyncio.create_task(datasette.app()({"type": "lifespan"}, received.get, sent.put))
        await received.put({"type": "lifespan.startup"})
        await sent.get()
        first = database.warming
        assert first
        await first
        worked_out = asked.copy()
        asked.clear()
        # By another name of the site its page is made anew.
        await datasette.client.get("/", headers={"host": "site.example"})
        made_of = asked.copy()
        publish_sample(swapped_data, "第二夜的一段")
        await datasette.client.get("/-/health")
        again = database.warming
        assert again
        await again
        life.cancel()
        return worked_out, made_of, again is not first

    worked_out, made_of, is_warmed_again = asyncio.run(live())
    assert {"totals", "rates", "failing"} <= set(worked_out)
    assert made_of == []
    assert is_warmed_again


def test_warming_that_fails_is_logged_and_a_later_one_ends_it(
    swapped_data: DataDir, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    database = served_database(datasette_app(swapped_data))
    waiting = asyncio.Event()

    async def warm(_: Any) -> None:
        if not waiting.is_set():
            waiting.set()
            await asyncio.Event().wait()
        raise sqlite3.OperationalError("no such thing")

    monkeypatch.setattr(served, "warm_pages", warm)

    async def begin_twice() -> bool:
        database.begin_warming()
        first = database.warming
        assert first
        await waiting.wait()
        database.begin_warming()
        assert database.warming
        await asyncio.wait({first, database.warming})
        return first.cancelled()

    assert asyncio.run(begin_twice())
    [told] = [record for record in caplog.records if record.message == "first pages were not made ready"]
    assert told.exc_info
    assert "no such thing" in str(told.exc_info[1])


def test_warming_waits_while_a_reader_does(swapped_data: DataDir, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first reader of a server or of a copy shares its cores with nobody."""
    app = datasette_app(swapped_data)
    warmed: list[str] = []

    async def warm_beside_a_reader() -> None:
        await app.invoke_startup()
        get = app.client.get

        async def note(path: str) -> Any:
            warmed.append(path)
            return await get(path)

        monkeypatch.setattr(app.client, "get", note)
        database = served_database(app)
        with database.one_copy():
            warming = asyncio.create_task(served.warm_pages(app))
            await asyncio.sleep(0.5)
            assert not warmed
        await warming

    asyncio.run(warm_beside_a_reader())
    assert warmed[: len(served.PAGES)] == list(served.PAGES)


def test_a_page_that_answers_an_error_while_warming_is_logged(
    swapped_data: DataDir, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(served, "PAGES", ("/-/no-such-page", "/-/about"))
    asyncio.run(served.warm_pages(datasette_app(swapped_data)))
    told = [record.message for record in caplog.records if "not made ready" in record.message]
    assert told == ["/-/no-such-page was not made ready: it answers 404"]


def test_a_request_sees_one_copy_from_beginning_to_end(swapped_data: DataDir) -> None:
    app = datasette_app(swapped_data)
    database = app.databases["gongkai"]
    with database.one_copy():
        before = database.hash
        publish_sample(swapped_data, "第二夜的一段")
        assert database.hash == before

    async def next_request() -> str:
        with database.one_copy():
            digest: str = database.hash
        return digest

    assert asyncio.run(next_request()) != before


def test_visits_are_seen_at_once_and_no_page_mixes_two_nights(swapped_data: DataDir) -> None:
    site = Site(swapped_data, datasette_app(swapped_data))
    document = add_visit(swapped_data.corpus_db, VISITED_AT)
    paths = (
        "/gongkai/runs.json?_shape=array",
        f"/gongkai/documents/{document}.json?_shape=array",
        f"/gongkai/captures.json?document_id={document}&_facet=outcome",
        f"/gongkai/documents/{document}",
        "/-/export/captures.csv",
    )
    before = {path: site.get(path).text for path in paths}
    copy, database = swapped_data.public_db.resolve(), site.app.databases["gongkai"]
    with database.one_copy():
        publish_visits(swapped_data)
        held = asyncio.run(
            database.execute("SELECT count(*), (SELECT max(last_seen) FROM documents) FROM runs")
        )
    assert (tuple(held.rows[0]), swapped_data.public_db.resolve()) == ((1, SEEN), copy)
    after = {path: site.get(path) for path in paths}
    assert {answer.status_code for answer in after.values()} == {200}
    assert [path for path in paths if after[path].text == before[path]] == []
    assert VISITED_AT in after["/-/export/captures.csv"].text
    assert site.get("/gongkai/captures/~3Curn~3Auuid~3Avisit~3E").status_code == 200
    assert {path: site.get(path).status_code for path in PATHS} == dict.fromkeys(PATHS, 200)


@series
def test_five_switches_under_load_lose_nothing(server: str, swapped_data: DataDir) -> None:
    done = threading.Event()

    def ask() -> list[int]:
        with httpx.Client(base_url=server, timeout=30) as client:
            statuses: list[int] = []
            while not done.is_set():
                statuses.extend(client.get(path).status_code for path in PATHS)
            return statuses

    with ThreadPoolExecutor(4) as readers:
        answers = [readers.submit(ask) for _ in range(4)]
        passages: list[str] = []
        for number in range(5 if SOAK else 2):
            passages.append(f"第{number}次发布")
            publish_sample(swapped_data, *passages)
            last = httpx.get(f"{server}/gongkai.json", params=COUNT).json()["rows"][0][0]
        done.set()
        statuses = [status for answer in answers for status in answer.result()]
    assert len(statuses) > 20
    assert set(statuses) == {200}
    after = [httpx.get(f"{server}/gongkai.json", params=COUNT).json()["rows"][0][0] for _ in range(30)]
    assert set(after) == {last}


def test_a_server_that_is_ended_leaves_nothing_behind(
    swapped_data: DataDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    with running_server(swapped_data):
        assert list(temporary.iterdir())
    assert list(temporary.iterdir()) == []


def test_an_export_ends_with_the_copy_it_began_with(server: str, swapped_data: DataDir) -> None:
    rows = "with recursive n(x) as (select 1 union all select x + 1 from n limit 400000)"
    sql = f"{rows} select x, (select count(*) from sections) as passages, 'a long enough row' from n"  # noqa: S608
    before = swapped_data.public_db.resolve().stem.rpartition("-")[2]
    with httpx.stream("GET", f"{server}/-/export.csv", params={"sql": sql}, timeout=60) as answer:
        pieces = answer.iter_bytes(1 << 16)
        received = next(pieces)
        after = publish_sample(swapped_data, "第二夜的一段")
        assert httpx.get(f"{server}/-/health", timeout=60).json()["database_sha256"] == after
        received += b"".join(pieces)
    assert answer.headers["x-database-sha256"] == before
    *lines, end = received.decode().split("\r\n")[1:-1]
    assert end.startswith("# COMPLETE rows=400000")
    assert before in end
    assert len({line.split(",")[1] for line in lines}) == 1


@pytest.mark.parametrize("form", ["csv", "json", "excel.csv", "xlsx"])
def test_exports_name_the_copy_they_are_of(swapped_data: DataDir, form: str) -> None:
    site = Site(swapped_data, datasette_app(swapped_data))
    first = site.get(f"/-/export/documents.{form}").headers["x-database-sha256"]
    second = publish_sample(swapped_data, "第二夜的一段")
    assert site.get(f"/-/export/documents.{form}").headers["x-database-sha256"] == second != first


def test_pages_and_feeds_show_the_new_copy_at_once(swapped_data: DataDir) -> None:
    site = Site(swapped_data, datasette_app(swapped_data))
    asked = "/-/search.json?q=第二夜的一段"

    def seen() -> tuple[int, int, str]:
        feed = site.get("/-/feeds/search.atom?q=第二夜的一段").text
        return site.get(asked).json()["passages"], feed.count("<entry>"), site.get("/-/download").text

    old = seen()
    sha256 = publish_sample(swapped_data, "第二夜的一段")
    found, feed, page = seen()
    assert (*old[:2], found, feed) == (0, 0, 1, 1)
    assert sha256 in page
    assert sha256 not in old[2]


def test_a_facet_is_counted_once_for_each_copy(
    swapped_data: DataDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Site(swapped_data, datasette_app(swapped_data))
    counted: list[str] = []
    execute = Database.execute

    async def noting(database: Database, sql: str, *arguments: Any, **options: Any) -> Any:
        if " as value, count(*) as count " in sql:
            counted.append(sql)
        return await execute(database, sql, *arguments, **options)

    monkeypatch.setattr(Database, "execute", noting)

    def facet(**narrowed: str) -> dict[int, int]:
        answer = site.get("/gongkai/sections.json", _facet="chars", **narrowed).json()
        return {it["value"]: it["count"] for it in answer["facet_results"]["chars"]["results"]}

    before = facet()
    assert facet() == before
    assert len(counted) == 1
    chars, passages = max(before.items())
    assert facet(chars=str(chars)) == facet(chars=str(chars)) == {chars: passages}
    assert len(counted) == 2
    publish_sample(swapped_data, "夜" * chars)
    assert facet(chars=str(chars)) == {chars: passages + 1}
    own = {"sql": "select chars as value, count(*) as count from (select * from sections) group by chars"}
    rows = [site.get("/gongkai.json", **own).json()["rows"] for _ in range(2)]
    assert rows[0] == rows[1] != []
    assert len(counted) == 5


def test_kept_pages_are_of_the_new_copy(swapped_data: DataDir) -> None:
    site = Site(swapped_data, datasette_app(swapped_data))
    sql = """
        select d.id from sections as s join occurrences as o on o.section_id = s.id
        join documents as d on d.current_version_id = o.version_id where s.text = '第二夜的一段'"""

    def documents() -> list[str]:
        return [row["id"] for row in site.get("/gongkai.json", _shape="array", sql=sql).json()]

    held = [row["id"] for row in site.get("/gongkai/documents.json", _shape="array", _size="max").json()]
    before = {document: site.get(f"/gongkai/documents/{document}").text for document in held}
    assert not documents()
    publish_sample(swapped_data, "第二夜的一段")
    [changed] = documents()
    assert "第二夜的一段" not in before[changed]
    assert "第二夜的一段" in site.get(f"/gongkai/documents/{changed}").text


@pytest.mark.parametrize("kept", [pytest.param(0, id="nothing"), pytest.param(0.5, id="half of it")])
def test_a_copy_that_cannot_be_read_is_not_switched_to(swapped_data: DataDir, kept: float) -> None:
    site = Site(swapped_data, datasette_app(swapped_data))
    site.get("/gongkai/documents")
    good = swapped_data.public_db.resolve()
    damaged = good.with_name(f"gongkai-{'0' * 64}.db")
    content = good.read_bytes()
    damaged.write_bytes(content[: int(len(content) * kept)])
    swapped_data.public_db.unlink()
    swapped_data.public_db.symlink_to(damaged.name)
    assert site.get("/gongkai/documents").status_code == 200
    answer = site.get("/-/health")
    assert (answer.status_code, answer.json()["follows"]) == (503, False)
    sha256 = publish_sample(swapped_data, "第二夜的一段")
    assert site.get("/-/health").json()["database_sha256"] == sha256
