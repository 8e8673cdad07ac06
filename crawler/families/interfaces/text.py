"""The dialects in which portals answer with JSON, read as data. Nothing is ever evaluated.

Met on portals: a byte order mark, JSONP, an assignment to a variable, single quotes and bare keys as in a
script, control characters within strings, and JSON that is itself the text of a JSON string. Every pattern
takes time in proportion to the text, whatever it holds.
"""

from __future__ import annotations

import json
import re
from typing import Any

_EDGE = "\ufeff\u200b \t\r\n\f\v\x00"
_WRAPPER = re.compile(
    r"(?:\)\]\}',?|/\*\*/|//|while\s*+\(1\);|for\s*+\(;;\);|try\s*+\{|(?:var|let|const)\s++"
    r"|[\w$.]{1,100}+\s*+[=(]|[\s;(!&|])*+(?=[{\[\"])"
)
# Strings and comments that are never closed end with the text, so that none is scanned twice.
_TOKEN = re.compile(
    r"""(?P<double>"(?:\\.|[^"\\])*+(?:"|\\?\Z))|(?P<single>'(?:\\.|[^'\\])*+(?:'|\\?\Z))"""
    r"""|(?P<comment>/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z)|//[^\n]*+)"""
    r"""|(?P<key>[A-Za-z_$][\w$]*+(?=\s*+:))|(?P<word>[A-Za-z_$][\w$]*+)|(?P<rest>[^"'/A-Za-z_$]++|.)""",
    re.DOTALL,
)
_LAST_COMMA = re.compile(r"""(?P<string>"(?:\\.|[^"\\])*+(?:"|\\?\Z))|,(?=\s*+[}\]])""", re.DOTALL)
_ESCAPE = re.compile(
    r"""\\(?:x(?P<hex>[0-9a-fA-F]{2})|(?P<kept>["\\/bfnrtu])|(?P<plain>.))|(?P<quote>")""", re.DOTALL
)
_WORDS = {"undefined": "null", "None": "null", "NaN": "null", "True": "true", "False": "false"}
_DEEPEST = 3


def read_json(text: str) -> Any | None:
    """Return the object or list that a text holds; None where it holds none, or is cut off.

    Args:
        text: an answer, decoded, in any of the dialects.
    """
    value: Any = text
    for _ in range(_DEEPEST):
        if isinstance(value, str):
            value = _decode(value)
    return value if isinstance(value, dict | list) else None


def _decode(text: str) -> Any | None:
    text = text.strip(_EDGE)
    wrapper = _WRAPPER.match(text)
    if wrapper is None:
        return None
    value = _parse(text, wrapper.end())
    if value is not None:
        return value
    literal = _TOKEN.sub(_as_json, text[wrapper.end() :])
    return _parse(_LAST_COMMA.sub(lambda found: found["string"] or "", literal), 0)


def _parse(text: str, start: int) -> Any | None:
    decoder = json.JSONDecoder(strict=False, parse_constant=lambda _: None)
    try:
        return decoder.raw_decode(text, start)[0]
    except (ValueError, RecursionError):
        # Nested deeper than any list is, or a number of thousands of digits: no answer of a portal.
        return None


def _as_json(token: re.Match[str]) -> str:
    """Spell one token of a script's literal as JSON does."""
    kind, written = token.lastgroup, token[0]
    if kind in {"double", "single"}:
        return f'"{_ESCAPE.sub(_escape, written[1:-1])}"'
    if kind == "comment":
        return ""
    if kind == "key":
        return f'"{written}"'
    return _WORDS.get(written, written) if kind == "word" else written


def _escape(found: re.Match[str]) -> str:
    if found["hex"]:
        return f"\\u00{found['hex']}"
    if found["quote"]:
        return '\\"'
    return found["plain"] if found["plain"] is not None else found[0]
