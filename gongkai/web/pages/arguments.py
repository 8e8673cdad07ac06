"""Arguments of an address as a page reads them."""

from __future__ import annotations


def whole_number(text: str | None, *, digits: int) -> int | None:
    """Return a number written in ASCII digits; None for anything else, and for more digits than asked for.

    Args:
        text: as given; None where the argument is not there.
        digits: at most.
    """
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= digits else None
