"""The frontier: what a revisit may refer to, what is pending, how a walk counts."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from archive.frontier.schedule import Found
from archive.frontier.state import Frontier, FrontierBroken, is_final
from archive.frontier.sweeps import PageFound, SweepKey, Sweeps
from archive.frontier.targets import DueTargets, Link, PageRequest, Target
from archive.warc.entries import IDENTICAL_PAYLOAD, NOT_MODIFIED, Context, Original, Role, StoredCapture

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

A, B = "http://www.hexi.gov.cn/a.html", "http://www.hexi.gov.cn/b.html"
START = dt.datetime(2026, 1, 31, 15, tzinfo=dt.UTC)
NIGHT = dt.date(2026, 1, 31)
RUN = Context(run_id="run1", role=Role.ARTICLE, portal="hexi", parent="urn:uuid:list")


@pytest.fixture
def frontier(tmp_path: Path) -> Iterator[Frontier]:
    opened = Frontier(tmp_path / "crawl.db")
    yield opened
    opened.close()


def digest(payload: bytes) -> str:
    return hashlib.sha256(payload).hexdigest()


def capture(
    number: int,
    url: str = A,
    *,
    status: int = 200,
    payload: bytes = b"text",
    headers: tuple[tuple[bytes, bytes], ...] = (),
    original: Original | None = None,
    context: Context | None = RUN,
) -> StoredCapture:
    return StoredCapture(
        id=f"urn:uuid:{number}",
        kind="revisit" if original else "response",
        url=url,
        fetched_at=START + dt.timedelta(minutes=number),
        status=status,
        headers=headers,
        payload_sha256=digest(payload),
        warc_file="a.warc.gz",
        warc_offset=number * 100,
        warc_length=100,
        original=original,
        outcome=None,
        error=None,
        context=context,
    )


@pytest.mark.parametrize(
    ("known", "asked", "found"),
    [
        pytest.param((A, 200, b"x"), (A, 200, b"x"), True, id="same address, same answer"),
        pytest.param((A, 200, b"x"), (A, 200, b"y"), False, id="same address, other payload"),
        pytest.param((A, 404, b"x"), (A, 404, b"x"), True, id="same address, same error"),
        pytest.param((A, 200, b"x"), (A, 404, b"x"), False, id="same address, other status"),
        pytest.param((A, 302, b""), (A, 302, b""), True, id="same address, empty payload"),
        pytest.param((A, 200, b"x"), (B, 200, b"x"), True, id="other address, same page"),
        pytest.param((A, 404, b"x"), (B, 404, b"x"), False, id="other address, same error page"),
        pytest.param((A, 200, b""), (B, 200, b""), False, id="other address, both empty"),
        pytest.param((A, 404, b"x"), (B, 200, b"x"), False, id="other address, error there"),
    ],
)
def test_what_a_revisit_may_refer_to(
    frontier: Frontier, known: tuple[str, int, bytes], asked: tuple[str, int, bytes], found: bool
) -> None:
    url, status, payload = known
    frontier.record_capture(capture(1, url, status=status, payload=payload))
    original = frontier.find_original(asked[0], asked[1], digest(asked[2]))
    expected = Original("urn:uuid:1", url, START + dt.timedelta(minutes=1), IDENTICAL_PAYLOAD)
    assert original == (expected if found else None)


def test_page_that_goes_back_is_a_revisit_of_its_first_capture(frontier: Frontier) -> None:
    frontier.record_capture(capture(1, payload=b"old"))
    frontier.record_capture(capture(2, payload=b"new"))
    original = frontier.find_original(A, 200, digest(b"old"))
    assert original
    assert original.capture_id == "urn:uuid:1"


def test_conditions_come_from_the_last_page_and_not_from_errors(frontier: Frontier) -> None:
    assert frontier.validators_for(A) == (None, None)
    frontier.record_capture(capture(1, headers=((b"ETag", b'"1"'), (b"Last-Modified", b"Sat"))))
    assert frontier.validators_for(A) == ('"1"', "Sat")
    unchanged = frontier.find_unmodified(A)
    assert unchanged == Original("urn:uuid:1", A, START + dt.timedelta(minutes=1), NOT_MODIFIED)
    frontier.record_capture(
        capture(2, status=304, payload=b"", headers=((b"ETag", b'"2"'),), original=unchanged)
    )
    assert frontier.validators_for(A) == ('"2"', "Sat")
    frontier.record_capture(capture(3, status=404, payload=b"none", headers=((b"ETag", b'"3"'),)))
    assert frontier.validators_for(A) == ('"2"', "Sat"), "what is no page leaves none, and takes none away"
    assert frontier.find_unmodified(A) == unchanged


def test_unchanged_page_that_nobody_ever_had_is_not_there(frontier: Frontier) -> None:
    frontier.begin_run(RUN.run_id, START, ["hexi"])
    frontier.record_capture(capture(1, status=304), "not_modified")
    assert frontier.connection.rows("SELECT seen_at, due_on FROM targets") == [(None, None)]


def test_unchanged_page_refers_to_the_record_that_holds_it(frontier: Frontier) -> None:
    frontier.record_capture(capture(1))
    frontier.record_capture(capture(2, B, original=frontier.find_original(B, 200, digest(b"text"))))
    original = frontier.find_unmodified(B)
    assert original
    assert (original.capture_id, original.url) == ("urn:uuid:1", A)


@pytest.mark.parametrize("is_late", [False, True], ids=["named first", "answered first"])
@pytest.mark.parametrize(
    ("outcome", "rests"),
    [("ok", True), ("gone", True), ("soft_404", True), ("redirected", True), ("server_error", False)],
)
def test_an_article_is_due_until_each_of_its_parts_has_said_what_it_is(
    frontier: Frontier, outcome: str, rests: bool, is_late: bool
) -> None:
    part = replace(RUN, role=Role.PART, parent="urn:uuid:1")
    frontier.record_capture(capture(1))
    if is_late:
        frontier.record_capture(capture(2, B, context=part), outcome)
    frontier.schedule.note_parts("hexi", A, [B])
    if not is_late:
        frontier.record_capture(capture(2, B, context=part), outcome)
    due = "SELECT due_on IS NOT NULL FROM targets"
    assert frontier.connection.execute(due).fetchall() == [(rests,)]
    frontier.schedule.note_parts("hexi", A, [])
    assert frontier.connection.execute(due).fetchall() == [(True,)], "its pager names none any more"


def test_an_article_in_parts_is_asked_for_and_kept_in_full(frontier: Frontier) -> None:
    frontier.record_capture(capture(1, headers=((b"ETag", b'"1"'),)))
    frontier.record_capture(capture(2, B, payload=b"other"))
    frontier.schedule.note_parts("hexi", A, ["http://www.hexi.gov.cn/a_1.html"])
    assert frontier.validators_for(A) == (None, None)
    assert frontier.find_original(A, 200, digest(b"text")) is None
    assert frontier.find_original(B, 200, digest(b"text")) is None
    assert frontier.find_original(A, 200, digest(b"other")) is None
    assert frontier.find_payload(capture(1)) == ("a.warc.gz", 100)


@pytest.mark.parametrize("told_after", range(3), ids=["told first", "told between", "told last"])
def test_a_part_that_two_articles_name_is_one_of_both(frontier: Frontier, told_after: int) -> None:
    part = "http://www.hexi.gov.cn/a_2.html"
    about_part = replace(RUN, role=Role.PART, parent="urn:uuid:1")
    for number, url in enumerate((A, B)):
        if told_after == number:
            frontier.record_capture(capture(9, part, payload=b"part", context=about_part))
        headers = ((b"ETag", b"%d" % number),)
        frontier.record_capture(capture(number, url, payload=url.encode(), headers=headers))
        frontier.schedule.note_parts("hexi", url, [part])
    if told_after == 2:
        due = frontier.connection.execute("SELECT count(*) FROM targets WHERE due_on IS NULL")
        assert due.fetchone() == (2,), "neither rests before its part has answered"
        frontier.record_capture(capture(9, part, payload=b"part", context=about_part))
    assert [frontier.schedule.is_in_parts(url) for url in (A, B)] == [True, True]
    assert [frontier.validators_for(url) for url in (A, B)] == [(None, None)] * 2
    assert [frontier.find_original(url, 200, digest(url.encode())) for url in (A, B)] == [None, None]
    rests = frontier.connection.execute("SELECT due_on IS NOT NULL FROM targets").fetchall()
    assert rests == [(True,), (True,)]
    frontier.schedule.note_parts("hexi", A, [])
    named = frontier.connection.execute("SELECT is_named FROM parts ORDER BY article").fetchall()
    assert named == [(0,), (1,)], "what one names no more, the other still does"


@settings(deadline=None, max_examples=30)
@given(order=st.permutations(range(6)), twice=st.booleans())
def test_recording_again_or_in_any_order_comes_to_the_same(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], twice: bool
) -> None:
    captures = [
        capture(n, (A, B)[n % 2], payload=b"%d" % (n // 3), headers=((b"ETag", b"%d" % n),)) for n in range(6)
    ]
    known = []
    for sequence in (range(6), [*order, *order] if twice else order):
        frontier = Frontier(tmp_path_factory.mktemp("frontier") / "crawl.db")
        for number in sequence:
            frontier.record_capture(captures[number])
        known.append(
            [
                sorted(frontier.connection.execute(f"SELECT {columns} FROM {table}"))  # noqa: S608 - two names
                for table, columns in (
                    ("visits", "url, fetched_at, etag"),
                    ("targets", "key, done_run, due_on, seen_on"),
                )
            ]
        )
        frontier.close()
    assert known[0] == known[1]


@pytest.mark.parametrize(
    ("status", "final"),
    [
        (200, True),
        (204, True),
        (304, True),
        (404, True),
        (412, True),
        (302, False),
        (408, False),
        (429, False),
        (503, False),
    ],
)
def test_answer_ends_its_address_unless_it_is_tried_again(
    frontier: Frontier, status: int, final: bool
) -> None:
    assert is_final(status) is final
    frontier.record_capture(capture(1, status=status))
    assert frontier.schedule.is_finished(A, "run1") is final
    assert not frontier.schedule.is_finished(A, "run2")


def test_looking_around_visits_no_document_and_ends_no_address(frontier: Frontier) -> None:
    frontier.schedule.add_links(Found("hexi", "urn:uuid:list", A, NIGHT), [Link(A, "甲", None)])
    frontier.record_capture(
        capture(1, headers=((b"ETag", b'"v1"'),), context=Context("run1", Role.PROBE, None))
    )
    assert not frontier.schedule.is_finished(A, "run1")
    assert frontier.validators_for(A) == (None, None), "else the first visit would only bring a 304"
    repeated = frontier.find_original(A, 200, digest(b"text"))
    assert repeated is not None
    assert repeated.capture_id == "urn:uuid:1"


def test_what_is_found_is_offered_once_and_in_the_order_of_finding(frontier: Frontier) -> None:
    links = [
        Link(A, "甲", "2024-03-11"),
        Link(B, "乙", None),
        Link("http://other.cn/", "丙", None, wanted=False),
    ]
    found = Found("hexi", "urn:uuid:list", "http://www.hexi.gov.cn/nb/", NIGHT)
    assert frontier.schedule.add_links(found, links) == (2, False)
    assert frontier.schedule.add_links(found, [Link(f"{A}?from=list", "甲", None)]) == (0, False)
    assert frontier.schedule.add_links(found, [Link(A, "甲", None), Link(f"{A}2", "丁", None)], room=0) == (
        0,
        True,
    )
    due_targets = DueTargets(frontier, "hexi", "run1")
    (first,) = due_targets.next_batch(1)
    assert (first.url, first.parent, first.list_title, first.list_date, first.list_url) == (
        A,
        "urn:uuid:list",
        "甲",
        "2024-03-11",
        "http://www.hexi.gov.cn/nb/",
    )
    frontier.schedule.finish_targets([f"{A}?from=list"], "run1")
    assert urls(due_targets.next_batch(9)) == [B]
    assert due_targets.next_batch(9) == ()
    frontier.schedule.add_links(found, [Link(f"{B}/attached.pdf", "附件", None)])
    assert urls(due_targets.next_batch(9)) == [f"{B}/attached.pdf"], "what is found meanwhile is offered, too"
    assert urls(DueTargets(frontier, "hexi", "run1").next_batch(9)) == [B, f"{B}/attached.pdf"]
    assert len(DueTargets(frontier, "hexi", "run2").next_batch(9)) == 3
    assert DueTargets(frontier, "other", "run1").next_batch(9) == ()


def urls(targets: tuple[Target, ...]) -> list[str]:
    return [target.url for target in targets]


def test_hop_of_a_redirect_becomes_a_target_only_with_a_page(frontier: Frontier) -> None:
    frontier.record_capture(capture(1, A, status=302, payload=b""))
    hop = Context(run_id="run1", role=Role.ARTICLE, portal="hexi", parent="urn:uuid:1")
    frontier.record_capture(capture(2, B, status=302, payload=b"", context=hop))
    end = Context(run_id="run1", role=Role.ARTICLE, portal="hexi", parent="urn:uuid:2")
    frontier.record_capture(capture(3, f"{B}/there", context=end))
    known = frontier.connection.execute("SELECT url, due_on IS NULL FROM targets ORDER BY seq").fetchall()
    assert known == [(A, True), (f"{B}/there", False)]


def test_walk_counts_rows_once_and_goes_on_where_it_stood(frontier: Frontier) -> None:
    sweeps, key = Sweeps(frontier), SweepKey("run1", "hexi", "http://www.hexi.gov.cn/nb/")
    frontier.begin_run("run1", START, ["hexi"])
    first = PageRequest(key.list_url)
    assert sweeps.open_sweep(key, first).found == 0
    assert sweeps.next_page(key) == first
    pages = [PageRequest(f"{key.list_url}index_1.html"), PageRequest(key.list_url, "page=2", "text/plain")]
    links = [Link(A, "甲", None), Link(A, "甲", None), Link(f"{A}?from=list", "甲", None)]
    added = sweeps.finish_page(key, first, PageFound("urn:uuid:1", links, pages, 5, 3))
    assert (added.addresses, added.targets) == (1, 1)
    assert sweeps.next_page(key) == pages[0]
    assert sweeps.open_sweep(key, first).found == 3
    moved_on = [Link(A, "甲", None), Link(B, "乙", None)]
    sweeps.finish_page(key, pages[0], PageFound("urn:uuid:2", moved_on, pages, 5, 3))
    assert sweeps.next_page(key) == pages[1]
    stub = sweeps.finish_page(key, pages[1], PageFound("urn:uuid:3", [], [], None, None))
    assert stub.addresses == 0
    sweep = sweeps.read_sweep(key)
    assert (sweep.found, sweep.declared, sweep.pages, sweeps.next_page(key)) == (4, 5, 2, None)
    assert sweeps.pages_of(key).count_rows() == (3, 2, 0)
    sweeps.end_sweep(key, "declared 5 rows, found 4")
    assert [(each.ended, each.complete) for each in sweeps.list_sweeps("run1")] == [(True, False)]
    frontier.begin_run("run2", START, ["hexi"])
    assert sweeps.next_page(key) is None
    assert len(sweeps.list_sweeps("run1")) == 1


def test_page_and_its_links_are_one(frontier: Frontier) -> None:
    sweeps, key = Sweeps(frontier), SweepKey("run1", "hexi", "http://www.hexi.gov.cn/nb/")
    frontier.begin_run("run1", START, ["hexi"])
    first = PageRequest(key.list_url)
    sweeps.open_sweep(key, first)
    bad = [Link(A, "甲", None), Link("no address", "乙", None)]
    with pytest.raises(Exception, match="not an http"):
        sweeps.finish_page(key, first, PageFound("urn:uuid:1", bad, [], 2, 1))
    assert sweeps.next_page(key) == first
    assert DueTargets(frontier, "hexi", "run1").next_batch(9) == ()
    assert sweeps.read_sweep(key).found == 0


def test_runs_without_an_end_are_known(frontier: Frontier) -> None:
    frontier.begin_run("run1", START, ["hexi", "hedong"])
    frontier.begin_run("run2", START + dt.timedelta(days=1), ["hexi"])
    frontier.end_run("run2", "finished")
    assert frontier.list_unfinished_runs() == (("run1", START, ("hedong", "hexi")),)


def test_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    first, second = Frontier(tmp_path / "crawl.db"), Frontier(tmp_path / "crawl.db")
    second.connection.execute("PRAGMA busy_timeout = 1")
    with first.transaction(), pytest.raises(FrontierBroken, match="locked"):
        second.end_run("run1", "finished")
    first.close()
    second.close()
