"""Write captures as one WACZ file: records, index of pages, titles and texts, sums of all of them.

    published copy ─ choose ─▶ captures ─ their gzip members, byte for byte ─▶ archive/data.warc.gz
                                        ├ index ─▶ indexes/index.cdx.gz, index.idx
                                        └ titles and texts ─▶ pages/pages.jsonl        datapackage.json

Everything streams: memory does not grow with what is exported. Context records stay behind, for they repeat
the titles that lists print.

Source: WACZ 1.1.1 (specs.webrecorder.net/wacz/1.1.1), CDXJ 0.1.0.
"""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import json
import os
import shutil
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import IO, Any

from msgspec import Struct

from archive.clock import Clock, instant
from archive.data_folder import DataDir, hold_work_folder, sync_folder
from archive.publish.shown_captures import (
    BadSelection,
    choose_captures,
    chosen_lines,
    shown_captures,
    unindexed_files,
)
from archive.warc.encode import encode_warcinfo, random_record_id, software
from archive.warc.entries import TornRecord
from archive.warc.record_parts import GZIP_WINDOW
from archive.warc.walk import open_warc, read_span, record_at

# Of the specification at specs.webrecorder.net/wacz.
WACZ_VERSION = "1.1.1"
_WARC = "data.warc.gz"
_INDEX = "index.cdx.gz"
_BLOCK_LINES = 1024
# Key and time of a capture, and what the index says of it.
_Line = tuple[str, dict[str, Any]]
_PAGES = """
SELECT captures.id, captures.url, fetched_at, ifnull(title, list_title), text
FROM chosen JOIN captures USING (id)
LEFT JOIN versions ON versions.id = (
    -- The one text that its document had then; where it had several by turns, the one first seen here.
    SELECT iif(count(*) = 1, min(id), min(id) FILTER (WHERE capture_id IN (captures.id, captures.revisit_of)))
    FROM versions AS seen
    WHERE seen.document_id = captures.document_id AND fetched_at BETWEEN first_seen AND last_seen)
LEFT JOIN documents ON documents.id = versions.document_id
WHERE is_page AND outcome = 'ok' AND role <> 'probe'
ORDER BY captures.warc_file, captures.warc_offset
"""


class Exported(Struct):
    """What a WACZ holds.

    Attributes:
        captures: those in its index, originals of revisits included.
        records: those copied: captures and requests.
        damaged: what could not be copied, in words: records, and files without an index of pages.
    """

    captures: int = 0
    records: int = 0
    damaged: list[str] = []


def export_wacz(
    data: DataDir, sql: str, values: tuple[str, ...], output: Path, *, title: str, clock: Clock
) -> Exported:
    """Write the captures that a query of the published copy names; the indexes of pages must be there.

    Args:
        data: the data directory.
        sql: a query whose first column holds ids of captures or documents.
        values: its parameters.
        output: the file to be made; it appears once it is whole.
        title: what the collection is called.
        clock: dates the file.

    Raises:
        NothingPublished: nothing is published yet.
        BadSelection: the query cannot be run or names nothing that is shown, or the output is there already.
        OSError: a WARC file cannot be read, or the disk refuses.
    """
    if output.exists():
        raise BadSelection("this file is there already", where=output, hint="Name another")
    with (
        shown_captures(data) as db,
        hold_work_folder(output.parent, is_locked=False) as folder,
    ):
        choose_captures(db, sql, values)
        exported = Exported(damaged=[f"{name}: it is missing" for name in unindexed_files(db, data.warc)])
        making = folder / output.name
        with zipfile.ZipFile(making, "w") as file:
            _Package(file, clock()).fill(db, data.warc, folder, exported, title)
        if not exported.captures:
            raise BadSelection("nothing that answered and may be shown is chosen", where=sql)
        with making.open("rb") as whole:
            os.fsync(whole.fileno())
        making.rename(output)
    sync_folder(output.parent)
    return exported


class _Package(Struct):
    """The zip file, and its date."""

    file: zipfile.ZipFile
    at: dt.datetime

    def fill(self, db: sqlite3.Connection, warc: Path, folder: Path, exported: Exported, title: str) -> None:
        """Add every part, the package's own description last."""
        with self.add(f"archive/{_WARC}") as target:
            end = target.write(encode_warcinfo(_WARC, self.at, random_record_id).data)
            blocks = _write_index(_copy_captures(db, warc, target, end, exported), folder / _INDEX)
        with self.add(f"indexes/{_INDEX}") as target, (folder / _INDEX).open("rb") as made:
            shutil.copyfileobj(made, target)
        self.write("indexes/index.idx", blocks)
        with self.add("pages/pages.jsonl", zipfile.ZIP_DEFLATED) as target:
            for page in _pages(db, title):
                target.write(json.dumps(page, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
        described = {
            "profile": "data-package",
            "wacz_version": WACZ_VERSION,
            "title": title,
            "created": instant(self.at),
            "software": software(),
            "resources": [self.describe(entry) for entry in self.file.infolist()],
        }
        self.write("datapackage.json", json.dumps(described, ensure_ascii=False, indent=2))
        digest = self.describe(self.file.getinfo("datapackage.json"))
        self.write("datapackage-digest.json", json.dumps({key: digest[key] for key in ("path", "hash")}))

    def add(self, path: str, method: int = zipfile.ZIP_STORED) -> IO[bytes]:
        """Open an entry for writing."""
        entry = zipfile.ZipInfo(path, self.at.timetuple()[:6])
        entry.compress_type = method
        return self.file.open(entry, "w", force_zip64=True)

    def write(self, path: str, text: str) -> None:
        """Add a text."""
        with self.add(path) as target:
            target.write(text.encode())

    def describe(self, entry: zipfile.ZipInfo) -> dict[str, Any]:
        """Return the length and digest of an entry, as a data package lists them."""
        with self.file.open(entry) as file:
            digest = hashlib.file_digest(file, "sha256")  # type: ignore[arg-type]  # it has readinto
        path = entry.filename
        return {
            "name": Path(path).name,
            "path": path,
            "hash": f"sha256:{digest.hexdigest()}",
            "bytes": entry.file_size,
        }


def _write_index(lines: Iterator[_Line], path: Path) -> str:
    """Write an index of pages in gzip members of many lines each; return the index of these, `index.idx`.

    It says where each member begins, and its first key.
    """
    meta = json.dumps({"format": "cdxj-gzip-1.0", "filename": _INDEX})
    blocks = [f"!meta 0 {meta}\n"]
    with path.open("wb") as file:
        while block := tuple(islice(lines, _BLOCK_LINES)):
            text = "".join(f"{prefix} {json.dumps(facts)}\n" for prefix, facts in block)
            member = gzip.compress(text.encode(), mtime=0)
            place = {
                "offset": file.tell(),
                "length": len(member),
                "digest": f"sha256:{hashlib.sha256(member).hexdigest()}",
            }
            blocks.append(f"{block[0][0]} {json.dumps(place)}\n")
            file.write(member)
    return "".join(blocks)


def _copy_captures(
    db: sqlite3.Connection, warc: Path, target: IO[bytes], end: int, exported: Exported
) -> Iterator[_Line]:
    """Copy the records of the chosen captures behind what was written, and yield their lines of the index."""
    for prefix, group in groupby(chosen_lines(db, warc), key=itemgetter(0)):
        lines = []
        for _, facts in group:
            offsets = (facts.pop("request.offset", None), facts["offset"])
            try:
                for offset in filter(None, offsets):
                    length = _copy_record(warc / facts["filename"], int(offset), target)
                    end += length
                    exported.records += 1
            except TornRecord as torn:
                exported.damaged.append(str(torn))
                continue
            exported.captures += 1
            place = {"offset": str(end - length), "length": str(length), "filename": _WARC}
            lines.append(facts | place)
        # Lines of one key and second have no order of their own: by their text, equal archives make equal
        # files.
        for facts in sorted(lines, key=json.dumps):
            yield prefix, facts


def _copy_record(path: Path, offset: int, target: IO[bytes]) -> int:
    """Copy a whole record as it stands, a plain one as a gzip member; return the length written.

    Raises:
        TornRecord: it is cut off or damaged; nothing of it is copied.
    """
    with open_warc(path) as file:
        record = record_at(file, path.name, offset)
        if record is None:
            raise TornRecord("the file ends here", file=path.name, offset=offset)
        pieces = read_span(file, offset, offset + record.finish())
        # Players inflate each record by itself: one of a file that is not compressed gets a member of its
        # own.
        if record.opening.startswith(b"WARC/"):
            pieces = _deflate(pieces)
        return sum(map(target.write, pieces))


def _deflate(pieces: Iterator[bytes]) -> Iterator[bytes]:
    deflate = zlib.compressobj(wbits=GZIP_WINDOW)
    yield from map(deflate.compress, pieces)
    yield deflate.flush()


def _pages(db: sqlite3.Connection, title: str) -> Iterator[dict[str, Any]]:
    yield {"format": "json-pages-1.0", "id": "pages", "title": title, "hasText": True}
    for row in db.execute(_PAGES):
        page = dict(zip(("id", "url", "ts", "title", "text"), row, strict=True))
        yield {name: value for name, value in page.items() if value is not None}
