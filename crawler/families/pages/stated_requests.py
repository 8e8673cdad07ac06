"""The requests that a page states: in its scripts, its forms, and in attributes that its system reads.

Each is read whole or not at all. A parameter that was dropped once made the index of a whole site the list of
annual reports; so what cannot be read is kept beside the request, with the script's words, and such a request
is never made.

    $.getJSON('/open/api?channel=' + id + '&pageNumber=' + page)     $.post('/getFileList', {channelId: id})
    $.ajax({type: 'post', url: '…', data: JSON.stringify(params)})   axios.get('/api', {params: {page: 1}})
    fetch('/api/list', {method: 'POST', body: …})                    xhr.open('POST', '…'); xhr.send(…)
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from archive.frontier.targets import PageRequest
from crawler.families.pages.json_answers import read_json
from crawler.families.pages.page_requests import FORM, query_fields, with_query, write_form
from crawler.families.pages.script_values import NOISE, Evaluation, NotStated
from pipelines.addresses import clean_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crawler.families.pages.script_reader import Call, Scope, Script, Value
    from crawler.families.pages.script_values import Controls

JSON = "application/json"
_UNCACHED = frozenset(("_", "callback"))
"""What jQuery adds so that nothing is cached, or to be answered by a script."""
_VERBS = {"get": False, "getJSON": False, "post": True, "postJSON": True}
_SENDING = frozenset(("$http", "ajax", "axios", "http", "request"))
_FORMS = frozenset(("$", "Ls", "jQuery"))
"""Libraries that post an object as a form; all others post it as JSON."""
_DATA = ("data", "body", "where")
_CONFIGURES = frozenset(("data", "headers", "params", "timeout"))
_DATA_WORDS = ("arg", "cond", "data", "form", "json", "obj", "opt", "param", "query")


@dataclass(frozen=True, slots=True)
class Stated:
    """A request that a page states.

    Attributes:
        url: absolute, with the query that it is written with.
        fields: what is sent beside, in order.
        body: what is posted, where that is no form.
        content_type: the body's.
        by_post: whether it is posted.
        unread: what could not be read, by the field's name (empty where it is none), in the script's words.
    """

    url: str
    fields: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    content_type: str = FORM
    by_post: bool = False
    unread: Mapping[str, str] = field(default_factory=dict)

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
            return PageRequest(self.url, self.body or write_form(self.fields), self.content_type)
        return PageRequest(with_query(self.url, self.fields) if self.fields else self.url)


def stated_requests(script: Script, base: str, controls: Controls | None = None) -> Iterator[Stated]:
    """Yield the requests of a page's scripts, in order, those that could not be read whole among them.

    Args:
        script: those of the page.
        base: what relative addresses start from.
        controls: what its forms hold.
    """
    evaluation = Evaluation(script, controls)
    for call in script.calls:
        for bound in evaluation.bindings(call.scope):
            evaluation.begin(bound)
            stated = _of_call(call, evaluation, base)
            if stated:
                yield stated


def joined_addresses(script: Script, base: str) -> Iterator[Stated]:
    """Yield each text of a script that has a query, as an address to ask for: whatever is done with it."""
    evaluation = Evaluation(script)
    for placed in script.values:
        evaluation.begin({})
        try:
            text = evaluation.value_of(placed.value, placed.scope)
        except NotStated:
            continue
        if isinstance(text, str) and "?" in text and not set(text) & set(" \n<>\"'"):
            stated = _stated(text, {}, evaluation, base)
            if stated:
                yield stated


def unread_words(stated: Stated, known: Mapping[str, str]) -> str | None:
    """Return what of a request could not be read and is not known otherwise, in words; None where nothing."""
    unread = [f"{name} = {words}" for name, words in stated.unread.items() if name not in known]
    return f"unread_parameters: {', '.join(unread)}" if unread else None


def attribute_requests(root: Any, base: str) -> Iterator[Stated]:
    """Yield what elements state in `url` and `queryData`, for a script of jpaas to ask, in order."""
    for element in root.xpath("//*[@querydata]"):
        fields = read_json(element.get("querydata"))
        address = clean_url(element.get("url") or element.get("uniturl") or "#", base)
        if isinstance(fields, dict) and address:
            yield Stated(address, {str(name): _text(value, "null") for name, value in fields.items()})


def written_requests(root: Any, marker: str, base: str) -> Iterator[Stated]:
    """Yield what stands in the attributes of elements as an address with its query, in order."""
    for written in root.xpath("//@*[contains(., $marker) and contains(., '?')]", marker=marker):
        url = clean_url(str(written), base)
        if url:
            yield Stated(_without_noise(url))


def _of_call(call: Call, evaluation: Evaluation, base: str) -> Stated | None:
    """The request that a call makes; None where it makes none."""
    read = _READERS.get(call.name, _of_arguments)
    try:
        return read(call, evaluation, base)
    except NotStated as error:
        is_asking = _library(call) in _FORMS or call.name in _SENDING
        return Stated(base, unread={"": error.words}) if is_asking else None


def _of_arguments(call: Call, evaluation: Evaluation, base: str) -> Stated | None:
    """The request that settings say: `{url: …, data: …}`, alone or behind the address."""
    is_sending = call.name in _SENDING
    if is_sending and len(call.given) > 1 and evaluation.fields_of(call.given[0], call.scope) is None:
        return _of_settings(call, call.given[0], call.given[1], evaluation, base)
    for each in call.given:
        fields = evaluation.fields_of(each, call.scope)
        if fields and "url" in fields and (is_sending or _asks(fields)):
            return _of_settings(call, fields["url"], each, evaluation, base)
    return None


def _asks(fields: Mapping[str, Value]) -> bool:
    """Whether settings are those of a request: layui's tables and others ask for what they show."""
    method = str(fields.get("type") or fields.get("method") or "")
    return method.lower() in {"get", "post"} or any(name in fields for name in (*_DATA, "params"))


def _of_verb(call: Call, evaluation: Evaluation, base: str) -> Stated | None:
    if not call.given:
        return None
    by_post, given = _VERBS[call.name], call.given
    url = evaluation.text_of(given[0], call.scope)
    data = given[1] if len(given) > 1 else None
    config = evaluation.fields_of(data, call.scope) or {}
    if _library(call) not in _FORMS and not by_post and config.keys() & _CONFIGURES:
        data = config.get("params")
    elif len(given) == 2 and "?" in url and evaluation.is_callback(data, call.scope, _DATA_WORDS):
        data = None
    query = evaluation.fields_of(given[2], call.scope) if len(given) > 2 and by_post else None
    said = {"data": data, **{name: value for name, value in (query or {}).items() if name != "data"}}
    return _composed(url, said, call, evaluation, base, by_post=by_post)


def _of_fetch(call: Call, evaluation: Evaluation, base: str) -> Stated | None:
    settings = call.given[1] if len(call.given) > 1 else {}
    return _of_settings(call, call.given[0], settings, evaluation, base) if call.given else None


def _of_settings(
    call: Call, address: Value, settings: Value, evaluation: Evaluation, base: str
) -> Stated | None:
    said = evaluation.fields_of(settings, call.scope)
    url = evaluation.text_of(address, call.scope)
    if said is None:
        said = {}
        evaluation.unread[""] = evaluation.words_of(settings)
    method = said.get("type") or said.get("method") or "get"
    by_post = evaluation.text_of(method, call.scope).lower() == "post"
    return _composed(url, said, call, evaluation, base, by_post=by_post)


def _of_open(call: Call, evaluation: Evaluation, base: str) -> Stated | None:
    """What an XMLHttpRequest is opened for and then sends."""
    method = str(call.given[0]).lower() if len(call.given) > 1 else ""
    if method not in {"get", "post"}:
        return None
    url = evaluation.text_of(call.given[1], call.scope)
    beside = evaluation.calls_after(call)
    sent = next((each.given[0] for each in beside if each.name == "send" and each.given), None)
    headers = {str(each.given[0]): each.given[1] for each in beside if len(each.given) == 2}
    said: dict[str, Value] = {"data": sent, "headers": headers}
    return _composed(url, said, call, evaluation, base, by_post=method == "post")


def _of_form(call: Call, evaluation: Evaluation, base: str) -> Stated | None:
    form = evaluation.form_of(call)
    if form is None:
        return None
    return _stated(form.action or base, form.fields, evaluation, base, by_post=form.by_post)


def _composed(
    url: str, said: Mapping[str, Value], call: Call, evaluation: Evaluation, base: str, *, by_post: bool
) -> Stated | None:
    """Put a request together from its address and what is said of it."""
    scope = call.scope
    query = evaluation.data_of(said.get("params"), scope)
    data = evaluation.data_of(next((said[name] for name in _DATA if name in said), None), scope)
    content_type = _content_type(said, evaluation, scope)
    if isinstance(query, dict) and query:
        url = with_query(url, form_fields(query, evaluation))
    if isinstance(data, dict) and by_post and _library(call) not in _FORMS and "x-www" not in content_type:
        body = json.dumps(data, ensure_ascii=False)
        return _stated(url, {}, evaluation, base, by_post=True, body=body, content_type=JSON)
    if isinstance(data, str) and not by_post:
        url, data = f"{url}{'&' if '?' in url else '?'}{data}", {}
    if isinstance(data, str) and data:
        kind = JSON if "json" in content_type else FORM
        return _stated(url, {}, evaluation, base, by_post=True, body=data, content_type=kind)
    fields = form_fields(data, evaluation) if isinstance(data, dict) else {}
    return _stated(url, fields, evaluation, base, by_post=by_post)


def _content_type(said: Mapping[str, Value], evaluation: Evaluation, scope: Scope) -> str:
    headers = evaluation.fields_of(said.get("headers"), scope) or {}
    named = {name.lower(): value for name, value in headers.items()}
    written = said.get("contentType") or named.get("content-type")
    return evaluation.text_of(written, scope).lower() if written else ""


def form_fields(data: Mapping[str, Any], evaluation: Evaluation) -> dict[str, str]:
    """Return fields as a form sends them; an object within one is noted as unread."""
    for name, value in data.items():
        if isinstance(value, dict | list):
            evaluation.unread[name] = json.dumps(value, ensure_ascii=False)
    return {name: _text(value, "") for name, value in data.items() if name not in _UNCACHED}


def _stated(
    address: str,
    fields: Mapping[str, str],
    evaluation: Evaluation,
    base: str,
    *,
    by_post: bool = False,
    body: str | None = None,
    content_type: str = FORM,
) -> Stated | None:
    is_address = "/" in address or "?" in address or "." in address
    url = clean_url(address, base) if is_address and not address.startswith("#") else None
    if url is None:
        return None
    kept = {name: value for name, value in fields.items() if NOISE not in value}
    return Stated(_without_noise(url), kept, body, content_type, by_post, dict(evaluation.unread))


def _without_noise(url: str) -> str:
    """An address without what is added so that nothing is cached."""
    address, mark, query = url.partition("?")
    noise = clean_url(f"/{NOISE}", "http://a/") or ""
    fields = [each for each in query.split("&") if each.partition("=")[0] not in _UNCACHED]
    kept = "&".join(each for each in fields if noise.rpartition("/")[2] not in each)
    return f"{address}{mark if kept else ''}{kept}"


_READERS = {"open": _of_open, "submit": _of_form, "fetch": _of_fetch, **dict.fromkeys(_VERBS, _of_verb)}


def _library(call: Call) -> str:
    return call.path.partition(".")[0]


def _text(value: Any, nothing: str) -> str:
    if value is None:
        return nothing
    return str(value).lower() if isinstance(value, bool) else str(value)
