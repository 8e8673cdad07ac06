"""What the site says of itself: its method, whether it answers, and everything to take away.

`/-/health` is for an operator's monitor, one query of one row:

    {"ok": true, "night": "2026-01-31", "age_hours": 7.4, "database_sha256": "…", "follows": true,
     "integrity": "checked", "root": "…"}

503 where the published copy was altered or cannot be read, where the link to it leads nowhere, or where its
newest night is older than the monitor's own `?most_hours=`. `/-/metrics` is for who asks from this machine,
without a proxy between, unless `metrics_for` of gongkai.yaml lets anyone.

A snapshot is offered (`/-/download`) only where it was made of the copy that is being served. An older one
may hold what has been suppressed since: it is listed by its date and digest, to be cited, and not sent.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import logging
import sqlite3
from typing import TYPE_CHECKING, Any

from datasette.utils import escape_sqlite
from datasette.utils.asgi import Base400, Forbidden, NotFound, Response, asgi_send_file

from archive.data_folder import read_operator_file
from archive.manifests.closing import SIDE_FILE
from archive.site_files import DATABASE, read_site_table
from archive.snapshot.retention import PACKED_COPY, Night, read_nights
from archive.snapshot.workbook import WORKBOOK_TYPE
from crawler.policy.hosts import is_loopback_host
from gongkai.nights.telling import render_metrics
from gongkai.web.pages.page_queries import in_time, make_page, read_rows, whole_number
from gongkai.web.questions import measures
from gongkai.web.rendering.structured_cells import write_share
from gongkai.web.server.gate import ROBOTS
from gongkai.web.server.published_copy import Standing
from gongkai.web.thresholds import PAGES
from pipelines.duplicates.near_duplicates import CLOSENESS
from pipelines.duplicates.overlap import SHINGLES
from pipelines.duplicates.plan_matching import MATCHING
from pipelines.errors import GongkaiError
from pipelines.response.witnesses import LIFECYCLE

if TYPE_CHECKING:
    from pathlib import Path

    from gongkai.web.pages.page_queries import Context, Visit


_NUMBERS = {
    "run": SHINGLES.run,
    "repeated_run": SHINGLES.repeated_run,
    "shortest": CLOSENESS.shortest,
    "alike": write_share(MATCHING.alike),
    "nights_gone": LIFECYCLE.nights_gone,
    "days_gone": LIFECYCLE.days_gone,
}


@make_page("about")
async def read_about(_: Visit) -> Context:
    """Return the numbers that the texts of the page name, and the measures."""
    return {"numbers": _NUMBERS, "measures": measures().values()}


@make_page("glossary")
async def read_glossary(_: Visit) -> Context:
    """Return the terms of `datasette/glossary.yaml`, and the measures."""
    return {"terms": read_site_table("glossary")["terms"], "measures": measures().values()}


@make_page("robots", r"^/robots\.txt$")
async def read_robots(_: Visit) -> Response:
    """Answer `/robots.txt` (RFC 9309)."""
    return Response.text("\n".join(ROBOTS) + "\n", headers={"Cache-Control": "max-age=86400"})


logger = logging.getLogger(__name__)

_NEWEST = (
    "SELECT night, started_at FROM runs WHERE night IS NOT NULL ORDER BY night DESC, started_at DESC LIMIT 1"
)


@make_page("health")
async def read_health(visit: Visit) -> Response:
    """Answer `/-/health`.

    Raises:
        Base400: `most_hours` is no whole number of hours.
    """
    asked = visit.request.args.get("most_hours")
    most_hours = whole_number(asked, digits=5)
    if asked is not None and most_hours is None:
        raise Base400("most_hours is a whole number")
    database = visit.database
    integrity = database.copy.integrity
    said: Context = {
        "ok": False,
        "database_sha256": database.hash,
        "follows": database.follows,
        "integrity": integrity.standing,
        "current": database.copy.is_current,
        "root": integrity.root,
        "on_damaged_evidence": sorted(database.on_damage),
    }
    try:
        newest = (await read_rows(database, _NEWEST, {}) or [{"night": None, "started_at": None}])[0]
        hours = None  # from the beginning of the newest run until now
        if newest["started_at"] is not None:
            age = dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(newest["started_at"])
            hours = round(age.total_seconds() / 3600, 1)
        is_old = most_hours is not None and (hours is None or hours > most_hours)
        is_ok = database.follows and not is_old and integrity.standing is not Standing.ALTERED
        said |= {"ok": is_ok, "night": newest["night"], "age_hours": hours}
    except (sqlite3.Error, OSError, GongkaiError):
        logger.exception("the published copy cannot be read")
    return Response.json(said, status=200 if said["ok"] else 503, headers={"Cache-Control": "no-store"})


@make_page("metrics")
async def read_metrics(visit: Visit) -> Response:
    """Answer `/-/metrics` for Prometheus, to who asks from this machine unless the operator lets anyone.

    Raises:
        Forbidden: somebody else asks, or a proxy for nobody knows whom.
    """
    data = visit.database.data
    client = (visit.request.scope.get("client") or [""])[0]
    is_ours = is_loopback_host(client) and not _FORWARDED & visit.request.headers.keys()
    if not is_ours and read_operator_file(data.root).get("metrics_for") != "anyone":
        raise Forbidden("figures of the machine are for itself: metrics_for in gongkai.yaml")
    body = await asyncio.to_thread(render_metrics, data)
    content_type = "text/plain; version=0.0.4; charset=utf-8"
    return Response(body, headers={"Cache-Control": "no-store"}, content_type=content_type)


# What a proxy says of who asks: its own address is this machine's, perhaps.
_FORWARDED = {"forwarded", "via", "x-real-ip", *(f"x-forwarded-{it}" for it in ("for", "host", "proto"))}


_CHUNK = 1 << 18
_SUMS = "SHA256SUMS"
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "gz": "application/gzip",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": WORKBOOK_TYPE,
}


@make_page("download")
async def read_download(visit: Visit) -> Context:
    """Return the snapshots, and the tables of the published copy with their rows."""
    database = visit.database
    snapshots = await asyncio.to_thread(read_snapshots, database.data.snapshots, database.hash)
    views = await database.view_names()
    counts = {**await database.table_counts(), **{view: await _view_count(database, view) for view in views}}
    hidden = set(await database.hidden_table_names())
    words = visit.datasette.metadata("tables", database=DATABASE) or {}
    tables = [
        {"name": name, "rows": counts.get(name), "words": words.get(name, {})}
        for name in [*await database.table_names(), *views]
        if name not in hidden and name in words
    ]
    return {
        "snapshots": snapshots,
        "offered": next((it for it in snapshots if it["is_served"] and it["is_full"]), None),
        "offered_changes": [it for it in snapshots if it["is_served"] and not it["is_full"]],
        "tables": tables,
        "rows": sum(table["rows"] or 0 for table in tables if table["name"] not in views),
        "size": database.size,
    }


async def _view_count(database: Any, view: str) -> int | None:
    """Return how many rows a view has, counted once for each copy; None where that takes too long."""
    sql = f"SELECT count(*) AS rows FROM {escape_sqlite(view)}"  # noqa: S608  a name of the schema
    found = await in_time(database.once(("count", view), lambda: read_rows(database, sql, {})))
    return found and int(found[0]["rows"])


@make_page(
    "snapshot_file",
    r"^/-/snapshots/(?P<night>\d{4}-\d\d-\d\d)"
    r"/(?P<file>(?:(?:captures|changes)/)?[A-Za-z0-9_]+(?:\.[a-z]+){1,2}|SHA256SUMS)$",
)
async def send_file(visit: Visit) -> None:
    """Answer `/-/snapshots/NIGHT/FILE`.

    Raises:
        NotFound: there is no such snapshot or file, or it is not of the copy that is being served.
    """
    database = visit.database
    night, name = visit.request.url_vars["night"], visit.request.url_vars["file"]
    folder = database.data.snapshots
    served = {it.name: it.folder for it in await asyncio.to_thread(_served_nights, folder, database.hash)}
    if night not in served or name not in await asyncio.to_thread(_listed, served[night]):
        raise NotFound("no such file")
    kind = _TYPES.get(name.rpartition(".")[2], "text/plain; charset=utf-8")
    saved_as = f"gongkai_{night}_{name.replace('/', '_')}"
    await asgi_send_file(visit.send, str(folder / night / name), saved_as, kind, _CHUNK)


def read_snapshots(folder: Path, sha256: str) -> list[Context]:
    """Read which snapshots there are, the newest first; one that is not whole is left out.

    Args:
        folder: of all snapshots; need not exist.
        sha256: of the copy that is being served.

    Returns:
        Of each its `night`; its `files` as its data package tells them, all tables of a full set, else those
        with changes; whether it `is_full`; `sums_sha256`, the digest of the list of digests, which stands for
        all of them; whether it `is_served`: the data shown rest on the newest full set and the changes since;
        whether the line of the chain that names it stands beside it, `has_manifest`, and the whole database,
        `has_copy`.
    """
    served = {it.name for it in _served_nights(folder, sha256)}
    nights = [it for it in read_nights(folder) if (it.folder / _SUMS).is_file()][-PAGES.snapshots :]
    return [
        {
            "night": night.name,
            "files": night.package["resources"],
            "is_full": night.is_full,
            "sums_sha256": hashlib.sha256((night.folder / _SUMS).read_bytes()).hexdigest(),
            "is_served": night.name in served,
            "has_manifest": (night.folder / SIDE_FILE).is_file(),
            "has_copy": (night.folder / PACKED_COPY).is_file(),
        }
        for night in reversed(nights)
    ]


def _served_nights(folder: Path, sha256: str) -> list[Night]:
    """Return what the data of a copy rest on: the newest full set, and the nights since, to that of it.

    When that one was written, all that showed what the copy hides went.
    """
    nights = read_nights(folder)
    if not nights or nights[-1].package["database_sha256"] != sha256:
        return []
    full = [place for place, night in enumerate(nights) if night.is_full]
    # Changes alone, whose full set somebody took away, rest on nothing.
    return nights[full[-1] :] if full else []


def _listed(folder: Path) -> frozenset[str]:
    """Return the names of the files that may be sent: those of the list, the list, and its manifest."""
    lines = (folder / _SUMS).read_text("utf-8").splitlines()
    named = {line.partition("  ")[2] for line in lines} | {_SUMS, SIDE_FILE}
    # Through a link of that name any file of the machine could be sent.
    return frozenset(name for name in named if (folder / name).is_file() and not (folder / name).is_symlink())
