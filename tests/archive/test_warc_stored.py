"""What is acknowledged when a record is written is what is read back from it later."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from archive.warc.entries import IDENTICAL_PAYLOAD, Failure, Original, Resource, StoredCapture
from archive.warc.files import archive_files
from archive.warc.reader import read_archive, stored_capture
from archive.warc.writer import WarcWriter
from tests.archive.samples import CONTEXT, MOMENT, counted_ids, exchange, fixed_clock

if TYPE_CHECKING:
    from pathlib import Path

    from archive.warc.entries import Exchange

URL = "http://demo.gongkai.test/art/1.html"
ORIGINAL = Original("urn:uuid:00000000-0000-0000-0000-0000000000aa", URL, MOMENT, IDENTICAL_PAYLOAD)


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(exchange(URL), id="a response"),
        pytest.param(exchange(URL, original=ORIGINAL), id="a revisit"),
        pytest.param(Failure(URL, MOMENT, "GET", "timeout", "no answer", CONTEXT), id="a failure"),
        pytest.param(
            Resource("file:///0123456789ab/a.txt", MOMENT, "text/plain", b"a", CONTEXT), id="a file"
        ),
    ],
)
def test_what_is_acknowledged_is_what_is_read_back(
    tmp_path: Path, entry: Exchange | Failure | Resource
) -> None:
    with WarcWriter(tmp_path, clock=fixed_clock, new_id=counted_ids()) as writer:
        acknowledged = stored_capture(entry, writer.append(entry))
    (path,) = archive_files(tmp_path)
    (read,) = (found for found in read_archive(path) if isinstance(found, StoredCapture))
    assert read == acknowledged
