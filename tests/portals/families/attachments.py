"""Attachments as each system links them: the tag, the address behind it, what stands there.

A table: a new way to attach a file is a row here and a macro of the same name in `attachments.html`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from gongkai.demo.server import Answer, html_answer, redirect
from tests.pipelines.readers.pdf_samples import Text, draw_pdf, texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.portals.families.content import Facts, Item

PDF = "application/pdf"
OCTETS = "application/octet-stream"
OLE_MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")
"""How a `.doc` begins; nothing reads further in what the demo calls one."""


@dataclass(frozen=True, slots=True)
class Attaching:
    """A way to attach a file.

    Attributes:
        href: what the page links to; fields: `folder` (the article's), `stamp`, `hex`, `serial`, `year`.
        path: where the file stands; empty where no address can be told from the page.
        ext: the extension of its name.
        content_type: as it is served.
        redirects: whether `href` answers with a redirect to `path`.
    """

    href: str
    path: str
    ext: str = "pdf"
    content_type: str = PDF
    redirects: bool = False


ATTACHING: Mapping[str, Attaching] = {
    "trs": Attaching("./P0{stamp}.pdf", "{folder}P0{stamp}.pdf"),
    "viewer": Attaching("/pdfjs/web/viewer.html?file=%2Fuploads%2F{hex}.pdf", "/uploads/{hex}.pdf"),
    "vsb": Attaching("/__local/{hex}.pdf?e=.pdf", "/__local/{hex}.pdf?e=.pdf"),
    "hanweb": Attaching(
        "/module/download/downfile.jsp?classid=0&filename={hex}.pdf", "/attach/0/{hex}.pdf", redirects=True
    ),
    "script": Attaching("javascript:download('{serial}')", ""),
    "lonsun": Attaching("/group6/M00/{year}/{hex}.doc", "/group6/M00/{year}/{hex}.doc", "doc", OCTETS),
    "ucap": Attaching("{folder}{hex}/files/{hex}.pdf", "{folder}{hex}/files/{hex}.pdf"),
    "gkmlpt": Attaching("/attachment/0/{year}/{serial}.pdf", "/attachment/0/{year}/{serial}.pdf"),
    "opened": Attaching("/uploadfile/{hex}.pdf", "/uploadfile/{hex}.pdf", content_type=OCTETS),
    "data_url": Attaching("{folder}files/{hex}.pdf", "{folder}files/{hex}.pdf"),
    "plain": Attaching(
        "/attachment/{year}/{hex}.doc", "/attachment/{year}/{hex}.doc", "doc", "application/msword"
    ),
}


@dataclass(frozen=True, slots=True)
class Attached:
    """An attachment of one article.

    Attributes:
        href: as the page links it.
        path: where the file stands; empty where the page does not tell.
        name: as the page names it, with extension.
        body: the file.
    """

    href: str
    path: str
    name: str
    body: bytes


def attached(facts: Facts, item: Item, address: str) -> Attached | None:
    """Return the attachment of an article that stands at an address; None where it has none."""
    if not item.attachment:
        return None
    way = ATTACHING[facts.attached]
    fields = {
        "folder": address.rpartition("/")[0] + "/",
        "stamp": f"{item.day:%Y%m%d}0915{item.serial:011}",
        "hex": facts.hex_id("attachment", item.serial),
        "serial": 963000 + item.serial,
        "year": item.day.year,
    }
    name = f"{item.attachment}.{way.ext}"
    body = _pdf(item.title, item.attachment) if way.ext == "pdf" else OLE_MAGIC + name.encode()
    return Attached(way.href.format(**fields), way.path.format(**fields), name, body)


def attachment_answers(facts: Facts, file: Attached) -> Iterator[tuple[str, Answer]]:
    """Yield what the addresses of an attachment answer; with the query where that tells files apart."""
    way = ATTACHING[facts.attached]
    if way.redirects:
        yield file.href, redirect(302, file.path)
    if facts.attached == "viewer":
        yield file.href.partition("?")[0], html_answer(b"<html><body><div id=viewer></div></body></html>")
    if file.path:
        yield file.path, Answer(200, (("Content-Type", way.content_type),), file.body)


@cache
def _pdf(*lines: str) -> bytes:
    return draw_pdf([texts(*(Text(line, 72, 80 + 24 * place) for place, line in enumerate(lines)))])
