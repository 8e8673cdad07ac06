"""What readers send, over real HTTP and real mail: reports of figures, and alerts with double opt-in."""

from __future__ import annotations

import asyncio
import datetime as dt
import html
import json
import re
import shutil
import sqlite3
import time
from contextlib import closing, suppress
from typing import TYPE_CHECKING
from unittest.mock import Mock

import httpx
import pytest
from msgspec.structs import replace

from archive.corpus.store import CorpusUnreadable
from archive.data_folder import DataDir
from gongkai import readers_db
from gongkai.nights import alerts
from gongkai.nights.alerts import FeedNotRead, find_post, send_alerts
from gongkai.readers_db import LIMITS, open_readers
from gongkai.serving import datasette_app
from tests.gongkai.mailbox import mail_server
from tests.web.conftest import Site, publish_visits, running_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gongkai.nights.alerts import Post
    from tests.gongkai.mailbox import Mailbox

SITE = "https://gongkai.example.org"
FEED = "/-/feeds/documents.atom"
READER = "reader@example.org"
PLACES = ("000000", "410000", "410900", "410100", "420000")
"""The country, the province and the city of all documents, another city and another province."""


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@pytest.fixture
def figure(bodies_site: Site) -> str:
    """A published figure."""
    rows = bodies_site.get("/gongkai.json", sql="select id from facts where state = 'number' limit 1").json()
    return str(rows["rows"][0][0])


@pytest.fixture
def form_data(bodies_site: Site, tmp_path: Path) -> DataDir:
    """A data directory of a test's own with published figures, whose operator has a contact."""
    copy = DataDir(shutil.copytree(bodies_site.data.root, tmp_path / "forms", symlinks=True))
    (copy.root / "gongkai.yaml").write_text("contact: mailto:desk@example.org", "utf-8")
    return copy


@pytest.fixture
def form_site(form_data: DataDir) -> Site:
    """The site over it."""
    return Site(form_data, datasette_app(form_data))


@pytest.fixture
def mailed(swapped_data: DataDir) -> Iterator[tuple[httpx.Client, Mailbox, DataDir]]:
    """A server whose operator has mail, a client of it, and the mailbox."""
    with mail_server() as (mailbox, address):
        (swapped_data.root / "gongkai.yaml").write_text(
            json.dumps({"mail": address, "site": SITE + "/"}), "utf-8"
        )
        with running_server(swapped_data) as server, httpx.Client(base_url=server, timeout=60) as client:
            yield client, mailbox, swapped_data


def post(site: Site, path: str, **form: str) -> httpx.Response:
    """Send a form."""
    answer: httpx.Response = asyncio.run(site.app.client.post(path, data=form))
    return answer


def test_a_figure_is_reported_and_shown_with_its_answer(form_site: Site, figure: str) -> None:
    proof = form_site.get(f"/-/proof/{figure}").text
    assert f'href="/-/report/{figure}"' in proof
    assert '<a href="mailto:desk@example.org">desk@example.org</a>' in proof
    assert 'method="post"' in form_site.get(f"/-/report/{figure}").text
    said = "应为 178 <script>"
    kept = post(form_site, f"/-/report/{figure}", said=said)
    assert (kept.status_code, "收到了" in kept.text) == (200, True)
    for page in (f"/-/proof/{figure}", "/-/reports"):
        assert "应为 178" not in form_site.get(page).text, "before it is answered"
    with open_readers(form_site.data, now) as readers:
        [report] = readers.waiting_reports()
        assert report.said == said
        readers.release_report(report.id, "原文印作 178，已改正识读。")
    for page in (f"/-/proof/{figure}", "/-/reports"):
        shown = form_site.get(page).text
        assert html.escape(said) in shown
        assert "<script>" not in shown
        assert "已改正识读" in shown


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("/-/report/{}", {"said": " "}, 400),
        ("/-/report/{}", {"said": "x" * (LIMITS.report_chars + 1)}, 400),
        ("/-/report/{}", {"said": "长" * LIMITS.form_bytes}, 413),
        ("/-/report/{}", {}, 413),
        ("/-/report/0000", {"said": "x"}, 404),
        ("/-/alerts/unknown", {"do": "end"}, 404),
        ("/-/proof/{}", {"said": "x"}, 405),
        ("/gongkai", {"sql": "select 1"}, 405),
    ],
)
def test_what_is_not_taken_says_why(
    form_site: Site, figure: str, path: str, form: dict[str, str], status: int
) -> None:
    assert post(form_site, path.format(figure), **form).status_code == status
    if form_site.data.readers_db.exists():
        with open_readers(form_site.data, now) as readers:
            assert readers.waiting_reports() == []


def test_forms_over_http_have_a_length_and_a_number(form_data: DataDir, figure: str) -> None:
    with running_server(form_data) as server, httpx.Client(base_url=server, timeout=60) as client:
        assert client.post(f"/-/report/{figure}", content=iter([b"said=x"])).status_code == 413
        answers = [
            client.post(f"/-/report/{figure}", data={"said": str(number)}).status_code
            for number in range(LIMITS.client_hourly + 1)
        ]
        other = client.post(
            f"/-/report/{figure}", data={"said": "x"}, headers={"X-Forwarded-For": "203.0.113.9"}
        )
    assert answers == [200] * LIMITS.client_hourly + [429]
    assert other.status_code == 200, "behind a proxy a client is who the proxy says"


@pytest.mark.parametrize("address", ["a@example.org, b@example.org", "a@example.org?to=b", "a@b", "@a.org"])
def test_an_alert_goes_to_one_address(swapped_data: DataDir, address: str) -> None:
    told = {"mail": "mailto://127.0.0.1:1", "site": SITE}
    (swapped_data.root / "gongkai.yaml").write_text(json.dumps(told), "utf-8")
    site = Site(swapped_data, datasette_app(swapped_data))
    assert post(site, "/-/alerts", feed=FEED, address=address).status_code == 400
    assert not swapped_data.readers_db.exists()


def test_who_was_sent_no_mail_may_ask_again(swapped_data: DataDir) -> None:
    told = {"mail": "mailto://127.0.0.1:1/?from=gongkai@example.org", "site": SITE}
    (swapped_data.root / "gongkai.yaml").write_text(json.dumps(told), "utf-8")
    site = Site(swapped_data, datasette_app(swapped_data))
    assert [post(site, "/-/alerts", feed=FEED, address=READER).status_code for _ in "12"] == [503, 503]
    with open_readers(swapped_data, now) as readers:
        assert readers.erase_address(READER) == 0


def test_an_alert_of_a_feed_that_is_broken_can_be_ended(swapped_data: DataDir) -> None:
    with open_readers(swapped_data, now) as readers:
        token = readers.ask_alert(READER, FEED, "zh")
    site = Site(swapped_data, datasette_app(swapped_data))
    assert site.get(f"/-/alerts/{token}").status_code == 200
    site.app.jinja_env.filters["write_xml"] = lambda *_: "\x00"
    assert "\x00" in site.get(FEED).text
    assert site.get(f"/-/alerts/{token}").status_code == 200
    assert "已退订" in post(site, f"/-/alerts/{token}", do="end").text
    assert site.get(f"/-/alerts/{token}").status_code == 404


def test_an_alert_is_confirmed_sent_once_and_ended(mailed: tuple[httpx.Client, Mailbox, DataDir]) -> None:
    client, mailbox, data = mailed
    asked = client.post("/-/alerts", data={"feed": FEED, "address": READER})
    assert asked.status_code == 200
    assert READER in asked.text
    confirm = _take(mailbox)
    token = re.search(rf"{SITE}/-/alerts/([\w-]+)", confirm)
    assert token
    mail = find_post(json.loads((data.root / "gongkai.yaml").read_text("utf-8")))
    assert mail
    assert list(send_alerts(data, mail, now)) == []
    assert mailbox.mails == [], "not confirmed yet"
    page = f"/-/alerts/{token[1]}"
    assert client.get(page).status_code == 200
    with open_readers(data, now) as readers:
        assert readers.confirmed_alerts() == [], "a program that follows links confirms nothing"
    assert "已确认" in client.post(page, data={"do": "confirm"}).text
    assert list(send_alerts(data, mail, now)) == []
    assert mailbox.mails == [], "nothing is new"
    with open_readers(data, now) as readers:
        readers.note_sent(token[1], "2000-01-01T00:00:00.000000Z")
    assert list(send_alerts(data, mail, now)) == []
    sent = _take(mailbox)
    assert f"{SITE}/gongkai/documents/" in sent
    assert f"{SITE}{page}" in sent
    assert list(send_alerts(data, mail, now)) == []
    assert mailbox.mails == [], "once"
    assert "已退订" in client.post(page, data={"do": "end"}).text
    assert client.get(page).status_code == 404


@pytest.mark.parametrize(
    ("feed", "kind"),
    [
        ("/-/feeds/search.atom?q=http%3A%2F%2Fevil.example+%E8%8E%B7%E5%A5%96", "检索“…”的新文件"),
        ("/-/feeds/documents.atom?region=410000", "新收录的文件"),
    ],
)
def test_a_mail_that_nobody_has_confirmed_holds_no_words_of_who_asked(
    mailed: tuple[httpx.Client, Mailbox, DataDir], feed: str, kind: str
) -> None:
    client, mailbox, _ = mailed
    assert client.post("/-/alerts", data={"feed": feed, "address": READER}).status_code == 200
    mail = _take(mailbox)
    assert f"“{kind}”" in mail
    assert not any(word in mail for word in ("evil", "获奖", "河南"))


@pytest.mark.parametrize("path", ["/-/alerts", f"/-/alerts?feed={FEED}", "/-/alerts/unknown"])
def test_no_cache_keeps_a_page_that_may_hold_an_address(site: Site, path: str) -> None:
    assert site.get(path).headers["cache-control"] == "no-store"


@pytest.mark.parametrize("is_locked", [True, False])
def test_a_file_of_readers_that_cannot_be_opened_is_told_in_words(
    form_site: Site, figure: str, monkeypatch: pytest.MonkeyPatch, *, is_locked: bool
) -> None:
    monkeypatch.setattr(readers_db, "LIMITS", replace(LIMITS, lock_s=0))
    with open_readers(form_site.data, now) as readers:
        token = readers.ask_alert(READER, FEED, "zh")
    with closing(sqlite3.connect(form_site.data.readers_db)) as other:
        if is_locked:
            other.execute("BEGIN EXCLUSIVE")
        else:
            form_site.data.readers_db.write_bytes(b"no database at all" * 100)
        answers = [
            form_site.get(f"/-/alerts/{token}"),
            post(form_site, f"/-/alerts/{token}", do="end"),
            post(form_site, f"/-/report/{figure}", said="应为 178"),
        ]
    for answer in answers:
        assert (answer.status_code, answer.headers["cache-control"]) == (503, "no-store")
        assert "眼下打不开" in answer.text
        assert READER not in answer.text
    assert "应为 178" in answers[2].text, "what a reader wrote is not lost"


def test_a_mail_that_is_not_taken_goes_with_the_next(mailed: tuple[httpx.Client, Mailbox, DataDir]) -> None:
    _, _, data = mailed
    with open_readers(data, now) as readers:
        token = readers.ask_alert(READER, FEED, "en")
        assert token
        readers.confirm_alert(token)
        readers.note_sent(token, "2000-01-01T00:00:00.000000Z")
    gone = find_post({"mail": "mailto://127.0.0.1:1/?from=gongkai@example.org", "site": SITE})
    assert gone
    [alarm] = send_alerts(data, gone, now)
    assert (alarm.kind, READER in alarm.describe()) == ("alerts_failed", False)
    with open_readers(data, now) as readers:
        [alert] = readers.confirmed_alerts()
        assert alert.sent_until.startswith("2000")


@pytest.fixture
def posted() -> Iterator[tuple[Post, Mailbox]]:
    """What nights send mails by, and the mailbox."""
    with mail_server() as (mailbox, address):
        post = find_post({"mail": address, "site": SITE})
        assert post
        yield post, mailbox


def confirm(data: DataDir, feed: str, sent_until: str | None = None) -> None:
    """Subscribe to a feed and confirm it, as if it had been sent until an instant."""
    with open_readers(data, now) as readers:
        token = readers.ask_alert(READER, feed, "zh")
        assert token
        readers.confirm_alert(token)
        if sent_until:
            readers.note_sent(token, sent_until)


def publish_late(data: DataDir, happened: str, captures: int) -> None:
    """Publish what came to the corpus late: that some documents were taken away, at an instant."""
    with closing(sqlite3.connect(data.corpus_db)) as db, db:
        sql = """
            SELECT document_id, id FROM captures WHERE document_id > ''
            AND id NOT IN (SELECT capture_id FROM changes WHERE kind = 'retracted') LIMIT ?
        """
        for document, capture in db.execute(sql, (captures,)).fetchall():
            late = (document, "retracted", happened, None, None, capture, "{}")
            db.execute("INSERT INTO changes VALUES (?, ?, ?, ?, ?, ?, ?)", late)
    publish_visits(data)


WITHDRAWALS = "/-/feeds/withdrawals.atom"


@pytest.mark.parametrize("feed", [WITHDRAWALS, f"{WITHDRAWALS}?region=410000"])
def test_what_is_told_late_is_mailed_once_however_long_ago_it_happened(
    swapped_data: DataDir, posted: tuple[Post, Mailbox], feed: str
) -> None:
    post, mailbox = posted
    confirm(swapped_data, feed)
    assert list(send_alerts(swapped_data, post, now)) == []
    assert mailbox.mails == []
    publish_late(swapped_data, "2001-01-01T00:00:00.000000Z", 1)
    assert list(send_alerts(swapped_data, post, now)) == []
    assert "：1 条" in mailbox.mails[0][1]["subject"]
    mailbox.mails.clear()
    assert list(send_alerts(swapped_data, post, now)) == []
    # The clock was set back, and is behind what was sent.
    publish_late(swapped_data, "2000-01-01T00:00:00.000000Z", 1)
    for _ in "12":
        assert list(send_alerts(swapped_data, post, lambda: dt.datetime(2026, 1, 1, tzinfo=dt.UTC))) == []
    assert "：1 条" in _subject(mailbox)


def test_what_came_between_a_first_wish_and_the_night_after_is_mailed(
    mailed: tuple[httpx.Client, Mailbox, DataDir],
) -> None:
    client, mailbox, data = mailed
    assert client.post("/-/alerts", data={"feed": WITHDRAWALS, "address": READER}).status_code == 200
    _take(mailbox)
    with open_readers(data, now) as readers:
        readers.db.execute("UPDATE alerts SET is_confirmed = 1")
    publish_late(data, "2001-01-01T00:00:00.000000Z", 1)
    post = find_post(json.loads((data.root / "gongkai.yaml").read_text("utf-8")))
    assert post
    assert list(send_alerts(data, post, now)) == []
    assert "：1 条" in _subject(mailbox)


@pytest.mark.parametrize("feed", ["/-/feeds/search.atom?q=政府信息公开", f"{FEED}?region=410000"])
def test_what_is_read_later_is_mailed_to_who_searches_or_asked_for_a_place(
    swapped_data: DataDir, posted: tuple[Post, Mailbox], feed: str
) -> None:
    post, mailbox = posted
    with closing(sqlite3.connect(swapped_data.corpus_db)) as db, db:
        [*read] = db.execute(
            "SELECT current_version_id, issuer_id, region_code, id FROM documents "
            "WHERE kind = 'annual_report' ORDER BY id LIMIT 1"
        ).fetchone()
        unread = "current_version_id = NULL, issuer_id = NULL, region_code = NULL"
        db.execute(f"UPDATE documents SET {unread} WHERE id = ?", read[-1:])  # noqa: S608  names of columns
    publish_visits(swapped_data)
    confirm(swapped_data, feed)
    assert list(send_alerts(swapped_data, post, now)) == []
    with closing(sqlite3.connect(swapped_data.corpus_db)) as db, db:
        db.execute(
            "UPDATE documents SET (current_version_id, issuer_id, region_code) = (?, ?, ?) WHERE id = ?", read
        )
    publish_visits(swapped_data)
    for _ in "12":
        assert list(send_alerts(swapped_data, post, now)) == []
    assert "：1 条" in _subject(mailbox)


def test_alerts_of_an_older_version_go_on_where_they_were(
    swapped_data: DataDir, posted: tuple[Post, Mailbox]
) -> None:
    post, mailbox = posted
    publish_late(swapped_data, "2026-01-01T00:00:00.000000Z", 3)
    publish_late(swapped_data, "2026-01-03T00:00:00.000000Z", 2)
    confirm(swapped_data, WITHDRAWALS, sent_until="2026-01-01T00:00:00.000000Z")
    with open_readers(swapped_data, now) as readers:
        readers.db.run_script("DROP TABLE entries;\nPRAGMA user_version = 0;\n")
    for _ in "12":
        assert list(send_alerts(swapped_data, post, now)) == []
    assert "：2 条" in _subject(mailbox)


def test_a_mail_lists_so_much_and_counts_what_it_does_not(
    swapped_data: DataDir, posted: tuple[Post, Mailbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    post, mailbox = posted
    monkeypatch.setattr(alerts, "LIMITS", replace(LIMITS, mail_entries=2))
    monkeypatch.setattr(alerts, "_AT_ONCE", 2)
    confirm(swapped_data, WITHDRAWALS, sent_until="2000-01-01T00:00:00.000000Z")
    publish_late(swapped_data, "2026-01-01T00:00:00.000000Z", 5)
    assert list(send_alerts(swapped_data, post, now)) == []
    sent = _take(mailbox).replace("\r", "")
    assert sent.count(f"{SITE}/gongkai/documents/") == 2
    assert f"另有 3 条：\n{SITE}/gongkai/changes?kind__in=withdrawn,retracted" in sent


def test_who_is_killed_between_mail_and_note_sends_it_again_and_does_not_lose_it(
    swapped_data: DataDir, posted: tuple[Post, Mailbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    post, mailbox = posted
    confirm(swapped_data, WITHDRAWALS)
    assert list(send_alerts(swapped_data, post, now)) == []
    publish_late(swapped_data, "2001-01-01T00:00:00.000000Z", 1)
    for killed in (True, False, False):
        with monkeypatch.context() as patched, suppress(KeyboardInterrupt):
            if killed:
                patched.setattr(readers_db.Readers, "note_sent", Mock(side_effect=KeyboardInterrupt))
            assert list(send_alerts(swapped_data, post, now)) == []
    assert len(mailbox.mails) == 2


def test_a_feed_that_cannot_be_read_is_said_and_sent_once_it_can(
    swapped_data: DataDir, posted: tuple[Post, Mailbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    post, mailbox = posted
    confirm(swapped_data, WITHDRAWALS)
    confirm(swapped_data, f"{WITHDRAWALS}?issuer=gone")
    assert list(send_alerts(swapped_data, post, now)) == []
    publish_late(swapped_data, "2001-01-01T00:00:00.000000Z", 1)
    with monkeypatch.context() as patched:
        patched.setattr(alerts, "read_entries", Mock(side_effect=FeedNotRead("broken")))
        [alarm] = send_alerts(swapped_data, post, now)
    assert (alarm.kind, mailbox.mails) == ("alerts_failed", [])
    assert list(send_alerts(swapped_data, post, now)) == []
    assert "：1 条" in _subject(mailbox)


def test_a_copy_that_is_damaged_or_not_there_fails_no_night(
    swapped_data: DataDir, posted: tuple[Post, Mailbox]
) -> None:
    confirm(swapped_data, WITHDRAWALS)
    swapped_data.public_db.resolve().write_bytes(b"no database at all" * 100)
    with pytest.raises(CorpusUnreadable):
        list(send_alerts(swapped_data, posted[0], now))
    swapped_data.public_db.unlink()
    assert list(send_alerts(swapped_data, posted[0], now)) == []


def _subject(mailbox: Mailbox) -> str:
    [(_, mail)] = mailbox.mails
    return str(mail["subject"])


def test_without_mail_only_the_feed_is_offered(site: Site) -> None:
    page = site.get("/-/alerts", feed=FEED).text
    assert f'href="{FEED}"' in page
    assert "<input" not in page.partition("<main")[2]
    other = site.get("/-/alerts", feed="https://elsewhere.example/-/feeds/changes.atom").text
    assert "elsewhere" not in other.partition("<main")[2]


def test_a_feed_of_a_place_has_what_lies_in_it(site: Site) -> None:
    whole = site.get("/-/feeds/documents.atom").text.count("<entry>")
    counts = [site.get("/-/feeds/documents.atom", region=code).text.count("<entry>") for code in PLACES]
    assert counts == [whole] * 3 + [0] * 2
    assert whole
    assert site.get("/-/feeds/documents.atom", region="123").status_code == 404


def _take(mailbox: Mailbox) -> str:
    until = time.monotonic() + 20
    while not mailbox.mails and time.monotonic() < until:
        time.sleep(0.05)
    [(receivers, mail)] = mailbox.mails
    mailbox.mails.clear()
    assert receivers == [READER]
    return str(mail.get_content())
