"""A page as a tree, and what every family asks of it: its scripts, and what it says of the list."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any

import lxml.html
from cssselect import SelectorError
from lxml.cssselect import CSSSelector
from lxml.etree import ParserError, XPathError

from crawler.families.base import LISTS, list_pattern
from crawler.families.pages.script_reader import read_scripts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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
    texts = root.xpath("descendant-or-self::*[not(self::script or self::style or self::head)]/text()")
    return " ".join(" ".join(texts).split())


def printed_number(name: str, text: str) -> int | None:
    """Return how many rows or pages a list says in words that it has; None where none, or two things.

    Args:
        name: of what is said: `printed_total` or `printed_pages`.
        text: as read.
    """
    matches = list_pattern(name).finditer(text)
    return only_number(int(number) for match in matches for number in match.groups() if number)


def says_empty(text: str, words: str = "") -> bool:
    """Whether a text says that a list has no rows, and little else.

    Args:
        text: as read.
        words: what this list says when it is empty, where that is known.
    """
    if words and words in text:
        return True
    return len(text) <= LISTS.empty_chars and list_pattern("printed_empty").search(text) is not None


def only_number(numbers: Iterable[int | None]) -> int | None:
    """Return the number that all of several are, as far as they are any; None where two differ."""
    found = {number for number in numbers if number is not None}
    return found.pop() if len(found) == 1 else None


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


# What a row of a list says: the title of its document, and the date that is printed beside it.

# Best first.
_DATES = tuple(map(list_pattern, ("date_with_day", "date_with_month", "date_without_year")))
# 20 and 2026-01, 01-20 and 2026: in elements of their own, the larger above the smaller.
_APART = list_pattern("date_apart")
# Beside its texts a card holds a picture, an icon or two.
_MOST_PARTS = 30
_MOST_TEXTS = 9
_BLOCKS = frozenset(("div", "p", "dt", "dd", "li", "h2", "h3", "h4", "h5", "h6"))
# Editors type dates in full width: ２０２６．０１．２０. Dashes are of numbers: 第１２－３０号.
_NARROW = {ord(wide): ord(wide) - 0xFEE0 for wide in "０１２３４５６７８９．／"}
# Editors leave them within words.
_UNSEEN = re.compile("[\u200b\u200c\u200d\u2060\ufeff]+")


def prints_date(element: Any) -> bool:
    """Whether an element prints a date with its year."""
    text = _text(element).translate(_NARROW)
    return any(pattern.search(text) for pattern in (*_DATES[:2], _APART))


def printed_date(row_text: str, link_text: str) -> str | None:
    """Return the date that a row prints, in narrow digits; the link's own text only where there is no other.

    A title may speak of a date of its own (`2019年6月29日起施行`), so what stands beside it comes first.
    """
    beside = (row_text.replace(link_text, " ", 1) if link_text else row_text).translate(_NARROW)
    tried = (pattern.search(beside) for pattern in _DATES)
    found = next(filter(None, tried), None) or _DATES[0].search(row_text.translate(_NARROW))
    return "".join(found[0].split()) if found else None


def row_date(element: Any, main: Any) -> str | None:
    """The date beside a row's link; white space that breaks it up, even inside its numbers, is no matter."""
    inside = set() if is_card(main) else set(main.iter())
    for piece in element.xpath(".//text()"):
        parent = piece.getparent()
        if len(piece) > LISTS.row_chars or (parent in inside and not (piece.is_tail and parent is main)):
            continue
        whole = whole_date(piece)
        if whole:
            return whole
    boxes = (_joined_date(_brief(box)) for box in element.iter() if box not in inside)
    return next(filter(None, boxes), None) or printed_date(_text(element), _text(main))


def _joined_date(text: str) -> str | None:
    """The date whose day, or whose year, stands apart from the rest; None where a text says anything else."""
    if not _APART.fullmatch(text):
        return None
    one, two, three = map(int, re.findall(r"\d+", text))
    year, month, day = (one, two, three) if one > 31 else (two, three, one) if two > 31 else (three, one, two)
    return f"{year}-{month:02}-{day:02}" if month in range(1, 13) and day in range(1, 32) else None


def whole_date(piece: str) -> str | None:
    """The date that a piece of text is, and nothing else beside its label."""
    text = piece.translate(_NARROW)
    is_date, is_labelled = list_pattern("whole_date").fullmatch, list_pattern("labelled_date").fullmatch
    found = is_date("".join(text.split())) or is_labelled(_squeezed(text))
    return found[1] if found else None


def link_title(anchor: Any) -> str:
    """Return the text of a link, or its `title` attribute where that is the fuller one.

    A whole row that a click opens holds its number, date and abstract, too: its title is the first text that
    is more than a number.
    """
    attribute = _squeezed(anchor.get("title") or "")
    text = _text(anchor) if anchor.tag == "a" and not is_card(anchor) else _first_said(anchor)
    shown = text.rstrip(".…")
    return attribute if attribute and (not shown or attribute.startswith(shown)) else text


def is_card(anchor: Any) -> bool:
    """Whether a link is a whole row, its date and all."""
    parts = map(_brief, islice(anchor.iterdescendants(), _MOST_PARTS))
    return any(whole_date(part) or _joined_date(part) for part in parts)


def _brief(element: Any) -> str:
    """The text of an element that says as little as a date does; empty where it says more."""
    texts = list(islice(element.itertext(), _MOST_TEXTS))
    return _squeezed(" ".join(texts)).translate(_NARROW) if len(texts) < _MOST_TEXTS else ""


def _first_said(row: Any) -> str:
    """The first of the texts in a row, each whole, that is more than a number or a date."""
    said = [row.text or ""]
    for part in row:
        is_box = is_card(part) or any(each.tag in _BLOCKS for each in part)
        said += [_first_said(part) if is_box else _text(part), part.tail or ""]
    texts = (_squeezed(text) for text in said)
    return next((text for text in texts if text.strip("0123456789-/.年月日 ") and not whole_date(text)), "")


def _text(element: Any) -> str:
    """The text of an element as read, scripts left out."""
    texts = element.xpath(".//text()[not(parent::script) and not(parent::style)]")
    return _squeezed(" ".join(texts))


def _squeezed(text: str) -> str:
    return " ".join(_UNSEEN.sub("", text).split())
