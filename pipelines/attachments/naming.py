"""What an attachment is called: by its link first, by what stands around it where that says nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from pipelines.attachments import knowledge
from pipelines.attachments.pointing import file_name, is_made_up
from pipelines.text.white_space import fold_line

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST_NAME = 300
_LONGEST_BARE = 24
_ELLIPSIS = re.compile(r"(?:…+|\.{2,})$")
_LEADING = re.compile(
    r"^(?:(?:附件|附表|附)\s*[\d一二三四五六七八九十]{0,3}\s*[:：.、]\s*|[\s:：、，,。;；\-—•·*]+)+"
)
_TRAILING = re.compile(r"[\s:：、，,;；（(\[【]+$")
_ANY_ENDING = re.compile(r"\.\w{2,5}$")
_BRACKETS = "【】[]（）()<>《》 　:：。.>»"


class Worth(IntEnum):
    """How much a name says, the best first."""

    SPOKEN = 0
    """The text of the link."""
    STATED = 1
    """An attribute of the link, a key beside the address."""
    AROUND = 2
    """The text before the link."""
    FILE = 3
    """A file name that a person chose."""
    NUMBERED = 4
    """附件1"""
    MADE_UP = 5
    """A file name that a system chose."""
    NONE = 6


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """A name and its worth."""

    worth: Worth
    text: str


def name_of(text: str, stated: Iterable[str], before: str, url: str | None) -> Name:
    """Return the name that says most.

    Args:
        text: of the link.
        stated: what attributes say, in the order of trust.
        before: the text before the link in its block.
        url: the address of the file; None where it has none.
    """
    said = fold_line(text)[:LONGEST_NAME]
    others = [cleaned for each in stated if (cleaned := fold_line(each)[:LONGEST_NAME])]
    if said and not is_bare(said):
        return Name(Worth.SPOKEN, _whole(said, others))
    for other in others:
        if not is_bare(other):
            return Name(Worth.STATED, other)
    around = _TRAILING.sub("", _LEADING.sub("", fold_line(before)[:LONGEST_NAME]))
    if around and not is_bare(around):
        return Name(Worth.AROUND, around)
    return _last_resort(said or next(iter(others), ""), url)


def is_bare(name: str) -> bool:
    """Tell whether a name says nothing of the file: 点击下载, 附件1, 附件1.pdf."""
    if len(name) > _LONGEST_BARE:
        return False
    stem = _ANY_ENDING.sub("", name.strip(_BRACKETS)).strip(_BRACKETS)
    return not stem or knowledge.pattern("bare_name").fullmatch(stem) is not None


def _whole(said: str, others: list[str]) -> str:
    """Return the text of a link, or what its title says where the text is cut short."""
    stem = _ELLIPSIS.sub("", said)
    if stem == said:
        return said
    return next((other for other in others if other.startswith(stem)), said)


def _last_resort(said: str, url: str | None) -> Name:
    own = fold_line(file_name(url))[:LONGEST_NAME] if url else ""
    if own and not is_made_up(own) and not is_bare(own):
        return Name(Worth.FILE, own)
    if "附" in said:
        return Name(Worth.NUMBERED, said)
    if own:
        return Name(Worth.MADE_UP, own)
    return Name(Worth.NONE, said)
