"""Nights derived in every order of their WARC files, one by one, and anew: the corpus is always the same."""

from __future__ import annotations

import itertools
import shutil
from typing import TYPE_CHECKING

from archive.data_folder import DataDir
from archive.derivation import DeriveOptions, derive, rebuild
from archive.warc.files import archive_files
from tests.archive.evidence import Evidence
from tests.e2e.content import all_hashes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from archive.derivation import CaptureReader
    from tests.archive.evidence import Answer


def derived_in_every_order(root: Path, nights: Iterable[Sequence[Answer]], reader: CaptureReader) -> DataDir:
    """Archive nights, derive them in every order and rebuild; return the folder of the last order."""
    evidence = Evidence(root / "evidence")
    for number, answers in enumerate(nights, start=1):
        evidence.night(number, answers)
    files = archive_files(root / "evidence")
    options = DeriveOptions(reader=reader)
    found: list[dict[str, str]] = []
    for place, order in enumerate(itertools.permutations(files)):
        data = DataDir(root / f"order-{place}")
        data.make()
        for path in order:
            shutil.copy(path, data.warc)
            derive(data, options)
        found.append(all_hashes(data.corpus_db))
    rebuild(data, options)
    found.append(all_hashes(data.corpus_db))
    assert all(hashes == found[0] for hashes in found)
    return data
