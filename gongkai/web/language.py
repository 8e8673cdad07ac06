"""The two languages of the pages: which a request has, its texts (`datasette/strings.yaml`), Chinese marked.

`?lang=en` chooses the language, a cookie keeps it, Chinese is the first. The choice is taken out of the
address before Datasette sees it: to Datasette an argument of a table page is a filter on a column. What
writes text for a page asks `current`; a request binds its own, so that two readers never share one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from http.cookies import CookieError, SimpleCookie
from typing import Any, TypeVar, overload
from urllib.parse import parse_qsl, urlencode

from markupsafe import Markup, escape

from archive.site_files import read_site_table
from pipelines.errors import GongkaiError
from pipelines.structs import FrozenStruct

Text = TypeVar("Text", str, Markup)

CHINESE = "zh"
ENGLISH = "en"
LANGUAGES = (CHINESE, ENGLISH)
NAME = "lang"
"""Of the argument and of the cookie."""

TAGS = {CHINESE: "zh-Hans", ENGLISH: "en"}
"""The language tags of HTML (BCP 47)."""

_current: ContextVar[str] = ContextVar("language", default=CHINESE)


class Choice(FrozenStruct):
    """The language of a request, and what it was chosen by.

    Attributes:
        language: one of `LANGUAGES`.
        query: the query string without the choice.
        is_new: whether the address chose it, so that the answer sets the cookie.
    """

    language: str
    query: bytes
    is_new: bool


def current_language() -> str:
    """Return the language of the request that is being answered; Chinese outside one."""
    return _current.get()


def is_english() -> bool:
    """Return whether the request that is being answered has its answer in English."""
    return _current.get() == ENGLISH


@contextmanager
def speaking_language(language: str) -> Iterator[None]:
    """Answer in a language for a while."""
    token = _current.set(language)
    try:
        yield
    finally:
        _current.reset(token)


def choose_language(query: bytes, cookies: str) -> Choice:
    """Read the language of a request.

    Args:
        query: the query string as it was sent.
        cookies: the header field `Cookie`, empty if there is none.
    """
    # Bytes go through as they are: whether they are UTF-8 is for the library to say.
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
    asked = [value for name, value in pairs if name == NAME]
    if not asked:
        return Choice(_of_cookie(cookies), query, is_new=False)
    rest = urlencode([pair for pair in pairs if pair[0] != NAME], encoding="latin-1").encode("ascii")
    is_new = asked[-1] in LANGUAGES
    return Choice(asked[-1] if is_new else _of_cookie(cookies), rest, is_new)


def _of_cookie(cookies: str) -> str:
    try:
        kept = SimpleCookie(cookies).get(NAME)
    except CookieError:
        # A cookie of another site on this host, or a broken client: no choice was made.
        return CHINESE
    return kept.value if kept and kept.value in LANGUAGES else CHINESE


def write_cookie(language: str) -> bytes:
    """Return the header field `Set-Cookie` that keeps a choice for a year."""
    return f"{NAME}={language}; Path=/; Max-Age=31536000; SameSite=Lax".encode("ascii")


def pick_half(text: str | None) -> str:
    """Return the half of `中文 / English` in the current language; the other where it is missing."""
    chinese, _, english = (text or "").partition(" / ")
    return (english or chinese) if is_english() else chinese


def switch_url(path: str, query: str) -> str:
    """Return the address of the same page in the other language."""
    other = CHINESE if is_english() else ENGLISH
    return f"{path}?{query}&{NAME}={other}" if query else f"{path}?{NAME}={other}"


def page_variables(scope: Mapping[str, Any]) -> dict[str, Any]:
    """Return what every template knows of the language: `lang`, `lang_tag`, `other_language_url`."""
    path = scope.get("raw_path", scope["path"].encode()).decode("latin-1").partition("?")[0]
    return {
        "lang": current_language(),
        "lang_tag": TAGS[current_language()],
        "other_language_url": switch_url(path, scope["query_string"].decode("latin-1")),
    }


def bound_scope(scope: MutableMapping[str, Any]) -> tuple[Choice, MutableMapping[str, Any]]:
    """Return the language of a request's scope, and the scope as Datasette is to see it."""
    cookies = "; ".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"cookie")
    choice = choose_language(scope.get("query_string", b""), cookies)
    return choice, {**scope, "query_string": choice.query}


# Ideographs, and the punctuation of full width.
_CHARACTER = "\u3001-\u303f\u3400-\u9fff\uf900-\ufaff\uff01-\uff60"

_RUN = re.compile(rf"[{_CHARACTER}](?:[{_CHARACTER}\d\s“”‘’·…—.%/-]*[{_CHARACTER}])?")
_MARKED = Markup('<span lang="zh-Hans">{}</span>')
_IDEOGRAPH = re.compile("[\u3400-\u9fff\uf900-\ufaff]")


@overload
def mark_chinese(value: str) -> Markup: ...
@overload
def mark_chinese(value: Any) -> Any: ...
def mark_chinese(value: Any) -> Any:
    """Mark the Chinese in a text that an English page shows; on a Chinese page the text is escaped alone.

    Args:
        value: text; what is markup already, and what is no text, stays as it is.
    """
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    if not is_english():
        return escape(value)
    parts: list[Markup] = []
    end = 0
    for run in _RUN.finditer(value):
        # Punctuation of full width within English is no Chinese; where it is all there is, it is.
        if run[0] == value or _IDEOGRAPH.search(run[0]):
            parts += [escape(value[end : run.start()]), _MARKED.format(run[0])]
            end = run.end()
    return Markup().join([*parts, escape(value[end:])])


class NoSuchString(GongkaiError):
    """A page asks for a string that is not in the table."""


# `{n:report|reports}`: the first where n is 1, the second for any other.
_PLURAL = re.compile(r"\{(\w+):([^|{}]+)\|([^|{}]+)\}")


def fill_in(text: Text, values: Mapping[str, object]) -> Text:
    """Return a string with its values put in: `{names}`, and words that follow one.

    Args:
        text: as `strings.yaml` has it; into markup values are put escaped.
        values: by name; counts get separators.
    """
    if "{" not in text:
        return text
    # Before `format`, which would take what stands behind the colon for its own.
    agreed = _PLURAL.sub(lambda it: it[2] if str(values[it[1]]) == "1" else it[3], text)
    filled: Text = type(text)(agreed).format(**{name: _written(value) for name, value in values.items()})
    return filled


def _written(value: object) -> object:
    # As figures that we count are written everywhere.
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else value


@cache
def site_strings() -> Mapping[str, tuple[str, ...]]:
    """Return the strings of this installation: key → the text in each language, in the order of `LANGUAGES`.

    Raises:
        GongkaiError: a key has not one text for each language.
    """
    texts: dict[str, tuple[str, ...]] = {
        f"{group}.{key}": tuple(halves)
        for group, keys in read_site_table("strings").items()
        for key, halves in keys.items()
    }
    for key, halves in texts.items():
        if len(halves) != len(LANGUAGES) or not all(isinstance(text, str) and text for text in halves):
            raise GongkaiError("not one text for each language", where=f"strings.yaml: {key}")
    return texts


def say(key: str, **values: object) -> Markup:
    """Return a string of the pages in the language of the request, its values put in and escaped.

    Raises:
        NoSuchString: the key is not in the table.
    """
    return fill_in(Markup(_find_text(key)), values)  # noqa: S704 the table is ours


def tell(key: str, **values: object) -> str:
    """Return a string of the pages that holds no HTML, in the language of the request, as plain text.

    Raises:
        NoSuchString: the key is not in the table.
    """
    return fill_in(_find_text(key), values)


def _find_text(key: str) -> str:
    if key not in site_strings():
        raise NoSuchString("no such string", where=key, hint="Add it to datasette/strings.yaml")
    return site_strings()[key][LANGUAGES.index(current_language())]
