"""English names of bodies, which never replace the Chinese ones on a page; the glossary."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from markupsafe import escape

from archive.site_files import site_folder
from gongkai.web.language import speaking_language
from gongkai.web.rendering.words import (
    english_words,
    gloss_cell,
    name_body,
    name_division,
    write_body,
    write_pinyin,
)
from pipelines.forms.form_catalogue import forms_by_id
from pipelines.knowledge import parse_yaml

if TYPE_CHECKING:
    from tests.web.conftest import Site


@pytest.mark.parametrize(
    ("chinese", "english"),
    [
        ("新乡市人民政府", "Xinxiang People's Government"),
        ("淮安市洪泽区人民政府", "Huai'an Hongze District People's Government"),
        ("河南省人民政府办公厅", "Henan People's Government General Office"),
        ("国务院办公厅", "State Council General Office"),
        ("上海市科委", "Shanghai Science and Technology Commission"),
        (
            "上海市普陀区规划和自然资源局",
            "Shanghai Putuo District Planning and Natural Resources Bureau",
        ),
        (
            "新乡市平原城乡一体化示范区管理委员会",
            "Xinxiang Pingyuan Urban-Rural Integration Demonstration Zone Administrative Committee",
        ),
        ("平潭综合实验区地方税务局", "Pingtan Comprehensive Experimental Area Local Taxation Bureau"),
        ("云泽市人民政府", "Yunze People's Government"),
        ("北滩新区管理委员会", "Beitan New Area Administrative Committee"),
        ("内蒙古自治区人民政府", "Inner Mongolia People's Government"),
    ],
)
def test_a_body_has_an_english_name(chinese: str, english: str) -> None:
    with speaking_language("en"):
        assert name_body(chinese) == english
        assert (
            write_body(chinese)
            == f'{english.replace(chr(39), "&#39;")} <span class="original" lang="zh-Hans">{chinese}</span>'
        )
    assert name_body(chinese) == write_body(chinese) == chinese


@pytest.mark.parametrize(
    ("chinese", "english"),
    [
        ("陕西省", "Shaanxi"),
        ("山西省", "Shanxi"),
        ("西安市", "Xi'an"),
        ("县", "Xian"),
        ("临岚县", "Linlan County"),
    ],
)
def test_a_division_has_an_english_name(chinese: str, english: str) -> None:
    assert name_division(chinese) == english


@pytest.mark.parametrize(
    ("text", "pinyin"), [("厦门", "Xiamen"), ("平原城乡", "Pingyuan Chengxiang"), ("A区", "A qu"), ("", "")]
)
def test_names_are_written_in_pinyin(text: str, pinyin: str) -> None:
    assert write_pinyin(text) == pinyin


def test_every_row_and_column_of_a_form_is_told_in_english() -> None:
    parts = [cell for form in forms_by_id().values() for table in form.tables for cell in table.cells()]
    keys = {part.key for _, row, column in parts for part in (row, column)}
    assert set(english_words()["cells"]) == keys
    with speaking_language("en"):
        assert gloss_cell("denied_registry_lookup") == (
            ' <span class="muted">refused: to be looked up in a registry</span>'
        )
        assert gloss_cell(None) == gloss_cell("x") == ""
    assert gloss_cell("denied_registry_lookup") == ""


def test_a_report_tells_its_rows_and_columns_in_english(bodies_site: Site) -> None:
    [ranked, *_] = bodies_site.get(
        "/gongkai/rates_by_report.json", _shape="array", measure="denied", unranked__isnull="1"
    ).json()
    document = ranked["document_id"]
    report, rate = (
        bodies_site.get(path, lang="en").text
        for path in (f"/gongkai/documents/{document}", f"/-/rate/denied/{document}")
    )
    assert '<span class="long" lang="en"> <span class="muted">total</span></span></th>' in report
    for page in (report, rate):
        assert '<span class="muted">refused: state secret</span>' in page
    [proof] = re.findall(r'href="(/-/proof/[0-9a-f]+)"[^>]*><data', rate)[-1:]
    page = bodies_site.get(proof, lang="en").text
    assert "refused: to be looked up in a registry</span></dd>" in page
    assert "t3." not in re.sub("<[^>]*>", "", page)


def test_what_has_no_name_or_no_chinese_stays() -> None:
    with speaking_language("en"):
        assert write_body(None) == ""
        assert write_body("UNESCO <x>") == "UNESCO &lt;x&gt;"


def test_the_glossary_explains_each_term_in_both_languages(site: Site) -> None:
    chinese, english = (site.get("/-/glossary", lang=it).text for it in ("zh", "en"))
    for stated in parse_yaml((site_folder() / "glossary.yaml").read_text("utf-8"))["terms"]:
        for text in stated.values():
            halves = text.partition(" / ")
            assert str(escape(halves[0])) in chinese
            assert str(escape(halves[2])) in english
            assert not set("，。；：（）") & set(halves[2])
