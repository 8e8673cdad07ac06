"""Readings made ahead in shards: taken as they stand, and the same rows as without them."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from archive.data_folder import DataDir
from archive.derivation import DeriveOptions, derive, read_shard
from archive.reading.kept import KeptReader, keep_reading, load_reading
from tests.archive.evidence import Answer, Evidence, page
from tests.archive.histories import ReaderHere
from tests.e2e.content import all_hashes, rows

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.roster

YEARS = range(2016, 2026)


@pytest.fixture
def data(tmp_path: Path) -> DataDir:
    """A corpus of one night, and another night that is new."""
    data = DataDir(tmp_path / "data")
    data.make()
    archive = Evidence(data.warc)
    title = "新乡市人民政府{}年政府信息公开工作年度报告"
    answers = [
        Answer(
            f"http://www.testville.example/{year}.html",
            page(title.format(year), "一、总体情况", f"第{year}号。"),
        )
        for year in YEARS
    ]
    archive.night(1, answers[:2])
    derive(data, DeriveOptions(reader=ReaderHere()))
    archive.night(2, answers)
    return data


@pytest.mark.slow
def test_shards_read_each_new_capture_once_and_derive_takes_what_they_kept(
    data: DataDir, tmp_path: Path
) -> None:
    other = DataDir(tmp_path / "other")
    shutil.copytree(data.root, other.root)
    derive(other, DeriveOptions(reader=ReaderHere()))
    one = DeriveOptions(workers=1)
    assert sum(read_shard(data, number, 2, one) for number in (1, 2)) == len(YEARS) - 2
    assert read_shard(data, 1, 2, one) == 0, "what is kept is not read again"
    kept = sorted(data.readings.iterdir())
    assert len(kept) == len(YEARS) - 2
    kept[0].write_bytes(kept[0].read_bytes()[:-1])
    derive(data, DeriveOptions(workers=1, reader=KeptReader(data.readings)))
    assert all_hashes(data.corpus_db) == all_hashes(other.corpus_db)
    assert not list(data.readings.iterdir())


@pytest.mark.slow
def test_what_is_kept_is_not_read_a_second_time(data: DataDir) -> None:
    read_shard(data, 1, 1, DeriveOptions(workers=1))
    kept = next(data.readings.iterdir())
    result = load_reading(kept)
    assert result
    assert result.reading
    metadata = replace(result.reading.metadata, title="只在保存的读数里")
    keep_reading(kept, replace(result, reading=replace(result.reading, metadata=metadata)))
    derive(data, DeriveOptions(workers=1, reader=KeptReader(data.readings)))
    assert rows(data.corpus_db, "SELECT count(*) FROM documents WHERE title = '只在保存的读数里'") == [(1,)]
