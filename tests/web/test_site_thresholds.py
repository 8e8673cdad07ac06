"""What each threshold of gongkai/thresholds/ decides, just inside it and just outside."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from datasette.database import Database, QueryInterrupted

from gongkai.serving import datasette_app
from gongkai.web.cache import PageCache, facet_key, facet_weight
from gongkai.web.exports import export_route
from gongkai.web.pages import measure_pages, search_page
from gongkai.web.pages.compare_pages import _state
from gongkai.web.pages.evidence_pages import FoundFigure, mark_table
from gongkai.web.pages.issuer_page import find_medians, gather_amounts
from gongkai.web.pages.page_queries import Queries
from gongkai.web.pages.site_pages import read_snapshots
from gongkai.web.reading import TooMany
from gongkai.web.rendering.cells import write_address, write_reference
from gongkai.web.rendering.passages import cut_parts
from gongkai.web.rendering.text_comparison import _name_leaf, shown_part
from gongkai.web.replaying.replay import NotReplayed, Place, Replay, ShownTable, Source, Why
from gongkai.web.replaying.service import Replays
from gongkai.web.server.asgi import Outgoing
from gongkai.web.server.gate import find_refusal, read_arguments
from gongkai.web.server.limits import MeteredConnection, in_time, is_too_long
from gongkai.web.server.statements import expanded_length
from pipelines.duplicates.diff import Aligned, Leaf, State
from tests.web.conftest import Site
from tests.web.test_cells import passage
from tests.web.test_comparison import compared, leaves
from tests.web.test_reading import plan_id, served
from tests.web.test_replay_structure import structure_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@pytest.mark.parametrize(
    ("arguments", "is_refused"),
    [
        pytest.param("&".join(["a=1"] * 100), False, id="arguments"),
        pytest.param("&".join(["a=1"] * 101), True, id="too many arguments"),
        pytest.param("&".join(["_facet=kind"] * 12), False, id="facets"),
        pytest.param("&".join(["_facet=kind"] * 13), True, id="too many facets"),
        pytest.param("_facet=kind&x=".ljust(8_000, "x"), False, id="facets of an address"),
        pytest.param("_facet=kind&x=".ljust(8_001, "x"), True, id="facets of a long address"),
        pytest.param("_facet_size=max&x=".ljust(1_000, "x"), False, id="values of an address"),
        pytest.param("_facet_size=max&x=".ljust(1_001, "x"), True, id="values of a long address"),
    ],
)
def test_what_an_address_may_ask_for(arguments: str, *, is_refused: bool) -> None:
    scope = {"method": "GET", "headers": [], "path": "/gongkai/documents", "query_string": arguments.encode()}
    assert bool(find_refusal(scope, read_arguments(scope))) is is_refused


@pytest.mark.parametrize(
    ("sql", "status"),
    [
        ("select length(zeroblob(1000000))", 200),
        ("select length(zeroblob(1000001))", 400),
        (f"select {', '.join('1' * 60)}", 200),
        (f"select {', '.join('1' * 61)}", 400),
    ],
)
def test_what_a_statement_may_give(site: Site, sql: str, status: int) -> None:
    assert site.get("/gongkai.json", sql=sql).status_code == status


@pytest.fixture
def metered() -> Iterator[MeteredConnection]:
    with closing(sqlite3.connect(":memory:", factory=MeteredConnection)) as connection:
        yield connection


def test_an_answer_weighs_sixteen_million_characters(metered: MeteredConnection) -> None:
    sql = "select hex(zeroblob(4000000)) union all select hex(zeroblob(4000000)) union all select {}"
    assert len(metered.cursor().execute(sql.format("1")).fetchall()) == 3
    with pytest.raises(sqlite3.OperationalError, match="larger than 16,000,000"):
        metered.cursor().execute(sql.format("'x'")).fetchall()


@pytest.mark.parametrize(("patterns", "longest"), [(1, 500), (5, 500), (2_500, 1), (2_501, 0)])
def test_patterns_share_their_length(metered: MeteredConnection, patterns: int, longest: int) -> None:
    metered.bound_patterns(patterns)
    assert metered.getlimit(sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH) == longest


class _NotedSteps(sqlite3.Connection):
    steps = 0

    def set_progress_handler(self, progress_handler: Any, n: int) -> None:
        self.steps = n
        super().set_progress_handler(progress_handler, n)


class _NotedConnection(MeteredConnection, _NotedSteps):
    """A metered connection that tells how often SQLite asks for the time."""


def test_the_time_is_asked_for_more_often_where_there_are_patterns() -> None:
    with closing(sqlite3.connect(":memory:", factory=_NotedConnection)) as connection:
        connection.set_progress_handler(lambda: 0, 1_000)
        connection.execute("select 'a' like 'b'")
        assert connection.steps == 50
        connection.execute("select 1")
        assert connection.steps == 1_000


def test_all_connections_together_hold_no_more_than_their_memory(site: Site) -> None:
    site.get("/gongkai/documents")
    with closing(sqlite3.connect(":memory:")) as connection:
        assert connection.execute("PRAGMA hard_heap_limit").fetchone() == (600_000_000,)


def test_a_search_has_three_hundred_characters() -> None:
    assert not is_too_long("甲" * 300)
    assert is_too_long("甲" * 301)


def test_a_long_argument_is_worked_out_only_in_time() -> None:
    call = in_time(len, 20_000, lambda: True)
    assert call("x" * 10_000) == 10_000
    assert call("x" * 10_001) == "x" * 20_001


def test_a_statement_has_a_length_once_it_is_written_out(metered: MeteredConnection) -> None:
    sql = "select 1 from wide"
    metered.execute("create table wide (a)")
    metered.views = (("wide", 600_000 - len(sql)),)
    assert metered.execute(sql).fetchall() == []
    metered.views = (("wide", 600_001 - len(sql)),)
    with pytest.raises(sqlite3.OperationalError, match="600,000 characters"):
        metered.execute(sql)


@pytest.mark.parametrize(("tables", "is_too_much"), [(100, False), (101, True)])
def test_with_defines_a_hundred_tables(tables: int, *, is_too_much: bool) -> None:
    sql = f"with {', '.join(f'x{n} as (select 1)' for n in range(tables))} select 1"
    assert (expanded_length(sql, ()) > 600_000) is is_too_much


class _Taker:
    """A reader of answers who takes all, or nothing after the head."""

    def __init__(self, *, takes_all: bool = True) -> None:
        self.taken: list[dict[str, Any]] = []
        self._takes_all = takes_all

    async def send(self, message: dict[str, Any]) -> None:
        self.taken.append(message)
        if not self._takes_all and message["type"] == "http.response.body":
            await asyncio.Event().wait()

    async def ask(self, outgoing: Outgoing, length: int) -> _Taker:
        send = outgoing.bounded(self.send)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": bytes(length)})
        return self


def test_a_large_answer_goes_in_pieces() -> None:
    small = asyncio.run(_Taker().ask(Outgoing(), 262_144)).taken[1:]
    large = asyncio.run(_Taker().ask(Outgoing(), 262_145)).taken[1:]
    assert [len(message["body"]) for message in small] == [262_144]
    assert [len(message["body"]) for message in large] == [*[65_536] * 4, 1, 0]


@pytest.mark.parametrize(("length", "status"), [(1_000_000, 200), (1_000_001, 503)])
def test_large_answers_under_way_have_a_length_together(length: int, status: int) -> None:
    async def ask() -> _Taker:
        outgoing = Outgoing()
        slow = asyncio.create_task(_Taker(takes_all=False).ask(outgoing, 63_000_000))
        await asyncio.sleep(0)
        taker = await _Taker().ask(outgoing, length)
        slow.cancel()
        return taker

    assert asyncio.run(ask()).taken[0]["status"] == status


def test_a_reader_has_half_a_minute_and_the_time_for_the_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[float] = []
    timeout = asyncio.timeout

    def note(delay: float) -> asyncio.Timeout:
        given.append(delay)
        return timeout(delay)

    monkeypatch.setattr(asyncio, "timeout", note)
    asyncio.run(_Taker().ask(Outgoing(), 1_000_000))
    assert given == [40.0]


@pytest.mark.parametrize(("length", "made"), [(32_000_000, 1), (32_000_001, 2)])
def test_pages_are_kept_up_to_their_length_together(length: int, made: int) -> None:
    sent: list[int] = []

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        sent.append(length)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": bytes(length)})

    async def ask() -> None:
        scope = {"method": "GET", "query_string": b"", "raw_path": b"/", "headers": []}
        pages = PageCache()
        for _ in range(2):
            await pages.answer(app, scope, lambda: None, "zh")  # type: ignore[arg-type,return-value] # never asked

    asyncio.run(ask())
    assert len(sent) == made


def test_the_key_of_a_facet_has_a_length() -> None:
    assert facet_key("s" * 7_000, {"a": "x" * 999}) is not None
    assert facet_key("s" * 7_000, {"a": "x" * 1_000}) is None


def test_a_row_of_a_facet_weighs_beside_its_value() -> None:
    assert facet_weight([("甲乙丙", 1), ("", 20)]) == 206


class _Facets:
    """A site whose facets are one value each, counted how often they were worked out."""

    def __init__(self, site: Site, monkeypatch: pytest.MonkeyPatch, length: int) -> None:
        self.counted = 0
        self._database = datasette_app(site.data).get_database("gongkai")

        async def execute(*_: Any, **__: Any) -> Any:
            self.counted += 1
            return SimpleNamespace(rows=[("x" * length, 1)])

        monkeypatch.setattr(Database, "execute", execute)

    def ask(self, *names: int) -> int:
        async def ask_all() -> None:
            for name in names:
                await self._database.execute(f"select a as value, count(*) as count from ({name})")  # noqa: S608 our own

        asyncio.run(ask_all())
        return self.counted


def test_a_facet_may_weigh_so_much(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _Facets(site, monkeypatch, 299_899).ask(1) == 1
    with pytest.raises(QueryInterrupted):
        _Facets(site, monkeypatch, 299_900).ask(1)


@pytest.mark.parametrize(("length", "counted"), [(199_899, 50), (199_900, 51)])
def test_the_facets_that_are_kept_weigh_so_much_together(
    site: Site, monkeypatch: pytest.MonkeyPatch, length: int, counted: int
) -> None:
    """Fifty of 200,000 each, with the hundred of a row and the digit of its count."""
    assert _Facets(site, monkeypatch, length).ask(*range(50), 0) == counted


def _source(number: int = 0, length: int = 100) -> Source:
    return Source("https://a.gov.cn/", "a.warc.gz", number, length, "", "d", frozenset())


@pytest.mark.parametrize(("length", "why"), [(16 << 20, Why.OFFLINE), ((16 << 20) + 1, Why.TOO_LARGE)])
def test_a_record_is_read_up_to_its_length(tmp_path: Path, length: int, why: Why) -> None:
    with pytest.raises(NotReplayed) as refused:
        asyncio.run(Replays(tmp_path).replay(_source(length=length)))
    assert refused.value.why is why


def test_six_readers_wait_for_archived_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.warc.gz").touch()
    replays = Replays(tmp_path)

    async def ask() -> list[Why]:
        never = SimpleNamespace(submit=lambda *_: asyncio.Future())
        monkeypatch.setattr(replays._child, "_sandbox", never)
        asked = [asyncio.create_task(replays.replay(_source(number))) for number in range(7)]
        done, waiting = await asyncio.wait(asked, timeout=0.1)
        for each in waiting:
            each.cancel()
        assert len(waiting) == 6
        return [each.exception().why for each in done]  # type: ignore[union-attr] # it was refused

    assert asyncio.run(ask()) == [Why.BUSY]


@pytest.mark.parametrize(
    ("answer", "pages", "asked"),
    [
        (Why.SCAN, 24, 24),
        (Why.SCAN, 25, 26),
        (Replay("html", "x" * 12_000_000), 1, 1),
        (Replay("html", "x" * 12_000_001), 1, 2),
    ],
    ids=["pages", "too many pages", "characters", "too many characters"],
)
def test_archived_pages_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Replay | Why, pages: int, asked: int
) -> None:
    replays = Replays(tmp_path)
    seen: list[Source] = []

    async def give(_job: str, source: Source) -> Replay | Why:
        seen.append(source)
        return answer

    async def ask() -> None:
        for number in (*range(pages), 0):
            try:
                await replays.replay(_source(number))
            except NotReplayed:
                continue

    monkeypatch.setattr(replays, "_ask", give)
    asyncio.run(ask())
    assert len(seen) == asked


@pytest.mark.parametrize(("span", "written"), [(999, 999), (1_000, 1_000), (1_001, 1_000)])
def test_a_cell_spans_a_thousand_columns(span: int, written: int) -> None:
    markup = structure_of(f'<table><tr><td colspan="{span}">甲</td></tr></table>')
    assert f'colspan="{written}"' in markup


@pytest.mark.parametrize(
    ("path", "arguments", "seconds"),
    [("/-/export/documents.csv", {}, 300), ("/-/export.csv", {"sql": "select 1"}, 20)],
    ids=["a table", "own SQL"],
)
def test_an_export_has_its_time(
    site: Site, monkeypatch: pytest.MonkeyPatch, path: str, arguments: dict[str, str], seconds: int
) -> None:
    given: list[float] = []

    def refuse(within: float, *, is_own: bool) -> None:
        assert is_own == bool(arguments)
        given.append(within)
        raise TooMany("as many as there may be")

    monkeypatch.setattr(site.app.get_database("gongkai"), "reader", refuse)
    answer = site.get(path, **arguments)
    assert (answer.status_code, answer.headers["retry-after"], given) == (503, "30", [seconds])


COUNTED = "with recursive n(x) as (select 1 union all select x + 1 from n limit {}) select {} from n"


class _NotedForm:
    """A form of file whose rows are pieces of one length."""

    def __init__(self, length: int) -> None:
        self.batches: list[int] = []
        self._length = length

    def rows(self, rows: list[Any]) -> bytes:
        self.batches.append(len(rows))
        return bytes(self._length)


def _pieces(sql: str, form: _NotedForm) -> list[int]:
    with closing(sqlite3.connect(":memory:")) as connection:
        export = SimpleNamespace(cursor=connection.execute(sql))
        return [count for count, _ in export_route._pieces(export, form)]  # type: ignore[arg-type]


def test_rows_are_read_in_batches() -> None:
    form = _NotedForm(0)
    _pieces(COUNTED.format(129, "x"), form)
    _pieces(COUNTED.format(3, "hex(zeroblob(250000))"), form)
    assert form.batches == [128, 1, 2, 1]


def test_pieces_are_sent_once_they_are_large_or_late(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = COUNTED.format(256, "x")
    assert _pieces(rows, _NotedForm(262_144)) == [128, 128]
    assert _pieces(rows, _NotedForm(262_143)) == [256]
    for late, pieces in ((0.5, [256]), (0.51, [128, 128])):
        clock = iter((0.0, late, late, 2 * late, 2 * late))
        monkeypatch.setattr(export_route, "time", SimpleNamespace(monotonic=lambda clock=clock: next(clock)))
        assert _pieces(rows, _NotedForm(0)) == pieces


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Mapping[str, Any]]:
    """What the queries of pages were asked with, by name, or by file where all were asked at once."""
    found: dict[str, Mapping[str, Any]] = {}
    read_rows, read_answers = Queries.read_rows, Queries.read_answers

    async def note_rows(self: Queries, query: str, **parameters: Any) -> Any:
        found[query] = parameters
        return await read_rows(self, query, **parameters)

    async def note_answers(self: Queries, *queries: str, **parameters: Any) -> Any:
        found[self.file] = parameters
        return await read_answers(self, *queries, **parameters)

    monkeypatch.setattr(Queries, "read_rows", note_rows)
    monkeypatch.setattr(Queries, "read_answers", note_answers)
    return found


@pytest.mark.parametrize(
    ("path", "query", "most"),
    [
        ("/-/changes", "unreachable", {"most": 100}),
        ("/-/changes", "nights", {"days": 30}),
        ("/-/changes", "entries", {"days": 30, "most": 100}),
        ("/-/changes", "with_figures", {"days": 30, "most": 40}),
        ("/-/feeds/changes.atom", "changes", {"most": 100}),
        ("/-/checks", "causes", {"most": 20}),
        ("/-/copied", "copied", {"most": 15, "most_passages": 10}),
        ("/-/coverage", "beside", {"most": 40}),
        ("/-/coverage", "bodies", {"most": 35}),
        ("/-/coverage", "reasons", {"most": 35}),
        ("/-/search?q=公开", "keys", {"most": 21}),
        ("/-/search?q=公开", "titled", {"ranked": 10}),
    ],
)
def test_a_page_lists_so_much(
    bodies_site: Site, asked: dict[str, Mapping[str, Any]], path: str, query: str, most: dict[str, int]
) -> None:
    fresh = Site(bodies_site.data, datasette_app(bodies_site.data))
    assert fresh.get(path).status_code == 200
    assert {name: asked[query][name] for name in most} == most


def test_a_plan_shows_so_many_mentions_and_cells(tmp_path: Path, asked: dict[str, Mapping[str, Any]]) -> None:
    site = served(
        tmp_path,
        "INSERT INTO plans (document_id, year, issuer_id, scope, items)"
        " SELECT id, 2020, issuer_id, '4109', 2 FROM documents WHERE kind = 'task_plan'",
    )
    assert site.get("/-/followup", plan=plan_id(site)).status_code == 200
    assert (asked["followup"]["most"], asked["followup"]["most_cells"]) == (10, 400)


@pytest.mark.parametrize(("rows", "is_marked"), [(60, True), (61, False)])
def test_a_table_of_sixty_rows_is_shown_in_its_markup(rows: int, *, is_marked: bool) -> None:
    table = ShownTable(((),) * rows, markup='<td id="m">3</td>')
    replay = Replay("html", "", tables=(table,))
    found = FoundFigure({"page": None}, "proved", Place(0, 0, 0, "m", "3", "number"))
    assert (mark_table(replay, [found], "marked")["markup"] is not None) is is_marked


@pytest.mark.parametrize(("neighbours", "medians"), [(4, 0), (5, 1)])
def test_a_median_is_of_five(neighbours: int, medians: int) -> None:
    rows = [
        {"measure": "denied", "year": 2020, "body": str(number), "amount": float(number)}
        for number in range(neighbours)
    ]
    assert len(find_medians(gather_amounts(rows), "own")) == medians


def test_a_share_is_of_twenty(bodies_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    read = measure_pages._read_asked

    async def note(*given: Any) -> Any:
        seen.append(await read(*given))
        return seen[-1]

    monkeypatch.setattr(measure_pages, "_read_asked", note)
    bodies_site.get("/-/regions")
    assert [each.at_least for each in seen] == [20]


class _Rows:
    """Queries of which it is noted that they were asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def read_rows(self, query: str, **_: Any) -> list[dict[str, Any]]:
        self.asked.append(query)
        return []


@pytest.mark.parametrize(
    ("passages", "asked"), [(5_000, ["titled", "best", "ranked"]), (5_001, ["titled", "ranked"])]
)
def test_documents_of_too_many_hits_are_ranked_by_titles(passages: int, asked: list[str]) -> None:
    queries = _Rows()
    asyncio.run(search_page._rank_documents(queries, {}, "", passages))  # type: ignore[arg-type]
    assert queries.asked == asked


def test_thirty_snapshots_are_listed(tmp_path: Path) -> None:
    for number in range(31):
        folder = tmp_path / f"2026-01-{number + 1:02}"
        folder.mkdir()
        (folder / "SHA256SUMS").touch()
        (folder / "datapackage.json").write_text('{"resources": [], "database_sha256": "", "suppressed": []}')
    assert [each["night"] for each in read_snapshots(tmp_path, "")][-1] == "2026-01-02"


def test_labels_and_addresses_are_cut() -> None:
    assert ">" + "甲" * 60 + "<" in write_reference("d", "甲" * 60, "document_id")
    assert ">" + "甲" * 60 + "…<" in write_reference("d", "甲" * 61, "document_id")
    address = "https://a.gov.cn/".ljust(100, "x")
    assert "…" not in write_address(address)
    assert f">{address}…<" in write_address(address + "x")


@pytest.mark.parametrize(("characters", "is_folded"), [(119, False), (120, True)])
def test_a_repetition_is_folded_where_it_is_longer_than_the_fold(characters: int, *, is_folded: bool) -> None:
    [part] = cut_parts([passage("a", "甲" * characters)] * 2)
    assert part.stretches[-1].folded is is_folded


@pytest.mark.parametrize(("characters", "state"), [(200_000, "compared"), (200_001, "too_long")])
def test_texts_are_compared_up_to_their_length(characters: int, state: str) -> None:
    old, new = ({"chars": characters, "version": each, "text_sha256": each} for each in "ab")
    assert _state({**old, "chars": 200_000}, new) == state


@pytest.mark.parametrize(("length", "shown"), [(997, 10), (990, 11)])
def test_a_page_of_a_comparison_ends_after_so_many_characters(length: int, shown: int) -> None:
    texts = leaves(*("长" * length for _ in range(12)))
    aligned = [Aligned(State.NEW, None, at) for at in range(12)]
    assert shown_part(compared((), texts, *aligned)).following == shown


def test_a_passage_of_a_comparison_is_known_by_forty_characters() -> None:
    assert _name_leaf(Leaf("s", "甲", ("甲" * 40,))) == "甲" * 40
    assert _name_leaf(Leaf("s", "甲", ("甲" * 41,))) == "甲" * 40 + "…"
