"""What a recognised text says of itself, without the bodies that nobody knows.

A character that is recognised wrong makes another name: 云岭市 becomes 云哈市, and a body is in the corpus
that does not exist. So a body named by a recognised text stands only where its place is a division of the
country or its name is on the shipped roster; the text keeps what was recognised.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from pipelines.bodies.regions import find_place, region_of
from pipelines.bodies.roster import shipped_tables

if TYPE_CHECKING:
    from pipelines.metadata.fields import Metadata


def without_unknown_bodies(metadata: Metadata) -> Metadata:
    """Return what a recognised text says of itself; an issuer that nobody knows is left out."""
    if metadata.issuer is None or is_known_body(metadata.issuer):
        return metadata
    sources = {field: source for field, source in metadata.sources.items() if field != "issuer"}
    return replace(metadata, issuer=None, sources=sources)


def is_known_body(name: str) -> bool:
    """Tell whether a name begins with a division of the country, or is on the shipped roster."""
    return name in _on_roster() or region_of(name) is not None or find_place(name).region is not None


@cache
def _on_roster() -> frozenset[str]:
    return frozenset(
        spelling
        for table in shipped_tables()
        for entry in table.entries
        for spelling in (entry.name, *entry.aliases)
    )
