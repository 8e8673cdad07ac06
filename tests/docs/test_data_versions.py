"""CHANGELOG tells what changed for readers of the data: no schema and no column changes in silence."""

from __future__ import annotations

import hashlib
import json

from archive.corpus.store import SCHEMA_VERSION
from archive.site_files import read_metadata, site_folder, table_words
from tests.conftest import ROOT


def _rows() -> list[list[str]]:
    section = (
        (ROOT / "CHANGELOG.md")
        .read_text("utf-8")
        .partition("## Versions of the data")[2]
        .partition("\n## ")[0]
    )
    rows = [
        [cell.strip() for cell in line.split("|")] for line in section.splitlines() if line.startswith("|")
    ]
    return rows[2:]


def test_every_schema_stands_in_the_changelog() -> None:
    schemas = [int(row[1]) for row in _rows()]
    assert schemas == sorted(schemas)
    assert schemas[-1] == int(SCHEMA_VERSION), "say in CHANGELOG.md what changed for readers of the data"


def test_no_column_changes_its_meaning_in_silence() -> None:
    columns = {name: words.columns for name, words in table_words(read_metadata(site_folder())).items()}
    digest = hashlib.sha256(json.dumps(columns, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:12]
    assert _rows()[-1][4] == f"`{digest}`", (
        f"say in CHANGELOG.md which column is new, gone or means something else, then write `{digest}`"
    )
