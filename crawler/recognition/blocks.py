"""The national layout of the disclosure column: four blocks, the fourth of which is the annual reports.

政府信息公开指南 · 政府信息公开制度 · 法定主动公开内容 · 政府信息公开年报. Where the blocks are pictures,
or the last one is called something else, its place still tells what it is.

Source: 国办公开办函〔2019〕60号 (《政府信息公开专栏》 layout).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from crawler.recognition.page import PageLink

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.recognition.page import Page

_FIRST_THREE = (
    re.compile("公开指南$"),
    re.compile("公开(?:制度|规定)$"),
    re.compile("主动公开(?:内容|信息)?$"),
)
_NO_BLOCK = re.compile("申请|意见|箱")
_HIGHEST = 6


def fourth_block(page: Page) -> Iterator[PageLink]:
    """Yield the link that stands where the annual reports stand, if the page has the four blocks."""
    third = _third_block(page)
    if third is None:
        return
    block = _around(third, page)
    following = [link for link in page.links if link.element is not None and _holds(block, link.element)]
    after = following[following.index(third) + 1 :]
    for link in after:
        if link.url != third.url and not _NO_BLOCK.search(link.name):
            yield PageLink(link.url, link.name, "block", link.element)
            return


def _third_block(page: Page) -> PageLink | None:
    named = [link for link in page.links if link.element is not None]
    found = [next((link for link in named if word.search(link.name)), None) for word in _FIRST_THREE]
    return found[2] if all(found) else None


def _around(link: PageLink, page: Page) -> Any:
    """The smallest element that holds the first two blocks as well."""
    others = [each.element for each in page.links if each.element is not None and _is_early(each.name)]
    above = list(link.element.iterancestors())[:_HIGHEST]
    for element in above:
        if any(_holds(element, other) for other in others):
            return element
    return above[-1] if above else link.element


def _is_early(name: str) -> bool:
    return any(word.search(name) for word in _FIRST_THREE[:2])


def _holds(block: Any, element: Any) -> bool:
    return any(above is block for above in element.iterancestors())
