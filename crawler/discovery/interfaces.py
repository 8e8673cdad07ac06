"""The requests by which a page's script brings its rows, as far as it writes them out.

$.getJSON('/open/api?channel=…&pageNumber=' + page)         a GET
$.post('/getFileList', {channelId: channelId, page: page})  a POST of fields
$.ajax({type: 'post', url: '…', data: JSON.stringify(params)})   a POST of JSON
"""

from __future__ import annotations

import json
import re
from itertools import takewhile
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from archive.frontier.targets import PageRequest
from crawler.discovery.vocabulary import is_article_address, is_one_site, table_text
from crawler.families.pages.expressions import fields_of, joined_texts, text_of, what_is_known
from crawler.families.pages.literals import Expression
from pipelines.addresses import clean_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.discovery.page import Page
    from crawler.families.pages.expressions import Known
    from crawler.families.pages.literals import Stated, Value

_FORM = "application/x-www-form-urlencoded; charset=UTF-8"
_JSON = "application/json"
_POSTS = re.compile(r"\.post\s*\(\s*(?P<url>[^,()]{1,400}),\s*$")
_ASKS = re.compile(r"\bajax\s*\(\s*$")
_STRINGIFIED = re.compile(r"JSON\s*\.\s*stringify\s*\(\s*(?P<name>[A-Za-z_$][\w$]*)?")
_STRINGIFIES = re.compile(r"stringify\s*\(\s*$")
_BEFORE = 450
_LIST_WORDS = (
    re.compile(r"page(?!size)|\bpn?\b", re.IGNORECASE),
    re.compile(r"size|rows|\brn\b|\bn\b", re.IGNORECASE),
    re.compile("ch|col|cat", re.IGNORECASE),
)


def interfaces_of(page: Page) -> tuple[PageRequest, ...]:
    """Return the requests that a page's scripts write out, those that look most like a list's first."""
    known = what_is_known(page.scripts)
    found = dict.fromkeys((*_posts(page, known), *_ajax_posts(page, known), *_gets(page, known)))
    own = [request for request in found if is_one_site(request.url, page.url)]
    return tuple(sorted(own, key=_likeliness, reverse=True))


def _gets(page: Page, known: Known) -> Iterator[PageRequest]:
    for text in joined_texts(known.script, known):
        if re.search(table_text("interface_addresses"), text) and "?" in text and not re.search(r"\s", text):
            url = clean_url(text, page.url)
            if url and not is_article_address(url):
                yield PageRequest(url)


def _posts(page: Page, known: Known) -> Iterator[PageRequest]:
    for each in known.stated:
        found = _POSTS.search(known.script[max(0, each.span[0] - _BEFORE) : each.span[0]])
        url = _written_address(Expression(found["url"]), page, known) if found else None
        fields = fields_of(each.value, known)
        if url and fields:
            yield PageRequest(url, urlencode(fields), _FORM)


def _ajax_posts(page: Page, known: Known) -> Iterator[PageRequest]:
    for place, each in enumerate(known.stated):
        if not isinstance(each.value, dict) or not _ASKS.search(each.before):
            continue
        call = each.value
        method = text_of(call.get("type") or call.get("method"), known) or ""
        url, data = _written_address(call.get("url"), page, known), call.get("data")
        if url is None or data is None or method.lower() != "post":
            continue
        as_json = _stringified(data, place, known)
        if as_json is not None:
            says_json = "json" in (text_of(call.get("contentType"), known) or "").lower()
            yield PageRequest(url, as_json, _JSON if says_json else _FORM)
        elif fields := _fields(data, known):
            yield PageRequest(url, urlencode(fields), _FORM)


def _fields(data: Value, known: Known) -> dict[str, str]:
    """The fields that are posted: of an object, or of the variable that holds one."""
    if isinstance(data, Expression) and data.written in known.objects:
        data = known.objects[data.written].value
    return fields_of(data, known)


def _stringified(data: Value, place: int, known: Known) -> str | None:
    """The JSON that is posted: of a variable's object, or of one that stands there; None where none is."""
    found = _STRINGIFIED.match(data.written) if isinstance(data, Expression) else None
    if found is None:
        return None
    if found["name"]:
        said = known.objects.get(found["name"])
    else:
        # What a call holds comes right before it.
        before = (known.stated[at] for at in range(place - 1, -1, -1))
        inner = takewhile(lambda each: each.span[0] > known.stated[place].span[0], before)
        said = next((each for each in (*inner,)[::-1] if _STRINGIFIES.search(each.before)), None)
    return _as_json(said, known) if said else None


def _as_json(said: Stated, known: Known) -> str:
    """Return an object as JSON: as it is, where it is JSON already, else its plain fields."""
    try:
        value = json.loads(known.script[slice(*said.span)])
    except (json.JSONDecodeError, RecursionError):
        value = fields_of(said.value, known)
    return json.dumps(value, ensure_ascii=False)


def _written_address(value: Value | None, page: Page, known: Known) -> str | None:
    # What is added to keep an answer from being cached (`+ new Date()`) is no loss.
    joined = joined_texts(value.written, known) if isinstance(value, Expression) else iter((value,))
    text = next((each for each in joined if isinstance(each, str)), None)
    return clean_url(text, page.url) if text else None


def _likeliness(request: PageRequest) -> tuple[int, int]:
    """How many of the words of a list's request it has (a page, a size, a column), and how much it says."""
    asked = f"{request.url} {request.body or ''}"
    return sum(word.search(asked) is not None for word in _LIST_WORDS), len(asked)
