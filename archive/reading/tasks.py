"""What is asked of a reading child, what comes back, and what reading a file may cost.

What a text leaves in the corpus whatever else is there is worked out in the child: the one process that
writes the corpus is left with what only the corpus can tell.
"""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from archive.sandbox.pool import Limits
from pipelines.duplicates.internal_duplicates import normalised_path, repeated_places
from pipelines.duplicates.near_duplicates import Fingerprint, fingerprint
from pipelines.duplicates.variants import Variant, find_variants
from pipelines.identity import section_id, text_sha256
from pipelines.knowledge import Thresholds
from pipelines.response.outcome import Outcome
from pipelines.response.payload_type import PayloadType
from pipelines.structs import FrozenStruct
from pipelines.text.normalise import normalise_passage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipelines.document import Reading
    from pipelines.text.outline import Passage


class ReadingThresholds(Thresholds):
    """What is simply set about reading; each is explained in `archive/thresholds/reading.yaml`."""

    reason_characters: int
    scan_page_bytes: int
    scan_page_pixels: int
    counted_pictures: int
    picture_reach: int


READING = ReadingThresholds.load("reading", "archive")


class Place(NamedTuple):
    """Where a record stands: the WARC file's name, and the offset in bytes."""

    warc_file: str
    warc_offset: int


class ReadTask(FrozenStruct):
    """One capture to be read: where its payload stands, and under which address.

    Attributes:
        capture_id: the capture that is read.
        url: its address.
        warc_file: the file that holds the payload (for a revisit, that of its original).
        warc_offset: where that record begins, in bytes.
        is_document: False for lists and probes, which are judged only.
        document_id: the document at that address; empty for lists and probes.
        source_id: the capture that holds the payload: itself, or for a revisit its original.
        fetched_at: the instant of the capture.
        unknown: what the portal showed in that run for an address that does not exist, and on its front page:
            what adds nothing to one of them is no document.
        is_read: whether the payload was read at that address before, so that it is only to be judged.
        parts: where the payloads stand of what may be further pages of the article, by their addresses.
    """

    capture_id: str
    url: str
    warc_file: str
    warc_offset: int
    is_document: bool
    document_id: str
    source_id: str
    fetched_at: str
    unknown: tuple[Place, ...] = ()
    is_read: bool = False
    parts: tuple[tuple[str, Place], ...] = ()


class ReadResult(FrozenStruct):
    """What a capture is, and what it says.

    Attributes:
        outcome: the state of the capture.
        reading: None where it is no document, or cannot be read.
        read_state: `read`, `waiting`, `failed`; None where there is nothing to read.
        reason: why it waits or failed.
        file_name: what the server calls it, where it does.
        file_type: what its bytes are (see `pipelines.response.payload_type`); None where nobody looked.
        is_lost: the evidence itself, or that by which it is judged, could not be loaded, or there was no room
            to read it in, which says nothing of the document.
        prepared: what follows from the text of the reading alone, where that is worked out already.
    """

    outcome: Outcome
    reading: Reading | None = None
    read_state: str | None = None
    reason: str | None = None
    file_name: str | None = None
    file_type: str | None = None
    is_lost: bool = False
    prepared: PreparedText | None = None


def break_off(task: ReadTask, reason: str) -> ReadResult:
    """Return the result of a capture whose reading ended for a reason that does not lie in its outcome."""
    return ReadResult(
        Outcome.OK, read_state="failed" if task.is_document else None, reason=shorten_reason(reason)
    )


def shorten_reason(reason: str) -> str:
    """Return a reason as it is kept: in characters that every file takes, and not longer than a few lines."""
    return reason.encode("utf-8", "replace").decode()[: READING.reason_characters]


# What reading one file may cost, by the weight of its type.
# A page is read in a moment or not at all; a file of many pages takes longer, and a scan up to half a minute
# a page. One set of limits for all would stop honest scans, or let a hostile page hold a night up for a
# quarter of an hour. So a type has a weight, a weight has limits, and those of scans grow with what there is
# to read.


class Weight(IntEnum):
    """How much a file may cost; the lightest first."""

    PAGE = 0
    """Text in the bytes themselves: web pages, plain text."""
    FILE = 1
    """Text in a container: digital PDF, office files, OFD."""
    SCAN = 2
    """Pictures whose characters are to be recognised, and packed files, in which anything may be."""


HEAVIER: Mapping[Weight, Limits] = {
    Weight.FILE: Limits(seconds=60, cpu_seconds=180, documents=50),
    Weight.SCAN: Limits(seconds=60, page_seconds=30, memory_bytes=3 << 30, cpu_seconds=3_600, documents=20),
}
"""The limits of files that weigh more than a page."""

_PAGES = frozenset(
    (
        PayloadType.HTML,
        PayloadType.PLAIN,
        PayloadType.JSON,
        PayloadType.XML,
        PayloadType.MHTML,
        PayloadType.BINARY,
    )
)
_SCANS = frozenset(
    (PayloadType.IMAGE, PayloadType.ZIP, PayloadType.RAR, PayloadType.SEVENZIP, PayloadType.GZIP)
)


def weigh_type(kind: PayloadType) -> Weight:
    """Return the weight of a type; what is neither read as a page nor recognised is a file."""
    if kind in _PAGES:
        return Weight.PAGE
    return Weight.SCAN if kind in _SCANS else Weight.FILE


class Demand(FrozenStruct):
    """What a file needs to be read.

    Attributes:
        file_type: what its bytes are.
        weight: that of its limits.
        pages: how many pages may have to be recognised, estimated from the bytes; never too few by much.
    """

    file_type: str
    weight: Weight
    pages: int = 0


_PDF_PICTURE = re.compile(rb"/Subtype\s*/Image\b")
# `/Width 12 0 R` is no side of 12 but names the object that holds it: as unknown as one that is not there.
_PDF_SIDE = re.compile(rb"/(Width|Height)\s+(\d{1,6})\b(?!\s+\d+\s+R\b)")


def estimate_demand(kind: PayloadType, payload: bytes) -> Demand:
    """Tell what a file needs by its type and its bytes, without opening it.

    Args:
        kind: what the bytes are.
        payload: the bytes.
    """
    weight = weigh_type(kind)
    if kind is PayloadType.PDF:
        pages = _count_pictured_pages(payload)
        return Demand(kind, Weight.SCAN if pages else Weight.FILE, pages)
    pages = 1 + len(payload) // READING.scan_page_bytes if weight is Weight.SCAN else 0
    if kind is PayloadType.ZIP:
        pages += 2 * payload.count(b"PK\x01\x02")
    return Demand(kind, weight, pages)


def _count_pictured_pages(payload: bytes) -> int:
    """Estimate how many pages of a PDF are pictures, by the pixels of all its pictures.

    A picture is a stream, and no stream stands inside another, so that its dictionary is always in clear.
    Scanners cut pages into strips: pixels count, not pictures.
    """
    pixels, reach = 0, READING.picture_reach
    for found in islice(_PDF_PICTURE.finditer(payload), READING.counted_pictures):
        near = payload[max(0, found.start() - reach) : found.end() + reach]
        start = near.rfind(b"obj", 0, min(found.start(), reach)) + 1
        end = near.find(b"stream", start)
        sides = {name: int(side) for name, side in _PDF_SIDE.findall(near[start : end if end > 0 else None])}
        pixels += sides.get(b"Width", 1000) * sides.get(b"Height", 1000)
    page = READING.scan_page_pixels
    return -(-pixels // page) if pixels * 2 > page else 0


class PreparedSection(NamedTuple):
    """What a passage is stored as.

    Attributes:
        id: of its section.
        sha256: of its normalised text.
        made: what it is compared by.
    """

    id: str
    sha256: str
    made: Fingerprint


class _RepeatedPlace(NamedTuple):
    """A place of the outline that stands more than once.

    Attributes:
        heading_path: normalised.
        positions: of its passages.
        spellings: how many differ.
        texts: how many differ once normalised.
    """

    heading_path: tuple[str, ...]
    positions: tuple[int, ...]
    spellings: int
    texts: int


class PreparedText(FrozenStruct):
    """What follows from a text alone.

    Attributes:
        sha256: of the text.
        sections: of its passages, in order.
        repeated: the places of its outline that stand more than once.
        variants: where their wordings disagree.
    """

    sha256: str
    sections: tuple[PreparedSection, ...]
    repeated: tuple[_RepeatedPlace, ...]
    variants: tuple[Variant, ...]


def prepare_text(reading: Reading) -> PreparedText:
    """Work out what follows from the text of a reading alone."""
    passages = reading.passages
    return PreparedText(
        sha256=text_sha256(reading.text),
        sections=tuple(_prepare_section(passage.raw) for passage in passages),
        repeated=tuple(_describe_place(passages, positions) for positions in repeated_places(passages)),
        variants=find_variants(passages),
    )


# What many reports have in common: headings, standing phrases, empty tables.
@lru_cache(maxsize=2048)
def _prepare_section(raw: str) -> PreparedSection:
    normalised = normalise_passage(raw)
    return PreparedSection(section_id(normalised), text_sha256(normalised), fingerprint(normalised))


def _describe_place(passages: Sequence[Passage], positions: tuple[int, ...]) -> _RepeatedPlace:
    printed = {passages[position].raw for position in positions}
    path = normalised_path(passages[positions[0]].heading_path)
    return _RepeatedPlace(path, positions, len(printed), len({normalise_passage(raw) for raw in printed}))
