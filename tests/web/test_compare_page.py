"""The page that holds two texts against each other, over a real published copy."""

from __future__ import annotations

import html
import json
import re
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from archive.data_folder import DataDir
from archive.derivation import derive
from archive.importing import Provenance, import_files
from archive.publish.copy import publish
from gongkai.serving import datasette_app
from tests.web.conftest import Site
from tests.web.sample_corpus import HOSTILE
from tests.web.test_reading import NOW, SCRIPT, policy_page, served, set_policy

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "白塔县人民政府{year}年政府信息公开工作年度报告\n\n一、总体情况\n"
SAME = "    （一）组织领导。县政府办公室明确一名副主任分管，配备两名专职人员，经费列入预算。\n"
FURTHER = "".join(
    f"    {line}。\n"
    for line in ("设备：两台", "值班：每日一人", "人员：专职两名，兼职九名", "经费：二十万元", "场所：一处")
)
LONGER = "    （四）存在问题。部分乡镇更新不及时，个别栏目内容单薄，解读形式不多。"
OLD = (
    HEAD.format(year=2021)
    + SAME
    + FURTHER
    + "    （二）主动公开。全年在县政府网站发布信息1602条，其中政策文件45件，均按时限公开。\n"
    "    （三）平台建设。关停长期不更新的栏目，旧栏目内容全部迁移，并向读者说明去向。\n" + LONGER + "\n"
)
NEW = (
    HEAD.format(year=2022)
    + SAME
    + FURTHER
    + "    （二）主动公开。全年在县政府网站发布信息1703条，其中政策文件45件，大多按时限公开。\n"
    "    （三）监督保障。聘请社会监督员，每季度抽查一次，抽查结果送各乡镇并在网站公布。\n"
    + LONGER
    + "下一步逐项整改。\n"
)


def imported(root: Path, **texts: str) -> Site:
    """Publish local files and serve them."""
    folder = root / "files"
    folder.mkdir(parents=True)
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text, "utf-8")
    data = DataDir(root / "data")
    import_files([folder], data=data, clock=lambda: NOW, run_id="run-1", provenance=Provenance())
    derive(data)
    publish(data, clock=lambda: NOW)
    return Site(data, datasette_app(data))


def texts(site: Site) -> dict[str, str]:
    """Return the current text of each document by its title."""
    with closing(sqlite3.connect(site.data.public_db)) as db:
        return dict(db.execute("SELECT title, current_version_id FROM documents ORDER BY title DESC"))


@pytest.fixture(scope="module")
def years(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Two reports of one body, of two years."""
    return imported(tmp_path_factory.mktemp("years"), old=OLD, new=NEW)


def both(site: Site) -> tuple[str, str]:
    """Return the texts of 2021 and 2022."""
    of = texts(site)
    return next(of[title] for title in of if "2021" in title), next(
        of[title] for title in of if "2022" in title
    )


def compared(site: Site, **parameters: str) -> str:
    old, new = both(site)
    answer = site.get("/-/compare", a=old, b=new, **parameters)
    assert answer.status_code == 200
    return answer.text


def entries(page: str) -> dict[str, str]:
    """Return the passages that are not folded, by what became of them."""
    found = re.findall(r'<li class="entry (\w+)" id="e\d+">(.*?)</li>', page, re.DOTALL)
    return {state: text for state, text in found if state != "changed" or "主动公开" in text}


def test_words_figures_new_and_dropped_passages_are_told_apart(years: Site) -> None:
    """A changed figure is framed in both, a changed word is not, and each mark has its word beside it."""
    page = compared(years)
    found = entries(page)
    inline = found["changed"].split('<div class="inline" lang="zh-Hans">')[1].split("</div>")[0]
    assert re.search(r'<del class="figure">1602条?</del><ins class="figure">1703条?</ins>', inline)
    assert re.search(r"<del>[^<]*均[^<]*</del><ins>[^<]*大多[^<]*</ins>", inline)
    assert "政策文件45件" in inline
    assert "修改" in found["changed"]
    assert re.search(r"<ins>（三）监督保障", found["new"])
    assert "新增" in found["new"]
    assert re.search(r"<del>（三）平台建设", found["dropped"])
    assert "删去" in found["dropped"]
    assert page.count(">新文第 ") + page.count(">旧文第 ") >= 4


def test_each_side_shows_its_own_text_whole(years: Site) -> None:
    """The left column has nothing that was added, the right nothing that was left out."""
    changed = entries(compared(years))["changed"]
    old, new = (
        re.sub(
            r"<[^>]+>", "", changed.split(f'<div class="side {side}"')[1].split(">", 1)[1].split("</div>")[0]
        )
        for side in ("old", "new")
    )
    assert old.strip() == "（二）主动公开。全年在县政府网站发布信息1602条，其中政策文件45件，均按时限公开。"
    assert new.strip() == "（二）主动公开。全年在县政府网站发布信息1703条，其中政策文件45件，大多按时限公开。"


def test_a_passage_that_only_grew_stands_on_both_sides(years: Site) -> None:
    """What was added has its column, and what it was added to is there on the other side."""
    grown = compared(years).split("下一步逐项整改。</ins>")
    assert len(grown) == 3  # in one column, and in the right one of two
    assert '<div class="side old"' in grown[1]


def test_what_is_the_same_is_folded_and_one_link_away(years: Site) -> None:
    """Of what is kept three lines stand beside each change; with `full=1` all is there, marked as nothing."""
    page = compared(years)
    assert "值班：每日一人" not in page
    [(fold, link)] = re.findall(
        r'<li class="fold" id="e\d+">(.*?<p><a rel="nofollow" href="([^"]+)">.*?)</li>', page, re.DOTALL
    )
    above, below = (re.findall(r"<p>([^<]+)</p>", part) for part in fold.split(link))
    assert [line.strip()[:4] for line in above] == ["一、总体", "（一）组", "设备：两"]
    assert [line.strip()[:4] for line in below] == ["人员：专", "经费：二", "场所：一"]
    unfolded = years.get(html.unescape(link.partition("#")[0])).text
    assert "值班：每日一人" in unfolded
    assert "值班：每日一人" not in "".join(re.findall(r"<(?:ins|del)[^>]*>(.*?)</(?:ins|del)>", unfolded))


def test_the_page_and_the_tables_tell_the_same_numbers(years: Site) -> None:
    """What a reader counts on the page is what `year_on_year` holds."""
    page = compared(years)
    rows = years.get("/gongkai/year_on_year.json", _shape="array").json()
    states = [row["state"] for row in rows]
    assert states
    kept, changed, new, dropped = (states.count(one) for one in ("kept", "changed", "new", "dropped"))
    figures = sum(row["figures_changed"] for row in rows)
    line = f"相同 {kept} 段 · 修改 {changed} · 新增 {new} · 删去 {dropped} · 数字变动 {figures} 处"
    assert line in page
    document = years.get("/gongkai/documents.json", year="2022", _shape="array").json()[0]["id"]
    report = years.get(f"/gongkai/documents/{document}").text
    assert f"沿用 {kept} 段 · 修改 {changed} · 新增 {new} · 删去 {dropped} · 数字变动 {figures} 处" in report
    assert report.count("与上年对照</a>") == 2


def test_a_document_stands_for_its_current_text(years: Site) -> None:
    """Addresses that name documents last; they show the newest text."""
    ids = [
        years.get("/gongkai/documents.json", year=year, _shape="array").json()[0]["id"]
        for year in ("2021", "2022")
    ]
    shown = years.get("/-/compare", a=ids[0], b=ids[1]).text
    # The head holds the page's own address, for the other language.
    assert shown.partition("<main")[2] == compared(years).partition("<main")[2]


def test_the_page_in_english_quotes_in_chinese(years: Site) -> None:
    """Words of ours are English; titles and passages stay as printed, and say their language."""
    page = compared(years, lang="en")
    said = page.partition("<main")[2].partition("</main>")[0]
    [figures] = re.findall(r"数字变动 (\d+) 处", compared(years))
    assert f"figures changed: {figures}" in said
    assert '<div class="inline" lang="zh-Hans">' in said
    quoted = re.sub(r'<(\w+)[^>]* lang="zh-Hans"[^>]*>.*?</\1>|<option.*?</option>', "", said, flags=re.S)
    assert re.findall(r"[\u4e00-\u9fff]+", quoted) == []


def test_other_texts_are_chosen_by_a_plain_form(years: Site) -> None:
    """No script: two lists of texts, those shown chosen, and a button."""
    page = compared(years)
    old, new = both(years)
    form = page.split('<form class="choose"')[1].split("</form>")[0]
    assert 'method="get"' in form
    assert [re.findall(r'value="(\w+)" selected', select) for select in form.split("<select")[1:]] == [
        [old],
        [new],
    ]
    assert f'/-/compare?a={new}&amp;b={old}">新旧对调' in form


def test_the_page_needs_no_script_and_no_inline_style(years: Site) -> None:
    """The policy of the site forbids both."""
    page = compared(years, full="1")
    assert "<script" not in page
    assert not re.search(r"\bstyle=|\son[a-z]+=", page)


def test_json_gives_what_the_page_gives(years: Site) -> None:
    """Whoever wants the passages as data gets them, every character."""
    old, new = both(years)
    answer = years.get("/-/compare.json", a=old, b=new, full="1").json()
    assert answer["state"] == "compared"
    assert (answer["old"]["year"], answer["new"]["year"]) == (2021, 2022)
    after = "".join(
        piece["text"] for entry in answer["passages"] for piece in entry["pieces"] if piece["mark"] != "del"
    )
    assert [line for line in NEW.split() if line not in after] == []


@pytest.mark.parametrize("identity", ["unknown", "'; DROP", "0" * 2_000, SCRIPT])
def test_an_unknown_text_is_a_page_without_blame(years: Site, identity: str) -> None:
    """As every other address that leads nowhere."""
    answer = years.get("/-/compare", a=identity, b=both(years)[1])
    assert answer.status_code == 404
    assert "没有这一页" in answer.text
    assert years.get("/-/compare.json", a=identity, b=both(years)[1]).status_code == 404


def test_without_texts_the_page_says_how_to_choose(years: Site) -> None:
    """One text chosen: the other is asked for. None chosen: pairs of years to choose from."""
    page = years.get("/-/compare").text
    assert "与上年" in page
    assert re.search(r'href="/-/compare\?a=\w+&amp;b=\w+"><span lang="zh-Hans">白塔县', page)
    page = years.get("/-/compare", a=both(years)[0]).text
    assert "请再选一个文本" in page
    assert '<option value="">请选择' in page


def test_one_text_twice_is_said(years: Site) -> None:
    """Nothing is compared with itself."""
    old, _ = both(years)
    assert "两边是同一个文本" in years.get("/-/compare", a=old, b=old).text


def test_equal_texts_and_those_that_differ_in_layout_are_kept_apart(tmp_path: Path) -> None:
    """The one is the same to the last character, the other but for white space and width."""
    plain = OLD.replace("2021", "2020")
    site = imported(tmp_path, a=plain, b=plain + "\n", c=plain.replace("，", ",").replace("    （", "（"))
    with closing(sqlite3.connect(site.data.public_db)) as db:
        ids = {
            url[-5:]: version for url, version in db.execute("SELECT url, current_version_id FROM documents")
        }
    page = site.get("/-/compare", a=ids["a.txt"], b=ids["c.txt"]).text
    assert "除排版外相同" in page
    assert "<ins>" not in page.split('<ol class="diff">')[1]
    same = site.get("/-/compare", a=ids["a.txt"], b=ids["b.txt"]).text
    assert "两个版本完全相同" in same or "除排版外相同" in same


def test_two_addresses_with_one_text_are_exactly_the_same(tmp_path: Path) -> None:
    """Equal text is told by its digest, whatever document it is of."""
    site = served(
        tmp_path,
        "UPDATE stored_versions SET text_sha256 = 'same' WHERE document_id IN ("
        "SELECT id FROM documents WHERE year = 2019 AND kind = 'annual_report')",
    )
    with closing(sqlite3.connect(site.data.public_db)) as db:
        a, b, *_ = [row[0] for row in db.execute("SELECT id FROM versions WHERE text_sha256 = 'same'")]
    assert "两个版本完全相同" in site.get("/-/compare", a=a, b=b).text


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ("read_state = 'waiting', current_version_id = NULL", "待识别或待转换"),
        ("read_state = 'failed', read_reason = 'timeout', current_version_id = NULL", "读不出 (读取超时)"),
    ],
    ids=["waiting", "failed"],
)
def test_a_side_that_cannot_be_read_is_said_and_nothing_compared(
    tmp_path: Path, columns: str, said: str
) -> None:
    """A banner stands in the place of a comparison that would show all as new."""
    site = served(tmp_path, set_policy(columns))
    [row] = site.get("/gongkai/documents.json", doc_number="青政办〔2020〕7号", _shape="array").json()
    other = site.get("/gongkai/documents.json", kind="annual_report", _shape="array").json()[0]["id"]
    page = site.get("/-/compare", a=row["id"], b=other).text
    assert said in page
    assert "因此不作对照" in page
    assert '<ol class="diff">' not in page


def test_two_texts_of_one_document_are_compared_from_its_page(site: Site) -> None:
    """Earlier and current text: the document leads to the comparison, and the comparison back."""
    [link] = re.findall(r'href="(/-/compare[^"]+)">与前一文本对照', policy_page(site))
    page = site.get(html.unescape(link)).text
    assert "（一）旧稿所列事项，待定。" in page
    assert "旧文本" in page
    assert 'href="/gongkai/versions/' in page


def test_harvested_markup_is_inert_on_both_sides(tmp_path: Path) -> None:
    """Titles, addresses and passages are characters, marked or not."""
    site = served(tmp_path, set_policy(f"title = '{SCRIPT}', url = 'javascript:alert(1)//'"))
    hostile = site.get("/gongkai/documents.json", kind="other", _shape="array").json()[0]["id"]
    [row] = site.get("/gongkai/documents.json", doc_number="青政办〔2020〕7号", _shape="array").json()
    for a, b in ((hostile, row["id"]), (row["id"], hostile)):
        for full in ("", "1"):
            page = site.get("/-/compare", a=a, b=b, full=full).text
            assert "<script" not in page
            assert 'href="javascript:' not in page
            assert html.escape(HOSTILE[8], quote=False)[:20] in html.unescape(page).replace(
                "<", "&lt;"
            ).replace(">", "&gt;")


def test_a_long_text_against_another_is_quick_and_comes_in_parts(tmp_path: Path) -> None:
    """A thousand passages of which most changed: seconds at most, and pages of bounded length."""
    lines = [
        f"（{n}）第{n}项工作。本年办理{n * 7}件，比上年多{n % 9}件，由第{n}科负责，{n % 28 + 1}日前办结。\n"
        for n in range(1_000)
    ]
    other = [line.replace("本年办理", "全年共办理") if n % 3 else line for n, line in enumerate(lines)]
    old, new = (HEAD.format(year=year) + "".join(text) for year, text in ((2021, lines), (2022, other)))
    site = imported(tmp_path, old=old, new=new)
    started = time.process_time()
    page = compared(site, full="1")
    assert time.process_time() - started < 20
    assert len(page) < 2_000_000


def test_texts_beyond_the_bound_are_not_compared(tmp_path: Path) -> None:
    """The page says so and leads to both."""
    site = served(tmp_path, "UPDATE stored_versions SET chars = 200001")
    ids = [row["id"] for row in site.get("/gongkai/documents.json", year="2019", _shape="array").json()]
    page = site.get("/-/compare", a=ids[0], b=ids[1]).text
    assert "太长，不在网页上对照" in page
    assert json.dumps(ids[0])[1:-1] in page


OTHER = NEW.replace("白塔县", "黑山县")


@pytest.fixture(scope="module")
def bodies(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Reports of two bodies, and one of the year before."""
    return imported(tmp_path_factory.mktemp("bodies"), old=OLD, new=NEW, other=OTHER)


@pytest.mark.parametrize(
    ("a", "b", "in_order"),
    [
        pytest.param("白塔县人民政府2021", "白塔县人民政府2022", True, id="a year after the other"),
        pytest.param("白塔县人民政府2022", "白塔县人民政府2021", False, id="the later first"),
        pytest.param("白塔县人民政府2021", "黑山县人民政府2022", False, id="two bodies"),
    ],
)
def test_nothing_was_added_or_dropped_between_two_bodies(
    bodies: Site, a: str, b: str, in_order: bool
) -> None:
    """Nor where the later text stands first: then the page says which text has what."""
    of = texts(bodies)
    sides = {
        side: next(of[name] for name in of if name.startswith(title)) for side, title in (("a", a), ("b", b))
    }
    page = bodies.get("/-/compare", **sides).text
    words = ("旧文", "新增", "删去", "数字变动", "新旧对调")
    assert [word in page for word in words] == [in_order] * len(words)
    assert ("只见于乙文" in page) is not in_order
    assert bodies.get("/-/compare.json", **sides).json()["in_order"] is in_order
