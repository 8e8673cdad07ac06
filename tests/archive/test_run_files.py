"""The temporary files of publishing: what is written comes back, and memory stays small."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from archive.publish import earlier_texts
from archive.publish.earlier_texts import WindowFile

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_windows_are_written_out_as_soon_as_enough_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits in memory is bounded: each call that reaches the bound leaves nothing behind."""
    monkeypatch.setattr(earlier_texts, "_BUFFERED", 100)
    flushed: list[int] = []
    write = WindowFile._flush

    def flush(files: WindowFile) -> None:
        flushed.append(files._count)
        write(files)

    monkeypatch.setattr(WindowFile, "_flush", flush)
    chance = np.random.default_rng(3)
    hashes = chance.integers(0, 1 << 63, 230, np.uint64) * np.uint64(2)
    with WindowFile(tmp_path, 2) as files:
        for start in range(0, 230, 20):
            part = hashes[start : start + 20]
            files.append(part, np.arange(start, start + len(part), dtype=np.int64))
        read = list(files.parts())
    assert flushed == [100, 100, 30]
    assert len(read) == 4
    for number, (found, places) in enumerate(read):
        assert (found >> np.uint64(62) == number).all()
        assert (hashes[places] == found).all()
        assert (np.diff(places) > 0).all()
    assert sorted(place for _, places in read for place in places) == list(range(230))
