"""What an assignment says in prose: 由市财政局牵头，各县区负责；12月底前完成.

It is read part by part, between commas and semicolons. A bracket is an assignment only if it begins with who
or until when, and a duty is printed: a list of bodies alone may explain anything.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum, auto
from functools import cache, lru_cache
from typing import NamedTuple

from pipelines.decoded import CHINESE
from pipelines.knowledge import Thresholds, load_table
from pipelines.structs import FrozenStruct


class TaskThresholds(Thresholds):
    """How far assignments reach (`knowledge/thresholds/plan_tasks.yaml`)."""

    longest_assignment: int
    longest_name: int
    widest_indent: int
    widest_gap: int
    most_columns: int


TASKS = TaskThresholds.load("plan_tasks")
_BRACKET = r"[（(][^（()）]*[）)]"
_BRACKETS = re.compile(_BRACKET)
_BRACKET_AT_END = re.compile(f"{_BRACKET}$")
# 市发展改革委（牵头）、市财政局: among bodies in a row this one leads.
_MARKED_LEAD = re.compile(r"[（(]牵头(?:单位|部门)?[）)]")


class Assignment(FrozenStruct):
    """Who does a task by when, as printed, white space left out; see `pipelines.plan_tasks.Task`."""

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
    return "".join(printed.split())


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
    if not 3 < len(text) <= TASKS.longest_assignment:
        return None
    parts = [part for part in _read_parts(text) if part.text]
    if not _is_assignment([part.role for part in parts], ends_text=ends_text):
        return None
    who = [part for part in parts if part.role not in (_Role.DEADLINE, _Role.REMARK)]
    last_lead = max((number for number, part in enumerate(who) if part.role is _Role.LEAD), default=-1)
    lead = _join_pieces((part.bodies, part.separator) for part in who[: last_lead + 1])
    others = who[last_lead + 1 :]
    deadline = _join_pieces((part.text, part.separator) for part in parts if part.role is _Role.DEADLINE)
    responsible = _join_responsible(others)
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


def _join_responsible(others: Sequence[_Part]) -> str | None:
    """Return the bodies alone where they share one duty, with their duties where there are several."""
    duties = [part for part in others if part.role in _DUTIES]
    is_printed = len(duties) > 1 or any(part.role is _Role.DETAILED for part in duties)
    return _join_pieces((part.text if is_printed else part.bodies, part.separator) for part in others)


def _join_pieces(pieces: Iterable[tuple[str, str]]) -> str | None:
    """Return pieces with the separators that are printed between them; None for none."""
    kept = list(pieces)
    return "".join(piece + separator for piece, separator in kept[:-1]) + kept[-1][0] if kept else None


def _read_parts(text: str) -> Iterator[_Part]:
    after = ""
    for piece, separator in split_outside(text, "，,；;。"):
        parts = list(_read_part(piece)) or [_read_unknown(piece, after)]
        yield from parts[:-1]
        yield parts[-1]._replace(separator=separator)
        after = separator


def _read_unknown(piece: str, after: str) -> _Part:
    """Return a part that names neither bodies nor a time: behind a semicolon a deadline in other words."""
    is_deadline = after in tuple("；;") and assignment_words()["deadline_end"].fullmatch(piece) is not None
    return _Part(_Role.DEADLINE if is_deadline else _Role.REMARK, piece)


def _read_part(piece: str) -> Iterator[_Part]:
    """Yield what one part says; nothing where it is not understood."""
    known = assignment_words()
    if known["remark"].search(piece):
        yield _Part(_Role.REMARK, piece)
    elif known["deadline"].fullmatch(piece):
        yield _Part(_Role.DEADLINE, piece)
    elif before := known["deadline_before"].fullmatch(piece):
        yield _Part(_Role.DEADLINE, before["deadline"])
        yield from _read_part(before["rest"])
    elif (behind := known["deadline_behind"].fullmatch(piece)) and (
        who := list(_read_part(behind["before"]))
    ):
        yield from who
        yield _Part(_Role.DEADLINE, behind["deadline"])
    else:
        yield from _read_who(known["opening"].sub("", piece))


def _read_who(piece: str) -> Iterator[_Part]:
    known = assignment_words()
    lead, duty, detailed = (
        pattern.fullmatch(piece) for pattern in (known["lead"], known["duty"], known["detailed"])
    )
    if lead and names_bodies(lead["bodies"]):
        yield _Part(_Role.LEAD, piece, lead["bodies"])
        yield from _read_part(lead["rest"]) if lead["rest"] else ()
    elif duty and names_bodies(duty["bodies"]):
        role = _Role.STRONG if known["strong"].search(duty["role"]) else _Role.WEAK
        yield _Part(role, piece, duty["bodies"])
    elif detailed and names_bodies(detailed["bodies"]):
        yield _Part(_Role.DETAILED, piece, detailed["bodies"])
    elif names_bodies(piece):
        yield _Part(_Role.BODIES, piece, piece)


def names_bodies(text: str) -> bool:
    """Tell whether a text is a list of bodies, by how its last name ends and by what no such list holds."""
    names = [name for name, _ in split_outside(text, "、")]
    last = _BRACKET_AT_END.sub("", names[-1].removesuffix("等"))
    if max(map(len, names)) > TASKS.longest_name or assignment_words()["no_bodies"].search(text):
        return False
    return assignment_words()["body"].search(last) is not None


# The words of assignments, compiled once from `assignments.yaml`.

# 由市财政局牵头、各县区负责: a list goes on behind the lead.
_LIST = "、和及与"


@cache
def assignment_words() -> dict[str, re.Pattern[str]]:
    """Return the patterns by which the parts of an assignment are told apart; of closed-up text."""
    table = load_table("assignments")
    strong, weak, adverbs, begins = (table[name] for name in ("strong", "weak", "adverbs", "deadline_begins"))
    assigns = f"牵头|{strong}"
    deadline = f"{begins}(?!.*(?:{assigns})).*"
    patterns = {
        "opening": f"^(?:{table['openings']})",
        "lead": f"(?P<bodies>.+?){table['leads']}[{_LIST}]?(?P<rest>.*)",
        "duty": f"(?P<bodies>.+?)(?P<role>(?:{adverbs}|{strong}|{weak})*(?:{strong}|{weak}))",
        "detailed": f"(?P<bodies>.+?)(?:{adverbs})*(?:{strong})[^，；。]{{1,30}}",
        "strong": assigns,
        "body": f"(?:{table['bodies']})$",
        "no_bodies": table["no_bodies"],
        "remark": table["remarks"],
        "deadline": deadline,
        "deadline_behind": f"(?P<before>.+?)(?P<deadline>{deadline})",
        "deadline_before": f"(?P<deadline>{begins}.{{0,12}}?前)(?:完成)?(?P<rest>由.+)",
        "deadline_end": f".*(?:{table['deadline_ends']})",
    }
    return {name: re.compile(pattern) for name, pattern in patterns.items()}


# What only heads a column of a task table.
_OF_COLUMNS = frozenset(("task", "number", "whole"))


@lru_cache(maxsize=1024)
def label_meaning(label: str) -> str | None:
    """Return the meaning of a label, in the names of `assignments.yaml`; a bracket behind it is a remark."""
    bare = _BRACKET_AT_END.sub("", label)
    table = load_table("assignments")["labels"]
    return next((name for name, known in table.items() if re.fullmatch("|".join(known), bare)), None)


@cache
def label_pattern() -> re.Pattern[str]:
    """Return the pattern of a label with its colon; white space may part its characters."""
    table = load_table("assignments")["labels"]
    known = "|".join(one for name, labels in table.items() if name not in _OF_COLUMNS for one in labels)
    spaced = CHINESE.sub(lambda char: rf"{char[0]}[ \t\u3000]*", known)
    return re.compile(rf"(?P<label>{spaced})[:：]")


# Brackets in a text and what stands between them, nested ones and mixed widths too.

# Plans mix full and half width within one pair: （由市财政局负责).
_OPENING = {char: family for family, chars in enumerate(("（(", "【[［", "〔﹝")) for char in chars}
_CLOSING = {char: family for family, chars in enumerate(("）)", "】]］", "〕﹞")) for char in chars}
_ANY = re.compile(f"[{re.escape(''.join([*_OPENING, *_CLOSING]))}]")


def find_brackets(text: str) -> list[tuple[int, int]]:
    """Return the half-open spans of brackets with their content, an outer one before those inside it.

    One that is never closed has no span and takes none from others: （各县（市、区）负责） is two.
    """
    open_ones: list[tuple[int, int]] = []
    spans: list[tuple[int, int]] = []
    for match in _ANY.finditer(text):
        char, place = match.group(), match.start()
        if char in _OPENING:
            open_ones.append((place, _OPENING[char]))
        elif open_ones and open_ones[-1][1] == _CLOSING[char]:
            spans.append((open_ones.pop()[0], place + 1))
    return sorted(spans, key=lambda span: (span[0], -span[1]))


def split_outside(text: str, separators: str) -> list[tuple[str, str]]:
    """Split a text at characters that stand in no bracket.

    Returns:
        Parts, each with the separator behind it; the last part has an empty one.
    """
    parts: list[tuple[str, str]] = []
    depth = start = 0
    for place, char in enumerate(text):
        depth = max(0, depth + (char in _OPENING) - (char in _CLOSING))
        if depth == 0 and char in separators:
            parts.append((text[start:place], char))
            start = place + 1
    return [*parts, (text[start:], "")]


# Assignments under labels, in a bracket or on lines of their own: 责任单位：市财政局；完成时限：12月底前.

# （预期性指标，牵头单位：…）: a word on the task may stand before the first label.
_PREFIX = re.compile(r"\s*(?:[\u4e00-\u9fff]{2,10}[，,；;]\s*)?")
_SENTENCE_END = tuple("。；;！？）)】]\n")
# A dash beside a label: nobody.
_DASHES = "-—/"
_PRINTED = re.compile(r"\S")
_WHO = ("lead", "responsible", "supporting")


def read_labelled(printed: str) -> Assignment | None:
    """Read a text that begins with the label of an assignment; None for any other text."""
    if len(printed) > TASKS.longest_assignment:
        return None
    marks = list(label_pattern().finditer(printed))
    if not marks or not _PREFIX.fullmatch(printed, 0, marks[0].start()):
        return None
    ends = [mark.start() for mark in marks[1:]] + [len(printed)]
    pairs = [
        (close_up(mark["label"]), _without_remarks(close_up(printed[mark.end() : end])))
        for mark, end in zip(marks, ends, strict=True)
    ]
    return assignment_of(pairs)


def assignment_of(pairs: Sequence[tuple[str, str]]) -> Assignment | None:
    """Return what labelled values assign; None where they name no body.

    Args:
        pairs: labels and values without white space; a label that no assignment has is left alone.
    """
    values: defaultdict[str | None, list[str]] = defaultdict(list)
    for label, value in pairs:
        if value.strip(_DASHES):
            meaning = label_meaning(label)
            is_beside = meaning == "supporting" and "responsible" in values
            values[meaning].append(f"{label}：{value}" if is_beside else value)
    if values.keys().isdisjoint(_WHO):
        return None
    lead = "；".join(values["lead"]) or None
    responsible = "；".join(values["responsible"] + values["supporting"]) or None
    if lead is None and responsible:
        in_words = read_assignment(responsible, ends_text=True)
        lead, responsible = (
            (in_words.lead, in_words.responsible)
            if in_words and in_words.lead
            else part_marked_lead(responsible)
        )
    return Assignment(lead, responsible, "；".join(values["deadline"]) or None)


def find_labelled(text: str) -> Iterator[tuple[int, int, Assignment]]:
    """Yield the half-open spans of labels in running text with what they assign.

    They begin a line or follow the end of a sentence, and go on over lines that begin with a label.
    """
    position = 0
    for mark in label_pattern().finditer(text):
        if mark.start() < position or not _begins_here(text, mark.start()):
            continue
        end = _line_end(text, mark.end())
        # Longer ones assign nothing, and each label of a text that is nothing but labels begins anew.
        while (
            end - mark.start() <= TASKS.longest_assignment
            and (following := _next_line(text, end))
            and label_pattern().match(text, following)
        ):
            end = _line_end(text, following)
        assigned = read_labelled(text[mark.start() : end])
        if assigned:
            yield mark.start(), end, assigned
            position = end


def _without_remarks(value: str) -> str:
    """Return a value without remarks on how to read the list: （列第一位者为牵头单位，下同）."""
    bare = _BRACKETS.sub(
        lambda bracket: "" if assignment_words()["remark"].search(bracket.group()[1:]) else bracket.group(),
        value,
    )
    kept = [
        (text, end)
        for text, end in split_outside(bare, "，,；;。")
        if not assignment_words()["remark"].search(text)
    ]
    return "".join(text + end for text, end in kept).strip("，,；;、。")


def _begins_here(text: str, place: int) -> bool:
    before = text[max(0, place - TASKS.widest_indent) : place].rstrip(" \t\u3000")
    return not before or before.endswith(_SENTENCE_END)


def _line_end(text: str, place: int) -> int:
    end = text.find("\n", place)
    return len(text) if end < 0 else end


def _next_line(text: str, end: int) -> int | None:
    """Return where the next line that is not blank begins to print; None at the end of the text."""
    printed = _PRINTED.search(text, end)
    return printed.start() if printed else None
