"""The sentences of a report that state figures, closed up, and where each stands in the text."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.checks.wording import LEFT_OUT, shortened, within_quotes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipelines.text.outline import Passage

GAP = "¦"
"""Stands between two digits that white space separates: they may be one figure or two."""

_SENTENCE = re.compile("[^。！？!?]+[。！？!?]?")
_FIGURE = re.compile(r"\d+")
_REQUEST = "申请"
_LONGEST = 1500
"""Characters beyond which what runs on without a full stop is no sentence: a table whose cells are glued."""
_CONTINUES = re.compile(r"\s*(?:其中|包括|分别)")
_BORDERS = "\t|｜"
_TABLE_LINE = re.compile(rf"^.*[{_BORDERS}].*$", re.MULTILINE)
_FIRST_LINE = re.compile(r"[^\n]+(?=\n)")
_KEPT = "，"  # NFKC would make a thousands separator of it


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that states figures; with the one before it where it only goes on from that.

    Attributes:
        text: without white space, of one width; 。 may stand in its middle.
        offsets: where each of its characters stands in the text of the document.
        printed: the sentence as printed.
        headings: the titles of the passage that it stands in.
        goes_on_at: where the sentence that goes on from another begins; 0 where it is one sentence.
    """

    text: str
    offsets: tuple[int, ...]
    printed: str
    headings: tuple[str, ...]
    goes_on_at: int = 0

    def quote(self, *parts: tuple[int, int]) -> str:
        """Return parts of the sentence as printed, fit to stand between quotation marks.

        White space is left out; so is the middle of a long part, and what stands between two parts. A bracket
        that is opened in a part and closed right behind it is closed.

        Args:
            parts: the first character of each and the one behind its last.
        """
        return within_quotes(LEFT_OUT.join(shortened(self._printed(start, end)) for start, end in parts))

    def _printed(self, start: int, end: int) -> str:
        part = self.text[start : end + 1]
        if part.endswith(")") and part.count("(") == part.count(")"):
            end += 1
        first = self.offsets[0]
        words = self.printed[self.offsets[start] - first : self.offsets[end - 1] - first + 1]
        return "".join(words.split())


def sentences_of(passages: Iterable[Passage]) -> Iterator[Sentence]:
    """Yield the sentences of a report that state several figures, or one and a word for requests.

    Table rows are left out, and a passage printed again, character for character.
    """
    position = 0
    seen: set[str] = set()
    for passage in passages:
        position += len(passage.lead)
        if passage.raw not in seen:
            seen.add(passage.raw)
            yield from _in_passage(passage, position)
        position += len(passage.raw)


def _in_passage(passage: Passage, position: int) -> Iterator[Sentence]:
    has_rows = any(border in passage.raw for border in _BORDERS)
    prose = _TABLE_LINE.sub(_blanked, passage.raw) if has_rows else passage.raw
    if _has_heading_line(passage):
        prose = _FIRST_LINE.sub(_blanked, prose, count=1)
    before: re.Match[str] | None = None
    for match in _SENTENCE.finditer(prose):
        goes_on = before is not None and _CONTINUES.match(match.group()) is not None
        start = before.start() if before and goes_on else match.start()
        start += len(prose[start : match.end()]) - len(prose[start : match.end()].lstrip())
        if _is_of_use(prose, start, match.end()):
            yield _close_up(
                prose[start : match.end()], position + start, passage, max(0, match.start() - start)
            )
        before = match


def _has_heading_line(passage: Passage) -> bool:
    """Tell whether the first line of a passage is its heading, which has no full stop but is no sentence."""
    first = _FIRST_LINE.match(passage.raw)
    if first is None or not passage.heading_path:
        return False
    return "".join(first.group().split()).strip("#*_") == "".join(passage.heading_path[-1].split())


def _is_of_use(text: str, start: int, end: int) -> bool:
    if end - start > _LONGEST:
        return False
    figures = len(_FIGURE.findall(text, start, end))
    return figures > 1 or (figures == 1 and text.find(_REQUEST, start, end) >= 0)


def _blanked(match: re.Match[str]) -> str:
    return "。" + " " * (len(match.group()) - 1)


def _close_up(text: str, position: int, passage: Passage, goes_on_at: int) -> Sentence:
    characters: list[str] = []
    offsets: list[int] = []
    begins = 0
    for index, raw in enumerate(text):
        if index == goes_on_at:
            begins = len(characters)
        folded = raw if raw == _KEPT or raw.isalpha() else unicodedata.normalize("NFKC", raw).strip()
        if not folded:
            folded = GAP if _stands_between_digits(text, index) else ""
        characters.extend(folded)
        offsets.extend([position + index] * len(folded))
    return Sentence("".join(characters), tuple(offsets), text, passage.heading_path, begins)


def _stands_between_digits(text: str, index: int) -> bool:
    if not text[index - 1 : index].isdigit():
        return False
    return text[index:].lstrip()[:1].isdigit()
