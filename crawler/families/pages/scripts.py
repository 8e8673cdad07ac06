"""What inline scripts state, read from their literals. No script is ever run.

Static portals leave the paging and sometimes the rows of a list to a few lines of script in the page.
Those lines are machine-written from templates, so their literals can be read; what cannot be read as a
literal is left alone. Every pattern takes time in proportion to the script, whatever it holds: one page must
not stop the other portals.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from pipelines.text.scripts import STRING, string_value

if TYPE_CHECKING:
    from collections.abc import Iterator

Literal = int | str

_ASSIGNMENT = re.compile(
    rf"(?<![\w$])(?P<name>[A-Za-z_$][\w$]*+)\s*+=\s*+(?P<value>{STRING}|\d{{1,18}}+(?!\d))(?!\s*+\+)"
)
_ARGUMENT = re.compile(rf"\s*+(?P<value>{STRING}|\d{{1,18}}+|[A-Za-z_$][\w$]*+)\s*+(?P<end>[,)])")
_WRITTEN = re.compile(r"\bdocument\s*\.\s*write(?:ln)?\s*\(")
_PIECE = re.compile(rf"(?P<string>{STRING})|(?P<end>\))|(?P<joint>[\s+]++)")


def assignments(script: str) -> Iterator[tuple[str, Literal, int]]:
    """Yield each plain assignment of a literal, in order: name, value, position.

    Args:
        script: a script without comments.
    """
    for found in _ASSIGNMENT.finditer(script):
        yield found["name"], _literal(found["value"]), found.start()


def calls(script: str, name: str) -> Iterator[tuple[Literal, ...]]:
    """Yield the arguments of each call whose arguments are all literals, or names assigned one.

    Args:
        script: a script without comments.
        name: the function's name, as a regular expression.
    """
    known = {variable: value for variable, value, _ in assignments(script)}
    for found in re.finditer(rf"(?<!function )\b(?:{name})\s*\(", script):
        arguments = _arguments(script, found.end(), known)
        if arguments is not None:
            yield arguments


def written_html(script: str) -> str:
    """Return the markup that `document.write` and `writeln` would add.

    A call that joins anything but literals is left out: what it writes is known only to who runs it.

    Args:
        script: a script without comments.
    """
    return "\n".join(filter(None, (_written(script, found.end()) for found in _WRITTEN.finditer(script))))


def _written(script: str, start: int) -> str | None:
    pieces: list[str] = []
    position = start
    while piece := _PIECE.match(script, position):
        if piece["end"]:
            return "".join(pieces)
        if piece["string"]:
            pieces.append(string_value(piece["string"]))
        position = piece.end()
    return None


def _arguments(script: str, start: int, known: dict[str, Literal]) -> tuple[Literal, ...] | None:
    values: list[Literal] = []
    position = start
    while found := _ARGUMENT.match(script, position):
        written = found["value"]
        value = known.get(written) if written[0].isalpha() or written[0] in "_$" else _literal(written)
        if value is None:
            return None
        values.append(value)
        position = found.end()
        if found["end"] == ")":
            return tuple(values)
    return None


def _literal(written: str) -> Literal:
    if written[0] not in "'\"":
        return int(written)
    return html.unescape(string_value(written))
