"""An archived page shown again: `/-/replay/CAPTURE`; and the file itself, where it is handed out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from datasette.utils import tilde_decode
from datasette.utils.asgi import NotFound, Response
from markupsafe import Markup

from archive.site_files import DATABASE
from gongkai.web.pages.archived import CAPTURE, source_of
from gongkai.web.pages.rows import read_rows
from gongkai.web.replaying.child import DOWNLOADED
from gongkai.web.replaying.records import NotReplayed, Why

if TYPE_CHECKING:
    from gongkai.web.replaying.records import Replay

_STATUS = {Why.BUSY: 503, Why.SUPPRESSED: 451}
"""The status of an answer without the page, where it is not 404: 451 is what RFC 7725 has for it."""


async def respond(datasette: Any, request: Any) -> Response:
    """Answer `/-/replay/CAPTURE`.

    Raises:
        NotFound: no published capture has that id.
    """
    database = datasette.databases[DATABASE]
    capture = await _capture(database, request)
    replay: Replay | None = None
    why: Why | None = None
    try:
        replay = await database.replays.replay(await source_of(database, capture))
    except NotReplayed as error:
        why = error.why
    context = {
        "capture": capture,
        "why": why,
        "replay": replay,
        "markup": Markup(replay.markup) if replay else None,  # noqa: S704 written and escaped by ourselves
        "is_downloaded": replay is not None and replay.file_type in DOWNLOADED,
    }
    page = await datasette.render_template("replay.html", context, request=request)
    return Response.html(page, status=_STATUS.get(why, 404) if why else 200)


async def respond_file(datasette: Any, request: Any) -> Response:
    """Answer `/-/replay/CAPTURE/file`: the file as it was received, to be saved and not to be opened here.

    Raises:
        NotFound: no published capture has that id, or it is not handed out.
    """
    database = datasette.databases[DATABASE]
    capture = await _capture(database, request)
    try:
        file = await database.replays.file(await source_of(database, capture))
    except NotReplayed as error:
        raise NotFound(f"this file is not handed out: {error.why}") from error
    name = f"{capture['held_sha256'][:12]}.{file.file_type}"
    return Response(
        file.content,
        content_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{quote(name)}"'},
    )


async def _capture(database: Any, request: Any) -> dict[str, Any]:
    captures = await read_rows(database, CAPTURE, {"id": tilde_decode(request.url_vars["capture"])})
    if not captures:
        raise NotFound("no such capture")
    return captures[0]
