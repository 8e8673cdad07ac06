"""What a connection may do, whatever SQL a reader sends.

SQLite counts time; it does not count what an answer weighs. `zeroblob(900000000)` is built in a moment and
took a server to 23 GB. So a value has a longest length (more where the corpus holds longer texts), a row
a number of columns, an answer a weight: together they bound what one query can take.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from functools import partial
from itertools import dropwhile, islice
from typing import TYPE_CHECKING, Any

from datasette.database import QueryInterrupted
from datasette.utils import sqlite_timelimit

from archive.exact_search import SEARCH_FORM, index_tokens, match_phrase, search_form
from gongkai.web.reading import INTERRUPTED
from gongkai.web.server.statements import expanded_length, views_of
from gongkai.web.thresholds import SERVER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from gongkai.web.server.statements import Views

    Value = str | bytes | int | float | None


TOO_LONG = f"more_than_{SERVER.search_chars}_characters"
"""The column that a longer search asks for, and that no index has."""


# No word of SQL can be written otherwise; where one of these is a name or a text, there is one more.
_MATCHING = ("like", "glob")


class TimedCursor(sqlite3.Cursor):
    """A cursor whose statements do not outlast their time by much."""

    connection: MeteredConnection

    def execute(self, sql: str, *parameters: Any) -> Any:
        """Run a statement.

        Raises:
            sqlite3.OperationalError: the time is over, or the statement is too long once it is written out.
        """
        if expanded_length(sql, self.connection.views) > SERVER.expanded_chars:
            raise sqlite3.OperationalError(f"more than {SERVER.expanded_chars:,} characters once written out")
        self.connection.bound_patterns(sum(map(sql.lower().count, _MATCHING)))
        try:
            return super().execute(sql, *parameters)
        except sqlite3.DataError as error:
            # What `in_time` answers once the time is over is too long for a value: that is the error.
            if self.connection.is_over():
                raise sqlite3.OperationalError(INTERRUPTED) from error
            raise


class MeteredCursor(TimedCursor):
    """A cursor whose answer may weigh so much and no more."""

    def fetchmany(self, size: int | None = 1) -> list[Any]:
        """Fetch up to so many rows.

        Raises:
            sqlite3.OperationalError: they weigh too much; Datasette answers 400.
        """
        return list(islice(_weighed(self), size))

    def fetchall(self) -> list[Any]:
        """Fetch every row that is left, under the same limit."""
        return list(_weighed(self))


class MeteredConnection(sqlite3.Connection):
    """A connection whose cursors are metered.

    Attributes:
        heaviest_answer: characters and bytes in one answer, at most.
        views: of the copy, as `views_of` returns them.
    """

    heaviest_answer = SERVER.answer_weight
    views: Views = ()
    _asked_for_time: Callable[[], Any] | None = None
    _steps = 0

    def cursor(self, factory: Any = MeteredCursor) -> Any:
        """Open a cursor; a plain one is timed, too."""
        return super().cursor(TimedCursor if factory is sqlite3.Cursor else factory)

    def execute(self, sql: str, *parameters: Any) -> Any:
        """Run a statement, timed, on a cursor of its own: by itself it would take none of ours."""
        return self.cursor(TimedCursor).execute(sql, *parameters)

    def set_progress_handler(self, progress_handler: Any, n: int) -> None:
        """Let SQLite ask every so many steps whether the time is over."""
        self._asked_for_time, self._steps = progress_handler, n
        super().set_progress_handler(progress_handler, n)

    def is_over(self) -> bool:
        """Return whether the time of the statement that runs is over."""
        return self._asked_for_time is not None and bool(self._asked_for_time())

    def bound_patterns(self, patterns: int) -> None:
        """Set what the patterns of the next statement may cost.

        Args:
            patterns: how often LIKE and GLOB stand in it, at most.
        """
        longest = min(SERVER.pattern_bytes, SERVER.statement_pattern_bytes // max(1, patterns))
        self.setlimit(sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, longest)
        if self._asked_for_time is not None:
            steps = min(self._steps, SERVER.steps_between_patterns) if patterns else self._steps
            super().set_progress_handler(self._asked_for_time, steps)


def _weighed(cursor: MeteredCursor) -> Iterable[Any]:
    weight, most = 0, cursor.connection.heaviest_answer
    for row in cursor:
        weight += sum(len(value) for value in row if isinstance(value, str | bytes))
        if weight > most:
            raise sqlite3.OperationalError(f"the answer is larger than {most:,} characters")
        yield row


@contextmanager
def interrupting(connection: sqlite3.Connection, limit_ms: float) -> Iterator[None]:
    """Read something of ours within a time.

    Raises:
        QueryInterrupted: it took longer.
    """
    try:
        with sqlite_timelimit(connection, limit_ms):
            yield
    except sqlite3.OperationalError as error:
        if error.args == (INTERRUPTED,):
            raise QueryInterrupted(error, "", None) from error
        raise


def prepare_connection(connection: MeteredConnection) -> None:
    """Give a connection to a published copy the search functions and the limits.

    A copy of another version is read all the same; a search in it would miss what is there.
    """
    notes = dict(connection.execute("SELECT key, value FROM publication").fetchall())
    # Where texts were indexed in another form, a search asks for a column that is not there.
    is_open = notes.get("search_form") == str(SEARCH_FORM)
    phrase = _short_phrase if is_open else lambda _: "search_is_closed_until_the_copy_is_made_anew : x"
    connection.views = views_of(connection)
    twice_longest = 2 * int(notes["longest_row_bytes"])
    connection.heaviest_answer = max(SERVER.answer_weight, twice_longest)
    longest_value = max(SERVER.value_bytes, twice_longest)
    # Datasette's search box calls `escape_fts`; the last to register it wins.
    ours = {"index_tokens": index_tokens, "match_phrase": phrase, "escape_fts": phrase}
    for name, function in ours.items():
        timed = in_time(partial(_call_with_text, function), longest_value, connection.is_over)
        connection.create_function(name, 1, timed, deterministic=True)
    replace_slow_functions(connection, longest_value, connection.is_over)
    connection.execute(f"PRAGMA hard_heap_limit = {SERVER.heap_bytes}")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, longest_value)
    connection.bound_patterns(1)
    connection.setlimit(sqlite3.SQLITE_LIMIT_COLUMN, SERVER.columns)
    # Last, for it denies what stands above.
    connection.set_authorizer(_authorize)


def is_too_long(query: str) -> bool:
    """Return whether a search has more characters than can be looked for."""
    return len(search_form(query)) > SERVER.search_chars


def _short_phrase(query: str) -> str:
    # An exception here would be printed as a defect; FTS5's own complaint reaches the reader as a refusal.
    return f"{TOO_LONG} : x" if is_too_long(query) else match_phrase(query)


def _call_with_text(function: Callable[[str], Value], value: Value) -> Value:
    return function("" if value is None else str(value))


# What tells of the tables; the others tell of the machine, or change how the connection works.
_PRAGMAS = frozenset(
    {
        "data_version",  # the search index looks at it
        "database_list",
        "foreign_key_list",
        "index_info",
        "index_list",
        "index_xinfo",
        "schema_version",
        "table_info",
        "table_list",
        "table_xinfo",
    }
)


def _authorize(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    """Refuse some pragmas and functions; blank the column that tells where on this machine the copy is."""
    if action == sqlite3.SQLITE_READ and first == "pragma_database_list" and second == "file":
        return sqlite3.SQLITE_IGNORE
    if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in DENIED:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_PRAGMA and (first or "").lower() not in _PRAGMAS:
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


# Functions of SQL that a reader may not call as SQLite has them: they cannot be stopped, or count no bytes.
# The time limit of a query is looked at between steps. A call that takes as long as its arguments are long,
# times each other, is one step: `instr` of two values of a megabyte holds a thread for half a minute,
# `printf('%.*c', 900000000, 'x')` for five seconds. `json_group_array` grows past the longest value before
# anybody looks.

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
        ("instr", 2): find_part,
        ("replace", 3): partial(replace_part, longest),
        **{(name, 2): partial(trim_characters, ends) for name, ends in _TRIMMED_ENDS.items()},
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
        is_long = any(
            isinstance(value, str | bytes) and len(value) > SERVER.timed_argument_chars for value in values
        )
        return "x" * (longest + 1) if is_long and is_over() else function(*values)

    return call


def find_part(text: Value, part: Value) -> int | None:
    """Return where a part begins in a text, from 1; 0 where it is not in it, None where one is NULL."""
    if text is None or part is None:
        return None
    if isinstance(text, bytes) and isinstance(part, bytes):
        return text.find(part) + 1
    return _text(text).find(_text(part)) + 1


def replace_part(longest: int, text: Value, part: Value, other: Value) -> Value:
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


def trim_characters(ends: tuple[bool, bool], text: Value, characters: Value) -> str | None:
    """Return a text without characters at its beginning, its end or both; NULL where one of the two is."""
    if text is None or characters is None:
        return None
    whole, unwanted = _text(text), frozenset(_text(characters))
    # Not `strip`, which looks through all characters for each.
    for is_trimmed in ends:
        whole = "".join(dropwhile(unwanted.__contains__, whole) if is_trimmed else whole)[::-1]
    return whole


def _text(value: Value) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
