"""What a row of a list says: the title of its document, and the date that is printed beside it."""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

from crawler.families.base import LISTS, list_pattern

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
    for pattern in _DATES:
        found = pattern.search(beside)
        if found:
            return "".join(found[0].split())
    found = _DATES[0].search(row_text.translate(_NARROW))
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
