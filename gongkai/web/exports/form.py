"""What the forms of a file have in common: a head, rows in batches, an end that says whether all is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class End:
    """How a file ended.

    Attributes:
        rows: that were written.
        expected: that were counted before.
        sha256: of the published copy they are from.
        reason: why it ended early, in plain ASCII on one line; empty where it did not.
    """

    rows: int
    expected: int
    sha256: str
    reason: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether every row is there."""
        return not self.reason and self.rows == self.expected

    @property
    def said_reason(self) -> str:
        """Why the file is not complete."""
        return self.reason or f"{self.rows} rows came where {self.expected} were counted"

    def line(self) -> str:
        """Write the last line of a file of lines. It holds no comma and no quotation mark."""
        counts = f"rows={self.rows} expected={self.expected} sha256={self.sha256}"
        if self.is_complete:
            return f"# COMPLETE {counts}"
        return f"# INCOMPLETE {counts} reason={self.said_reason}"


class Form(Protocol):
    """A form of file that is written row after row."""

    media_type: str
    suffix: str

    def head(self) -> bytes:
        """Return what stands before the rows."""

    def rows(self, rows: Sequence[Row]) -> bytes:
        """Return rows as they stand in the file."""

    def tail(self, end: End) -> bytes:
        """Return what stands after the rows."""
