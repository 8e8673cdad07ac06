"""Exact search in Chinese: an index token for every two neighbours, a word as a phrase of such pairs.

Chinese has no spaces, so a word index must guess where words end and then misses what it guessed wrong
(measured: a trigram index finds no query of one or two characters, a segmenter 27 of 200 queries). With a
token for each pair of neighbours, in their order, a phrase query is a substring search. A word of one
character is the beginning of a pair, or the last character of the text, a token by itself; so many pairs
begin with the commonest that those are tokens of their own, after the pairs. One token per character would do
for all in less room, and is slower: common characters stand nearly everywhere, common pairs do not.
"""

from __future__ import annotations

import unicodedata
from itertools import pairwise

from pipelines.text.outline import merge_spans

SEARCH_FORM = 3
"""The version of `search_form` and of the tokens; raised whenever a text would be written differently."""

TOKENIZER = "unicode61 remove_diacritics 0 categories 'L* N* P* S* C* M*'"
"""Every category but separators: the default drops 〔〕, quotation marks and emoji."""

# What the tokenizer would fold into another character or drop, and what stands for it: characters that no
# search form has, since NFKC writes them as figures. A test reads every code point back from the index.
_TOKENS = {"\u0345": "①", "\u03c2": "②", "\u180e": "③", "\ufffe": "④", "\uffff": "⑤"}

# Each stands in two of five passages at least, of 941 in 91 reports and plans. Finding the first of them as
# the beginning of pairs took 25 ms in 60,000 passages, as a token 3; every character as a token makes the
# index half as large again.
_COMMON = frozenset("。,、的和政()部务要关等作有发行人一国工实业府中公对理进合制开定规建区机用及加")


def search_form(text: str) -> str:
    """Write a text as search compares it: NFKC, lower case, without white space and NUL."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return "".join(folded.replace("\x00", "").split())


def query_words(query: str) -> tuple[str, ...]:
    """Return the words of a query in search form, in order; each must be found, anywhere in the text."""
    return tuple(form for word in query.split() if (form := search_form(word)))


def index_tokens(text: str) -> str:
    """Write a text as the index stores it: the pairs in order, then common characters and the last."""
    characters = _characters(search_form(text))
    alone = dict.fromkeys(one for one in characters if one in _COMMON) | dict.fromkeys(characters[-1:])
    return " ".join([*_pairs(characters), *alone])


def match_phrase(query: str) -> str:
    """Write a query for FTS5's MATCH: one phrase per word, all of which must occur.

    Quotation marks, `*`, `-`, `AND` and the like are characters to be found, never operators. A query
    without any character matches nothing.
    """
    words = dict.fromkeys(query_words(query))
    return " AND ".join(map(_phrase, words)) or '""'


def _phrase(word: str) -> str:
    characters = _characters(word)
    # In the order of the index, where pairs stand one behind the other: the phrase is the substring.
    tokens = " ".join(_pairs(characters) or characters)
    begins = " *" if len(characters) == 1 and word not in _COMMON else ""
    return '"' + tokens.replace('"', '""') + '"' + begins


def _characters(form: str) -> list[str]:
    return [_TOKENS.get(character, character) for character in form]


def _pairs(characters: list[str]) -> list[str]:
    return [first + second for first, second in pairwise(characters)]


def matching_spans(text: str, query: str) -> tuple[tuple[int, int], ...]:
    """Return where the words of a query stand in a text, as half-open spans of it, merged and in order.

    A span covers the printed characters, so `２０１９ 年` is found whole by `2019年`. A text whose
    characters only take their form together (letters that compose across a space) yields no span rather
    than a wrong one.
    """
    pieces = _pieces(text)
    form = "".join(piece for piece, _, _ in pieces)
    # Cut into pieces the text has another form than as a whole: places in it would be wrong.
    if form != search_form(text):
        return ()
    owners = [(start, end) for piece, start, end in pieces for _ in piece]
    return merge_spans(
        (owners[at][0], owners[at + len(word) - 1][1])
        for word in query_words(query)
        for at in _places(form, word)
    )


def _pieces(text: str) -> list[tuple[str, int, int]]:
    """Cut a text into characters with their combining marks, each with its search form and its span."""
    starts = [i for i, character in enumerate(text) if i == 0 or not unicodedata.combining(character)]
    return [(search_form(text[start:end]), start, end) for start, end in pairwise([*starts, len(text)])]


def _places(form: str, word: str) -> list[int]:
    places, at = [], form.find(word)
    while at >= 0:
        places.append(at)
        at = form.find(word, at + len(word))
    return places
