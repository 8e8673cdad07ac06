"""Where a text prints the labels of a statutory table, one after another, with nothing but figures between.

A report that was copied without its table borders has the labels left as the only trace of the table. They
are looked for in the text without white space (labels break over lines anywhere), and count only as a chain:
several labels of one table close together, so that a sentence about 予以公开 and 行政许可 is no table.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import accumulate, islice
from typing import NamedTuple

from pipelines.forms.form_catalogue import Forms, forms_alone
from pipelines.forms.labels import FULL_WIDTH
from pipelines.forms.printed_labels import Kind, PrintedName, labels_of
from pipelines.tables.text_rows import DRAWN, is_figure

_INK = re.compile("[^\\s“”‘’\"'「」『』`´\u200b\ufeff]+")
# One character for one, so that places stay: full-width signs, and the radicals that some PDFs print.
_WIDTH = str.maketrans(
    {
        **FULL_WIDTH,
        **dict(
            zip(
                "⼀⼆⼈⼊⼋⼒⼗⼝⼟⼠⼤⼩⼯⼰⼼⽂⽅⽇⽉⽌⽐⽣⽬⽴⾏⾐⾃⾔⾦",
                "一二人入八力十口土士大小工己心文方日月止比生目立行衣自言金",
                strict=True,
            )
        ),
    }
)
# One digit: of more, those before it belong to the figure that stands there.
_NUMBER = re.compile(
    r"(?:[一二三四五六七八九十]{1,2}、|\([一二三四五六七八九十]{1,2}\)[、.]?|\(\d{1,2}\)|\d[、.)])\Z"
)
_NUMBER_CHARS = 5
# Shorter words (其他, 总计, 规章) count only where no other word goes on behind them.
_SHORTEST_CERTAIN = 3
# Bracketed explanations in labels are torn, cut and left out: （本列数据的勾稽关系为…）.
_NOTE = re.compile(r"\((?![一二三四五六七八九十\d]{1,2}\))[^()]{0,200}\)")
_CLOSING_QUOTES = ("”", "’", "」", "』", '"')
# No label has these inside, so that they make a sentence of what has.
_PROSE = re.compile(r"[。；！？]|[\d０-９\u3400-\u9fff％%][，,](?=[\u3400-\u9fff])|[件条份项个次起人元％%]、")
_HEADING = re.compile(
    r"收到和处理政府信息公开|行政诉讼情况|主动公开政府信息情况|主动公开情况|存在的?主要问题|其他需要报告|总体情况"
)
WORDS = re.compile(r"[\u3400-\u9fff]+")
"""Han characters: what stands beside figures and is none."""
# How many different labels make a chain a table, and behind how many of them figures have to stand.
_FEWEST = {"t2": (3, 1), "t3": (4, 2), "t4": (4, 1)}
_FEWEST_WORDS = {"t2": 1, "t3": 3, "t4": 3}
# Regulation on Open Government Information (2019), art. 20: each block of the first table names its item.
_CAPTION = "第二十条第"
# What must not follow a label, since a sentence or a heading goes on so.
_NO_SENTENCE = {"t4": "(?![、,和与及情])"}


class Mark(NamedTuple):
    """One printed label.

    Attributes:
        name: which label; one of those that are spelt so.
        start: where it begins in the text, its number included.
        end: where it ends in the text, its note in brackets included.
    """

    name: PrintedName
    start: int
    end: int


class FoldedText(NamedTuple):
    """A stretch of a text without white space and quotation marks, all in one width.

    Attributes:
        text: what is left.
        starts: where each unbroken piece of that begins in it.
        places: where each of those pieces stands in the whole text.
    """

    text: str
    starts: Sequence[int]
    places: Sequence[int]

    def place_of(self, position: int) -> int:
        """Return where a character of the folded text stands in the whole text."""
        piece = bisect_right(self.starts, position) - 1
        return self.places[piece] + position - self.starts[piece]


def in_one_width(text: str) -> str:
    """Return a text with full-width signs as others; every character stays in its place."""
    return text.translate(_WIDTH)


def fold_stretch(narrow: str, start: int, end: int, offset: int) -> FoldedText:
    """Fold a stretch of a text.

    Args:
        narrow: a part of the text, in one width.
        start: where the stretch begins in the whole text.
        end: where it ends there.
        offset: where the part begins there.
    """
    pieces = [(found.start(), found.group()) for found in _INK.finditer(narrow, start - offset, end - offset)]
    starts = list(accumulate((len(piece) for _, piece in pieces), initial=0))
    return FoldedText(
        "".join(piece for _, piece in pieces), starts[:-1], [offset + place for place, _ in pieces]
    )


def may_hold(table: str, squeezed: str, forms: Forms) -> bool:
    """Tell whether a text without white space has enough words of a table to be looked through for it."""
    words = (word for word in _telling_words(table, forms) if word in squeezed)
    return len(tuple(islice(words, _FEWEST_WORDS[table]))) == _FEWEST_WORDS[table]


def find_chains(table: str, forms: Forms, text: str, folded: FoldedText) -> Iterator[list[Mark]]:
    """Yield the labels of each printing of a table, in order.

    Args:
        table: `t2`, `t3`, `t4`.
        forms: whose labels are looked for.
        text: all of it.
        folded: the stretch of it where they are looked for.
    """
    chain: list[Mark] = []
    for mark in islice(_find_marks(table, forms, folded, text), DRAWN.most_labels):
        if chain and not _goes_on(table, chain[-1], mark, text):
            if _is_table(table, chain, text):
                yield chain
            chain = []
        if chain or len(mark.name.head) >= _SHORTEST_CERTAIN:
            chain.append(mark)
    if chain and _is_table(table, chain, text):
        yield chain


def _find_marks(table: str, forms: Forms, folded: FoldedText, text: str) -> Iterator[Mark]:
    pattern, meanings = _label_pattern(table, forms)
    floor = 0
    for found in pattern.finditer(folded.text):
        if found.start() < floor or not _stands_alone(folded.text, found, floor):
            continue
        number = _number_before(folded.text, found.start(), floor)
        # Of a row and a column of one name the row has its number before it.
        named = meanings[found.group()]
        name = next((one for one in named if one.stands_above is not bool(number)), named[0])
        floor = _end_of_label(folded.text, found.group(), name, found.end())
        start, end = folded.place_of(found.start() - len(number)), folded.place_of(floor - 1) + 1
        yield Mark(name, start, end + (text[end : end + 1] in _CLOSING_QUOTES))


def _stands_alone(text: str, found: re.Match[str], floor: int) -> bool:
    """Tell whether a label is no end of another word; only short ones can be."""
    start, end = found.span()
    is_certain = end - start >= _SHORTEST_CERTAIN or start == floor
    return is_certain or not WORDS.match(text, start - 1) or _number_before(text, start, floor) != ""


def _number_before(text: str, start: int, floor: int) -> str:
    """Return the number before a label; empty where there is none."""
    found = _NUMBER.search(text[max(floor, start - _NUMBER_CHARS) : start])
    return found.group() if found else ""


def _end_of_label(text: str, spelt: str, name: PrintedName, end: int) -> int:
    """Return where a label ends of which a part was found: what follows of its words, and a note."""
    rest = name.head.partition(spelt)[2] if spelt in name.head else ""
    for char in rest:
        if not text.startswith(char, end):
            break
        end += 1
    note = _NOTE.match(text, end)
    return note.end() if note else end


def _goes_on(table: str, before: Mark, mark: Mark, text: str) -> bool:
    """Tell whether two labels may stand in one table: between them are figures, or a label of no form."""
    if mark.start - before.end > DRAWN.gap_chars or (before.name.is_last and mark.name != before.name):
        return False
    # 其中予以公开12件，部分公开3件 is a sentence, however many labels it names.
    gap = text[before.end : mark.start]
    if not gap or gap.isspace():
        return True
    if _PROSE.search(f"{gap}{text[mark.start]}") or _HEADING.search("".join(gap.split())):
        return False
    most = DRAWN.gap_words_of_lawsuits if table == "t4" else DRAWN.gap_words
    return sum(map(len, WORDS.findall(gap))) <= most


def _is_table(table: str, chain: Sequence[Mark], text: str) -> bool:
    labels, stated = _FEWEST[table]
    names = {mark.name.head for mark in chain}
    if len(names) < labels or not any(len(name) > 3 for name in names):
        return False
    if len(names) >= DRAWN.blank_labels:
        return True
    # 规章 and 行政许可 alone are words that any sentence has.
    is_told = table != "t2" or any(one in _above_columns(table) or one.startswith(_CAPTION) for one in names)
    return is_told and _count_stated(chain, text) >= stated


def _count_stated(chain: Sequence[Mark], text: str) -> int:
    """Return how many labels figures follow."""
    ends = [*(mark.start for mark in chain[1:]), chain[-1].end + 20]
    gaps = (text[mark.end : end].strip() for mark, end in zip(chain, ends, strict=True))
    return sum(gap[:1].isdigit() or is_figure(gap) for gap in gaps)


@cache
def _telling_words(table: str, forms: Forms) -> tuple[str, ...]:
    """Return words of which some stand in every table; those of the second alone say that it is one."""
    if table == "t2":
        return (*_above_columns(table), _CAPTION)
    return tuple({anchor for name in labels_of(table, forms) for anchor in name.anchors if len(anchor) > 3})


@cache
def _above_columns(table: str) -> tuple[str, ...]:
    return tuple(name.head for name in labels_of(table, forms_alone()) if name.kind is Kind.ABOVE)


@cache
def _label_pattern(table: str, forms: Forms) -> tuple[re.Pattern[str], dict[str, tuple[PrintedName, ...]]]:
    """Return what finds the labels of a table, and which labels each spelling stands for."""
    meanings: dict[str, tuple[PrintedName, ...]] = {}
    for name in labels_of(table, forms):
        for spelling in _spellings_of(name):
            meanings[spelling] = (*meanings.get(spelling, ()), name)
    longest_first = sorted(meanings, key=lambda spelling: (-len(spelling), spelling))
    certain = [re.escape(one) for one in longest_first if len(one) >= _SHORTEST_CERTAIN]
    short = [re.escape(one) for one in longest_first if len(one) < _SHORTEST_CERTAIN]
    ends = rf"(?=[^\u3400-\u9fff]|\Z|[一二三四]、|{'|'.join((*certain, *short))})"
    # Every alternative begins with a character: the engine then skips to those at once.
    alternatives = "|".join((*certain, *(one + ends for one in short)))
    return re.compile(f"(?:{alternatives}){_NO_SENTENCE.get(table, '')}"), meanings


def _spellings_of(name: PrintedName) -> Iterator[str]:
    """Yield how a label may begin: all of it, or what identifies it with the words before that."""
    whole = name.head
    yield whole
    prefix = next((whole.partition(anchor)[0] for anchor in name.anchors if anchor in whole), "")
    for anchor in name.anchors:
        yield anchor
        if prefix:
            yield prefix + anchor
