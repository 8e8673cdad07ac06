"""Compound files are told by what stands at their top."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import pytest

from pipelines.decoded import Hints
from pipelines.errors import ReaderMissing, UnreadableDocument
from pipelines.readers.registry import decode_payload
from pipelines.response.payload_type import PayloadType, sniff, top_names
from tests.pipelines.readers.compound_samples import compound

HINTS = Hints("http://www.example.gov.cn/1.doc")
OFFICE = Path(__file__).parents[1] / "fixtures" / "office"


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        pytest.param(compound("1Table", "WordDocument"), PayloadType.DOC, id="word, or WPS"),
        pytest.param(compound("Workbook", inside=["WordDocument"]), PayloadType.XLS, id="word in a sheet"),
        pytest.param(compound("WordDocument", inside=["Workbook"]), PayloadType.DOC, id="sheet in word"),
        pytest.param(compound("Contents", inside=["Workbook"]), PayloadType.OLE, id="sheet in another"),
        pytest.param(compound("PowerPoint Document"), PayloadType.PPT, id="slides"),
        pytest.param(compound("EncryptionInfo", "EncryptedPackage"), PayloadType.OLE, id="encrypted"),
    ],
)
def test_the_top_decides(payload: bytes, expected: PayloadType) -> None:
    assert sniff(payload) is expected


@pytest.mark.parametrize(("name", "kind"), [("report.doc", PayloadType.DOC), ("report.xls", PayloadType.XLS)])
def test_files_of_a_program_are_told(name: str, kind: PayloadType) -> None:
    payload = (OFFICE / name).read_bytes()
    assert {"WordDocument", "Workbook"} & top_names(payload)
    assert sniff(payload) is kind


def test_a_password_is_said() -> None:
    with pytest.raises(UnreadableDocument, match="encrypted: "):
        decode_payload(compound("EncryptionInfo", "EncryptedPackage"), HINTS)


def test_another_kind_waits() -> None:
    with pytest.raises(ReaderMissing, match="ole: "):
        decode_payload(compound("__properties_version1.0"), HINTS)


def test_slides_wait() -> None:
    with pytest.raises(ReaderMissing, match="ppt has no reader yet"):
        decode_payload(compound("PowerPoint Document"), HINTS)


def test_broken_directories_end() -> None:
    whole = compound("A", "B", "C", "D", "E", inside=["F"])
    chances = random.Random(7)
    for _ in range(400):
        broken = bytearray(whole)
        for _ in range(3):
            place = chances.randrange(len(broken) // 4) * 4
            value = chances.choice((0, 1, 2, 3, 0xFFFFFFFE, 7_000_000))
            broken[place : place + 4] = struct.pack("<L", value)
        broken = broken[: chances.choice((40, 600, 1_100, None))]
        assert len(top_names(bytes(broken))) <= 8
