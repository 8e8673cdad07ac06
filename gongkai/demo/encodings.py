"""How a page is written in bytes, and what the page and its header say of it.

What is said and what is true are two things, on real portals too; the table keeps them apart.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Encoding:
    """One way of encoding a page.

    Attributes:
        codec: the codec of the bytes.
        in_header: the charset that `Content-Type` names; None says nothing.
        in_meta: the charset that the page's `meta` names; None leaves the tag out.
    """

    codec: str
    in_header: str | None
    in_meta: str | None


ENCODINGS = {
    "utf8": Encoding("utf-8", "utf-8", "utf-8"),
    "utf8_meta_only": Encoding("utf-8", None, "utf-8"),
    "utf8_called_gb2312": Encoding("utf-8", None, "gb2312"),
    "gb18030_silent": Encoding("gb18030", None, None),
}
