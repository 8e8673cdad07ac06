from __future__ import annotations

import base64
import datetime as dt
import gzip
import hashlib
import time
import tracemalloc
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.warc.cdxj import index_lines
from archive.warc.damage import verify_pointers
from archive.warc.entries import IDENTICAL_PAYLOAD, ArchiveError, StoredCapture, TornRecord, Written
from archive.warc.files import archive_files
from archive.warc.reader import load_payload, read_archive
from archive.warc.record_parts import begin_digest, find_digest_fault, stated_sha256
from archive.warc.verification import verify_file
from archive.warc.walk import open_warc, walk
from archive.warc.writer import WarcWriter
from tests.archive.foreign import build_record
from tests.archive.samples import counted_ids, exchange, fixed_clock

if TYPE_CHECKING:
    from pathlib import Path

    from archive.warc.record_index import Damage

URL = "http://other.test/page"
BODY = b"<p>kept by another archiver</p>"
DATE = "2025-05-06T07:08:09Z"
WHEN = dt.datetime(2025, 5, 6, 7, 8, 9, tzinfo=dt.UTC)


def by_warcio(path: Path, *, version: str, compressed: bool) -> None:
    """Write a response and a revisit of it as warcio does: no context, SHA-1 in base 32, no Refers-To."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=compressed, warc_version=version)
        dated = {"WARC-Date": DATE}
        head = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
        writer.write_record(writer.create_warcinfo_record(path.name, {"software": "another"}))
        response = writer.create_warc_record(
            URL,
            "response",
            payload=BytesIO(BODY),
            length=len(BODY),
            http_headers=head,
            warc_headers_dict=dated,
        )
        writer.write_record(response)
        digest = response.rec_headers.get_header("WARC-Payload-Digest")
        later = {"WARC-Date": "2025-05-07T07:08:09Z"}
        revisit = writer.create_revisit_record(URL, digest, URL, DATE, head, later)
        writer.write_record(revisit)


@pytest.mark.parametrize("version", ["WARC/1.0", "WARC/1.1"])
@pytest.mark.parametrize("name", ["other.warc.gz", "other.warc"])
def test_what_warcio_writes_is_read(tmp_path: Path, version: str, name: str) -> None:
    path = tmp_path / name
    by_warcio(path, version=version, compressed=name.endswith(".gz"))
    response, revisit = read_archive(path)
    assert isinstance(response, StoredCapture)
    assert isinstance(revisit, StoredCapture)
    assert (response.url, response.fetched_at, response.status, response.context) == (URL, WHEN, 200, None)
    assert response.payload_sha256 == hashlib.sha256(BODY).hexdigest()
    assert load_payload(tmp_path, name, response.warc_offset).body == BODY
    assert revisit.payload_sha256 is None
    assert revisit.original is not None
    assert (revisit.original.capture_id, revisit.original.fetched_at) == (response.id, WHEN)
    assert verify_file(path).findings == ()
    assert archive_files(tmp_path) == (path,)
    places = [
        Written(c.id, c.warc_file, c.warc_offset, c.warc_length, c.payload_sha256)
        for c in (response, revisit)
    ]
    assert list(verify_pointers(tmp_path, places)) == []


IN_CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n7\r\n second\r\n0\r\n\r\n"
WGET = (
    f"WARC-Record-ID: <urn:uuid:{'1' * 8}>",
    f"WARC-Target-URI: <{URL}>",
    f"WARC-Date: {DATE}",
    "Content-Type: application/http;msgtype=response",
)


def test_chunks_and_brackets_as_wget_leaves_them(tmp_path: Path) -> None:
    path = tmp_path / "wget.warc.gz"
    path.write_bytes(build_record("response", IN_CHUNKS, *WGET))
    (capture,) = read_archive(path)
    assert isinstance(capture, StoredCapture)
    assert capture.url == URL
    stored = load_payload(tmp_path, path.name, 0)
    assert stored.body == b"first second"
    assert capture.payload_sha256 == hashlib.sha256(stored.body).hexdigest()


@pytest.mark.parametrize(
    ("block", "status", "headers"),
    [
        pytest.param(b"HTTP/1.1 404 \r\n\r\n", 404, (), id="no fields"),
        pytest.param(b"HTTP/1.0 200 OK\nA: 1\n\nx", 200, ((b"A", b"1"),), id="bare line feeds"),
        pytest.param(b"HTTP/1.1 200 OK\r\nA: 1\r\n 2\r\n\r\n", 200, ((b"A", b"1 2"),), id="a folded value"),
        pytest.param(b"HTTP/2 200\r\nA:1\r\n\r\n", 200, ((b"A", b"1"),), id="HTTP/2 without blank"),
        pytest.param(b"no head at all", None, (), id="no head at all"),
        pytest.param(b"", None, ((b"Content-Type", b"application/http;msgtype=response"),), id="no block"),
    ],
)
def test_heads_of_other_archivers(
    tmp_path: Path, block: bytes, status: int | None, headers: tuple[tuple[bytes, bytes], ...]
) -> None:
    path = tmp_path / "heads.warc.gz"
    path.write_bytes(build_record("response", block, *WGET))
    (capture,) = read_archive(path)
    assert isinstance(capture, StoredCapture)
    assert (capture.status, capture.headers) == (status, headers)


def test_a_revisit_of_what_no_file_holds_names_address_and_date(tmp_path: Path) -> None:
    path = tmp_path / "later.warc.gz"
    path.write_bytes(build_record("revisit", b"", *WGET, f"WARC-Refers-To-Date: {DATE}"))
    (capture,) = read_archive(path)
    assert isinstance(capture, StoredCapture)
    assert capture.original is not None
    assert (capture.original.capture_id, capture.original.url) == ("", URL)
    assert capture.original.profile == IDENTICAL_PAYLOAD


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("2025-05-06T07:08:09Z", WHEN),
        ("2025-05-06T07:08:09.123456789Z", WHEN.replace(microsecond=123456)),
        ("2025-05-06T07:08Z", WHEN.replace(second=0)),
        ("2025-05-06T15:08:09+08:00", WHEN),
    ],
    ids=["WARC 1.0", "nanoseconds", "a minute", "another offset"],
)
def test_dates(tmp_path: Path, date: str, expected: dt.datetime) -> None:
    path = tmp_path / "dated.warc.gz"
    path.write_bytes(build_record("response", IN_CHUNKS, *(line.replace(DATE, date) for line in WGET)))
    (capture,) = read_archive(path)
    assert isinstance(capture, StoredCapture)
    assert capture.fetched_at == expected


@pytest.mark.parametrize("date", ["2025-05-06", "2025-05", "2025"])
def test_a_date_without_a_time_is_no_instant_and_costs_its_capture_alone(tmp_path: Path, date: str) -> None:
    path = tmp_path / "dated.warc.gz"
    path.write_bytes(
        build_record("response", IN_CHUNKS, *(line.replace(DATE, date) for line in WGET))
        + build_record("response", IN_CHUNKS, *WGET)
    )
    damage: list[Damage] = []
    (capture,) = read_archive(path, on_damage=damage.append)
    assert isinstance(capture, StoredCapture)
    assert capture.fetched_at == WHEN
    assert [(it.offset, it.problem) for it in damage] == [(0, f"WARC-Date is no instant: {date}")]
    with pytest.raises(TornRecord, match=rf"byte 0: WARC-Date is no instant: {date}\."):
        list(read_archive(path))


@pytest.mark.parametrize("missing", ["WARC-Record-ID", "WARC-Target-URI", "WARC-Date"])
def test_a_capture_without_identity_is_an_error_with_its_place(tmp_path: Path, missing: str) -> None:
    path = tmp_path / "bare.warc.gz"
    path.write_bytes(
        build_record("response", IN_CHUNKS, *(line for line in WGET if not line.startswith(missing)))
    )
    with pytest.raises(TornRecord, match=rf"bare\.warc\.gz, byte 0: the record has no {missing}"):
        list(read_archive(path))


def test_several_records_in_one_member_are_refused_with_a_way_out(tmp_path: Path) -> None:
    path = tmp_path / "solid.warc.gz"
    one = gzip.decompress(build_record("response", IN_CHUNKS, *WGET))
    path.write_bytes(gzip.compress(one * 3))
    with pytest.raises(ArchiveError, match="warcio recompress"):
        list(read_archive(path))
    (finding,) = verify_file(path).findings
    assert finding.problem.startswith("several records share one gzip member")


@pytest.mark.parametrize("address", ["dns:www.test", "<dns:www.test>"])
def test_what_a_name_led_to_is_neither_a_capture_nor_in_the_index_of_pages(
    tmp_path: Path, address: str
) -> None:
    path = tmp_path / "named.warc.gz"
    lookup = (WGET[0], f"WARC-Target-URI: {address}", WGET[2], "Content-Type: text/dns")
    path.write_bytes(build_record("resource", b"www.test. IN A 192.0.2.1", *lookup))
    assert list(read_archive(path)) == []
    assert index_lines(path) == []


@pytest.mark.parametrize("metadata", [b"outlinks: http://a.test/", b'{"pages": 1}', b"[1]", b"\xff"])
def test_metadata_of_other_archivers_is_passed_over(tmp_path: Path, metadata: bytes) -> None:
    path = tmp_path / "pages.warc.gz"
    said = build_record("metadata", metadata, *WGET[:3], "Content-Type: application/json")
    path.write_bytes(said + build_record("response", IN_CHUNKS, *WGET))
    assert [getattr(found, "kind", "") for found in read_archive(path)] == ["response"]


def test_a_group_without_its_capture_yields_nothing_and_lends_its_context_to_nobody(tmp_path: Path) -> None:
    with WarcWriter(tmp_path, clock=fixed_clock, new_id=counted_ids()) as writer:
        first, second = writer.append(exchange()), writer.append(exchange())
    path = tmp_path / first.warc_file
    whole = path.read_bytes()
    path.write_bytes(whole[: first.offset])
    assert list(read_archive(path)) == []
    path.write_bytes(whole[: first.offset] + whole[second.offset :])
    (orphan,) = read_archive(path)
    assert isinstance(orphan, StoredCapture)
    assert (orphan.id, orphan.context) == (second.capture_id, None)


def test_memory_stays_flat_however_large_a_body_is(tmp_path: Path) -> None:
    with WarcWriter(tmp_path, clock=fixed_clock) as writer:
        place = writer.append(exchange(payload=bytes(40_000_000)))
    path = tmp_path / place.warc_file
    tracemalloc.start()
    try:
        assert len(list(read_archive(path))) == 1
        assert verify_file(path).findings == ()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3_000_000


def test_a_head_without_an_end_takes_time_in_proportion(tmp_path: Path) -> None:
    path = tmp_path / "endless.warc.gz"
    path.write_bytes(build_record("response", b"HTTP/1.1 200 OK\r\nA: " + b"x" * 5_000_000, *WGET))
    begun = time.process_time()
    (capture,) = read_archive(path)
    assert time.process_time() - begun < 5
    assert isinstance(capture, StoredCapture)
    assert capture.status == 200


@pytest.mark.parametrize("fill", range(8188, 8196))
def test_the_end_of_a_head_is_found_wherever_it_is_cut(tmp_path: Path, fill: int) -> None:
    path = tmp_path / "long.warc"
    head = b"HTTP/1.1 200 OK\r\nA: "
    block = head + b"x" * (fill - len(head)) + b"\r\n\r\nbody"
    path.write_bytes(gzip.decompress(build_record("response", block, *WGET)))
    assert load_payload(tmp_path, path.name, 0).body == b"body"


def test_a_missing_file_and_a_wrong_offset_are_named(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="the WARC file is missing"):
        load_payload(tmp_path, "gone.warc.gz", 0)
    with WarcWriter(tmp_path, clock=fixed_clock) as writer:
        place = writer.append(exchange())
    with pytest.raises(TornRecord, match=f"byte {place.offset + 3}"):
        load_payload(tmp_path, place.warc_file, place.offset + 3)
    with pytest.raises(ArchiveError, match="no payload is kept here: warcinfo"):
        load_payload(tmp_path, place.warc_file, 0)


def test_plain_files_torn_in_a_record_are_torn(tmp_path: Path) -> None:
    path = tmp_path / "plain.warc"
    one = gzip.decompress(build_record("response", IN_CHUNKS, *WGET))
    path.write_bytes(one + one[:-10])
    with open_warc(path) as file, pytest.raises(TornRecord) as torn:
        list(walk(file, path.name))
    assert torn.value.offset == len(one)


SHA1 = hashlib.sha1(b"x", usedforsecurity=False).digest()
BASE32, BASE64 = base64.b32encode(SHA1).decode(), base64.b64encode(SHA1).decode()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param(f"sha1:{SHA1.hex()}", None, id="base 16"),
        pytest.param(f"sha-1: {SHA1.hex().upper()}", None, id="another spelling"),
        pytest.param(f"sha1:{BASE32}", None, id="base 32"),
        pytest.param(f"SHA1:{BASE32.lower()}", None, id="base 32 in small letters"),
        pytest.param(f"sha1:{BASE64}", None, id="base 64"),
        pytest.param(f"sha1:{BASE64.rstrip('=').replace('/', '_')}", None, id="base 64 as in addresses"),
        pytest.param(f"sha1:{BASE64.swapcase()}", "not that", id="base 64 in other letters"),
        pytest.param("sha1:CH3K2ZLRGKFDPY3OCAQBSPYWSRPFTGPG", "not that", id="base 32 of another text"),
        pytest.param("sha1:abc", "not that", id="too short"),
        pytest.param("xxh64:0123456789abcdef", "no kind", id="not known"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_digests(text: str, fault: str | None) -> None:
    digest = begin_digest(text)
    if digest:
        digest.update(b"x")
    found = find_digest_fault(text, digest)
    assert found is None if fault is None else found and fault in found


def test_a_sha256_is_taken_as_it_is_stated_in_base_16() -> None:
    assert stated_sha256(f"sha-256:{'AB' * 32}") == "ab" * 32
    assert stated_sha256(f"sha256:{'ab' * 31}") is None
    assert stated_sha256(None) is None
