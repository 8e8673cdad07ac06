"""Which WARC files are of others: told by their names, so that nothing in them is taken for a word of ours.

    foreign-<first 12 hex digits of the SHA-256 of what was handed in>-<statement>-<number>.warc.gz
                                            gongkai-<statement>.warc.gz ─┘

A foreign file stands byte for byte as it was handed in. Our own file that it is named after holds the record
of the run that took it: who gave it, from which file, and the digest of each file. Record ids are whatever
others chose, ours among them, so what they came with is part of the id of a foreign capture.
"""

from __future__ import annotations

GIVEN = "given"
"""In the body of an import's start: by its mark, what our record says of each archive of others."""

_PREFIX = "foreign-"
MARK_LENGTH = 12
_NUMBER_LENGTH = 6


def foreign_name(sha256: str, statement: str, number: int, suffix: str) -> str:
    """Return the name of a foreign file.

    Args:
        sha256: of what was handed in, hexadecimal.
        statement: the name of our file that says who gave it.
        number: which WARC file of it this is, from 0.
        suffix: `.warc.gz` or `.warc`.
    """
    stem = statement.partition(".")[0].removeprefix("gongkai-")
    return f"{_PREFIX}{sha256[:MARK_LENGTH]}-{stem}-{number:05}{suffix}"


def foreign_mark(name: str) -> str | None:
    """Return the digits by which what was handed in together is known; None for a file of ours."""
    return name[len(_PREFIX) :][:MARK_LENGTH] if name.startswith(_PREFIX) else None


def statement_name(name: str) -> str:
    """Return the name of our file that says who gave a foreign file."""
    return f"gongkai-{name.partition('.')[0][len(_PREFIX) + MARK_LENGTH + 1 : -_NUMBER_LENGTH]}.warc.gz"


def capture_id_in(name: str, record_id: str) -> str:
    """Return the id of the capture that a record is: in a foreign file, it says with what it came."""
    mark = foreign_mark(name)
    return record_id if mark is None else f"{record_id}#{mark}"
