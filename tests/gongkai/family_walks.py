"""Walks over the lists of the family sites with a plain client, one for each shape.

Nothing of the crawler is used: what these walks find is what a site shows, whoever asks.
"""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urljoin

from tests.gongkai.demo_client import ask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.gongkai.demo_client import Reply
    from tests.portals.families.content import Column, Facts
    from tests.portals.site_server import SiteServer

Row = tuple[str, str, str]
"""Address, title, date as printed."""

_LINK = r"""<a\b[^>]*?href=["'](?P<href>[^"']+)["'](?P<rest>[^>]*)>(?P<text>.*?)</a>"""
_DATED = re.compile(_LINK + r".*?(?P<day>\d{4}\s*-\s*\d\d-\d\d)", re.DOTALL)
_DATE_FIRST = re.compile(r"<span>(?P<day>\d{4}-\d\d-\d\d)</span>" + _LINK)
FORM = "application/x-www-form-urlencoded; charset=UTF-8"
MOST_PAGES = 60


@dataclass(frozen=True)
class Client:
    """Asks one site of a server."""

    server: SiteServer
    facts: Facts

    def get(self, address: str, **headers: str) -> Reply:
        """Send a GET to an address of the site, whole or from its root."""
        target = address.partition("#")[0].removeprefix(self.facts.home[:-1])
        return ask(self.server, target, host=self.facts.host, headers=headers)

    def post(self, address: str, body: str, content_type: str = FORM) -> Reply:
        """Post a body."""
        headers = {"Content-Type": content_type}
        return ask(
            self.server, address, host=self.facts.host, method="POST", headers=headers, body=body.encode()
        )

    def text(self, address: str) -> str:
        """Return a page of the site."""
        return self.get(address).body.decode()


def rows_in(text: str, address: str, pattern: re.Pattern[str] = _DATED) -> Iterator[Row]:
    """Yield the rows of a piece of HTML: the fuller title, the date without its white space."""
    for found in pattern.finditer(text):
        fuller = re.search(r"""title=["']([^"']*)["']""", found["rest"])
        title = html.unescape(fuller[1] if fuller else found["text"])
        yield urljoin(address, html.unescape(found["href"])), title, re.sub(r"\s", "", found["day"])


def list_body(page: str) -> str:
    """Return a page without its menu, its breadcrumbs and its foot."""
    return page.partition('<div class="position">')[2].partition("</div>")[2].partition('class="footer"')[0]


def until_nothing_new(pages: Iterator[list[Row]]) -> list[Row]:
    """Return the rows of pages up to the first that adds none."""
    found: dict[str, Row] = {}
    for _, rows in zip(range(MOST_PAGES), pages, strict=False):
        new = {row[0]: row for row in rows if row[0] not in found}
        if not new:
            break
        found.update(new)
    return list(found.values())


def walk_static(client: Client, address: str, column: Column) -> list[Row]:
    """Read the call, name the pages by its dialect, or follow the links to frozen parts."""
    del column
    first = client.text(address)
    called = re.search(r"createPage(?:HTML)?\((.*?)\);", first.rpartition("-->")[2])
    if called is None:
        return until_nothing_new(_linked(client, address))
    arguments = [argument.strip(" '\"") for argument in called[1].split(",")]
    is_number_first = arguments[0].isdigit()
    count = int(arguments[0] if is_number_first else arguments[1])
    prefix, ext = arguments[2:4] if is_number_first else arguments[3:5]
    second = 1 if is_number_first else 2
    pages = [address, *(urljoin(address, f"{prefix}_{at + second}.{ext}") for at in range(count - 1))]
    return until_nothing_new(list(rows_in(list_body(client.text(page)), page)) for page in pages)


def _linked(client: Client, address: str) -> Iterator[list[Row]]:
    following: str | None = address
    while following:
        text = client.text(following)
        yield list(rows_in(list_body(text), following))
        link = re.search(r'href="([^"]+)">下一页', text)
        following = urljoin(following, link[1]) if link else None


def walk_numbered(client: Client, address: str, column: Column) -> list[Row]:
    """Count `pageNo` up until a page shows nothing new: the last one is shown for ever."""
    del column
    pages = (f"{address}?pageNo={number}" for number in range(1, MOST_PAGES))
    return until_nothing_new(list(rows_in(list_body(client.text(page)), page)) for page in pages)


def walk_vsb(client: Client, address: str, column: Column) -> list[Row]:
    """Follow 下页, whose names count down."""
    del column
    found: list[Row] = []
    following: str | None = address
    while following:
        text = client.text(following)
        found += rows_in(list_body(text), following, _DATE_FIRST)
        link = re.search(r'href="([^"]+)">下页', text)
        following = urljoin(following, link[1]) if link else None
    return found


def walk_jpage(client: Client, address: str, column: Column) -> list[Row]:
    """Read the records of the page, then ask the proxy as the initialiser or the next group says."""
    text = client.text(address)
    found = list(rows_in(_records(list_body(text)), address))
    size = int(_value(text, "perPage")) * int(_value(text, "groupSize"))
    if column.options["proxy"] == "group":
        following = re.search(r'<nextgroup><!\[CDATA\[<a href="([^"]+)"', text)
        while following:
            answer = client.text(quote(following[1], safe="/?&=.%:"))
            found += rows_in(_records(answer), address)
            following = re.search(r'<nextgroup><!\[CDATA\[<a href="([^"]+)"', answer)
        return found
    fields = dict(re.findall(r"(\w+):'?([^',}]*)'?", text.partition("ajaxParam: {")[2].partition("}")[0]))
    if column.options["proxy"] == "encrypted":
        fields["columnid"] = "0" * 32
    total = int(_value(text, "totalRecord"))
    for start in range(size + 1, total + 1, size):
        query = f"startrecord={start}&endrecord={min(start + size - 1, total)}&perpage={column.page_size}"
        body = urlencode({name: value.strip() for name, value in fields.items()})
        found += rows_in(client.post(f"{_value(text, 'proxyUrl')}?{query}", body).body.decode(), address)
    return found


def _records(text: str) -> str:
    return re.sub(r"<nextgroup>.*?</nextgroup>", "", text, flags=re.DOTALL)


def _value(text: str, name: str) -> str:
    found = re.search(rf"\b{name}:\s*'?([^',\s]+)", text)
    assert found, f"no {name}"
    return found[1]


def walk_jpaas(client: Client, address: str, column: Column) -> list[Row]:
    """Ask the unit page by page with what the page lists, as the page's own script would."""
    text = client.text(address)
    listed = dict(re.findall(r"'(\w+)':'([^']*)'", text.partition("queryData=")[2]))
    unit = text.partition(' url="')[2].partition('"')[0]

    def pages() -> Iterator[list[Row]]:
        for number in range(1, MOST_PAGES):
            paging = json.dumps({"pageNo": number, "pageSize": column.page_size})
            more = {"paramJson": paging} if number > 1 else {}
            reply = client.get(f"{unit}?{urlencode(listed | more)}", Referer=address)
            yield list(rows_in(json.loads(reply.body)["data"]["html"], address))

    return until_nothing_new(pages())


def walk_lonsun(client: Client, address: str, column: Column) -> list[Row]:
    """Ask the label page by page with the fields of the script."""
    del column
    script = client.text(address).partition("data: {")[2].partition("},")[0]
    fields = dict(re.findall(r"(\w+): '([^']*)'", script))

    def pages() -> Iterator[list[Row]]:
        for number in range(1, MOST_PAGES):
            query = urlencode(fields | {"pageIndex": str(number)})
            text = client.text(f"/site/label/8888?IsAjax=1&dataType=html&_=0.5&{query}")
            yield list(rows_in(text, address))

    return until_nothing_new(pages())


def walk_ucap(client: Client, address: str, column: Column) -> list[Row]:
    """Find the channel in the page's script and ask the search, or the interface of the wrapped dialect."""
    channel = client.text(address).partition("channelId = '")[2].partition("'")[0]

    def pages() -> Iterator[list[Row]]:
        for number in range(1, MOST_PAGES):
            if column.options["answer"] == "plain":
                query = f"_isAgg=true&_isJson=true&_pageSize={column.page_size}&_template=index&page={number}"
                found = client.get(f"/common/search/{channel}?{query}").body
                data = json.loads(found)["data"]
            else:
                found = client.post("/getFileListByCodeId", f"channelId={channel}&page={number}&size=4").body
                data = json.loads(found)["results"]["data"]
            rows = data["results"]
            yield [(urljoin(address, row["url"]), row["title"], row["publishedTime"][:10]) for row in rows]

    return until_nothing_new(pages())


def walk_gkmlpt(client: Client, address: str, column: Column) -> list[Row]:
    """Find the category in the tree and ask for its pages, from 0: the first two are the same."""
    text = client.text(address)
    sid = _value(text, "SID")
    category = address.rpartition("#")[2]
    assert f'"id": {category}, "name": "{column.name}"' in text

    def pages() -> Iterator[list[Row]]:
        for number in range(1, MOST_PAGES):
            reply = client.get(f"/gkmlpt/api/all/{category}?page={number}&sid={sid}")
            rows = json.loads(reply.body)["articles"] if reply.status == 200 else []
            yield [(row["url"], _unescaped(row["title"]), row["created_at"][:10]) for row in rows]

    return until_nothing_new(pages())


def _unescaped(text: str) -> str:
    return re.sub(r"%u([0-9A-F]{4})", lambda found: chr(int(found[1], 16)), text)


def walk_epoint(client: Client, address: str, column: Column) -> list[Row]:
    """Post the script's parameters with the offset counted up."""
    text = client.text(address)
    parameters = json.loads(text.partition("var params = ")[2].partition(";\n")[0])
    url = text.partition("url: '")[2].partition("'")[0]

    def pages() -> Iterator[list[Row]]:
        for number in range(MOST_PAGES):
            body = json.dumps(parameters | {"pn": number * int(parameters["rn"])})
            answer: dict[str, Any] = json.loads(client.post(url, body).body)
            found = json.loads(answer["content"]) if column.options["answer"] == "string" else answer
            rows = found["result"]["records"]
            yield [(urljoin(address, row["linkurl"]), row["title"], row["webdate"][:10]) for row in rows]

    return until_nothing_new(pages())


def walk_library(client: Client, address: str, column: Column) -> list[Row]:
    """Ask the library page by page; reports are in a static list."""
    if "library" not in column.options:
        return walk_static(client, address, column)

    def pages() -> Iterator[list[Row]]:
        for number in range(1, MOST_PAGES):
            query = f"t={column.options['library']}&timetype=timezd&sort=pubtime&p={number}&n=5"
            rows = json.loads(client.get(f"/search-gov/data?{query}").body)["searchVO"]["listVO"]
            yield [
                (row["url"], re.sub("</?em>", "", row["title"]), row["pubtimeStr"].replace(".", "-"))
                for row in rows
            ]

    return until_nothing_new(pages())


def walk_json(client: Client, address: str, column: Column) -> list[Row]:
    """Take the address from the script and count its page number up."""
    del column
    url = client.text(address).partition("var url = '")[2].partition("'")[0]

    def pages() -> Iterator[list[Row]]:
        for number in range(1, MOST_PAGES):
            reply = client.get(url.replace("pageNumber=1", f"pageNumber={number}"))
            rows = json.loads(reply.body)["data"]["datas"]
            yield [(row["selfUrl"], row["title"], row["createDate"][:10]) for row in rows]

    return until_nothing_new(pages())


WALKS: Mapping[str, Callable[[Client, str, Column], list[Row]]] = {
    "epoint": walk_epoint,
    "gkmlpt": walk_gkmlpt,
    "govcn_library": walk_library,
    "html_list": walk_numbered,
    "jpaas": walk_jpaas,
    "jpage": walk_jpage,
    "json_list": walk_json,
    "lonsun": walk_lonsun,
    "static": walk_static,
    "ucap": walk_ucap,
    "vsb": walk_vsb,
}
