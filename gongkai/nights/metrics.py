"""How nights stand, for `gongkai status` and as figures for Prometheus: the last night, what is published."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

from archive.backup.sending import read_last_backup
from archive.clock import instant
from archive.data_folder import write_durably
from archive.turns import oldest_verified
from gongkai.nights.kept_reports import load_reports
from gongkai.nights.night_record import read_last_night, reading_nights, told_nights

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from prometheus_client import Gauge

    from archive.clock import Clock
    from archive.data_folder import DataDir
    from gongkai.nights.night_report import NightReport

_GROWTH = """
SELECT avg(grown) FROM (
    SELECT sum(s.bytes) AS grown FROM steps AS s JOIN nights AS n ON n.id = s.night_id
    WHERE n.state = 'done' GROUP BY n.id ORDER BY n.number DESC LIMIT 7)
"""

_TIMER = "gongkai.timer"
_SYSTEMD_S = 10


def disk_left(data: DataDir) -> tuple[int, int | None]:
    """Return how many bytes are free, and for how many nights that is at the rate of the last seven.

    None for the nights where none grew, or none is known.
    """
    free = shutil.disk_usage(data.root).free
    if not data.nights_db.exists():
        return free, None
    with reading_nights(data) as db:
        grown = db.value(_GROWTH)
    return free, int(free / grown) if grown and grown > 0 else None


def render_metrics(data: DataDir) -> bytes:
    """Return the figures as Prometheus reads them.

    Raises:
        CorpusUnreadable: `nights.db` is damaged.
    """
    from prometheus_client import CollectorRegistry, Gauge, generate_latest  # noqa: PLC0415  not for each verb

    registry = CollectorRegistry()
    _collect(data, lambda name, means, *labels: Gauge(f"gongkai_{name}", means, labels, registry=registry))
    return generate_latest(registry)


def write_metrics(data: DataDir, path: Path) -> None:
    """Write the figures where the node exporter's textfile collector reads them, whole or not at all.

    Raises:
        GongkaiError: as `render_metrics`.
        OSError: it cannot be written.
    """
    write_durably(path, [render_metrics(data)])


def _collect(data: DataDir, gauge: Callable[..., Gauge]) -> None:
    free, nights = disk_left(data)
    gauge("disk_free_bytes", "Free on the disk of the data directory.").set(free)
    if nights is not None:
        gauge("disk_nights_left", "Nights until it is full, at the rate of the last seven.").set(nights)
    if not data.nights_db.exists():
        return
    with reading_nights(data) as db:
        newest = told_nights(db, 1)
        unsent = db.value("SELECT count(DISTINCT night_id) FROM outbox")
    gauge("reports_unsent", "Nights whose report an address of `tell` has not had.").set(unsent)
    if data.public_db.exists():
        switched = data.public_db.lstat().st_mtime
        gauge("published_timestamp_seconds", "When readers were given the copy that they have.").set(switched)
    reports, unreadable = load_reports(data, newest)
    gauge("report_unreadable", "Whether the report of the last night cannot be read.").set(len(unreadable))
    for report in reports:
        _collect_night(gauge, report)


def _collect_night(gauge: Callable[..., Gauge], report: NightReport) -> None:
    started = dt.datetime.fromisoformat(report.started_at).timestamp()
    gauge("night_started_timestamp_seconds", "When the last night began.").set(started)
    gauge("night_exit_code", "What it ended with; docs/cli.md says what that means.").set(report.exit_code)
    seconds = gauge("night_step_seconds", "How long its steps took.", "step")
    grown = gauge("night_step_bytes", "By which what they write to grew.", "step")
    for step in report.steps:
        seconds.labels(step.name).set(step.seconds)
        grown.labels(step.name).set(step.bytes)
    answers = gauge("night_answers", "What portals answered.", "portal", "outcome")
    for portal, outcomes in report.portals.items():
        for outcome, count in outcomes.items():
            answers.labels(portal, outcome).set(count)
    alarms = gauge("alarms", "What somebody has to look at.", "kind", "portal")
    for alarm in report.alarms:
        alarms.labels(alarm.kind, alarm.portal or "").inc()
    rows = gauge("published_rows", "Rows of the copy that readers have.", "table")
    for table, count in report.rows.items():
        rows.labels(table).set(count)


def read_night_status(data: DataDir, clock: Clock) -> dict[str, Any]:
    """Look at how nights stand.

    Returns:
        Each instant in UTC, None where there is none: the id of the `last_night`, how it ended or `running`
        as its `state`, the `exit_code`, the `error` that failed first, in words, the `last_step` that it had
        begun; `last_published_at`, when readers got what they see; `last_verified_at`, before which no WARC
        file was last found sound; `last_backup_at`; `disk_free_bytes`, and for how many `disk_nights` that is
        at the rate of the last ones, None where nothing grew; `next_run_at`, None where systemd says nothing.

    Raises:
        CorpusUnreadable: `nights.db` is damaged.
    """
    served = [path for path in (data.public_db, data.live_db) if path.exists()]
    published = max((path.lstat().st_mtime for path in served), default=None)
    backup = read_last_backup(data)
    free, left = disk_left(data)
    night_id, state, exit_code, error, last_step = read_last_night(data)
    return {
        "last_night": night_id,
        "state": state,
        "exit_code": exit_code,
        "error": error,
        "last_step": last_step,
        "last_published_at": instant(dt.datetime.fromtimestamp(published, dt.UTC)) if published else None,
        "last_verified_at": oldest_verified(data, clock()),
        "last_backup_at": backup.made_at if backup else None,
        "disk_free_bytes": free,
        "disk_nights": left,
        "next_run_at": _next_run(),
    }


def _next_run() -> str | None:
    """Return when the timer runs next, as systemd says; None where it is not there or says nothing."""
    systemctl = shutil.which("systemctl")
    if systemctl is None:
        return None
    asked = [systemctl, "list-timers", "--output=json", _TIMER]
    try:
        said = subprocess.run(asked, capture_output=True, text=True, timeout=_SYSTEMD_S, check=False)  # noqa: S603  no word of it is a user's
        [timer] = json.loads(said.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return None
    return instant(dt.datetime.fromtimestamp(timer["next"] / 1e6, dt.UTC)) if timer["next"] else None
