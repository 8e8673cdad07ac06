"""Whether a page may have attachments at all, by a look at its bytes: most pages have none."""

from __future__ import annotations

import re
from functools import cache

from pipelines.attachments import knowledge

_FOREIGN_BYTES = 9_000
"""A page with fewer bytes beyond ASCII has menus and hardly a text: its text may be in pictures."""
_ASCII = bytes(range(128))
_PICTURE = re.compile(rb"<img\b[^>]{0,500}\.(?:jpe?g|png|tiff?|bmp|webp)\b")


def may_hold(payload: bytes) -> bool:
    """Tell by its bytes whether a page may have attachments; False only where it has none.

    Args:
        payload: the page, in any charset that keeps ASCII; of another one nothing is told.
    """
    if b"\x00" in payload[:200] or has_hint(payload):
        return True
    is_short = len(payload.translate(None, _ASCII)) < _FOREIGN_BYTES
    return is_short and _PICTURE.search(payload.lower()) is not None


def has_hint(payload: bytes) -> bool:
    """Tell whether something in a page, or in a script of one, may lead to a file that is no picture."""
    lower = payload.lower()
    if any(hint in lower for hint in _words()):
        return True
    return any(pattern.search(lower) for pattern in _patterns())


@cache
def _words() -> tuple[bytes, ...]:
    return tuple(word.encode() for word in (*sorted(knowledge.marks()), *knowledge.words("hints")))


@cache
def _patterns() -> tuple[re.Pattern[bytes], ...]:
    """Each begins with a literal, which is looked for at the speed of memory."""
    ends = "|".join(sorted(knowledge.endings().documents))
    calls = knowledge.pattern("fetching_calls").pattern
    return tuple(
        re.compile(pattern.encode())
        for pattern in (
            rf"\.(?:{ends})(?![a-z0-9_])",
            rf"%2e(?:{ends})(?![a-z0-9_])",
            rf"javascript:[^\"'<>]{{0,80}}?(?<![a-z0-9_$]){calls}",
            rf"onclick[^<>]{{0,120}}?(?<![a-z0-9_$]){calls}",
        )
    )
