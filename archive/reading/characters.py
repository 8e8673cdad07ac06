"""Halves of characters: what Python holds in a text, and no file, database or terminal takes.

A font of a PDF, say, may name one as what its glyph means. The readers replace them where they know of them;
this is the net below, so that none gets as far as the corpus.
"""

from __future__ import annotations

import dataclasses
import re
from typing import Any

_PICKLED_HALF = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")


def may_hold_halves(pickled: bytes) -> bool:
    """Tell quickly whether something pickled may hold half of a character; never wrong where it says no."""
    return _PICKLED_HALF.search(pickled) is not None


def holds_halves(value: Any) -> bool:
    """Tell whether any text in dataclasses, tuples, lists and dictionaries holds half of a character."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            if any("\ud800" <= character <= "\udfff" for character in each):
                return True
        elif isinstance(each, (tuple, list, set, frozenset)):
            waiting.extend(each)
        elif isinstance(each, dict):
            waiting.extend((*each.keys(), *each.values()))
        elif dataclasses.is_dataclass(each):
            waiting.extend(getattr(each, field.name) for field in dataclasses.fields(each))
    return False
