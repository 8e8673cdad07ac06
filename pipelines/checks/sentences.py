"""The sentences of a report that state figures, closed up, where each stands in the text, and their figures.

A figure says how many of what, whether exactly, and what the words before it say.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from functools import cache, cached_property
from typing import TYPE_CHECKING

from pipelines.checks.check_catalogue import LEFT_OUT, load_pattern, plain, shortened, within_quotes
from pipelines.knowledge import Thresholds, load_table
from pipelines.structs import FrozenStruct
from pipelines.text.normalise import list_numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pipelines.checks.cell_checks import StatedTable
    from pipelines.metadata.fields import Metadata
    from pipelines.text.outline import Passage


GAP = "¦"
"""Stands between two digits that white space separates: they may be one figure or two."""

# A line end is none: converters break sentences at the edge of the page.
_SENTENCE = re.compile("[^。！？!?]+[。！？!?]?")
_REQUEST = "申请"
# The parts of a sum may follow behind a full stop: 新增信息45条。其中，业务类的信息32条….
_CONTINUES = re.compile(r"\s*(?:其中|包括|分别)")
_BORDERS = "\t|｜"
_TABLE_LINE = re.compile(rf"^.*[{_BORDERS}].*$", re.MULTILINE)
# A heading states no figure.
_FIRST_LINE = re.compile(r"[^\n]+(?=\n)")
_KEPT = "，"  # NFKC would make a thousands separator of it


class ProseThresholds(Thresholds):
    """How far sentences, sums and shares are read (`knowledge/thresholds/prose.yaml`)."""

    longest_sentence: int
    longest_phrase: int
    words_of_statement: int
    longest_between: int
    shortest_rate: int
    wholes_of_share: int
    wholes_of_list: int
    far_less: int
    slip: int
    least_unannounced: int
    most_unannounced: int
    words_of_opening: int


PROSE = ProseThresholds.load("prose")


class Sentence(FrozenStruct):
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


class CheckedReport(FrozenStruct, dict=True):
    """An annual report as it is checked.

    Attributes:
        passages: its text, in order.
        metadata: what it says of itself.
        form: the statutory form that its tables follow; `form_mixed` for several, `form_none` without any.
        tables: its tables of known forms.
    """

    passages: Sequence[Passage]
    metadata: Metadata
    form: str | None
    tables: Sequence[StatedTable]

    @cached_property
    def sentences(self) -> list[tuple[Sentence, Figures]]:
        """Its sentences with the figures that they state."""
        return [(sentence, figures_in(sentence.text)) for sentence in sentences_of(self.passages)]


def sentences_of(passages: Iterable[Passage]) -> Iterator[Sentence]:
    """Yield the sentences of a report that state several figures, or one and a word for requests.

    Table rows are left out, and a passage printed again, character for character.
    """
    position = 0
    seen: set[str] = set()
    for passage in passages:
        position += len(passage.lead)
        # 新乡市人民政府2019年 prints its first section fourteen times, some of them character for character.
        if passage.raw not in seen:
            seen.add(passage.raw)
            yield from _in_passage(passage, position)
        position += len(passage.raw)


def _in_passage(passage: Passage, position: int) -> Iterator[Sentence]:
    has_rows = any(border in passage.raw for border in _BORDERS)
    prose = _TABLE_LINE.sub(_blank_line, passage.raw) if has_rows else passage.raw
    if _has_heading_line(passage):
        prose = _FIRST_LINE.sub(_blank_line, prose, count=1)
    before: re.Match[str] | None = None
    for match in _SENTENCE.finditer(prose):
        goes_on = before is not None and _CONTINUES.match(match.group()) is not None
        begin = before.start() if before and goes_on else match.start()
        words = prose[begin : match.end()].lstrip()
        start = match.end() - len(words)
        if _is_of_use(words):
            yield _close_up(words, position + start, passage, max(0, match.start() - start))
        before = match


def _has_heading_line(passage: Passage) -> bool:
    """Tell whether the first line of a passage is its heading, which has no full stop but is no sentence."""
    first = _FIRST_LINE.match(passage.raw)
    if first is None or not passage.heading_path:
        return False
    return "".join(first.group().split()).strip("#*_") == "".join(passage.heading_path[-1].split())


def _is_of_use(text: str) -> bool:
    if len(text) > PROSE.longest_sentence:
        return False
    # A sentence with one figure can only state a number of requests.
    figures = len(list_numbers(text))
    return figures > 1 or (figures == 1 and _REQUEST in text)


def _blank_line(match: re.Match[str]) -> str:
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


_BOUNDARY = re.compile("[，,、;:。()《》“”]")
_PHRASE_ENDS = "，,;。:()、"
MONEY = "元"

_SCALES = {"亿": Decimal(100_000_000), "万": Decimal(10_000), "千": Decimal(1_000)}
_SHOWN_SCALES = ("亿", "万")
# 3至5件, and 12，345件 whose comma may be one of thousands, are no exact figures.
_RANGE = re.compile(rf"(?:\d[-~—–至到]|\d，|{GAP})$")


class Figure(FrozenStruct):
    """A figure with its measure word.

    Attributes:
        value: as printed; money in 元.
        units: its measure words; two for 件（条）.
        start: where it begins in the sentence.
        end: where it ends, measure word included.
        slack: by how much it may be off where it is rounded to its last decimal; 0 for a whole number.
        exact: whether it is meant to the last digit: not 约, 余, 1.2万件 nor 3至5件.
        label: the words before it, from the last punctuation mark or figure.
        tail: the words behind it, up to the next punctuation mark or figure.
        depth: in how many brackets it stands.
    """

    value: Decimal
    units: frozenset[str]
    start: int
    end: int
    slack: Decimal
    exact: bool
    label: str
    tail: str
    depth: int


Figures = tuple[Figure, ...]
"""In their order."""


def figures_in(text: str) -> Figures:
    """Return the figures with measure words in a closed-up sentence, in order.

    Left out are ordinals, comparisons with another time (比上年增加20件) and averages (每月3件), which are no
    parts of anything in the sentence.
    """
    matches = list(_figure_pattern().finditer(text))
    ends = [0, *(match.end() for match in matches)]
    starts = [*(match.start() for match in matches), len(text)]
    found = (
        _read_figure(match, before=ends[number], after=starts[number + 1])
        for number, match in enumerate(matches)
    )
    return tuple(figure for figure in found if figure)


@cache
def _figure_pattern() -> re.Pattern[str]:
    words = load_table("checks")["figures"]
    return re.compile(
        rf"(?<![\d.A-Za-z第])(?P<number>\d{{1,3}}(?:,\d{{3}})+(?![\d,])|\d+(?:\.\d+)?)"
        rf"(?P<about>{words['about_behind']})?(?P<scale>[千万亿])?(?P<about_too>{words['about_behind']})?"
        rf"(?P<unit>{words['units']})(?:[(/](?P<other_unit>{words['units']})\)?)?"
        rf"(?P<about_last>{words['about_last']})?"
    )


def _read_figure(match: re.Match[str], *, before: int, after: int) -> Figure | None:
    text = match.string
    label = _BOUNDARY.split(text[before : match.start()])[-1]
    if load_pattern("figures", "left_out").search(label):
        return None
    is_money = match["unit"] == MONEY
    number = Decimal(match["number"].replace(",", ""))
    scale = _SCALES[match["scale"]] if is_money and match["scale"] else Decimal(1)
    about = any(match[name] for name in ("about", "about_too", "about_last"))
    rounded = about or (match["scale"] and not is_money)
    in_range = _RANGE.search(text, max(0, match.start() - 2), match.start())
    return Figure(
        value=number * scale,
        units=frozenset(filter(None, (match["unit"], match["other_unit"]))),
        start=match.start(),
        end=match.end(),
        slack=_slack_of(number) * scale,
        exact=not (rounded or in_range or load_pattern("figures", "about_before").search(label)),
        label=label,
        tail=_BOUNDARY.split(text[match.end() : after], maxsplit=1)[0],
        depth=bracket_depth(text, match.start()),
    )


def bracket_depth(text: str, position: int) -> int:
    """Return in how many brackets a place of a closed-up sentence stands."""
    return text.count("(", 0, position) - text.count(")", 0, position)


def _slack_of(number: Decimal) -> Decimal:
    places = -int(number.as_tuple().exponent)
    # A rounded figure may be off by half of its last decimal.
    return Decimal(5).scaleb(-places - 1) if places > 0 else Decimal(0)


def identity_of(figures: Sequence[Figure]) -> object:
    """Return what makes two printings one statement: the figures, and the last words before the first."""
    of_what = figures[0].label[-PROSE.words_of_statement :]
    return tuple((figure.value, figure.units) for figure in figures), of_what


def start_of_phrase(text: str, position: int) -> int:
    """Return where the phrase begins that a figure stands in."""
    earliest = max(0, position - PROSE.longest_phrase)
    return max(earliest, *(text.rfind(mark, earliest, position) + 1 for mark in _PHRASE_ENDS))


def show_number(number: Decimal, figure: Figure) -> str:
    """Return a number without zeros behind its last decimal; money, reckoned in 元, with its unit."""
    if MONEY not in figure.units:
        return _without_zeros(number)
    word = next((word for word in _SHOWN_SCALES if number >= _SCALES[word]), "")
    return f"{_without_zeros(number / _SCALES.get(word, Decimal(1)))}{word}{MONEY}"


def _without_zeros(number: Decimal) -> str:
    text = plain(number)
    return text.rstrip("0").rstrip(".") if "." in text else text
