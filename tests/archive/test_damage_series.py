"""Long series of damage and forgery: all found, and what is whole is kept, and nothing that was planted.

A flip is held against what zlib and the index of before say of each record: what is still whole is read, and
rebuilt, and nothing else. Who alters a file may make its index anew too; then the manifests convict.
"""

from __future__ import annotations

import hashlib
import random
import zlib
from typing import TYPE_CHECKING

import pytest

from archive.data_folder import DataDir
from archive.derivation import DeriveOptions, rebuild
from archive.manifests.checking import check_manifests
from archive.manifests.closing import note_sealed_files
from archive.manifests.signatures import Signing
from archive.warc.entries import StoredCapture
from archive.warc.files import archive_files
from archive.warc.reader import read_archive
from archive.warc.record_index import index_path, read_record_index, record_lines
from archive.warc.record_parts import GZIP_WINDOW
from archive.warc.verification import verify_archive, verify_file
from tests.archive.damaging import cut, cut_between, flip_bit, forge, plant_record, store_as_it_is
from tests.archive.evidence import Answer, Evidence, page
from tests.archive.histories import ReaderHere
from tests.archive.samples import fixed_clock
from tests.e2e.content import rows
from tests.soak import SOAK, seeds, series

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from archive.warc.record_index import RecordEntry

pytestmark = series
ROUND = 10
"""Damages per test: making the archive takes longer than finding them."""


class Struck:
    """A small archive of one file whose bytes are replaced again and again."""

    def __init__(self, root: Path) -> None:
        self.data = DataDir(root)
        self.data.make()
        pages = [page(f"第{number}页", f"内容{number}。", f"共{number}条。") for number in range(5)]
        answers = [Answer(f"http://www.testville.example/{n}.html", body) for n, body in enumerate(pages)]
        plant = plant_record(random.Random(5))
        answers.insert(3, Answer("http://www.testville.example/plant.pdf", plant))
        Evidence(self.data.warc).night(1, [*answers, Answer("http://www.testville.example/x.html", pages[0])])
        (self.path,) = archive_files(self.data.warc)
        self.plant = store_as_it_is(self.path, plant)
        self.whole = self.path.read_bytes()
        self.entries = list(read_record_index(self.path))
        self.index = index_path(self.path).read_bytes()
        note_sealed_files(self.data, Signing(), found=False, clock=fixed_clock)
        self.reader = DeriveOptions(reader=ReaderHere())

    def strike(self, damaged: bytes) -> None:
        """Put damaged bytes in the place of the file's."""
        self.path.write_bytes(damaged)
        index_path(self.path).write_bytes(self.index)

    def whole_captures(self) -> list[str]:
        """Return the ids of captures whose records stand as they were, by zlib and SHA-256 alone."""
        struck = self.path.read_bytes()
        return [
            entry.record_id
            for entry in self.entries
            if entry.record_type in {"response", "revisit"} and is_as_stated(struck, entry)
        ]

    def read(self) -> list[str]:
        """Return the ids of captures that are read, damage passed over."""
        found = read_archive(self.path, on_damage=lambda _: None)
        return [one.id for one in found if isinstance(one, StoredCapture)]

    def rebuild(self) -> set[str]:
        """Rebuild the corpus, and return the ids of its captures."""
        rebuild(self.data, self.reader)
        return {str(one) for (one,) in rows(self.data.corpus_db, "SELECT id FROM captures")}

    def convicted(self) -> bool:
        """Make the index anew as a forger would, and ask the manifests."""
        index_path(self.path).write_bytes(b"".join(record_lines(self.path)))
        assert not verify_file(self.path).findings, "by itself the file looks sound"
        return bool(check_manifests(self.data, list(verify_archive(self.data.warc)), Signing()).findings)


def is_as_stated(struck: bytes, entry: RecordEntry) -> bool:
    member = struck[entry.offset : entry.offset + entry.length]
    inflate = zlib.decompressobj(GZIP_WINDOW)
    try:
        record = inflate.decompress(member)
    except zlib.error:
        return False
    return inflate.eof and not inflate.unused_data and hashlib.sha256(record).hexdigest() == entry.sha256


@pytest.fixture(scope="module")
def struck(tmp_path_factory: pytest.TempPathFactory) -> Struck:
    return Struck(tmp_path_factory.mktemp("struck"))


def rounds(seed: int) -> Iterable[random.Random]:
    return (random.Random(seed * ROUND + number) for number in range(ROUND))


@pytest.mark.parametrize("seed", seeds(100))
def test_a_cut_is_found(struck: Struck, seed: int) -> None:
    for chance in rounds(seed):
        struck.strike(cut(struck.whole, chance))
        assert verify_file(struck.path).findings
        assert struck.read() == struck.whole_captures()


@pytest.mark.parametrize("seed", seeds(100))
def test_a_flipped_bit_is_found_and_costs_the_record_that_it_hits(struck: Struck, seed: int) -> None:
    for number, chance in enumerate(rounds(seed)):
        struck.strike(flip_bit(struck.whole, chance))
        kept = struck.whole_captures()
        whole = [entry for entry in struck.entries if is_as_stated(struck.path.read_bytes(), entry)]
        # A bit that only fills up the last byte of a deflated stream is no part of any record.
        assert verify_file(struck.path).findings or whole == struck.entries
        assert struck.read() == kept
        if SOAK or not number:
            rebuild(struck.data, struck.reader)
            assert {str(one) for (one,) in rows(struck.data.corpus_db, "SELECT id FROM captures")} == set(
                kept
            )


@pytest.mark.parametrize("seed", seeds(10))
def test_a_cut_between_records_is_found(struck: Struck, seed: int) -> None:
    for chance in rounds(seed):
        struck.strike(cut_between(struck.whole, struck.entries, chance))
        assert verify_file(struck.path).findings


@pytest.mark.parametrize("seed", seeds(10))
def test_a_forged_record_with_right_digests_is_found(struck: Struck, seed: int) -> None:
    for chance in rounds(seed):
        struck.strike(forge(struck.whole, struck.entries, chance))
        assert verify_file(struck.path).findings
        assert struck.convicted()


@pytest.mark.parametrize("seed", seeds(10))
def test_a_planted_member_is_never_taken_for_a_record(struck: Struck, seed: int) -> None:
    """The record that holds it is damaged before it, by a bit or by a stretch, with an index and without."""
    (holder,) = (each for each in struck.entries if each.offset < struck.plant < each.offset + each.length)
    behind = struck.whole[struck.plant :]
    for chance in rounds(seed):
        place = chance.randrange(holder.offset, struck.plant)
        before = struck.whole[:place] + chance.choice((b"", bytes([struck.whole[place] ^ 1]), bytes(7)))
        struck.strike(before + behind if chance.random() < 0.1 else before + struck.whole[len(before) :])
        if chance.random() < 0.5:
            index_path(struck.path).unlink()
        report = verify_file(struck.path)
        assert report.findings or struck.path.read_bytes() == struck.whole
        assert report.records <= len(struck.entries)
        ids = struck.rebuild()
        assert ids == set(struck.read())
        assert ids <= {entry.record_id for entry in struck.entries}


@pytest.mark.parametrize("seed", seeds(10))
def test_a_damaged_index_leads_nobody_astray(struck: Struck, seed: int) -> None:
    """Alone it is found and costs nothing; beside a damaged record, nothing is read that is not whole."""
    for chance in rounds(seed):
        struck.strike(struck.whole)
        index_path(struck.path).write_bytes(flip_bit(struck.index, chance))
        assert verify_file(struck.path).findings
        assert struck.read() == struck.whole_captures()
        struck.path.write_bytes(flip_bit(struck.whole, chance))
        assert set(struck.read()) <= set(struck.whole_captures())
