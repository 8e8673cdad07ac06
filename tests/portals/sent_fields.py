"""What a portal reads of a request: the fields of its address, and those of a posted form."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from gongkai.demo.server import Asked


def query_of(asked: Asked) -> dict[str, str]:
    """Return the fields of the query, decoded; of one that repeats, the last."""
    return dict(parse_qsl(urlsplit(asked.target).query, keep_blank_values=True))


def form_of(asked: Asked) -> dict[str, str]:
    """Return the fields of a posted form, decoded; of one that repeats, the last."""
    return dict(parse_qsl(asked.body.decode("utf-8", "replace"), keep_blank_values=True))
