"""The bounds of looking for attachments (`thresholds/attachments.yaml`): at each one, and one beyond."""

from __future__ import annotations

import pytest

from pipelines.attachments.candidates import read_script, text_of
from pipelines.attachments.link_targets import ending_of, file_name, is_bare, read_target
from pipelines.readers.html.elements import parse_page
from tests.pipelines.attachments import find_attachments
from tests.pipelines.attachments.pages import URL, article

MADE_UP = "P020230302401234567890.pdf"


def names(markup: str) -> list[str]:
    return [each.name for each in find_attachments(markup, URL)]


def owners(script: str) -> list[str]:
    return [each.owner for each in read_script(script, URL)]


@pytest.mark.parametrize(("between", "is_found"), [(10, True), (11, False)])
def test_a_label_reaches_so_far_into_what_it_heads(between: int, is_found: bool) -> None:
    link = f'{"<span>" * between}<a href="/u/1.pdf">名单</a>{"</span>" * between}'
    assert (names(article("", after=f"<div><p>附件</p>{link}</div>")) == ["名单"]) is is_found


@pytest.mark.parametrize(("size", "is_found"), [(60, True), (61, False)])
def test_a_label_is_short(size: int, is_found: bool) -> None:
    after = f'<div><p>{"附件".ljust(size)}</p><a href="/u/1.pdf">名单</a></div>'
    assert (names(article("", after=after)) == ["名单"]) is is_found


def test_so_much_of_the_text_before_a_link_names_it() -> None:
    assert names(article(f'<p>{"表" * 201}<a href="{MADE_UP}">下载</a></p>')) == ["表" * 200]


@pytest.mark.parametrize(("empty", "name"), [(78, "名单"), (79, MADE_UP)])
def test_so_many_elements_of_a_link_are_looked_at(empty: int, name: str) -> None:
    assert names(article(f'<a href="{MADE_UP}">{"<i></i>" * empty}<b>名单</b></a>')) == [name]


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        ("<b>" + "表" * 401 + "</b>", "表" * 400),
        ("<b>" + "表" * 400 + "</b><i>二</i>", "表" * 400 + "二"),
        ("<b>" + "表" * 401 + "</b><i>二</i>", "表" * 400),
    ],
    ids=["a long piece", "all but too much", "too much"],
)
def test_so_much_of_the_text_of_a_link_is_read(inside: str, text: str) -> None:
    [link] = parse_page(f'<p><a href="1.pdf">{inside}</a></p>').iter("a")
    assert text_of(link) == text


@pytest.mark.parametrize(("size", "is_found"), [(4000, True), (4001, False)])
def test_so_much_of_what_a_click_starts_is_read(size: int, is_found: bool) -> None:
    script = "'/u/1.pdf'".rjust(size)
    assert bool(names(article(f'<a onclick="{script}">名单</a>'))) is is_found


@pytest.mark.parametrize(("size", "is_found"), [(2_000_000, True), (2_000_001, False)])
def test_so_much_of_a_script_is_read(size: int, is_found: bool) -> None:
    assert bool(owners("fileUrl='/u/1.pdf'".rjust(size))) is is_found


@pytest.mark.parametrize(("apart", "owner"), [(52, "fileUrl"), (53, "ileUrl")])
def test_the_owner_of_a_literal_stands_near(apart: int, owner: str) -> None:
    assert owners(f"fileUrl{' ' * apart}='/u/1.pdf'") == [owner]


@pytest.mark.parametrize(("apart", "is_found"), [(19, False), (20, True)])
def test_what_joins_a_literal_stands_near(apart: int, is_found: bool) -> None:
    assert bool(owners(f"fileUrl='/u/1.pdf'{' ' * apart}+x")) is is_found


@pytest.mark.parametrize(("size", "is_read"), [(4000, True), (4001, False)])
def test_an_address_is_short(size: int, is_read: bool) -> None:
    assert (read_target("/" + "1.pdf".rjust(size - 1, "a"), URL) is not None) is is_read


@pytest.mark.parametrize(("before", "ending"), [(39, "pdf"), (40, "jsp")])
def test_so_many_values_may_be_the_name_of_a_file(before: int, ending: str) -> None:
    assert ending_of(f"http://www.yunze.gov.cn/down.jsp?{'x=1&' * before}f=1.pdf") == ending


@pytest.mark.parametrize("path", ["x.shtml", "2023.12.13", "v1.0", "down"])
def test_a_file_has_the_name_that_its_address_gives_it(path: str) -> None:
    assert file_name(f"http://www.yunze.gov.cn/{path}?f=d.xlsx") == "d.xlsx"


def test_a_long_name_is_cut() -> None:
    assert names(article(f'<a href="1.pdf">{"表" * 301}</a>')) == ["表" * 300]


@pytest.mark.parametrize(("size", "says_nothing"), [(24, True), (25, False)])
def test_a_long_name_is_not_bare(size: int, says_nothing: bool) -> None:
    assert is_bare("下载".rjust(size, "【")) is says_nothing
