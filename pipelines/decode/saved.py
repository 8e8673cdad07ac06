"""Documents of word processors and spreadsheets that were saved as pages, and served as `.doc` or `.xls`.

There is nothing around their text: what is taken for the main text of a page would lack the title and short
paragraphs. Pages into which such a document was pasted say the same in their middle: only the head counts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipelines.decode.http_headers import media_type

if TYPE_CHECKING:
    from pipelines.decode.elements import Element

PROGRAM = re.compile(r"(?:Word|Excel)\.|WPS|ET\.|KWPS", re.IGNORECASE)
GENERATOR = re.compile(r"Microsoft (?:Word|Excel)|WPS|Kingsoft|LibreOffice|OpenOffice", re.IGNORECASE)
SAID_BY = {"progid": PROGRAM, "generator": GENERATOR, "originator": GENERATOR}
SERVED_AS = frozenset(
    f"application/{name}"
    for name in ("msword", "vnd.ms-word", "vnd.ms-excel", "wps-office.doc", "wps-office.wps", "vnd.ms-works")
)
"""Types of files as which portals serve such pages."""


def is_saved_document(root: Element, content_type: str | None) -> bool:
    """Tell whether a page is a document that an office program saved as one.

    Args:
        root: the parsed page.
        content_type: as served.
    """
    if media_type(content_type) in SERVED_AS:
        return True
    head = root.find("head")
    return head is not None and any(_names_office(meta) for meta in head.iterchildren("meta"))


def _names_office(meta: Element) -> bool:
    said = SAID_BY.get((meta.get("name") or "").strip().lower())
    return said is not None and said.match((meta.get("content") or "").strip()) is not None
