"""`/-/metrics`: figures for Prometheus on this machine, and for nobody else unless the operator lets them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest

from gongkai.serving import datasette_app
from gongkai.web.server.served import served_database

if TYPE_CHECKING:
    from archive.data_folder import DataDir

PROXIED = (
    {"X-Forwarded-For": "203.0.113.9"},
    {"X-Forwarded-Proto": "https"},
    {"Forwarded": "for=127.0.0.1"},
    {"Via": "1.1 proxy"},
)


def test_who_asks_from_this_machine_is_answered_and_no_proxy(server: str, swapped_data: DataDir) -> None:
    address = f"{server}/-/metrics"
    with httpx.Client(timeout=60) as client:
        answer = client.get(address)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        assert "\ngongkai_disk_free_bytes " in answer.text
        assert [client.get(address, headers=headers).status_code for headers in PROXIED] == [403] * 4
        (swapped_data.root / "gongkai.yaml").write_text("metrics_for: anyone\n", "utf-8")
        assert [client.get(address, headers=headers).status_code for headers in PROXIED] == [200] * 4


@pytest.mark.parametrize(("peer", "status"), [("127.0.0.1", 200), ("::1", 200), ("203.0.113.9", 403)])
def test_another_machine_is_refused(swapped_data: DataDir, peer: str, status: int) -> None:
    app = datasette_app(swapped_data)

    async def ask() -> int:
        transport = httpx.ASGITransport(app=app.app(), client=(peer, 4711))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return (await client.get("/-/metrics")).status_code

    assert asyncio.run(ask()) == status
    served_database(app).close()
