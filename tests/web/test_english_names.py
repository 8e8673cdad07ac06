"""English names of bodies, which never replace the Chinese ones on a page; the glossary."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from markupsafe import escape

from archive.site_files import site_folder
from gongkai.web.language import speaking_language
from gongkai.web.rendering.english_names import name_body, name_division, write_body, write_pinyin
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
