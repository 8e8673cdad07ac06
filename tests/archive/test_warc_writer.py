from __future__ import annotations

import argparse
import datetime as dt
import gzip
import hashlib
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from archive.warc.encode import decode_facts
from archive.warc.entries import (
    IDENTICAL_PAYLOAD,
    NOT_MODIFIED,
    ArchiveError,
    Connection,
    Entry,
    Exchange,
    Failure,
    Headers,
    Lookup,
    Original,
    Resource,
    RunEvent,
    StoredCapture,
    StoredPayload,
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
EVERY_KIND: tuple[Exchange | Failure | Resource | RunEvent, ...] = (
    RunEvent("run-1", "start", MOMENT, {"verb": "crawl", "night": "2026-02-01"}),
    exchange(),
    exchange(original=FIRST),
    exchange(status=304, payload=b"", original=replace(FIRST, profile=NOT_MODIFIED)),
    FAILURE,
    RESOURCE,
    replace(RESOURCE, original=replace(FIRST, url=RESOURCE.url)),
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


def blocks(path: Path) -> list[bytes]:
    with path.open("rb") as file:
        return [record.raw_stream.read() for record in ArchiveIterator(file, no_record_parse=True)]


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
    sha256 = hashlib.sha256(exchange().received.body).hexdigest()
    assert response["WARC-Payload-Digest"] == f"sha256:{sha256}"
    assert written.payload_sha256 == sha256


def test_the_first_record_says_what_is_kept(tmp_path: Path) -> None:
    path, _ = write(tmp_path, exchange())
    first = gzip.decompress(path.read_bytes()).split(b"\r\n\r\n\r\n")[0].decode()
    assert f"WARC-Filename: {path.name}" in first
    names = ("software: gongkai/", "format: WARC File Format 1.1", "conformsTo: ", "robots: obey")
    for said in (*names, "the bytes that were sent and received"):
        assert said in first


@pytest.mark.parametrize("entry", EVERY_KIND, ids=lambda entry: type(entry).__name__)
def test_each_kind_of_entry_comes_back_as_it_went(
    tmp_path: Path, entry: Exchange | Failure | Resource | RunEvent
) -> None:
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
    # The payload of a resource is its block: FastWARC calls a digest of it false.
    assert ("WARC-Payload-Digest" in fields(path)[-1]) == (entry is not RESOURCE and back.status != 304)
    if entry.original is None:
        payload = entry.received.body if isinstance(entry, Exchange) else entry.payload
        assert load_payload(tmp_path, back.warc_file, back.warc_offset).body == payload
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
COOKIES = ((b"set-cookie", b"a=1"), (b"Via", b"x"), (b"Set-Cookie", b"b=2"))
CHUNKED = ((b"transfer-ENCODING", b"chunked"), *HTML)


@pytest.mark.parametrize(
    ("headers", "body", "payload"),
    [
        pytest.param(HTML, b"abc", b"abc", id="no framing"),
        pytest.param(((b"Content-Length", b"3"), *HTML), b"abc", b"abc", id="a length"),
        pytest.param(CHUNKED, b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", b"abc", id="chunks"),
        pytest.param(
            CHUNKED,
            b'003 ; a="' + b"x" * 999 + b'"\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n',
            b"abc",
            id="extensions longer than a line of warcio's, and trailers",
        ),
        pytest.param(CHUNKED, b"4\r\nabc", b"abc", id="a chunk cut off"),
        pytest.param(CHUNKED, b"abc", b"abc", id="joined by whoever kept it"),
        pytest.param(COOKIES, b"abc", b"abc", id="repeated fields"),
        pytest.param(GB18030, b"abc", b"abc", id="bytes that are no UTF-8"),
    ],
)
def test_a_response_is_kept_as_received(
    tmp_path: Path, headers: Headers, body: bytes, payload: bytes
) -> None:
    entry = exchange(headers=headers, payload=body)
    path, (written,) = write(tmp_path, entry)
    stored = load_payload(tmp_path, path.name, written.offset)
    assert stored == entry.received == StoredPayload(200, headers, payload)
    assert blocks(path)[-1] == entry.response
    assert only_capture(path).payload_sha256 == written.payload_sha256 == hashlib.sha256(payload).hexdigest()
    assert ("WARC-Payload-Digest" in fields(path)[-1]) == (headers is not CHUNKED)


def test_interim_responses_stand_beside_the_final_one(tmp_path: Path) -> None:
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\nlink: </\xe5.css>\n\n"
    final = exchange()
    path, _ = write(tmp_path, replace(final, response=interim + final.response))
    assert blocks(path)[-1] == final.response
    said = decode_facts(blocks(path)[1])
    assert said is not None
    assert said["interim"].encode("latin-1") == interim


def test_over_what_an_answer_came(tmp_path: Path) -> None:
    way = Connection("::1", "TLSv1.3", "TLS_AES_256_GCM_SHA384", ("ab" * 32,))
    path, _ = write(tmp_path, replace(exchange(), connection=way))
    content = gzip.decompress(path.read_bytes())
    named = (b"WARC-IP-Address: ::1", b"WARC-Protocol: http/1.1", b"WARC-Protocol: tls/1.3")
    for field in (*named, b"WARC-Cipher-Suite: TLS_AES_256_GCM_SHA384"):
        assert b"\r\n%s\r\n" % field in content
    said = decode_facts(blocks(path)[1])
    assert said is not None
    assert said["tls"]["certificates"] == ["ab" * 32]


def test_what_a_name_led_to_is_no_capture(tmp_path: Path) -> None:
    path, _ = write(tmp_path, Lookup("www.hexi.gov.cn", MOMENT, ("8.8.8.8", "2400:3200::1", "10.0.0.1")))
    _, ipv4, ipv6 = fields(path)
    assert (ipv4["WARC-Type"], ipv4["WARC-Target-URI"]) == ("resource", "dns:www.hexi.gov.cn")
    assert (ipv6["Content-Type"], ipv6["WARC-Target-URI"]) == ("text/dns", "dns:www.hexi.gov.cn?type=AAAA")
    name = b"www.hexi.gov.cn.\tIN\t"
    assert blocks(path)[1:] == [
        name + b"A\t8.8.8.8\r\n" + name + b"A\t10.0.0.1\r\n",
        name + b"AAAA\t2400:3200::1\r\n",
    ]
    assert list(read_archive(path)) == []
    assert verify_file(path).findings == ()
    assert not warcio_finds_fault(path)


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
    sealed, descriptor = create(tmp_path, MOMENT, "host")
    with os.fdopen(descriptor, "rb"):
        assert sealed not in archive_files(tmp_path)
        assert open_name(sealed) in open_files(tmp_path)
    assert [path.name.split("-")[2] for path in archive_files(tmp_path)] == [
        "00000", "00001", "00002",
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
        pytest.param(replace(exchange(), connection=Connection(FORGERY)), id="in the IP address"),
        pytest.param(
            replace(exchange(), request=b"GET /" + FORGERY.encode()), id="in the request"
        ),
        pytest.param(
            replace(exchange(), response=b"HTTP/1.1 200 " + FORGERY.encode()), id="in a reason"
        ),
        pytest.param(replace(FAILURE, error=FORGERY), id="in an error"),
        pytest.param(replace(RESOURCE, content_type=FORGERY), id="in a content type"),
        pytest.param(exchange(original=replace(FIRST, url=FORGERY)), id="in what is referred to"),
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


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.sampled_from((b"HTTP/1.1 100 ", b"\r\n", b"\n", b"Transfer-Encoding: chunked", b"5"))
        | st.binary(max_size=9)
    )
)
def test_any_bytes_are_kept_as_received(tmp_path_factory: pytest.TempPathFactory, parts: list[bytes]) -> None:
    folder = tmp_path_factory.mktemp("warc")
    entry = replace(exchange(), response=b"".join((*parts, b"HTTP/1.1 200 OK\r\n", *parts)))
    path, (written,) = write(folder, entry)
    said = decode_facts(blocks(path)[1])
    assert said is not None
    assert said.get("interim", "").encode("latin-1") + blocks(path)[-1] == entry.response
    assert load_payload(folder, path.name, written.offset) == entry.received
    assert verify_file(path).findings == ()


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
    assert not warcio_finds_fault(path)


@settings(deadline=None, max_examples=40)
@given(title=st.text(max_size=40), error=st.text(max_size=40), url=st.text(max_size=30))
def test_any_text_in_a_context_comes_back(
    tmp_path_factory: pytest.TempPathFactory, title: str, error: str, url: str
) -> None:
    context = replace(CONTEXT, list_title=title, provenance={"note": error})
    failure = Failure(f"http://a.test/{url}", MOMENT, "GET", "dns", error, context)
    path, _ = write(tmp_path_factory.mktemp("warc"), failure)
    back = only_capture(path)
    assert (back.error, back.context) == (error, context)
    assert back.url.isascii()
