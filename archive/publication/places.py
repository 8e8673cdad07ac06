"""The table `issuer_places`: by which names of places a body is found, written into the published copy.

A reader who asks for 河南 means every body of the province, one who asks for 新乡 those of the city and its
counties. Which division a code lies in is knowledge of `pipelines.bodies.regions` and not of the corpus.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.bodies.regions import divisions_of

if TYPE_CHECKING:
    import sqlite3

_TABLE = """
CREATE TABLE main.issuer_places (
    issuer_id TEXT NOT NULL,
    place TEXT NOT NULL,
    code TEXT,
    PRIMARY KEY (issuer_id, place)
) STRICT, WITHOUT ROWID
"""
_BODIES = """
SELECT id, name, region_code FROM main.issuers
UNION
SELECT issuer_id, issuer, region_code FROM main.coverage WHERE issuer_id NOT IN (SELECT id FROM main.issuers)
ORDER BY 1
"""
_INSERT = "INSERT INTO main.issuer_places VALUES (?, ?, ?)"


def write_places(db: sqlite3.Connection) -> None:
    """Write the table into a copy that has its issuers and its coverage."""
    db.execute(_TABLE)
    for issuer, name, code in db.execute(_BODIES).fetchall():
        # The name stands for itself: a body without a code is found by it alone.
        places = {name: code} | {region.name: region.code for region in divisions_of(code)}
        db.executemany(_INSERT, sorted((issuer, place, of) for place, of in places.items()))
