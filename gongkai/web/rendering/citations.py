"""How to cite a document, a figure, a table or a query: a line that can be checked, and a link that lasts.

A table or query is cited with the copy that answered, by its SHA-256 and its night: the same address shows
another night's rows later. A document, or a figure in it, is cited with the capture that proves its text.
The words stand in `datasette/strings.yaml`, group `cite`; the line is in the language of the request.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import segno
from markupsafe import Markup

from archive.clock import SHANGHAI
from gongkai.web.language import tell
from gongkai.web.rendering.words import write_body

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gongkai.web.rendering.words import Row


def document_citation(document: Row, capture: Row, address: str, place: str | None = None) -> str:
    """Return the line for a document, or for a figure in it.

    Args:
        document: its title, issuer (or issuer_name), doc_number, published_on and url.
        capture: that proves the text: fetched_at, held_sha256, payload_sha256.
        address: absolute, of its page here.
        place: of the figure, its row and column in words.

    Raises:
        ValueError: the instant of the capture has no time zone.
    """
    issuer = document["issuer"] or document.get("issuer_name")
    body = write_body(issuer).striptags() or tell("cite.no_issuer")
    printed_on, url = document["published_on"], str(document["url"])
    sha256 = capture["held_sha256"] or capture["payload_sha256"]
    captured_at = dt.datetime.fromisoformat(capture["fetched_at"])
    if captured_at.tzinfo is None:
        raise ValueError(f"an instant without a time zone: {captured_at.isoformat()}")
    beijing = captured_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
    return _join_parts(
        [
            body + tell("cite.colon") + _name_title(document["title"]),
            document["doc_number"],
            printed_on and tell("cite.printed_on", date=printed_on),
            place,
            url if url.startswith("http") else None,
            tell("cite.archived", time=beijing),
            sha256 and tell("cite.digest_of_content", sha256=sha256),
            address,
        ]
    )


def answer_citation(
    title: str, address: str, copy: Row, rows: int | None = None, *, is_cut: bool = False
) -> str:
    """Return the line for the answer of a query, or for a page of lists.

    Args:
        title: of the query or page; what is markup already is taken back to text.
        address: absolute, of its page here, with what was asked.
        copy: `sha256` and `night` of the published copy that answered; the night is None before the first.
        rows: how many the answer has; None of a page.
        is_cut: whether it has more.
    """
    night = copy["night"]
    return _join_parts(
        [
            _name_title(title.unescape() if isinstance(title, Markup) else title),
            None if rows is None else tell("cite.first_rows" if is_cut else "cite.rows", n=rows),
            f"SHA-256 {copy['sha256']}",
            night and tell("cite.data_until", night=night),
            address,
        ]
    )


def draw_qr(address: str, title: str) -> Markup:
    """Return an address as a QR code, by which a reader of paper finds the page (ISO/IEC 18004).

    Args:
        address: absolute, of a page here.
        title: what the picture is.
    """
    # Readers take every mask (ISO/IEC 18004, 7.8): looking for the best of eight takes most of the time.
    drawn = segno.make(address, micro=False, mask=0).svg_inline(
        title=title, svgclass="qr", lineclass=None, omitsize=True
    )
    return Markup(drawn)  # noqa: S704 drawn by the library, which escapes the title


def _name_title(title: str | None) -> str:
    return tell("cite.named", title=title) if title else tell("document.no_title")


def _join_parts(parts: Iterable[str | None]) -> str:
    return tell("cite.comma").join(str(part) for part in parts if part)
