"""Exact search in Chinese: an index token for every two neighbours, a word as a phrase of such pairs.

Chinese has no spaces, so a word index must guess where words end and then misses what it guessed wrong
(measured: a trigram index finds no query of one or two characters, a segmenter 27 of 200 queries). With a
token for each pair of neighbours, in their order, a phrase query is a substring search; a word of one
character is looked for among the single characters, which follow the pairs. One token per character would do
for both and take less room, and is slower: common characters stand nearly everywhere, common pairs do not.
`search_form` says what counts as equal; the index and every query pass through it, and a published copy
records its version.
"""

from __future__ import annotations

import unicodedata
from itertools import pairwise

from pipelines.text.outline import merge_spans

SEARCH_FORM = 2
"""The version of `search_form` and of the tokens; raised whenever a text would be written differently."""

TOKENIZER = "unicode61 remove_diacritics 0 categories 'L* N* P* S* C* M*'"
"""Every category but separators: the default drops 〔〕, quotation marks and emoji."""

# What the tokenizer would fold into another character or drop, so each gets a word for a token. No other
# character has a token longer than one character. A test reads every code point back from the index.
_TOKENS = {"\u0345": "u345", "\u03c2": "u3c2", "\u180e": "u180e", "\ufffe": "ufffe", "\uffff": "uffff"}


def search_form(text: str) -> str:
    """Write a text as search compares it: NFKC, lower case, without white space and NUL."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return "".join(folded.replace("\x00", "").split())


def query_words(query: str) -> tuple[str, ...]:
    """Return the words of a query in search form, in order; each must be found, anywhere in the text."""
    return tuple(form for word in query.split() if (form := search_form(word)))


def index_tokens(text: str) -> str:
    """Write a text as the index stores it: the pairs of neighbours in order, then each character once."""
    characters = _characters(search_form(text))
    return " ".join([*_pairs(characters), *dict.fromkeys(characters)])


def match_phrase(query: str) -> str:
    """Write a query for FTS5's MATCH: one phrase per word, all of which must occur.

    Quotation marks, `*`, `-`, `AND` and the like are characters to be found, never operators. A query
    without any character matches nothing.
    """
    words = dict.fromkeys(query_words(query))
    return " AND ".join(map(_phrase, words)) or '""'


def _phrase(word: str) -> str:
    characters = _characters(word)
    tokens = " ".join(_pairs(characters) or characters)
    return '"' + tokens.replace('"', '""') + '"'


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
