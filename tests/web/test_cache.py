from __future__ import annotations

import asyncio

import pytest

from gongkai.web.cache import Cache, counts_a_facet, facet_key


def test_an_answer_is_worked_out_once_for_all_who_ask() -> None:
    worked: list[str] = []

    async def work() -> str:
        await asyncio.sleep(0)
        worked.append("work")
        return "answer"

    async def ask() -> list[str]:
        cache = Cache()
        together = await asyncio.gather(*(cache.once("key", work) for _ in range(5)))
        return [*together, await cache.once("key", work)]

    assert asyncio.run(ask()) == ["answer"] * 6
    assert worked == ["work"]


def test_each_key_has_its_own_answer() -> None:
    async def first() -> int:
        return 1

    async def second() -> int:
        return 2

    async def ask() -> list[int]:
        cache = Cache()
        return [await cache.once(("key", work.__name__), work) for work in (first, second, first)]

    assert asyncio.run(ask()) == [1, 2, 1]


def test_what_failed_is_worked_out_again() -> None:
    answers = iter((ValueError("interrupted"), "answer"))

    async def work() -> str:
        answer = next(answers)
        if isinstance(answer, ValueError):
            raise answer
        return answer

    async def ask() -> str:
        cache = Cache()
        with pytest.raises(ValueError, match="interrupted"):
            await cache.once("key", work)
        return await cache.once("key", work)

    assert asyncio.run(ask()) == "answer"


def test_the_answer_that_was_longest_unasked_for_goes_first() -> None:
    worked: list[str] = []

    async def ask(cache: Cache, key: str) -> str:
        async def work() -> str:
            worked.append(key)
            return key

        return await cache.once(key, work)

    async def ask_all() -> list[str]:
        cache = Cache(most=2)
        return [await ask(cache, key) for key in "abacab"]

    assert asyncio.run(ask_all()) == list("abacab")
    assert worked == ["a", "b", "c", "b"]


def test_what_nobody_waits_for_any_more_is_stopped() -> None:
    begun: list[str] = []
    ended: list[str] = []

    async def work() -> str:
        begun.append("work")
        await asyncio.sleep(0.05)
        ended.append("work")
        return "answer"

    async def ask() -> str:
        cache = Cache()
        readers = [asyncio.create_task(cache.once("key", work)) for _ in range(2)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        next_answer = await cache.once("key", work)
        await asyncio.sleep(0.1)
        assert begun == ["work"] * 2
        return next_answer

    assert asyncio.run(ask()) == "answer"
    assert ended == ["work"]


def test_a_heavy_answer_is_shared_and_not_kept() -> None:
    worked: list[str] = []

    async def work() -> str:
        await asyncio.sleep(0)
        worked.append("work")
        return "answer"

    async def ask() -> list[str]:
        cache = Cache(is_kept=lambda answer: len(answer) < 6)
        together = await asyncio.gather(*(cache.once("key", work) for _ in range(3)))
        await asyncio.sleep(0)
        return [*together, await cache.once("key", work)]

    assert asyncio.run(ask()) == ["answer"] * 4
    assert worked == ["work"] * 2


def test_a_long_statement_is_not_kept() -> None:
    sql = "select state as value"
    assert facet_key(sql, {"b": "2", "a": 1}) == (sql, ("a", 1), ("b", "2"))
    assert facet_key(sql, None) == (sql,)
    assert facet_key(sql, {"a": "x" * 8_000}) is None


@pytest.mark.parametrize(
    ("sql", "is_one"),
    [
        ("\n   with inner as (select * from facts), deduped_array_items as (select distinct j.value", True),
        ("\n  select state as value, count(*) as count from (\n select * from facts\n) where 1", True),
        ("select count(*) from facts", False),
        ("select state as value, count(*) as n from (select * from facts)", False),
    ],
)
def test_a_facet_is_told_by_its_statement(sql: str, is_one: bool) -> None:
    assert counts_a_facet(sql) is is_one
