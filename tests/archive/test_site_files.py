from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from archive.corpus.store import schema_sql
from archive.data_folder import DataDir
from archive.publish.build import build_copy
from archive.publish.public_tables import public_tables
from archive.site_files import SiteFilesMissing, read_metadata, site_folder, table_words

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("there", "chosen"),
    [
        pytest.param(
            ["datasette/metadata.yaml", "gongkai_datasette/metadata.yaml"],
            "datasette",
            id="both: the checkout",
        ),
        pytest.param(
            ["datasette/__init__.py", "gongkai_datasette/metadata.yaml"], "gongkai_datasette", id="installed"
        ),
    ],
)
def test_the_checkout_comes_before_the_installed_copy(tmp_path: Path, there: list[str], chosen: str) -> None:
    for name in there:
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    assert site_folder(tmp_path) == tmp_path / chosen


def test_neither_is_said(tmp_path: Path) -> None:
    with pytest.raises(SiteFilesMissing, match="Install gongkai again"):
        site_folder(tmp_path)


def test_every_published_column_is_explained_and_no_other(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    db = sqlite3.connect(data.corpus_db)
    db.executescript(schema_sql())
    db.close()
    build_copy(data.corpus_db, tmp_path / "copy.db")
    db = sqlite3.connect(tmp_path / "copy.db")
    published = {table.name: {column.name for column in table.columns} for table in public_tables(db)}
    views = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'view'")]
    for name in (name for name in views if name not in published):
        published[name] = {row[0] for row in db.execute("SELECT name FROM pragma_table_info(?)", (name,))}
    db.close()
    words = table_words(read_metadata(site_folder()))
    assert {name: set(it.columns) for name, it in words.items()} == published


def test_every_explanation_has_a_heading_and_both_languages() -> None:
    for name, words in table_words(read_metadata(site_folder())).items():
        assert " / " in words.title, name
        for column, text in words.columns.items():
            heading, _, rest = text.partition("：")
            assert 0 < len(heading) <= 8, (name, column)
            assert " / " in rest, (name, column)
