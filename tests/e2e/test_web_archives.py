"""What is kept opens with tools that are not ours: pywb plays it, indexers index it, checkers accept it.

The tools are (A)GPL in part: they are installed once, outside this environment, and run as commands.
"""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from warcio.archiveiterator import ArchiveIterator

from archive.data_folder import DataDir, hold_work_folder
from archive.manifests.chain import Chain
from archive.publish.copy import publish
from archive.publish.shown_captures import BadSelection
from archive.wacz import Exported, export_wacz
from archive.warc.cdxj import url_key
from archive.warc.files import archive_files, move_sealed
from archive.warc.record_index import index_path
from archive.warc.record_parts import begin_digest, find_digest_fault, read_fields
from archive.warc.walk import open_warc, record_at, walk
from gongkai.cli import main
from gongkai.playback import PlayerMissing, install_player, playback_folder
from gongkai.serving import free_port
from pipelines.response.http_message import header_value
from tests.archive.foreign import build_record
from tests.archive.samples import fixed_clock
from tests.archive.test_cdxj import KEYS, OF_BEFORE
from tests.made_once import made_once
from tests.warm import run_gongkai, start_program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import DemoNights

pytestmark = [pytest.mark.slow, pytest.mark.roster]  # its nights are derived here, with all bodies

HOST = "127.0.0.1"
PINS = (Path("gongkai/pywb_requirements.txt"), Path("tests/e2e/web_archive_tools.txt"))
EVERYTHING = "SELECT id FROM captures"


@pytest.fixture(scope="session")
def tools() -> Path:
    """The environment of pywb and the others, kept over runs; skips where nothing can be installed."""
    pins = [Path(__file__).parents[2] / path for path in PINS]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in pins)).hexdigest()[:12]
    environment = Path.home() / ".cache" / "gongkai-tests" / digest
    environment.parent.mkdir(parents=True, exist_ok=True)
    with environment.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (environment / "whole").exists():
            try:
                install_player(environment)
            except PlayerMissing as error:
                pytest.skip(f"the tools of others cannot be installed: {error}")
            subprocess.run(
                [environment / "bin" / "pip", "install", "--quiet", "--requirement", pins[1]], check=True
            )
            (environment / "whole").touch()
    return environment


def run_tool(*command: str | Path) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def demo(demo_nights: DemoNights, tmp_path: Path) -> DataDir:
    """The demo's nights, to be changed."""
    shutil.copytree(demo_nights.data.root, tmp_path / "demo", symlinks=True)
    return DataDir(tmp_path / "demo")


def run_verbs(data: DataDir, *verbs: tuple[str | Path, ...]) -> None:
    for verb in verbs:
        done = CliRunner().invoke(main, ["--data", str(data.root), *map(str, verb)])
        assert done.exit_code == 0, done.output


def make_of_before(root: Path) -> DataDir:
    data = DataDir(root)
    data.make()
    shutil.copy(OF_BEFORE, data.warc)
    run_verbs(data, ("rebuild",), ("publish", "--force"))
    return data


@pytest.fixture
def of_before(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> DataDir:
    """An archive in which our own records are of a type that indexers take for pages, to be changed."""
    made = made_once(tmp_path_factory, "of-before", make_of_before)
    shutil.copytree(made.root, tmp_path / "before", symlinks=True)
    return DataDir(tmp_path / "before")


RESPONSE = "Content-Type: application/http;msgtype=response"
REQUEST = "Content-Type: application/http;msgtype=request"


PARTS = (
    '--XX\r\nContent-Disposition: form-data; name="页 码"\r\n\r\n1\r\n2\r\n'
    '--XX\r\nContent-Disposition: form-data; name="file"; filename="甲.bin"\r\n'
    "Content-Type: application/octet-stream\r\n\r\n\0\r\x0b甲\r\n--XX--\r\n"
)
ASKED = (
    ("GET", "", ""),
    ("POST", "application/json", '{"page": 1, "of": [true, "甲"]}'),
    ("POST", "application/x-www-form-urlencoded; charset=UTF-8", "page=1&title=%E7%94%B2+a"),
    ("POST", "application/x-www-form-urlencoded", "page=2"),
    ("POST", "multipart/form-data; boundary=XX", PARTS),
    ("POST", "multipart/form-data; boundary=XX", PARTS.replace("2", "3")),
    ("POST", "application/octet-stream", "甲"),
    ("DELETE", "application/json", '{"page": 1}'),
)


@pytest.fixture
def given(tmp_path: Path) -> DataDir:
    """What others archived of one address: plain, each request behind its response, and moved elsewhere."""
    records = []
    for number, (method, kind, body) in enumerate(ASKED):
        fields = ("WARC-Target-URI: http://gov2.example/list", "WARC-Date: 2019-05-06T07:08:09Z")
        answer = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>{number}</p>".encode()
        sent = f"{method} /list HTTP/1.1\r\nContent-Type: {kind}\r\n\r\n{body}".encode()
        capture = f"<urn:example:{number}>"
        records += [
            build_record("response", answer, f"WARC-Record-ID: {capture}", *fields, RESPONSE),
            build_record("request", sent, f"WARC-Concurrent-To: {capture}", *fields, REQUEST),
        ]
    path = tmp_path / "given.warc"
    path.write_bytes(b"".join(map(gzip.decompress, records)))
    data = DataDir(tmp_path / "taking")
    run_verbs(data, ("import", path), ("derive",), ("publish", "--force"))
    chain = Chain(data.manifests)
    assert move_sealed(data, f"file://{tmp_path}/store", chain.seals()) == 2
    return data


# Playing.


class _Direct(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Leave redirects to be looked at."""


def fetch(address: str, method: str = "GET", body: bytes = b"", content_type: str = "") -> tuple[int, bytes]:
    headers = {"Accept-Encoding": "gzip", "Content-Type": content_type}
    request = urllib.request.Request(address, data=body or None, method=method, headers=headers)  # noqa: S310 loopback
    try:
        with urllib.request.build_opener(_Direct).open(request, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.read()


@contextmanager
def played(data: DataDir, tools: Path) -> Iterator[str]:
    playback_folder(data).mkdir()
    (playback_folder(data) / "environment").symlink_to(tools)
    port = free_port(HOST)
    command = [sys.executable, "-m", "gongkai", "--data", str(data.root), "replay", "--port", str(port)]
    player = start_program(command, env=os.environ)
    try:
        for _ in range(300):
            try:
                fetch(f"http://{HOST}:{port}/")
                break
            except urllib.error.URLError:
                assert player.poll() is None
                time.sleep(0.1)
        yield f"http://{HOST}:{port}/gongkai"
    finally:
        player.send_signal(signal.SIGTERM)
        player.wait()


def request_of(path: Path, offset: str | None) -> tuple[str, bytes, str]:
    """Return method, body and type of a request as it was sent; an imported file was asked for by none."""
    if offset is None:
        return "GET", b"", ""
    with open_warc(path) as file:
        record = record_at(file, path.name, int(offset))
        assert record is not None
        first, headers = read_fields(record.read_http_head())
        body = b"".join(iter(record.read, b""))
    return first.split()[0].decode(), body, header_value(headers, "content-type") or ""


def differences(base: str, data: DataDir) -> Iterator[tuple[str, int, bytes]]:
    """Ask again for every line of the index as it was asked; yield what comes otherwise than it came."""
    for line in (playback_folder(data) / "index.cdxj").read_text("ascii").splitlines():
        _, stamp, said = line.split(" ", 2)
        facts = json.loads(said)
        request = request_of(data.warc / facts["filename"], facts.get("request.offset"))
        status, content = fetch(f"{base}/{stamp}id_/{facts['url']}", *request)
        right = status == (200 if facts["status"] == "-" else int(facts["status"]))
        # Of a redirect that repeats another, pywb shows no content: browsers would not.
        digest = begin_digest(facts["digest"])
        assert digest is not None
        digest.update(content)
        same = status // 100 == 3 or find_digest_fault(facts["digest"], digest) is None
        if not (right and same):
            yield line, status, content[:200]


@pytest.mark.parametrize(("archive", "lines"), [("demo", 100), ("of_before", 9), ("given", len(ASKED))])
def test_every_capture_is_played_as_it_was_received(
    archive: str, lines: int, tools: Path, request: pytest.FixtureRequest
) -> None:
    data: DataDir = request.getfixturevalue(archive)
    with played(data, tools) as base:
        assert list(differences(base, data)) == []
        assert len((playback_folder(data) / "index.cdxj").read_bytes().splitlines()) >= lines
        if archive == "of_before":
            # The 304 of this moment shows the page that it confirms, and the page is one.
            status, content = fetch(f"{base}/20260131190040mp_/http://demo.gongkai.test/art/1.html")
            assert (status, "政府信息公开工作年度报告" in content.decode()) == (200, True)


def test_what_is_suppressed_is_played_and_exported_nowhere(
    demo: DataDir, tools: Path, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(demo.public_db)) as db:
        url, title = db.execute(
            """SELECT url, title FROM documents AS d WHERE status = 'live' AND EXISTS (
               SELECT 1 FROM captures WHERE document_id = d.id AND revisit_of IS NOT NULL) ORDER BY url"""
        ).fetchone()
    (demo.root / "suppressions.yaml").write_text(
        f"- url: {url}\n  reason: 个人信息\n  date: 2026-02-01\n", "utf-8"
    )
    publish(demo, clock=fixed_clock)
    wacz = export(demo, EVERYTHING, tmp_path)
    kept = b"".join(content for name, content in parts_of(wacz).items() if name != "archive/data.warc.gz")
    kept += gzip.decompress(parts_of(wacz)["archive/data.warc.gz"])
    assert url.encode() not in kept
    assert title.encode() not in kept
    with pytest.raises(BadSelection):
        export_wacz(
            demo,
            "SELECT id FROM documents WHERE url = ?",
            (url,),
            tmp_path / "b.wacz",
            title="",
            clock=fixed_clock,
        )
    with played(demo, tools) as base:
        assert fetch(f"{base}/2026id_/{url}")[0] == 404


def test_what_others_archived_without_compression_is_exported_too(
    given: DataDir, tools: Path, tmp_path: Path
) -> None:
    wacz = export(given, EVERYTHING, tmp_path)
    assert "is valid" in run_tool(tools / "bin" / "wacz", "validate", "-f", wacz)
    (tmp_path / "data.warc.gz").write_bytes(parts_of(wacz)["archive/data.warc.gz"])
    with (tmp_path / "data.warc.gz").open("rb") as file:
        kinds = [record.rec_type for record in ArchiveIterator(file)]
    assert kinds == ["warcinfo", *["request", "response"] * len(ASKED)]


# Indexing and checking.


def test_our_keys_are_those_of_surt(tools: Path) -> None:
    chance = random.Random(1)
    bits = [
        *"aB/?&=#+;~|[]'\"()!*@:%\\^`{}<>$, 公",
        "//",
        "..",
        "%2F",
        "%2541",
        "%E5",
        "A1=2",
        f"sid={'A' * 32}",
    ]
    bits += ["jsessionid=" + "0" * 32, "cfid=1&cftoken=2", "/(S(" + "a" * 24 + "))/x.aspx"]
    hosts = ["www.gov.cn", "gov.cn:8080", "WWW3.Gov.cn:80", "127.0.0.1:81", "公开.cn", "a..b.cn.", "u:p@x.cn"]
    hosts += ["english.www.gov.cn", "www2.www3.cn"]
    urls = [url for name, (url, _) in KEYS.items() if name != "no address"]
    for _ in range(5000):
        rest = "".join(chance.choices(bits, k=chance.randrange(9)))
        urls.append(f"{chance.choice(['http', 'https'])}://{chance.choice(hosts)}/{rest}")
    program = "import json, sys, surt; print(json.dumps([surt.surt(url) for url in json.load(sys.stdin)]))"
    done = subprocess.run(
        [tools / "bin" / "python", "-c", program],
        input=json.dumps(urls),
        capture_output=True,
        text=True,
        check=True,
    )
    assert [url_key(url) for url in urls] == json.loads(done.stdout)


def test_indexers_take_no_record_of_ours_for_a_page(demo_nights: DemoNights, tools: Path) -> None:
    with closing(sqlite3.connect(demo_nights.data.public_db)) as db:
        confirmed = set(db.execute("SELECT warc_file, warc_offset FROM captures WHERE status = 304"))
    assert confirmed
    for path in archive_files(demo_nights.data.warc):
        ours = offsets_of(index_path(path, ".cdxj").read_text("ascii"))
        for indexer in ([tools / "bin" / "cdxj-indexer"], [tools / "bin" / "cdx-indexer", "--cdxj"]):
            found = offsets_of(run_tool(*indexer, path))
            # They list what we leave out on purpose: answers of 304.
            assert {offset for offset in found if (path.name, offset) not in confirmed} == ours


def offsets_of(index: str) -> set[int]:
    return {int(json.loads(line[line.index("{") :])["offset"]) for line in index.splitlines() if "{" in line}


def check_digests(path: Path, tools: Path, folder: Path) -> None:
    run_tool(Path(sys.executable).with_name("warcio"), "check", path)
    output = folder / "checked.txt"
    fastwarc = tools / "bin" / "fastwarc"
    subprocess.run([fastwarc, "check", "--verify-payloads", "--quiet", "--output", output, path], check=False)
    told = dict(line.split(": ") for line in output.read_text("ascii").splitlines())
    with open_warc(path) as file:
        for record in walk(file, path.name):
            block, payload = told[f"<{record.record_id()}>"].split(", ")
            assert block == "OK"
            # FastWARC digests what a revisit leaves out, and of a resource nothing: its digest, which ours of
            # today do not state, is false to it. ISO 28500:2017, 6.7.2, has revisits state the original's.
            if record.field("WARC-Type") not in {"revisit", "resource"}:
                assert payload != "PAYLOAD_FAIL"


def test_checkers_accept_every_record(demo_nights: DemoNights, tools: Path, tmp_path: Path) -> None:
    for path in (*archive_files(demo_nights.data.warc), OF_BEFORE):
        check_digests(path, tools, tmp_path)


# WACZ.


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder to another user")
def test_what_a_killed_export_of_another_user_left_stays(tmp_path: Path) -> None:
    with subprocess.Popen(["true"]) as killed:  # noqa: S607  the system's
        left = tmp_path / f".making-{killed.pid}-a"
        left.mkdir()
    os.chown(left, 65534, 65534)
    with hold_work_folder(tmp_path, is_locked=False):
        assert left.exists()
    with hold_work_folder(tmp_path):
        assert not left.exists()


def export(data: DataDir, sql: str, folder: Path, *values: str) -> Path:
    output = folder / "a.wacz"
    output.unlink(missing_ok=True)
    with subprocess.Popen(["true"]) as killed:  # noqa: S607  the system's
        (folder / f".making-{killed.pid}-a").mkdir()
    exported = export_wacz(data, sql, values, output, title="题目", clock=fixed_clock)
    assert exported.damaged == []
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []
    return output


def parts_of(wacz: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wacz) as file:
        return {name: file.read(name) for name in file.namelist()}


SELECTIONS = {
    "a portal": ("SELECT id FROM captures WHERE portal_id = ?", "SELECT portal_id FROM documents"),
    "a document": (
        "SELECT id FROM documents WHERE id = ?",
        "SELECT document_id FROM captures WHERE status = 304",
    ),
    "a night": (
        "SELECT c.id FROM captures AS c JOIN runs ON runs.id = run_id WHERE night = ?",
        "SELECT max(night) FROM runs",
    ),
    "a query": ("SELECT id FROM documents WHERE year > ?", "SELECT 2020"),
}


@pytest.mark.parametrize(("sql", "value"), SELECTIONS.values(), ids=SELECTIONS)
def test_a_wacz_is_valid_and_whole(
    sql: str, value: str, demo_nights: DemoNights, tools: Path, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(demo_nights.data.public_db)) as db:
        asked = db.execute(value).fetchone()[0]
        wanted = {
            row[0]
            for row in db.execute(
                f"""SELECT id FROM captures WHERE (id IN ({sql}) OR document_id IN ({sql}))
                    AND ifnull(status, 0) <> 304 AND record_type <> 'failure'""",  # noqa: S608 ours
                (asked, asked),
            )
        }
    wacz = export(demo_nights.data, sql, tmp_path, asked)
    assert "is valid" in run_tool(tools / "bin" / "wacz", "validate", "-f", wacz)
    parts = parts_of(wacz)
    (tmp_path / "data.warc.gz").write_bytes(parts["archive/data.warc.gz"])
    check_digests(tmp_path / "data.warc.gz", tools, tmp_path)
    records = parts["archive/data.warc.gz"]
    found = set()
    lines = gzip.decompress(parts["indexes/index.cdx.gz"]).splitlines()
    assert lines == sorted(lines)
    for line in lines:
        facts = json.loads(line[line.index(b"{") :])
        offset, length = int(facts["offset"]), int(facts["length"])
        head = gzip.decompress(records[offset : offset + length]).partition(b"\r\n\r\n")[0].decode()
        found.add(head.partition("WARC-Record-ID: <")[2].partition(">")[0])
    assert wanted <= found
    texts = [json.loads(line).get("text") for line in parts["pages/pages.jsonl"].splitlines()[1:]]
    assert any(texts)


def test_the_index_in_blocks_leads_to_each_line(
    of_before: DataDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive.wacz._BLOCK_LINES", 3)
    parts = parts_of(export(of_before, EVERYTHING, tmp_path))
    meta, *blocks = parts["indexes/index.idx"].decode().splitlines()
    assert meta.startswith("!meta 0 {")
    lines = []
    for block in blocks:
        place = json.loads(block[block.index("{") :])
        member = parts["indexes/index.cdx.gz"][place["offset"] : place["offset"] + place["length"]]
        assert place["digest"] == f"sha256:{hashlib.sha256(member).hexdigest()}"
        lines.append(gzip.decompress(member).decode().splitlines())
        assert lines[-1][0].startswith(block[: block.index("{")])
    assert [len(each) for each in lines] == [3, 3, 3]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 'nothing'",
        "SELECT id FROM captures WHERE record_type = 'failure'",
        "no SQL",
        "SELECT 1; SELECT 2",
    ],
)
def test_what_chooses_nothing_is_refused_and_leaves_no_file(
    sql: str, of_before: DataDir, tmp_path: Path
) -> None:
    with pytest.raises(BadSelection):
        export(of_before, sql, tmp_path)
    assert not (tmp_path / "a.wacz").exists()


def test_a_damaged_record_is_named_and_the_rest_is_written(demo: DataDir, tmp_path: Path) -> None:
    path = archive_files(demo.warc)[0]
    with closing(sqlite3.connect(demo.public_db)) as db:
        offset, length, name = db.execute(
            "SELECT warc_offset, warc_length, warc_file FROM captures WHERE outcome = 'ok' AND warc_file = ?",
            (path.name,),
        ).fetchone()
    with path.open("r+b") as file:
        file.seek(offset + length // 2)
        byte = file.read(1)
        file.seek(-1, 1)
        file.write(bytes([byte[0] ^ 255]))
    exported: Exported = export_wacz(demo, EVERYTHING, (), tmp_path / "a.wacz", title="", clock=fixed_clock)
    assert [text.partition(":")[0] for text in exported.damaged] == [f"{name}, byte {offset}"]
    assert len(parts_of(tmp_path / "a.wacz")) == 6


def test_the_command_says_what_it_wrote_and_makes_the_index_of_an_archive_of_before(
    of_before: DataDir, tmp_path: Path
) -> None:
    for index in of_before.warc.glob("*.cdxj"):
        index.unlink()
    command = ("--data", str(of_before.root), "export-wacz", "--json")
    document = ("--document", "http://demo.gongkai.test/art/1.html", str(tmp_path / "a.wacz"))
    said = json.loads(run_gongkai(*command, *document, env=os.environ).stdout)
    assert (said["captures"], said["records"], said["damaged"]) == (3, 6, [])
    assert run_gongkai(*command, str(tmp_path / "b.wacz"), env=os.environ).returncode == 2
    assert list(of_before.warc.glob("*.cdxj"))
