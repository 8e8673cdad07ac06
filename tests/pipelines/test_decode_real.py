"""Real pages, read whole: what their publisher printed is what we read."""

from __future__ import annotations

import csv
import json
import re
import zipfile
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from lxml import etree

from pipelines.decoded import DecodedText, Hints
from pipelines.grid import find_tab_tables
from pipelines.readers.registry import decode_payload

if TYPE_CHECKING:
    from pathlib import Path

BOILERPLATE = re.compile(
    r"扫一扫|打印|关闭窗口|网站地图|联系我们|浏览次数|分享到|当前位置|版权所有|ICP备|javascript", re.I
)
RECALL_FLOOR = 1.0
"""Of all facts that the manifest states for the State Council pages; lowering it needs a reason."""


def read(path: Path) -> DecodedText:
    return decode_payload(path.read_bytes(), Hints("http://www.gov.cn/zhengce/content/1.htm", "text/html"))


def test_every_fact_of_the_state_council_pages_is_read(shared_real: Path) -> None:
    with (shared_real / "MANIFEST.tsv").open(encoding="utf-8", newline="") as manifest:
        rows = [row for row in csv.DictReader(manifest, delimiter="\t") if "/govcn_" in row["file"]]
    right = total = 0
    for row in rows:
        number, title, index = (part.strip() for part in row["notes"].split(" | ")[:3])
        header = read(shared_real / row["file"]).facts.header
        right += header.get("发文字号") == number
        right += header.get("标题") == title
        right += header.get("索引号") == index.removeprefix("索引号").strip()
        right += header.get("发文机关", "").startswith("国务院")
        right += bool(re.fullmatch(r"\d{4}年\d{1,2}月\d{1,2}日", header.get("成文日期", "")))
        total += 5
    assert total == 200
    assert right / total >= RECALL_FLOOR


def test_every_paragraph_of_the_state_council_pages_is_kept(shared_real: Path) -> None:
    """The container's characters and the text's are the same, in the same order, white space aside."""
    for path in sorted((shared_real / "policy").glob("govcn_*.html")):
        found = read(path)
        assert found.extractor == "container:#ucap-content"
        assert not BOILERPLATE.search(found.text), path.name
        assert "索引号：" not in found.text
        markup = path.read_text(encoding="utf-8")
        container = markup[markup.index("UCAP-CONTENT") :]
        paragraphs = [
            "".join(re.sub(r"<[^>]+>|&nbsp;", "", paragraph).split())
            for paragraph in re.findall(r"<p\b[^>]*>(.*?)</p>", container, re.DOTALL)
        ]
        seen = "".join(found.text.split())
        lost = [
            text for text in paragraphs if text and "&" not in text and "<" not in text and text not in seen
        ]
        assert lost == [], path.name


def test_a_whole_hanweb_page_gives_header_body_and_table(shared_real: Path) -> None:
    found = read(shared_real / "policy" / "lishui_2023_hanweb_article.html")
    assert found.facts.header["文号"] == "丽政发〔2023〕30号"
    assert found.facts.header["成文日期"] == "2023-10-16"
    assert found.facts.meta["siteidcode"] == "3311000012"
    assert found.text.startswith("莲都区人民政府，市直各单位：")
    assert not BOILERPLATE.search(found.text)
    (span,) = find_tab_tables(found.text)
    assert "合计\t\t29\t" in found.text[slice(*span)].split("\n")


def test_a_statutory_table_keeps_every_published_cell(shared_real: Path) -> None:
    found = read(shared_real / "reports" / "pingtan_2023_tables34_fragment.html")
    truth = json.loads(
        (shared_real / "truth" / "pingtan_2023_tables34_fragment.html.json").read_text("utf-8")
    )
    tables = [found.text[start:end].split("\n") for start, end in find_tab_tables(found.text)]
    assert [len(rows) for rows in tables] == [28, 4]
    printed = [cell for row in tables[0] for cell in row.split("\t") if cell.isdigit()]
    expected = [str(value) for _, _, value in truth["table3"] if value is not None]
    assert printed == expected


@pytest.mark.parametrize(
    "name", ["gd_finance_list", "maoming_finance_list", "nmpa_datasearch_shell", "cde_news_page"]
)
def test_lists_and_shells_are_thin(shared_real: Path, name: str) -> None:
    found = read(shared_real / "pages" / f"{name}.html")
    assert "thin" in found.notes
    assert len(found.text) < 100


TEXT_ELEMENTS = {".docx": "{*}t", ".ofd": "{*}TextCode"}
"""In what the packages of office files and of OFD hold their characters."""


@pytest.mark.parametrize("ending", TEXT_ELEMENTS)
def test_no_character_of_a_package_is_lost(shared_real: Path, shared_real_more: Path, ending: str) -> None:
    files = [path for folder in (shared_real, shared_real_more) for path in folder.rglob(f"*{ending}")]
    assert len(files) >= 2
    for path in files:
        found = decode_payload(path.read_bytes(), Hints(f"file:///0123456789ab/{path.name}"))
        kept = Counter("".join((found.text, *(each.text for each in found.apart))))
        with zipfile.ZipFile(path) as package:
            parts = [etree.fromstring(package.read(name)) for name in package.namelist() if ".xml" in name]
        held = (element.text or "" for part in parts for element in part.iter(TEXT_ELEMENTS[ending]))
        lost = Counter("".join("".join(held).split())) - kept
        assert not lost, f"{path.name}: {lost}"
