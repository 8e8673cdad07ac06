"""Whether the site answers, and how old what it shows is: `/-/health`, for an operator's monitor.

    {"ok": true, "night": "2026-01-31", "age_hours": 7.4, "database_sha256": "…", "follows": true}

One query of one row. 503 where the published copy cannot be read, where the link to it leads nowhere, or
where its newest night is older than the monitor's own `?most_hours=`.
"""

from __future__ import annotations

import datetime as dt
import logging
import sqlite3
from typing import TYPE_CHECKING, Any

from datasette.utils.asgi import Base400, Response

from archive.site_files import DATABASE
from gongkai.web.pages.page import read_rows, whole_number
from pipelines.errors import GongkaiError

if TYPE_CHECKING:
    from collections.abc import Mapping

logger = logging.getLogger(__name__)

_NEWEST = (
    "SELECT night, started_at FROM runs WHERE night IS NOT NULL ORDER BY night DESC, started_at DESC LIMIT 1"
)


async def respond(datasette: Any, request: Any) -> Response:
    """Answer `/-/health`.

    Raises:
        Base400: `most_hours` is no whole number of hours.
    """
    most_hours = _whole_hours(request.args.get("most_hours"))
    database = datasette.get_database(DATABASE)
    said: dict[str, Any] = {"ok": False, "database_sha256": database.hash, "follows": database.follows}
    try:
        rows = await read_rows(database, _NEWEST, {})
    except (sqlite3.Error, OSError, GongkaiError):
        logger.exception("the published copy cannot be read")
        return _answer(said)
    newest: Mapping[str, Any] = rows[0] if rows else {"night": None, "started_at": None}
    hours = _age_hours(newest["started_at"], dt.datetime.now(dt.UTC))
    is_old = most_hours is not None and (hours is None or hours > most_hours)
    return _answer(
        {**said, "ok": database.follows and not is_old, "night": newest["night"], "age_hours": hours}
    )


def _answer(said: Mapping[str, Any]) -> Response:
    return Response.json(dict(said), status=200 if said["ok"] else 503, headers={"Cache-Control": "no-store"})


def _whole_hours(text: str | None) -> int | None:
    hours = whole_number(text, digits=5)
    if text is not None and hours is None:
        raise Base400("most_hours is a whole number")
    return hours


def _age_hours(started_at: str | None, now: dt.datetime) -> float | None:
    """Return the hours from the beginning of a run until now; None where no instant is known."""
    if started_at is None:
        return None
    return round((now - dt.datetime.fromisoformat(started_at)).total_seconds() / 3600, 1)
