"""What leaves the machine once a report is kept: reports to whom it concerns, alerts of readers, figures.

    report ─▶ outbox in nights.db, a row for each address ─▶ sent ─▶ row goes
                                                        └─not sent─▶ row stays, goes with the next

Rows name nights, not texts: what is sent is the kept report as it is by then, so that what was suppressed
meanwhile is not told. A row goes once its address has taken the message; killed in between, it is sent twice.
A report that cannot be read is said, and waits until it is mended or removed; it holds up no other.
Addresses hold passwords and tokens: they are neither kept nor printed, but told by their number.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from typing import TYPE_CHECKING, Any

from archive.backup.target import read_last_backup
from archive.clock import Clock, instant
from archive.corpus.store import CorpusUnreadable
from archive.data_folder import DataDir, read_operator_file, write_durably
from archive.turns import oldest_verified
from gongkai.nights.alarms import alarming, make_alarm
from gongkai.nights.alerts import find_post, send_alerts, send_message
from gongkai.nights.kept_reports import kept_nights, load_reports, with_titles
from gongkai.nights.night_record import Nights, read_last_night, reading_nights, told_nights
from gongkai.nights.night_report import Alarm, NightReport, describe_night, describe_verdict, with_alarms
from pipelines.errors import ExitCode, GongkaiError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from prometheus_client import Gauge

    from archive.database import Database
    from gongkai.operator_settings import Settings


class NotTold(GongkaiError):
    """A message could not be sent to any address."""


def queue_report(db: Database, settings: Settings, report: NightReport) -> None:
    """Note to whom a report goes, before it is kept."""
    if settings.tell_when == "always" or report.exit_code != ExitCode.DONE:
        rows = ((_digest(address), report.id) for address in settings.tell)
        db.insert_rows("outbox", ("address", "night_id"), rows, "OR IGNORE")


def waiting_nights(db: Database, address: str) -> list[str]:
    """Return the nights whose reports an address has not had, oldest first."""
    return db.column("SELECT night_id FROM outbox WHERE address = ? ORDER BY night_id", _digest(address))


def find_unsent(db: Database, settings: Settings) -> Iterator[Alarm]:
    """Say which addresses have not had the reports of nights before."""
    for number, address in enumerate(settings.tell, 1):
        if nights := waiting_nights(db, address):
            detail = f"{len(nights)} wait"
            yield make_alarm("telling_failed", since=nights[0][:10], number=number, detail=detail)


def send_reports(db: Database, settings: Settings) -> Iterator[Alarm]:
    """Send each address what it has not had; yield an alarm for each that does not take it.

    Args:
        db: `nights.db`.
        settings: the addresses, and the data directory, which holds the reports.
    """
    known = [_digest(address) for address in settings.tell]
    places = ", ".join("?" * len(known))
    # For addresses that are no longer named nothing waits.
    db.execute(f"DELETE FROM outbox WHERE address NOT IN ({places})", known)  # noqa: S608  places alone
    for number, address in enumerate(settings.tell, 1):
        nights = waiting_nights(db, address)
        # A night that was killed before it kept its report is told by the next.
        kept = set(nights).intersection(kept_nights(settings.data))
        reports, problems = load_reports(settings.data, kept)
        if problem := _send_newest_first(settings.data, address, reports):
            problems.append(problem)
        else:
            unread = kept.difference(report.id for report in reports)
            rows = [(_digest(address), night) for night in nights if night not in unread]
            db.executemany("DELETE FROM outbox WHERE address = ? AND night_id = ?", rows)
        if problems:
            since = nights[0][:10] if len(nights) > 1 else None
            yield make_alarm("telling_failed", since=since, number=number, detail="; ".join(problems))


def _send_newest_first(data: DataDir, address: str, reports: Sequence[NightReport]) -> str | None:
    shown = [with_titles(report, data) for report in reversed(reports)]
    if not shown:
        return None
    title = describe_verdict(shown[0])
    if others := len(shown) - 1:
        title += f" (and {others} before)"
    body = "\n\n".join("\n".join(describe_night(report)) for report in shown)
    is_bad = any(report.exit_code != ExitCode.DONE for report in shown)
    return send_message(address, title, body, is_bad=is_bad)


def note_invocation(db: Database) -> None:
    """Note that this start of a unit told how it went, so that `OnFailure` need not.

    Source: systemd.exec(5), `$INVOCATION_ID`; `$MONITOR_INVOCATION_ID` is the same for the unit of
    `OnFailure`, from systemd 251 on.
    """
    if started := os.environ.get("INVOCATION_ID"):
        with db.transaction():
            db.execute("DELETE FROM invocation")
            db.insert_row("invocation", {"id": started})


def note_told_failure(db: Database, settings: Settings, report: NightReport) -> None:
    """Note of a night that ends badly that all took a report that says so."""
    if not settings.tell or report.exit_code == ExitCode.DONE:
        return
    kept, _ = load_reports(settings.data, [report.id])
    if any(each.exit_code == report.exit_code for each in kept):
        with contextlib.suppress(sqlite3.Error):  # then `OnFailure` tells of it, too
            note_invocation(db)


def has_told(data: DataDir) -> bool:
    """Whether the start whose failure this one is to tell of told of it itself.

    Not where `nights.db` cannot tell.
    """
    failed = os.environ.get("MONITOR_INVOCATION_ID")
    with contextlib.suppress(CorpusUnreadable), reading_nights(data) as db:
        return failed in db.column("SELECT id FROM invocation")
    return False


def send_to_all(settings: Settings, title: str, body: str) -> None:
    """Send a message to all addresses.

    Raises:
        NotTold: an address did not take it.
    """
    sent = [send_message(address, title, body, is_bad=True) for address in settings.tell]
    problems = [f"address {number} of tell: {problem}" for number, problem in enumerate(sent, 1) if problem]
    if problems:
        raise NotTold("; ".join(problems), where="gongkai.yaml", hint="See docs/nights.md")


def _digest(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()[:16]


def send_night(nights: Nights, settings: Settings, report: NightReport) -> NightReport:
    """Send what was not sent; return the report with what kept it from that.

    Args:
        nights: where it is noted how the night ended.
        settings: to whom, and the data directory.
        report: of the night, as it is kept.
    """
    alarms = [*send_reports(nights.db, settings)]
    with alarming(alarms, "alerts_failed", count="the"):
        if post := find_post(read_operator_file(settings.data.root)):
            alarms += send_alerts(settings.data, post, settings.clock)
    with alarming(alarms, "metrics_failed"):
        if settings.metrics_file:
            # Where the node exporter's textfile collector reads them, whole or not at all.
            write_durably(settings.metrics_file, [render_metrics(settings.data)])
    if not alarms:
        note_told_failure(nights.db, settings, report)
        return report
    # What waited was sent, or is told anew with why not.
    before = (alarm for alarm in report.alarms if alarm.kind != "telling_failed")
    report = with_alarms(report, (*before, *alarms))
    report = report.replace(exit_code=report.exit_code or int(ExitCode.ATTENTION))
    nights.end(report.id, state=report.state, exit_code=report.exit_code, error=report.error)
    return report


# How nights stand, for `gongkai status` and as figures for Prometheus: the last night, what is published.

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
