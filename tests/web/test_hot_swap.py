"""The server follows the symlink: no error while it switches, no old answer after."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx

from gongkai.serving import datasette_app
from tests.web.conftest import Site, publish_sample

if TYPE_CHECKING:
    from archive.paths import DataDir

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


def test_five_switches_under_load_lose_nothing(server: str, swapped_data: DataDir) -> None:
    done = threading.Event()

    def ask() -> list[int]:
        with httpx.Client(base_url=server, timeout=30) as client:
            statuses: list[int] = []
            while not done.is_set():
                paths = ("/", "/gongkai/documents", "/gongkai/sections?_search=公开")
                statuses.extend(client.get(path).status_code for path in paths)
            return statuses

    with ThreadPoolExecutor(4) as readers:
        answers = [readers.submit(ask) for _ in range(4)]
        passages: list[str] = []
        for number in range(5):
            passages.append(f"第{number}次发布")
            publish_sample(swapped_data, *passages)
            last = httpx.get(f"{server}/gongkai.json", params=COUNT).json()["rows"][0][0]
        done.set()
        statuses = [status for answer in answers for status in answer.result()]
    assert len(statuses) > 20
    assert set(statuses) == {200}
    after = [httpx.get(f"{server}/gongkai.json", params=COUNT).json()["rows"][0][0] for _ in range(30)]
    assert set(after) == {last}
