"""What programs that walk the web may read here, and what they may keep.

Pages are for everyone, search engines too. What costs work and shows nothing that the pages lack (SQL,
searches, filtered lists, comparisons, files to take away) is not for walking through. And no copy is to be
kept elsewhere: a passage that is suppressed here would live on in it. Archived pages, which hold whatever a
site once wrote, are in no index at all.
"""

from __future__ import annotations

from typing import Any

from datasette.utils.asgi import Response

from archive.site_files import DATABASE

NOT_FOR_ROBOTS = (
    "/-/export",
    "/-/search",
    "/-/compare",
    "/-/proof",
    "/-/replay",
    "/-/snapshots",
    "/-/feeds/search",
)
"""The beginnings of paths that are dear, or show what is not to be found by a name."""

_FILES = (".json", ".csv")
_KEPT_OUT = b"noindex, nofollow, noarchive"
_SHOWN = b"noarchive"

_LINES = (
    "User-agent: *",
    # Arguments filter, sort, search or ask in SQL: there is no end of such addresses.
    "Disallow: /*?",
    "Allow: /*?lang=en$",
    *(f"Disallow: {path}" for path in NOT_FOR_ROBOTS),
    *(f"Disallow: /{DATABASE}/*{ending}$" for ending in _FILES),
    "Crawl-delay: 2",
)


async def respond(request: Any) -> Response:  # noqa: ARG001  Datasette hands it over by this name
    """Answer `/robots.txt` (RFC 9309)."""
    return Response.text("\n".join(_LINES) + "\n", headers={"Cache-Control": "max-age=86400"})


def robots_tag(path: str, *, has_arguments: bool) -> bytes:
    """Return the header field `X-Robots-Tag` for an address.

    Args:
        path: without the arguments.
        has_arguments: whether there are any but that of the language.
    """
    kept_out = has_arguments or path.startswith(NOT_FOR_ROBOTS) or path.endswith(_FILES)
    return _KEPT_OUT if kept_out else _SHOWN
