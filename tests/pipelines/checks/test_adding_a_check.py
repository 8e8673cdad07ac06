"""Adding a check takes one entry of the table and one function; an incomplete entry is refused."""

from __future__ import annotations

import copy
import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from pipelines.checks.check_catalogue import Scope, find_functions, load_rules, read_rules
from pipelines.forms.form_catalogue import known_forms, statistics_forms
from pipelines.knowledge import BadTable, load_table
from tests.conftest import ROOT, UNFINISHED

if TYPE_CHECKING:
    from pathlib import Path

CATALOGUE = ROOT / "docs" / "statutory-tables.md"
ASK = """
from gongkai.web.rendering.words import rule_title
from pipelines.checks.run_checks import check_document
from pipelines.metadata.fields import Kind, Metadata
from tests.pipelines.checks.reports import PINGYUAN_2020, facts_of
facts = facts_of("form_2019", PINGYUAN_2020)
metadata = Metadata(title=None, issuer=None, year=None, kind=Kind.OTHER)
for check in check_document(facts, (), metadata, "form_2019"):
    if check.check_id == "cell.even":
        print(check.table_key, check.severity, check.outcome, check.message_zh)
print(rule_title("cell.even"))
"""


def test_one_entry_and_one_function_make_a_check(tmp_path: Path) -> None:
    """On a copy of the tree, as the page prints it: results with their words, and the title of pages."""
    page = CATALOGUE.read_text("utf-8")
    [entry] = re.findall(r"```yaml\n(  cell\.even:\n.*?)```", page, re.DOTALL)
    [function] = re.findall(r"```python\n(def check_even.*?)```", page, re.DOTALL)
    for package in ("pipelines", "archive", "crawler", "gongkai", "datasette", "tests"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=UNFINISHED)
    table = tmp_path / "pipelines" / "knowledge" / "checks.yaml"
    table.write_text(table.read_text("utf-8").replace("\nwords:\n", f"\n{entry}\nwords:\n", 1), "utf-8")
    module = tmp_path / "pipelines" / "checks" / "cell_checks.py"
    module.write_text(f"{module.read_text('utf-8')}\n\n{function}", "utf-8")
    asked = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr
    *results, title = asked.stdout.splitlines()
    assert {line.split()[0] for line in results} == {"t2", "t3", "t4"}
    assert any(
        line.startswith("t3 info fail “三、收到和处理政府信息公开申请情况”表中有奇数：") for line in results
    )
    assert title == "件数都是偶数"


@pytest.mark.parametrize(
    ("check", "part"),
    [
        ("cell.integer", "title"),
        ("t3.balance", "title"),
        ("cell.integer", "source"),
        ("cell.integer", "severity"),
        ("cell.integer", "fails_when"),
        ("cell.integer", "messages"),
        ("text.sum", "function"),
    ],
)
def test_an_entry_that_lacks_a_part_is_refused(check: str, part: str) -> None:
    entries: dict[str, Any] = copy.deepcopy(load_table("checks")["checks"])
    del entries[check][part]
    with pytest.raises(BadTable, match=part):
        read_rules(entries)


@pytest.mark.parametrize("change", [{"title": {"zh": "件数是整数", "en": ""}}, {"tytle": "x"}])
def test_an_entry_with_an_empty_or_unknown_part_is_refused(change: dict[str, Any]) -> None:
    entries: dict[str, Any] = copy.deepcopy(load_table("checks")["checks"])
    entries["cell.integer"].update(change)
    with pytest.raises(BadTable, match=r"cell\.integer|tytle|en"):
        read_rules(entries)


@pytest.mark.parametrize("scope", Scope)
def test_the_functions_that_entries_name_exist(scope: Scope) -> None:
    assert all(map(callable, find_functions(scope)))


def test_every_identity_of_a_form_has_an_entry() -> None:
    identities = {one.check for form in (*known_forms(), *statistics_forms()) for one in form.identities}
    assert identities == {check for check, rule in load_rules().items() if rule.scope is Scope.IDENTITY}


@pytest.mark.parametrize("check", load_rules())
def test_the_documentation_lists_every_check(check: str) -> None:
    page = CATALOGUE.read_text("utf-8")
    assert re.search(rf"^\| `{re.escape(check)}(?:\.<\w+>)?` \|", page, re.MULTILINE)
