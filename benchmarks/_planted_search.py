"""Two ways to find near copies, each in a process of its own: ours, and MinHashLSH with our rule."""

from __future__ import annotations

import multiprocessing
import resource
import time
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from pipelines.duplicates.near_duplicates import CLOSENESS, are_near, fingerprint, may_be_near

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from multiprocessing.connection import Connection

    from pipelines.duplicates.near_duplicates import Fingerprint

Pairs = set[tuple[int, int]]

_GRAM = 2
_PERMUTATIONS = 128
_BANDS = (16, 8)


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found.

    Attributes:
        pairs: of numbers of forms, the smaller first.
        seconds: of the processor, from the forms to the verified pairs.
        peak_mb: the most memory that the process had, the forms and the interpreter included.
    """

    pairs: Pairs
    seconds: float
    peak_mb: float


def search(method: Callable[[list[str]], Pairs], forms: list[str]) -> Found:
    """Run a search in a fresh process, so that neither profits from the other nor hides its memory.

    Args:
        method: `search_by_neighbourhood` or `search_by_minhash`.
        forms: distinct normalised passages.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_run, args=(method, there))
    process.start()
    there.close()  # of this side, so that `recv` ends when the process dies
    here.send(forms)
    found: Found = here.recv()
    process.join()
    return found


def search_by_neighbourhood(forms: list[str]) -> Pairs:
    """Find near copies as gongkai does."""
    prints = {f"{number:08d}": fingerprint(form) for number, form in enumerate(forms)}
    return {(int(a), int(b)) for a, b in near_pairs(prints)}


def near_pairs(prints: Mapping[str, Fingerprint]) -> set[tuple[str, str]]:
    """Return every pair of near copies among the candidates, the smaller id first: a corpus in one go.

    Args:
        prints: the passages by their section ids.
    """
    blocks: dict[int, list[str]] = {}
    for section, one in prints.items():
        blocks.setdefault(one.block, []).append(section)
    return {
        pair
        for sections in blocks.values()
        if len(sections) > 1
        for pair in _candidates(sections, prints)
        if are_near(prints[pair[0]], prints[pair[1]])
    }


def _candidates(sections: list[str], prints: Mapping[str, Fingerprint]) -> Iterator[tuple[str, str]]:
    """Yield the candidates of one block once each, but for those that a look at their keys excludes."""
    if len(sections) <= CLOSENESS.window + 1:
        yield from combinations(sorted(sections), 2)
        return
    earlier: list[dict[str, int]] = []
    for number in range(len(prints[sections[0]].keys)):
        order = sorted((prints[section].keys[number], section) for section in sections)
        for one, other in _neighbours(order, prints):
            if not any(abs(rank[one] - rank[other]) <= CLOSENESS.window for rank in earlier):
                yield (one, other) if one < other else (other, one)
        earlier.append({section: rank for rank, (_, section) in enumerate(order)})


def _neighbours(order: list[tuple[str, str]], prints: Mapping[str, Fingerprint]) -> Iterator[tuple[str, str]]:
    for place, (key, section) in enumerate(order):
        length = len(prints[section].skeleton)
        for other_key, other in order[place + 1 : place + 1 + CLOSENESS.window]:
            if may_be_near(key, length, other_key, len(prints[other].skeleton)):
                yield section, other


def search_by_minhash(forms: list[str]) -> Pairs:
    """Find near copies with datasketch, and let our rule decide."""
    from datasketch import MinHash, MinHashLSH  # noqa: PLC0415 - of the extra `bench`, and in this process only

    index: Any = MinHashLSH(num_perm=_PERMUTATIONS, params=_BANDS)
    grams = ([form[at : at + _GRAM].encode() for at in range(len(form) - 1)] for form in forms)
    pairs: Pairs = set()
    prints = []
    for number, (form, sketch) in enumerate(
        zip(forms, MinHash.generator(grams, num_perm=_PERMUTATIONS), strict=True)
    ):
        prints.append(fingerprint(form))
        for other in index.query(sketch):
            if are_near(prints[other], prints[number]):
                pairs.add((other, number))
        index.insert(number, sketch, check_duplication=False)
    return pairs


def _run(method: Callable[[list[str]], Pairs], there: Connection) -> None:
    forms = there.recv()
    fingerprint("读一遍词表")  # what is read once a process is no part of the throughput
    begin = time.process_time()
    pairs = method(forms)
    seconds = time.process_time() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    there.send(Found(pairs, seconds, peak / 1024))
