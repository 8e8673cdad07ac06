"""The bodies that ship, and few of them for corpora in which nobody asks of all."""

from __future__ import annotations

from functools import cache

from msgspec.structs import replace

from pipelines.bodies.roster import RosterTable, shipped_tables

EACH = 20
"""Of so many shipped bodies corpora of the tests know one, but in files marked `roster`.

All of them are ten thousand rows of coverage, a third of what it takes to publish a few documents.
"""


@cache
def few_bodies(each: int = EACH) -> tuple[RosterTable, ...]:
    """Return the shipped tables with each so manyth of their bodies."""
    return tuple(replace(table, entries=table.entries[::each]) for table in shipped_tables())
