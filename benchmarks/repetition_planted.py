"""Whether near copies are found and nothing else, on planted passages of which the truth is known.

    python -m benchmarks.repetition_planted [--json] [--passages 100000] [--without-minhash]

Two corpora from different sentences, noise and names are made from fixed seeds: originals, copies with
noise of format, copies with slips in words that are not protected, and copies that differ in one digit,
numeral, year, place, body or turn. Ends with 1 where a target is missed. Noise inside what is protected,
and names that no list knows, cannot be decided: they are printed and have no target. Seconds are those of
the processor, and of the machine at that hour: compare the two methods, which run one after the other.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

from benchmarks._planted import Grammar, Passage, changeable, protected_pieces
from benchmarks._planted_noise import (
    with_format_noise,
    with_protected_slip,
    with_slips,
    with_unknown_name,
)
from benchmarks._planted_search import Found, search, search_by_minhash, search_by_neighbourhood
from pipelines.text.normalise import normalise_passage

if TYPE_CHECKING:
    from collections.abc import Callable

SEEDS = {"first": 20190403, "second": 20210915}
# Of a hundred passages so many are copies of each sort; the others are originals.
SHARES = {"other": 20, "format": 10, "1 slip": 15, "3 slips": 10, "protected slip": 3, "unknown": 2}
RECALL = {"format": 1.0, "1 slip": 0.95, "3 slips": 0.80}
UNDECIDABLE = frozenset({"protected slip", "unknown"})
MINHASH = "first, MinHashLSH"
THROUGHPUT = 4.0
SAME_RECALL = 0.005


@dataclass(slots=True)
class Corpus:
    """Planted passages, and which forms they have.

    Attributes:
        passages: the originals, then the copies; `Passage.base` counts in them.
        forms: the distinct normalised forms.
        form_of: for each passage the number of its form.
    """

    passages: list[Passage] = field(default_factory=list)
    forms: list[str] = field(default_factory=list)
    form_of: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Result:
    """How a search did on a corpus.

    Attributes:
        planted: how many copies there are of each sort.
        found: how many of them are one section with their original, or near.
        false: pairs called near that differ in what is protected.
        pairs: all pairs called near.
        seconds: of the processor, from the forms to the verified pairs.
        peak_mb: the most memory of the process that searched, the forms included.
    """

    planted: dict[str, int]
    found: dict[str, int]
    false: int
    pairs: int
    seconds: float
    peak_mb: float

    def recall(self) -> float:
        """Return the share found of the copies that are to be found."""
        return sum(self.found[made] for made in RECALL) / sum(self.planted[made] for made in RECALL)


def main() -> int:
    """Measure, print, and tell whether every target is met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--without-minhash", action="store_true")
    arguments = parser.parse_args()
    results: dict[str, Result] = {}
    for name, seed in SEEDS.items():
        corpus = plant(name, seed, arguments.passages)
        results[name] = judge(corpus, search(search_by_neighbourhood, corpus.forms))
        if name == "first" and not arguments.without_minhash:
            results[MINHASH] = judge(corpus, search(search_by_minhash, corpus.forms))
    misses = missed(results)
    if arguments.json:
        rows = {name: asdict(result) for name, result in results.items()}
        print(json.dumps({**rows, "missed": misses}, indent=2))
    else:
        print("\n".join(table(results)))
    for miss in misses:
        print(f"missed: {miss}", file=sys.stderr)
    return 1 if misses else 0


def plant(name: str, seed: int, count: int) -> Corpus:
    """Make a corpus.

    Args:
        name: which of the two.
        seed: the same corpus for the same seed.
        count: how many passages it has.
    """
    chance = random.Random(seed)
    grammar = Grammar(name, chance)
    corpus = Corpus()
    originals = count * (100 - sum(SHARES.values())) // 100
    corpus.passages += [grammar.passage(number) for number in range(originals)]
    for made, share in SHARES.items():
        wanted = len(corpus.passages) + count * share // 100
        while len(corpus.passages) < wanted:
            one = corpus.passages[chance.randrange(originals)]
            corpus.passages += _copies(one, made, grammar, len(corpus.passages))
    numbers: dict[str, int] = {}
    for passage in corpus.passages:
        form = normalise_passage(passage.text)
        corpus.form_of.append(numbers.setdefault(form, len(numbers)))
    corpus.forms = list(numbers)
    return corpus


def _copies(one: Passage, made: str, grammar: Grammar, number: int) -> list[Passage]:
    """Return the copies of one sort, none where the passage has nothing to make them from."""
    chance = grammar.chance
    letters = None if grammar.has_look_alikes else grammar.letters
    match made:
        case "format":
            return [with_format_noise(one, chance)]
        case "1 slip" | "3 slips":
            return [with_slips(one, int(made[0]), letters, chance)]
        case "other":
            places = changeable(one)
            return [grammar.changed(one, chance.choice(places))] if places else []
        case "protected slip":
            slipped = with_protected_slip(one, grammar.letters, chance)
            return [slipped] if slipped else []
        case _:
            named = with_unknown_name(one, grammar.letters, chance)
            return [replace(named[0], base=number), replace(named[1], base=number)] if named else []


def judge(corpus: Corpus, found: Found) -> Result:
    """Hold what a search found against what was planted."""
    planted, hits = Counter[str](), Counter[str]()
    for number, passage in enumerate(corpus.passages):
        if passage.base != number:
            one, other = sorted((corpus.form_of[passage.base], corpus.form_of[number]))
            planted[passage.made] += 1
            hits[passage.made] += one == other or (one, other) in found.pairs
    return Result(
        planted=dict(planted),
        found={made: hits[made] for made in planted},
        false=_false(corpus, found),
        pairs=len(found.pairs),
        seconds=round(found.seconds, 2),
        peak_mb=round(found.peak_mb, 1),
    )


def _false(corpus: Corpus, found: Found) -> int:
    """Count the pairs called near, or one section, of which the author says that they differ."""
    truths: dict[int, set[tuple[str, ...]]] = {}
    for passage, form in zip(corpus.passages, corpus.form_of, strict=True):
        if passage.made not in UNDECIDABLE:
            told = corpus.passages[passage.base] if passage.made == "format" else passage
            truths.setdefault(form, set()).add(protected_pieces(told))
    merged = sum(len(told) > 1 for told in truths.values())
    return merged + sum(
        truths[one] != truths[other] for one, other in found.pairs if one in truths and other in truths
    )


def missed(results: dict[str, Result]) -> list[str]:
    """Return which targets are missed, in words."""
    misses = []
    for name, result in results.items():
        if result.false:
            misses.append(f"{name}: {result.false} pairs near that differ in what is protected")
        if name == MINHASH:
            continue
        for made, target in RECALL.items():
            if result.found[made] < target * result.planted[made]:
                misses.append(f"{name}: {made}: {result.found[made]} of {result.planted[made]}")
    if MINHASH in results:
        ours, theirs = results["first"], results[MINHASH]
        if ours.recall() < theirs.recall() - SAME_RECALL:
            misses.append("recall below that of MinHashLSH")
        if theirs.seconds < THROUGHPUT * ours.seconds:
            misses.append(f"only {theirs.seconds / ours.seconds:.1f} times the throughput of MinHashLSH")
    return misses


def table(results: dict[str, Result]) -> list[str]:
    """Return the results as lines to be read."""
    lines = [f"{'':<22}" + "".join(f"{name:>22}" for name in results)]
    for made in results["first"].planted:
        shares = (f"{one.found.get(made, 0)} / {one.planted.get(made, 0)}" for one in results.values())
        lines.append(f"{made:<22}" + "".join(f"{share:>22}" for share in shares))
    figures: dict[str, Callable[[Result], float]] = {
        "false": lambda one: one.false,
        "recall": lambda one: round(one.recall(), 4),
        "pairs": lambda one: one.pairs,
        "seconds": lambda one: one.seconds,
        "peak MB": lambda one: one.peak_mb,
    }
    for label, figure in figures.items():
        lines.append(f"{label:<22}" + "".join(f"{figure(one):>22}" for one in results.values()))
    return lines


if __name__ == "__main__":
    sys.exit(main())
