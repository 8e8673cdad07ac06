"""Rules of the checks are called by their titles on every page, in both languages; lists add their codes."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pytest

from gongkai.web.language import CHINESE, ENGLISH, speaking_language
from gongkai.web.rendering.words import rule_title
from pipelines.forms.form_catalogue import known_forms, statistics_forms
from tests.conftest import ROOT
from tests.e2e.content import rows

if TYPE_CHECKING:
    from tests.web.conftest import Site

IDENTITIES = sorted(
    {identity.check for form in (*known_forms(), *statistics_forms()) for identity in form.identities}
)
OTHERS = sorted(
    set(
        re.findall(
            r"`((?:t\d|doc|cell|text)\.[a-z0-9_]+|rendition_mismatch)`(?=.*\|)",
            (ROOT / "docs" / "statutory-tables.md").read_text("utf-8"),
        )
    )
)


@pytest.mark.parametrize("check", [*IDENTITIES, *OTHERS])
def test_every_rule_has_a_title_in_both_languages(check: str) -> None:
    """Those of the forms and those that the documentation lists; none is called by its code."""
    with speaking_language(CHINESE):
        chinese = rule_title(check)
    with speaking_language(ENGLISH):
        english = rule_title(check)
    assert chinese
    assert re.search("[\u4e00-\u9fff]", chinese)
    assert english
    assert not re.search("[\u4e00-\u9fff]", english)
    assert check not in (chinese, english)


def test_a_rule_of_a_family_is_told_by_what_the_form_prints_there() -> None:
    assert rule_title("t3.balance.natural_person") == "新收加结转，等于总计加结转下年：自然人"
    with speaking_language(ENGLISH):
        title = rule_title("t4.block_total.review")
    assert title == "Outcomes of reviews or lawsuits add up to their total: 行政复议"
    assert rule_title("t9.unheard_of") is None


@pytest.mark.parametrize("language", [CHINESE, ENGLISH])
@pytest.mark.parametrize("table", ["checks", "check_failures"])
def test_lists_and_facets_show_titles_and_small_codes(bodies_site: Site, table: str, language: str) -> None:
    """In each cell and facet of the column: the title, then the code."""
    answer = bodies_site.get(f"/gongkai/{table}", lang=language, _facet="check_id")
    known = {row[0] for row in rows(bodies_site.data.public_db, f"SELECT DISTINCT check_id FROM {table}")}  # noqa: S608
    cells = re.findall(r'<td class="col-check_id[^>]*>(.*?)</td>', answer.text)
    facets = re.findall(r'\?[^"]*check_id=[^"]*"[^>]*>(.*?)</a>', answer.text)
    assert cells
    assert bool(facets) is (len(known) > 1)  # a facet of one value tells nothing
    for shown in (*cells, *facets):
        plain = html.unescape(re.sub(r"</?span[^>]*>", "", shown))
        found = re.fullmatch(r'(.+) <code class="code">(.+)</code>', plain)
        assert found
        with speaking_language(language):
            assert found[1] == rule_title(found[2])
        assert found[2] in known


def test_an_english_list_has_no_name_of_a_column_for_a_heading(bodies_site: Site) -> None:
    """Headings are words; the name of the column stands beside, small."""
    page = bodies_site.get("/gongkai/check_failures", lang="en").text
    headings = re.findall(r'<th scope="col"[^>]*>(?:<a[^>]*>)?([^<]+)', page)
    assert headings == ["Finding", "Body", "Year ▼", "Severity", "Explains", "Rule", "Document"]


@pytest.mark.parametrize("language", [CHINESE, ENGLISH])
def test_the_page_of_checks_calls_rules_by_their_titles(bodies_site: Site, language: str) -> None:
    """The title, which leads to what else the rule found; the code stands in that address alone."""
    page = bodies_site.get("/-/checks", lang=language).text
    for row in re.findall(r'class="col-check_id"[^>]*>(.*?)</t[dh]>', page):
        code = re.search(r'href="/-/checks\?check=([^"]+)"', row)
        assert code
        with speaking_language(language):
            title = rule_title(code[1])
        assert title
        assert title == html.unescape(re.sub(r"<[^>]+>", "", row))
    assert 'class="col-check_id"' in page
