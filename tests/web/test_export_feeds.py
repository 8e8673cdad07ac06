"""The feeds: valid Atom, no clock, what the corpus holds, and nothing in it that breaks a reader."""

from __future__ import annotations

import datetime as dt
import json
import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader
from lxml import etree

from archive.data_folder import DataDir
from archive.publish.copy import publish
from archive.site_files import site_folder
from benchmarks._wide_rows import accept_wide_rows
from gongkai.serving import datasette_app
from gongkai.web.language import say
from gongkai.web.pages.changes_pages import tag_uri
from gongkai.web.template_context import FILTERS
from tests.e2e.content import rows
from tests.web.conftest import Site
from tests.web.sample_corpus import build_corpus

if TYPE_CHECKING:
    import httpx

TEMPLATES = Environment(loader=FileSystemLoader(site_folder() / "templates"), autoescape=True)
TEMPLATES.filters.update(FILTERS)
TEMPLATES.globals["t"] = say
ATOM = "{http://www.w3.org/2005/Atom}"
KINDS = ("documents", "changes", "withdrawals", "checks")
CHANGED = json.dumps(
    {
        "passages": {"kept": 1, "changed": 0, "new": 0, "dropped": 1},
        "figures_changed": 2,
        "figures": [
            {"old": "726人次", "new": None, "sort": "figure"},
            {"table": "t2", "row": "penalties", "column": "decisions", "old": "4683", "new": "4638"},
        ],
    }
)
HOSTILE_TITLE = "<script>alert('公开')</script> & ]]> \x00\x08\x1b\ufffe\U0001f600"


@pytest.fixture(scope="module")
def fed(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The sample corpus with a withdrawn document, a changed one, a failing check and a hostile title."""
    data = DataDir(tmp_path_factory.mktemp("fed"))
    data.make()
    build_corpus(data.corpus_db)
    with closing(sqlite3.connect(data.corpus_db)) as db:
        accept_wide_rows(db)
        [(report, version, capture)] = db.execute(
            """SELECT d.id, v.id, v.capture_id
               FROM documents AS d JOIN versions AS v ON v.id = d.current_version_id
               WHERE d.kind = 'annual_report' ORDER BY d.year DESC, d.id LIMIT 1"""
        )
        db.execute("UPDATE documents SET title = ? WHERE id = ?", (HOSTILE_TITLE, report))
        for kind, seen in (("changed", "2026-01-31T19:00:00Z"), ("withdrawn", "2026-02-03T19:00:00Z")):
            row = (report, kind, seen, version, capture, CHANGED if kind == "changed" else "{}")
            db.execute("INSERT INTO changes VALUES (?, ?, ?, NULL, ?, ?, ?)", row)
        db.execute(
            """INSERT INTO checks (id, document_id, version_id, place, check_id, severity, outcome, cells,
                                   message_zh, message_en)
               VALUES (?, ?, ?, 0, 't3.balance', 'error', 'fail', '[]', '16 + 1 ≠ 18', 'not equal')""",
            (f"{version[:8]}{1:016}", report, version),
        )
        db.commit()
    publish(data, clock=lambda: dt.datetime(2026, 2, 4, tzinfo=dt.UTC))
    return Site(data, datasette_app(data))


def entries_of(answer: httpx.Response) -> list[etree._Element]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    root = etree.fromstring(answer.content)
    assert root.tag == f"{ATOM}feed"
    return list(root.findall(f"{ATOM}entry"))


def text(element: etree._Element, name: str) -> str:
    [child] = element.findall(f"{ATOM}{name}")
    return child.text or ""


@pytest.mark.parametrize("kind", KINDS)
def test_a_feed_is_valid_atom(fed: Site, kind: str) -> None:
    """RFC 4287, section 4.1: what a feed and an entry must have, and how often."""
    answer = fed.get(f"/-/feeds/{kind}.atom")
    entries, root = entries_of(answer), etree.fromstring(answer.content)
    assert entries
    assert text(root, "id") == f"tag:gongkai,2026:feeds/{kind}"
    assert text(root.find(f"{ATOM}author"), "name")
    links = {link.get("rel"): link.get("href") for link in root.findall(f"{ATOM}link")}
    assert links["self"] == f"http://localhost/-/feeds/{kind}.atom"
    assert fed.get(links["alternate"].removeprefix("http://localhost")).status_code == 200
    for element in (root, *entries):
        assert dt.datetime.fromisoformat(text(element, "updated")).tzinfo
        assert text(element, "title")
    assert text(root, "updated") == max(text(entry, "updated") for entry in entries)
    identities = [text(entry, "id") for entry in entries]
    assert len(set(identities)) == len(identities)
    for entry in entries:
        assert re.fullmatch(r"tag:gongkai,2026:[\w.~:%/-]+", text(entry, "id"))
        [page] = [link.get("href") for link in entry.findall(f"{ATOM}link") if link.get("rel") == "alternate"]
        assert fed.get(page.removeprefix("http://localhost") + ".json").status_code == 200
        assert all(urlsplit(link.get("href")).scheme == "http" for link in entry.findall(f"{ATOM}link"))


def test_the_feeds_hold_what_the_corpus_holds(fed: Site) -> None:
    held = {
        "documents": "SELECT count(*) FROM changes WHERE kind = 'appeared'",
        "changes": "SELECT count(*) FROM changes WHERE kind IN ('changed', 'returned', 'moved')",
        "withdrawals": "SELECT count(*) FROM changes WHERE kind = 'withdrawn'",
        "checks": "SELECT count(*) FROM check_failures WHERE worst_severity <> 'info'",
    }
    for kind, sql in held.items():
        count = len(entries_of(fed.get(f"/-/feeds/{kind}.atom")))
        assert count > 0
        assert rows(fed.data.public_db, sql) == [(count,)], kind


@pytest.mark.parametrize(
    ("language", "titles"), [("zh", {"16 + 1 ≠ 18"}), ("en", {"not equal"})], ids=["Chinese", "English"]
)
def test_the_feed_of_checks_speaks_the_language_of_the_request(
    fed: Site, language: str, titles: set[str]
) -> None:
    answer = fed.get("/-/feeds/checks.atom", lang=language)
    root = etree.fromstring(answer.content)
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == {"zh": "zh-Hans", "en": "en"}[language]
    assert titles <= {text(entry, "title") for entry in entries_of(answer)}


def test_an_entry_of_a_change_says_which_figures_changed(fed: Site) -> None:
    [entry] = [
        entry
        for entry in entries_of(fed.get("/-/feeds/changes.atom"))
        if text(entry, "updated") == "2026-01-31T19:00:00Z"
    ]
    said = "删去 1 · 数字变动 2 · 726人次 → （无）；行政处罚 · 本年处理决定数量：4683 → 4638"
    assert said in text(entry, "summary")


def test_each_feed_is_there_for_one_body(fed: Site) -> None:
    bodies = rows(fed.data.public_db, "SELECT id, name FROM issuers")
    for kind in KINDS:
        whole = {text(entry, "id") for entry in entries_of(fed.get(f"/-/feeds/{kind}.atom"))}
        parts: list[str] = []
        for body, name in bodies:
            answer = fed.get(f"/-/feeds/{kind}.atom", issuer=str(body))
            parts += [text(entry, "id") for entry in entries_of(answer)]
            assert str(name) in text(etree.fromstring(answer.content), "title")
        assert sorted(parts) == sorted(whole), kind


def test_a_hostile_title_is_text(fed: Site) -> None:
    [entry] = entries_of(fed.get("/-/feeds/withdrawals.atom"))
    assert "<script>alert('公开')</script> & ]]>" in text(entry, "title")
    assert text(entry, "title").endswith("\U0001f600")
    assert len(entry.findall(f".//{ATOM}script")) == 0


def test_the_same_copy_gives_the_same_feed(fed: Site) -> None:
    for kind in KINDS:
        first = fed.get(f"/-/feeds/{kind}.atom")
        assert first.content == fed.get(f"/-/feeds/{kind}.atom").content
        assert first.headers["etag"] == fed.get(f"/-/feeds/{kind}.atom").headers["etag"]


def test_an_empty_feed_is_a_feed(site: Site) -> None:
    answer = site.get("/-/feeds/withdrawals.atom")
    assert entries_of(answer) == []
    [(started,)] = rows(site.data.public_db, "SELECT max(started_at) FROM runs")
    assert text(etree.fromstring(answer.content), "updated") == started


def test_what_is_no_feed_is_not_found(site: Site) -> None:
    assert site.get("/-/feeds/nothing.atom").status_code == 404
    assert site.get("/-/feeds/changes.atom", issuer="nobody").status_code == 404


@given(st.text(), st.text(), st.text())
def test_whatever_was_harvested_makes_a_document_that_parses(title: str, summary: str, address: str) -> None:
    finding: dict[str, object] = {
        "id": title,
        "message_zh": title,
        "updated": "2026-01-31T00:00:00Z",
        "url": address,
    }
    finding |= {"issuer": summary, "year": 2026, "title": summary}
    feed: dict[str, object] = {
        "identity": ("f",),
        "title": title,
        "subtitle": summary,
        "updated": finding["updated"],
    }
    feed |= {"root": "http://a.example/", "path": "f", "page": "", "rows": [finding]}
    feed |= {"lang": "zh", "lang_tag": "zh"}
    root = etree.fromstring(TEMPLATES.get_template("feed.xml").render(feed).encode())
    [read] = root.findall(f"{ATOM}entry")
    assert len(text(read, "title")) == len(title.replace("\r\n", "\n"))
    assert text(read, "id") == tag_uri(("checks", title))
