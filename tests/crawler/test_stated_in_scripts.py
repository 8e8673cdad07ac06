"""What pages state in their scripts is taken as it stands: suffixes of paging calls, words of literals."""

from __future__ import annotations

import pytest
from lxml.html import document_fromstring

from crawler.families.pages.pager import find_paging
from crawler.families.pages.script_model import read_controls
from crawler.families.pages.script_reader import read_scripts
from crawler.families.pages.stated_requests import stated_requests
from pipelines.addresses import clean_url


@pytest.mark.parametrize(
    ("call", "second"),
    [
        pytest.param('createPageHTML(3, 0, "index", "shtml")', "index_1.shtml", id="its suffix"),
        pytest.param('createPageHTML(3, 0, "index", ".jsp")', "index_1.jsp", id="a dot before it"),
        pytest.param('createPageHTML(3, 0, "index", "")', "index_1.html", id="none: the page's own"),
        pytest.param('createPageHTML(3, 0, "index")', "index_1.html", id="not named: the page's own"),
        pytest.param("createPageHTML('p', 3, 1, 'x', 'shtml', 40)", "x_2.shtml", id="after a container"),
    ],
)
def test_the_suffix_that_a_paging_call_gives_is_used(call: str, second: str) -> None:
    paging = find_paging(read_scripts(f"{call};"), "http://www.hexi.gov.cn/nb/index.html")
    assert paging is not None
    assert (
        clean_url(paging.addresses[0], "http://www.hexi.gov.cn/nb/") == f"http://www.hexi.gov.cn/nb/{second}"
    )


def test_false_is_sent_as_false_and_null_as_nothing() -> None:
    script = "var asked = {all: false, open: true, unit: null, site: undefined, page: 1, own: id};"
    (stated,) = stated_requests(read_scripts(f"{script} $.post('/list', asked);"), "http://www.hexi.gov.cn/")
    assert stated.unread == {"own": "id"}
    assert stated.fields == {"all": "false", "open": "true", "unit": "", "site": "", "page": "1"}


def test_a_list_of_which_several_may_be_chosen_holds_the_first_that_is() -> None:
    page = "<select multiple id=cat><option>1<option value=7 selected><option value=8 selected></select>"
    assert read_controls(document_fromstring(page)) == {"cat": "7"}
