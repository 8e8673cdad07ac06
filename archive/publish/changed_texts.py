"""What of each text stands in earlier ones, where texts came, went or moved; kept of each in a copy.

    texts that came, went or moved ──their windows, looked for in all texts in order──▶ what is kept, amended

Of a text that stays, only the windows that it shares with what came, went or moved can be held by another, or
by none; amending what is kept of it gives what working it out anew would. Each text is still read, but none
is sorted, and no more is held in memory than the windows of what changed.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from archive.publish.earlier_texts import Held
from pipelines.duplicates.overlap import REPEATED, hash_shingles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from archive.database import Database
    from archive.publish.earlier_texts import Counts
    from pipelines.duplicates.overlap import Codes, Hashes, Mask, Places


@dataclass(frozen=True, slots=True)
class Text:
    """A text at its place in the total order.

    Attributes:
        place: sorts as the order does.
        number: of its version.
        codes: its characters; None of one that stays as it is where it is, which is read when its turn comes.
    """

    place: tuple[bool | int | str, ...]
    number: int
    codes: Codes | None = None


@dataclass(frozen=True, slots=True)
class Followed:
    """A text that a change reaches.

    Attributes:
        number: of its version.
        codes: its characters.
        held: what of it stands in earlier ones now, its holders by number.
        is_new: whether `held.starts` may be others than before.
    """

    number: int
    codes: Codes
    held: Held
    is_new: bool


_BEFORE, _AFTER = 0, 1
_NONE = -1


def follow_change(
    gone: Iterable[Text],
    come: Iterable[Text],
    staying: Iterable[Text],
    read_codes: Callable[[int], Codes],
    read_held: Callable[[int], Held],
) -> Iterator[Followed]:
    """Find what of each text stands in earlier ones, where a change may have made that another.

    Args:
        gone: texts as and where they stood; one that moved is among these and those that came.
        come: texts as and where they stand now.
        staying: all others.
        read_codes: returns the characters of one that stays.
        read_held: returns what of it stood in earlier texts before.
    """
    groups = (((_BEFORE,), [*gone]), ((_AFTER,), [*come]), ((_BEFORE, _AFTER), [*staying]))
    turns = [(text.place, sides, text) for sides, texts in groups for text in texts]
    windows = _Windows([text.codes for _, _, text in turns if text.codes is not None])
    first, nearest = (np.full((2, windows.count), _NONE, np.int64) for _ in range(2))
    for _, sides, text in sorted(turns, key=lambda turn: turn[:2]):
        codes = read_codes(text.number) if text.codes is None else text.codes
        places, at = windows.find(codes)
        if sides == (_AFTER,):
            held = nearest[_AFTER][at] != _NONE
            starts = np.zeros(len(codes), np.bool_)
            starts[places[held]] = True
            counts = (_count(holders[_AFTER][at]) for holders in (first, nearest))
            yield Followed(text.number, codes, Held(starts, *counts), True)
        elif len(sides) == 2:
            others = first[:, at], nearest[:, at]
            if any((before != after).any() for before, after in others):
                held, is_new = _amend(read_held(text.number), places, *others)
                yield Followed(text.number, codes, held, is_new)
        for side in sides:
            first[side][at] = np.where(first[side][at] == _NONE, text.number, first[side][at])
            nearest[side][at] = text.number


def _amend(
    held: Held, places: Places, first: NDArray[np.int64], nearest: NDArray[np.int64]
) -> tuple[Held, bool]:
    """Count windows for who holds them now; return also whether one is held that was not, or no longer."""
    for counts, (before, after) in ((held.first, first), (held.nearest, nearest)):
        changed = before != after
        for holders, sign in ((before, -1), (after, 1)):
            for holder, count in _count(holders[changed]).items():
                counts[holder] = counts.get(holder, 0) + sign * count
        for holder in [holder for holder, count in counts.items() if not count]:
            del counts[holder]
    was_held, is_held = nearest != _NONE
    held.starts[places] = is_held
    return held, bool((was_held != is_held).any())


def _count(holders: NDArray[np.int64]) -> Counts:
    numbers, counts = np.unique(holders[holders != _NONE], return_counts=True)
    return dict(zip(numbers.tolist(), counts.tolist(), strict=True))


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
        slots = hashes >> _SHIFT
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


def keep_held(db: Database, number: int, held: Held, codes: Codes) -> None:
    """Keep for the next copy what of a text stands in earlier ones, its holders by their numbers."""
    packed = [np.packbits(mask).tobytes() for mask in (held.starts, codes & np.uint32(REPEATED) != 0)]
    packed += [np.array([*counts.items()], "<u4").tobytes() for counts in (held.first, held.nearest)]
    row = (number, *map(zlib.compress, packed))
    db.execute("INSERT OR REPLACE INTO main.sections_fts_holders VALUES (?, ?, ?, ?, ?)", row)


def read_held(db: Database, number: int) -> Held:
    """Return what was kept of a text; behind its characters some more may be told that start no window."""
    starts = db.value("SELECT starts FROM main.sections_fts_holders WHERE version = ?", number)
    return Held(_unpack(starts), *read_holders(db, number))


def read_holders(db: Database, number: int) -> tuple[Counts, Counts]:
    """Return how many of its windows each text was the first to hold, and how many the last."""
    row = db.row("SELECT first, nearest FROM main.sections_fts_holders WHERE version = ?", number)
    first, nearest = (
        dict(np.frombuffer(zlib.decompress(pairs), "<u4").reshape(-1, 2).tolist()) for pairs in row
    )
    return first, nearest


def flag_repeated(db: Database, number: int, codes: Codes) -> Codes:
    """Flag the characters that repeat their own text, as they were when that was kept."""
    kept = db.value("SELECT repeated FROM main.sections_fts_holders WHERE version = ?", number)
    codes[_unpack(kept)[: len(codes)]] |= np.uint32(REPEATED)
    return codes


def _unpack(mask: bytes) -> Mask:
    return np.unpackbits(np.frombuffer(zlib.decompress(mask), np.uint8)).astype(np.bool_)
