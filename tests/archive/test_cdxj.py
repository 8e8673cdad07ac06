"""The index of pages beside each WARC file: what is in it, under which keys, and that no kill prevents it."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from archive.warc.cdxj import body_query, index_lines, url_key
from archive.warc.entries import IDENTICAL_PAYLOAD, NOT_MODIFIED, Failure, Original, RunEvent
from archive.warc.files import INDEXES, archive_files, complete_indexes, repair, seal
from archive.warc.reader import read_archive
from archive.warc.record_index import index_path
from archive.warc.walk import open_warc, walk
from archive.warc.writer import WarcWriter
from tests.archive.samples import CONTEXT, MOMENT, counted_ids, exchange, fixed_clock

if TYPE_CHECKING:
    from archive.warc.entries import Entry

OF_BEFORE = Path(__file__).parent / "fixtures" / "json_facts.warc.gz"
"""Written when our metadata records were `application/json`."""

KEYS = {
    "host reversed, scheme left out": ("http://demo.gongkai.test/a.html", "test,gongkai,demo)/a.html"),
    "https is http": ("https://demo.gongkai.test/a.html", "test,gongkai,demo)/a.html"),
    "www and its number": ("http://www2.Gov.CN/", "cn,gov)/"),
    "www within": ("http://english.www.gov.cn/", "cn,gov,www,english)/"),
    "www at the end of a word": ("http://awww.gov.cn/", "cn,gov,awww)/"),
    "default port": ("https://gov.cn:443/", "cn,gov)/"),
    "other port": ("http://127.0.0.1:8080/x", "1,0,0,127:8080)/x"),
    "no path": ("http://gov.cn?b", "cn,gov)/?b"),
    "letter case": ("http://gov.cn/A/B.HTML?Q=C", "cn,gov)/a/b.html?q=c"),
    "fields in order": ("http://gov.cn/?b=1&a=2&a=1&a", "cn,gov)/?a&a=1&a=2&b=1"),
    "session": (f"http://gov.cn/?a=1&jsessionid={'0' * 32}&b", "cn,gov)/?a=1&b"),
    "ASP.NET session": (f"http://gov.cn/x/(S({'a' * 24}))/y.aspx", "cn,gov)/x/y.aspx"),
    "dots and double slashes": ("http://gov.cn//a/./b/../c//", "cn,gov)/a/c"),
    "escapes of escapes": ("http://gov.cn/%2541%2520b", "cn,gov)/a%20b"),
    "Chinese": ("http://gov.cn/公开?类=年报", "cn,gov)/%e5%85%ac%e5%bc%80?%e7%b1%bb=%e5%b9%b4%e6%8a%a5"),
    "Chinese host": ("http://公开.cn/", "cn,xn--55qw44a)/"),
    "user and fragment": ("http://u:p@gov.cn/a#b", "cn,gov)/a"),
    "imported file": ("file:///0123456789ab/A.pdf", "file:/0123456789ab/a.pdf"),
    "no address": ("http://[", "http://["),
}
BODIES = {
    "form": ("application/x-www-form-urlencoded; charset=UTF-8", b"a=1+2&b=%E5%85%AC", "a=1 2&b=公"),
    "form that is no text": ("application/x-www-form-urlencoded", b"\xff", "__wb_post_data=/w=="),
    "JSON": ("application/json", b'{"a": {"b": [1, true, 2.0]}, "c": null}', "b=1&b.2_=true&b.3_=2&c=null"),
    "no JSON": ("application/json", b"{", ""),
    "JSON as text": ("text/plain", b'{"a": "x"}', "a=x"),
    "text": ("text/plain", b"x", "__wb_post_data=eA=="),
    "nothing": ("", b"", ""),
    "parts": (
        "multipart/form-data; boundary=XX",
        (
            b'--XX\r\nContent-Disposition: form-data; name="a b"\r\n\r\n1\r\n2\r\n'
            b'--XX\r\nContent-Disposition: form-data; name="\xe5\x85\xac"; filename="x.bin"\r\n'
            b"Content-Type: application/octet-stream\r\n\r\n\x00\xff\r\x85\n\x0b\r\n--XX--\r\n"
        ),
        "a+b=1%0D%0A2&%E5%85%AC=%00%FF%0D%85%0A%0B",
    ),
    "parts without a boundary": ("multipart/form-data", b"x", "__wb_post_data=eA=="),
    "parts that contradict themselves": (
        "multipart/form-data; boundary=XX",
        b"--XX\r\nContent-Disposition: form-data; name*1=a; name*=b\r\n\r\n1\r\n--XX--",
        "__wb_post_data=LS1YWA0KQ29udGVudC1EaXNwb3NpdGlvbjogZm9ybS1kYXRhOyBuYW1lKjE9YTsgbmFtZSo9Yg0KDQoxDQotLVhYLS0=",
    ),
}


@pytest.mark.parametrize(("url", "key"), KEYS.values(), ids=KEYS)
def test_the_key_is_the_one_that_players_look_up(url: str, key: str) -> None:
    assert url_key(url) == key


@pytest.mark.parametrize(("kind", "body", "query"), BODIES.values(), ids=BODIES)
def test_what_was_sent_is_part_of_the_key(kind: str, body: bytes, query: str) -> None:
    assert body_query(kind, body) == query


def facts_of(path: Path) -> list[tuple[str, str, dict[str, str]]]:
    lines = index_lines(path)
    assert lines == sorted(lines)
    return [
        (key, stamp, json.loads(said)) for key, stamp, said in (line.decode().split(" ", 2) for line in lines)
    ]


def written(folder: Path, *entries: Entry) -> Path:
    with WarcWriter(folder, clock=fixed_clock, new_id=counted_ids()) as writer:
        for entry in entries:
            writer.append(entry)
    return archive_files(folder)[-1]


def a_night(folder: Path) -> Path:
    page = exchange()
    original = Original("urn:uuid:00000000-0000-0000-0000-000000000003", page.url, MOMENT, IDENTICAL_PAYLOAD)
    later = MOMENT + dt.timedelta(hours=1)
    return written(
        folder,
        RunEvent("run", "start", MOMENT, {"verb": "crawl"}),
        page,
        replace(page, fetched_at=later, original=original),
        exchange(status=304, payload=b"", original=replace(original, profile=NOT_MODIFIED)),
        Failure("http://demo.gongkai.test/gone", MOMENT, "GET", "timeout", "no answer", CONTEXT),
    )


def test_only_pages_are_in_the_index(tmp_path: Path) -> None:
    path = a_night(tmp_path)
    assert [(key, stamp, said["mime"]) for key, stamp, said in facts_of(path)] == [
        ("test,gongkai,demo)/art/1.html", "20260131190000", "text/html"),
        ("test,gongkai,demo)/art/1.html", "20260131200000", "warc/revisit"),
    ]  # fmt: skip
    records = {int(said["offset"]): said for _, _, said in facts_of(path)}
    with open_warc(path) as file:
        for record in walk(file, path.name):
            if said := records.pop(record.offset, None):
                assert (said["filename"], said["length"]) == (path.name, str(record.finish()))
    assert not records


def test_what_is_ours_alone_is_of_a_type_that_indexers_leave_out(tmp_path: Path) -> None:
    path = a_night(tmp_path)
    with open_warc(path) as file:
        types = {
            record.field("Content-Type")
            for record in walk(file, path.name)
            if record.field("WARC-Type") == "metadata"
        }
    assert types == {"application/warc-fields"}


def test_an_archive_of_before_is_read_and_indexed_like_one_of_today() -> None:
    found = list(read_archive(OF_BEFORE))
    assert len(found) == 13
    assert all(getattr(one, "context", CONTEXT) is not None for one in found)
    assert [(key.partition(")")[2] or key, said["status"]) for key, _, said in facts_of(OF_BEFORE)] == [
        ("file:/fb592bccd7aa/report.pdf", "-"),
        ("/", "200"),
        ("/api/list?__wb_method=post&page=1&size=20", "200"),
        ("/api/list?__wb_method=post&page=2&size=20", "200"),
        ("/art/1.html", "200"),
        ("/art/1.html", "200"),
        ("/art/1.html?from=list", "200"),
        ("/missing.html", "404"),
        ("/old/1.html", "302"),
    ]


def test_a_sealed_file_has_its_index_beside_it(tmp_path: Path) -> None:
    path = a_night(tmp_path)
    assert index_path(path, ".cdxj").read_bytes() == b"".join(index_lines(path))


def test_repair_writes_the_indexes_that_are_missing(tmp_path: Path) -> None:
    shutil.copy(OF_BEFORE, tmp_path / "before.warc.gz")
    path = a_night(tmp_path)
    expected = {suffix: index_path(path, suffix).read_bytes() for suffix in INDEXES}
    for suffix in INDEXES:
        index_path(path, suffix).unlink()
        # As a kill while it was written leaves it.
        index_path(path, suffix).with_name(f".making-{path.stem}").write_bytes(b"half")
    repair(tmp_path)
    assert {suffix: index_path(path, suffix).read_bytes() for suffix in INDEXES} == expected
    assert (tmp_path / "before.cdxj").stat().st_size


def test_behind_damage_the_index_goes_on(tmp_path: Path) -> None:
    shutil.copy(OF_BEFORE, tmp_path)
    path = tmp_path / OF_BEFORE.name
    complete_indexes(tmp_path)
    lines = index_path(path, ".cdxj").read_bytes().splitlines(keepends=True)
    index_path(path, ".cdxj").unlink()
    struck = json.loads(lines[4][lines[4].index(b"{") :])
    content = bytearray(path.read_bytes())
    content[int(struck["offset"]) + int(struck["length"]) // 2] ^= 1
    path.write_bytes(content)
    complete_indexes(tmp_path)
    assert index_path(path, ".cdxj").read_bytes() == b"".join(lines[:4] + lines[5:])


def test_an_index_is_never_written_over(tmp_path: Path) -> None:
    path = a_night(tmp_path)
    index_path(path, ".cdxj").write_bytes(b"kept")
    opened = path.rename(path.with_name(path.name + ".open"))
    assert seal(opened) == path
    assert index_path(path, ".cdxj").read_bytes() == b"kept"


def test_a_path_of_nothing_but_brackets_takes_no_time() -> None:
    begun = time.process_time()
    assert url_key("http://other.test/" + "(/" * 20_000).startswith("test,other)/(")
    assert time.process_time() - begun < 2
