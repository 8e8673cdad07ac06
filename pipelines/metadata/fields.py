"""The fields of what a document says of itself, and the records that hold them.

A field is one entry of `knowledge/metadata_fields.yaml`, which everything else reads: labels, columns, their
words, what is suppressed. Only the fields that code asks for have an attribute of `Metadata`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cache
from typing import Any, Literal, NamedTuple

import msgspec

from pipelines.identity import text_sha256
from pipelines.knowledge import Thresholds, load_table
from pipelines.structs import FrozenStruct


class MetadataThresholds(Thresholds):
    """What is looked at for metadata, and from which length on; see `thresholds/metadata.yaml`."""

    front_chars: int
    front_lines: int
    last_lines: int
    number_lines: int
    longest_title: int
    title_lines: int
    fuller_by: int
    short_title: int
    shortest_line: int
    longest_line: int
    signature_line: int


METADATA = MetadataThresholds.load("metadata")


class Kind(StrEnum):
    """What a document is. `OTHER` is a document of none of the named kinds, not an unread one."""

    ANNUAL_REPORT = "annual_report"
    POLICY = "policy"
    TASK_PLAN = "task_plan"
    OTHER = "other"


class Source(StrEnum):
    """Where a document states something of itself."""

    META = "meta"
    """A national meta tag of its page."""
    HEADER = "header"
    """The header table (公文要素) of its page."""
    TITLE = "title"
    """Its title, or a heading of its page."""
    TEXT = "text"
    """Its text: the letterhead, labelled lines, the preamble, the statistical period."""
    SIGNATURE = "signature"
    """The body and the date under its text."""
    LIST = "list"
    """The page that led to it: its list, or the article that it is attached to."""
    FILE = "file"
    """The name of its file: as the server gives it, or in its address."""


class Candidate(NamedTuple):
    """A value as stated, and where."""

    value: str
    source: Source


class Disagreement(FrozenStruct):
    """What a document states of itself beside what was chosen, and otherwise.

    Attributes:
        field: the field of `Metadata`.
        value: as the field would have it; dates as printed.
        source: where it is stated.
    """

    field: str
    value: str
    source: Source


class Metadata(FrozenStruct):
    """What the document says of itself. A field that is not printed is None, never guessed.

    Attributes:
        title: without white space.
        issuer: the body that issued it, as printed.
        year: the year that it reports on or plans for.
        kind: what it is, by its title.
        doc_number: 发文字号, with 〔〕.
        written_on: the date of signature (成文日期).
        written_on_printed: the same as printed; stands alone where it is on no calendar.
        published_on: the date of publication on the web (发布日期).
        published_on_printed: the same as printed.
        others: the fields of which no code knows more than their entry says (索引号, 有效性), by their names.
        joint_issuers: the bodies that issued it together with `issuer`, as printed.
        sources: where each field was found, by its name; the date fields without those of their print.
        disagreements: what else is stated for a field, in the order of trust, each value once.
    """

    title: str | None = None
    issuer: str | None = None
    year: int | None = None
    kind: Kind = Kind.OTHER
    doc_number: str | None = None
    written_on: dt.date | None = None
    written_on_printed: str | None = None
    published_on: dt.date | None = None
    published_on_printed: str | None = None
    others: Mapping[str, str] = {}
    joint_issuers: tuple[str, ...] = ()
    sources: Mapping[str, Source] = {}
    disagreements: tuple[Disagreement, ...] = ()

    def as_row(self) -> dict[str, Any]:
        """Return what is stated by the names of the columns, dates as ISO 8601, None where nothing is."""
        row = {column: getattr(self, column, self.others.get(column)) for column in metadata_columns()}
        dates = {name: value.isoformat() for name, value in row.items() if isinstance(value, dt.date)}
        told = {"kind": self.kind, "sources": self.sources, "disagreements": self.disagreements}
        told |= {"joint_issuers": self.joint_issuers} if self.joint_issuers else {}
        return {**row, **dates, **told}


class Believed(FrozenStruct, forbid_unknown_fields=True):
    """What a labelled value must hold to be believed.

    Attributes:
        pattern: a regular expression that finds something in it.
        longest: characters that it may have.
    """

    pattern: str
    longest: int


class MetadataField(FrozenStruct, forbid_unknown_fields=True, kw_only=True):
    """One entry of `metadata_fields.yaml`, whose head says what each key means."""

    holds: Literal["words", "title", "name", "year", "date"]
    words: str
    taken_from: str
    printed_words: str = ""
    labels: tuple[str, ...] = ()
    other_labels: dict[str, tuple[str, ...]] = {}
    weak_labels: tuple[str, ...] = ()
    meta: str | None = None
    values: Believed | None = None
    answers: dict[str, str] = {}
    title_mark: str | None = None
    hidden: bool = True


@cache
def metadata_fields() -> dict[str, MetadataField]:
    """Return the fields by name, in the order of their columns."""
    return msgspec.convert(load_table("metadata_fields")["fields"], dict[str, MetadataField])


class MetadataColumn(NamedTuple):
    """A column of `documents` that is a field, or what is printed of one: its type and its words."""

    sql_type: str
    words: str


def digest_fields() -> str:
    """Return eight hexadecimal digits that change with any entry, on which every reading depends."""
    return text_sha256(repr(metadata_fields()))[:8]


def metadata_columns() -> dict[str, MetadataColumn]:
    """Return the columns of `documents` that are fields by name, in their order."""
    columns: dict[str, MetadataColumn] = {}
    for name, entry in metadata_fields().items():
        columns[name] = MetadataColumn("INTEGER" if entry.holds == "year" else "TEXT", entry.words)
        if entry.holds == "date":
            columns[f"{name}_printed"] = MetadataColumn("TEXT", entry.printed_words)
    return columns


def hidden_columns() -> tuple[str, ...]:
    """Return the columns that go when a document is suppressed."""
    return tuple(name for name, entry in metadata_fields().items() if entry.hidden)


def header_labels() -> frozenset[str]:
    """Return the labels that say by themselves that a line is part of a header."""
    return frozenset(
        label
        for entry in metadata_fields().values()
        for group in (entry.labels, *entry.other_labels.values())
        for label in group
        if label not in entry.weak_labels
    )


# The elements of a document (公文要素), as its page or its first lines label them.

# Behind a value another label may follow on the same line: 来源：某局 【字体：大 中 小】.
_OTHER_LABEL = re.compile(r"(?:\s+|(?<=\d))[【\[]?[\u4e00-\u9fff]{2,6}[】\]]?[:：]")
# Labels by what they mean: the fields, and their groups of other labels by name.
_LABELS = {
    meaning: labels
    for name, entry in metadata_fields().items()
    for meaning, labels in {name: entry.labels, **entry.other_labels}.items()
    if labels
}
_BRACKETS = re.compile(r"[\s:：【】\[\]]")


def read_elements(header: Mapping[str, str], front: Iterable[str]) -> dict[str, tuple[Candidate, ...]]:
    """Return the printed elements by meaning (a field, or a group of its other labels).

    Args:
        header: the header table of the page, by label.
        front: the first lines of the text, where a plain file may label the same elements.

    Returns:
        Values as printed, white space around them removed, and whether the header or the text states them.
        A label goes before one further down in its list, under one label the header before the lines. An
        empty value is absent.
    """
    printed = [(_BRACKETS.sub("", label), value, Source.HEADER) for label, value in header.items()]
    printed += [(label, value, Source.TEXT) for line in front for label, value in _read_labels(line)]
    empty = load_table("metadata_fields")["empty"]
    found = {
        meaning: tuple(
            Candidate(value.strip(), source)
            for wanted in labels
            for label, value, source in printed
            # Systems write 无, / or -- where they have nothing (`empty` in the table).
            if label == wanted and value.strip().lower() not in empty
        )
        for meaning, labels in _LABELS.items()
    }
    return {meaning: stated for meaning, stated in found.items() if stated}


def is_labelled(line: str) -> bool:
    """Tell whether a line is one of labelled elements, not of text."""
    return next(_read_labels(line), None) is not None


def _read_labels(line: str) -> Iterator[tuple[str, str]]:
    # 城东管理区 2025: a table of elements as bars; there a cell that is a label has no colon.
    barred = line.replace("|", "\t").replace("｜", "\t")
    is_barred = barred != line
    cells = [cell.strip() for cell in barred.split("\t")]
    for cell, following in zip(cells, [*cells[1:], ""], strict=True):
        # Two labels side by side are two empty fields: the second is no value of the first.
        if is_barred and _is_label(cell):
            yield _BRACKETS.sub("", cell), "" if _is_label(following) else following
            continue
        found = list(_LABEL.finditer(cell))
        ends = [match.start() for match in found[1:]] + [len(cell)] * bool(found)
        for match, end in zip(found, ends, strict=True):
            value = _OTHER_LABEL.split(cell[match.end() : end], maxsplit=1)[0].strip()
            label = _BRACKETS.sub("", match["label"])
            yield label, value or (following if end == len(cell) else "")


def _is_label(cell: str) -> bool:
    words = _BRACKETS.sub("", cell)
    return any(words in labels for labels in _LABELS.values())


_WORDS = sorted((word for labels in _LABELS.values() for word in labels), key=len, reverse=True)
_SPACED = "|".join(r"\s*".join(word) for word in _WORDS)
_LABEL = re.compile(rf"(?:^|(?<=\s))[【\[]?(?P<label>{_SPACED})\s*[】\]]?\s*[:：]\s*")
