"""The files that an article has attached: found in its markup (`finding`), named as the page names them.

What is an attachment and what only looks like one is data: `knowledge/attachments.yaml`.
"""

from __future__ import annotations

import re
from enum import StrEnum

import msgspec

from pipelines.knowledge import Thresholds, load_table
from pipelines.structs import FrozenStruct


class How(StrEnum):
    """By what an attachment was found."""

    LINK = "link"
    """The address of a link."""
    CALL = "call"
    """A script that a click starts: `window.open('….pdf')`."""
    DATA = "data"
    """An attribute that the site's scripts read: `data-url`."""
    FRAME = "frame"
    """A frame that shows the file: `iframe`, `embed`, `object`."""
    VIEWER = "viewer"
    """A page that shows the file whose address it is given: `viewer.html?file=…`."""
    SCRIPT = "script"
    """A literal in a script of the page."""
    SCAN = "scan"
    """A picture where the text should be."""
    UNRESOLVED = "unresolved"
    """A call that names the file by something else than an address: `download('963012')`."""


class Attachment(FrozenStruct):
    """A file that belongs to an article.

    Attributes:
        url: where it is, absolute; None where only the site's scripts could tell.
        name: as the page names it; the name in its address where the page does not.
        how: by what it was found.
        written: what the page has in the place of the address.
    """

    url: str | None
    name: str
    how: How
    written: str


class AttachmentThresholds(Thresholds):
    """How much of a page is looked at (`knowledge/thresholds/attachments.yaml`)."""

    label_reach: int
    label_text: int
    before_characters: int
    link_elements: int
    link_characters: int
    handler_characters: int
    script_characters: int
    owner_reach: int
    join_reach: int
    address_characters: int
    query_values: int
    name_characters: int
    bare_name: int


LOOKED_AT = AttachmentThresholds.load("attachments")

Words = frozenset[str]


class Named(FrozenStruct, forbid_unknown_fields=True):
    """Names of one sort, and where they were met."""

    names: tuple[str, ...]
    source: str


class PathPattern(FrozenStruct, forbid_unknown_fields=True):
    """Addresses that lead to a file, and where they were met."""

    pattern: str
    source: str


class Viewers(FrozenStruct, forbid_unknown_fields=True):
    """Pages that show a file, and the parameters that tell them which."""

    pages: re.Pattern[str]
    parameters: Words


class Knowledge(FrozenStruct, forbid_unknown_fields=True):
    """The entries of `knowledge/attachments.yaml`, which says what each of them is; patterns know no case."""

    documents: tuple[Named, ...]
    images: Words
    never_pages: Words
    program_endings: Words
    software: Words
    software_name: re.Pattern[str]
    software_kinds: Words
    paths: tuple[PathPattern, ...]
    viewers: Viewers
    address_attributes: tuple[str, ...]
    name_attributes: tuple[str, ...]
    marks: tuple[Named, ...]
    icons: re.Pattern[str]
    icon_pixels: int
    fetching_calls: re.Pattern[str]
    script_names: re.Pattern[str]
    script_names_not: re.Pattern[str]
    script_title_keys: re.Pattern[str]
    attached_words: Words
    elsewhere_words: Words
    elsewhere_tags: Words
    attached_label: re.Pattern[str]
    related_label: re.Pattern[str]
    label_characters: int
    bare_name: re.Pattern[str]
    machine_name: re.Pattern[str]
    scan_text_below: int
    most: int


KNOWN = msgspec.convert(
    load_table("attachments"), Knowledge, dec_hook=lambda _, pattern: re.compile(pattern, re.IGNORECASE)
)
DOCUMENTS = frozenset(name for entry in KNOWN.documents for name in entry.names)
"""Ends of names of files that are documents, without the dot, lower case."""
FILE_PATHS = re.compile("|".join(f"(?:{entry.pattern})" for entry in KNOWN.paths), re.IGNORECASE)
"""Addresses without the end of a name that lead to a file."""
MARKS = tuple(name for entry in KNOWN.marks for name in entry.names)
"""Attributes by which an editor marks an attachment."""
ADDRESS_PLACES = frozenset(("href", "onclick", *KNOWN.address_attributes))
"""Attributes in which an address may stand."""
