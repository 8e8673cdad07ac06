"""Real years of one body side by side: 平潭 2020, 2022 and 2023, read by eye.

The reports name no body that a year could be found before, so they are compared as any two versions are.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from archive.corpus.version_diff import Compared, compare_versions, figures_in
from gongkai.cli import main

if TYPE_CHECKING:
    from pathlib import Path

YEARS = (2020, 2022, 2023)


@pytest.fixture(scope="module")
def corpus(shared_real: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Import the reports and derive them."""
    root = tmp_path_factory.mktemp("pingtan")
    files = [str(shared_real / "reports" / f"pingtan_{year}.txt") for year in YEARS]
    for arguments in (["import", *files], ["derive"]):
        result = CliRunner().invoke(main, ["--data", str(root), *arguments])
        assert result.exit_code == 0, result.output
    return root / "corpus.db"


def compared(corpus: Path, old: int, new: int) -> Compared:
    with closing(sqlite3.connect(corpus)) as connection:
        versions = dict(connection.execute("SELECT year, current_version_id FROM documents"))
        return compare_versions(connection, versions[old], versions[new])


def states(found: Compared) -> list[tuple[str, str]]:
    """Return what became of each division, by the first character of its heading."""
    told = []
    for aligned in found.aligned:
        leaf = found.old[aligned.old or 0] if aligned.new is None else found.new[aligned.new]
        told.append((found.state(aligned).value, leaf.heading_path[0][0] if leaf.heading_path else ""))
    return told


def figures(found: Compared, division: str) -> list[dict[str, Any]]:
    return [
        figure
        for aligned in found.aligned
        if aligned.new is not None
        and found.new[aligned.new].heading_path[:1]
        and found.new[aligned.new].heading_path[0].startswith(division)
        for figure in figures_in(found, aligned)
    ]


def test_every_division_of_2022_is_there_again_in_2023_changed(corpus: Path) -> None:
    assert states(compared(corpus, 2022, 2023)) == [
        ("changed", division) for division in ["", *"一二三四五六"]
    ]


def test_the_sections_that_were_written_anew_after_2020_are_dropped_and_new(corpus: Path) -> None:
    assert states(compared(corpus, 2020, 2022)) == [
        ("changed", ""),
        ("dropped", "一"),
        ("new", "一"),
        ("changed", "二"),
        ("changed", "三"),
        ("changed", "四"),
        ("dropped", "五"),
        ("new", "五"),
        ("changed", "六"),
    ]


def test_figures_of_the_prose_are_set_against_each_other_where_the_words_before_them_are_the_same(
    corpus: Path,
) -> None:
    pairs = [
        (one["old"], one["new"])
        for one in figures(compared(corpus, 2022, 2023), "一")
        if one["old"] and one["new"]
    ]
    assert pairs == [
        ("2022年", "2023年"),
        ("2022年", "2023年"),
        ("14571条", "13561条"),
        ("698件", "393件"),
        ("88件", "77件"),
        ("75件", "81件"),
        ("72件", "80件"),
        ("3件", "1件"),
        # Of 行政诉讼案件; that of 行政复议案件 stands before it in one year and behind it in the other.
        ("1件", "7件"),
    ]


def test_figures_of_what_is_new_or_gone_stand_alone(corpus: Path) -> None:
    found = figures(compared(corpus, 2022, 2023), "一")
    gone = {one["old"] for one in found if not one["new"]}
    come = {one["new"] for one in found if not one["old"]}
    assert {"77条", "20件", "8个", "33个", "4次"} <= gone
    assert {"117篇", "1654条", "51.85%", "6.17%", "38.27%"} <= come
    assert not {"一", "二", "三"} & (gone | come)


def test_rows_whose_cells_are_glued_together_are_told_of_as_printed(corpus: Path) -> None:
    rows = {one["row"]: one for one in figures(compared(corpus, 2022, 2023), "二")}
    assert rows["penalties"]["old"].endswith("2113")
    assert rows["penalties"]["new"].endswith("1330")
    assert "column" not in rows["normative_documents"]
    assert "rules" not in rows


def test_a_table_that_only_one_year_prints_readably_claims_no_change_of_a_figure(corpus: Path) -> None:
    assert figures(compared(corpus, 2022, 2023), "四") == []


def test_what_was_said_again_word_for_word_but_for_the_year_is_a_change_of_the_year(corpus: Path) -> None:
    found = compared(corpus, 2022, 2023)
    [last] = [aligned for aligned in found.aligned if aligned.new == len(found.new) - 1]
    assert [(edit.old, edit.new) for edit in last.edits if edit.sort] == [("2022年", "2023年")]
