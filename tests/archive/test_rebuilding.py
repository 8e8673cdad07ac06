"""Nothing is lost on the way: files of any text come back out of the corpus and the published copy."""

from __future__ import annotations

import codecs
import hashlib
import random
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from archive.data_folder import DataDir
from archive.derivation import DeriveOptions, derive, rebuild
from archive.importing import Provenance, import_files
from archive.publish.copy import publish
from tests.archive.evidence import START
from tests.archive.histories import ReaderHere
from tests.e2e.content import all_hashes, rows
from tests.pipelines.hostile import OURS, fuzzed_texts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEXTS = 300
ENCODINGS = (
    # the codec, what stands before the text, and which of the texts are stored so
    ("utf-8", b"", 0.6),
    ("utf-8", codecs.BOM_UTF8, 0.1),
    ("utf-16-le", codecs.BOM_UTF16_LE, 0.1),
    ("gb18030", b"", 0.2),
)
NUL = "\ufffd"
"""What stands for NUL, which no text holds (`pipelines.text.charset`)."""


@dataclass(frozen=True)
class Held:
    """A corpus of fuzzed files, and the files."""

    data: DataDir
    payloads: dict[str, bytes]


def payloads() -> Iterator[bytes]:
    chances = random.Random(17)
    sources = [text for text in OURS if len(text) > 100]
    for text in fuzzed_texts(23, TEXTS, sources):
        codec, mark, _ = chances.choices(ENCODINGS, [share for *_, share in ENCODINGS])[0]
        payload = bytearray(text.encode(codec))
        if codec == "utf-8" and chances.random() < 0.3:
            # Half a character, a surrogate and NUL: what is no text in any charset.
            place = chances.randrange(len(payload) + 1)
            payload[place:place] = chances.choice((b"\x00", b"\xe5\xb9", b"\xed\xa0\x80", b"\xff"))
        yield mark + bytes(payload)


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Held:
    """Import, derive and publish the files."""
    root = tmp_path_factory.mktemp("fuzzed")
    folder = root / "in"
    folder.mkdir()
    files = {f"{number:03}.txt": payload for number, payload in enumerate(payloads())}
    for name, payload in files.items():
        (folder / name).write_bytes(payload)
    data = DataDir(root / "data")
    import_files([folder], data=data, clock=lambda: START, run_id="run-1", provenance=Provenance())
    derive(data, DeriveOptions(reader=ReaderHere()))
    publish(data, clock=lambda: START)
    return Held(data, files)


def rebuilt_texts(database: Path) -> dict[str, tuple[str, str, str, str]]:
    """Return, by file name, what its passages add up to, the stored text, its digest and its codec."""
    with closing(sqlite3.connect(database)) as connection:
        pieces: dict[str, list[str]] = {}
        for version, piece in connection.execute(
            "SELECT o.version_id, o.lead || coalesce(o.raw, s.text) FROM occurrences AS o "
            "JOIN sections AS s ON s.id = o.section_id ORDER BY o.version_id, o.position"
        ):
            pieces.setdefault(version, []).append(piece)
        versions = connection.execute(
            "SELECT d.url, v.id, v.tail, v.text, v.text_sha256, v.encoding FROM documents AS d "
            "JOIN versions AS v ON v.id = d.current_version_id"
        ).fetchall()
    return {
        unquote(url.rpartition("/")[2]): ("".join(pieces.get(version, [])) + tail, text, sha256, encoding)
        for url, version, tail, text, sha256, encoding in versions
    }


@pytest.mark.parametrize("where", ["corpus", "published copy"])
def test_every_text_is_what_its_file_holds(held: Held, where: str) -> None:
    found = rebuilt_texts(held.data.corpus_db if where == "corpus" else held.data.public_db)
    assert len(found) > 0.9 * TEXTS
    for name, (rebuilt, text, sha256, encoding) in found.items():
        payload = held.payloads[name]
        for mark in (codecs.BOM_UTF8, codecs.BOM_UTF16_LE):
            payload = payload.removeprefix(mark)
        assert rebuilt == text == payload.decode(encoding, "replace").replace("\x00", NUL)
        assert hashlib.sha256(rebuilt.encode()).hexdigest() == sha256


def test_what_was_not_read_says_why(held: Held) -> None:
    unread = rows(
        held.data.corpus_db, "SELECT url, read_reason FROM documents WHERE current_version_id IS NULL"
    )
    read = rows(held.data.corpus_db, "SELECT count(*) FROM documents WHERE current_version_id IS NOT NULL")
    assert read == [(len(set(held.payloads.values())) - len(unread),)]
    assert {reason.partition(":")[0] for _, reason in unread} <= {"empty", "binary"}


def test_the_text_is_sound_in_its_own_charset(held: Held) -> None:
    """Whatever decodes without an error in the charset that was found is given back byte for byte."""
    exact = 0
    for name, (rebuilt, _, _, encoding) in rebuilt_texts(held.data.corpus_db).items():
        payload = held.payloads[name]
        if "\ufffd" not in rebuilt and not payload.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE)):
            assert rebuilt.encode(encoding) == payload
            exact += 1
    assert exact > 0.5 * TEXTS


def test_rebuilding_gives_the_same_rows(held: Held) -> None:
    wanted = all_hashes(held.data.corpus_db)
    rebuild(held.data, DeriveOptions(reader=ReaderHere()))
    assert all_hashes(held.data.corpus_db) == wanted
