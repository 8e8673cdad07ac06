"""Ten scripted nights, crawled and derived one by one: `changes` is what the script says and nothing else."""

from __future__ import annotations

import json
import socket
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from archive.data_folder import DataDir
from archive.derivation import derive, rebuild
from archive.warc.files import archive_files
from crawler.registry.loading import load_registry
from crawler.run.plan import Limits
from tests.crawling import crawl
from tests.e2e.content import rows
from tests.portals.broken_wire import BrokenServer
from tests.portals.material import night_portals
from tests.portals.scripted import (
    ScriptedSites,
    day_of,
    nights,
    refused_on,
    scripted_changes,
    scripted_sites,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from archive.derivation import DeriveReport
    from crawler.run.plan import CrawlSummary

LIMITS = Limits(retries=1)
HANGS_ON = 6
"""A server of this night never answers, and nobody should wait for it as long as for others."""

TOLD = (
    "SELECT d.url, c.kind, r.night FROM changes AS c JOIN documents AS d ON d.id = c.document_id "
    "JOIN captures AS p ON p.id = c.capture_id JOIN runs AS r ON r.id = p.run_id"
)
ALL_NIGHTS = range(1, len(nights()) + 1)


@dataclass(frozen=True)
class TenNights:
    """What the ten nights left."""

    data: DataDir
    crawls: tuple[CrawlSummary, ...]
    derived: tuple[DeriveReport, ...]

    def changes(self, kind: str) -> dict[str, int]:
        """Return the nights of the changes of a kind, by document."""
        numbers = {day.isoformat(): number for number, day in enumerate(nights(), start=1)}
        told = [row for row in rows(self.data.corpus_db, TOLD) if row[1] == kind]
        assert len(told) == len({url for url, _, _ in told}), "a document is told of twice"
        return {name_of(str(url)): numbers[str(night)] for url, _, night in told}


@pytest.fixture(scope="module")
def ten(tmp_path_factory: pytest.TempPathFactory) -> TenNights:
    data = DataDir(tmp_path_factory.mktemp("ten-nights"))
    data.make()
    registry = load_registry(data.portals, night_portals())
    assert registry.mismatches == {}
    portals = tuple(registry.portals.values())
    crawls, derived = [], []
    with BrokenServer(ScriptedSites()) as server, closing(socket.socket()) as deaf:
        server.day_of = day_of
        # Bound and never listening: nobody else can take the port, and whoever connects is refused.
        deaf.bind(("127.0.0.1", 0))
        for night in ALL_NIGHTS:
            server.night = night
            ports = {
                site.host: deaf.getsockname()[1] if site.host in refused_on(night) else server.port
                for site in scripted_sites().values()
            }
            connect_to = {host: f"127.0.0.1:{port}" for host, port in ports.items()}
            start = f"{day_of(night)}T03:00:00+08:00"
            limits = replace(LIMITS, timeout_s=1) if night == HANGS_ON else LIMITS
            crawls.append(crawl(portals, data=data, now=start, connect_to=connect_to, limits=limits))
            derived.append(derive(data))
    return TenNights(data, tuple(crawls), tuple(derived))


def scripted(kind: str) -> dict[str, int]:
    return {name_of(url): night for url, each, night in scripted_changes() if each == kind}


def name_of(url: str) -> str:
    """Return the name that the script has for an address; the address where it has none."""
    named = {
        site.url(document): f"{name} {document.id}"
        for name, site in scripted_sites().items()
        for document in site.documents.values()
    }
    return named.get(url, url)


def test_every_night_ends(ten: TenNights) -> None:
    assert [each.state for each in ten.crawls] == ["finished"] * len(nights())
    assert [each.errors for each in ten.crawls] == [()] * len(nights())
    assert [each.damage for each in ten.derived] == [()] * len(nights())


@pytest.mark.parametrize("kind", ["appeared", "changed", "withdrawn", "returned", "moved", "retracted"])
def test_changes_are_those_of_the_script(ten: TenNights, kind: str) -> None:
    assert dict(ten.changes(kind)) == dict(scripted(kind))


def test_a_redirect_to_the_home_page_is_no_event(ten: TenNights) -> None:
    """The portal answers 404 for what it does not have, so a redirect is not how it says so."""
    assert "nights led_home" not in ten.changes("withdrawn")


def test_there_are_no_changes_of_other_kinds(ten: TenNights) -> None:
    kinds = {str(kind) for (kind,) in rows(ten.data.corpus_db, "SELECT DISTINCT kind FROM changes")}
    assert kinds == {kind for _, kind, _ in scripted_changes()}


def test_no_error_page_is_a_version(ten: TenNights) -> None:
    counts = rows(
        ten.data.corpus_db,
        "SELECT d.url, count(DISTINCT v.text_sha256) FROM documents AS d "
        "LEFT JOIN versions AS v ON v.document_id = d.id GROUP BY d.id",
    )
    expected = {
        f"{name} {document.id}": 2 if "changed" in document.changes else 1
        for name, site in scripted_sites().items()
        for document in site.documents.values()
        if document.changes
    }
    assert {name_of(str(url)): count for url, count in counts} == expected


def test_statuses_follow_from_the_changes(ten: TenNights) -> None:
    statuses = rows(ten.data.corpus_db, "SELECT url, status FROM documents")
    ended = {name_of(str(url)): str(status) for url, status in statuses if status in ("withdrawn", "moved")}
    last: dict[str, tuple[int, str]] = {}
    for url, kind, night in scripted_changes():
        last[name_of(url)] = max(last.get(name_of(url), (0, "")), (night, kind))
    expected = {name: kind for name, (_, kind) in last.items() if kind in ("withdrawn", "moved")}
    assert ended == expected


def test_withdrawals_and_moves_name_captures_that_prove_them(ten: TenNights) -> None:
    proven = rows(
        ten.data.corpus_db,
        "SELECT kind, evidence FROM changes WHERE kind IN ('withdrawn', 'returned', 'moved')",
    )
    captures = {str(capture) for (capture,) in rows(ten.data.corpus_db, "SELECT id FROM captures")}
    for kind, evidence in proven:
        named = {text for text in _texts(json.loads(str(evidence))) if text in captures}
        assert len(named) >= (3 if kind == "withdrawn" else 1), (kind, evidence)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def test_moves_are_relations_to_where_the_text_stands(ten: TenNights) -> None:
    related = rows(
        ten.data.corpus_db,
        "SELECT a.url, b.url FROM relations AS r JOIN documents AS a ON a.id = r.from_document_id "
        "JOIN documents AS b ON b.id = r.to_document_id WHERE r.kind = 'moved_to'",
    )
    assert {name_of(str(old)): name_of(str(new)) for old, new in related} == {
        "nights moved": "nights moved_here",
        "nights redirected_for_good": "nights redirected_here",
        "nights moved_in_two_steps": "nights moved_here_first",
        "nights-lonsun moved": "nights-lonsun moved_here",
    }


def test_the_same_follows_from_the_evidence_all_at_once(ten: TenNights, tmp_path: Path) -> None:
    told = sorted(rows(ten.data.corpus_db, TOLD))
    again = DataDir(tmp_path)
    again.make()
    for file in archive_files(ten.data.warc):
        (again.warc / file.name).hardlink_to(file)
    rebuild(again, files=list(reversed(archive_files(again.warc))))
    assert sorted(rows(again.corpus_db, TOLD)) == told
