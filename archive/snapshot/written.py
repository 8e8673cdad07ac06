"""What is known of one CSV file once it is written."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WrittenTable:
    """One CSV file.

    Attributes:
        file: its name.
        rows: how many, the header not counted.
        sha256: of its bytes.
        size_bytes: its length.
    """

    file: str
    rows: int
    sha256: str
    size_bytes: int
