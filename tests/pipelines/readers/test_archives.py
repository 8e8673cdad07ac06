"""Archives: what is in them is read, what is not is named; and none of them eats the machine."""

from __future__ import annotations

import random
import shutil
import tarfile
import time
import zipfile
from typing import TYPE_CHECKING

import pytest

from pipelines.decoded import Hints, Role
from pipelines.document import read_document
from pipelines.errors import GongkaiError, ReaderMissing, UnreadableDocument
from pipelines.readers.archives import read_archive
from tests.pipelines.readers.archives_written import (
    packed_by_bsdtar,
    rar,
    zipped,
    zipped_itself,
    zipped_overlapping,
    zipped_raw,
)
from tests.pipelines.readers.ofd_written import OfdPage, ofd, text_object

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.decoded import FileText

HINTS = Hints("http://www.qingxi.example/nb/1.zip")
PLAIN = "清溪县人民政府\n信息公开工作\n".encode()
PAGE = (
    "<html><body><h1>清溪县工作报告</h1><p>全年公开信息十二条，收到申请三件，均已办结，无一延期。</p>"
    "<table><tr><td rowspan=2>申请</td><td>本年新收</td><td>12</td></tr>"
    "<tr><td>上年结转</td><td></td></tr></table></body></html>"
).encode()
JSON = b'{"a": 1}'
NEEDS_BSDTAR = pytest.mark.skipif(shutil.which("bsdtar") is None, reason="bsdtar is not installed")


def read(payload: bytes) -> FileText:
    return read_archive(payload, HINTS)


def texts(file: FileText) -> list[str]:
    return [block.text for block in file.blocks]


def test_each_member_is_its_name_and_then_its_blocks() -> None:
    file = read(
        zipped([("甲/说明.txt", PLAIN), ("页.html", PAGE), ("三.ofd", ofd(OfdPage([text_object("章")])))])
    )
    assert texts(file)[:3] == ["甲/说明.txt", "清溪县人民政府\n信息公开工作", "页.html"]
    assert texts(file)[-2:] == ["三.ofd", "章"]
    assert file.blocks[-1].page == 1
    assert {block.role for block in file.blocks} == {Role.TEXT}
    assert (file.extractor, file.notes) == ("zip", ("thin",))


def test_tables_of_pages_keep_their_spans_and_blanks() -> None:
    (grid,) = [block.grid for block in read(zipped([("页.html", PAGE)])).blocks if block.grid]
    assert [[cell.text for cell in row] for row in grid.rows] == [
        ["申请", "本年新收", "12"],
        ["申请", "上年结转", ""],
    ]
    assert (grid.rows[0][0].row_span, grid.rows[1][0].is_origin) == (2, False)
    assert not grid.rows[1][2].is_filler


def test_an_archive_is_read_as_a_document() -> None:
    reading = read_document(zipped([("页.html", PAGE), ("说明.txt", PLAIN)]), HINTS)
    assert "上年结转" in reading.text
    assert "信息公开工作" in reading.text
    assert reading.file_type == "zip"


NAMES = {
    "GBK without a flag": (zipped_raw("年报.txt".encode("gbk"), PLAIN), "年报.txt"),
    "UTF-8 without a flag": (zipped_raw("年报.txt".encode(), PLAIN), "年报.txt"),
    "UTF-8 with its flag": (zipped_raw("年报.txt".encode(), PLAIN, flags=0x800), "年报.txt"),
    "leading out": (zipped_raw(b"../../etc/passwd", PLAIN), "../../etc/passwd"),
    "from the root": (zipped_raw(b"/etc/passwd", PLAIN), "/etc/passwd"),
    "of Windows": (zipped_raw(b"C:\\a\\b.txt", PLAIN), "C:/a/b.txt"),
    "over two lines": (zipped_raw(b"a\nb\t.txt", PLAIN), "a b .txt"),
    "blank": (zipped_raw(b" ", PLAIN), "member 1"),
}


@pytest.mark.parametrize(("payload", "name"), NAMES.values(), ids=NAMES.keys())
def test_names_are_text_and_never_places(payload: bytes, name: str) -> None:
    assert texts(read(payload)) == [name, "清溪县人民政府\n信息公开工作"]


def test_the_name_of_the_only_file_is_no_part_of_its_text() -> None:
    payload = zipped([("年报.zip", zipped([("2023年年报.txt", PLAIN)]))])
    file = read(payload)
    assert [block.role for block in file.blocks] == [Role.RUNNING_HEAD, Role.RUNNING_HEAD, Role.TEXT]
    assert read_document(payload, HINTS).text == "清溪县人民政府\n信息公开工作"


def test_members_of_one_name_are_all_read() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        payload = zipped([("a.txt", "甲".encode()), ("a.txt", "乙".encode())])
    assert texts(read(payload)) == ["a.txt", "甲", "a.txt", "乙"]


def test_what_cannot_be_read_is_named_and_sinks_nothing() -> None:
    broken = zipped([("x/y.txt", PLAIN)])[:60]
    file = read(
        zipped(
            [("坏.zip", broken), ("程序.exe", bytes(range(256)) * 9), ("数.json", JSON), ("好.txt", PLAIN)]
        )
    )
    assert texts(file) == ["坏.zip", "程序.exe", "数.json", "好.txt", "清溪县人民政府\n信息公开工作"]
    assert [note.split(":")[:3] for note in file.notes] == [
        ["member failed", " 坏.zip", " damaged"],
        ["member failed", " 程序.exe", " binary"],
        ["member waits", " 数.json", " no_reader"],
    ]


def test_an_archive_of_nothing_that_is_read_fails_as_its_members_do() -> None:
    with pytest.raises(UnreadableDocument, match="binary: ") as failed:
        read(zipped([("程序.exe", bytes(range(256)) * 9)]))
    assert failed.value.where == HINTS.url
    with pytest.raises(ReaderMissing, match="json has no reader yet"):
        read(zipped([("程序.exe", bytes(range(256)) * 9), ("数.json", JSON)]))
    with pytest.raises(UnreadableDocument, match="empty: "):
        read(zipped([("__MACOSX/._a.txt", PLAIN)]))


def test_what_systems_leave_beside_files_is_left_out() -> None:
    left = ["__MACOSX/._a.txt", "图/Thumbs.db", ".DS_Store", "._b.txt"]
    file = read(zipped([*((name, PLAIN) for name in left), ("a.txt", PLAIN)]))
    assert texts(file) == ["a.txt", "清溪县人民政府\n信息公开工作"]
    assert file.notes == ("system_files",)


def test_an_archive_in_an_archive_is_read_and_no_deeper() -> None:
    inner = zipped([("a.txt", PLAIN), ("更深.zip", zipped([("b.txt", PLAIN)]))])
    file = read(zipped([("外.zip", inner)]))
    assert texts(file) == ["外.zip", "外.zip/a.txt", "清溪县人民政府\n信息公开工作", "外.zip/更深.zip"]
    assert file.notes == ("member failed: 外.zip/更深.zip: too_deep: zip in an archive in an archive",)


def test_a_member_that_takes_a_password_is_encrypted() -> None:
    with pytest.raises(UnreadableDocument, match="encrypted: "):
        read(zipped_raw(b"a.txt", PLAIN, flags=1))


def many(count: int, size: int) -> bytes:
    return zipped([(f"{number}.txt", b"1" * size) for number in range(count)])


def noise(size: int) -> bytes:
    return random.Random(1).randbytes(size)


BOMBS = {
    "ten thousand members": many(10_000, 0),
    "one member of zeros": zipped([("a.txt", bytes(5_000_000))]),
    "members of zeros": many(20, 900_000),
    "overlapping members": zipped_overlapping(noise(50_000), 400),
    "many archives of many members": zipped(
        [(f"{n}.zip", zipped([(f"{m}", b"1") for m in range(100)], zipfile.ZIP_STORED)) for n in range(6)]
    ),
    "much in many archives": zipped(
        [(f"{n}.zip", zipped([("a.txt", b"1" * 900_000)])) for n in range(40)], zipfile.ZIP_STORED
    ),
}


@pytest.mark.parametrize("payload", BOMBS.values(), ids=BOMBS.keys())
def test_bombs_are_refused_before_they_take_time(payload: bytes) -> None:
    started = time.process_time()
    with pytest.raises(UnreadableDocument, match="bomb: "):
        read(payload)
    assert time.process_time() - started < 3


def test_a_bomb_in_an_archive_is_a_member_that_failed() -> None:
    file = read(zipped([("炸.zip", zipped([("a", bytes(5_000_000))])), ("a.txt", PLAIN)], zipfile.ZIP_STORED))
    assert texts(file)[:2] == ["炸.zip", "a.txt"]
    assert file.notes[0].startswith("member failed: 炸.zip: bomb: ")


def test_a_size_that_lies_is_damage_of_its_member() -> None:
    with pytest.raises(UnreadableDocument, match="damaged: "):
        read(zipped_raw(b"a.txt", PLAIN * 99, size=20))


def test_a_zip_within_itself_ends() -> None:
    with pytest.raises(UnreadableDocument, match="too_deep: zip"):
        read(zipped_itself())


@NEEDS_BSDTAR
def test_rar_and_7z_are_read_through_a_pipe(tmp_path: Path) -> None:
    file = read(rar([("年报/说明.txt", PLAIN), ("..\\out.txt", PLAIN)]))
    assert texts(file)[:2] == ["年报/说明.txt", "清溪县人民政府\n信息公开工作"]
    assert len(file.blocks) == 4
    assert file.extractor == "rar"
    packed = packed_by_bsdtar(tmp_path, {"年报.html": PAGE, "说明.txt": PLAIN}, "7zip")
    file = read(packed)
    assert [text for text in texts(file) if "." in text] == ["年报.html", "说明.txt"]
    assert any(block.grid for block in file.blocks)


@NEEDS_BSDTAR
def test_rar_that_takes_a_password_is_encrypted() -> None:
    with pytest.raises(UnreadableDocument, match="encrypted: "):
        read(rar([("a.txt", PLAIN)], is_encrypted=True))


@NEEDS_BSDTAR
def test_a_7z_of_zeros_is_a_bomb(tmp_path: Path) -> None:
    payload = packed_by_bsdtar(tmp_path, {"a.txt": bytes(30_000_000)}, "7zip")
    with pytest.raises(UnreadableDocument, match="bomb: "):
        read(payload)


def test_a_program_is_not_waited_for_that_writes_on_behind_what_is_no_tar(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    too_large = tarfile.TarInfo("a.txt")
    too_large.size = 1 << 50
    (tmp_path / "tar").write_bytes(too_large.tobuf(tarfile.GNU_FORMAT))
    program = tmp_path / "bsdtar"
    program.write_text(f"#!/bin/sh\n/bin/cat {tmp_path}/tar\nexec /bin/cat /dev/zero\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnreadableDocument, match="damaged: 0 members came out"):
        read(rar([("a.txt", PLAIN)]))


def test_without_a_program_a_rar_waits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ReaderMissing, match=r"rar: .*Install bsdtar "):
        read(rar([("a.txt", PLAIN)]))


def test_whatever_is_changed_in_an_archive_it_is_read_or_refused() -> None:
    payload = zipped([("a.txt", PLAIN * 9), ("页.html", PAGE)])
    chance = random.Random(20240501)
    outcomes: set[type] = set()
    for _ in range(150):
        changed = bytearray(payload)
        for _ in range(chance.randint(1, 6)):
            changed[chance.randrange(4, len(changed))] = chance.randrange(256)
        cut = chance.choice((len(changed), chance.randrange(4, len(changed))))
        try:
            outcomes.add(type(read(bytes(changed[:cut]))))
        except GongkaiError as error:
            outcomes.add(type(error))
    assert UnreadableDocument in outcomes
