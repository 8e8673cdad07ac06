"""The rows of a JSON answer: where they are, and what each says."""

from __future__ import annotations

import datetime as dt
import html
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from archive.clock import SHANGHAI
from crawler.families.base import LISTS, ListedLink
from crawler.families.pages.json_values import open_json_text, split_alternatives, values_at
from crawler.families.pages.markup import parse_markup
from crawler.families.pages.rows import fragment_rows
from pipelines.addresses import clean_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PLACEHOLDER = re.compile(r"\{([^{}\s]+)\}")
"""What a template leaves open, such as `{id}`."""

_EMPTY = frozenset(("", "null"))
_MARK = re.compile(r"</?(?:em|font|span|strong|b|i|u|a|p|br|mark|sup|sub)(?:\s[^<>]*)?/?>", re.IGNORECASE)
_ESCAPED = re.compile(r"%u([0-9a-fA-F]{4})")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f\u00ad\u200b-\u200f\u2060\ufeff]")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)")
_NET_DATE = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")
_SECONDS = re.compile(r"[1-9]\d{8}|1\d{9}")
# Twelve digits that begin with 19 or 20 are a day and an hour, written close.
_MILLISECONDS = re.compile(r"1\d{12}|(?!19|20)[1-9]\d{11}")
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


def fragment_links(answer: Any, paths: str, base: str) -> tuple[ListedLink, ...] | None:
    """Return the rows of the HTML that a field holds, or that the elements of a list hold together.

    Args:
        answer: the parsed answer.
        paths: alternatives; the first that leads to text counts.
        base: the absolute address that relative links start from.

    Returns:
        None where no path leads to text.
    """
    for path in split_alternatives(paths):
        texts = [value for value in values_at(answer, path) if isinstance(value, str)]
        if texts:
            root = parse_markup("\n".join(texts))
            return () if root is None else fragment_rows(root, base)
    return None


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
            return ListedLink(url, title, printed_day(_first_text(row, options.get("date", ""))))
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
    if _SECONDS.fullmatch(text):
        return dt.datetime.fromtimestamp(int(text), SHANGHAI).date().isoformat()
    if _MILLISECONDS.fullmatch(text):
        return dt.datetime.fromtimestamp(int(text) // 1000, SHANGHAI).date().isoformat()
    return _day_of_instant(text) if _INSTANT.fullmatch(text) else text


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
    for path in split_alternatives(paths):
        for value in values_at(row, path):
            if isinstance(value, str | int | float) and not isinstance(value, bool):
                text = str(value).strip()
                if text.lower() not in _EMPTY:
                    return text
    return None


def _day_of_instant(text: str) -> str:
    try:
        return dt.datetime.fromisoformat(text).astimezone(SHANGHAI).date().isoformat()
    except (ValueError, OverflowError):
        return text
