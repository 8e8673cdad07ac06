"""The one entry to understanding: a payload in, a reading out.

    payload ─ decode ─▶ text, page facts ─ split ─▶ passages ─┬─▶ Reading
                                        └──────── metadata ───────────┘

A pure function: whoever calls it opens the archive, keeps the time limits and stores what comes back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.decode.payload import decode_payload
from pipelines.metadata.reading import read_metadata
from pipelines.normalise import NORMALISER_VERSION
from pipelines.records import Reading
from pipelines.sections import split_passages

if TYPE_CHECKING:
    from pipelines.records import Hints

PARSER_VERSION = f"2.{NORMALISER_VERSION}"
"""Changes with anything that makes another reading of the same payload; an older corpus is rebuilt."""


def read_document(payload: bytes, hints: Hints) -> Reading:
    """Read a document.

    Args:
        payload: its bytes, transfer and content coding undone.
        hints: where it came from and as what it was served.

    Returns:
        What it says of itself and its passages, from which its text is rebuilt exactly.

    Raises:
        UnreadableDocument: the bytes are no document that can be read; `problem` begins with the reason.
        ReaderMissing: the bytes are a document of a type that has no reader.
    """
    decoded = decode_payload(payload, hints)
    passages, tail = split_passages(decoded.text)
    return Reading(
        metadata=read_metadata(decoded, passages),
        passages=passages,
        tail=tail,
        encoding=decoded.encoding,
        extractor=decoded.extractor,
        notes=decoded.notes,
    )
