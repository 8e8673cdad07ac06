"""Public ids, each a hash of what it identifies, the same on every machine.

Eighty bits are kept of each SHA-256: a corpus of a hundred million passages has a chance of about one in
two hundred million of a single collision, and the corpus refuses, rather than merges, two texts with one id.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from pipelines.addresses import find_canonical

if TYPE_CHECKING:
    from pipelines.checks.check_catalogue import Check

ID_HEX_DIGITS = 20


def text_sha256(text: str) -> str:
    """Return the SHA-256 of a text's UTF-8 bytes, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def short_id(*parts: str) -> str:
    """Return the id of the thing that the parts identify together, in order."""
    return text_sha256("\x00".join(parts))[:ID_HEX_DIGITS]


def document_id(canonical: str) -> str:
    """Return the id of the document at a canonical address (see `pipelines.addresses`)."""
    return short_id("document", canonical)


def document_at(url: str | None) -> str | None:
    """Return the id of the document at an address; None where none can be."""
    address = url and find_canonical(url)
    return document_id(address) if address else None


def version_id(document: str, sha256: str) -> str:
    """Return the id of one distinct text of a document."""
    return short_id("version", document, sha256)


def section_id(normalised: str) -> str:
    """Return the id of one distinct normalised passage."""
    return short_id("section", normalised)


def issuer_id(name: str) -> str:
    """Return the id of a public body by its printed name."""
    return short_id("issuer", name)


def fact_id(version: str, ref: str) -> str:
    """Return the id of one cell of a version by its name within it (`forms.form_model.Fact.ref`)."""
    return _id_within(version, "fact", ref)


def check_id(version: str, check: Check) -> str:
    """Return the id of a result of a check of a version, whatever came of it."""
    table = f"{check.table_key or ''}#{'' if check.table_no is None else check.table_no}"
    return _id_within(version, "check", check.check_id, table, str(check.place))


def _id_within(version: str, *parts: str) -> str:
    """Return an id that begins as its version's does, so that what belongs together is stored together."""
    return version[:8] + short_id(parts[0], version, *parts[1:])[:16]
