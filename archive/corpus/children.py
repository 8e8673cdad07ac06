"""What follows from the corpus alone, worked out in limited children that have it open to read.

The one process that writes the corpus hands out what is to be compared, and writes down what comes back.
"""

from __future__ import annotations

import pickle
import sqlite3
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive.sandbox.pool import ChildEnded, Limits, Sandbox, SandboxBroken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from archive.database import Database
    from archive.sandbox.confinement import Meter

    Ask = Callable[[Callable[[sqlite3.Connection, Any], Any], Sequence[Any]], Iterator[Any]]
    """Given a function of the corpus and of one thing, and the things: what it returns for each, in order."""

# A child takes as long to start as a few dozen comparisons.
_FEW = 40
_LIMITS = Limits(seconds=60)
_KIND = "linking"


@contextmanager
def hold_children(db: Database, workers: int) -> Iterator[Ask]:
    """Hold children that are started when there is enough for them to do, and see what is committed.

    Args:
        db: the corpus.
        workers: how many.
    """
    path = db.value("SELECT file FROM pragma_database_list WHERE name = 'main'")
    with Sandbox(_answer_request, {_KIND: (_LIMITS, workers)}) as sandbox:

        def ask(function: Callable[[sqlite3.Connection, Any], Any], things: Sequence[Any]) -> Iterator[Any]:
            if len(things) < _FEW:
                yield from ask_here(db, function, things)
                return
            answers = [sandbox.submit(_KIND, path, function, thing) for thing in things]
            for thing, answer in zip(things, answers, strict=True):
                try:
                    yield answer.result()
                except (ChildEnded, SandboxBroken):
                    yield function(db, thing)  # here no limit holds

        yield ask


def ask_here(
    db: sqlite3.Connection, function: Callable[[sqlite3.Connection, Any], Any], things: Sequence[Any]
) -> Iterator[Any]:
    """Do the same in this process."""
    return map(partial(function, db), things)


def _answer_request(
    _meter: Meter, path: str, function: Callable[[sqlite3.Connection, Any], Any], thing: Any
) -> bytes:
    return pickle.dumps(function(_open_to_read(path), thing))


@lru_cache(maxsize=1)
def _open_to_read(path: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{Path(path).as_uri()}?mode=ro", uri=True)
