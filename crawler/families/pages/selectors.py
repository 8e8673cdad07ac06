"""What options select: elements by CSS selectors, text by regular expressions in slashes."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cssselect import SelectorError
from lxml.cssselect import CSSSelector
from lxml.etree import XPathError

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST_TEXT = 200_000
_NUMBER = re.compile(r"\d{1,9}")


def select(element: Any, selector: str) -> Sequence[Any]:
    """Return the elements below one that a selector matches, in order."""
    found: Sequence[Any] = _compiled(selector)(element)
    return found


def select_text(element: Any, selector: str) -> str | None:
    """Return the text of the first element that a selector matches, squeezed; None where none does."""
    found = select(element, selector)
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
    number = _NUMBER.search((said or "").replace(",", ""))
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
