from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import gzip
import hashlib
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from archive.warc.entries import (
    IDENTICAL_PAYLOAD,
    NOT_MODIFIED,
    ArchiveError,
    Entry,
    Exchange,
    Failure,
    Headers,
    Original,
    Resource,
    RunEvent,
    StoredCapture,
    UnwritableEntry,
    Written,
)
from archive.warc.files import archive_files, create, open_files, open_name
from archive.warc.reader import load_payload, read_archive
from archive.warc.verification import verify_file
from archive.warc.writer import WarcWriter
from tests.archive.samples import (
    CONTEXT,
    HTML,
    MOMENT,
    counted_ids,
    exchange,
    fixed_clock,
    page_like_payloads,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FIRST = Original(
    "urn:uuid:00000000-0000-0000-0000-000000000001",
    "http://demo.gongkai.test/art/1.html",
    MOMENT,
    IDENTICAL_PAYLOAD,
)
FAILURE = Failure("http://demo.gongkai.test/gone", MOMENT, "GET", "timeout", "no answer in 30 s", CONTEXT)
RESOURCE = Resource(
    "file:///0123456789ab/%E6%8A%A5%E5%91%8A.pdf", MOMENT, "application/pdf", b"%PDF-1.4", CONTEXT
)
EVERY_KIND: tuple[Entry, ...] = (
    RunEvent("run-1", "start", MOMENT, {"verb": "crawl", "night": "2026-02-01"}),
    exchange(),
    exchange(original=FIRST),
    exchange(status=304, payload=b"", original=dataclasses.replace(FIRST, profile=NOT_MODIFIED)),
    FAILURE,
    RESOURCE,
    dataclasses.replace(RESOURCE, original=dataclasses.replace(FIRST, url=RESOURCE.url)),
    RunEvent("run-1", "end", MOMENT, {"state": "finished", "sweeps": []}),
)


def write(folder: Path, *entries: Entry) -> tuple[Path, list[Written]]:
    with WarcWriter(folder, clock=fixed_clock, new_id=counted_ids()) as writer:
        written = [writer.append(entry) for entry in entries]
    (path,) = archive_files(folder)
    return path, written


def fields(path: Path) -> list[Mapping[str, str]]:
    with path.open("rb") as file:
        return [dict(record.rec_headers.headers) for record in ArchiveIterator(file)]


def only_capture(path: Path) -> StoredCapture:
    (capture,) = read_archive(path)
    assert isinstance(capture, StoredCapture)
    return capture


def warcio_finds_fault(path: Path) -> bool:
    return bool(Checker(argparse.Namespace(inputs=[str(path)], verbose=False)).process_all())


def test_a_group_stands_in_order_with_the_capture_last(tmp_path: Path) -> None:
    path, (written,) = write(tmp_path, exchange())
    warcinfo, metadata, request, response = fields(path)
    kinds = [record["WARC-Type"] for record in (warcinfo, metadata, request, response)]
    assert kinds == ["warcinfo", "metadata", "request", "response"]
    capture = f"<{written.capture_id}>"
    assert response["WARC-Record-ID"] == capture
    assert metadata["WARC-Concurrent-To"] == request["WARC-Concurrent-To"] == capture
    assert response["WARC-Date"] == "2026-01-31T19:00:00.123456Z"
    assert response["WARC-IP-Address"] == "127.0.0.1"
    sha256 = hashlib.sha256(exchange().payload).hexdigest()
    assert response["WARC-Payload-Digest"] == f"sha256:{sha256}"
    assert written.payload_sha256 == sha256


def test_the_first_record_says_what_is_not_kept(tmp_path: Path) -> None:
    path, _ = write(tmp_path, exchange())
    first = gzip.decompress(path.read_bytes()).split(b"\r\n\r\n\r\n")[0].decode()
    assert f"WARC-Filename: {path.name}" in first
    names = ("software: gongkai/", "format: WARC File Format 1.1", "conformsTo: ", "robots: obey")
    for said in (*names, "the reason phrase"):
        assert said in first


@pytest.mark.parametrize("entry", EVERY_KIND, ids=lambda entry: type(entry).__name__)
def test_each_kind_of_entry_comes_back_as_it_went(tmp_path: Path, entry: Entry) -> None:
    path, (written,) = write(tmp_path, entry)
    (back,) = read_archive(path)
    assert (back.warc_file, back.warc_offset, back.warc_length) == (
        written.warc_file,
        written.offset,
        written.length,
    )
    if isinstance(entry, RunEvent):
        assert not isinstance(back, StoredCapture)
        assert back.event == entry
        return
    assert isinstance(back, StoredCapture)
    assert (back.id, back.url, back.context) == (written.capture_id, entry.url, CONTEXT)
    assert back.payload_sha256 == written.payload_sha256
    if isinstance(entry, Failure):
        assert (back.kind, back.outcome, back.error) == ("failure", entry.outcome, entry.error)
        return
    assert back.original == entry.original
    if entry.original is None:
        assert load_payload(tmp_path, back.warc_file, back.warc_offset).body == entry.payload
    else:
        with pytest.raises(ArchiveError, match="no payload is kept here: revisit"):
            load_payload(tmp_path, back.warc_file, back.warc_offset)


def test_a_revisit_keeps_its_own_head_and_no_payload(tmp_path: Path) -> None:
    payload = b"x" * 5_000
    headers = ((b"ETag", b'"night-2"'), (b"Content-Length", b"5000"))
    path, _ = write(tmp_path, exchange(payload=payload, headers=headers, original=FIRST))
    *_, revisit = fields(path)
    assert revisit["WARC-Type"] == "revisit"
    assert revisit["WARC-Refers-To"] == f"<{FIRST.capture_id}>"
    assert revisit["WARC-Refers-To-Target-URI"] == FIRST.url
    assert revisit["WARC-Refers-To-Date"] == "2026-01-31T19:00:00.123456Z"
    assert revisit["WARC-Profile"] == IDENTICAL_PAYLOAD
    assert revisit["WARC-Payload-Digest"].endswith(hashlib.sha256(payload).hexdigest())
    assert int(revisit["Content-Length"]) < 100
    assert only_capture(path).headers == headers


GB18030 = ((b"Server", "公开".encode("gb18030")),)
COOKIES = ((b"Set-Cookie", b"a=1"), (b"Via", b"x"), (b"Set-Cookie", b"b=2"))
GZIPPED = ((b"Content-Encoding", b"gzip"), (b"Content-Length", b"4"))
LENGTH_3 = (b"Content-Length", b"3")
LENGTH_9 = (b"Content-Length", b"9")
CHUNKED = (b"Transfer-Encoding", b"chunked")


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        pytest.param(exchange(payload=b"abc"), HTML, id="no framing stays so"),
        pytest.param(
            exchange(payload=b"abc", headers=(LENGTH_3, *HTML)),
            (LENGTH_3, *HTML),
            id="a right length keeps its place",
        ),
        pytest.param(
            exchange(payload=b"abc", headers=(CHUNKED, *HTML)),
            (*HTML, LENGTH_3),
            id="chunked becomes a length",
        ),
        pytest.param(
            exchange(payload=b"abc", headers=(LENGTH_9, *HTML)),
            (*HTML, LENGTH_3),
            id="a wrong length is put right",
        ),
        pytest.param(
            exchange(payload=b"", method="HEAD", headers=(LENGTH_9,)),
            (LENGTH_9,),
            id="HEAD tells the length of what it leaves out",
        ),
        pytest.param(
            exchange(payload=b"\x1f\x8b\x08\x00", headers=GZIPPED), GZIPPED, id="content coding stays"
        ),
        pytest.param(exchange(headers=COOKIES), COOKIES, id="repeated fields are kept in order"),
        pytest.param(exchange(headers=GB18030), GB18030, id="bytes that are no UTF-8 survive"),
    ],
)
def test_response_headers(tmp_path: Path, entry: Exchange, expected: Headers) -> None:
    path, (written,) = write(tmp_path, entry)
    stored = load_payload(tmp_path, path.name, written.offset)
    assert stored.headers == only_capture(path).headers == expected
    assert (stored.status, stored.body) == (200, entry.payload)


def test_what_framing_said_is_kept_beside(tmp_path: Path) -> None:
    path, _ = write(tmp_path, exchange(headers=((b"transfer-encoding", b"chunked"),)))
    assert b'"as_received": [["transfer-encoding", "chunked"]]' in gzip.decompress(path.read_bytes())


def test_a_protocol_without_textual_head_is_named_beside(tmp_path: Path) -> None:
    path, _ = write(tmp_path, exchange(protocol="h2"))
    content = gzip.decompress(path.read_bytes())
    assert b"HTTP/1.1 200 \r\n" in content
    assert b'"protocol": "h2"' in content


def test_equal_entries_clock_and_ids_make_equal_bytes(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    contents = []
    for folder in folders:
        folder.mkdir()
        path, _ = write(folder, *EVERY_KIND)
        contents.append((path.name, path.read_bytes()))
    assert contents[0] == contents[1]


def test_warcio_and_our_own_verify_find_no_fault(tmp_path: Path) -> None:
    path, _ = write(tmp_path, *EVERY_KIND)
    assert not warcio_finds_fault(path)
    report = verify_file(path)
    assert report.findings == ()
    assert report.records == len(fields(path))


def test_a_file_is_sealed_by_rename_only_when_closed(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path, clock=fixed_clock)
    written = writer.append(exchange())
    writer.sync()
    assert archive_files(tmp_path) == ()
    assert [path.name for path in open_files(tmp_path)] == [f"{written.warc_file}.open"]
    writer.close()
    assert [path.name for path in archive_files(tmp_path)] == [written.warc_file]
    assert open_files(tmp_path) == ()


def test_nothing_written_leaves_no_file(tmp_path: Path) -> None:
    WarcWriter(tmp_path, clock=fixed_clock).close()
    assert list(tmp_path.iterdir()) == []


def test_files_roll_and_every_pointer_leads_home(tmp_path: Path) -> None:
    payloads = list(page_like_payloads(60))
    with WarcWriter(tmp_path, clock=fixed_clock, roll_bytes=20_000) as writer:
        written = [writer.append(exchange(payload=payload)) for payload in payloads]
    paths = archive_files(tmp_path)
    assert len(paths) > 3
    assert all(path.stat().st_size > 20_000 for path in paths[:-1])
    assert all(verify_file(path).findings == () for path in paths)
    for place, payload in zip(written, payloads, strict=True):
        assert load_payload(tmp_path, place.warc_file, place.offset).body == payload


def test_a_name_that_is_taken_is_never_written_over(tmp_path: Path) -> None:
    for _ in range(3):
        with WarcWriter(tmp_path, clock=fixed_clock) as writer:
            writer.append(exchange())
    sealed, descriptor = create(tmp_path, MOMENT)
    with os.fdopen(descriptor, "rb"):
        assert sealed not in archive_files(tmp_path)
        assert open_name(sealed) in open_files(tmp_path)
    assert [path.name[-13:] for path in archive_files(tmp_path)] == [
        "00000.warc.gz", "00001.warc.gz", "00002.warc.gz",
    ]  # fmt: skip


def test_two_writers_at_once_never_share_a_file(tmp_path: Path) -> None:
    one, two = (WarcWriter(tmp_path, clock=fixed_clock, roll_bytes=3_000) for _ in range(2))
    written = [writer.append(exchange()).warc_file for _ in range(20) for writer in (one, two)]
    one.close()
    two.close()
    assert not set(written[::2]) & set(written[1::2])
    assert all(verify_file(path).findings == () for path in archive_files(tmp_path))


def test_an_entry_that_is_no_json_leaves_the_others_alone(tmp_path: Path) -> None:
    with WarcWriter(tmp_path, clock=fixed_clock) as writer:
        writer.append(exchange())
        with pytest.raises(UnwritableEntry, match="cannot be written as JSON"):
            writer.append(RunEvent("run-1", "start", MOMENT, {"at": dt.date(2026, 1, 1)}))
        writer.append(FAILURE)
    (path,) = archive_files(tmp_path)
    assert [getattr(found, "kind", None) for found in read_archive(path)] == ["response", "failure"]
    assert verify_file(path).findings == ()


FORGERY = "\r\n\r\nWARC/1.1\r\nWARC-Type: response\r\nContent-Length: 0\r\n\r\n\r\n\r\n"


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(exchange(f"http://demo.gongkai.test/{FORGERY}"), id="in the address"),
        pytest.param(exchange(headers=((b"X-Evil", FORGERY.encode()),)), id="in a header value"),
        pytest.param(exchange(headers=((b"X" + FORGERY.encode(), b"1"),)), id="in a header name"),
        pytest.param(exchange(payload=FORGERY.encode()), id="in the payload"),
        pytest.param(exchange(method=f"GET{FORGERY}"), id="in the method"),
        pytest.param(exchange(protocol=f"HTTP/1.1{FORGERY}"), id="in the protocol"),
        pytest.param(dataclasses.replace(exchange(), ip_address=FORGERY), id="in the IP address"),
        pytest.param(
            dataclasses.replace(exchange(), request_headers=((b"A", FORGERY.encode()),)), id="in the request"
        ),
        pytest.param(dataclasses.replace(FAILURE, error=FORGERY), id="in an error"),
        pytest.param(dataclasses.replace(RESOURCE, content_type=FORGERY), id="in a content type"),
        pytest.param(exchange(original=dataclasses.replace(FIRST, url=FORGERY)), id="in what is referred to"),
        pytest.param(exchange("http://[::1"), id="an address that is none"),
        pytest.param(exchange("http://demo.gongkai.test/\ud800"), id="an address with half a character"),
    ],
)  # fmt: skip
def test_hostile_text_forges_no_record(tmp_path: Path, entry: Entry) -> None:
    path, (written,) = write(tmp_path, entry)
    (capture,) = read_archive(path)
    assert isinstance(capture, StoredCapture)
    assert capture.id == written.capture_id
    assert all(record["WARC-Record-ID"] for record in fields(path))
    assert verify_file(path).findings == ()
    assert not warcio_finds_fault(path)


names = st.binary(max_size=12)
values = st.binary(max_size=30)


@settings(deadline=None, max_examples=60)
@given(headers=st.lists(st.tuples(names, values), max_size=6).map(tuple), payload=st.binary(max_size=80))
def test_any_headers_leave_the_payload_and_the_count_alone(
    tmp_path_factory: pytest.TempPathFactory, headers: Headers, payload: bytes
) -> None:
    framing = {b"transfer-encoding", b"content-length"}
    plain = tuple((name, value) for name, value in headers if name.strip().lower() not in framing)
    folder = tmp_path_factory.mktemp("warc")
    path, (written,) = write(folder, exchange(headers=plain, payload=payload))
    stored = load_payload(folder, path.name, written.offset)
    assert stored.body == payload
    assert len(stored.headers) == len(plain)
    assert verify_file(path).findings == ()
    assert not warcio_finds_fault(path)


TOKEN = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGH0123456789-_", min_size=1, max_size=12).map(str.encode)
VALUE = st.binary(max_size=30).map(lambda value: value.translate(None, b"\r\n\x00").strip(b" \t"))


@settings(deadline=None, max_examples=60)
@given(headers=st.lists(st.tuples(TOKEN, VALUE), max_size=6).map(tuple))
def test_lawful_headers_come_back_byte_for_byte(
    tmp_path_factory: pytest.TempPathFactory, headers: Headers
) -> None:
    folder = tmp_path_factory.mktemp("warc")
    path, _ = write(folder, exchange(headers=headers))
    assert only_capture(path).headers == headers


@settings(deadline=None, max_examples=40)
@given(title=st.text(max_size=40), error=st.text(max_size=40), url=st.text(max_size=30))
def test_any_text_in_a_context_comes_back(
    tmp_path_factory: pytest.TempPathFactory, title: str, error: str, url: str
) -> None:
    context = dataclasses.replace(CONTEXT, list_title=title, provenance={"note": error})
    failure = Failure(f"http://a.test/{url}", MOMENT, "GET", "dns", error, context)
    path, _ = write(tmp_path_factory.mktemp("warc"), failure)
    back = only_capture(path)
    assert (back.error, back.context) == (error, context)
    assert back.url.isascii()
