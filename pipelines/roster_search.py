"""Finding a body of the roster by what a person types: a name, part of one, or the word in its address.

    信阳市人民政府 · 信阳市 · 信阳 · 浉河区 · xinyang ─▶ first rule that finds any ─▶ named, or else near

Nothing is guessed: where several bodies fit, all of them are named.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pipelines.issuers import canonical_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipelines.roster import Roster, RosterEntry

MOST_NEAR = 8

_GOVERNMENT = re.compile(r"(?:人民政府|行政公署|管理委员会)$")
_ENDING = re.compile(r"(?:特别行政区|自治[区州县旗]|[省市县区州盟旗]|地区)$")
_LATIN = re.compile(r"[a-z0-9-]+")
_COMMON_LABELS = frozenset(("www", "gov", "cn", "com", "org", "zwgk", "zfxxgk"))


@dataclass(frozen=True, slots=True)
class BodiesFound:
    """What a spelling names.

    Attributes:
        named: the bodies that it may name; one where it is clear.
        near: bodies of like names, the nearest first, where it names none.
    """

    named: tuple[RosterEntry, ...]
    near: tuple[RosterEntry, ...] = ()


def find_bodies(roster: Roster, said: str) -> BodiesFound:
    """Find the bodies that a person may mean.

    A body that is no more counts only where no other of that name is. A place is its government, never one
    of its departments.

    Args:
        roster: who is known.
        said: as typed.
    """
    wanted = re.sub(r"\s+", "", unicodedata.normalize("NFKC", said)).lower()
    if not wanted:
        return BodiesFound(())
    for rule in _RULES:
        named = tuple(rule(roster, wanted))
        if named:
            return BodiesFound(tuple(one for one in named if one.to_year is None) or named)
    return BodiesFound((), tuple(_near(roster, wanted)))


def _by_name(roster: Roster, wanted: str) -> Iterator[RosterEntry]:
    yield from roster.named(wanted) or roster.named(canonical_name(wanted))


def _by_place(roster: Roster, wanted: str) -> Iterator[RosterEntry]:
    """信阳市, 浉河区: the government whose place is, or ends in, that."""
    places = {name: _place(entry) for name, entry in roster.entries.items()}
    whole = [name for name, place in places.items() if place == wanted]
    below = [name for name, place in places.items() if place and len(wanted) > 1 and place.endswith(wanted)]
    yield from (roster.entries[name] for name in whole or below)


def _by_short_place(roster: Roster, wanted: str) -> Iterator[RosterEntry]:
    """信阳, 浉河: the same without what sort of place it is."""
    for entry in roster.entries.values():
        place = _ENDING.sub("", _place(entry) or "")
        # 信阳市浉河 ends in 浉河; what stands before it must be a whole place.
        before = place.removesuffix(wanted) if len(wanted) > 1 and place.endswith(wanted) else None
        if before is not None and (not before or _ENDING.search(before)):
            yield entry


def _by_address(roster: Roster, wanted: str) -> Iterator[RosterEntry]:
    """The word in the host of its front page: xinyang."""
    if _LATIN.fullmatch(wanted):
        yield from (entry for entry in roster.entries.values() if wanted in _labels(entry))


_RULES: tuple[Callable[[Roster, str], Iterator[RosterEntry]], ...] = (
    _by_name,
    _by_place,
    _by_short_place,
    _by_address,
)


def _near(roster: Roster, wanted: str) -> Iterator[RosterEntry]:
    spellings: dict[str, RosterEntry] = {}
    for entry in roster.entries.values():
        for spelling in (entry.name, _place(entry), *entry.aliases, *_labels(entry)):
            if spelling:
                spellings.setdefault(spelling, entry)
    short = _ENDING.sub("", wanted)
    containing = [spelling for spelling in spellings if len(short) > 1 and short in spelling]
    alike = difflib.get_close_matches(wanted, spellings, n=2 * MOST_NEAR, cutoff=0.6)
    found = {spellings[each].name: spellings[each] for each in (*alike, *containing)}
    yield from list(found.values())[:MOST_NEAR]


def _place(entry: RosterEntry) -> str | None:
    """The place that a body governs; None for a body that governs none."""
    return _GOVERNMENT.sub("", entry.name) if _GOVERNMENT.search(entry.name) else None


def _labels(entry: RosterEntry) -> frozenset[str]:
    host = urlsplit(entry.home_url or "").hostname or ""
    return frozenset(host.split(".")) - _COMMON_LABELS
