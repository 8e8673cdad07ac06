"""Who holds a window earlier; the temporary files of that: what is written comes back, in little memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from archive.publish import earlier_texts
from archive.publish.earlier_texts import WindowFile, find_holders
from pipelines.duplicates.overlap import compared_codes, hash_shingles

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


@given(st.lists(st.text("甲乙", max_size=60), max_size=6))
def test_holders_are_the_first_and_the_nearest_before(corpus: list[str]) -> None:
    windows = [hash_shingles(compared_codes(text, ()))[0] for text in corpus]
    hashes = np.concatenate([np.empty(0, np.uint64), *windows])
    ranks = np.repeat(np.arange(len(corpus)), [len(it) for it in windows])
    held, first, nearest = find_holders(hashes, ranks)
    found = dict(zip(held.tolist(), zip(first.tolist(), nearest.tolist(), strict=True), strict=True))
    wanted = {}
    for place, (window, rank) in enumerate(zip(hashes.tolist(), ranks.tolist(), strict=True)):
        having = [other for other in range(rank) if window in windows[other].tolist()]
        if having:
            wanted[place] = (having[0], having[-1])
    assert found == wanted
