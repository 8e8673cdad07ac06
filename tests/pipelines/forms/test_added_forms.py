"""A form is data: a file added as docs/statutory-tables.md shows reads its reports, and changes no other."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from pipelines.forms.form_catalogue import load_forms
from pipelines.knowledge import BadTable, load_folder
from tests.conftest import ROOT, UNFINISHED
from tests.pipelines.forms.drawn import COLUMNS, CORNER, GROUPS, fourth_rows, second_rows, third_labels
from tests.warm import run_module

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_FILE = re.compile(r"`(pipelines/knowledge/forms/\w+\.yaml)`[^\n]*:\n\n((?:    .*\n|\n)+)")
ADDED_ROW = "9.属于商业秘密"
ADDED_COLUMN = "个体工商户"


def files_in_the_docs() -> dict[str, str]:
    """Return the files that the page on statutory tables shows, by their place in the checkout."""
    page = (ROOT / "docs" / "statutory-tables.md").read_text(encoding="utf-8")
    return {name: re.sub("(?m)^    ", "", text) for name, text in _FILE.findall(page)}


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package in which the files of the page are added."""
    folder = tmp_path_factory.mktemp("extended")
    shutil.copytree(ROOT / "pipelines", folder / "pipelines", ignore=UNFINISHED)
    files = files_in_the_docs()
    assert len(files) == 2
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def stated(paths: Iterable[Path], package: Path) -> dict[str, Any]:
    """Read documents with the package of a folder; by the names of their files."""
    env = os.environ | {"PYTHONPATH": f"{package}{os.pathsep}{ROOT}"}
    run = run_module(package, "tests.pipelines.forms.stated", *map(str, paths), env=env)
    assert run.returncode == 0, run.stderr
    return {Path(name).name: found for name, found in json.loads(run.stdout).items()}


def report_on(year: int, *, row: bool = False, column: bool = False) -> str:
    """Return a report in the form of 2021, with tabs; on request with a row or a column more."""
    columns = [*COLUMNS[:2], *([ADDED_COLUMN] if column else ()), *COLUMNS[2:]]
    labels = [(key, group, label) for key, group, label in third_labels("form_2021")]
    if row:
        at = next(number for number, one in enumerate(labels) if one[0] == "unable_not_held")
        labels.insert(at, ("added", "denied", ADDED_ROW))
    third: list[Sequence[str]] = [[CORNER, "", *columns]]
    for key, group, label in labels:
        count = {"new_requests": 2, "results_total": 2, "added" if row else "disclosed": 2}.get(key, 0)
        cells = ["0"] * len(columns)
        # The applicants of the added column are two, so that no sum holds without it.
        cells[2], cells[-1] = str(count), str(count)
        third.append([GROUPS.get(group or "", ""), label, *cells])
    parts = [
        [f"云泽市人民政府{year}年政府信息公开工作年度报告"],
        ["一、总体情况", f"{year}年，云泽市人民政府认真落实各项工作要求。"],
        ["二、主动公开政府信息情况", *map("\t".join, second_rows("form_2021"))],
        ["三、收到和处理政府信息公开申请情况", *map("\t".join, third)],
        ["四、政府信息公开行政复议、行政诉讼情况", *map("\t".join, fourth_rows(["0"] * 15))],
        ["五、存在的主要问题及改进情况", "信息公开的形式有待丰富，下一步将逐项改进。"],
        ["六、其他需要报告的事项", "没有其他需要报告的事项。"],
    ]
    return "\n".join(line for part in parts for line in part) + "\n"


OWN_REPORTS = {
    "row_2026.txt": (report_on(2026, row=True), "form_2026", []),
    "as_before_2024.txt": (report_on(2024), "form_2021", []),
    # The year decides between forms that print the same; then the row is missing.
    "no_row_2026.txt": (report_on(2026), "form_2026", ["t3.shape"]),
    # A form cannot be followed before it is prescribed: the row is one that the issuer added.
    "row_2024.txt": (report_on(2024, row=True), "form_2021", []),
    "column_2023.txt": (report_on(2023, column=True), "form_2021_traders", []),
}


def test_a_report_follows_the_added_form_by_its_words_and_year(extended: Path, tmp_path: Path) -> None:
    for name, (text, _, _) in OWN_REPORTS.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = stated([tmp_path / name for name in OWN_REPORTS], extended)
    for name, (_, form, failing) in OWN_REPORTS.items():
        assert (found[name]["form"], found[name]["forms"]) == (form, [form]), name
        assert found[name]["failing"] == failing, name
    assert found["row_2026.txt"]["values"]["t3 denied_trade_secret total"] == "2"
    assert found["column_2023.txt"]["values"]["t3 new_requests sole_trader"] == "2"


def test_real_reports_are_read_as_if_the_added_forms_were_not_there(
    extended: Path, shared_real: Path, shared_documents: Path
) -> None:
    paths = [
        *sorted(path for path in (shared_real / "reports").iterdir() if path.is_file()),
        *sorted(shared_documents.iterdir()),
    ]
    without = stated(paths, ROOT)
    assert stated(paths, extended) == without
    assert {found.get("form") for found in without.values()} >= {"form_2019", "form_2021"}


def test_a_real_report_of_a_later_year_with_the_row_follows_the_added_form(
    extended: Path, shared_real: Path, tmp_path: Path
) -> None:
    text = (shared_real / "reports" / "pingtan_2023.txt").read_text(encoding="utf-8")
    later = re.sub("20(2[0-4])", lambda year: str(int(year.group()) + 3), text)
    behind = "8.属于行政查询事项2000002"
    assert behind in later
    path = tmp_path / "pingtan_2026.txt"
    path.write_text(later.replace(behind, f"{behind}{ADDED_ROW}0000000"), encoding="utf-8")
    found = stated([path], extended)[path.name]
    assert (found["form"], found["forms"], found["failing"]) == ("form_2026", ["form_2026"], [])


def refused(**changed: object) -> str:
    """Return what the loader says of the file for 2026 with keys changed; None takes one away."""
    files = files_in_the_docs()
    entry = yaml.safe_load(files["pipelines/knowledge/forms/form_2026.yaml"]) | changed
    with pytest.raises(BadTable) as caught:
        load_forms([*load_folder("forms"), entry])
    return str(caught.value)


ROW = {"table": "t3", "row": "denied_trade_secret", "behind": "denied_registry_lookup", "label": ADDED_ROW}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        pytest.param(
            {"evidence": {"t3": ["属于行政查询事项"]}},
            "form_2026.yaml: evidence of t3 that form_2019 prints, too: 属于行政查询事项",
            id="evidence that another form prints",
        ),
        pytest.param(
            {"evidence": {"t2": ["本年制发件数"]}},
            "form_2026.yaml: evidence of t2 that form_2021 prints, too: 本年制发件数",
            id="evidence of the form that it extends",
        ),
        pytest.param({"extends": "form_2020"}, "form_2026.yaml: extends form_2020", id="no such form"),
        pytest.param({"extra": 1}, "form_2026.yaml: Object contains unknown field", id="an unknown key"),
        pytest.param(
            {"added": [ROW | {"behind": "no_row"}]},
            "no_row, behind which denied_trade_secret is to stand, is no row of t3",
            id="behind no row",
        ),
        pytest.param(
            {"added": [ROW | {"sums": ["t3.balance"]}]},
            "t3.balance is no sum that denied_registry_lookup is part of",
            id="a sum of other rows",
        ),
    ],
)
def test_a_form_that_cannot_be_told_or_placed_is_refused(changed: dict[str, object], said: str) -> None:
    assert said in refused(**changed)


def test_evidence_that_two_forms_share_is_refused() -> None:
    entries = [dict(entry) for entry in load_folder("forms")]
    twin = entries[-1] | {"id": "form_2026", "years": [2026, None]}
    with pytest.raises(BadTable, match="evidence of t2 that form_2026 prints, too"):
        load_forms([*entries, twin])
