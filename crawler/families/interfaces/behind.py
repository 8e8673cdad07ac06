"""The interface behind an ordinary list page, whose script says what to ask it for.

Nothing is guessed: a template (`/gkmlpt/api/all/{fragment}?page=1&sid={SID}`) is filled with what the page's
scripts state and with the list's own fragment, or there is no interface.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urldefrag

from archive.frontier.targets import PageRequest
from crawler.families.interfaces.rows import PLACEHOLDER, fill
from crawler.families.pages.markup import inline_scripts, parse_markup
from pipelines.addresses import clean_url

if TYPE_CHECKING:
    from crawler.families.base import PageAt

FRAGMENT = "fragment"
"""The placeholder that stands for the fragment of the list's address (`/gkmlpt/index#2629`)."""

_STATED = (
    r"""(?<![\w$]){name}["']?\s*+[:=]\s*+"""
    r"""(?:["'](?P<text>[\w.-]{{1,80}}+)["']|(?P<number>[0-9]{{1,20}}+)(?![\w.]))"""
)


def interface_address(text: str, at: PageAt) -> PageRequest | None:
    """Return the request for the first page of the interface behind a page.

    Args:
        text: the page, decoded.
        at: where it was found; `behind` among its options is the template.

    Returns:
        None where there is no template, the text is no page, it is not the list's own, or it does not state
        everything that the template needs.
    """
    template = at.options.get("behind")
    own_page, fragment = urldefrag(at.list_url)
    if template is None or at.request.url != own_page or not text.lstrip("\ufeff \t\r\n").startswith("<"):
        return None
    values = _stated(text, set(PLACEHOLDER.findall(template)) - {FRAGMENT})
    if fragment:
        values[FRAGMENT] = fragment
    if values.keys() != set(PLACEHOLDER.findall(template)):
        return None
    url = clean_url(fill(template, values), at.url)
    return None if url is None else PageRequest(url, ajax=at.options.get("ajax") == "true")


def _stated(text: str, names: set[str]) -> dict[str, str]:
    """Return what the page's scripts first say that each name is, as far as they state it."""
    root = parse_markup(text)
    if root is None:
        return {}
    scripts = "\n".join(script for _, script in inline_scripts(root))
    found = {name: re.search(_STATED.format(name=re.escape(name)), scripts) for name in names}
    return {name: match["text"] or match["number"] for name, match in found.items() if match}
