"""What the options of `html_list` may say, and how a fault in them is told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawler.families.pages.fields import FORM
from crawler.families.pages.selectors import is_pattern, pattern_fault, selector_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

OPTIONS = {
    "rows": "selector of the rows",
    "link": "selector of the link within a row; its main link if left out",
    "link_attribute": "attribute of the link that holds the address; `href` if left out",
    "link_pattern": "regular expression whose group is cut out of that attribute",
    "link_template": "address in which `{}` is what `link_pattern` cut out",
    "title": "selector of the title within a row",
    "date": "selector of the date within a row",
    "next": "selector of the link to the next page",
    "page": "field of the query, or of the posted form, that holds the number of the page",
    "first": "number of the first page; 1 if left out",
    "step": "what the number grows by from page to page; 1 if left out, the rows of a page for an offset",
    "size": "rows on a page",
    "total": "selector, or /regular expression/ with a group, of how many rows the list has",
    "pages": "the same, of how many pages it has",
    "empty": "what the page says where the list has no rows",
    "body": "form that is posted to ask for the first page",
    "content_type": "its type; application/x-www-form-urlencoded if left out",
    "ajax": "`true` where the page is asked for as its own script would",
}
PRESET = {
    "link_attribute": "href",
    "first": "1",
    "step": "1",
    "content_type": FORM,
}

_OF_ROWS = ("link", "link_pattern", "title", "date")


def fault(options: Mapping[str, str]) -> str | None:
    """Say what is wrong with a set of options; None where nothing is."""
    return next(_faults(options), None)


def _faults(options: Mapping[str, str]) -> Iterator[str]:
    for name, check in _CHECKS.items():
        if name in options and (said := check(options[name])):
            yield f"{name}: {said}"
    for name in _OF_ROWS:
        if name in options and "rows" not in options:
            yield f"{name} is looked for within a row: say `rows` too"
    if ("link_pattern" in options) != ("{}" in options.get("link_template", "")):
        yield "link_pattern and link_template, with {} in it, go together"


def _length_fault(written: str) -> str | None:
    return pattern_fault(written[1:-1]) if is_pattern(written) else selector_fault(written)


def _number_fault(written: str) -> str | None:
    return None if re.fullmatch(r"\d{1,9}", written) else f"{written!r} is no whole number"


def _step_fault(written: str) -> str | None:
    return _number_fault(written) or ("0 leads nowhere" if int(written) == 0 else None)


def _flag_fault(written: str) -> str | None:
    return None if written in {"true", "false"} else f"{written!r} is neither true nor false"


_CHECKS: Mapping[str, Callable[[str], str | None]] = {
    **dict.fromkeys(("rows", "link", "title", "date", "next"), selector_fault),
    **dict.fromkeys(("total", "pages"), _length_fault),
    "link_pattern": pattern_fault,
    "first": _number_fault,
    **dict.fromkeys(("step", "size"), _step_fault),
    "ajax": _flag_fault,
}
