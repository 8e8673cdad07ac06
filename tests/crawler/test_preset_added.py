"""A stranger's task: a system nobody knows is one entry in `presets.yaml`, a portal of it one file."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from archive.data_folder import DataDir
from tests.conftest import ROOT
from tests.crawler.portal_server import PortalServer, Reply, page
from tests.crawler.project_copy import copy_project, run_in

if TYPE_CHECKING:
    from pathlib import Path

GUIDE = (ROOT / "docs" / "families.md").read_text("utf-8").partition("## Add a family")[2]
ENTRY = re.search(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
LOOK = """
from crawler.discovery.fingerprints import recognise
from gongkai.web.rendering.words import column_words
page = "<script>var columnId = 7; load('/hexi-api/list?column=7')</script>"
print(recognise(page, "http://www.hexi.gov.cn/nb/")[0].family, column_words()["portals.family"]["hexi_cms"])
"""
COLUMN = page("<script>var columnId = 7;</script>")


def answer(*numbers: int) -> Reply:
    rows = [
        {"href": f"/{each}.html", "caption": f"{2020 + each}年报告", "day": "2024-03-11"} for each in numbers
    ]
    body = json.dumps({"body": {"rows": rows, "total": 3}}).encode()
    return Reply(body, headers=(("Content-Type", "application/json"),))


def test_a_preset_is_one_entry_and_its_portal_one_file(tmp_path: Path) -> None:
    assert ENTRY is not None
    (tmp_path / "checkout").mkdir()
    project = copy_project(tmp_path / "checkout")
    with (project / "crawler" / "families" / "presets.yaml").open("a", encoding="utf-8") as table:
        table.write(f"\n{ENTRY[1]}")
    replies = {
        "/nb/": COLUMN,
        "/hexi-api/list?column=7&page=1": answer(1, 2),
        "/hexi-api/list?column=7&page=2": answer(3),
        **{f"/{number}.html": page(f"报告{number}" * 200) for number in (1, 2, 3)},
    }
    data, out = DataDir(tmp_path / "data"), tmp_path / "out.jsonl"
    data.make()
    with PortalServer(replies) as server:
        (data.portals / "hexi.yaml").write_text(
            f"id: hexi\nname: 河西县\nfamily: hexi_cms\nhome_url: {server.address}/\n"
            f"lists:\n  - url: {server.address}/nb/\n",
            encoding="utf-8",
        )
        command = ("scrapy", "crawl", "portal", "-a", "portal=hexi", "-O", str(out))
        done = run_in(project, *command, "-s", f"GONGKAI_DATA={data.root}")
    assert done.returncode == 0, done.stderr
    titles = {json.loads(line)["title"] for line in out.read_text("utf-8").splitlines()}
    assert titles == {"2021年报告", "2022年报告", "2023年报告"}
    (project / "look.py").write_text(LOOK, encoding="utf-8")
    looked = run_in(project, "look")
    assert looked.stdout.splitlines()[0] == "hexi_cms 河西内容平台", looked.stderr
