"""How portals are, in the corpus: what fell silent is told, whatever the order of the evidence."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from archive.site_files import site_folder
from archive.warc.entries import Role
from gongkai.cli.inspecting import describe_status, read_status
from pipelines.knowledge import parse_yaml
from tests.archive.every_order import derive_evidence
from tests.archive.evidence import PORTAL, Answer, Evidence, page
from tests.archive.stating import StatingReader
from tests.e2e.content import rows
from tests.soak import SOAK, series

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from archive.data_folder import DataDir

pytestmark = series

LIST = "http://www.testville.example/nb/"
ROWS = Answer(
    LIST, ("<ul>" + "<li>试城市人民政府政府信息公开工作年度报告</li>" * 40 + "</ul>").encode(), role=Role.LIST
)
NONE = Answer(LIST, "<p>本栏目暂时没有可以显示的政府信息</p>".encode(), role=Role.LIST)


def article(number: int, *, dated: bool = True) -> Answer:
    html = page(f"试城市人民政府{2000 + number}年政府信息公开工作年度报告", f"全年公开信息{number}条。")
    body = html if dated else html.replace(b'"PubDate" content="2026-01-20"', b'"PubDate" content=""')
    return Answer(f"{LIST}t{number}.html", body)


def sweep(found: int, *, complete: bool = True, reason: str | None = None) -> dict[str, Any]:
    return {
        "portal": PORTAL["id"],
        "list_url": LIST,
        "declared": found,
        "found": found,
        "complete": complete,
        "reason": reason,
    }


Night = tuple[list[Answer], dict[str, Any]]


def derived(root: Path, nights: Sequence[Night | None], *, in_every_order: bool = SOAK) -> DataDir:
    """Archive night by night and derive; on a night that is None nobody crawled."""
    evidence = Evidence(root / "evidence")
    for number, night in enumerate(nights, start=1):
        if night is not None:
            answers, swept = night
            evidence.night(number, answers, sweeps=[swept])
    return derive_evidence(root, StatingReader(), in_every_order=in_every_order)


FIRST: Night = ([ROWS, *(article(number) for number in range(12))], sweep(40))
CASES: dict[str, tuple[Night, str, str | None]] = {
    "as ever": (([ROWS], sweep(40)), "ok", None),
    "nothing new": (([ROWS], sweep(0, complete=False, reason="nothing new")), "ok", None),
    "a list that did not answer": (
        (
            [article(0), Answer(LIST, status=500, role=Role.LIST)],
            sweep(0, complete=False, reason="server_error"),
        ),
        "ok",
        None,
    ),
    "a list turned empty": (([NONE], sweep(0)), "broken", "list_empty"),
    "a list that is not what its family reads": (
        ([NONE], sweep(0, complete=False, reason="declared nothing, found 0 rows")),
        "broken",
        "list_unread",
    ),
    "a list of an interface that answers something else": (
        ([NONE], sweep(0, complete=False, reason="no_json")),
        "broken",
        "list_unread",
    ),
    "a list shrank": (([ROWS], sweep(3)), "broken", "list_shrunk"),
    "articles lost their dates": (
        ([ROWS, *(article(number, dated=False) for number in range(20, 32))], sweep(40)),
        "broken",
        "dates_lost",
    ),
    "blocked": (
        ([Answer(LIST, b"<script>$_ts={}</script>", status=412, role=Role.LIST)], sweep(0)),
        "blocked",
        None,
    ),
    "silent": (([Answer(LIST, failure="timeout", role=Role.LIST)], sweep(0)), "timeout", None),
}


def challenged(number: int) -> Answer:
    """An article behind a challenge."""
    return Answer(article(number).url, b"<script>$_ts={}</script>", status=412)


def lost(number: int) -> Answer:
    """An article that sends back to itself with a cookie."""
    url = article(number).url
    fields = ((b"Location", url.encode()), (b"Set-Cookie", b"CT6T=1"))
    return Answer(url, status=302, headers=fields)


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        pytest.param([ROWS, lost(1)], "ok", id="one page that redirects to itself"),
        pytest.param([ROWS, lost(1), lost(2)], "blocked", id="two pages"),
        pytest.param([ROWS, challenged(1)], "ok", id="a challenge on one page"),
        pytest.param([ROWS, challenged(1), challenged(2)], "blocked", id="challenges on two pages"),
    ],
)
def test_one_page_does_not_block_a_portal(tmp_path: Path, answers: list[Answer], state: str) -> None:
    data = derived(tmp_path, [FIRST, (answers, sweep(40))])
    assert rows(data.corpus_db, "SELECT health, health_reason FROM portals") == [(state, None)]
    queries = parse_yaml((site_folder() / "queries" / "publication.yaml").read_text("utf-8"))
    assert bool(rows(data.corpus_db, queries["portals_that_block"]["sql"])) is (state == "blocked")


def test_a_challenge_on_one_page_is_said_of_its_document(tmp_path: Path) -> None:
    data = derived(tmp_path, [FIRST, *([([ROWS, article(2), challenged(1)], sweep(40))] * 2)])
    said = "SELECT status, status_reason FROM documents WHERE status_reason IS NOT NULL"
    assert rows(data.corpus_db, said) == [("unreachable", "blocked")]


TIMEOUT: Night = (
    [article(0), Answer(LIST, failure="timeout", role=Role.LIST)],
    sweep(0, complete=False, reason="timeout"),
)
SHORT: Night = ([ROWS], sweep(40, complete=False, reason="declared 45 rows, found 40"))
QUIET: Night = ([ROWS], sweep(0, complete=False, reason="nothing new"))


@pytest.mark.parametrize(
    ("nights", "told"),
    [
        pytest.param([TIMEOUT] * 2, ("ok", None, None, None), id="silent for two nights"),
        pytest.param(
            [TIMEOUT] * 3, ("broken", "list_unreachable", "2026-02-02", "timeout"), id="silent for three"
        ),
        pytest.param([TIMEOUT, TIMEOUT, QUIET, TIMEOUT], ("ok", None, None, None), id="answered in between"),
        pytest.param(
            [QUIET, *[None] * 7, QUIET], ("ok", None, None, None), id="complete, and nothing new since"
        ),
        pytest.param(
            [SHORT, *[None] * 6, SHORT],
            ("ok", "list_incomplete", "2026-02-02", "declared 45 rows, found 40"),
            id="declares more than it shows",
        ),
    ],
)
def test_lists_that_are_not_to_be_relied_on_say_since_when(
    tmp_path: Path, nights: list[Night | None], told: tuple[str | None, ...]
) -> None:
    data = derived(tmp_path, [FIRST, *nights])
    what = "health, health_reason, health_detail ->> '$.since', health_detail ->> '$.why'"
    assert rows(data.corpus_db, f"SELECT {what} FROM portals") == [told]  # noqa: S608 - constant
    if told[2] is not None:
        assert told[2] in "".join(describe_status(read_status(data)))


@pytest.mark.parametrize(("night", "state", "reason"), CASES.values(), ids=CASES)
def test_what_the_newest_night_says(tmp_path: Path, night: Night, state: str, reason: str | None) -> None:
    data = derived(tmp_path, [FIRST, night])
    assert rows(data.corpus_db, "SELECT health, health_reason FROM portals") == [(state, reason)]
    (line,) = (said for said in describe_status(read_status(data)) if said.startswith("portal"))
    assert f"testville: {state}" in line


def test_the_figures_stand_beside_the_reason(tmp_path: Path) -> None:
    data = derived(tmp_path, [FIRST, ([NONE], sweep(0))])
    detail = rows(data.corpus_db, "SELECT health_detail FROM portals")[0][0]
    assert json.loads(detail) == {"list_url": LIST, "before": 40, "now": 0}
    (line,) = (said for said in describe_status(read_status(data)) if said.startswith("portal"))
    assert f"a list turned empty: {LIST} had 40 rows" in line


def test_what_recovers_is_well_again(tmp_path: Path) -> None:
    nights = [FIRST, ([NONE], sweep(0)), ([ROWS], sweep(41))]
    data = derived(tmp_path, nights, in_every_order=True)
    assert rows(data.corpus_db, "SELECT health, health_reason, health_detail FROM portals") == [
        ("ok", None, None)
    ]


def test_what_a_page_says_while_the_list_is_empty_is_no_evidence(tmp_path: Path) -> None:
    gone = Answer(article(1).url, b"<html><body>404 Not Found</body></html>", status=404)
    nights: list[Night] = [
        FIRST,
        *([([gone, ROWS], sweep(40))] * 2),
        *([([gone, NONE], sweep(0))] * 7),
    ]
    assert rows(
        derived(tmp_path, nights).corpus_db, "SELECT count(*) FROM changes WHERE kind = 'withdrawn'"
    ) == [(0,)]


ABSENT = {**sweep(39), "missing": ["example,testville)/nb/t1.html"]}
UNREAD = sweep(20, complete=False, reason="declared 39 rows, found 20")
BACK = {**sweep(40), "still_listed": ["example,testville)/nb/t1.html"]}
WITNESSES: dict[str, tuple[list[dict[str, Any]], tuple[str, str | None], list[str]]] = {
    "read to its end": ([ABSENT, sweep(39), sweep(39)], ("withdrawn", None), ["withdrawn"]),
    "read to its end later": ([ABSENT | UNREAD, UNREAD, sweep(39)], ("withdrawn", None), ["withdrawn"]),
    "never read to its end": ([ABSENT | UNREAD, UNREAD, UNREAD], ("unreachable", "list_unread"), []),
    "the row stands": ([BACK, BACK, BACK], ("unreachable", "still_listed"), []),
    "the row is back": (
        [ABSENT, sweep(39), sweep(39), BACK],
        ("unreachable", "still_listed"),
        ["withdrawn", "retracted"],
    ),
}


@pytest.mark.parametrize(("sweeps", "status", "kinds"), WITNESSES.values(), ids=WITNESSES)
def test_the_list_is_the_other_witness(
    tmp_path: Path, sweeps: list[dict[str, Any]], status: tuple[str, str | None], kinds: list[str]
) -> None:
    gone = Answer(article(1).url, b"<html><body>404 Not Found</body></html>", status=404)
    nights: list[Night] = [FIRST, *(([gone, article(2), ROWS], each) for each in sweeps for _ in range(3))]
    data = derived(tmp_path, nights)
    assert rows(data.corpus_db, "SELECT status, status_reason FROM documents WHERE url = ?", gone.url) == [
        status
    ]
    told = rows(
        data.corpus_db, "SELECT kind, evidence FROM changes WHERE kind NOT IN ('appeared', 'changed')"
    )
    assert sorted(kind for kind, _ in told) == sorted(kinds)
    evidence = {kind: json.loads(stated) for kind, stated in told}
    if kinds:
        absent = evidence["withdrawn"]["absent_from"]
        assert absent[-1] == {"night": "2026-02-09", "list_url": LIST}
        assert evidence["withdrawn"]["portal"] == {"stood": 1, "gone": 1}
    if "retracted" in kinds:
        assert evidence["retracted"]["reason"] == "still_listed"
