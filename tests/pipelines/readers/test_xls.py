"""Workbooks of the older kind. The files in the folder are ours, saved as XLS by LibreOffice 7.4."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from pipelines.decoded import Hints
from pipelines.errors import UnreadableDocument
from pipelines.readers.spreadsheets import read_xls

HINTS = Hints("http://www.example.gov.cn/1.xls")
OFFICE = Path(__file__).parents[1] / "fixtures" / "office"
FILE_PASSWORD_RECORD = b"\x2f\x00\x04\x00\x00\x00\x00\x00"


def test_cells_are_read_as_shown() -> None:
    file = read_xls((OFFICE / "formats.xls").read_bytes(), HINTS)
    assert [block.text for block in file.blocks if not block.is_table] == ["数据", "底表"]
    grid = file.blocks[1].grid
    assert grid is not None
    assert [[cell.text if cell.is_origin else None for cell in row] for row in grid.rows] == [
        ["项目", "数", "率", "日期", "组", None],
        ["许可", "0.3", "12.5%", "2020-01-31", "甲", ""],
        ["处罚", "", "12,346", "", "0", "-5"],
        ["合计", "2", "TRUE", "#DIV/0!", None, ""],
    ]
    assert file.notes == ("hidden_sheets",)
    assert file.extractor == "xls"


def test_a_run_that_looks_otherwise_is_no_part_of_the_figure_beside_it() -> None:
    file = read_xls((OFFICE / "runs.xls").read_bytes(), HINTS)
    assert file.blocks[-1].text == "删去\t上标\t白字\t黑字\t原样\n15 16\t15 16\t15 16\t1516\t1516"


def test_a_password_is_said() -> None:
    payload = (OFFICE / "formats.xls").read_bytes()
    begin = payload.index(b"\x09\x08\x10\x00\x00\x06") + 20
    protected = payload[:begin] + FILE_PASSWORD_RECORD + payload[begin + len(FILE_PASSWORD_RECORD) :]
    with pytest.raises(UnreadableDocument, match="encrypted: "):
        read_xls(protected, HINTS)


def test_broken_files_are_read_or_refused() -> None:
    whole = (OFFICE / "report.xls").read_bytes()
    chances = random.Random(11)
    reasons: list[str] = []
    for _ in range(60):
        broken = bytearray(whole[: chances.choice((len(whole), chances.randrange(len(whole))))])
        for _ in range(chances.randrange(1, 30)):
            broken[chances.randrange(len(broken))] = chances.randrange(256)
        try:
            assert read_xls(bytes(broken), HINTS).blocks
        except UnreadableDocument as error:
            reasons.append(error.problem.split(":")[0])
    assert len(reasons) > 10
    assert set(reasons) <= {"damaged", "encrypted", "no_text", "too_big"}
