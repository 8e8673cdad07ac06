"""What a downloaded file is called."""

from __future__ import annotations

import re
from urllib.parse import quote

_MOST_TITLE = 60
# What file systems refuse, what the header field could not hold, and white space.
_UNFIT = re.compile(r'[\x00-\x1f\x7f-\x9f"*/:<>?\\|\s\ud800-\udfff]+')


def content_disposition(name: str, title: str, night: str | None, suffix: str) -> str:
    """Return the header field that names a download: readable in Chinese, and in ASCII for old programs.

    Args:
        name: the table or query, in ASCII letters, digits and `_`.
        title: in Chinese; empty where there is none.
        night: the Shanghai date of the newest run in the copy; None where there is no run.
        suffix: with its dot.

    Source: RFC 6266, section 5 and appendix D; RFC 8187.
    """
    when = (night or "").replace("-", "")
    shown = _UNFIT.sub("_", title).strip("_.")[:_MOST_TITLE] or name
    plain = re.sub(r"[^0-9A-Za-z_.-]", "_", _named(name, when, suffix))
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(_named(shown, when, suffix), safe='')}"


def _named(name: str, when: str, suffix: str) -> str:
    return "_".join(filter(None, ["gongkai", name, when])) + suffix
