"""Readers who leave: nothing goes on for them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from gongkai.serving import datasette_app

if TYPE_CHECKING:
    from archive.data_folder import DataDir

COUNTING = "with recursive n(x) as (select 1 union all select x + 1 from n) select count(*) from n"


def test_what_waits_for_a_thread_is_dropped_when_its_reader_leaves(data: DataDir) -> None:
    application = datasette_app(data)

    async def ask(app: Any, sql: str, *, leaves: bool) -> list[Any]:
        sent: list[Any] = []
        left = asyncio.Event()

        async def receive() -> dict[str, Any]:
            if leaves:
                await asyncio.sleep(0.2)
            else:
                await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": "GET",
            "path": "/gongkai.json",
            "raw_path": b"/gongkai.json",
            "query_string": b"sql=" + sql.replace(" ", "+").replace("+ 1", "%2B1").encode(),
            "headers": [(b"host", b"localhost")],
        }
        await app(scope, receive, send)
        return sent

    async def crowd() -> tuple[float, list[Any]]:
        app = application.app()
        await ask(app, "select 1", leaves=False)
        sql = COUNTING.replace("x + 1", "x %2B 1")
        gone = [asyncio.create_task(ask(app, sql, leaves=True)) for _ in range(40)]
        await asyncio.sleep(0.5)
        began = asyncio.get_running_loop().time()
        answer = await ask(app, "select 1", leaves=False)
        waited = asyncio.get_running_loop().time() - began
        await asyncio.gather(*gone)
        return waited, answer

    waited, answer = asyncio.run(crowd())
    assert answer[0]["status"] == 200
    assert waited < 4  # forty such questions in three threads take thirteen seconds
