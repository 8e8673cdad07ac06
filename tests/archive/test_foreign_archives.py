"""Archives of others: taken as they are, once, with who gave them; never believed, never an event of ours."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import itertools
import json
import os
import shutil
import zipfile
from contextlib import closing
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive import foreign_archives
from archive.clock import clock_from
from archive.corpus.facts import load_facts, store_facts
from archive.corpus.store import create_corpus
from archive.corpus.versions import store_version
from archive.data_folder import DataDir
from archive.derivation import DeriveOptions, derive, rebuild
from archive.foreign_archives import ImportThresholds
from archive.frontier.recovery import rebuild_frontier
from archive.frontier.state import Frontier
from archive.importing import ImportReport, Provenance, import_files
from archive.publish.copy import publish
from archive.warc.entries import Role, StoredCapture, statement_name
from archive.warc.files import archive_files
from archive.warc.reader import load_payload, read_archive
from gongkai.cli.inspecting import verify_data
from tests.archive.evidence import PORTAL, Answer, Evidence, page
from tests.archive.foreign import HTML, build_record, write_wacz, write_warc
from tests.archive.histories import ReaderHere
from tests.archive.stating import facts_of, reading_of
from tests.e2e.conftest import ignore_progress
from tests.e2e.content import all_hashes, rows
from tests.warm import run_gongkai

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

CLOCK = clock_from("2026-02-05T03:00:00+08:00")
URL = "http://www.testville.example/nb/2024.html"
DATE = "2019-05-06T07:08:09Z"
REPORT = page("试城市人民政府2024年政府信息公开工作年度报告", "一、总体情况", "全年公开信息120条。")
FORGED = page("试城市人民政府2024年政府信息公开工作年度报告", "一、总体情况", "全年公开信息999条。")
GIVEN = Provenance(obtained_by="张三", note="硬盘")
OPTIONS = DeriveOptions(reader=ReaderHere())


def take(
    data: DataDir, *paths: Path, provenance: Provenance = GIVEN, run_id: str = "import-1"
) -> ImportReport:
    return import_files(paths, data=data, clock=CLOCK, run_id=run_id, provenance=provenance)


def foreign_files(data: DataDir) -> list[Path]:
    return [path for path in archive_files(data.warc) if path.name.startswith("foreign-")]


def captures_in(data: DataDir) -> list[StoredCapture]:
    found = itertools.chain.from_iterable(map(read_archive, foreign_files(data)))
    return [item for item in found if isinstance(item, StoredCapture)]


def findings(data: DataDir) -> list[str]:
    return [finding.problem for finding in verify_data(data, progress=ignore_progress).findings]


def damaged_files(data: DataDir) -> set[str]:
    return {finding.file for finding in verify_data(data, progress=ignore_progress).findings}


def in_chunks(body: bytes) -> bytes:
    return (
        b"5\r\n" + body[:5] + b"\r\n" + f"{len(body) - 5:x};part=2\r\n".encode() + body[5:] + b"\r\n0\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("name", "body", "options"),
    [
        pytest.param("handed.warc.gz", REPORT, {}, id="as it is"),
        pytest.param("handed.warc", REPORT, {"version": "WARC/1.1"}, id="WARC 1.1, plain"),
        pytest.param("no name at all", REPORT, {"protocol": "HTTP/1.0"}, id="HTTP/1.0, without a name"),
        pytest.param(
            "a.warc.gz",
            in_chunks(REPORT),
            {"headers": (HTML, ("Transfer-Encoding", "chunked"))},
            id="in chunks",
        ),
        pytest.param(
            "a.warc", gzip.compress(REPORT), {"headers": (HTML, ("Content-Encoding", "gzip"))}, id="gzip"
        ),
    ],
)
def test_what_others_archived_is_taken_as_it_is(
    tmp_path: Path, name: str, body: bytes, options: dict[str, Any]
) -> None:
    handed = write_warc(tmp_path / name, [(URL, body, DATE)], **options)
    data = DataDir(tmp_path / "data")
    report = take(data, handed)
    (file,) = foreign_files(data)
    assert report.imported == [file.name]
    assert file.read_bytes() == handed.read_bytes()
    (capture,) = captures_in(data)
    assert (capture.url, capture.fetched_at.isoformat(), capture.status) == (
        URL,
        "2019-05-06T07:08:09+00:00",
        200,
    )
    assert capture.context is not None
    assert (capture.context.run_id, capture.context.provenance) == (
        "",
        {"source_name": name, "obtained_by": "张三", "note": "硬盘", "run_id": "import-1"},
    )
    derive(data, OPTIONS)
    ((text, provenance),) = rows(
        data.corpus_db,
        "SELECT v.text, c.provenance FROM versions AS v JOIN captures AS c ON c.id = v.capture_id",
    )
    assert "全年公开信息120条" in text
    assert json.loads(provenance)["obtained_by"] == "张三"
    assert findings(data) == []
    before = {path.name: path.read_bytes() for path in data.warc.iterdir()}
    assert take(data, handed, run_id="import-2").held == [name]
    assert {path.name: path.read_bytes() for path in data.warc.iterdir()} == before


def test_revisits_resources_and_what_is_no_page(tmp_path: Path) -> None:
    handed = tmp_path / "handed.warc.gz"
    with handed.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        head = StatusAndHeaders("200 OK", [HTML], protocol="HTTP/1.1")
        dated = {"WARC-Date": DATE}
        first = writer.create_warc_record(
            URL,
            "response",
            payload=BytesIO(REPORT),
            length=len(REPORT),
            http_headers=head,
            warc_headers_dict=dated,
        )
        request = writer.create_warc_record(
            URL,
            "request",
            http_headers=StatusAndHeaders(
                "GET /nb/2024.html HTTP/1.1", [("Host", "x")], is_http_request=True
            ),
            warc_headers_dict={"WARC-Concurrent-To": first.rec_headers.get_header("WARC-Record-ID")},
        )
        digest = first.rec_headers.get_header("WARC-Payload-Digest")
        later = {"WARC-Date": "2020-05-06T07:08:09Z"}
        revisit = writer.create_revisit_record(URL, digest, URL, DATE, head, later)
        css = StatusAndHeaders("200 OK", [("Content-Type", "text/css")], protocol="HTTP/1.1")
        records = [
            first,
            request,
            revisit,
            writer.create_warc_record(
                f"{URL}.css", "response", payload=BytesIO(b"p {}"), length=4, http_headers=css
            ),
            writer.create_warc_record(
                "https://www.testville.example/nb/2023.html",
                "resource",
                payload=BytesIO(REPORT.replace(b"2024", b"2023")),
                length=len(REPORT),
                warc_content_type="text/html",
            ),
            writer.create_warc_record(
                "dns:www.testville.example",
                "response",
                payload=BytesIO(b"x"),
                length=1,
                warc_content_type="text/dns",
            ),
            writer.create_warc_record(
                URL,
                "metadata",
                payload=BytesIO(b"via: x\r\n"),
                length=8,
                warc_content_type="application/warc-fields",
            ),
        ]
        for record in records:
            writer.write_record(record)
    data = DataDir(tmp_path / "data")
    take(data, handed)
    derive(data, OPTIONS)
    assert [capture.kind for capture in captures_in(data)] == [
        "response",
        "revisit",
        "response",
        "resource",
    ]
    assert rows(data.corpus_db, "SELECT url, date(first_seen) FROM documents ORDER BY url") == [
        (URL, "2019-05-06"),
        ("https://www.testville.example/nb/2023.html", dt.datetime.now(dt.UTC).date().isoformat()),
    ]
    assert rows(data.corpus_db, "SELECT date(last_seen) FROM documents WHERE url = ?", URL) == [
        ("2020-05-06",)
    ]
    assert rows(data.corpus_db, "SELECT outcome FROM captures WHERE record_type = 'revisit'") == [
        ("not_modified",)
    ]
    assert findings(data) == []


@pytest.mark.parametrize("field", ["WARC-Truncated: length", "WARC-Segment-Number: 1"])
def test_a_part_of_what_was_sent_is_no_document(tmp_path: Path, field: str) -> None:
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + REPORT[:-40]
    handed = tmp_path / "handed.warc.gz"
    fields = ("WARC-Record-ID: <urn:uuid:1>", f"WARC-Target-URI: {URL}", f"WARC-Date: {DATE}")
    handed.write_bytes(build_record("response", block, *fields, "Content-Type: application/http", field))
    data = DataDir(tmp_path / "data")
    assert len(take(data, handed).imported) == 1
    derive(data, OPTIONS)
    assert rows(data.corpus_db, "SELECT outcome, error FROM captures") == [
        ("unexpected", f"whoever archived it kept a part of it here: {field.partition(':')[0]}")
    ]
    assert rows(data.corpus_db, "SELECT count(*) FROM versions") == [(0,)]
    assert findings(data) == []


@pytest.mark.parametrize(
    ("stated", "first"), [("2019-05-06", "2019-05-06"), ("2019-05", "2019-05-01"), ("2019", "2019-01-01")]
)
def test_what_was_taken_with_a_day_for_its_date_is_kept_with_what_was_stated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stated: str, first: str
) -> None:
    """Such captures were taken once, and no rebuild may lose their documents."""
    handed = write_warc(tmp_path / "a.warc.gz", [(URL, REPORT, stated)], version="WARC/1.1")
    add_revisit(handed, stated)
    data = DataDir(tmp_path / "data")
    with monkeypatch.context() as patch:
        patch.setattr(foreign_archives, "stated_date", lambda _record: None)
        assert len(take(data, handed).imported) == 1
    assert rebuild(data, OPTIONS).damage == ()
    assert rows(data.corpus_db, "SELECT read_state FROM documents") == [("read",)]
    told = "SELECT date(fetched_at), provenance ->> 'stated_date' FROM captures WHERE record_type = ?"
    assert rows(data.corpus_db, told, "response") == [(first, stated)]
    assert rows(data.corpus_db, told, "revisit") == [("2019-05-06", None)]
    [original, revisit] = captures_in(data)
    assert revisit.original
    assert revisit.original.capture_id == original.id
    assert findings(data) == []
    again = take(data, handed, run_id="import-2")
    assert (again.held, again.refused) == (["a.warc.gz"], []), "what is held is not refused"


@pytest.mark.parametrize(
    ("stated", "kept", "said"),
    [
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z", None),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.000000Z", "2016-12-31T23:59:60Z"),
        ("2017-01-01T07:59:60.5+08:00", "2016-12-31T23:59:59.500000Z", "2017-01-01T07:59:60.5+08:00"),
    ],
)
def test_the_first_year_and_leap_seconds_are_read(
    tmp_path: Path, stated: str, kept: str, said: str | None
) -> None:
    handed = write_warc(tmp_path / "a.warc.gz", [(URL, REPORT, stated)], version="WARC/1.1")
    add_revisit(handed, stated)
    data = DataDir(tmp_path / "data")
    assert len(take(data, handed).imported) == 1
    derive(data, OPTIONS)
    told = "SELECT fetched_at, provenance ->> 'stated_date' FROM captures WHERE record_type = 'response'"
    assert rows(data.corpus_db, told) == [(kept, said)]
    [original, revisit] = captures_in(data)
    assert revisit.original
    assert revisit.original.capture_id == original.id
    assert findings(data) == []


@pytest.mark.parametrize(
    "stated",
    [
        "2016-12-31T23:60:60Z",
        "2016-12-31T10:20:60Z",
        "2016-12-30T23:59:60Z",
        "2017-01-01T07:59:60+08:60",
        "2016-12-31T23:59:61Z",
    ],
)
def test_a_second_that_no_month_ends_with_is_no_date(tmp_path: Path, stated: str) -> None:
    handed = write_warc(tmp_path / "a.warc.gz", [(URL, REPORT, stated)], version="WARC/1.1")
    [refused] = take(DataDir(tmp_path / "data"), handed).refused
    assert "WARC-Date is no date" in str(refused)


def test_a_reference_by_a_day_names_no_capture_of_that_day(tmp_path: Path) -> None:
    handed = write_warc(tmp_path / "a.warc.gz", [(URL, REPORT, "2019-05-06T00:00:00Z")], version="WARC/1.1")
    add_revisit(handed, "2019-05-06")
    data = DataDir(tmp_path / "data")
    assert len(take(data, handed).imported) == 1
    assert [it.original and it.original.capture_id for it in captures_in(data)] == [None, ""]


def add_revisit(path: Path, refers_to: str) -> None:
    fields = ("WARC-Record-ID: <urn:uuid:1>", f"WARC-Target-URI: {URL}", f"WARC-Date: {DATE}")
    with path.open("ab") as file:
        file.write(build_record("revisit", b"", *fields, f"WARC-Refers-To-Date: {refers_to}"))


def test_the_archives_in_a_wacz_are_taken_out(tmp_path: Path) -> None:
    files = {
        f"archive/data-{number}.warc{suffix}": write_warc(
            tmp_path / f"{number}.warc{suffix}", [(f"{URL}?{number}", REPORT, DATE)]
        ).read_bytes()
        for number, suffix in enumerate([".gz", ""])
    }
    others = {"pages/pages.jsonl": b"{}", "../../etc/x.warc.gz": b"x", "archive/../../y.txt": b"y"}
    data = DataDir(tmp_path / "data")
    wacz = write_wacz(tmp_path / "crawl.wacz", files | others, method=zipfile.ZIP_DEFLATED)
    assert len(take(data, wacz).imported) == 2
    assert [path.read_bytes() for path in foreign_files(data)] == list(files.values())
    foreign_files(data)[1].unlink()  # as if the import had been killed between the two
    assert len(take(data, wacz, run_id="import-2").imported) == 1
    assert [path.read_bytes() for path in foreign_files(data)] == list(files.values())
    assert take(data, wacz, run_id="import-3").held == ["crawl.wacz"]
    assert findings(data) == []


PAGE = build_record(
    "response",
    b"HTTP/1.1 200 OK\r\n\r\nx",
    *("WARC-Record-ID: <urn:uuid:1>", f"WARC-Target-URI: {URL}", f"WARC-Date: {DATE}"),
    "Content-Type: application/http;msgtype=response",
)
ARC = (
    b"filedesc://a.arc 0.0.0.0 20080430204825 text/plain 76\n1 1 InternetArchive\nURL IP-address Archive-date"
    b" Content-type Archive-length\n\nhttp://gov.example/ 192.0.2.1 20080430204826 text/html 2\nhi\n"
)
BOMB = PAGE + build_record("resource", bytes(1 << 20), "WARC-Record-ID: <urn:uuid:2>")


def packed(files: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", method) as wacz:
        for name, content in files.items():
            wacz.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        pytest.param("a.warc.gz", gzip.compress(b"no archive"), "no WARC record begins here", id="gzip"),
        pytest.param("a.warc.gz", b"", "it holds no capture", id="empty"),
        pytest.param("a.warc", b"%PDF-1.4", "no WARC record begins here", id="another file"),
        pytest.param("a.warc.gz", PAGE[:-9], "the file ends within this record", id="cut in a record"),
        pytest.param(
            "a.warc.gz", PAGE + b"\x1f\x8b", "the file ends within this record", id="cut in the next"
        ),
        pytest.param("a.gz", PAGE + PAGE[:20], "the file ends within this record", id="by its first bytes"),
        pytest.param(
            "a.warc.gz", gzip.compress(gzip.decompress(PAGE) * 2), "share one gzip member", id="solid"
        ),
        pytest.param("a.warc.gz", build_record("warcinfo", b"x"), "it holds no capture", id="no capture"),
        pytest.param("a.warc.gz", PAGE + PAGE, "two of its captures have one id", id="one id twice"),
        pytest.param("a.warc.gz", PAGE.replace(b"\x00", b"\x01"), "", id="flipped"),
        pytest.param(
            "a.warc.gz",
            gzip.compress(gzip.decompress(PAGE).replace(DATE.encode(), b"0001-01-01T00:00:00+08:00")),
            "WARC-Date is no date: 0001-01-01T00:00:00+08:00",
            id="no such date",
        ),
        pytest.param(
            "a.warc.gz",
            gzip.compress(gzip.decompress(PAGE).replace(DATE.encode(), b"2024")),
            "WARC-Date is no instant: 2024",
            id="a year for a date",
        ),
        pytest.param("a.warc.gz", BOMB, "bomb", id="bomb in a record"),
        pytest.param("a.wacz", b"PK\x03\x04 and nothing", "not a zip file", id="no zip"),
        pytest.param("a.wacz", PAGE + b"\n", "no WARC record begins here", id="no zip but a WARC"),
        pytest.param("a.wacz", packed({"a.txt": b""}), "0 WARC files stand in it", id="ZIP that is no WACZ"),
        pytest.param(
            "a.wacz", packed({"archive/a.warc.gz": b"x"}), "no WARC record", id="WACZ of no archive"
        ),
        pytest.param(
            "a.wacz",
            packed({f"archive/{n}.warc.gz": PAGE for n in range(4)}),
            "4 WARC files stand in it, not 1 to 3",
            id="too many",
        ),
        pytest.param(
            "a.wacz",
            packed({"archive/a.warc": bytes(1 << 20)}, zipfile.ZIP_DEFLATED),
            "bomb",
            id="bomb in a WACZ",
        ),
        pytest.param(
            "a.wacz",
            packed({"archive/a.warc.gz": PAGE, "archive/b.warc.gz": PAGE}),
            "two of its captures have one id",
            id="one id in two files",
        ),
        pytest.param("a.arc.gz", gzip.compress(ARC), "warcio recompress FILE NEW.warc.gz", id="ARC"),
        pytest.param("no name at all", ARC, "of a kind that is not taken, .arc", id="ARC, plain"),
        pytest.param("a.warc.zst", b"\x28\xb5\x2f\xfd", "zstd -d FILE", id="WARC packed by zstd"),
        pytest.param("site.cdx.gz", gzip.compress(b" CDX N b a m s k r M S V g"), "an index", id="index"),
        pytest.param("a.har", b'{"log": {}}', "of a kind that is not taken, .har", id="HAR"),
        pytest.param("a.warc.gz", PAGE * 60_000, "bytes are more than the limit", id="too large"),
    ],
)
def test_what_is_no_archive_is_refused_by_name_and_nothing_of_it_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes, reason: str
) -> None:
    small = ImportThresholds(archive_bytes=8 << 20, unpacked_ratio=20, unpacked_from=1 << 16, wacz_files=3)
    monkeypatch.setattr(foreign_archives, "IMPORTS", small)
    (tmp_path / name).write_bytes(content)
    data = DataDir(tmp_path / "data")
    report = take(data, tmp_path / name)
    ((refused, said),) = report.refused
    assert refused == name
    assert reason in said
    assert report.imported == []
    assert list(data.warc.iterdir()) == []


def test_a_zip_of_documents_is_still_a_document(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(packed({"a.html": REPORT}))
    (tmp_path / "b.gz").write_bytes(gzip.compress(REPORT))
    report = take(DataDir(tmp_path / "data"), tmp_path / "a.zip", tmp_path / "b.gz")
    assert [url[:8] for url in report.imported] == ["file:///"] * 2


def test_an_archive_has_no_single_source(tmp_path: Path) -> None:
    handed = write_warc(tmp_path / "a.warc.gz", [(URL, REPORT, DATE)])
    with pytest.raises(foreign_archives.ImportRefused, match="--source-url: this is an archive"):
        take(DataDir(tmp_path / "data"), handed, provenance=Provenance(source_url=URL))


# What pretends to be ours. Three nights of a portal, and archives whose every record says that it was we.

LISTED = [Answer("http://www.testville.example/nb/", page("列表"), role=Role.LIST)]
NIGHTS: Sequence[Sequence[Answer]] = (
    [*LISTED, Answer(URL, REPORT), Answer(f"{URL}?b", page("另一份文件", "内容。"))],
    [*LISTED, Answer(URL, REPORT), Answer(f"{URL}?b", status=404, body=b"404 Not Found")],
    [*LISTED, Answer(URL, REPORT)],
)
PRETENDED: Sequence[Sequence[Answer]] = (
    [Answer(URL, FORGED), Answer(f"{URL}?new", page("只有别人见过的文件", "内容。"))],
    [
        Answer(URL, status=404, body=b"404 Not Found"),
        Answer(f"{URL}?b", status=301, headers=((b"Location", b"http://evil.example/b.html"),)),
        Answer(f"{URL}?new", status=410, body=b"Gone"),
    ],
    [Answer(URL, failure="blocked"), *(Answer(f"{URL}?{n}", status=403, body=b"x") for n in range(30))],
    [Answer(URL, page("试城市人民政府2024年政府信息公开工作年度报告", "改过的。"))],
)
EVENTS = ("changes", "portals", "sweeps")


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> DataDir:
    data = DataDir(tmp_path_factory.mktemp("ours"))
    data.make()
    nights = Evidence(data.warc)
    for number, answers in enumerate(NIGHTS, start=1):
        sweep = {
            "portal": "testville",
            "list_url": LISTED[0].url,
            "found": 3,
            "complete": True,
            "missing": [],
        }
        nights.night(number * 4, answers, sweeps=[sweep])
    derive(data, OPTIONS)
    return data


@pytest.fixture(scope="module")
def pretended(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Archives written by our own writer: runs, sweeps and contexts, under the ids and runs of ours."""
    folder = tmp_path_factory.mktemp("pretended")
    nights = Evidence(folder)
    for number, answers in enumerate(PRETENDED, start=1):
        sweep = {
            "portal": "testville",
            "list_url": LISTED[0].url,
            "found": 0,
            "complete": True,
            "missing": [URL],
        }
        nights.night(number * 3, answers, {**PORTAL, "name": "假门户"}, sweeps=[sweep])
    return sorted(folder.glob("*.warc.gz"))


def copied(ours: DataDir, root: Path) -> DataDir:
    shutil.copytree(ours.root, root, dirs_exist_ok=True)
    return DataDir(root)


def test_nothing_in_a_foreign_file_is_a_word_of_ours(
    ours: DataDir, pretended: list[Path], tmp_path: Path
) -> None:
    data = copied(ours, tmp_path)
    before = all_hashes(ours.corpus_db)
    take(data, *pretended)
    derive(data, OPTIONS)
    after = all_hashes(data.corpus_db)
    assert {table for table in EVENTS if after[table] != before[table]} == set()
    runs = rows(data.corpus_db, "SELECT id FROM runs WHERE verb <> 'import' ORDER BY id")
    assert runs == rows(ours.corpus_db, "SELECT id FROM runs ORDER BY id")
    told = "SELECT status, current_version_id, first_seen, last_seen FROM documents WHERE url = ?"
    assert rows(data.corpus_db, told, URL) == rows(ours.corpus_db, told, URL)
    shown = "SELECT id, capture_id, first_seen, last_seen FROM versions WHERE id = ?"
    current = rows(ours.corpus_db, told, URL)[0][1]
    assert rows(data.corpus_db, shown, current) == rows(ours.corpus_db, shown, current)
    held = "SELECT * FROM captures WHERE run_id IS NOT NULL ORDER BY id"
    assert rows(data.corpus_db, held) == rows(ours.corpus_db, held)
    # What they add is there, and says that it is theirs.
    texts = (
        "SELECT c.run_id, c.portal_id FROM versions AS v JOIN captures AS c ON c.id = v.capture_id "
        "WHERE v.text LIKE ?"
    )
    assert rows(data.corpus_db, texts, "%999条%") == [(None, None)]
    assert rows(data.corpus_db, "SELECT count(*) FROM documents WHERE url = ?", f"{URL}?new") == [(1,)]
    assert findings(data) == []


def test_order_of_arrival_does_not_matter(ours: DataDir, pretended: list[Path], tmp_path: Path) -> None:
    grown = copied(ours, tmp_path / "grown")
    for number, path in enumerate(pretended):
        take(grown, path, run_id=f"import-{number}")
        derive(grown, OPTIONS)
    expected = all_hashes(grown.corpus_db)
    files = archive_files(grown.warc)
    for order in (
        files,
        files[::-1],
        sorted(files, key=lambda path: hashlib.sha256(path.name.encode()).digest()),
    ):
        rebuild(grown, OPTIONS, files=order)
        assert all_hashes(grown.corpus_db) == expected


def test_a_crawl_asks_as_if_they_were_not_there(ours: DataDir, pretended: list[Path], tmp_path: Path) -> None:
    data = copied(ours, tmp_path)
    rebuild_frontier(data.crawl_db, data.warc)
    plain = "SELECT * FROM {} ORDER BY 1, 2"
    tables = ("payloads", "visits", "targets")
    known = {table: rows(data.crawl_db, plain.format(table)) for table in tables}
    headers = (HTML, ("ETag", '"forged"'))
    handed = write_warc(tmp_path / "x.warc.gz", [(URL, FORGED, "2030-01-01T00:00:00Z")], headers=headers)
    take(data, *pretended, handed)
    rebuild_frontier(data.crawl_db, data.warc)
    assert {table: rows(data.crawl_db, plain.format(table)) for table in tables} == known
    with closing(Frontier(data.crawl_db)) as frontier:
        assert frontier.validators_for(URL) == (None, None)
        assert frontier.find_original(URL, 200, hashlib.sha256(FORGED).hexdigest()) is None


def test_a_digest_that_others_state_is_not_believed(tmp_path: Path) -> None:
    stated = {"WARC-Payload-Digest": f"sha256:{hashlib.sha256(REPORT).hexdigest()}"}
    handed = write_warc(tmp_path / "a.warc.gz", [(URL, FORGED, DATE)], fields=stated)
    data = DataDir(tmp_path / "data")
    take(data, handed)
    derive(data, OPTIONS)
    assert rows(data.corpus_db, "SELECT payload_sha256 FROM captures") == [
        (hashlib.sha256(FORGED).hexdigest(),)
    ]
    (capture,) = captures_in(data)
    assert load_payload(data.warc, capture.warc_file, capture.warc_offset).body == FORGED
    assert findings(data) == []


def test_figures_of_a_text_that_we_read_are_ours(tmp_path: Path) -> None:
    ours = reading_of("数字", facts=facts_of({"t3.new_requests.total": "3"}))
    theirs = reading_of("数字", facts=facts_of({"t3.new_requests.total": "9", "t3.carried_in.total": "9"}))
    none = reading_of("数字")
    stored = set()
    for number, order in enumerate(
        [*itertools.permutations([(ours, 0), (theirs, 1)]), [(theirs, 1), (none, 0)]]
    ):
        with closing(create_corpus(tmp_path / f"{number}.db", parser_version="test")) as db:
            for reading, is_foreign in order:
                version = store_version(db, "document", "capture", reading, "2026-01-31T00:00:00Z")
                store_facts(db, version, reading, is_foreign=bool(is_foreign))
            stored.add(tuple(fact.value for fact in load_facts(db, version)))
    assert stored == {("3",), ()}


def test_an_altered_file_and_a_lost_statement_are_found(tmp_path: Path) -> None:
    data = DataDir(tmp_path / "data")
    handed = write_warc(tmp_path / "a.warc.gz", [(URL, REPORT, DATE)])
    assert run_gongkai("--data", str(data.root), "import", str(handed), env=os.environ).returncode == 0
    assert findings(data) == []
    (file,) = foreign_files(data)
    whole = file.read_bytes()
    file.write_bytes(write_warc(tmp_path / "b.warc.gz", [(URL, FORGED, DATE)]).read_bytes())
    assert damaged_files(data) == {file.name}
    file.write_bytes(whole)
    assert findings(data) == []
    statement = data.warc / statement_name(file.name)
    statement.unlink()
    assert {finding.file for finding in verify_data(data, progress=ignore_progress).findings} == {
        statement.name
    }


def test_what_is_suppressed_is_suppressed_in_their_archives_too(tmp_path: Path) -> None:
    data = DataDir(tmp_path / "data")
    secret = page("公示", "身份证号410000199001010011。")
    take(data, write_warc(tmp_path / "a.warc.gz", [(URL, secret, DATE)]))
    derive(data, OPTIONS)
    (data.root / "suppressions.yaml").write_text(
        f"- url: {URL}\n  reason: 身份证号\n  date: 2026-01-31\n", "utf-8"
    )
    publish(data, clock=CLOCK)
    assert b"410000199001010011" not in data.public_db.read_bytes()
    assert rows(data.public_db, "SELECT title, current_version_id, read_reason FROM documents") == [
        (None, None, "suppressed")
    ]
    assert rows(data.public_db, "SELECT provenance FROM captures") == [(None,)]
