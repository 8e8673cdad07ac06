"""Chinese in an English page, marked as such for the reading voice and the shapes of its characters."""

from __future__ import annotations

import re
from typing import Any, overload

from markupsafe import Markup, escape

from gongkai.web.language import ENGLISH, current

_CHARACTER = "\u3001-\u303f\u3400-\u9fff\uf900-\ufaff\uff01-\uff60"
"""Ideographs, and the punctuation of full width."""

_RUN = re.compile(rf"[{_CHARACTER}](?:[{_CHARACTER}\d\s“”‘’·…—.%/-]*[{_CHARACTER}])?")
_MARKED = Markup('<span lang="zh-Hans">{}</span>')
_IDEOGRAPH = re.compile("[\u3400-\u9fff\uf900-\ufaff]")


@overload
def quoted(value: str) -> Markup: ...
@overload
def quoted(value: Any) -> Any: ...
def quoted(value: Any) -> Any:
    """Mark the Chinese in a text that an English page shows; on a Chinese page the text is escaped alone.

    Args:
        value: text; what is markup already, and what is no text, stays as it is.
    """
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    if current() != ENGLISH:
        return escape(value)
    parts: list[Markup] = []
    end = 0
    for run in _RUN.finditer(value):
        if _IDEOGRAPH.search(run[0]):
            parts += [escape(value[end : run.start()]), _MARKED.format(run[0])]
            end = run.end()
    return Markup().join([*parts, escape(value[end:])])
