"""What an attachment is, and the table of what attachments look like (`knowledge/attachments.yaml`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from pipelines.knowledge import load_table


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


@dataclass(frozen=True, slots=True)
class Attachment:
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


Patterns = re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Endings:
    """Ends of names of files, without the dot, lower case."""

    documents: frozenset[str]
    images: frozenset[str]
    programs: frozenset[str]
    software: frozenset[str]
    never_pages: frozenset[str]


@dataclass(frozen=True, slots=True)
class Places:
    """What tells where on a page an element stands."""

    attached_words: frozenset[str]
    elsewhere_words: frozenset[str]
    elsewhere_tags: frozenset[str]
    attached_label: Patterns
    related_label: Patterns
    label_characters: int


@cache
def known_pattern(name: str) -> Patterns:
    """Return an entry of the table that is one regular expression."""
    return re.compile(load_table("attachments")[name], re.IGNORECASE)


@cache
def known_words(name: str) -> tuple[str, ...]:
    """Return an entry of the table that is a list of words."""
    return tuple(load_table("attachments")[name])


@cache
def address_places() -> frozenset[str]:
    """Return the attributes in which an address may stand."""
    return frozenset(("href", "onclick", *known_words("address_attributes")))


@cache
def known_number(name: str) -> int:
    """Return an entry of the table that is a number."""
    return int(load_table("attachments")[name])


@cache
def known_endings() -> Endings:
    """Return the ends of names."""
    known = load_table("attachments")
    return Endings(
        documents=frozenset(name for entry in known["documents"] for name in entry["names"]),
        images=frozenset(known["images"]),
        programs=frozenset(known["program_endings"]),
        software=frozenset(known["software"]),
        never_pages=frozenset(known["never_pages"]),
    )


@cache
def known_paths() -> Patterns:
    """Return the addresses without the end of a name that lead to a file."""
    entries = load_table("attachments")["paths"]
    return re.compile("|".join(f"(?:{entry['pattern']})" for entry in entries), re.IGNORECASE)


@cache
def viewer_pages() -> Patterns:
    """Return the paths of pages that show a file."""
    return re.compile(load_table("attachments")["viewers"]["pages"], re.IGNORECASE)


@cache
def viewer_parameters() -> frozenset[str]:
    """Return the parameters that tell those which."""
    return frozenset(load_table("attachments")["viewers"]["parameters"])


@cache
def known_marks() -> frozenset[str]:
    """Return the attributes that mark an attachment."""
    return frozenset(name for entry in load_table("attachments")["marks"] for name in entry["names"])


@cache
def known_places() -> Places:
    """Return what tells where on a page an element stands."""
    return Places(
        attached_words=frozenset(known_words("attached_words")),
        elsewhere_words=frozenset(known_words("elsewhere_words")),
        elsewhere_tags=frozenset(known_words("elsewhere_tags")),
        attached_label=known_pattern("attached_label"),
        related_label=known_pattern("related_label"),
        label_characters=known_number("label_characters"),
    )
