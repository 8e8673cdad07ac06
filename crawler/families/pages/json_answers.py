"""Answers in JSON: the dialects that portals write it in, paths into them, and their rows. Nothing is run.

Met on portals: a byte order mark, JSONP, an assignment to a variable, single quotes and bare keys as in a
script, control characters within strings, JSON that is itself the text of a JSON string, and XML, read as the
object that it would be. Every pattern takes time in proportion to the text, whatever it holds.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import html
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

from lxml import etree

from archive.clock import SHANGHAI
from crawler.families.base import LISTS, ListedLink, list_words
from crawler.families.pages.script_model import Call, Join, Name, Unread, Value
from crawler.families.pages.script_reader import read_literal, read_scripts
from pipelines.addresses import clean_url

# Portals answer JSON as text/html, with a byte order mark before it.
_EDGE = "\ufeff\u200b \t\r\n\f\v\x00"
# As JSONP, behind a guard against being read by other sites, or assigned to a variable.
_WRAPPER = re.compile(
    r"(?:\)\]\}',?|/\*\*/|//|while\s*+\(1\);|for\s*+\(;;\);|try\s*+\{|(?:var|let|const)\s++"
    r"|[\w$.]{1,100}+\s*+[=(]|[\s;(!&|])*+(?=[{\[\"])"
)
# A script may begin with the name of a function, too: one that is given an object or a list at once answers.
_ANSWER = re.compile(
    r"[{\[]|[\w$.]{1,100}+\(\s*+[{\[]|(?:var|let|const)\s++[\w$]{1,100}+\s*+=\s*+[{\[]|<\?xml"
)
_HEAD_CHARS = 1_000
# Epoint answers its result as a string of JSON within JSON.
_DEEPEST = 3


def read_json(text: str) -> Any | None:
    """Return the object or list that a text holds; None where it holds none, or is cut off.

    Args:
        text: an answer, decoded, in any of the dialects.
    """
    value: Any = text
    for _ in range(_DEEPEST):
        if isinstance(value, str):
            value = _decode(value)
    return value if isinstance(value, dict | list) else None


def is_answer(text: str) -> bool:
    """Whether a text is what an interface answers: JSON, JSONP or XML, and no page or script.

    Args:
        text: an answer, decoded.
    """
    start = text.lstrip(_EDGE)[:_HEAD_CHARS]
    return _ANSWER.match(start) is not None and read_json(text) is not None


def markup_in(text: str) -> str | None:
    """Return the markup that an answer holds in its texts, joined, as SiteServer's does; empty where none.

    Args:
        text: an answer, decoded.

    Returns:
        None where the text is no answer but a page, or a piece of one.
    """
    if not is_answer(text):
        return None
    answer = read_json(text)
    held = (value for path in ("*", "*.*", "*.*.*") for value in values_at(answer, path))
    return "\n".join(each for each in held if isinstance(each, str) and "<" in each)


def _decode(text: str) -> Any | None:
    text = text.strip(_EDGE)
    if text.startswith("<?xml"):
        return _read_xml(text)
    wrapper = _WRAPPER.match(text)
    if wrapper is None:
        return None
    decoder = json.JSONDecoder(strict=False, parse_constant=lambda _: None)
    # Nested deeper than any list is, or a number of thousands of digits: no answer of a portal.
    with contextlib.suppress(ValueError, RecursionError):
        return decoder.raw_decode(text, wrapper.end())[0]
    return plain_value(read_literal(text, wrapper.end()))


def _read_xml(text: str) -> Any | None:
    """The fields of the outermost element; None where it is broken or a page, or would not be read whole."""
    # Only what a document type declares may hold entities of its own.
    if "<!DOCTYPE" in text:
        return None
    # The text is decoded: what its declaration says of its encoding is over.
    parser = etree.XMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
        return None if etree.QName(root).localname.lower() == "html" else _fields_of(root)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _fields_of(element: Any) -> Any:
    """What an element holds: its text, or its attributes and elements by their names without a namespace.

    Elements of one name are a list; a text beside attributes stands under `#text`, as `xmltodict` has it.

    Raises:
        ValueError: words stand between elements, or an attribute and an element have one name.
    """
    text = (element.text or "").strip()
    if not len(element):
        return {**element.attrib, **({"#text": text} if text else {})} if element.attrib else text
    fields: dict[str, list[Any]] = {}
    for each in element:
        fields.setdefault(etree.QName(each).localname, []).append(_fields_of(each))
        text += (each.tail or "").strip()
    if text or fields.keys() & element.attrib.keys():
        raise ValueError(element.tag)
    return {**element.attrib, **{name: own if len(own) > 1 else own[0] for name, own in fields.items()}}


def page_data(root: Any) -> dict[str, Any]:
    """Return the lists and objects that a page brings with it, by their names, all in one field: `script`.

    They stand in variables (`window.__DATA__ = {…}`), in fields of what scripts give to others, and in
    scripts that are JSON (`<script type="application/json">`). What is set twice, or added to, is not stated.
    """
    scripts = [(each.get("type") or "", each.get("id"), each.text or "") for each in root.iter("script")]
    script = read_scripts(*(text for kind, _, text in scripts if not kind or "javascript" in kind))
    named = [(each.name, each.value) for each in script.values if each.name and each.value not in (None, "")]
    told = Counter(name for name, value in named if value not in ([], {}))
    owners = (call.path for call in script.calls if call.name in list_words("changing_calls"))
    told.update(path.rpartition(".")[0].rpartition(".")[2] for path in owners)
    held = [(str(name), plain_value(value)) for name, value in named if isinstance(value, dict | list)]
    held += [(name or "json", read_json(text)) for kind, name, text in scripts if kind == "application/json"]
    return {"script": {name: value for name, value in held if value and told[name] <= 1}}


def plain_value(value: Value) -> Any | None:
    """Return an object or list that a script holds as JSON would have it; None where it holds more."""
    try:
        return _plain(value)
    except ValueError:
        return None


def _plain(value: Value) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, Name) and value.path in _WORDS:
        return _WORDS[value.path]
    if isinstance(value, Name | Join | Call | Unread):
        raise ValueError(value)  # noqa: TRY004 - a text that is no JSON
    return value


# Python's spelling, left by servers that print their objects.
_WORDS = {"None": None, "NaN": None, "True": True, "False": False}


# Paths into a JSON answer, as a portal's YAML writes them: `data.list`, `catMap.*.listVO`, `a | b`.
# Names are joined by dots; `*` stands for every element of a list or object, a number for one element of a
# list, `.` for the value itself. Where a step meets JSON written as text, the text is read and the step goes
# on inside it: some systems wrap their result so. `jmespath` would have to be told of each `*` whether a list
# or an object stands there, and does not open text.

ROOT = "."
_ALTERNATIVE = re.compile(r"\s\|\s")
_COUNT = re.compile(r"[0-9]{1,15}")
_MAX_COUNT = 10**15


def split_alternatives(written: str) -> tuple[str, ...]:
    """Return what stands between the bars of an option's value, in order."""
    return tuple(part.strip() for part in _ALTERNATIVE.split(written) if part.strip())


def is_path(written: str) -> bool:
    """Whether a text is written as a path: names without spaces, none of them empty."""
    return written == ROOT or all(step and not re.search(r"\s", step) for step in written.split("."))


def values_at(value: Any, path: str) -> list[Any]:
    """Return every value that a path leads to, in order; none where it leads nowhere."""
    found = [value]
    for step in () if path == ROOT else path.split("."):
        found = [below for each in found for below in _below(open_json_text(each), step)]
    return found


def open_json_text(value: Any) -> Any:
    """Return a value, or, where it is JSON written as text, what that text says."""
    if isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
        inner = read_json(value)
        return value if inner is None else inner
    return value


def count_at(answer: Any, paths: str) -> int | None:
    """Return the first number that any of several paths leads to, as a count; None where none does."""
    for path in split_alternatives(paths):
        for value in values_at(answer, path):
            count = as_count(value)
            if count is not None:
                return count
    return None


def as_count(value: Any) -> int | None:
    """Return a value as a count: a whole number, or text that is one, thousands marked or not."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return int(value) if 0 <= value < _MAX_COUNT and value == int(value) else None
    if isinstance(value, str):
        digits = value.strip().replace(",", "")
        return int(digits) if digits.isascii() and _COUNT.fullmatch(digits) else None
    return None


def _below(value: Any, step: str) -> Iterator[Any]:
    if isinstance(value, dict):
        if step == "*":
            yield from value.values()
        elif step in value:
            yield value[step]
    elif isinstance(value, list):
        if step == "*":
            yield from value
        elif _COUNT.fullmatch(step) and int(step) < len(value):
            yield value[int(step)]


# The rows of a JSON answer: where they are, and what each says.

PLACEHOLDER = re.compile(r"\{([^{}\s]+)\}")
"""What a template leaves open, such as `{id}`."""

# UCAP answers "null" as a word for what an editor left blank.
_EMPTY = frozenset(("", "null"))
# Searches mark the words they found: titles of gov.cn's library hold <em>.
_MARK = re.compile(r"</?(?:em|font|span|strong|b|i|u|a|p|br|mark|sup|sub)(?:\s[^<>]*)?/?>", re.IGNORECASE)
# JavaScript's `escape`, in older answers of gkmlpt: titles as %u653F%u5E9C.
_ESCAPED = re.compile(r"%u([0-9a-fA-F]{4})")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f\u00ad\u200b-\u200f\u2060\ufeff]")

# ASP.NET's serialiser writes dates so, in milliseconds.
_NET_DATE = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")
MAIL_DATE = re.compile(r"(?:\w{3}, )?\d{1,2} \w{3} \d{4} \d\d:\d\d(?::\d\d)? (?:GMT|[+-]\d{4})")
"""What feeds date their items by (RFC 822)."""
_INSTANTS: tuple[tuple[re.Pattern[str], Callable[[str], dt.datetime]], ...] = (
    # Seconds since 1970: nine digits until September 2001, ten since.
    (re.compile(r"[1-9]\d{8}|1\d{9}"), lambda said: dt.datetime.fromtimestamp(int(said), SHANGHAI)),
    # Milliseconds. Twelve digits that begin with 19 or 20 are a day and an hour, written close.
    (
        re.compile(r"1\d{12}|(?!19|20)[1-9]\d{11}"),
        lambda said: dt.datetime.fromtimestamp(int(said) // 1000, SHANGHAI),
    ),
    (MAIL_DATE, parsedate_to_datetime),
    # With `T` and a zone: an instant in UTC, whose day in China may be the next.
    (
        re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)"),
        dt.datetime.fromisoformat,
    ),
)
# -1, 0 and small numbers stand where a date is not known.
_NO_DATE = re.compile(r"-\d+|\d{1,5}")


def rows_at(answer: Any, paths: str) -> list[Any] | None:
    """Return the rows that the first path with any leads to.

    Args:
        answer: the parsed answer.
        paths: alternatives; one that leads to several lists (`catMap.*.listVO`) joins them.

    Returns:
        An empty list where a path leads to a list without rows; None where none leads to any list.
    """
    seen = False
    for path in split_alternatives(paths):
        values = [open_json_text(value) for value in values_at(answer, path)]
        lists = [value for value in values if isinstance(value, list)]
        # Some servers write a list of one as the one; beside a list, an object is only what wraps it.
        ones = [] if lists or seen else [value for value in values if isinstance(value, dict)]
        rows = [*(row for each in lists for row in each), *ones]
        if rows:
            return rows
        seen = seen or bool(lists)
    return [] if seen else None


def listed_link(row: Any, options: Mapping[str, str], base: str) -> ListedLink | None:
    """Return the link of one row; None where it has none that can be followed.

    Args:
        row: one element of the list.
        options: `link`, `title` and `date` say where these stand in it.
        base: the absolute address that relative ones start from.
    """
    for written in _addresses(row, options.get("link", "")):
        url = clean_url(written.replace("&amp;", "&"), base)
        if url is not None:
            title = clean_title(_first_text(row, options.get("title", "")) or "")
            days = map(printed_day, _texts(row, options.get("date", "")))
            return ListedLink(url, title, next(filter(None, days), None))
    return None


def clean_title(written: str) -> str:
    """Return a title without search marks, entities (escaped twice at times) and `%uXXXX` escapes."""
    unescaped = html.unescape(_ESCAPED.sub(lambda found: chr(int(found[1], 16)), written))
    return one_line(html.unescape(_MARK.sub("", unescaped)))


def printed_day(written: str | None) -> str | None:
    """Return a row's date as printed; what counts seconds or names an instant, as its day in Shanghai.

    Those are not printed but made into a day by the page's script, in the reader's time zone.
    """
    text = _NET_DATE.sub(r"\1", one_line(written or ""))
    if not text or len(text) > LISTS.date_chars or _NO_DATE.fullmatch(text):
        return None
    for pattern, read in _INSTANTS:
        if pattern.fullmatch(text):
            # One of no calendar, as 32 Jan, is as it is printed.
            with contextlib.suppress(ValueError, OverflowError):
                return read(text).astimezone(SHANGHAI).date().isoformat()
    return text


def one_line(text: str) -> str:
    """Return a text in one line: white space squeezed, invisible characters and halves of characters gone."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _UNSEEN.sub("", " ".join(whole.split()))


def fill_template(template: str, values: Mapping[str, str]) -> str:
    """Return a template with its placeholders replaced, each value escaped as a part of an address."""
    return PLACEHOLDER.sub(lambda found: quote(values[found[1]], safe="/:?&=%~", errors="replace"), template)


def _addresses(row: Any, written: str) -> Iterator[str]:
    for each in split_alternatives(written):
        names = PLACEHOLDER.findall(each)
        if not names:
            address = _first_text(row, each)
            if address is not None and not address.startswith("#"):
                yield address
            continue
        values = {name: text for name in names if (text := _first_text(row, name)) is not None}
        if len(values) == len(set(names)):
            yield fill_template(each, values)


def _first_text(row: Any, paths: str) -> str | None:
    return next(_texts(row, paths), None)


def _texts(row: Any, paths: str) -> Iterator[str]:
    for path in split_alternatives(paths):
        for value in values_at(row, path):
            if isinstance(value, str | int | float) and not isinstance(value, bool):
                text = str(value).strip()
                if text.lower() not in _EMPTY:
                    yield text
