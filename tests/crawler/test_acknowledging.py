"""Captures that became durable together are acknowledged together, and nobody goes on before."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from archive.frontier import Frontier, FrontierBroken
from crawler.acknowledging import Acknowledgements
from tests.archive.test_frontier import capture

if TYPE_CHECKING:
    from pathlib import Path

URLS = [f"http://a.gov.cn/{number}.html" for number in range(5)]


async def add_all(frontier: Frontier) -> list[BaseException | bool]:
    together = Acknowledgements(frontier)

    async def add(number: int, url: str) -> bool:
        await together.add(capture(number, url))
        return frontier.is_finished(url, "run1")

    return await asyncio.gather(*(add(*each) for each in enumerate(URLS)), return_exceptions=True)


def test_captures_of_one_turn_share_a_transaction(tmp_path: Path) -> None:
    frontier = Frontier(tmp_path / "crawl.db")
    statements: list[str] = []
    frontier.connection.set_trace_callback(statements.append)
    assert asyncio.run(add_all(frontier)) == [True] * len(URLS), "acknowledged before anybody goes on"
    assert statements.count("COMMIT") == 1
    frontier.close()


def test_all_of_them_are_told_when_nothing_can_be_acknowledged(tmp_path: Path) -> None:
    frontier = Frontier(tmp_path / "crawl.db")
    frontier.connection.execute("PRAGMA query_only = ON")
    told = asyncio.run(add_all(frontier))
    assert [type(each) for each in told] == [FrontierBroken] * len(URLS)
    frontier.close()


@pytest.mark.parametrize("turns", [1, 3])
def test_each_turn_has_a_transaction_of_its_own(tmp_path: Path, turns: int) -> None:
    frontier = Frontier(tmp_path / "crawl.db")
    statements: list[str] = []
    frontier.connection.set_trace_callback(statements.append)

    async def one_after_the_other() -> None:
        together = Acknowledgements(frontier)
        for number in range(turns):
            await together.add(capture(number, URLS[number]))

    asyncio.run(one_after_the_other())
    assert statements.count("COMMIT") == turns
    frontier.close()
