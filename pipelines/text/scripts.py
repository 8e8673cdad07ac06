"""The literals of scripts in pages. No script is ever run.

Every pattern takes time in proportion to the script, whatever it holds.
"""

from __future__ import annotations

import re

# Possessive: what has been read is never given back and read again.
STRING = r"""'(?:\\.|[^'\\\n])*+'|"(?:\\.|[^"\\\n])*+\""""
# One that is never closed ends with its line.
_STRING_OR_REST = r"""'(?:\\.|[^'\\\n])*+(?:'|(?=\n)|\\?\Z)|"(?:\\.|[^"\\\n])*+(?:"|(?=\n)|\\?\Z)"""
# Strings come first, so that the slashes of an address inside one never pass for a comment.
# Browsers take `<!--` in a script for a comment to the end of its line.
_STRING_OR_COMMENT = re.compile(
    rf"(?P<string>{_STRING_OR_REST})|/\*.*?(?:\*/|\Z)|//[^\n]*|<!--[^\n]*", re.DOTALL
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_CONTROL = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}


def strip_comments(script: str) -> str:
    """Return a script without its comments; strings stay as they are."""
    return _STRING_OR_COMMENT.sub(lambda found: found["string"] or " ", script)


def string_value(written: str) -> str:
    """Return what a string of a script holds, entities of markup as they are.

    Args:
        written: the string, quotes included.
    """
    text = _ESCAPE.sub(_unescape_character, written[1:-1])
    # Escapes write characters beyond the basic plane as two halves; a half alone is no character.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _unescape_character(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    if code:
        return chr(int(code, 16))
    return _CONTROL.get(found[3], found[3])
