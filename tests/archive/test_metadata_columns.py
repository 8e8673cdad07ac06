"""A metadata column is one entry of `metadata_fields.yaml`: added to a copy of the tree it is everywhere."""

from __future__ import annotations

import csv
import os
import re
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT, UNFINISHED
from tests.e2e.content import rows
from tests.warm import run_module

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PACKAGES = ("pipelines", "archive", "crawler", "gongkai", "datasette")
URL = "http://www.testville.example/zc/t1.html"
PAGE = """<html><head><meta charset="utf-8"><title>试城市水资源管理办法</title></head><body>
<table><tr><td>索引号：</td><td>990100-2026-7</td></tr><tr><td>收文处室：</td><td>水资源处</td></tr>
<tr><td>发布日期：</td><td>2026-01-19</td></tr></table>
<h1>试城市水资源管理办法</h1>
<p>第一条　为了节约用水，制定本办法。</p>
<p>第二条　本办法自公布之日起施行。</p></body></html>"""


@pytest.fixture(scope="module")
def gongkai(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Run a command of a copy of the tree that has one more entry, the one that the page prints."""
    page = (ROOT / "docs" / "sections.md").read_text("utf-8")
    [entry] = re.findall(r"```yaml\n(  received_by:\n.*?)```", page, re.DOTALL)
    tree = tmp_path_factory.mktemp("tree")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, tree / name, ignore=UNFINISHED)
    shutil.copytree(ROOT / "docs", tree / "docs")
    with (tree / "pipelines/knowledge/metadata_fields.yaml").open("a", encoding="utf-8") as table:
        table.write(f"\n{entry}")

    def run(*arguments: str | Path) -> str:
        environment = {**os.environ, "PYTHONPATH": str(tree), "GONGKAI_NOW": "2026-04-12T03:00:00+08:00"}
        done = run_module(tree, *map(str, arguments), env=environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_a_column_is_one_entry(gongkai: Callable[..., str], tmp_path: Path) -> None:
    data = tmp_path / "data"
    (tmp_path / "page.html").write_text(PAGE, encoding="utf-8")
    gongkai("gongkai", "--data", data, "import", tmp_path / "page.html", "--source-url", URL)
    for verb in ("derive", "publish", "snapshot"):
        gongkai("gongkai", "--data", data, verb)
    asked = "SELECT title, received_by, metadata_sources ->> '$.received_by' FROM documents"
    stated = [("试城市水资源管理办法", "水资源处", "header")]
    assert rows(data / "corpus.db", asked) == stated
    assert rows(data / "public" / "gongkai.db", asked) == stated
    [snapshot] = (data / "snapshots").iterdir()
    with (snapshot / "documents.csv").open(encoding="utf-8-sig", newline="") as exported:
        assert [row["received_by"] for row in csv.DictReader(exported)] == ["水资源处"]
    assert "The office that received it" in (snapshot / "datapackage.json").read_text("utf-8")

    (data / "suppressions.yaml").write_text(
        f"- {{url: '{URL}', reason: personal data, date: 2026-04-01}}\n", encoding="utf-8"
    )
    gongkai("gongkai", "--data", data, "publish")
    assert rows(data / "public" / "gongkai.db", asked) == [(None, None, None)]


def test_the_entry_is_a_line_of_the_documentation(gongkai: Callable[..., str]) -> None:
    page = gongkai("cogapp", "docs/sections.md")
    assert "| `received_by` | 收文处室, as the header table has it |" in page
