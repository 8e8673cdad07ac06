"""What reading one file may cost, by the weight of its type.

A page is read in a moment or not at all; a file of many pages takes longer, and a scan up to half a minute a
page. One set of limits for all would stop honest scans, or let a hostile page hold a night up for a quarter
of an hour. So a type has a weight, a weight has limits, and those of scans grow with what there is to read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice
from typing import TYPE_CHECKING

from pipelines.response.payload_type import PayloadType

if TYPE_CHECKING:
    from collections.abc import Mapping


class Weight(IntEnum):
    """How much a file may cost; the lightest first."""

    PAGE = 0
    """Text in the bytes themselves: web pages, plain text."""
    FILE = 1
    """Text in a container: digital PDF, office files, OFD."""
    SCAN = 2
    """Pictures whose characters are to be recognised, and packed files, in which anything may be."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may cost.

    Attributes:
        seconds: wall clock before the child is killed.
        page_seconds: what each page that is to be recognised adds to that.
        most_seconds: the longest, whatever the number of pages.
        memory_bytes: address space of the child (RLIMIT_AS).
        cpu_seconds: processor time of the document over all threads; a net below the wall clock.
        documents: how many documents a child reads before it is replaced.
        file_bytes: the largest file that the child may write (RLIMIT_FSIZE).
        open_files: how many files the child may hold open (RLIMIT_NOFILE).
        characters: the longest text that is an answer.
        parts: the most passages, facts and checks that are an answer.
        answer_bytes: the largest answer that is sent to the parent.
    """

    seconds: float = 20.0
    page_seconds: float = 0.0
    most_seconds: float = 900.0
    memory_bytes: int = 2 << 30
    cpu_seconds: int = 60
    documents: int = 200
    file_bytes: int = 200_000_000
    open_files: int = 256
    characters: int = 20_000_000
    parts: int = 1_000_000
    answer_bytes: int = 128 << 20

    def seconds_for(self, pages: int) -> float:
        """Return the wall clock for a file with so many pages to be recognised."""
        return max(self.seconds, min(self.seconds + self.page_seconds * pages, self.most_seconds))


HEAVIER: Mapping[Weight, Limits] = {
    Weight.FILE: Limits(seconds=60, cpu_seconds=180, documents=50),
    Weight.SCAN: Limits(seconds=60, page_seconds=30, memory_bytes=3 << 30, cpu_seconds=3_600, documents=20),
}
"""The limits of files that weigh more than a page."""

WEIGHTS: Mapping[PayloadType, Weight] = {
    PayloadType.PDF: Weight.FILE,
    PayloadType.DOC: Weight.FILE,
    PayloadType.DOCX: Weight.FILE,
    PayloadType.RTF: Weight.FILE,
    PayloadType.XLS: Weight.FILE,
    PayloadType.XLSX: Weight.FILE,
    PayloadType.PPT: Weight.FILE,
    PayloadType.PPTX: Weight.FILE,
    PayloadType.OLE: Weight.FILE,
    PayloadType.OFD: Weight.FILE,
    PayloadType.WORD_XML: Weight.FILE,
    PayloadType.EXCEL_XML: Weight.FILE,
    PayloadType.FLAT_OPC: Weight.FILE,
    PayloadType.ODF: Weight.FILE,
    PayloadType.IMAGE: Weight.SCAN,
    PayloadType.ZIP: Weight.SCAN,
    PayloadType.RAR: Weight.SCAN,
    PayloadType.SEVENZIP: Weight.SCAN,
    PayloadType.GZIP: Weight.SCAN,
}
"""The weight of each type; what is not named is a page."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What a file needs to be read.

    Attributes:
        file_type: what its bytes are.
        weight: that of its limits.
        pages: how many pages may have to be recognised, estimated from the bytes; never too few by much.
    """

    file_type: str
    weight: Weight
    pages: int = 0


_PAGE_BYTES = 50_000
"""A scanned page takes more, except in a few fax codings."""

_PAGE_PIXELS = 900_000
"""A4 at 100 dots per inch, the coarsest print that can be recognised."""

_PDF_PICTURE = re.compile(rb"/Subtype\s*/Image\b")
_PDF_SIDE = re.compile(rb"/(Width|Height)\s+(\d{1,6})\b")
_MOST_PICTURES = 2_000
_PDF_NEAR = 400
"""Bytes around the word that makes an object a picture, in which its sides are looked for."""


def demand_of(kind: PayloadType, payload: bytes) -> Demand:
    """Tell what a file needs by its type and its bytes, without opening it.

    Args:
        kind: what the bytes are.
        payload: the bytes.
    """
    weight = WEIGHTS.get(kind, Weight.PAGE)
    if kind is PayloadType.PDF:
        pages = _pictured_pages(payload)
        return Demand(kind, Weight.SCAN if pages else Weight.FILE, pages)
    pages = 1 + len(payload) // _PAGE_BYTES if weight is Weight.SCAN else 0
    if kind is PayloadType.ZIP:
        pages += 2 * payload.count(b"PK\x01\x02")
    return Demand(kind, weight, pages)


def _pictured_pages(payload: bytes) -> int:
    """Estimate how many pages of a PDF are pictures, by the pixels of all its pictures.

    A picture is a stream, and no stream stands inside another, so that its dictionary is always in clear.
    Scanners cut pages into strips: pixels count, not pictures.
    """
    pixels = 0
    for found in islice(_PDF_PICTURE.finditer(payload), _MOST_PICTURES):
        near = payload[max(0, found.start() - _PDF_NEAR) : found.end() + _PDF_NEAR]
        start = near.rfind(b"obj", 0, min(found.start(), _PDF_NEAR)) + 1
        end = near.find(b"stream", start)
        sides = {name: int(side) for name, side in _PDF_SIDE.findall(near[start : end if end > 0 else None])}
        pixels += sides.get(b"Width", 1000) * sides.get(b"Height", 1000)
    return -(-pixels // _PAGE_PIXELS) if pixels * 2 > _PAGE_PIXELS else 0
