"""The one entry to understanding: a payload in, a reading out.

    payload ─ decode ─▶ text, page facts ─ split ─▶ passages ─┬─▶ metadata ─┬─▶ Reading
                          └▶ tables ─ forms ─▶ facts ─────────┴─▶ checks ───┘

A pure function: whoever calls it opens the archive, keeps the time limits and stores what comes back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.checks.run_checks import check_document
from pipelines.decoded import Block, DecodedText, Hints
from pipelines.forms.form_catalogue import possible_forms
from pipelines.forms.form_sums import as_recognised
from pipelines.forms.statutory_tables import FormReading, read_forms
from pipelines.grid import Table
from pipelines.metadata.document_metadata import read_metadata
from pipelines.metadata.fields import Kind, Metadata, digest_fields
from pipelines.readers.pages import PART_MISSING
from pipelines.readers.registry import decode_payload
from pipelines.structs import FrozenStruct
from pipelines.tables.text_tables import find_tables, join_cut_rows, with_captions
from pipelines.text.normalise import NORMALISER_VERSION
from pipelines.text.outline import Passage, merge_spans, split_passages

if TYPE_CHECKING:
    from pipelines.attachments import Attachment
    from pipelines.checks.check_catalogue import Check
    from pipelines.forms.form_model import Fact

PARSER_VERSION = f"26.{digest_fields()}.{NORMALISER_VERSION}"
"""Changes with anything that makes another reading of the same payload; an older corpus is rebuilt."""


class Reading(FrozenStruct):
    """A payload, understood.

    The text is exactly `"".join(p.lead + p.raw for p in passages) + tail`.

    Attributes:
        metadata: what the document says of itself.
        passages: the leaf sections in order.
        tail: the characters after the last passage.
        encoding: the codec that the bytes were decoded with.
        extractor: what found the main text: `container:<selector>`, `trafilatura`, `body`, `plain`.
        notes: observations worth keeping, as sorted words (`charset_mismatch`, `mojibake`, `big`).
        form: the statutory form that its tables follow; `form_mixed` for several, `form_none` for a report
            without any; None for a document that is no report.
        facts: the cells of its tables.
        checks: what was checked within the document, and what came of it.
        tables: where tables stand in the text, as half-open spans in order; what is outside them is prose.
        attachments: the files that its page has attached, in the order of the page.
        pages: where each page begins in the text, in characters, and its number; empty without pages.
        apart: running heads, page numbers and footnotes, in order.
        confidence: of recognised characters, their mean from 0 to 1; None where they were stored.
        file_type: what the bytes are.
        headlines: the title and the headings that its page shows, white space left out.
        parts: the addresses of the further pages of an article that stand in it, in order.
    """

    metadata: Metadata
    passages: tuple[Passage, ...]
    tail: str
    encoding: str
    extractor: str
    notes: tuple[str, ...] = ()
    form: str | None = None
    facts: tuple[Fact, ...] = ()
    checks: tuple[Check, ...] = ()
    tables: tuple[tuple[int, int], ...] = ()
    attachments: tuple[Attachment, ...] = ()
    pages: tuple[tuple[int, int], ...] = ()
    apart: tuple[Block, ...] = ()
    confidence: float | None = None
    file_type: str = "html"
    headlines: frozenset[str] = frozenset()
    parts: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The whole text, rebuilt."""
        return "".join(passage.lead + passage.raw for passage in self.passages) + self.tail


def read_document(payload: bytes, hints: Hints) -> Reading:
    """Read a document.

    Args:
        payload: its bytes, transfer and content coding undone.
        hints: where it came from and as what it was served.

    Returns:
        What it says of itself, its passages, from which its text is rebuilt exactly, the cells of its tables
        and what was checked in them.

    Raises:
        UnreadableDocument: the bytes are no document that can be read; `problem` begins with the reason.
        ReaderMissing: the bytes are a document of a type that has no reader.
    """
    decoded = decode_payload(payload, hints)
    if hints.is_cut:
        decoded = decoded.replace(notes=(*decoded.notes, PART_MISSING))
    # What a part that is not there may hold is not missing from the document.
    return read_decoded(decoded, is_checked=PART_MISSING not in decoded.notes)


def read_decoded(decoded: DecodedText, *, is_checked: bool = True) -> Reading:
    """Read a document whose payload is a text already.

    Args:
        decoded: the text.
        is_checked: whether its figures are checked, too.
    """
    passages, tail = split_passages(decoded.text)
    metadata = read_metadata(decoded, passages)
    tables = tables_of(decoded, metadata.year)
    stated = _read_forms_of(decoded, tables, metadata)
    if metadata.title is None and metadata.kind is Kind.OTHER and stated.states_requests:
        # Extractors of main texts leave out titles, and headings that stand in tables.
        metadata = read_metadata(decoded, passages, states_requests=True)
        stated = _read_forms_of(decoded, tables, metadata)
    return Reading(
        metadata=metadata,
        passages=passages,
        tail=tail,
        encoding=decoded.encoding,
        extractor=decoded.extractor,
        notes=decoded.notes,
        form=stated.form,
        facts=stated.facts,
        checks=check_document(stated.facts, passages, metadata, stated.form) if is_checked else (),
        tables=merge_spans((table.start, table.end) for table in tables),
        attachments=decoded.attachments,
        pages=decoded.pages,
        apart=decoded.apart,
        confidence=decoded.confidence,
        file_type=decoded.file_type,
        headlines=frozenset(
            "".join(said.split()) for said in (metadata.title, *decoded.facts.headings) if said is not None
        ),
        parts=decoded.parts,
    )


def _read_forms_of(decoded: DecodedText, tables: tuple[Table, ...], metadata: Metadata) -> FormReading:
    return read_forms(
        tables,
        is_report=metadata.kind is Kind.ANNUAL_REPORT,
        is_whole=PART_MISSING not in decoded.notes,
        year=metadata.year,
        forms=possible_forms(decoded.text, metadata.year),
    )


def tables_of(decoded: DecodedText, year: int | None) -> tuple[Table, ...]:
    """Return all tables in order: those that the source marks, and those that the text draws.

    Args:
        decoded: the document.
        year: that it reports on; None where it prints none.
    """
    forms = possible_forms(decoded.text, year)
    drawn = find_tables(decoded.text, [(table.start, table.end) for table in decoded.tables], forms)
    if decoded.confidence is not None:
        # What recognised lines may have lost is not known: only sums confirm the figures of such a table.
        drawn = as_recognised(drawn)
    in_order = sorted((*decoded.tables, *drawn), key=lambda table: table.start)
    return tuple(with_captions(decoded.text, join_cut_rows(decoded.text, in_order)))
