"""A night on which nothing has changed: nothing new is stored, and nothing new is derived."""

from __future__ import annotations

import shutil
from collections import Counter
from typing import TYPE_CHECKING

from msgspec.structs import replace
from warcio.archiveiterator import ArchiveIterator

from archive.clock import clock_from
from archive.warc.files import archive_files
from gongkai.demo.run import run_demo
from gongkai.operator_settings import load_settings
from pipelines.response.unknown_page import is_unknown_page
from tests.e2e.conftest import DemoNights, no_bars
from tests.e2e.content import rows

if TYPE_CHECKING:
    from pathlib import Path

STORED_ONCE = ("documents", "versions", "sections", "occurrences", "issuers", "relations")


def test_the_next_night_stores_no_response_and_no_new_row(demo_nights: DemoNights, tmp_path: Path) -> None:
    shutil.copytree(demo_nights.first.root, tmp_path, symlinks=True, dirs_exist_ok=True)
    first = load_settings(tmp_path, {})
    before = {table: rows(first.data.corpus_db, f"SELECT count(*) FROM {table}") for table in STORED_ONCE}  # noqa: S608
    files = set(archive_files(first.data.warc))

    now = "2026-02-02T03:00:00+08:00"
    again = replace(first, now=now, clock=clock_from(now))
    list(run_demo(again, documents=None, nights=1, bars=no_bars))

    kinds: Counter[str] = Counter()
    (second,) = set(archive_files(first.data.warc)) - files
    with second.open("rb") as stream:
        for record in ArchiveIterator(stream):
            address = record.rec_headers.get_header("WARC-Target-URI") or ""
            kinds["unknown" if is_unknown_page(address) else record.rec_type] += 1
    assert kinds["response"] == 0
    assert kinds["unknown"] > 0, "asked for under another address every night"
    assert kinds["revisit"] > 40
    after = {table: rows(first.data.corpus_db, f"SELECT count(*) FROM {table}") for table in STORED_ONCE}  # noqa: S608
    assert after == before
    assert rows(first.data.corpus_db, "SELECT count(DISTINCT run_id) FROM captures") == [(2,)]
