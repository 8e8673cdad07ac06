"""Thresholds are a table that says what each means, where it comes from, and what would notice it change."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pytest

from pipelines.knowledge import BadTable, Thresholds, read_thresholds
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PACKAGES = {
    "pipelines.knowledge": ROOT / "pipelines" / "knowledge",
    "crawler": ROOT / "crawler",
    "archive": ROOT / "archive",
    "gongkai": ROOT / "gongkai",
}
AREAS = [
    (package, path.stem)
    for package, folder in PACKAGES.items()
    for path in sorted((folder / "thresholds").glob("*.yaml"))
]
ENTRY = "{value: 3, unit: rows, means: Fewer are prose., source: docs/readers.md, noticed_by: tests/x.py}"


class Bounds(Thresholds):
    least_rows: int
    page_mark: re.Pattern[str]


@pytest.fixture
def area(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of our own with an area of thresholds."""
    folder = tmp_path / "own_package" / "thresholds"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "own_package", raising=False)
    return folder / "bounds.yaml"


def test_values_and_patterns_stand_under_their_names(area: Path) -> None:
    area.write_text(
        f"least_rows: {ENTRY}\npage_mark: {{pattern: '-\\d+-', means: m, source: s, noticed_by: tests/x.py}}"
    )
    bounds = Bounds.load("bounds", "own_package")
    assert bounds.least_rows == 3
    assert bounds.page_mark.fullmatch("-12-")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"least_rows: {ENTRY}", "differ in: page_mark"),
        (f"least_rows: {ENTRY}\npage_mark: {ENTRY}\nodd: {ENTRY}", "differ in: odd"),
        ("least_rows: {value: 3, unit: rows, means: m, source: s}", "noticed_by"),
        ("least_rows: {value: 3, means: m, source: s, noticed_by: t, why: x}", "why"),
        ("least_rows: {means: m, source: s, noticed_by: t}", "least_rows needs a value or a pattern"),
        (f"least_rows: {ENTRY.replace('3', 'three')}\npage_mark: {ENTRY}", "threshold bounds.least_rows"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(area: Path, text: str, said: str) -> None:
    area.write_text(text)
    with pytest.raises(BadTable, match=re.escape(said)):
        Bounds.load("bounds", "own_package")


@pytest.mark.parametrize(("package", "name"), AREAS, ids=str)
def test_every_threshold_says_where_it_comes_from_and_what_notices_it(package: str, name: str) -> None:
    for threshold, entry in read_thresholds(package, name).items():
        assert entry.means.strip(), threshold
        assert entry.source.strip(), threshold
        assert entry.pattern or entry.unit, f"{threshold} has no unit"
        guard = entry.noticed_by.partition("::")[0]
        assert (ROOT / guard).is_file(), f"{threshold}: {guard} is no file"
