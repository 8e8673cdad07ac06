"""Nights derived in every order of their WARC files, one by one, and anew: the corpus is always the same.

    root/evidence/ ─▶ root/at-once/      all files, one derive
                   ─▶ root/order-N/      a derive after each file

The histories of a file are a series, which it is marked as: `make soak` derives each in every order, and
`make test` those alone whose tests ask for it, the others at once.
"""

from __future__ import annotations

import itertools
import shutil
from typing import TYPE_CHECKING

from archive.data_folder import DataDir
from archive.derivation import DeriveOptions, derive, rebuild
from archive.warc.files import archive_files
from tests.archive.evidence import Evidence
from tests.e2e.content import all_hashes
from tests.soak import SOAK

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from archive.derivation import CaptureReader
    from tests.archive.evidence import Answer

MOST_PERMUTED = 4
"""Files of which all orders are tried; of more, the one in which they were written and its reverse."""


def derive_nights(
    root: Path, nights: Iterable[Sequence[Answer]], reader: CaptureReader, *, in_every_order: bool = SOAK
) -> DataDir:
    """Archive nights of answers and derive them; see `derive_evidence`."""
    evidence = Evidence(root / "evidence")
    for number, answers in enumerate(nights, start=1):
        evidence.night(number, answers)
    return derive_evidence(root, reader, in_every_order=in_every_order)


def derive_evidence(root: Path, reader: CaptureReader, *, in_every_order: bool = SOAK) -> DataDir:
    """Derive what stands in `root/evidence`, at once, and where asked in every order and anew."""
    files, options = archive_files(root / "evidence"), DeriveOptions(reader=reader)
    data = DataDir(root / "at-once")
    data.make()
    for path in files:
        shutil.copy(path, data.warc)
    derive(data, options)
    if not in_every_order:
        return data
    wanted = all_hashes(data.corpus_db)
    orders = itertools.permutations(files) if len(files) <= MOST_PERMUTED else (files, files[::-1])
    for place, order in enumerate(orders):
        one_by_one = derive_one_by_one(root / f"order-{place}", order, reader)
        assert all_hashes(one_by_one.corpus_db) == wanted, [path.name for path in order]
    rebuild(data, options)
    assert all_hashes(data.corpus_db) == wanted
    return data


def derive_one_by_one(root: Path, files: Iterable[Path], reader: CaptureReader) -> DataDir:
    """Derive after each file that arrives."""
    data = DataDir(root)
    data.make()
    for path in files:
        shutil.copy(path, data.warc)
        derive(data, DeriveOptions(reader=reader))
    return data
