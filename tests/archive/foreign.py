"""Archives of others for tests: made with warcio, packed as WACZ, and hostile ones made by hand."""

from __future__ import annotations

import gzip
import json
import zipfile
from io import BytesIO
from typing import TYPE_CHECKING

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

Page = tuple[str, bytes, str]
"""Address, what it answered, and when (WARC-Date)."""

HTML = ("Content-Type", "text/html; charset=utf-8")


def write_warc(
    path: Path,
    pages: Sequence[Page],
    *,
    version: str = "WARC/1.0",
    headers: Sequence[tuple[str, str]] = (HTML,),
    status: str = "200 OK",
    protocol: str = "HTTP/1.1",
    fields: Mapping[str, str] | None = None,
) -> Path:
    """Write an archive as warcio does, gzip per record where its name says so; return its path."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=path.name.endswith(".gz"), warc_version=version)
        writer.write_record(writer.create_warcinfo_record(path.name, {"software": "another"}))
        for url, body, date in pages:
            record = writer.create_warc_record(
                url,
                "response",
                payload=BytesIO(body),
                length=len(body),
                http_headers=StatusAndHeaders(status, list(headers), protocol=protocol),
                warc_headers_dict={"WARC-Date": date, **(fields or {})},
            )
            writer.write_record(record)
    return path


def write_wacz(path: Path, files: Mapping[str, bytes], *, method: int = zipfile.ZIP_STORED) -> Path:
    """Write a WACZ of these members and its data package; return its path."""
    with zipfile.ZipFile(path, "w", method) as wacz:
        for name, content in files.items():
            wacz.writestr(name, content)
        wacz.writestr("datapackage.json", json.dumps({"profile": "data-package", "wacz_version": "1.1.1"}))
    return path


def build_record(kind: str, block: bytes, *fields: str, version: str = "WARC/1.0") -> bytes:
    """Return a record as one gzip member, with whatever fields it is to have."""
    lines = [version, f"WARC-Type: {kind}", *fields, f"Content-Length: {len(block)}", "", ""]
    return gzip.compress("\r\n".join(lines).encode() + block + b"\r\n\r\n", mtime=0)
