"""Nothing is lost: whatever the text, its passages give it back, and their forms are what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.decoded import Hints
from pipelines.document import read_document
from pipelines.duplicates.internal_duplicates import find_rounds
from pipelines.duplicates.variants import find_variants
from pipelines.text.normalise import normalise_passage
from pipelines.text.outline import split_passages
from tests.pipelines.hostile import HEADINGS, ODD, fuzzed_texts

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.text.outline import Passage

ANYTHING = st.text(st.characters(codec=None))
"""Every code point, surrogates without their other half among them."""
HOSTILE = st.lists(
    st.one_of(
        st.sampled_from(ODD), st.sampled_from(HEADINGS), st.sampled_from(["\x00", "\ud83d", "\ude00"]),
        st.sampled_from(["公开信息", "12", "3 456", "条。\n", "其中", "\t7\t", "（", "）"]),
        st.text(st.characters(codec=None), max_size=4),
    ),
    max_size=40,
).map("".join)  # fmt: skip
SEEDS = range(10)
TEXTS_A_SEED = 1000


def assert_rebuilt(text: str) -> tuple[Passage, ...]:
    passages, tail = split_passages(text)
    assert "".join(passage.lead + passage.raw for passage in passages) + tail == text
    assert all(passage.raw.strip() for passage in passages)
    assert not tail.strip()
    return passages


@settings(max_examples=300)
@given(st.one_of(ANYTHING, HOSTILE))
def test_any_text_is_given_back(text: str) -> None:
    assert_rebuilt(text)


@settings(max_examples=300)
@given(st.one_of(ANYTHING, HOSTILE))
def test_a_form_is_its_own_form(text: str) -> None:
    form = normalise_passage(text)
    assert normalise_passage(form) == form


@settings(max_examples=100)
@given(HOSTILE)
def test_what_repeats_is_looked_for_in_any_text(text: str) -> None:
    passages = assert_rebuilt(text * 2)
    rounds = find_rounds(passages)
    positions = [position for block in rounds for one in block.rounds for position in one]
    assert sorted(positions) == sorted(set(positions))
    assert set(positions) <= set(range(len(passages)))
    assert all(block.times > 1 for block in rounds)
    assert all(0 < variant.times < len(passages) for variant in find_variants(passages))


@pytest.mark.parametrize("seed", SEEDS)
def test_ten_thousand_fuzzed_texts_are_given_back(seed: int) -> None:
    texts = list(fuzzed_texts(seed, TEXTS_A_SEED))
    assert len(set(texts)) > 0.9 * TEXTS_A_SEED
    for text in texts:
        for passage in assert_rebuilt(text):
            form = normalise_passage(passage.raw)
            assert normalise_passage(form) == form


def test_fuzzed_texts_are_the_same_each_time() -> None:
    assert list(fuzzed_texts(3, 50)) == list(fuzzed_texts(3, 50))
    assert list(fuzzed_texts(3, 50)) != list(fuzzed_texts(4, 50))


def test_fuzzed_real_documents_are_given_back(shared_documents: Path) -> None:
    sources = [path.read_bytes().decode() for path in sorted(shared_documents.glob("*.txt"))]
    for text in fuzzed_texts(11, 1000, sources):
        assert_rebuilt(text)
    for text in fuzzed_texts(12, 20, sources, longest=100_000):
        assert_rebuilt(text)


def test_the_real_documents_come_back_byte_for_byte(shared_documents: Path) -> None:
    for path in sorted(shared_documents.glob("*.txt")):
        payload = path.read_bytes()
        reading = read_document(payload, Hints(f"file:///0123456789ab/{path.name}", "text/plain"))
        assert reading.text.encode(reading.encoding) == payload
        again = read_document(reading.text.encode(), Hints("file:///0123456789ab/again.txt", "text/plain"))
        assert (again.passages, again.tail) == (reading.passages, reading.tail)
