"""Reading a page with the family that it may belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.families import FAMILIES
from crawler.families.base import ListPage, PageAt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crawler.recognition.records import Recognised


def usable_options(match: Recognised) -> Mapping[str, str] | None:
    """Return the family's options as far as they are known; None where one that it must have is missing."""
    family = FAMILIES.get(match.family)
    if family is None:
        return None
    known = {name: value for name, value in match.options.items() if name in family.options}
    options = {**family.preset, **known}
    return options if family.required <= options.keys() and family.fault(options) is None else None


def own_options(match: Recognised) -> Mapping[str, str]:
    """Return what the page told of the family's options, without what the family presets."""
    family = FAMILIES.get(match.family)
    return {name: value for name, value in match.options.items() if family and name in family.options}


def read_first_page(match: Recognised, text: str, url: str) -> ListPage | None:
    """Read a page as the first of a list; None where the family is not there, or lacks an option."""
    options = usable_options(match)
    if options is None:
        return None
    return FAMILIES[match.family].read(text, PageAt.first(url, options))
