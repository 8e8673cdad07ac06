"""What an assignment says in prose: 由市财政局牵头，各县区负责；12月底前完成.

It is read part by part, between commas and semicolons. A bracket is an assignment only if it begins with who
or until when, and a duty is printed: a list of bodies alone may explain anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

from pipelines.tasks.brackets import split_outside
from pipelines.tasks.vocabulary import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

LONGEST = 600
"""Characters of the longest assignment; one to forty bodies has three hundred."""
_LONGEST_NAME = 60
_SPACE = re.compile(r"\s+")
_MARKED_LEAD = re.compile(r"[（(]牵头(?:单位|部门)?[）)]")
_BRACKET_AT_END = re.compile(r"[（(][^（()）]*[）)]$")
_AND_OTHERS = re.compile("等$")


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who does a task by when, as printed, white space left out; see `pipelines.tasks.finding.Task`."""

    lead: str | None = None
    responsible: str | None = None
    deadline_text: str | None = None


class _Role(Enum):
    LEAD = auto()
    STRONG = auto()
    WEAK = auto()
    DETAILED = auto()  # 市编办负责机构设置工作: responsible for something that is named
    BODIES = auto()  # without a duty: they share that of the next part
    DEADLINE = auto()
    REMARK = auto()


_DUTIES = frozenset({_Role.STRONG, _Role.WEAK, _Role.DETAILED})


class _Part(NamedTuple):
    role: _Role
    text: str
    bodies: str = ""
    separator: str = ""


def close_up(printed: str) -> str:
    """Return a text without the white space and line ends inside it."""
    return _SPACE.sub("", printed)


def read_assignment(printed: str, *, ends_text: bool) -> Assignment | None:
    """Read what stands in a bracket as an assignment in prose.

    Args:
        printed: the content of the bracket.
        ends_text: whether a sentence, line or text ends at the bracket. Inside a sentence 市编办负责审核 is
            an explanation.

    Returns:
        What it assigns; None where it is something else.
    """
    text = close_up(printed)
    if not 3 < len(text) <= LONGEST:
        return None
    parts = [part for part in _read_parts(text) if part.text]
    if not _is_assignment([part.role for part in parts], ends_text=ends_text):
        return None
    who = [part for part in parts if part.role not in (_Role.DEADLINE, _Role.REMARK)]
    last_lead = max((number for number, part in enumerate(who) if part.role is _Role.LEAD), default=-1)
    lead = _joined((part.bodies, part.separator) for part in who[: last_lead + 1])
    others = who[last_lead + 1 :]
    deadline = _joined((part.text, part.separator) for part in parts if part.role is _Role.DEADLINE)
    responsible = _responsible(others)
    if lead is None and responsible:
        lead, responsible = part_marked_lead(responsible)
    return Assignment(lead, responsible, deadline)


def part_marked_lead(bodies: str) -> tuple[str | None, str | None]:
    """Part the bodies that are marked as leading from the rest: 市财政局（牵头）、市教育局."""
    names = [name for name, _ in split_outside(bodies, "、，,；;")]
    leading = [_MARKED_LEAD.sub("", name) for name in names if _MARKED_LEAD.search(name)]
    if not leading:
        return None, bodies
    others = [name for name in names if not _MARKED_LEAD.search(name)]
    return "、".join(leading), "、".join(others) or None


def _is_assignment(roles: Sequence[_Role], *, ends_text: bool) -> bool:
    if not roles or roles[0] is _Role.REMARK:
        return False
    if _Role.LEAD in roles or _Role.STRONG in roles:
        return True
    if not ends_text:
        return False
    has_bodies = _Role.BODIES in roles or _Role.WEAK in roles
    return _Role.DETAILED in roles or (has_bodies and _Role.DEADLINE in roles)


def _responsible(others: Sequence[_Part]) -> str | None:
    """Return the bodies alone where they share one duty, with their duties where there are several."""
    duties = [part for part in others if part.role in _DUTIES]
    if len(duties) > 1 or any(part.role is _Role.DETAILED for part in duties):
        return _joined((part.text, part.separator) for part in others)
    return _joined((part.bodies, part.separator) for part in others)


def _joined(pieces: Iterable[tuple[str, str]]) -> str | None:
    """Return pieces with the separators that are printed between them; None for none."""
    kept = list(pieces)
    return "".join(piece + separator for piece, separator in kept[:-1]) + kept[-1][0] if kept else None


def _read_parts(text: str) -> Iterator[_Part]:
    after = ""
    for piece, separator in split_outside(text, "，,；;。"):
        parts = list(_read_part(piece)) or [_unknown(piece, after)]
        yield from parts[:-1]
        yield parts[-1]._replace(separator=separator)
        after = separator


def _unknown(piece: str, after: str) -> _Part:
    """Return a part that names neither bodies nor a time: behind a semicolon a deadline in other words."""
    is_deadline = after in tuple("；;") and words().deadline_end.fullmatch(piece) is not None
    return _Part(_Role.DEADLINE if is_deadline else _Role.REMARK, piece)


def _read_part(piece: str) -> Iterator[_Part]:
    """Yield what one part says; nothing where it is not understood."""
    known = words()
    if known.remark.search(piece):
        yield _Part(_Role.REMARK, piece)
    elif known.deadline.fullmatch(piece):
        yield _Part(_Role.DEADLINE, piece)
    elif before := known.deadline_before.fullmatch(piece):
        yield _Part(_Role.DEADLINE, before["deadline"])
        yield from _read_part(before["rest"])
    elif (behind := known.deadline_behind.fullmatch(piece)) and (who := list(_read_part(behind["before"]))):
        yield from who
        yield _Part(_Role.DEADLINE, behind["deadline"])
    else:
        yield from _read_who(known.opening.sub("", piece))


def _read_who(piece: str) -> Iterator[_Part]:
    known = words()
    lead, duty, detailed = (pattern.fullmatch(piece) for pattern in (known.lead, known.duty, known.detailed))
    if lead and _names_bodies(lead["bodies"]):
        yield _Part(_Role.LEAD, piece, lead["bodies"])
        yield from _read_part(lead["rest"]) if lead["rest"] else ()
    elif duty and _names_bodies(duty["bodies"]):
        role = _Role.STRONG if known.strong.search(duty["role"]) else _Role.WEAK
        yield _Part(role, piece, duty["bodies"])
    elif detailed and _names_bodies(detailed["bodies"]):
        yield _Part(_Role.DETAILED, piece, detailed["bodies"])
    elif _names_bodies(piece):
        yield _Part(_Role.BODIES, piece, piece)


def _names_bodies(text: str) -> bool:
    """Tell whether a text is a list of bodies, by how its last name ends and by what no such list holds."""
    names = [name for name, _ in split_outside(text, "、")]
    last = _BRACKET_AT_END.sub("", _AND_OTHERS.sub("", names[-1]))
    if max(map(len, names)) > _LONGEST_NAME or words().no_bodies.search(text):
        return False
    return words().body.search(last) is not None
