"""Exports that end early, from a real server: the file says so, and the server goes on."""

from __future__ import annotations

import csv
import io
import json
import sys
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

from gongkai.serving import HOST, free_port, serve_command
from gongkai.web.thresholds import EXPORTS
from tests.web.conftest import answering

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.data_folder import DataDir

ROWS = 200_000
# Counted at once, written for longer than any limit here: what a row holds is not worked out to count it.
SLOW = (
    "with recursive n(x) as (select 1 union all select x + 1 from n where x < 200000)"
    " select x, (select count(*) from sections where text like '%' || x || '%') as found from n"
)
ENDLESS = "with recursive n(x) as (select 1 union all select x + 1 from n) select x from n"

# The server's process, but with the time limit that is named last for exports of readers' own SQL.
WITH_LIMIT = """
import runpy, sys
from msgspec.structs import replace
from gongkai.web import thresholds
thresholds.EXPORTS = replace(thresholds.EXPORTS, own_sql_seconds=float(sys.argv.pop()))
runpy.run_module("gongkai.web", run_name="__main__")
"""


@contextmanager
def serving(data: DataDir, seconds: float) -> Iterator[str]:
    """Serve with another time limit for exports of readers' own SQL."""
    port = free_port(HOST)
    _, _, _, *arguments = serve_command(data, port=port)
    with answering([sys.executable, "-c", WITH_LIMIT, *arguments, str(seconds)], port) as address:
        yield address


@pytest.fixture(scope="module")
def patient(data: DataDir) -> Iterator[str]:
    """A server whose exports may take longer than any test waits."""
    with serving(data, seconds=120) as address:
        yield address


def test_what_takes_too_long_says_that_it_is_not_complete(data: DataDir) -> None:
    with (
        serving(data, seconds=3) as server,
        httpx.Client(base_url=server, timeout=60) as client,
    ):
        answer = client.get("/-/export.csv", params={"sql": SLOW})
        *records, last = list(csv.reader(io.StringIO(answer.text, newline=""), strict=True))
        assert last[0].startswith(f"# INCOMPLETE rows={len(records) - 1} expected={ROWS} ")
        assert last[0].endswith(" reason=time limit")
        assert [int(record[0]) for record in records[1:]] == list(range(1, len(records)))
        whole = json.loads(client.get("/-/export.json", params={"sql": SLOW}).text)
        assert (whole["complete"], whole["reason"]) == (False, "time limit")
        assert whole["count"] == len(whole["rows"]) < whole["expected"] == ROWS
        for form in ("xlsx", "csv"):
            refused = client.get(f"/-/export.{form}", params={"sql": ENDLESS if form == "csv" else SLOW})
            assert refused.status_code == 400
            assert "3 seconds" in refused.text
        assert "# COMPLETE" in client.get("/-/export/documents.csv").text


def test_readers_who_leave_free_their_places(patient: str) -> None:
    with httpx.Client(base_url=patient, timeout=60) as client:
        for _ in range(2 * EXPORTS.own_at_once):
            with closing(begin_export(client)) as answer:
                next(answer.iter_raw())


def begin_export(client: httpx.Client) -> httpx.Response:
    """Ask until an export is begun: places are free long before the time of those who left is over."""
    until = time.monotonic() + 60
    asked = client.build_request("GET", "/-/export.csv", params={"sql": SLOW})
    while (answer := client.send(asked, stream=True)).status_code == 503:
        answer.close()
        assert time.monotonic() < until
        time.sleep(0.1)
    assert answer.status_code == 200
    return answer


def test_pages_are_answered_while_exports_run(patient: str) -> None:
    with httpx.Client(base_url=patient, timeout=60) as client:
        answers = [begin_export(client) for _ in range(EXPORTS.own_at_once)]
        busy = client.get("/-/export.csv", params={"sql": SLOW})
        assert (busy.status_code, int(busy.headers["retry-after"]) > 0) == (503, True)
        assert client.get("/gongkai/documents.json").status_code == 200
        for answer in answers:
            answer.close()
