"""Walks over JSON lists whose servers count, cap, shift and repeat: every row is found, and the walk ends."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.families import FAMILIES
from crawler.families.base import PageAt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from archive.frontier.targets import PageRequest

HOST = "https://www.hexi.gov.cn"
PAGED = {"items": "rows", "link": "url", "page": "query:page", "size": "query:size"}


@dataclass
class Walked:
    """What a walk brought: the addresses in order, the pages it took, what was declared last."""

    urls: list[str]
    pages: int
    declared: int | None


def walk(
    family: str, list_url: str, options: Mapping[str, str], serve: Callable[[PageRequest], str]
) -> Walked:
    """Walk a list as the spider does: it ends with a page that adds nothing, or that leads nowhere."""
    reader = FAMILIES[family]
    options = {**reader.preset, **options}
    assert reader.fault(options) is None
    waiting = [reader.first_request(list_url, options)]
    walked = Walked([], 0, None)
    while waiting:
        request = waiting.pop(0)
        page = reader.read(serve(request), PageAt(request.url, request, list_url, options))
        walked.pages += 1
        new = [link.url for link in page.links if link.url not in walked.urls]
        walked.urls += new
        walked.declared = page.declared_total if page.declared_total is not None else walked.declared
        if new or page.is_shell:
            waiting.extend(page.next_pages)
    return walked


def rows(start: int, count: int, total: int) -> list[dict[str, str]]:
    return [{"url": f"/{n}.html"} for n in range(start, max(start, min(start + count, total)))]


def urls(total: int) -> list[str]:
    return [f"{HOST}/{n}.html" for n in range(total)]


def field(request: PageRequest, name: str) -> int:
    return int(parse_qs(urlsplit(request.url).query)[name][0])


@settings(max_examples=60)
@given(
    total=st.integers(0, 60),
    size=st.integers(1, 9),
    first=st.integers(0, 1),
    how=st.sampled_from(["total", "pages"]),
)
def test_every_row_of_a_list_that_declares_is_found(total: int, size: int, first: int, how: str) -> None:
    def serve(request: PageRequest) -> str:
        page = rows((field(request, "page") - first) * size, size, total)
        return json.dumps({"rows": page, "total": total, "pages": -(-total // size)})

    walked = walk("json_list", f"{HOST}/list?page={first}&size={size}", {**PAGED, how: how}, serve)
    assert walked.urls == urls(total)
    assert walked.pages <= max(1, -(-total // size))


@settings(max_examples=60)
@given(total=st.integers(0, 60), asked=st.integers(1, 9), given_=st.integers(1, 9))
def test_server_with_a_page_size_of_its_own_is_read_to_the_end(total: int, asked: int, given_: int) -> None:
    def serve(request: PageRequest) -> str:
        page = rows((field(request, "page") - 1) * given_, given_, total)
        return json.dumps({"rows": page, "total": total, "size": given_})

    for size in ("size", "missing.path", "query:size"):
        options = {**PAGED, "size": size, "total": "total"}
        walked = walk("json_list", f"{HOST}/list?page=1&size={asked}", options, serve)
        # By the size asked for the count may come out by chance: then it is seen to fall short.
        short = size == "query:size" and len(walked.urls) != walked.declared
        assert short or walked.urls == urls(total)


@settings(max_examples=60)
@given(total=st.integers(0, 60), size=st.integers(1, 9), known=st.booleans())
def test_list_that_declares_nothing_is_read_to_the_end(total: int, size: int, known: bool) -> None:
    def serve(request: PageRequest) -> str:
        return json.dumps({"rows": rows((field(request, "page") - 1) * size, size, total)})

    options = PAGED if known else {**PAGED, "size": "missing.path"}
    walked = walk("json_list", f"{HOST}/list?page=1&size={size}", options, serve)
    assert walked.urls == urls(total)
    assert walked.pages <= total // size + 2


@settings(max_examples=60)
@given(total=st.integers(0, 60), asked=st.integers(2, 9), given_=st.integers(1, 12))
def test_offsets_move_on_by_the_rows_that_came(total: int, asked: int, given_: int) -> None:
    def serve(request: PageRequest) -> str:
        offset = json.loads(request.body or "")["pn"]
        page = [{"linkurl": row["url"]} for row in rows(offset, given_, total)]
        return json.dumps({"result": {"records": page, "totalcount": total}})

    walked = walk(
        "epoint", f"{HOST}/getFullTextDataNew", {"body": json.dumps({"pn": 0, "rn": str(asked)})}, serve
    )
    assert walked.urls == urls(total)
    assert walked.pages <= max(1, -(-total // given_))


def test_combined_query_is_walked_to_the_end_of_its_longest_category() -> None:
    def serve(request: PageRequest) -> str:
        page, size = field(request, "p") - 1, field(request, "n")
        long, short = rows(page * size, size, 11), rows(100 + page * size, size, 103)
        cats = {"gongwen": {"listVO": long}, "bumenfile": {"listVO": short}}
        return json.dumps(
            {"searchVO": {"totalCount": 14, "totalpage": 7, "pageSize": 2, "listVO": [], "catMap": cats}}
        )

    walked = walk("govcn_library", f"{HOST}/search-gov/data?p=1&n=2", {}, serve)
    assert sorted(walked.urls) == sorted([*urls(11), *(f"{HOST}/{n}.html" for n in range(100, 103))])
    assert walked.declared == 14


def test_server_that_repeats_a_page_is_left_after_one_repetition() -> None:
    answer = json.dumps({"rows": rows(0, 5, 5), "total": 500})
    walked = walk("json_list", f"{HOST}/list?page=1&size=5", {**PAGED, "total": "total"}, lambda _: answer)
    assert (walked.urls, walked.pages, walked.declared) == (urls(5), 2, 500)


def test_page_zero_of_gkmlpt_is_not_walked_twice() -> None:
    def serve(request: PageRequest) -> str:
        if "/api/" not in request.url:
            return "<script>window._CONFIG = {SID: '755099'};</script>"
        assert field(request, "sid") == 755099
        start = (max(field(request, "page"), 1) - 1) * 100
        return json.dumps({"classify": {"post_count": 250}, "articles": rows(start, 100, 250)})

    asked = walk("gkmlpt", f"{HOST}/gkmlpt/index#7", {}, serve)
    assert (asked.urls, asked.pages) == (urls(250), 4)
    zero = walk("gkmlpt", f"{HOST}/gkmlpt/api/all/7?page=0&sid=755099", {}, serve)
    assert (zero.urls, zero.pages) == (urls(250), 3)
