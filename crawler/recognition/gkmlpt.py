"""The directory tree that pages of Guangdong's disclosure platform (公开目录平台) carry in a script."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from crawler.recognition.page import PageLink, bare_name
from pipelines.addresses import clean_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.recognition.page import Page

_TREE = re.compile(r"""["']?\bTREE["']?\s*[:=]\s*(?=\[)""")


def tree_links(page: Page) -> Iterator[PageLink]:
    """Yield each directory of the tree that lists something, as the platform addresses it."""
    found = _TREE.search(page.markup)
    if found is None:
        return
    try:
        tree, _ = json.JSONDecoder().raw_decode(page.markup, found.end())
    except (json.JSONDecodeError, RecursionError):
        return
    yield from _leaves(tree, page.url)


def _leaves(nodes: Any, url: str) -> Iterator[PageLink]:
    pending = list(nodes) if isinstance(nodes, list) else []
    while pending:
        node = pending.pop(0)
        if not isinstance(node, dict):
            continue
        children = node.get("children")
        pending[:0] = children if isinstance(children, list) else []
        name, jump = bare_name(str(node.get("name") or "")), str(node.get("jump_url") or "")
        own = f"/gkmlpt/index#{node.get('id')}"
        address = clean_url(jump or own, url)
        if name and address:
            yield PageLink(address, name, "tree")
