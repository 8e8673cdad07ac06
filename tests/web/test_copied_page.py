"""The page of repeated text: reports by new prose, pairs, passages, families; statutory wording apart."""

from __future__ import annotations

import html
import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from gongkai.web.rendering.passages import find_printed
from gongkai.web.thresholds import PAGES
from tests.e2e.content import rows
from tests.web.charts import drawn, numbers
from tests.web.test_reading import SCRIPT, served

if TYPE_CHECKING:
    from pathlib import Path

    from tests.web.conftest import Site


def _table(page: str, name: str) -> str:
    return page.partition(f'aria-labelledby="{name}"')[2].partition("</table>")[0]


def test_reports_are_ranked_by_what_they_have_of_the_year_before(site: Site) -> None:
    page = site.get("/-/copied").text
    held = rows(
        site.data.public_db,
        "SELECT document_id, prose_copied, prose_chars FROM overlaps"
        " WHERE is_previous_year = 1 ORDER BY 1.0 * prose_copied / prose_chars DESC, prose_chars DESC, 1",
    )
    ranked = re.findall(
        r'documents/(\w+)">报告</a>.*?class="parts">([\d,]+)/([\d,]+) 字', _table(page, "new")
    )
    assert [(one, int(new.replace(",", "")), int(of.replace(",", ""))) for one, new, of in ranked] == held
    assert held


def test_of_equals_none_is_named_as_if_it_were_alone(tmp_path: Path) -> None:
    shared = served(tmp_path)
    shared.data.public_db.resolve().chmod(0o600)
    with closing(sqlite3.connect(shared.data.public_db)) as copy, copy:
        copy.execute("UPDATE stored_overlaps SET prose_copied = prose_chars")
    [(most,)] = rows(shared.data.public_db, "SELECT count(*) FROM overlaps WHERE is_previous_year = 1")
    page = shared.get("/-/copied").text
    assert most > 1
    assert f"等 {most} 份并列：100.0%" in page.partition('id="picture-bars"')[2].partition("</strong>")[0]


def test_a_report_without_the_year_before_has_no_bar_and_no_rank(site: Site) -> None:
    page = site.get("/-/copied").text
    apart = [
        str(row[0])
        for row in rows(
            site.data.public_db,
            "SELECT document_id FROM novelty_by_report WHERE previous_document_id IS NULL",
        )
    ]
    listed = page.partition('<h3 id="apart">')[2].partition("</ul>")[0]
    assert sorted(re.findall(r"documents/(\w+)", listed)) == sorted(apart)
    assert f"未收录上年报告（{len(apart)} 份）" in page
    assert not any(one in _table(page, "new") for one in apart)


def test_pairs_leave_out_the_own_report_of_the_year_before(site: Site) -> None:
    page = site.get("/-/copied").text
    [(count,)] = rows(
        site.data.public_db,
        "SELECT count(*) FROM copied_from WHERE is_previous_year = 0 AND prose_copied >= 100",
    )
    [(short,)] = rows(
        site.data.public_db,
        "SELECT count(*) FROM copied_from WHERE is_previous_year = 0 AND prose_copied BETWEEN 1 AND 99",
    )
    assert f"{count:,} 对文件" in page
    assert f"正文相同不足 100 字的 {short:,} 对" in page
    assert short


def test_a_report_held_but_of_no_known_body_is_not_said_to_lack_its_year_before(tmp_path: Path) -> None:
    """Nobody knows which report is that of the year before; the one of the same title is offered instead."""
    unknown = served(
        tmp_path,
        "UPDATE documents SET issuer = NULL, issuer_id = NULL, title = '青川区' || year || '年度报告'"
        " WHERE issuer = '青川市人民政府' AND kind = 'annual_report' AND year > 2018",
        "UPDATE documents SET title = NULL WHERE issuer IS NULL AND year = 2021",
        "DELETE FROM relations WHERE kind = 'previous_year'"
        " AND from_document_id IN (SELECT id FROM documents WHERE issuer IS NULL)",
    )
    page = unknown.get("/-/copied").text
    listed = page.partition('<h3 id="apart">')[2].partition("下载这些行")[0]
    told, _, others = listed.partition("未收录上年报告")
    assert "认不出哪份是上年的（3 份）" in told
    assert re.findall(r'lang="zh-Hans">([^<]*)</span></a>', told) == [
        "3.html",
        "青川区2020年度报告",
        "青川区2019年度报告",
    ]
    assert told.count("与同题的 2019 年一份对照") == told.count("与同题的") == 1
    assert others.count("青川") == 1  # the first of all years
    for _, document in re.findall(r'(href="/gongkai/documents/(\w+)")', told):
        said = unknown.get(f"/gongkai/documents/{document}").text
        assert "认不出哪份是上年报告" in said
        assert "上年未收录" not in said


def test_a_second_file_of_a_report_takes_no_rank_and_is_counted(tmp_path: Path) -> None:
    """It has nothing new, and nobody copied anything."""
    two = served(
        tmp_path,
        "UPDATE documents SET year = 2019 WHERE year = 2020 AND issuer = '青川市人民政府'",
        "DELETE FROM relations WHERE kind = 'previous_year'"
        " AND from_document_id IN (SELECT id FROM documents WHERE year = 2019)",
    )
    page = two.get("/-/copied").text
    [(second,)] = rows(
        two.data.public_db,
        "SELECT id FROM documents WHERE kind = 'annual_report' AND issuer = '青川市人民政府' AND year = 2019"
        " AND id NOT IN (SELECT document_id FROM coverage WHERE document_id IS NOT NULL)",
    )
    assert second not in _table(page, "new") + page.partition('<h3 id="apart">')[2].partition("下载这些行")[0]
    assert "同一份年报的其他存本" in page
    [(pairs,)] = rows(
        two.data.public_db,
        "SELECT count(*) FROM copied_from"
        " WHERE is_previous_year = 0 AND prose_copied > 0 AND ? IN (document_id, source_id)",
        second,
    )
    assert pairs > 1
    assert f"其他存本与别的文件之间 {pairs} 对" in page
    assert second not in _table(page, "pairs")


def test_the_longest_run_stands_as_it_is_printed() -> None:
    """Compared without punctuation, the figures of a row would stand there as one figure."""
    run = "规章2011行政规范性文件109489"
    assert find_printed(run + "…", "第二十条\t规章\t20\t1\t1\n行政规范性文件\t10\t94\t89\t7") == (
        "规章\t20\t1\t1\n行政规范性文件\t10\t94\t89"
    )
    assert find_printed(run, "别的文字") == run


def test_passages_are_counted_by_bodies_and_years(site: Site) -> None:
    page = site.get("/-/copied").text
    found = rows(
        site.data.public_db,
        "SELECT section_id, bodies, years FROM most_repeated WHERE NOT has_statutory_table",
    )
    assert found
    for section, bodies, years in found[:5]:
        assert re.search(rf'sections/{section}".*?>{bodies}</td>.*?>{years}</td>', page, flags=re.DOTALL)
    assert '<h3 id="statutory">法定表述</h3>' in page


def test_the_filter_keeps_to_a_year_and_says_when_there_is_nothing(site: Site) -> None:
    page = site.get("/-/copied", year="2020").text
    assert set(re.findall(r'data-label="年度">(\d+)', _table(page, "new"))) == {"2020"}
    nothing = site.get("/-/copied", year="1999").text
    assert nothing.count("所选范围内没有。") == 5
    assert "没有一份年报收录了能与之对照的上年报告。" not in nothing


def _passages_of(page: str, name: str) -> set[str]:
    """Return the passages of a list that begin a row."""
    table = page.partition(f'aria-label="{name}"')[2] or page.partition(f'aria-labelledby="{name}"')[2]
    return set(
        re.findall(r'class="col-text"[^>]*><a href="/gongkai/sections/(\w+)"', table.partition("</table>")[0])
    )


_REPEATED = """
    SELECT r.section_id FROM most_repeated AS r WHERE r.has_statutory_table = {statutory} AND EXISTS (
        SELECT 1 FROM occurrences AS o JOIN documents AS d ON d.current_version_id = o.version_id
        WHERE o.section_id = r.section_id AND d.kind = 'annual_report' AND d.issuer_id IN (
            SELECT issuer_id FROM issuer_places WHERE instr(place, ?1)))"""
_FAMILIES = """
    SELECT DISTINCT f.first_section_id FROM first_alike AS f JOIN occurrences AS o USING (section_id)
    JOIN documents AS d ON d.current_version_id = o.version_id
    WHERE f.kind = 'family' AND d.kind = 'annual_report' AND d.issuer_id IN (
        SELECT issuer_id FROM issuer_places WHERE instr(place, ?1))"""
_LISTS = {
    "见于最多机关的段落": _REPEATED.replace("{statutory}", "0"),
    "法定表述": _REPEATED.replace("{statutory}", "1"),
    "families": _FAMILIES,
}


@pytest.mark.parametrize("corpus", ["site", "bodies_site"])
def test_passages_are_narrowed_by_place_as_the_reports_are(
    corpus: str, request: pytest.FixtureRequest
) -> None:
    """What a place's reports do not have is not listed for it; the counts are of all, and said to be."""
    site: Site = request.getfixturevalue(corpus)
    public = site.data.public_db
    everything = site.get("/-/copied").text
    lists = [name for name in _LISTS if _passages_of(everything, name)]
    assert lists
    narrowed = set()
    for (place,) in [*rows(public, "SELECT DISTINCT place FROM issuer_places"), ("乌有乡",)]:
        page = site.get("/-/copied", region=str(place)).text
        for name in lists:
            expected = {str(row[0]) for row in rows(public, _LISTS[name], place)}
            shown = _passages_of(page, name)
            assert shown <= expected
            assert len(shown) == min(len(expected), PAGES.copied_passages)
            if shown != _passages_of(everything, name):
                narrowed.add(name)
        assert ("仍按全库计" in page) is any(_passages_of(page, name) for name in lists)
    assert narrowed == set(lists)


@pytest.mark.parametrize("year", ["2019", "2020", "1999"])
def test_passages_are_narrowed_by_year(bodies_site: Site, year: str) -> None:
    """What stands in no report of the year is not listed."""
    page = bodies_site.get("/-/copied", year=year).text
    found = rows(
        bodies_site.data.public_db,
        "SELECT section_id FROM most_repeated WHERE section_id IN (SELECT section_id FROM occurrences"
        " JOIN documents ON current_version_id = version_id WHERE year = ?)",
        int(year),
    )
    shown = _passages_of(page, "见于最多机关的段落") | _passages_of(page, "法定表述")
    assert shown == {str(row[0]) for row in found}
    assert bool(shown) is (year != "1999")


def _rows_of_file(site: Site, page: str, table: str) -> int:
    [path] = re.findall(rf'href="(/-/export/{table}\.csv[^"]*)"', page)
    return int(site.get(html.unescape(path)).headers["x-expected-rows"])


@pytest.mark.parametrize("chosen", [{}, {"year": "2020"}, {"year": "2020", "region": "青"}, {"region": "'"}])
def test_the_files_hold_what_the_tables_above_them_hold(site: Site, chosen: dict[str, str]) -> None:
    """A file that holds more than the table above it would mislead who does not know."""
    page = site.get("/-/copied", **chosen).text
    counted = [
        int(n)
        for n in re.findall(r"(\d+) 份报告连同上年报告|<p class=\"hint\">(\d+) 份；其", page)
        for n in n
        if n
    ]
    assert _rows_of_file(site, page, "novelty_by_report") == sum(counted)
    pairs = re.search(r"([\d,]+) 对文件", page)
    if pairs:
        assert _rows_of_file(site, page, "copied_from") == int(pairs[1].replace(",", ""))
    assert ("段落与模板的为全库" in page) is bool(chosen)


def test_what_is_no_report_is_named_by_its_title(site: Site, tmp_path: Path) -> None:
    """Two notices of one body are told apart by nothing else."""
    titles = {str(title) for (title,) in rows(site.data.public_db, "SELECT title FROM documents")}
    notices = served(tmp_path, "UPDATE documents SET kind = 'policy'")
    for page, is_title in ((site, False), (notices, True)):
        named = re.findall(
            r'documents/\w+">(?:<span lang="zh-Hans">)?([^<]*)<', _table(page.get("/-/copied").text, "pairs")
        )
        assert named
        assert {html.unescape(name) in titles for name in named} == {is_title}


def test_no_word_of_blame_and_hostile_text_is_inert(tmp_path: Path) -> None:
    site = served(tmp_path, f"UPDATE issuers SET name = name || '{SCRIPT}'")  # noqa: S608 our own words
    for language in ("zh", "en"):
        page = site.get("/-/copied", lang=language, region=SCRIPT).text + site.get("/-/copied").text
        assert "抄袭" not in page
        assert "plagiar" not in page.lower()
        assert SCRIPT not in page
        assert html.escape(SCRIPT) in page


def test_an_empty_corpus_says_so(tmp_path: Path) -> None:
    site = served(tmp_path, "UPDATE documents SET kind = 'other'")
    page = site.get("/-/copied").text
    assert "没有一份年报收录了能与之对照的上年报告。" in page
    assert "<svg" not in page


@pytest.mark.parametrize(("share", "width"), [(0.0, 0), (0.5, 165), (1.0, 330), (None, None)])
def test_a_bar_begins_at_zero_and_ends_at_its_share(share: float | None, width: float | None) -> None:
    svg = drawn(
        "paired_bars", [(("甲", 2024), share, None), (("乙", None), None, None)], "bars", "name", "told", "缺"
    )
    wanted = [] if width is None else [(0, width)]
    assert numbers(svg.xpath("//rect"), "x", "width") == wanted
    assert [text.text for text in svg.xpath("//text[contains(@class, 'missing')]")] == ["缺"] * (
        2 - len(wanted)
    )
    assert svg.xpath("//svg/@viewbox | //svg/@viewBox") == ["0 0 400 108"]


def test_of_a_long_condition_the_list_shows_the_beginning(site: Site) -> None:
    """Links to whole lists carry conditions of half a page."""
    [link, *_] = re.findall(r'href="(/gongkai/copied_from\?[^"]*_where=[^"]*)"', site.get("/-/copied").text)
    page = site.get(html.unescape(link)).text
    [(whole, shown)] = re.findall(r'<code class="code" lang="zh-Hans" title="([^"]*)">([^<]*)</code>', page)
    assert html.unescape(whole).startswith(html.unescape(shown).removesuffix("…"))
    assert len(html.unescape(whole)) > 200 > len(html.unescape(shown))
