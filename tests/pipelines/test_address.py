"""One document, one address: what is folded together and what is kept apart."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.addresses import EDGE, AddressUnusable, canonical_address, clean_url, without_tracking

ARTICLE = "http://www.example.gov.cn/zfxxgk/202003/t20200325_1.html"

SAME = {
    "https": "https://www.example.gov.cn/zfxxgk/202003/t20200325_1.html",
    "without www": "http://example.gov.cn/zfxxgk/202003/t20200325_1.html",
    "host in capitals": "HTTP://WWW.Example.GOV.CN/zfxxgk/202003/t20200325_1.html",
    "default port of http": "http://www.example.gov.cn:80/zfxxgk/202003/t20200325_1.html",
    "default port of https": "https://www.example.gov.cn:443/zfxxgk/202003/t20200325_1.html",
    "fragment": ARTICLE + "#top",
    "campaign parameters": ARTICLE + "?utm_source=weixin&UTM_Medium=share",
    "shared in WeChat": ARTICLE + "?from=singlemessage&isappinstalled=0",
    "session in the path": ARTICLE + ";jsessionid=0A1B2C?spm=a2c4g.11186623",
    "empty query": ARTICLE + "?",
    "doubled slashes": "http://www.example.gov.cn//zfxxgk/202003//t20200325_1.html",
    "dot segments": "http://www.example.gov.cn/zfxxgk/x/../202003/./t20200325_1.html",
    "escaped letters": "http://www.example.gov.cn/%7afxxgk/202003/t20200325%5F1.html",
    "white space around": f" {ARTICLE}\n",
    "trailing dot of the host": "http://www.example.gov.cn./zfxxgk/202003/t20200325_1.html",
    "user name": "http://user:secret@www.example.gov.cn/zfxxgk/202003/t20200325_1.html",
}

DIFFERENT = {
    "another page": "http://www.example.gov.cn/zfxxgk/202003/t20200325_2.html",
    "letter case of the path": "http://www.example.gov.cn/ZFXXGK/202003/t20200325_1.html",
    "another port": "http://www.example.gov.cn:8080/zfxxgk/202003/t20200325_1.html",
    "a department's host": "http://czj.example.gov.cn/zfxxgk/202003/t20200325_1.html",
    "a parameter": ARTICLE + "?page=2",
    "an escaped slash": "http://www.example.gov.cn/zfxxgk%2F202003/t20200325_1.html",
}

FORMS = {
    ARTICLE: "cn,gov,example)/zfxxgk/202003/t20200325_1.html",
    "http://example.gov.cn": "cn,gov,example)/",
    "http://example.gov.cn/zfxxgk/index.html": "cn,gov,example)/zfxxgk/",
    "http://example.gov.cn/zfxxgk/INDEX.SHTML?a=1": "cn,gov,example)/zfxxgk/?a=1",
    "http://example.gov.cn/zfxxgk": "cn,gov,example)/zfxxgk",
    "http://example.gov.cn/x?b=2&a=1&b=1": "cn,gov,example)/x?a=1&b=2&b=1",
    "http://政府.example.cn/年报?n=中": "cn,example,xn--mxtq1m)/%E5%B9%B4%E6%8A%A5?n=%E4%B8%AD",
    "http://122.0.0.24:8080/pub/a.html": "122.0.0.24:8080)/pub/a.html",
    "http://[2001:db8::1]/a": "[2001:db8::1])/a",
    "http://gz.example.gov.cn/gkmlpt/index#5811": "cn,gov,example,gz)/gkmlpt/index#5811",
    "http://gz.example.gov.cn/gkmlpt/index#top": "cn,gov,example,gz)/gkmlpt/index",
    "file:///0123456789ab/%E5%B9%B4%E6%8A%A5.txt": "file:///0123456789ab/%E5%B9%B4%E6%8A%A5.txt",
}

UNUSABLE = [
    "",
    "ftp://example.gov.cn/a",
    "javascript:void(0)",
    "/zfxxgk/",
    "http://",
    "http://[::1/",
    "http://example.gov.cn:99999/",
    "http://a b.cn/",
    "file:///etc/passwd",
    "http://" + "政" * 80 + ".cn/",
]


@pytest.mark.parametrize("url", SAME.values(), ids=SAME.keys())
def test_another_spelling_is_the_same_document(url: str) -> None:
    assert canonical_address(url) == canonical_address(ARTICLE)


@pytest.mark.parametrize("url", DIFFERENT.values(), ids=DIFFERENT.keys())
def test_another_document_keeps_its_own_address(url: str) -> None:
    assert canonical_address(url) != canonical_address(ARTICLE)


@pytest.mark.parametrize(("url", "form"), FORMS.items(), ids=FORMS.keys())
def test_the_form_is_the_one_written_down(url: str, form: str) -> None:
    assert canonical_address(url) == form


@pytest.mark.parametrize("url", UNUSABLE)
def test_what_is_no_address_is_refused_with_a_name(url: str) -> None:
    with pytest.raises(AddressUnusable):
        canonical_address(url)


LINKS = {
    "relative": ("./202003/t1.html", "http://h.gov.cn/zfxxgk/202003/t1.html"),
    "parent": ("../../a.html", "http://h.gov.cn/a.html"),
    "without scheme": ("//other.gov.cn/a", "http://other.gov.cn/a"),
    "back slashes": (r"..\att\年报.pdf", "http://h.gov.cn/att/%E5%B9%B4%E6%8A%A5.pdf"),
    "spaces and line breaks": ("\n a b.html ", "http://h.gov.cn/zfxxgk/a%20b.html"),
    "fragment": ("a.html#p3", "http://h.gov.cn/zfxxgk/a.html"),
    "gkmlpt column": ("/gkmlpt/index#5811", "http://h.gov.cn/gkmlpt/index#5811"),
    "empty": ("", "http://h.gov.cn/zfxxgk/"),
    "script": ("javascript:download('3')", None),
    "mail": ("mailto:gk@h.gov.cn", None),
    "local file": ("file:///C:/a.doc", None),
    "broken host": ("http://[x", None),
}


@pytest.mark.parametrize(("link", "expected"), LINKS.values(), ids=LINKS.keys())
def test_links_resolve_as_in_a_browser(link: str, expected: str | None) -> None:
    assert clean_url(link, "http://h.gov.cn/zfxxgk/") == expected


def as_url(canonical: str, scheme: str) -> str:
    """Read a canonical address back into a URL."""
    host, _, rest = canonical.partition(")")
    name, colon, port = host.partition(":")
    return f"{scheme}://{'.'.join(reversed(name.split(',')))}{colon}{port}{rest}"


paths = st.text("/abcZ.%2eé中 ;=()S~+'\\\"<>" + string.digits, max_size=30)
queries = st.lists(
    st.tuples(st.sampled_from(["id", "page", "Q", "cid", "中", "a%20"]), st.text("ab1%&中 +/?", max_size=6)),
    max_size=4,
)


@settings(deadline=None, max_examples=200)
@given(path=paths, query=queries, scheme=st.sampled_from(["http", "https"]))
def test_reading_a_canonical_address_again_changes_nothing(
    path: str, query: list[tuple[str, str]], scheme: str
) -> None:
    joined = "&".join(f"{name}={value}" for name, value in query)
    once = canonical_address(f"http://a.gov.cn:8080/{path}?{joined}")
    assert canonical_address(as_url(once, scheme)) == once


@settings(deadline=None, max_examples=100)
@given(
    query=queries, tracking=st.sampled_from(["utm_campaign=x", "SPM=1.2", "from=timeline", "JSESSIONID=8"])
)
def test_tracking_parameters_do_not_matter_wherever_they_stand(
    query: list[tuple[str, str]], tracking: str
) -> None:
    # Browsers strip white space at the end of a link, wherever that end happens to be.
    fields = [f"{name}={value}".replace("&", "").rstrip(EDGE) for name, value in query]
    plain = canonical_address("http://a.gov.cn/x?" + "&".join(fields))
    for position in range(len(fields) + 1):
        tracked = "&".join([*fields[:position], tracking, *fields[position:]])
        assert canonical_address("http://a.gov.cn/x?" + tracked) == plain


@settings(deadline=None, max_examples=100)
@given(
    one=st.integers(0, 10**6),
    other=st.integers(0, 10**6),
    name=st.sampled_from(["id", "infoid", "page", "t"]),
)
def test_real_parameters_matter(one: int, other: int, name: str) -> None:
    addresses = [canonical_address(f"http://a.gov.cn/x.jsp?{name}={value}") for value in (one, other)]
    assert (addresses[0] == addresses[1]) == (one == other)


def test_link_longer_than_servers_take_leads_nowhere() -> None:
    assert clean_url("a" * 7000, "http://www.hexi.gov.cn/")
    assert clean_url("年" * 1000, "http://www.hexi.gov.cn/") is None


@settings(deadline=None, max_examples=200)
@given(link=st.text(max_size=40))
def test_any_link_is_resolved_or_refused(link: str) -> None:
    url = clean_url(link, "http://h.gov.cn/a/")
    assert url is None or (url.isascii() and canonical_address(url))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        pytest.param("http://a.cn/t.html?from=timeline&isappinstalled=0", "http://a.cn/t.html", id="all"),
        pytest.param("http://a.gov.cn/v?id=7&utm_source=x", "http://a.gov.cn/v?id=7", id="some"),
        pytest.param("https://www.a.cn/v?b=2&a=1", "https://www.a.cn/v?b=2&a=1", id="none, order kept"),
        pytest.param("file:///0123456789ab/a%20b.txt", "file:///0123456789ab/a%20b.txt", id="imported"),
    ],
)
def test_the_address_to_show_has_no_tracking_parameters(url: str, shown: str) -> None:
    assert without_tracking(url) == shown
