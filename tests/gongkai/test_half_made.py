"""Data directories that are half made or damaged: a line that says what to do, and never a traceback."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from archive.data_folder import DataDir
from archive.warc.files import archive_files
from gongkai.cli import main
from tests.soak import SOAK, series

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _run(data: DataDir, *arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["--data", str(data.root), *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture(scope="module")
def derived(tmp_path_factory: pytest.TempPathFactory) -> DataDir:
    """A directory in which one file was imported and derived, to be copied."""
    folder = tmp_path_factory.mktemp("derived")
    data = DataDir(folder / "data")
    (folder / "a.txt").write_text("政府信息公开工作年度报告" * 40, "utf-8")
    assert _run(data, "import", str(folder / "a.txt"))[0] == 0
    assert _run(data, "derive")[0] == 0
    return data


@pytest.fixture
def data(tmp_path: Path, derived: DataDir) -> DataDir:
    """A copy of it."""
    return DataDir(shutil.copytree(derived.root, tmp_path / "data", symlinks=True))


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _noise(path: Path) -> None:
    path.write_bytes(b"no database at all" * 500)


def _holed(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (path.stat().st_size - 4096))


def _another(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE notes (text)")


DAMAGES = (_empty, _noise, _holed, _another)


@series
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_corpus_is_said_by_every_verb_and_rebuilt(
    data: DataDir, damage: Callable[[Path], None]
) -> None:
    damage(data.corpus_db)
    for verb in ("status", "verify", "publish"):
        code, _, err = _run(data, verb)
        assert (verb, code) == (verb, 1)
        assert "gongkai rebuild" in err or verb == "verify"
    report = json.loads(_run(data, "verify", "--json")[1])
    assert (report["findings"], report["pointers"]) == ([], 0)
    assert "gongkai rebuild" in report["unread"]
    if not SOAK and damage is not _holed:
        return  # one stands for the others: each is made anew alike
    assert _run(data, "rebuild")[0] == 0
    assert [_run(data, verb)[0] for verb in ("status", "verify", "publish", "snapshot")] == [0, 0, 0, 0]


@pytest.mark.parametrize("damage", [_empty, _noise])
def test_a_damaged_published_copy_is_said_and_replaced_by_force(
    data: DataDir, damage: Callable[[Path], None]
) -> None:
    data.make()
    damage(data.public_db)
    code, _, err = _run(data, "publish")
    assert code == 1
    assert "publish --force" in err
    assert _run(data, "publish", "--force")[0] == 0
    assert data.public_db.is_symlink()
    assert _run(data, "publish")[0] == 0


def test_a_link_to_a_copy_that_is_gone_is_set_anew(data: DataDir) -> None:
    data.make()
    data.public_db.symlink_to("gongkai-gone.db")
    assert _run(data, "status")[0] == 0
    assert _run(data, "publish")[0] == 0
    assert data.public_db.exists()


@pytest.mark.parametrize("verb", ["status", "derive", "publish", "snapshot", "verify", "rebuild"])
def test_a_clock_or_a_file_that_cannot_be_understood_ends_with_three(
    data: DataDir, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONGKAI_NOW", "yesterday")
    assert _run(data, verb)[0] == 3
    monkeypatch.delenv("GONGKAI_NOW")
    (data.root / "gongkai.yaml").write_bytes(b"contact: \xff\n")
    code, out, err = _run(data, verb)
    assert (code, out) == (3, "")
    assert "gongkai.yaml" in err


def test_an_empty_path_is_wrong_usage(data: DataDir) -> None:
    """A shell variable that is not set must not import the folder in which one stands."""
    assert _run(data, "import", "")[0] == 2
    assert len(archive_files(data.warc)) == 1
