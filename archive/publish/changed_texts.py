"""What of each text stands in earlier ones, where texts came, went or moved; kept of each in a copy.

    texts that came, went or moved ──their windows, looked for in all texts in order──▶ what is kept, amended

Of a text that stays, only the windows that it shares with what came, went or moved can be held by another, or
by none; amending what is kept of it gives what working it out anew would. Each text is still read, but none
is sorted, and no more is held in memory than the windows of what changed.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pipelines.duplicates.overlap import REPEATED, Codes, Hashes, Mask, Places, hash_shingles
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from archive.database import Database
    from archive.publish.earlier_texts import Counts


class Text(FrozenStruct):
    """A text at its place in the total order.

    Attributes:
        place: sorts as the order does.
        number: of its version.
        codes: its characters; None of one that stays as it is where it is, which is read when its turn comes.
    """

    place: tuple[bool | int | str, ...]
    number: int
    codes: Codes | None = None


class Followed(NamedTuple):
    """A text that a change reaches.

    Attributes:
        number: of its version.
        codes: its characters; those that repeat others are flagged where `starts` are given.
        starts: as of `Held`; None where they are what they were.
        holders: `first` and `nearest` as of `Held`, by number.
    """

    number: int
    codes: Codes
    starts: Mask | None
    holders: tuple[Counts, ...]


# At which times a text stands where it does.
_BEFORE, _AFTER, _BOTH = slice(0, 1), slice(1, 2), slice(0, 2)
_NONE = -1


def follow_change(
    gone: Iterable[Text],
    come: Iterable[Text],
    staying: Iterable[Text],
    read_codes: Callable[[int], Codes],
    kept: KeptTexts,
) -> Iterator[Followed]:
    """Find what of each text stands in earlier ones, where a change may have made that another.

    Args:
        gone: texts as and where they stood; one that moved is among these and those that came.
        come: texts as and where they stand now.
        staying: all others.
        read_codes: returns the characters of one that stays, none of them flagged as repeated.
        kept: what is known of those that stay, as it was.
    """
    groups = ((_BEFORE, [*gone]), (_AFTER, [*come]), (_BOTH, [*staying]))
    turns = [(text.place, times, text) for times, texts in groups for text in texts]
    windows = _Windows([text.codes for _, _, text in turns if text.codes is not None])
    # Holders are told apart by their places, too, so that what one held that moved is counted again.
    ids: dict[tuple[object, int], int] = {}
    for place, _, text in turns:
        ids.setdefault((place, text.number), len(ids))
    numbers = np.array([number for _, number in ids], np.int64)
    # Of each window the first holder and the last so far, in a word, before and after.
    words = np.full((windows.count, 2), _NONE, np.int64)
    for place, times, text in sorted(turns, key=lambda turn: (turn[0], turn[1].start)):
        codes = read_codes(text.number) if text.codes is None else text.codes
        places, at = windows.find(codes)
        found = words.take(at, axis=0)
        holders = found.view(np.int32).reshape(-1, 2, 2)
        if times == _AFTER:
            first, nearest = holders[:, 1].T
            starts = np.zeros(len(codes), np.bool_)
            starts[places] = nearest != _NONE
            none = np.full(len(at), _NONE, np.int32)
            counted = tuple(_amend(_NO_COUNTS, numbers, none, each) for each in (first, nearest))
            yield Followed(text.number, codes, starts, counted)
        elif times == _BOTH and len(reached := np.flatnonzero(found[:, 0] != found[:, 1])):
            first, nearest = holders[reached].T
            pairs = zip(kept.read_holders(text.number), (first, nearest), strict=True)
            counted = tuple(_amend(counts, numbers, *each) for counts, each in pairs)
            was_held, is_held = nearest != _NONE
            starts = None
            if (was_held != is_held).any():
                starts, repeated = (mask[: len(codes)] for mask in kept.read_marks(text.number))
                starts[places[reached]] = is_held
                codes[repeated] |= np.uint32(REPEATED)
            yield Followed(text.number, codes, starts, counted)
        own = ids[place, text.number]
        first, nearest = holders[:, times].T
        first[first == _NONE] = own
        nearest[:] = own
        words[at] = found


_NO_COUNTS: Counts = np.empty((0, 2), np.int64)


def _amend(
    counts: Counts, numbers: NDArray[np.int64], before: NDArray[np.int32], after: NDArray[np.int32]
) -> Counts:
    """Count windows for who holds them now; holders are given as places in `numbers`, or `_NONE`."""
    changed = before != after
    if not changed.any():
        return counts
    lost, found = (numbers[side[side != _NONE]] for side in (before[changed], after[changed]))
    holders, index = np.unique(np.concatenate([counts[:, 0], lost, found]), return_inverse=True)
    weights = np.concatenate([counts[:, 1], np.full(len(lost), -1), np.full(len(found), 1)])
    sums = np.bincount(index, weights, len(holders)).astype(np.int64)
    kept = sums != 0
    return np.column_stack([holders[kept], sums[kept]])


class _Windows:
    """The windows of some texts, once each, to be found in others.

    Args:
        texts: their characters.
    """

    def __init__(self, texts: Sequence[Codes]) -> None:
        hashes = [hash_shingles(codes)[0] for codes in texts]
        # One that no other is behind; whether a text has it does not matter.
        self._hashes: Hashes = np.unique(np.concatenate([*hashes, np.array([-1]).astype(np.uint64)]))
        # A search among all of them takes three times as long as looking up where those few begin that share
        # the first bits; of most windows of other texts a lesser table tells that they are not here.
        sizes = np.bincount((self._hashes >> _SHIFT).astype(np.int64), minlength=1 << _BITS)
        self._begin = np.cumsum(sizes) - sizes
        self._may_be = sizes > 0

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._hashes)

    def find(self, codes: Codes) -> tuple[Places, Places]:
        """Return where in a text windows start that are among these, and which of these they are."""
        hashes, starts = hash_shingles(codes)
        slots = (hashes >> _SHIFT).view(np.int64)
        may_be = np.flatnonzero(self._may_be[slots])
        sought, at = hashes[may_be], self._begin[slots[may_be]]
        # Where more than one begins with these bits, it may be a later one.
        later = np.flatnonzero(self._hashes[at] < sought)
        while len(later):
            at[later] += 1
            later = later[self._hashes[at[later]] < sought[later]]
        found = self._hashes[at] == sought
        return starts[may_be[found]], at[found]


_BITS = 22
_SHIFT = np.uint64(64 - _BITS)


class KeptTexts:
    """What a copy keeps of each text, by the number of its version, for the next to start from.

    Args:
        db: the copy, within a transaction.
    """

    def __init__(self, db: Database) -> None:
        self._db = db

    def forget(self, numbers: Iterable[int]) -> None:
        """Forget texts that went."""
        for number in numbers:
            self._db.execute("DELETE FROM main.sections_fts_holders WHERE version = ?", (number,))
            self._db.execute("DELETE FROM main.sections_fts_marks WHERE version = ?", (number,))

    def write_holders(self, number: int, *holders: Counts) -> None:
        """Keep who holds what of a text first and last before it, by number."""
        pairs = (zlib.compress(counts.astype("<u4").tobytes(), 1) for counts in holders)
        self._db.execute(
            "INSERT OR REPLACE INTO main.sections_fts_holders VALUES (?, ?, ?)", (number, *pairs)
        )

    def read_holders(self, number: int) -> tuple[Counts, Counts]:
        """Return how many of its windows each text was the first to hold, and how many the last."""
        row = self._db.row("SELECT first, nearest FROM main.sections_fts_holders WHERE version = ?", number)
        first, nearest = (
            np.frombuffer(zlib.decompress(pairs), "<u4").reshape(-1, 2).astype(np.int64) for pairs in row
        )
        return first, nearest

    def write_marks(self, number: int, starts: Mask, codes: Codes) -> None:
        """Keep what of a text stands in earlier ones, and which of its characters repeat others."""
        masks = (starts, codes & np.uint32(REPEATED) != 0)
        packed = (zlib.compress(np.packbits(mask).tobytes()) for mask in masks)
        self._db.execute("INSERT OR REPLACE INTO main.sections_fts_marks VALUES (?, ?, ?)", (number, *packed))

    def read_marks(self, number: int) -> tuple[Mask, Mask]:
        """Return both as they were kept; behind its characters some more may be told that are none."""
        row = self._db.row("SELECT starts, repeated FROM main.sections_fts_marks WHERE version = ?", number)
        starts, repeated = (
            np.unpackbits(np.frombuffer(zlib.decompress(mask), np.uint8)).astype(np.bool_) for mask in row
        )
        return starts, repeated
