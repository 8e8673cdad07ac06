"""Reports to measure with: those of the demo portal, with other figures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gongkai.demo.site import BundledSite

if TYPE_CHECKING:
    import random

LARGE = range(20_000, 35_000)
"""Bytes of those that are taken."""

TEXT = re.compile(r"(?<=>)[^<]*\d[^<]*")
"""The text of an element that holds a digit."""

_DIGIT = re.compile(r"\d")


def sample_reports() -> list[str]:
    """Return the pages of the demo portal's reports that are of a usual size."""
    answers = BundledSite().pages(1).values()
    return [answer.body.decode() for answer in answers if answer.status == 200 and len(answer.body) in LARGE]


def with_other_figures(chance: random.Random, report: str) -> str:
    """Return a report with every digit of its text drawn anew."""

    def digit(found: re.Match[str]) -> str:
        del found
        return str(chance.randrange(10))

    return TEXT.sub(lambda text: _DIGIT.sub(digit, text[0]), report)
