"""What leaves the machine once a report is kept: reports, alerts of readers, figures. It fails no night."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from archive.data_folder import read_operator_file
from gongkai.nights.alarms import alarming
from gongkai.nights.mail_alerts import find_post, send_alerts
from gongkai.nights.metrics import write_metrics
from gongkai.nights.night_report import with_alarms
from gongkai.nights.telling import note_told_failure, send_reports
from pipelines.errors import ExitCode

if TYPE_CHECKING:
    from gongkai.nights.night_record import Nights
    from gongkai.nights.night_report import NightReport
    from gongkai.operator_settings import Settings


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
            write_metrics(settings.data, settings.metrics_file)
    if not alarms:
        note_told_failure(nights.db, settings, report)
        return report
    report = with_alarms(report, (*report.alarms, *alarms))
    report = replace(report, exit_code=report.exit_code or int(ExitCode.ATTENTION))
    nights.end(report.id, state=report.state, exit_code=report.exit_code, error=report.error)
    return report
