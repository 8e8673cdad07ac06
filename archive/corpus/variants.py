"""Which places of its outline a text has several times over, and where their wordings disagree.

Both follow from the passages of a version alone, so they are written with it, once.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from archive.corpus.passages import PATH_SEPARATOR
from pipelines.duplicates.internal_duplicates import normalised_path, repeated_places
from pipelines.duplicates.variants import find_variants
from pipelines.text.normalise import normalise_passage

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from pipelines.text.outline import Passage

_INSERT_PLACE = """
INSERT INTO repetitions (version_id, heading_path, times, spellings, sections, positions, document_id)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""

_INSERT_VARIANT = """
INSERT INTO variants (
    version_id, heading_path, disagreement, wording, context, times, positions, sort, document_id
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


def store_repetitions(
    connection: sqlite3.Connection, document: str, version: str, passages: Sequence[Passage]
) -> None:
    """Store which places of a new version's outline repeat, and where their wordings disagree.

    Args:
        connection: the corpus, within a transaction.
        document: the document's id.
        version: the version's id; it has no such rows yet.
        passages: of the version, in order.
    """
    connection.executemany(
        _INSERT_PLACE,
        [
            (
                version,
                *_place([passages[position] for position in positions]),
                json.dumps(positions),
                document,
            )
            for positions in repeated_places(passages)
        ],
    )
    connection.executemany(
        _INSERT_VARIANT,
        [
            (
                version,
                PATH_SEPARATOR.join(variant.heading_path),
                variant.at,
                variant.wording,
                variant.context,
                variant.times,
                json.dumps(variant.positions),
                variant.sort.value,
                document,
            )
            for variant in find_variants(passages)
        ],
    )


def _place(passages: Sequence[Passage]) -> tuple[str, int, int, int]:
    """Return the heading path of a place, how often it is printed, in how many spellings and texts."""
    printed = {passage.raw for passage in passages}
    path = PATH_SEPARATOR.join(normalised_path(passages[0].heading_path))
    return path, len(passages), len(printed), len({normalise_passage(raw) for raw in printed})
