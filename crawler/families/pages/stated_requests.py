"""The requests that a page states: in its scripts, its forms, and in attributes that its system reads.

Each is read whole or not at all. A parameter that was dropped once made the index of a whole site the list of
annual reports; so what cannot be read is kept beside the request, with the script's words, and such a request
is never made.

    $.getJSON('/open/api?channel=' + id + '&pageNumber=' + page)     $.post('/getFileList', {channelId: id})
    $.ajax({type: 'post', url: '…', data: JSON.stringify(params)})   axios.get('/api', {params: {page: 1}})
    fetch('/api/list', {method: 'POST', body: …})                    xhr.open('POST', '…'); xhr.send(…)
    $('#list').load('/blocks?page=' + page)
"""

from __future__ import annotations

import json
from bisect import bisect_right
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from archive.frontier.targets import PageRequest
from crawler.families.base import NO_OPTIONS, list_words
from crawler.families.pages.clients import Clients
from crawler.families.pages.json_answers import read_json
from crawler.families.pages.markup import page_script
from crawler.families.pages.page_requests import FORM, query_fields, with_query
from crawler.families.pages.script_model import (
    NAME,
    NOISE,
    Call,
    FormFields,
    NotStated,
    Script,
    Unread,
    Value,
    write_value,
)
from crawler.families.pages.script_values import Evaluation
from pipelines.addresses import clean_url
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    import re
    from collections.abc import Container, Iterator, Mapping


UNREAD = "unread_parameters"
"""The word for a request that could not be read whole."""
JSON = "application/json"
# jQuery's; `$.get` and `$.post` take their fields second, not in an object.
_VERBS = {"get": "get", "getJSON": "get", "post": "post", "postJSON": "post"}


class Stated(FrozenStruct):
    """A request that a page states.

    Attributes:
        url: absolute, with the query that it is written with.
        fields: what is sent beside, in order.
        body: what is posted, where that is no form.
        content_type: the body's.
        by_post: whether it is posted.
        unread: what could not be read, by the field's name (empty where it is none), in the script's words.
        written: where it could not be read, the address as the script writes it, before what its library puts
            before and behind it.
    """

    url: str
    fields: Mapping[str, str] = {}
    body: str | None = None
    content_type: str = FORM
    by_post: bool = False
    unread: Mapping[str, str] = {}
    written: str = ""

    @property
    def address(self) -> str:
        """The address without its query."""
        return self.url.partition("?")[0]

    @property
    def all_fields(self) -> dict[str, str]:
        """What is asked for: the fields of the query, then those sent beside."""
        return {**query_fields(self.url), **self.fields}

    def as_request(self) -> PageRequest | None:
        """Return it as it would be made; None where it could not be read whole."""
        if self.unread:
            return None
        if self.by_post:
            return PageRequest(self.url, self.body or urlencode(self.fields), self.content_type)
        return PageRequest(with_query(self.url, self.fields) if self.fields else self.url)


def requests_on(
    root: Any, base: str, interface: re.Pattern[str], answers: Mapping[str, str] = NO_OPTIONS
) -> list[Stated]:
    """Return the requests that a page states, those that could not be read whole among them.

    Args:
        root: the page.
        base: what relative addresses start from.
        interface: what tells the address of an interface, where a script only writes it down.
        answers: what a person says of fields that cannot be read, by their names.

    Returns:
        Those of elements first, then those that its scripts make, then the addresses that these write.
    """
    script = page_script(root)
    elements = (*attribute_requests(root, base), *form_requests(root, base))
    asked = [*elements, *stated_requests(script, base, root, answers)]
    # What a call makes of a text that a name stands for is not known, so that it is no address by itself.
    unsure = {name for each in asked for name in NAME.findall(each.unread.get("", ""))}
    joined = [*joined_addresses(script, base, answers, unsure)]
    # Asked for as it is written, one that could not be read would be a wider list, or another.
    known = {url for each in asked for url in (each.url, each.written)}
    # What a longer address begins with is a part of it, not a request of its own.
    addresses = {*known, *(each.url for each in joined)}
    # In order what begins with an address stands right behind it.
    wholes = [*sorted(url for url in addresses if interface.search(url)), ""]
    return asked + [
        each
        for each in joined
        if each.url not in known
        and interface.search(each.url)
        and not wholes[bisect_right(wholes, each.url, hi=len(wholes) - 1)].startswith(each.url)
    ]


def stated_requests(
    script: Script, base: str, root: Any = None, answers: Mapping[str, str] = NO_OPTIONS
) -> Iterator[Stated]:
    """Yield the requests of a page's scripts, in order, those that could not be read whole among them.

    Args:
        script: those of the page.
        base: what relative addresses start from.
        root: the page, whose forms the scripts read and send; None where there is none.
        answers: what a person says of fields that cannot be read, by their names.
    """
    clients = Clients(Evaluation(script, root, answers, query_fields(base)))
    for call in script.calls:
        for bound in clients.evaluation.bindings(call.scope):
            clients.begin(bound, call)
            stated = _Asking(call, clients, base).read()
            if stated:
                yield stated


def joined_addresses(
    script: Script, base: str, answers: Mapping[str, str] = NO_OPTIONS, unsure: Container[str] = ()
) -> Iterator[Stated]:
    """Yield each text of a script that has a query, as an address to ask for: whatever is done with it.

    Args:
        script: those of the page.
        base: what relative addresses start from.
        answers: what a person says of fields that cannot be read, by their names.
        unsure: names whose texts are left out.
    """
    evaluation = Evaluation(script, None, answers, query_fields(base))
    clients = Clients(evaluation)
    for placed in (each for each in script.values if each.name not in unsure):
        clients.begin({})
        try:
            text = evaluation.value_of(placed.value, placed.scope)
        except NotStated:
            continue
        if isinstance(text, str) and "?" in text and not set(text) & set(" \n<>\"'"):
            url = address_in(text, base)
            if url:
                yield Stated(url, unread=dict(evaluation.unread))


def unread_words(stated: Stated, known: Mapping[str, str]) -> str | None:
    """Return what of a request could not be read and is not known otherwise, in words; None where nothing."""
    unread = [f"{name} = {words}" for name, words in stated.unread.items() if name not in known]
    return f"{UNREAD}: {', '.join(unread)}" if unread else None


def form_requests(root: Any, base: str) -> Iterator[Stated]:
    """Yield what forms that turn pages ask for by GET, whatever sends them."""
    for form in root.iter("form"):
        fields = dict(form.form_values())
        address = clean_url(form.get("action") or base, base)
        if address and (form.get("method") or "").lower() != "post" and _turns_pages(form, fields):
            yield Stated(address, fields)


def _turns_pages(form: Any, fields: Mapping[str, str]) -> bool:
    # `page.pageNo` of Struts, `form:page` of JSF.
    names = {name.replace(":", ".").rpartition(".")[2].lower() for name in fields}
    turns = not names.isdisjoint((*list_words("page_fields"), *list_words("offset_fields")))
    return turns and not form.xpath(".//input[@type='password' or @type='file']")


def attribute_requests(root: Any, base: str) -> Iterator[Stated]:
    """Yield what elements state in `url` and `queryData`, for a script of jpaas to ask, in order."""
    for element in root.xpath("//*[@querydata]"):
        fields = read_json(element.get("querydata"))
        address = clean_url(element.get("url") or element.get("uniturl") or "#", base)
        if isinstance(fields, dict) and address:
            yield Stated(address, {str(name): write_value(value, "null") for name, value in fields.items()})


def written_requests(root: Any, marker: str, base: str) -> Iterator[Stated]:
    """Yield what stands in the attributes of elements as an address with its query, in order."""
    for written in root.xpath("//@*[contains(., $marker) and contains(., '?')]", marker=marker):
        url = clean_url(str(written), base)
        if url:
            yield Stated(_without_noise(url))


class _Asking(FrozenStruct):
    """A call, while it is found out what it asks for."""

    call: Call
    clients: Clients
    base: str

    @property
    def evaluation(self) -> Evaluation:
        return self.clients.evaluation

    def read(self) -> Stated | None:
        """The request that the call makes; None where it makes none."""
        try:
            return _READERS.get(self.call.name, _Asking.of_arguments)(self)
        except NotStated as error:
            asking = {*list_words("form_libraries"), *list_words("sending_calls"), "fetch", "open"}
            is_other = asking.isdisjoint(self.call.path.split("."))
            return None if is_other else Stated(self.base, unread={"": error.words})

    def of_arguments(self) -> Stated | None:
        """What settings ask for: `{url: …, data: …}`, alone or behind the address."""
        given, is_sending = self.call.given, self.call.name in list_words("sending_calls")
        if is_sending and len(given) > 1 and not self._fields(given[0]):
            return self._of_settings(given[0], given[1])
        for each in given:
            fields = self._fields(each)
            method = str(_method(fields) or "").lower()
            # Layui's tables and others ask for what they show.
            asks = (
                is_sending
                or method in {"get", "post"}
                or fields.keys() & {*list_words("data_settings"), "params"}
            )
            if "url" in fields and asks:
                return self._of_settings(fields["url"], each)
        return None

    def of_verb(self) -> Stated | None:
        """What `get` and `post` ask for: data behind the address, or with axios settings that hold it."""
        url, data, config, *_ = *self.call.given, None, None, None
        text, method = self._text(url), _VERBS[self.call.name]
        if not (self._is_form or method == "post") and self._fields(data).keys() & {
            *list_words("config_settings")
        }:
            data, config = None, data
        elif (
            len(self.call.given) == 2
            and "?" in text
            and self.evaluation.may_be_callback(data, self.call.scope)
        ):
            data = None
        return self._composed(text, {**self._fields(config), "data": data}, method)

    def of_fetch(self) -> Stated | None:
        """What `fetch` asks for: an address, and settings behind it."""
        url, settings, *_ = *self.call.given, None, None
        return self._of_settings(url, settings or {})

    def of_open(self) -> Stated | None:
        """What an XMLHttpRequest is opened for and then sends."""
        method, url, *_ = *self.call.given, None, None
        if str(method).lower() not in _VERBS:
            return None
        beside = self.evaluation.calls_after(self.call)
        sent = next((each.given[0] for each in beside if each.name == "send" and each.given), None)
        headers = {str(each.given[0]): each.given[1] for each in beside if len(each.given) == 2}
        said: dict[str, Value] = {"data": sent, "headers": headers}
        return self._composed(self._text(url), said, str(method))

    def of_load(self) -> Stated | None:
        """What jQuery loads into an element: by POST where it is given fields; a selector may follow."""
        url, data, *_ = *self.call.given, None, None
        is_called = isinstance(url, Unread) and url.written == "function"
        if (
            getattr(self.call.receiver, "path", None) not in list_words("form_libraries")
            or url is None
            or is_called
        ):
            return None
        try:
            text = self._text(url).partition(" ")[0]
        except NotStated as error:
            return Stated(self.base, unread={"": error.words})
        return self._composed(text, {"data": data}, "post" if self._fields(data) else "get")

    def of_submit(self) -> Stated | None:
        """What a form of the page sends that says which page is wanted: others sign in, vote and ask."""
        form = self.evaluation.form_of(self.call)
        # What is sent by GET the form itself states.
        if form is None or (form.get("method") or "").lower() != "post":
            return None
        fields = dict(form.form_values())
        if not _turns_pages(form, fields):
            self.evaluation.unread[""] = f"{self.call.written} sends a form that turns no pages"
        return self._stated(Stated(form.get("action") or self.base, fields, by_post=True))

    def _of_settings(self, address: Value, settings: Value) -> Stated | None:
        said, url = self._fields(settings), self._text(address)
        if not said:
            self.evaluation.data_of(settings, self.call.scope)
        functions = [
            name for name in list_words("data_settings") if self.evaluation.is_function(said.get(name))
        ]
        self.evaluation.unread |= dict.fromkeys(functions, "function")
        return self._composed(url, said)

    def _composed(self, url: str, said: Mapping[str, Value], method: str = "") -> Stated | None:
        """Put a request together from its address and what is said of it; None for PUT and the like."""
        scope = self.call.scope
        usual = self.clients.usual_settings(self.call, is_jquery=self._is_form)
        default = "post" if self.call.name in list_words("posting_widgets") else "get"
        method = (method or self._text(_method(said) or _method(usual) or default)).lower()
        if method not in {"get", "post"}:
            return None
        by_post = method == "post"
        every = {**usual, **said}
        if "..." in said:
            self.evaluation.unread["..."] = "…"
        self.clients.note_rewriting(self.call, every)
        written, url = url, self._based(url, every)
        query = self.evaluation.data_of(said.get("params"), scope)
        stated = (said[name] for name in list_words("data_settings") if name in said)
        data = self.evaluation.data_of(next(stated, None), scope)
        headers = {name.lower(): value for name, value in self._fields(said.get("headers")).items()}
        content_type = self._text(said.get("contentType") or headers.get("content-type")).lower()
        if usual["data"] and isinstance(data, dict | None):
            data = {**usual["data"], **(data or {})}
        if isinstance(query, dict) and query:
            url = with_query(url, form_fields(query, self.evaluation))
        is_form = self._is_form or isinstance(data, FormFields) or "x-www" in content_type
        if by_post and isinstance(data, dict) and not is_form:
            data, content_type = json.dumps(data, ensure_ascii=False), JSON
        if isinstance(data, str) and by_post:
            kind = JSON if "json" in content_type else FORM
            return self._stated(Stated(url, {}, data, kind, by_post=True), written)
        if isinstance(data, str):
            url, data = f"{url}{'&' if '?' in url else '?'}{data}", {}
        if not isinstance(data, dict | None):
            self.evaluation.unread[""] = str(data)
        fields = form_fields(data, self.evaluation) if isinstance(data, dict) else {}
        return self._stated(Stated(url, fields, by_post=by_post), written)

    def _stated(self, sent: Stated, written: str = "") -> Stated | None:
        """A request with its address in full, and what of it could not be read; None where it has none."""
        url = address_in(sent.url, self.base)
        if url is None:
            return None
        if sent.body and NOISE in sent.body:
            self.evaluation.unread[""] = sent.body.replace(NOISE, "…")
        kept = {name: value for name, value in sent.fields.items() if NOISE not in value}
        unread = dict(self.evaluation.unread)
        written = (unread and address_in(written, self.base)) or ""
        return sent.replace(url=url, fields=kept, unread=unread, written=written)

    def _based(self, url: str, said: Mapping[str, Value]) -> str:
        """The address behind what axios puts before all of them, or before that of one request."""
        before = self._text(self.evaluation.data_of(said.get("baseURL"), self.call.scope))
        is_whole = not before or "://" in url.partition("?")[0] or url.startswith("//")
        return url if is_whole else f"{before.rstrip('/')}/{url.lstrip('/')}"

    @property
    def _is_form(self) -> bool:
        libraries = list_words("form_libraries")
        selected = (
            getattr(self.call.receiver, "path", None) in libraries and self.call.name != "bootstrapTable"
        )
        return selected or self.call.name == "render" or self.call.path.partition(".")[0] in libraries

    def _text(self, value: Value) -> str:
        return self.evaluation.text_of(value, self.call.scope)

    def _fields(self, value: Value) -> Mapping[str, Value]:
        return self.evaluation.fields_of(value, self.call.scope) or {}


_READERS = {
    "load": _Asking.of_load,
    "open": _Asking.of_open,
    "submit": _Asking.of_submit,
    "fetch": _Asking.of_fetch,
    **dict.fromkeys(_VERBS, _Asking.of_verb),
}


def _method(said: Mapping[str, Value]) -> Value:
    return said.get("type") or said.get("method") or said.get("mtype")


def address_in(text: str, base: str) -> str | None:
    """Return the address that a text is, without what is added so that nothing is cached; None where none."""
    url = clean_url(text, base) if set(text) & set("/?.") and not text.startswith("#") else None
    return _without_noise(url) if url else None


def form_fields(data: Mapping[str, Any], evaluation: Evaluation) -> dict[str, str]:
    """Return fields as a form sends them; an object within one is noted as unread."""
    for name, value in data.items():
        if isinstance(value, dict | list):
            evaluation.unread[name] = json.dumps(value, ensure_ascii=False)
    return {
        name: write_value(value) for name, value in data.items() if name not in list_words("uncached_fields")
    }


def _without_noise(url: str) -> str:
    """An address without what is added so that nothing is cached."""
    address, mark, query = url.partition("?")
    noise = clean_url(f"/{NOISE}", "http://a/") or ""
    fields = [
        each for each in query.split("&") if each.partition("=")[0] not in list_words("uncached_fields")
    ]
    kept = "&".join(each for each in fields if noise.rpartition("/")[2] not in each)
    return f"{address}{mark if kept else ''}{kept}"
