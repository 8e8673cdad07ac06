"""What a whole night may cost: no portal is starved by one before it, and what one leaves others have."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from archive.clock import SHANGHAI
from archive.data_folder import DataDir
from crawler.policy.politeness import NightBudget, NightShares
from crawler.registry.loading import load_portal
from tests.crawler.portal_server import PortalServer, Reply, list_page, page
from tests.crawler.test_crawl import portal_at
from tests.crawling import crawl

if TYPE_CHECKING:
    from pathlib import Path

NOW = dt.datetime(2026, 5, 1, 3, tzinfo=SHANGHAI)
KB = 1000


class _Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> dt.datetime:
        return self.now


def _crawl(shares: NightShares, wanted: dict[str, int]) -> dict[str, int]:
    """Spend as the portals would, one after the other, a kilobyte at a time."""
    got = dict.fromkeys(wanted, 0)
    turn = list(wanted)
    while turn:
        for portal in turn:
            while got[portal] < wanted[portal] and not shares.why_spent(portal):
                shares.spend(portal, KB)
                got[portal] += 1
        turn = sorted(shares.next_round())
    return got


@given(st.lists(st.integers(0, 300), min_size=1, max_size=12), st.integers(1, 500))
def test_each_portal_has_what_it_wants_or_as_much_as_any(wants: list[int], budget: int) -> None:
    wanted = {str(number): want for number, want in enumerate(wants)}
    shares = NightShares(NightBudget(size_bytes=budget * KB), wanted, at_once=8, clock=_Clock())
    got = _crawl(shares, wanted)
    fullest = max(got.values())
    for portal, want in wanted.items():
        assert got[portal] == want or got[portal] >= min(fullest, budget // len(wanted)) - 1
    # The last page of each portal and round may go over its share.
    assert sum(got.values()) <= budget + 8 * len(wanted)
    assert sum(got.values()) >= min(sum(wants), budget - budget // 100 - 1)


def test_hours_are_dealt_out_by_how_many_are_crawled_side_by_side() -> None:
    clock = _Clock()
    shares = NightShares(NightBudget(hours=8), ("a", "b", "c", "d"), at_once=2, clock=clock)
    assert shares.why_spent("a") is None
    clock.now += dt.timedelta(hours=3.9)
    assert shares.why_spent("a") is None
    clock.now += dt.timedelta(hours=0.2)
    assert shares.why_spent("a") == "its share of the night's 8 hours is over"
    assert shares.why_spent("c") is None
    clock.now += dt.timedelta(hours=1)
    assert shares.next_round() == {"a"}
    assert shares.why_spent("a") is None
    clock.now += dt.timedelta(hours=3)
    assert shares.why_spent("a")
    assert shares.next_round() == frozenset()


def test_a_large_portal_leaves_a_night_s_room_to_the_small_one_behind_it(tmp_path: Path) -> None:
    text = "<p>" + "公开透明。" * 600 + "</p>"
    large = {f"/a/{number}.html": page(f"{number}{text}") for number in range(90)}
    small = {f"/b/{number}.html": page(f"{number}{text}") for number in range(3)}
    lists = {
        f"/{name}/": list_page([(path, "通知") for path in rows])
        for name, rows in (("a", large), ("b", small))
    }
    with PortalServer(large | small | {"/a/": lists["/a/"], "/b/": lists["/b/"]}) as server:
        portals = []
        for name in ("a", "b"):
            (tmp_path / f"{name}.yaml").write_text(
                f"id: {name}\nname: 试\nfamily: static_list\nhome_url: {server.address}/{name}/\n"
                f"enabled: true\nlists: [{{url: '{server.address}/{name}/'}}]\n",
                "utf-8",
            )
            portals.append(load_portal(tmp_path / f"{name}.yaml"))
        night = NightBudget(size_bytes=300 * KB)
        summary = crawl(portals, data=DataDir(tmp_path / "data"), now=NOW.isoformat(), night=night)
        asked = server.paths()
    first, second = summary.portals
    assert summary.state == "finished"
    assert (first.spent, second.spent) == ("its share of the night's 0.3 megabytes is spent", None)
    assert set(small) <= set(asked), "behind the large one, and whole"
    # Some 30 fit; a dozen more may be on their way when the share is spent.
    assert 20 < len(set(large) & set(asked)) < 60, "the large one has what the small one left"


def test_a_list_that_its_share_cut_short_is_walked_on_with_what_others_leave(tmp_path: Path) -> None:
    text = "<p>" + "公开透明。" * 1000 + "</p>"
    pages = {}
    for number in range(40):
        shown = list_page(
            [(f"/a/{number}.html", "通知")], f'createPageHTML(40, {number}, "index", "html", 40);'
        )
        pages[f"/a/index{f'_{number}' if number else ''}.html"] = Reply(shown.body + text.encode())
    with PortalServer(pages | {"/b/index.html": list_page([])}) as server:
        portals = [portal_at(server, f"/{name}/index.html", name=name) for name in ("a", "b")]
        night = NightBudget(size_bytes=400 * KB)
        summary = crawl(portals, data=DataDir(tmp_path), now=NOW.isoformat(), night=night)
        walked = set(pages) & set(server.paths())
    (sweep,) = summary.portals[0].sweeps
    assert 18 < len(walked) < 40, "a share is some dozen pages"
    assert (sweep.ended, sweep.complete, sweep.found) == (True, False, len(walked))
    assert (sweep.reason or "").startswith("over_budget: its share of the night's")
