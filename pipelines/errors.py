"""The base of every error that gongkai raises on purpose.

An error carries fields and builds its message from them, so that the message always names what is
wrong, where, and what to do. Each package has a small tree of its own below `GongkaiError`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from typing import ClassVar


class ExitCode(IntEnum):
    """What the end of a verb means to a shell; docs/cli.md says it in words."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    CONFIGURATION = 3
    DAMAGED = 4
    REFUSED = 5
    LOCKED = 6
    ATTENTION = 7
    INTERRUPTED = 130


class GongkaiError(Exception):
    """Something that a person can act on.

    Args:
        problem: what is wrong, as a sentence without a final stop.
        where: the file, URL or row concerned, as it is shown; None where there is none.
        hint: what to do about it; None where nothing can be done.

    Attributes:
        exit_code: what it means to a shell (docs/cli.md).
    """

    exit_code: ClassVar[ExitCode] = ExitCode.FAILED

    def __init__(self, problem: str, *, where: str | Path | None = None, hint: str | None = None) -> None:
        self.problem = problem
        self.where = str(where) if where else None
        self.hint = hint
        parts = [f"{where}: {problem}" if where else problem]
        if hint:
            parts.append(hint)
        super().__init__(". ".join(parts))

    def __reduce__(self) -> tuple[object, ...]:
        """Survive the way back from a child process, keyword arguments included."""
        return _rebuild, (type(self), self.problem, self.where, self.hint)


def _rebuild(kind: type[GongkaiError], problem: str, where: str | None, hint: str | None) -> GongkaiError:
    return kind(problem, where=where, hint=hint)


class BadConfiguration(GongkaiError):
    """What the operator wrote, named or left out cannot be run with."""

    exit_code = ExitCode.CONFIGURATION


class UnreadableDocument(GongkaiError):
    """The bytes are no document that can be read; `problem` begins with the reason word."""


@contextmanager
def refuse_broken(
    raised: type[Exception] | tuple[type[Exception], ...], problem: str, where: str, *, says_why: bool = False
) -> Iterator[None]:
    """Tell what libraries raise of a broken file as the one error of files that cannot be read.

    Args:
        raised: what they raise.
        problem: beginning with a reason word.
        where: the address of the file.
        says_why: whether their own words are worth telling.

    Raises:
        UnreadableDocument: they raised it.
    """
    try:
        yield
    except raised as error:
        raise UnreadableDocument(f"{problem} ({error})" if says_why else problem, where=where) from error


class ReaderMissing(GongkaiError):
    """The bytes are a document of a type whose reader is not installed; the document waits."""
