"""Which near copies are looked for, and how well they are found among planted passages."""

from __future__ import annotations

import random
from itertools import combinations
from typing import TYPE_CHECKING

import pytest

from benchmarks._planted_search import Found, near_pairs, search_by_neighbourhood
from benchmarks.repetition_planted import SEEDS, judge, missed, plant
from pipelines.duplicates.near_duplicates import CLOSENESS, are_near, fingerprint
from pipelines.text.normalise import normalise_passage
from pipelines.text.outline import split_passages

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.duplicates.near_duplicates import Fingerprint

LETTERS = "花海竹林连成骑行绿道供游人歇脚纳凉巡查淤泥落叶浮萍打捞岸渠水渐清又种柳树芦苇"


def boilerplate(count: int, seed: int) -> dict[str, Fingerprint]:
    """Passages of one block, near copies of a few originals among them."""
    chance = random.Random(seed)
    prints: dict[str, Fingerprint] = {}
    while len(prints) < count:
        original = "".join(chance.choices(LETTERS, k=60))
        for _ in range(4):
            at = chance.randrange(60)
            form = original[:at] + chance.choice(LETTERS) + original[at + 1 :]
            prints[f"{chance.randrange(16**8):08x}"] = fingerprint(form)
    return prints


def test_in_a_block_no_larger_than_the_window_all_near_pairs_are_found() -> None:
    prints = dict(sorted(boilerplate(CLOSENESS.window, 1).items())[: CLOSENESS.window + 1])
    everything = {
        pair for pair in combinations(sorted(prints), 2) if are_near(prints[pair[0]], prints[pair[1]])
    }
    assert near_pairs(prints) == everything != set()


def test_candidates_stand_within_the_window_in_some_pass() -> None:
    prints = boilerplate(300, 2)
    ranks = [
        {
            section: rank
            for rank, (_, section) in enumerate(sorted((one.keys[at], name) for name, one in prints.items()))
        }
        for at in range(2)
    ]
    expected = {
        (a, b)
        for a, b in combinations(sorted(prints), 2)
        if any(abs(rank[a] - rank[b]) <= CLOSENESS.window for rank in ranks)
        and are_near(prints[a], prints[b])
    }
    assert near_pairs(prints) == expected


def test_the_pairs_do_not_depend_on_the_order() -> None:
    prints = boilerplate(120, 3)
    shuffled = list(prints.items())
    random.Random(4).shuffle(shuffled)
    assert near_pairs(dict(shuffled)) == near_pairs(prints)


@pytest.mark.parametrize("name", SEEDS)
def test_planted_copies_are_found_and_no_fact_is_lost(name: str) -> None:
    corpus = plant(name, 7, 2_500)
    result = judge(corpus, Found(search_by_neighbourhood(corpus.forms), 0.0, 0.0))
    assert missed({name: result}) == []
    assert not any(found for made, found in result.found.items() if made.startswith("other"))


SUBSTANTIVE = ["预决算", "行政机构", "职能单位"]


def test_rounds_of_a_real_report(shared_documents: Path) -> None:
    text = next(shared_documents.glob("新乡市*")).read_text("utf-8")
    forms = sorted({normalise_passage(one.raw) for one in split_passages(text)[0]})
    prints = {f"{number:04d}": fingerprint(form) for number, form in enumerate(forms)}
    pairs = near_pairs(prints)
    assert len(pairs) >= 10
    for a, b in pairs:
        for word in SUBSTANTIVE:
            assert prints[a].form.count(word) == prints[b].form.count(word)
