"""Names of public bodies: which words are one, of what sort, and which one a title begins with."""

from __future__ import annotations

import pytest

from pipelines.bodies.body_names import (
    body_at_head_of,
    body_kind,
    is_body_name,
    leading_body,
    letterhead_body,
)
from pipelines.knowledge import load_table


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("云泽市人民政府", "government"),
        ("云泽市人民政府办公室", "office"),
        ("云泽市政府办", "office"),
        ("国务院", "government"),
        ("国务院办公厅", "office"),
        ("云泽市生态环境局", "department"),
        ("云泽市发展和改革委员会", "department"),
        ("云泽市发展和改革委员会（物价局）", "department"),
        ("云泽市卫健委", "department"),
        ("北滩新区管理委员会", "committee"),
        ("北滩新区党工委", "party"),
        ("中共云泽市委", "party"),
        ("云泽市人大常委会", "congress"),
        ("河东街道办事处", "government"),
        ("云泽市中级人民法院", "court"),
        ("云泽市人民检察院", "procuratorate"),
        ("云泽市公共资源交易中心", "institution"),
        ("云泽市第一人民医院", "institution"),
        ("云泽市供水公司", "enterprise"),
        ("云泽市红十字会", "association"),
        ("云泽市民", "other"),
    ],
)
def test_body_kind(name: str, kind: str) -> None:
    assert body_kind(name) == kind


def test_an_ending_names_one_sort_of_body() -> None:
    endings = [ending for of_kind in load_table("body_names")["endings"].values() for ending in of_kind]
    assert len(endings) == len(set(endings))


BODIES = [
    "市中区人民政府",
    "某县人民政府",
    "国家发展和改革委员会",
    "某市水利局",
    "国务院",
    "某县第一人民医院",
    "某市供水公司",
    "某镇人民政府",
    "某市政务公开办",
    "某市政府信息公开工作领导小组办公室",
    "某市发展和改革委员会（物价局）",
    "某市公安局交通警察支队",
]
NO_BODIES = [
    "市财政局",
    "县政府办",
    "新乡市",
    "平原示范区",
    "各市、县人民政府",
    "各省直部门",
    "我局",
    "联系电话",
    "2021年1月",
    "请向某局",
    "",
    "以上报告的局",
    "某局政务公开的处",
    "某市信息公开指南所",
]


@pytest.mark.parametrize("name", BODIES)
def test_names_of_bodies(name: str) -> None:
    assert is_body_name(name)


@pytest.mark.parametrize("name", NO_BODIES)
def test_places_and_phrases_are_no_bodies(name: str) -> None:
    assert not is_body_name(name)


@pytest.mark.parametrize(
    ("printed", "body"),
    [
        ("国 务 院 办 公 厅", "国务院办公厅"),
        ("国务院办公厅、中央军委办公厅", "国务院办公厅"),
        ("国家发展改革委　财政部", "国家发展改革委"),
        ("某市人民政府 办公室", "某市人民政府办公室"),
        ("中共某市委办公室某市人民政府办公室", "中共某市委办公室"),
        ("某市教育局某市财政局", "某市教育局"),
        ("国家税务总局某市税务局", "国家税务总局某市税务局"),
        ("某市某区人民政府某某街道办事处", "某市某区人民政府某某街道办事处"),
        ("某省住房和城乡建设厅等部门", "某省住房和城乡建设厅"),
        ("国家发展改革委等13部门", "国家发展改革委"),
        ("某市", None),
    ],
)
def test_of_several_bodies_the_first(printed: str, body: str | None) -> None:
    assert leading_body(printed) == body


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("二〇二一年度某市水利局政府信息公开工作年度报告", "某市水利局"),
        ("某市水利局二○一二年政府信息公开年度报告", "某市水利局"),
        ("某市水利局二零一二年政府信息公开年度报告", "某市水利局"),
        ("【2021年度】某市水利局政府信息公开年报", "某市水利局"),
        ("某市政务公开办2010年度政府信息公开工作总结", "某市政务公开办"),
        ("某市政务公开工作领导小组办公室关于印发要点的通知", "某市政务公开工作领导小组办公室"),
        ("2021年某市发展和改革委员会（物价局）政府信息公开年报", "某市发展和改革委员会（物价局）"),
        ("某省住房和城乡建设厅等部门关于印发方案的通知", "某省住房和城乡建设厅"),
        ("某市委某市人民政府关于加强公开的意见", "某市委"),
        ("某市政府信息公开2015年度报告", None),
        ("某市高新区2019年政府信息公开工作年度报告", None),
    ],
)
def test_the_body_at_the_head_of_a_title(title: str, body: str | None) -> None:
    assert body_at_head_of(title) == body


@pytest.mark.parametrize(
    ("line", "body"),
    [
        ("某省人民政府文件", "某省人民政府"),
        ("某 市 水 利 局 文 件", "某市水利局"),
        ("国务院令", "国务院"),
        ("有关文件", None),
        ("某市人民政府", None),
    ],
)
def test_letterheads(line: str, body: str | None) -> None:
    assert letterhead_body(line) == body
