"""Which record of the archive stands behind a published capture, and whether it may be shown again.

The published copy decides: of a document that is not in it, or whose texts are hidden, nothing is replayed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gongkai.web.pages.rows import read_rows
from gongkai.web.replaying.records import NotReplayed, Source, Why
from pipelines.addresses import AddressUnusable, canonical_address
from pipelines.identity import document_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gongkai.web.pages.rows import Rows

# A revisit keeps no payload of its own: it stands where the capture is that it repeats.
OF_CAPTURE = """
    SELECT c.*, o.warc_file AS held_file, o.warc_offset AS held_offset, o.warc_length AS held_length,
           o.id AS held_id, o.payload_sha256 AS held_sha256,
           d.id AS document, d.title, d.url AS document_url, d.file_type, d.read_reason
    FROM captures AS c
    LEFT JOIN captures AS o ON o.id = CASE WHEN c.record_type = 'revisit' THEN c.revisit_of ELSE c.id END
    LEFT JOIN documents AS d ON d.id = c.document_id
    WHERE c.id = {capture}"""
"""The captures that `capture` names, each with its document and the record that holds what it got."""

CAPTURE = OF_CAPTURE.format(capture=":id")

_VERSIONS = "SELECT id FROM versions WHERE document_id = :document"
_HIDDEN = "SELECT kind, target FROM suppressions"


async def source_of(database: Any, capture: dict[str, Any]) -> Source:
    """Return the record that holds what a capture got.

    Args:
        database: Datasette's.
        capture: the row that `CAPTURE` gives.

    Raises:
        NotReplayed: it is no capture of a published text.
    """
    if capture["read_reason"] == "suppressed":
        raise NotReplayed(Why.SUPPRESSED)
    versions = await read_rows(database, _VERSIONS, {"document": capture["document"]})
    if not versions or not capture["held_sha256"] or capture["outcome"] not in {"ok", "not_modified"}:
        raise NotReplayed(Why.UNPUBLISHED)
    hidden = await read_rows(database, _HIDDEN, {})
    return Source(
        url=capture["url"],
        warc_file=capture["held_file"],
        warc_offset=capture["held_offset"],
        warc_length=capture["held_length"],
        payload_sha256=capture["held_sha256"],
        document_id=capture["document"],
        versions=frozenset(row["id"] for row in versions),
        hidden_passages=frozenset(row["target"] for row in hidden if row["kind"] == "passage"),
        hidden_documents=frozenset(_documents(hidden)),
    )


def _documents(hidden: Rows) -> Iterator[str]:
    for row in hidden:
        if row["kind"] == "url":
            try:
                yield document_id(canonical_address(row["target"]))
            except AddressUnusable:
                continue  # no link can lead there
