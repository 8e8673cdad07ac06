"""The script of the ten nights is sound: addresses answer as it says, its `changes` follow from its rules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from gongkai.demo.server import Answer, Asked
from pipelines.response.lifecycle import EventKind
from pipelines.response.outcome import Outcome, classify_response
from tests.portals.material import read_table
from tests.portals.scripted import (
    Document,
    ScriptedSites,
    day_of,
    nights,
    refused_on,
    scripted_changes,
    scripted_sites,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

ALL_NIGHTS = range(1, len(nights()) + 1)
DOCUMENTS = [
    (site, document)
    for site, scripted in scripted_sites().items()
    for document in scripted.documents.values()
    if not document.id.startswith("steady_")
]
# Nights on which a portal is in error as a whole, so that nothing it says of a page counts.
BROKEN = {"nights": {5, 6, 7}, "nights-lonsun": {3, 4, 6, 7, 9}}
SHOWN = {
    "page": Outcome.OK,
    "edited": Outcome.OK,
    "301": Outcome.REDIRECTED,
    "302": Outcome.REDIRECTED,
    "302 /": Outcome.REDIRECT_HOME,
    "404": Outcome.GONE,
    "410": Outcome.GONE,
    "403": Outcome.FORBIDDEN,
    "503": Outcome.SERVER_ERROR,
    "says_gone": Outcome.SOFT_404,
}


def answer(site: str, document: Document, night: int) -> Answer:
    scripted = scripted_sites()[site]
    path = scripted.url(document).removeprefix(f"http://{scripted.host}")
    return ScriptedSites().answer(Asked(path, host=scripted.host), night)


@pytest.mark.parametrize(
    ("site", "document"), DOCUMENTS, ids=[f"{site} {each.id}" for site, each in DOCUMENTS]
)
def test_addresses_answer_as_the_script_has_it(site: str, document: Document) -> None:
    for night in ALL_NIGHTS:
        if night in BROKEN[site]:
            continue
        got = answer(site, document, night)
        told = classify_response(
            url=scripted_sites()[site].url(document),
            status=got.status,
            headers=tuple((name.encode(), value.encode()) for name, value in got.headers),
            body=got.body,
        )
        state = document.state(night)
        if state in (None, "unknown"):
            home = answer_of_unknown(site, night)
            assert (got.status, got.body) == (home.status, home.body)
        else:
            assert told == SHOWN.get(state or "", SHOWN.get((state or "").partition(" ")[0])), night


def answer_of_unknown(site: str, night: int) -> Answer:
    asked = Asked("/gongkai-unknown-page-0a1b2c3d.html", host=scripted_sites()[site].host)
    return ScriptedSites().answer(asked, night)


def test_no_word_of_the_framed_page_says_that_it_is_none() -> None:
    framed = answer_of_unknown("nights-lonsun", 1)
    headers = tuple((name.encode(), value.encode()) for name, value in framed.headers)
    url = "http://nights-lonsun.demo.gongkai.test/x.html"
    assert classify_response(url=url, status=200, headers=headers, body=framed.body) == Outcome.OK


def withdrawals(site: str, document: Document) -> Iterator[tuple[str, int]]:
    """Yield what follows from the rules for a document that does not move."""
    evidence: list[int] = []
    is_known = is_withdrawn = False
    for night in ALL_NIGHTS:
        state = document.state(night)
        if night in BROKEN[site] or state is None:
            continue
        if state in ("page", "edited"):
            if is_withdrawn:
                yield "returned", night
            evidence, is_known, is_withdrawn = [], True, False
        elif state in ("404", "410", "says_gone", "unknown") and is_known:
            evidence.append(night)
            apart = day_of(evidence[-1]) - day_of(evidence[0])
            if is_withdrawn and document.is_listed(night):
                is_withdrawn = False
                yield "retracted", night
            if len(evidence) >= 3 and apart.days >= 7 and not (is_withdrawn or document.is_listed(night)):
                is_withdrawn = True
                yield "withdrawn", night


@pytest.mark.parametrize(
    ("site", "document"), DOCUMENTS, ids=[f"{site} {each.id}" for site, each in DOCUMENTS]
)
def test_withdrawals_and_returns_follow_from_the_rules(site: str, document: Document) -> None:
    kinds = ("withdrawn", "returned", "retracted")
    told = [(kind, night) for kind, night in document.changes.items() if kind in kinds]
    moved = "moved" in document.changes
    assert told == ([] if moved else list(withdrawals(site, document)))


@pytest.mark.parametrize(
    ("site", "document"), DOCUMENTS, ids=[f"{site} {each.id}" for site, each in DOCUMENTS]
)
def test_appearances_and_edits_follow_from_what_is_shown(site: str, document: Document) -> None:
    seen = [
        (night, state)
        for night in ALL_NIGHTS
        if (state := document.state(night)) in ("page", "edited") and night not in BROKEN[site]
    ]
    expected = {"appeared": seen[0][0]} if seen else {}
    edits = [night for night, state in seen if state == "edited"]
    if edits:
        expected["changed"] = edits[0]
    told = {kind: night for kind, night in document.changes.items() if kind in ("appeared", "changed")}
    assert told == expected


def test_an_edit_is_another_figure_and_another_sentence() -> None:
    document = scripted_sites()["nights"].documents["edited"]
    pages = [answer("nights", document, night).body.decode() for night in (2, 3)]
    figures = [int(re.findall(r"共安排(\d+)万元", page)[0]) for page in pages]
    assert figures[1] - figures[0] == 7
    assert ["以本通知为准" in page for page in pages] == [False, True]


def test_a_silent_edit_shows_nowhere_but_in_the_text() -> None:
    document = scripted_sites()["nights"].documents["silently_edited"]
    answers = [answer("nights", document, night) for night in (3, 4)]
    assert answers[0].headers == answers[1].headers
    assert {header[0] for header in answers[0].headers} == {"Content-Type"}
    asked = Asked("/zwgk/zcwj/", host="nights.demo.gongkai.test")
    rows = [ScriptedSites().answer(asked, night).body.decode() for night in (3, 4)]
    assert [page.count(document.item.title) for page in rows] == [2, 2]


def test_texts_that_move_are_the_same_word_for_word() -> None:
    for site, there in (("nights", "moved_here"), ("nights-lonsun", "moved_here")):
        documents = scripted_sites()[site].documents
        assert documents[there].item.paragraphs == documents["moved"].item.paragraphs
        assert scripted_sites()[site].url(documents[there]) != scripted_sites()[site].url(documents["moved"])


def test_the_nights_are_long_enough_and_the_outage_lasts_three() -> None:
    assert len(nights()) == 10
    assert (nights()[-1] - nights()[0]).days >= 21
    assert list(nights()) == sorted(set(nights()))
    assert [refused_on(night) for night in (6, 7)] == [frozenset(), {"nights.demo.gongkai.test"}]


def test_every_kind_of_change_is_in_the_script_and_addresses_are_unique() -> None:
    told = list(scripted_changes())
    assert len(told) == len(set(told))
    assert {kind for _, kind, _ in told} == {"appeared", "changed", *EventKind}
    for site, scripted in scripted_sites().items():
        urls = [scripted.url(document) for document in scripted.documents.values()]
        assert len(urls) == len(set(urls)), site


def test_an_empty_list_says_so_in_words() -> None:
    host = "nights-lonsun.demo.gongkai.test"
    fields = "labelName=publicInfoList&siteId=9922240&organId=7710231&catId=7718758&pageIndex=1"
    target = f"/site/label/8888?{fields}&file=/xxgk/publicInfoList_newest2020&result=暂无相关信息"
    shown = [ScriptedSites().answer(Asked(target, host=host), night).body.decode() for night in (8, 9, 10)]
    assert ["暂无相关信息" in page for page in shown] == [False, True, False]


def test_entries_name_what_the_script_explains() -> None:
    for entry in read_table("nights.yaml")["sites"]:
        for document in entry["documents"]:
            assert set(document) <= {"id", "shows", "listed", "text", "silent", "changes"}
