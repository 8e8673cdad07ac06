"""The table of what attachments look like, compiled once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from pipelines.knowledge import load_table

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
def pattern(name: str) -> Patterns:
    """Return an entry of the table that is one regular expression."""
    return re.compile(load_table("attachments")[name], re.IGNORECASE)


@cache
def words(name: str) -> tuple[str, ...]:
    """Return an entry of the table that is a list of words."""
    return tuple(load_table("attachments")[name])


@cache
def address_places() -> frozenset[str]:
    """Return the attributes in which an address may stand."""
    return frozenset(("href", "onclick", *words("address_attributes")))


@cache
def number(name: str) -> int:
    """Return an entry of the table that is a number."""
    return int(load_table("attachments")[name])


@cache
def endings() -> Endings:
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
def paths() -> Patterns:
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
def marks() -> frozenset[str]:
    """Return the attributes that mark an attachment."""
    return frozenset(name for entry in load_table("attachments")["marks"] for name in entry["names"])


@cache
def places() -> Places:
    """Return what tells where on a page an element stands."""
    return Places(
        attached_words=frozenset(words("attached_words")),
        elsewhere_words=frozenset(words("elsewhere_words")),
        elsewhere_tags=frozenset(words("elsewhere_tags")),
        attached_label=pattern("attached_label"),
        related_label=pattern("related_label"),
        label_characters=number("label_characters"),
    )
