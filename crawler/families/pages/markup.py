"""A page as a tree, and what every family asks of it: its scripts, and what it says of the list."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import lxml.html
from cssselect import SelectorError
from lxml.cssselect import CSSSelector
from lxml.etree import ParserError, XPathError

from crawler.families.base import LISTS, list_pattern
from crawler.families.pages.script_reader import read_scripts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from crawler.families.pages.script_model import Script


# lxml refuses text that declares an encoding, and here it is decoded already.
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


def parse_markup(text: str, *, is_deep: bool = False) -> Any | None:
    """Return the root of a page or of a piece of one, comments left out; None where nothing is in it.

    Args:
        text: markup, decoded; tag soup is as good as any.
        is_deep: whether what stands below 256 levels is read; without it that and what follows is lost.
    """
    # A declaration of encoding inside text already decoded is refused by lxml; so is half a character.
    plain = _DECLARATION.sub("", text.replace("\x00", "")).encode("utf-8", "replace").decode()
    if not plain.strip():
        return None
    # Rows are looked for above each link: in elements in one another without end that would take hours.
    parser = lxml.html.HTMLParser(remove_comments=True, remove_pis=True, huge_tree=is_deep)
    try:
        return lxml.html.document_fromstring(plain, parser=parser, ensure_head_body=True)
    except ParserError:
        return None


def inline_scripts(root: Any) -> list[tuple[Any, Script]]:
    """Return what each script of a page states, with its element."""
    return [(element, read_scripts(element.text or "")) for element in root.iter("script")]


def page_script(root: Any) -> Script:
    """Return what the scripts of a page state together."""
    return read_scripts(*(element.text or "" for element in root.iter("script")))


def visible_text(root: Any) -> str:
    """Return the text of a page as read, scripts and styles left out."""
    return " ".join(" ".join(_texts(root)).split())


def printed_total(text: str) -> int | None:
    """Return how many rows a list says in words that it has; None where it does not, or says two things."""
    return only_number(_printed(list_pattern("printed_total"), text))


def printed_pages(text: str) -> int | None:
    """Return how many pages a list says in words that it has; None where it does not, or says two things."""
    return only_number(_printed(list_pattern("printed_pages"), text))


def says_empty(text: str, *words: str) -> bool:
    """Whether a text says that a list has no rows, and little else.

    Args:
        text: as read.
        words: what this list says when it is empty, where that is known.
    """
    if any(word and word in text for word in words):
        return True
    return len(text) <= LISTS.empty_chars and list_pattern("printed_empty").search(text) is not None


def _texts(root: Any) -> Iterator[str]:
    yield from root.xpath("descendant-or-self::*[not(self::script or self::style or self::head)]/text()")


def only_number(numbers: Iterable[int | None]) -> int | None:
    """Return the number that all of several are, as far as they are any; None where two differ."""
    found = {number for number in numbers if number is not None}
    return found.pop() if len(found) == 1 else None


def _printed(pattern: re.Pattern[str], text: str) -> Iterator[int]:
    return (int(number) for match in pattern.finditer(text) for number in match.groups() if number)


# What options select: elements by CSS selectors, text by regular expressions in slashes.

_LONGEST_TEXT = 200_000
_NUMBER_IN_TEXT = re.compile(r"\d{1,9}")


def select_elements(element: Any, selector: str) -> Sequence[Any]:
    """Return the elements below one that a selector matches, in order."""
    found: Sequence[Any] = _compiled(selector)(element)
    return found


def select_text(element: Any, selector: str) -> str | None:
    """Return the text of the first element that a selector matches, squeezed; None where none does."""
    found = select_elements(element, selector)
    return " ".join("".join(found[0].itertext()).split()) if found else None


def select_number(root: Any, selector: str, text: str) -> int | None:
    r"""Return the number that a selector, or a regular expression in slashes, finds.

    Args:
        root: the page, which a selector is looked for in.
        selector: `.total`, or `/共(\d+)条/`.
        text: the page's visible text, which a regular expression is looked for in.
    """
    if is_pattern(selector):
        found = re.search(selector[1:-1], text[:_LONGEST_TEXT])
        said = found[1] if found else None
    else:
        said = select_text(root, selector)
    number = _NUMBER_IN_TEXT.search((said or "").replace(",", ""))
    return int(number[0]) if number else None


def is_pattern(selector: str) -> bool:
    """Whether an option is a regular expression in slashes, not a selector."""
    return len(selector) > 2 and selector.startswith("/") and selector.endswith("/")


def selector_fault(selector: str) -> str | None:
    """Say why a selector is none; None where it is one."""
    try:
        _compiled(selector)
    except (SelectorError, XPathError) as error:
        return f"{selector!r} is no CSS selector: {error}"
    return None


def pattern_fault(pattern: str) -> str | None:
    """Say why a text is no regular expression with a group; None where it is one."""
    try:
        groups = re.compile(pattern).groups
    except re.error as error:
        return f"{pattern!r} is no regular expression: {error}"
    return None if groups else f"{pattern!r} has no group (…) around what it is to find"


@lru_cache(maxsize=256)
def _compiled(selector: str) -> Any:
    return CSSSelector(selector, translator="html")
