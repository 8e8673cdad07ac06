"""What files were by their bytes, which of them wait or failed and why, and on which page passages stand."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from archive.corpus.store import reading
from archive.data_folder import DataDir
from archive.derivation import DeriveOptions, derive
from archive.frontier.writer_process import WriterProcess
from archive.importing import Provenance, import_files
from archive.reading.capture import read_capture
from archive.reading.tasks import Place, ReadTask
from gongkai.cli.inspecting import describe_status, read_status
from tests.archive.samples import HTML, exchange, fixed_clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from archive.reading.tasks import ReadResult
    from archive.sandbox.pool import Limits

pytestmark = pytest.mark.roster

PART = "http://demo.gongkai.test/art/1_1.html"
BSDTAR = shutil.which("bsdtar")
FILES: dict[str, str | bytes] = {
    "a.html": "<title>公开</title><p>" + "依申请公开的办理情况如下。" * 30,
    "b.txt": "新乡市人民政府办公室关于印发方案的通知。" * 20,
    "c.html": "<p>" + "主动公开的办理情况如下。" * 30,
    "d.ppt": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "PowerPoint Document\0".encode("utf-16-le") * 40,
    "e.bin": bytes(range(256)) * 8,
}


@pytest.fixture
def data(tmp_path: Path) -> DataDir:
    folder = tmp_path / "in"
    folder.mkdir()
    for name, content in FILES.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    data = DataDir(tmp_path / "data")
    import_files([folder], data=data, clock=fixed_clock, run_id="run-1", provenance=Provenance())
    derive(data)
    return data


def test_types_are_counted_with_what_became_of_them(data: DataDir) -> None:
    with reading(data.corpus_db) as corpus:
        rows = corpus.execute("SELECT * FROM file_types ORDER BY file_type").fetchall()
    assert [(row[0], row[1], row[3]) for row in rows] == [
        ("binary", "failed", 1),
        ("html", "read", 2),
        ("plain", "read", 1),
        ("ppt", "waiting", 1),
    ]
    assert rows[0][2] == "binary"
    assert rows[3][2].startswith("no_reader: ppt")


def test_status_says_what_waits_and_what_failed(data: DataDir) -> None:
    lines = [line for line in describe_status(read_status(data)) if line.startswith("files")]
    assert len(lines) == 2
    assert lines[0] == "files      binary: 1 failed (binary)"
    assert lines[1].startswith("files      ppt: 1 waiting (no_reader: ppt")


def read_here(
    folder: Path, tasks: Iterable[ReadTask], *, workers: int, limits: Limits
) -> Iterator[tuple[ReadTask, ReadResult]]:
    """Read in this process, whose PATH a test can change."""
    del workers, limits
    return ((task, read_capture(folder, task)) for task in tasks)


@pytest.mark.skipif(
    shutil.which("bsdtar") is None, reason="bsdtar is not installed: apt install libarchive-tools"
)
def test_what_waits_is_read_once_the_tool_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "a.txt"
    page.write_text("新乡市人民政府办公室关于印发方案的通知。" * 20)
    packed = tmp_path / "a.7z"
    pack = [str(BSDTAR), "-C", str(tmp_path), "--format", "7zip", "-cf", str(packed), "a.txt"]
    subprocess.run(pack, check=True)
    data = DataDir(tmp_path / "data")
    import_files([packed], data=data, clock=fixed_clock, run_id="run-1", provenance=Provenance())
    options = DeriveOptions(reader=read_here)
    path = os.environ["PATH"]
    monkeypatch.setenv("PATH", str(tmp_path))
    assert derive(data, options).waiting == 1
    (waiting,) = read_status(data).file_types
    assert (waiting["file_type"], waiting["read_state"]) == ("7z", "waiting")
    assert "libarchive-tools" in waiting["reason"]
    assert derive(data, options).waiting == 0, "tried again only when something was installed"
    monkeypatch.setenv("PATH", path)
    assert derive(data, options).read == 1
    assert [line["read_state"] for line in read_status(data).file_types] == ["read"]


def test_an_article_is_read_without_a_part_that_cannot_be_unpacked(tmp_path: Path) -> None:
    pager = '<script>createPageHTML(2, 0, "1", "html");</script>'
    broken = (*HTML, (b"Content-Encoding", b"gzip"))
    with closing(WriterProcess(tmp_path, clock=fixed_clock, crawl_db=tmp_path / "crawl.db")) as writer:
        first = writer.submit(
            exchange(payload=f"<p>{'依申请公开的办理情况如下。' * 30}</p>{pager}".encode())
        ).result()
        part = writer.submit(exchange(PART, payload=b"\x1f\x8bbroken", headers=broken)).result()
    task = ReadTask(
        "1",
        exchange().url,
        first.warc_file,
        first.offset,
        is_document=True,
        document_id="1",
        source_id="1",
        fetched_at="",
        parts=((PART, Place(part.warc_file, part.offset)),),
    )
    result = read_capture(tmp_path, task)
    assert (result.read_state, str(result.reason).partition(":")[0]) == ("read", "part_missing")
