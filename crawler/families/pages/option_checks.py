"""What is wrong with an option by itself: checks that families share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.families.pages.json_answers import as_count, is_path, split_alternatives

if TYPE_CHECKING:
    from crawler.families.base import Check


def number_fault(written: str) -> str | None:
    """Say so where a text is no whole number."""
    return None if as_count(written) is not None else f"{written!r} is no whole number"


def positive_fault(written: str) -> str | None:
    """Say so where a text is no whole number above 0: a step of 0 leads nowhere."""
    return None if as_count(written) else f"{written!r} is no number above 0"


def path_fault(written: str) -> str | None:
    """Say so where a text is no path."""
    return None if is_path(written) else f"{written!r} is no path; join names by dots"


def one_of(*words: str) -> Check:
    """Return the check of an option that is one of two words."""
    return lambda written: None if written in words else f"{written!r} is neither {' nor '.join(words)}"


def of_each(check: Check) -> Check:
    """Return the check of an option that holds alternatives."""
    return lambda written: next(filter(None, map(check, split_alternatives(written))), None)
