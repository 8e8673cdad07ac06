"""How to cite a document, a figure, a table or a query: a line that can be checked, and a link that lasts.

A table or query is cited with the copy that answered, by its SHA-256 and its night: the same address shows
another night's rows later. A document, or a figure in it, is cited with the capture that proves its text.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from archive.clock import SHANGHAI
from gongkai.web.language import CHINESE, ENGLISH, current

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Cited:
    """What is cited.

    Attributes:
        title: as printed, or of the table or query; None where none is printed.
        address: the absolute address of its page here.
        sha256: of what was captured, or of the published copy; None where it is not stated.
        issuer: the body that published it; None of a table or query, and where none is printed.
        number: the document number as printed.
        printed_on: the date of publication as printed.
        place: of a figure, its row and column in words; of an answer, how many rows it has.
        original: its address at the source; None for a table or query.
        captured_at: the UTC instant of the capture; None for a table or query.
        night: the Shanghai date of the copy's newest run; None where there is none.
    """

    title: str | None
    address: str
    sha256: str | None
    issuer: str | None = None
    number: str | None = None
    printed_on: str | None = None
    place: str | None = None
    original: str | None = None
    captured_at: dt.datetime | None = None
    night: dt.date | None = None


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of a line in one language; `{}` takes what is cited."""

    title: str
    no_title: str
    no_issuer: str
    colon: str
    comma: str
    printed_on: str
    archived: str
    digest_of_content: str
    data_until: str
    rows: str
    first_rows: str


_WORDS = {
    CHINESE: _Words(
        title="《{}》",
        no_title="（未印标题）",
        no_issuer="未印发文机关",
        colon="：",
        comma="，",
        printed_on="标注发布日期 {}",
        archived="{}（北京时间）存档",
        digest_of_content="内容 SHA-256 {}",
        data_until="数据截至 {}",
        rows="共 {} 行",
        first_rows="前 {} 行",
    ),
    ENGLISH: _Words(
        title="“{}”",
        no_title="(no title printed)",
        no_issuer="no issuing body printed",
        colon=": ",
        comma=", ",
        printed_on="date printed {}",
        archived="archived {} (Beijing time)",
        digest_of_content="SHA-256 of the content {}",
        data_until="data up to {}",
        rows="rows: {}",
        first_rows="the first {} rows",
    ),
}


def document_citation(
    document: Mapping[str, Any], capture: Mapping[str, Any], address: str, place: str | None = None
) -> str:
    """Return the line for a document, or for a figure in it, in the language of the request.

    Args:
        document: its title, issuer (or issuer_name), doc_number, published_on and url.
        capture: that proves the text, a row of `archived.OF_CAPTURE`.
        address: absolute, of its page here.
        place: of the figure, in words.
    """
    url = str(document["url"])
    return citation(
        Cited(
            title=document["title"],
            address=address,
            sha256=capture["held_sha256"] or capture["payload_sha256"],
            issuer=document["issuer"] or document.get("issuer_name"),
            number=document["doc_number"],
            printed_on=document["published_on"],
            place=place,
            original=url if url.startswith("http") else None,
            captured_at=dt.datetime.fromisoformat(capture["fetched_at"]),
        ),
        current(),
    )


def answer_citation(
    title: str, address: str, copy: Mapping[str, Any], rows: int | None = None, *, is_cut: bool = False
) -> str:
    """Return the line for the answer of a query, or for a page of lists, in the language of the request.

    Args:
        title: of the query or page; what is markup already is taken back to text.
        address: absolute, of its page here, with what was asked.
        copy: `sha256` and `night` of the published copy that answered; the night is None before the first.
        rows: how many the answer has; None of a page.
        is_cut: whether it has more.
    """
    words = _WORDS[current()]
    cited = Cited(
        title=title.unescape() if isinstance(title, Markup) else title,
        address=address,
        sha256=copy["sha256"],
        place=None if rows is None else (words.first_rows if is_cut else words.rows).format(f"{rows:,}"),
        night=copy["night"] and dt.date.fromisoformat(copy["night"]),
    )
    return _line(cited, words)


def citation(cited: Cited, language: str = "zh") -> str:
    """Return the line, in Chinese or (`en`) in English; the title stays as it is printed.

    Raises:
        ValueError: the instant of the capture has no time zone.
    """
    return _line(cited, _WORDS[language])


def _line(cited: Cited, words: _Words) -> str:
    title = words.title.format(cited.title) if cited.title else words.no_title
    issuer = cited.issuer or (words.no_issuer if cited.captured_at else "")
    parts = [
        f"{issuer}{words.colon}{title}" if issuer else title,
        cited.number,
        cited.printed_on and words.printed_on.format(cited.printed_on),
        cited.place,
        cited.original,
        cited.captured_at and words.archived.format(_beijing(cited.captured_at)),
        cited.sha256
        and (words.digest_of_content if cited.captured_at else "SHA-256 {}").format(cited.sha256),
        cited.night and words.data_until.format(cited.night.isoformat()),
        cited.address,
    ]
    return words.comma.join(part for part in parts if part)


def _beijing(instant: dt.datetime) -> str:
    if instant.tzinfo is None:
        raise ValueError(f"an instant without a time zone: {instant.isoformat()}")
    return instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
