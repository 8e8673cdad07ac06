"""Functions of SQL that a reader may not call as SQLite has them: they cannot be stopped, or count no bytes.

The time limit of a query is looked at between steps. A call that takes as long as its arguments are long,
times each other, is one step: `instr` of two values of a megabyte holds a thread for half a minute,
`printf('%.*c', 900000000, 'x')` for five seconds. `json_group_array` grows past the longest value before
anybody looks.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    Value = str | bytes | int | float | None

DENIED = frozenset(
    {
        "printf",
        "format",
        "json_patch",
        "json_group_array",
        "json_group_object",
        "load_extension",
        "fts3_tokenizer",
        "sqlite_compileoption_get",
        "sqlite_compileoption_used",
    }
)
"""No question of ours needs them."""

_TRIMMED_ENDS = {"trim": (True, True), "ltrim": (True, False), "rtrim": (False, True)}


_LONG = 10_000
"""Characters of an argument from which a call takes longer than to look at the time."""


def replace_slow_functions(
    connection: sqlite3.Connection, longest: int, is_over: Callable[[], bool] = lambda: False
) -> None:
    """Put functions whose time grows with their arguments' length in the place of SQLite's.

    Args:
        connection: nothing runs on it yet.
        longest: characters of a value, at most.
        is_over: whether the time of the statement is over.
    """
    functions: dict[tuple[str, int], Callable[..., Value]] = {
        ("instr", 2): instr,
        ("replace", 3): partial(replace, longest),
        **{(name, 2): partial(trim, ends) for name, ends in _TRIMMED_ENDS.items()},
    }
    for (name, arguments), function in functions.items():
        connection.create_function(name, arguments, in_time(function, longest, is_over), deterministic=True)


def in_time(
    function: Callable[..., Value], longest: int, is_over: Callable[[], bool]
) -> Callable[..., Value]:
    """Return a function that works nothing out once the time is over: thousands of calls may be one step.

    Its answer then is a value that SQLite refuses, which ends the statement.

    Args:
        function: whose time grows with its arguments' length.
        longest: characters of a value, at most.
        is_over: whether the time of the statement is over.
    """

    def call(*values: Value) -> Value:
        is_long = any(isinstance(value, str | bytes) and len(value) > _LONG for value in values)
        return "x" * (longest + 1) if is_long and is_over() else function(*values)

    return call


def instr(text: Value, part: Value) -> int | None:
    """Return where a part begins in a text, from 1; 0 where it is not in it, None where one is NULL."""
    if text is None or part is None:
        return None
    if isinstance(text, bytes) and isinstance(part, bytes):
        return text.find(part) + 1
    return _text(text).find(_text(part)) + 1


def replace(longest: int, text: Value, part: Value, other: Value) -> Value:
    """Return a text with a part replaced wherever it stands; NULL where one that is needed is NULL.

    Where the answer would be longer than a value may be, it is a value that SQLite refuses as too long: an
    exception would be printed as a defect.
    """
    if text is None or part is None:
        return None
    whole, old = _text(text), _text(part)
    if not old:
        return whole  # SQLite does not look at what would be put in
    if other is None:
        return None
    new = _text(other)
    if len(whole) + whole.count(old) * (len(new) - len(old)) > longest:
        return "x" * (longest + 1)
    return whole.replace(old, new)


def trim(ends: tuple[bool, bool], text: Value, characters: Value) -> str | None:
    """Return a text without characters at its beginning, its end or both; NULL where one of the two is."""
    if text is None or characters is None:
        return None
    whole, unwanted = _text(text), frozenset(_text(characters))
    first, last = 0, len(whole)
    while ends[0] and first < last and whole[first] in unwanted:
        first += 1
    while ends[1] and last > first and whole[last - 1] in unwanted:
        last -= 1
    return whole[first:last]


def _text(value: Value) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
