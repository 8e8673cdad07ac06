"""What LibreOffice reads for us: right, closed in, and ended in time."""

from __future__ import annotations

import http.server
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipelines.decoded import Hints
from pipelines.document import read_document
from pipelines.errors import ReaderMissing, UnreadableDocument
from pipelines.readers import docx, office
from pipelines.readers.registry import read_file
from pipelines.response.payload_type import OLE_MAGIC, PayloadType
from tests.pipelines.readers.asking_samples import (
    asking_odt,
    asking_rtf,
    macro_odt,
)
from tests.pipelines.readers.compound_samples import compound
from tests.renditions.figures import read_facts, stated_facts
from tests.renditions.model import draw_report
from tests.renditions.to_docx import to_docx
from tests.renditions.to_xlsx import to_xlsx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HINTS = Hints("http://www.example.gov.cn/1.doc")
WRITER = "writer8"
"""LibreOffice's name of its own format, in which anything can be asked for."""
FIXTURES = Path(__file__).parents[1] / "fixtures" / "office"
needs_office = pytest.mark.skipif(
    office.office_command() is None, reason="LibreOffice Writer is not installed"
)


class Asked:
    """A server on loopback, and what it was asked for."""

    def __init__(self, port: int, paths: list[str]) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.paths = paths


@pytest.fixture
def asked() -> Iterator[Asked]:
    paths: list[str] = []

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_error(404)

        do_HEAD = do_OPTIONS = do_PROPFIND = do_POST = do_GET  # noqa: N815  their names in the library

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name in the library
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Asked(server.server_port, paths)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("name", ["docx", "xlsx", "xls", pytest.param("doc", marks=needs_office)])
def test_the_third_table_is_read_in_full_with_its_blanks(name: str) -> None:
    """The files in the folder are this report, saved as DOC and XLS by LibreOffice 7.4."""
    report = draw_report("form_2021", 1)
    rendered = {"docx": to_docx, "xlsx": to_xlsx}
    payload = rendered[name](report) if name in rendered else (FIXTURES / f"report.{name}").read_bytes()
    reading = read_document(payload, HINTS)
    found = read_facts(reading.facts)
    wanted = stated_facts(report.figures)
    third = {key: fact for key, fact in found.items() if key[0] == "t3"}
    assert len(third) == 175
    assert sum(fact.state == "blank" for fact in third.values()) > 5
    assert {key: (wanted.get(key), found.get(key)) for key in found if wanted.get(key) != found[key]} == {}
    assert found.keys() == wanted.keys()
    assert reading.file_type == name
    assert reading.extractor == {"doc": "doc>docx"}.get(name, name)


@needs_office
def test_nothing_is_fetched_even_where_there_is_a_network(asked: Asked) -> None:
    file = read_file(PayloadType.RTF, asking_rtf(asked.url), HINTS)
    assert any("A" in block.text for block in file.blocks)
    assert file.extractor == "rtf>docx"
    # A text that asks for more, though files of its kind are not read.
    assert office.convert_file(asking_odt(asked.url), "odt", HINTS.url, WRITER)
    assert asked.paths == []


@needs_office
def test_unguarded_it_would_fetch(asked: Asked, tmp_path: Path) -> None:
    """So that the test above would fail if nothing were forbidden."""
    source = tmp_path / "a.odt"
    source.write_bytes(asking_odt(asked.url))
    command = office.office_command()
    assert command is not None
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    arguments = [
        command,
        profile,
        "--headless",
        "--convert-to",
        "docx",
        "--outdir",
        str(tmp_path),
        str(source),
    ]
    subprocess.run(arguments, check=True, capture_output=True, timeout=60)
    assert "/p.png" in asked.paths


@needs_office
def test_no_macro_is_run(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    converted = office.convert_file(macro_odt(f"touch {mark}"), "odt", HINTS.url, WRITER)
    assert [block.text for block in docx.read(converted, HINTS).blocks] == ["甲"]
    assert not mark.exists()


def test_the_profile_forbids_macros_and_links(tmp_path: Path) -> None:
    office.write_profile(tmp_path)
    written = (tmp_path / "user" / "registrymodifications.xcu").read_text(encoding="utf-8")
    for name, value in (("MacroSecurityLevel", "3"), ("DisableMacrosExecution", "true")):
        assert f'<prop oor:name="{name}" oor:op="fuse"><value>{value}</value>' in written
    assert written.count('<prop oor:name="Link"') == 2


def test_without_libreoffice_the_document_waits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ReaderMissing, match="doc: LibreOffice is not installed") as caught:
        read_document((FIXTURES / "report.doc").read_bytes(), HINTS)
    assert caught.value.hint is not None
    assert "apt install libreoffice-writer" in caught.value.hint


def test_a_password_is_said_without_libreoffice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    protected = bytearray((FIXTURES / "report.doc").read_bytes())
    start = protected.index(b"\xec\xa5\x01\x01")
    protected[start + 11] |= 1
    with pytest.raises(UnreadableDocument, match="encrypted: "):
        office.read(bytes(protected), HINTS)


@needs_office
def test_a_damaged_file_is_said_to_be_and_not_read_as_text() -> None:
    words = compound("WordDocument") + "一些文字。".encode("utf-16-le") * 900
    for payload in (words, rb"{\rtf1 " + b"\xb9\xab" * 40):
        with pytest.raises(UnreadableDocument, match=r"(?:damaged|no_text): "):
            office.read(payload, HINTS)


def test_a_file_without_its_directory_is_damaged() -> None:
    for size in (34, 600, 9_000):
        with pytest.raises(UnreadableDocument, match="damaged: "):
            office.read(OLE_MAGIC + "WordDocument".encode("utf-16-le").ljust(size, b"\0"), HINTS)


def test_it_is_ended_when_it_hangs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _stall(tmp_path, monkeypatch)
    monkeypatch.setattr(office, "SECONDS", 1)
    monkeypatch.setattr(office, "GRACE_SECONDS", 1)
    with pytest.raises(UnreadableDocument, match="timeout: "):
        office.convert_file(b"x", "rtf", HINTS.url, "Rich Text Format")
    _assert_ended(tmp_path / "pids", 2)


@needs_office
def test_its_socket_goes_when_it_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """LibreOffice, stopped once it has its socket, is taken for one that hangs."""
    real = office.office_command()
    program = tmp_path / "soffice"
    program.write_text(
        f'#!/bin/sh\nls {office.SOCKETS} | grep OSL_PIPE > {tmp_path}/before\n{real} "$@" &\n'
        f"until ls {office.SOCKETS} | grep OSL_PIPE | grep -vxFf {tmp_path}/before > {tmp_path}/new; "
        "do sleep 0.01; done\nkill -STOP $!; sleep 60\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(office, "SECONDS", 4)
    monkeypatch.setattr(office, "GRACE_SECONDS", 1)
    written = office.write_profile
    profiles: list[Path] = []

    def note(folder: Path) -> None:
        profiles.append(folder)
        written(folder)

    monkeypatch.setattr(office, "write_profile", note)
    with pytest.raises(UnreadableDocument, match="timeout: "):
        office.convert_file(b"{\\rtf1 a}", "rtf", HINTS.url, "Rich Text Format")
    assert "SingleOfficeIPC" in (tmp_path / "new").read_text()
    assert office.sockets_of(profiles[0]) == []


def test_it_is_ended_when_its_reader_was_killed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _stall(tmp_path, monkeypatch)
    program = (
        "from pipelines.readers import office\noffice.SECONDS = 2\noffice.GRACE_SECONDS = 1\n"
        "office.convert_file(b'x', 'rtf', 'here', 'Rich Text Format')\n"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", program], env=environment) as reader:
        _wait_for(lambda: len(_pids(tmp_path / "pids")) == 2, 10)
        reader.send_signal(signal.SIGKILL)
    _assert_ended(tmp_path / "pids", 2)


def _stall(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a program in LibreOffice's place that starts another and hangs with it, deaf to requests to end."""
    program = folder / "soffice"
    pids = folder / "pids"
    hang = f"trap '' TERM; echo $$ >> {pids}; while :; do sleep 0.2; done"
    program.write_text(f'#!/bin/sh\nsh -c "{hang.replace("$$", chr(92) + "$" + chr(92) + "$")}" &\n{hang}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def _pids(path: Path) -> list[int]:
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def _assert_ended(path: Path, count: int) -> None:
    pids = _pids(path)
    assert len(pids) == count
    _wait_for(lambda: not any(_is_running(pid) for pid in pids), 10)


def _is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def _wait_for(holds: Callable[[], bool], seconds: float) -> None:
    last = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < last
        time.sleep(0.05)
