"""What a downloaded file is called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_SHOWN = 72
_MOST_ASKED = 24
# Together they stay below the 255 bytes of a name, at three bytes for each Chinese character.
# What file systems refuse, what the header field could not hold, and white space.
_UNFIT = re.compile(r'[\x00-\x1f\x7f-\x9f"*/:<>?\\|\s\ud800-\udfff]+')


def content_disposition(
    name: str, title: str, night: str | None, suffix: str, asked: Sequence[str] = ()
) -> str:
    """Return the header field that names a download: readable in Chinese, and in ASCII for old programs.

    Args:
        name: the table or query, in ASCII letters, digits and `_`.
        title: in Chinese; empty where there is none.
        night: the Shanghai date of the newest run in the copy; None where there is no run.
        suffix: with its dot.
        asked: what tells the rows from those of another file of the same name: a year, a place.

    Source: RFC 6266, section 5 and appendix D; RFC 8187.
    """
    when = (night or "").replace("-", "")
    told = "_".join(_fit(each) for each in asked)[:_MOST_ASKED]
    shown = _named(_fit(title)[: _MOST_SHOWN - len(told)] or name, told, when) + suffix
    plain = _named(name, "_".join(each for each in asked if each.isascii())[:_MOST_ASKED], when) + suffix
    plain = re.sub(r"[^0-9A-Za-z_.-]", "_", plain)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(shown, safe='')}"


def _fit(text: str) -> str:
    return _UNFIT.sub("_", text).strip("_.")


def _named(*parts: str) -> str:
    return "_".join(filter(None, ["gongkai", *parts]))
