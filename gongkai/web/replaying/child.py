"""What runs in the limited child process that reads an archived page for a reader of the site."""

from __future__ import annotations

import hashlib
import pickle
from typing import TYPE_CHECKING

from archive.warc.entries import ArchiveError
from archive.warc.reader import load_payload
from gongkai.web.replaying.records import ArchivedFile, NotReplayed, Why
from gongkai.web.replaying.replay import replay_payload
from pipelines.errors import GongkaiError
from pipelines.response.content_coding import decode_content
from pipelines.response.http_headers import header_value
from pipelines.response.payload_type import PayloadType, sniff

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from archive.sandbox.confinement import Meter
    from archive.warc.entries import StoredPayload
    from gongkai.web.replaying.records import Replay, Source

    Answer = Replay | ArchivedFile | Why

DOWNLOADED = frozenset(
    {
        *(PayloadType.PDF, PayloadType.OFD, PayloadType.DOCX, PayloadType.DOC, PayloadType.RTF),
        *(PayloadType.XLSX, PayloadType.XLS, PayloadType.ODF, PayloadType.PPTX, PayloadType.PPT),
    }
)
"""The types that are handed out as received. A page is not: opened from a disk, its scripts would run."""


def answer_job(meter: Meter, job: str, folder: Path, source: Source) -> bytes:
    """Read a record and answer with what a job makes of it, or why it does not, pickled.

    Args:
        meter: of this process.
        job: `replay` or `file`.
        folder: of the WARC files.
        source: the record.
    """
    try:
        answered = _JOBS[job](_payload(folder, source), source)
    except NotReplayed as error:
        answered = error.why
    except ArchiveError:
        answered = Why.DAMAGED
    except (GongkaiError, MemoryError, RecursionError):
        answered = Why.NOT_READ
    except (EOFError, BrokenPipeError) as error:
        # To the worker these mean that its parent is gone; here they are a fault of ours.
        raise RuntimeError(str(error)) from error
    sent = pickle.dumps(answered)
    return sent if len(sent) <= meter.limits.answer_bytes else pickle.dumps(Why.TOO_LARGE)


def _payload(folder: Path, source: Source) -> StoredPayload:
    """Return the payload of a record whose digest is the published one.

    Raises:
        NotReplayed: the file is not here, or the digest is another.
        ArchiveError: the record cannot be read.
    """
    if not (folder / source.warc_file).is_file():
        raise NotReplayed(Why.OFFLINE)
    stored = load_payload(folder, source.warc_file, source.warc_offset)
    if hashlib.sha256(stored.body).hexdigest() != source.payload_sha256:
        raise NotReplayed(Why.DAMAGED)
    return stored


def _replay(stored: StoredPayload, source: Source) -> Replay:
    content_type = header_value(stored.headers, "content-type")
    return replay_payload(decode_content(stored.body, stored.headers), content_type, source)


def _file(stored: StoredPayload, source: Source) -> ArchivedFile:
    content = decode_content(stored.body, stored.headers)
    kind = sniff(content, header_value(stored.headers, "content-type"))
    if kind not in DOWNLOADED:
        raise NotReplayed(Why.NOT_READ)
    # What it says must be known, and be what is published; of a scan nobody can tell in time.
    replay_payload(content, header_value(stored.headers, "content-type"), source)
    return ArchivedFile(str(kind), content)


_JOBS: dict[str, Callable[[StoredPayload, Source], Answer]] = {"replay": _replay, "file": _file}
