"""Local files into the archive: whatever they are called, once each, with where they came from."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from archive import importing
from archive.clock import clock_from
from archive.data_folder import DataDir
from archive.foreign_archives import ImportRefused
from archive.importing import ImportReport, Provenance, import_files
from archive.warc.entries import StoredCapture
from archive.warc.files import archive_files
from archive.warc.reader import read_archive

CLOCK = clock_from("2026-02-01T03:00:00+08:00")
PAYLOAD = "政府信息公开工作年度报告".encode() * 20


def _import(root: Path, *paths: Path, provenance: Provenance | None = None) -> ImportReport:
    data = DataDir(root / "data")
    return import_files(paths, data=data, clock=CLOCK, run_id="run-1", provenance=provenance or Provenance())


def _captures(root: Path) -> list[StoredCapture]:
    found = (item for path in archive_files(DataDir(root / "data").warc) for item in read_archive(path))
    return [item for item in found if isinstance(item, StoredCapture)]


@pytest.mark.parametrize(
    ("name", "address", "shown"),
    [
        pytest.param(b"a.html", "a.html", "a.html", id="plain"),
        pytest.param(
            "年报 2024.html".encode(), "%E5%B9%B4%E6%8A%A5%202024.html", "年报 2024.html", id="Chinese"
        ),
        pytest.param(b"new\nline.html", "new%0Aline.html", "new\nline.html", id="a line end"),
        pytest.param(
            b"a%41#?.html", "a%2541%23%3F.html", "a%41#?.html", id="what means something in addresses"
        ),
        pytest.param(b"\xb9\xab.html", "%B9%AB.html", "\\xb9\\xab.html", id="bytes that are no UTF-8"),
        pytest.param(b"n" * 250 + b".html", "n" * 250 + ".html", "n" * 250 + ".html", id="the longest name"),
    ],
)
def test_every_name_becomes_an_address(tmp_path: Path, name: bytes, address: str, shown: str) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / os.fsdecode(name)).write_bytes(PAYLOAD)
    report = _import(tmp_path, folder)
    assert [url.rpartition("/")[2] for url in report.imported] == [address]
    (capture,) = _captures(tmp_path)
    assert capture.context is not None
    assert capture.context.provenance == {"source_name": shown}
    assert _import(tmp_path, folder).held == report.imported
    assert len(_captures(tmp_path)) == 1


@pytest.mark.parametrize(
    "url",
    [
        *("", "http://", "http://[bad", "ftp://www.example.gov.cn/a", "http://ex ample/a", "a.html"),
        "http://user:secret@www.example.gov.cn/a",
    ],
)
def test_a_source_that_is_no_public_address_is_refused(tmp_path: Path, url: str) -> None:
    (tmp_path / "a.html").write_bytes(PAYLOAD)
    with pytest.raises(ImportRefused, match="--source-url"):
        _import(tmp_path, tmp_path / "a.html", provenance=Provenance(source_url=url))
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("http://www.example.gov.cn/a b.html", "http://www.example.gov.cn/a%20b.html"),
        ("http://www.example.gov.cn/年报.html", "http://www.example.gov.cn/%E5%B9%B4%E6%8A%A5.html"),
        ("https://www.example.gov.cn/gkmlpt/index#123", "https://www.example.gov.cn/gkmlpt/index#123"),
    ],
)
def test_a_source_is_kept_as_it_was_given(tmp_path: Path, url: str, kept: str) -> None:
    (tmp_path / "a.html").write_bytes(PAYLOAD)
    _import(
        tmp_path, tmp_path / "a.html", provenance=Provenance(source_url=url, obtained_by="张三", note="附件")
    )
    (capture,) = _captures(tmp_path)
    assert capture.url == kept
    assert capture.context is not None
    assert capture.context.provenance == {"source_name": "a.html", "obtained_by": "张三", "note": "附件"}


def test_one_source_for_several_files_is_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(PAYLOAD)
    with pytest.raises(ImportRefused, match="these are 2"):
        _import(
            tmp_path, tmp_path / "a", tmp_path / "b", provenance=Provenance(source_url="http://x.example/a")
        )


def test_what_cannot_be_read_is_named_and_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "LIMIT_BYTES", len(PAYLOAD))
    folder = tmp_path / "in"
    folder.mkdir()
    os.mkfifo(folder / "pipe")
    (folder / "big").write_bytes(PAYLOAD + b"x")
    (folder / "good").write_bytes(PAYLOAD)
    (folder / "loop").symlink_to(folder)
    report = _import(tmp_path, folder / "pipe", folder)
    assert {name: reason.partition(": ")[2] for name, reason in report.refused} == {
        "pipe": "this is no regular file",
        "big": f"{len(PAYLOAD) + 1} bytes are more than the limit of {len(PAYLOAD)}",
    }
    assert len(report.imported) == 1


def test_a_folder_that_cannot_be_listed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "in"
    (folder / "closed").mkdir(parents=True)
    (folder / "good").write_bytes(PAYLOAD)
    listed = os.scandir

    def refuse(path: str | int) -> object:
        if isinstance(path, str) and Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", path)
        return listed(path)

    monkeypatch.setattr(os, "scandir", refuse)
    report = _import(tmp_path, folder)
    assert report.refused == [("closed", "Permission denied")]
    assert len(report.imported) == 1


def test_a_file_that_grows_while_it_is_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "growing"
    path.write_bytes(PAYLOAD)
    seen = os.fstat
    sizes: list[int] = []

    def grow(descriptor: int) -> os.stat_result:
        found = seen(descriptor)
        if found.st_ino == path.stat().st_ino and not sizes:
            sizes.append(found.st_size)
            path.write_bytes(PAYLOAD * 2)
        return found

    monkeypatch.setattr(os, "fstat", grow)
    report = _import(tmp_path, path)
    assert sizes == [len(PAYLOAD)]
    assert ["changed while it was read" in reason for _, reason in report.refused] == [True]


def test_damage_in_the_archive_is_said(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(PAYLOAD)
    _import(tmp_path, tmp_path / "a")
    (file,) = archive_files(DataDir(tmp_path / "data").warc)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    report = _import(tmp_path, tmp_path / "b")
    assert [file.name in line for line in report.damage] == [True]
    assert len(report.imported) == 1
