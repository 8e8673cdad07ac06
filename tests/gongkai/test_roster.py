"""A slip in the operator's roster: said by the verb and by its exit code, and nothing else is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from archive.data_folder import DataDir
from gongkai.cli import main
from tests.archive.evidence import Evidence

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("row", "code"), [("试城市人民政府,2010", 0), ("市人民政府,2010", 3)], ids=["sound", "bad"]
)
def test_a_bad_row_is_named_and_ends_with_3(tmp_path: Path, row: str, code: int) -> None:
    data = DataDir(tmp_path)
    data.make()
    Evidence(data.warc).night(1, [])
    data.roster.mkdir()
    (data.roster / "own.csv").write_text(f"name,from_year\n{row}\n", "utf-8")
    for verb in ("derive", "rebuild"):
        done = CliRunner().invoke(main, ["--data", str(tmp_path), verb])
        assert done.exit_code == code, done.output
        assert ("roster, left out: own.csv, row 2: " in done.output) == bool(code)
    assert data.corpus_db.exists()
