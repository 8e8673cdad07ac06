"""To whom a night is told, by mail and by webhook, at servers of ours: nothing is lost, no secret printed."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from archive.data_folder import DataDir, SettingsMismatch, hold
from gongkai.nights.alarms import make_alarm
from gongkai.nights.kept_reports import keep_report
from gongkai.nights.night_record import Nights, open_nights, read_last_night
from gongkai.nights.night_report import NamedDocument, NightReport, StepLine, with_alarms
from gongkai.nights.telling import (
    NotTold,
    disk_left,
    find_unsent,
    has_told,
    queue_report,
    read_night_status,
    render_metrics,
    send_night,
    send_reports,
    send_to_all,
    waiting_nights,
)
from gongkai.operator_settings import load_settings
from tests.gongkai.mailbox import mail_server
from tests.warm import run_gongkai

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from gongkai.operator_settings import Settings

NOW = dt.datetime(2026, 2, 4, 3, tzinfo=dt.UTC)
TOKEN = "s3cret-t0ken"  # noqa: S105  of a server of ours
QUIET = NightReport(
    id="2026-02-04", night=dt.date(2026, 2, 4), started_at="2026-02-03T19:00:00Z", published="a.db",
    rows={"documents": 3, "sections": 9, "facts": 0, "check_failures": 0},
)  # fmt: skip
TROUBLED = replace(
    with_alarms(
        QUIET, [make_alarm("portal_unreachable", portal="henan", since="2026-02-01", detail="refused")]
    ),
    exit_code=7,
)


class Webhook(HTTPServer):
    """Takes what is posted to it, or refuses it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Hook)
        self.taken: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.status = 200

    @property
    def address(self) -> str:
        return f"json://127.0.0.1:{self.server_port}/{TOKEN}"


class _Hook(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.paths.append(self.path)
        if self.server.status == 200:
            self.server.taken.append(json.loads(body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    with Webhook() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def _configure(folder: Path, *addresses: str, **keys: str) -> Settings:
    data = DataDir(folder)
    data.make()
    (folder / "gongkai.yaml").write_text(json.dumps({"tell": [*addresses], **keys}), "utf-8")
    return load_settings(folder, {"GONGKAI_NOW": NOW.isoformat()})


@contextlib.contextmanager
def _nights(settings: Settings) -> Iterator[Nights]:
    with open_nights(settings.data, settings.clock) as nights:
        yield nights


def _tell(settings: Settings, report: NightReport) -> list[str]:
    with _nights(settings) as nights:
        queue_report(nights.db, settings, report)
        keep_report(settings.data, report, ())
        return [alarm.describe() for alarm in send_reports(nights.db, settings)]


def test_a_mail_and_a_webhook_arrive(tmp_path: Path, webhook: Webhook) -> None:
    with mail_server() as (mailbox, address):
        assert (
            _tell(_configure(tmp_path, f"{address}&to=operator@example.org", webhook.address), TROUBLED) == []
        )
    [(receivers, mail)] = mailbox.mails
    [posted] = webhook.taken
    assert receivers == ["operator@example.org"]
    title = "gongkai, night of 2026-02-04: 1 thing to look at"
    assert (mail["Subject"], posted["title"], posted["type"]) == (title, title, "warning")
    body = mail.get_body(("plain",))
    assert body is not None
    for text in (body.get_content(), posted["message"]):
        line = next(line for line in text.splitlines() if "LOOK AT" in line)
        cause = "LOOK AT    henan: its server cannot be reached (refused) (since 2026-02-01). Most are back"
        assert line.strip().startswith(cause)


@pytest.mark.parametrize(("tell_when", "titles"), [("always", ["done"]), ("attention", [])])
def test_success_is_silent_if_wanted(
    tmp_path: Path, webhook: Webhook, tell_when: str, titles: list[str]
) -> None:
    settings = _configure(tmp_path, webhook.address, tell_when=tell_when)
    assert _tell(settings, QUIET) == []
    assert [each["title"].rpartition(": ")[2] for each in webhook.taken] == titles
    assert _tell(settings, replace(TROUBLED, id="2026-02-05")) == []
    assert len(webhook.taken) == len(titles) + 1


def test_what_could_not_be_sent_goes_with_the_next_to_those_who_lack_it(
    tmp_path: Path, webhook: Webhook
) -> None:
    webhook.status = 500
    with mail_server() as (mailbox, address):
        settings = _configure(tmp_path, f"{address}&to=operator@example.org", webhook.address)
        [told] = _tell(settings, TROUBLED)
        assert told.startswith("reports could not be sent to the address 2 of `tell` (")
        assert TOKEN not in told
        with _nights(settings) as nights:
            assert waiting_nights(nights.db, address) == []
            [alarm] = find_unsent(nights.db, settings)
        assert (alarm.since, "1 wait" in alarm.cause) == ("2026-02-04", True)
        webhook.status = 200
        assert _tell(settings, replace(QUIET, id="2026-02-05")) == []
    [posted] = webhook.taken
    assert posted["title"] == "gongkai, night of 2026-02-05: done (and 1 before)"
    assert posted["message"].index("night of 2026-02-05") < posted["message"].index("henan: its server")
    assert len(mailbox.mails) == 2
    with _nights(settings) as nights:
        assert list(find_unsent(nights.db, settings)) == []


def test_an_address_that_takes_nothing_for_two_nights_is_one_alarm(tmp_path: Path, webhook: Webhook) -> None:
    webhook.status = 500
    settings = _configure(tmp_path, webhook.address)
    assert len(_tell(settings, TROUBLED)) == 1
    with _nights(settings) as nights:
        report = with_alarms(replace(QUIET, id="2026-02-05"), find_unsent(nights.db, settings))
        queue_report(nights.db, settings, report)
        keep_report(settings.data, report, ())
        [alarm] = send_night(nights, settings, report).alarms
    assert (alarm.since, "wait" in alarm.cause) == ("2026-02-04", False)


def test_what_was_suppressed_meanwhile_is_not_told(tmp_path: Path, webhook: Webhook) -> None:
    webhook.status = 503
    settings = _configure(tmp_path, webhook.address)
    named = (NamedDocument("d", "http://here.test/t1.html", "张三的低保申请"),)
    assert len(_tell(settings, replace(TROUBLED, withdrawn=named))) == 1
    target = "- {url: http://here.test/t1.html, reason: personal, date: 2026-02-04}\n"
    (tmp_path / "suppressions.yaml").write_text(target, "utf-8")
    webhook.status = 200
    assert _tell(settings, replace(QUIET, id="2026-02-05")) == []
    assert "withdrawn" in webhook.taken[0]["message"]
    assert "张三" not in json.dumps(webhook.taken, ensure_ascii=False)


def test_a_report_that_is_damaged_holds_up_no_other_and_is_said_until_it_is_mended(
    tmp_path: Path, webhook: Webhook
) -> None:
    webhook.status = 503
    settings = _configure(tmp_path, webhook.address)
    with _nights(settings) as nights:
        nights.begin(NOW)
    assert len(_tell(settings, TROUBLED)) == 1
    path = settings.data.reports / TROUBLED.id / "report.json"
    path.write_bytes(b"{")
    webhook.status = 200
    [told] = _tell(settings, replace(QUIET, id="2026-02-05"))
    assert "the kept report 2026-02-04 was left out: " in told
    assert "2026-02-04/report.json: this is no report" in told
    assert webhook.taken[-1]["title"] == "gongkai, night of 2026-02-05: done"
    path.write_bytes(TROUBLED.to_json())
    assert _tell(settings, replace(QUIET, id="2026-02-06")) == []
    assert webhook.taken[-1]["title"] == "gongkai, night of 2026-02-06: done (and 1 before)"
    assert _tell(settings, replace(QUIET, id="2026-02-07")) == []
    assert len(webhook.taken) == 3


def test_an_address_that_nobody_understands_is_an_alarm_and_stays_secret(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    settings = _configure(tmp_path, f"nonsense://{TOKEN}", f"json://127.0.0.1:9/{TOKEN}")
    first, second = _tell(settings, QUIET)
    assert "the address 1 of `tell` (no service of apprise has such an address)" in first
    assert "the address 2 of `tell` (A Connection error occurred sending JSON notification" in second
    with pytest.raises(NotTold) as raised:
        send_to_all(settings, "gongkai.service ended", "…")
    assert TOKEN not in f"{first}{second}{raised.value}{caplog.text}{''.join(capfd.readouterr())}"


def _run_tell(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return run_gongkai("--data", str(folder), "tell", *options, env=os.environ)


def test_gongkai_tell_sends_the_last_report_where_success_is_silent(tmp_path: Path, webhook: Webhook) -> None:
    settings = _configure(tmp_path, webhook.address, tell_when="attention")
    with _nights(settings) as nights:
        night = nights.begin(NOW)
        nights.end(night, state="done", exit_code=0, error=None)
        nights.note_told([night], ())
    _tell(settings, replace(QUIET, id=night))
    assert webhook.taken == []
    assert _run_tell(tmp_path).returncode == 0
    assert [each["title"] for each in webhook.taken] == [f"gongkai, night of {night}: done"]


def test_gongkai_tell_sends_the_last_report_again_or_that_a_unit_failed(
    tmp_path: Path, webhook: Webhook
) -> None:
    settings = _configure(tmp_path, webhook.address)
    _tell(settings, TROUBLED)
    assert _run_tell(tmp_path).returncode == 0
    assert [each["title"] for each in webhook.taken] == [
        "gongkai, night of 2026-02-04: 1 thing to look at"
    ] * 2
    assert _run_tell(tmp_path, "--failed", "gongkai.service").returncode == 0
    assert webhook.taken[-1]["title"] == "gongkai: gongkai.service failed"
    assert "night 2026-02-04, done; its report was kept" in webhook.taken[-1]["message"]
    with _nights(settings) as nights:
        nights.begin(NOW + dt.timedelta(days=1))
    # Its row still says that it runs, as that of a night that was killed does.
    assert _run_tell(tmp_path, "--failed", "gongkai.service").returncode == 0
    assert "killed during its beginning; it left no report" in webhook.taken[-1]["message"]
    with hold(settings.data.lock, verb="nightly", clock=lambda: NOW):
        assert read_last_night(settings.data)[1] == "running"
        assert _run_tell(tmp_path, "--failed", "gongkai-serve.service").returncode == 0
    assert ", running; it left no report" in webhook.taken[-1]["message"]
    webhook.status = 500
    refused = _run_tell(tmp_path)
    assert (refused.returncode, TOKEN in refused.stderr) == (1, False)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("tell: 3\n", "gongkai.yaml:1: tell: must be: text or a list"),
        ("contact: a@b.cn\ntell_when: never\n", "gongkai.yaml:2: tell_when: must be: always or attention"),
        ("tell: notaurl\n", "gongkai.yaml:1: tell: must be: text or a list of text, each an address"),
        ("tell_when: always\ntell: [3]\n", "gongkai.yaml:2: tell: must be: text or a list"),
    ],
)
def test_a_slip_in_what_is_configured_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "gongkai.yaml").write_text(text, "utf-8")
    with pytest.raises(SettingsMismatch) as refused:
        load_settings(tmp_path, {})
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("stop_list.yaml", "- hots: x\n"),
        ("gongkai.yaml", "contcat: me\ntell:\n- {address}\n"),
        ("gongkai.yaml", "tell: {address}\nworkers: 0\ncontact: [never closed\n"),
        ("gongkai.yaml", "tell: {address}\nsite: 2026-13-45\nmail: " + "[" * 1000),
    ],
)
def test_a_night_that_a_slip_keeps_from_beginning_is_told_at_once(
    tmp_path: Path, webhook: Webhook, file: str, text: str
) -> None:
    _configure(tmp_path, webhook.address)
    (tmp_path / file).write_text(text.format(address=webhook.address), "utf-8")
    started = os.environ | {"INVOCATION_ID": "4a"}
    assert run_gongkai("--data", str(tmp_path), "nightly", env=started).returncode == 3
    [told] = webhook.taken
    assert told["title"] == "gongkai: a night could not begin"
    assert f"{file}:" in told["message"]
    # What the unit of `OnFailure` does: not a second time, but of any other start that failed.
    for invocation, messages in (("4a", 1), ("4b", 2), ("", 3)):
        failed = os.environ | {"MONITOR_INVOCATION_ID": invocation}
        done = run_gongkai("--data", str(tmp_path), "tell", "--failed", "gongkai.service", env=failed)
        assert (done.returncode, len(webhook.taken)) == (0, messages)


@pytest.mark.parametrize(("status", "is_told"), [(200, True), (500, False)])
def test_a_night_that_no_address_took_is_told_by_the_unit_of_its_failure(
    tmp_path: Path, webhook: Webhook, monkeypatch: pytest.MonkeyPatch, status: int, is_told: bool
) -> None:
    settings = _configure(tmp_path, webhook.address)
    webhook.status = status
    for name in ("INVOCATION_ID", "MONITOR_INVOCATION_ID"):
        monkeypatch.setenv(name, "4a")
    assert run_gongkai("--data", str(tmp_path), "nightly", env=os.environ).returncode == 3, "no portal"
    assert has_told(settings.data) is is_told


# Figures for Prometheus.


def test_the_figures_of_the_last_night_stand_in_a_file(tmp_path: Path) -> None:
    settings = _configure(tmp_path)
    steps = (StepLine("crawl", "done", 12.5, 4096), StepLine("publish", "done", 1.0, 0))
    report = replace(TROUBLED, steps=steps, portals={"henan": {"refused": 2}})
    with _nights(settings) as nights:
        night = nights.begin(NOW)
        with nights.step(night, "crawl", [tmp_path / "grown"]):
            (tmp_path / "grown").write_bytes(bytes(4096))
        nights.end(night, state="done", exit_code=7, error=None)
        keep_report(settings.data, report, ())
        nights.note_told([night], ())
    free, left = disk_left(settings.data)
    assert left is not None
    assert abs(left - free // 4096) <= free // 4096 // 100
    with _nights(settings) as nights:
        send_night(nights, replace(settings, metrics_file=tmp_path / "gongkai.prom"), report)
    figures = dict(
        line.rsplit(" ", 1)
        for line in (tmp_path / "gongkai.prom").read_text("utf-8").splitlines()
        if line[0] != "#"
    )
    assert figures["gongkai_night_exit_code"] == "7.0"
    assert figures['gongkai_night_step_seconds{step="crawl"}'] == "12.5"
    assert figures['gongkai_night_answers{outcome="refused",portal="henan"}'] == "2.0"
    assert figures['gongkai_alarms{kind="portal_unreachable",portal="henan"}'] == "1.0"
    assert figures['gongkai_published_rows{table="documents"}'] == "3.0"
    assert float(figures["gongkai_disk_free_bytes"]) > 0
    assert "gongkai_disk_nights_left" in figures


def test_a_report_that_is_damaged_leaves_the_other_figures(tmp_path: Path) -> None:
    settings = _configure(tmp_path)
    with _nights(settings) as nights:
        night = nights.begin(NOW)
        keep_report(settings.data, replace(QUIET, id=night), ())
        nights.note_told([night], ())
    (settings.data.reports / night / "report.json").write_bytes(b"{")
    figures = render_metrics(settings.data).decode()
    assert "gongkai_report_unreadable 1.0" in figures
    assert "gongkai_disk_free_bytes" in figures
    assert "gongkai_night_exit_code" not in figures


def test_before_the_first_night_there_are_figures_of_the_disk_alone(tmp_path: Path) -> None:
    text = render_metrics(DataDir(tmp_path)).decode()
    assert [line.split()[0] for line in text.splitlines() if line[0] != "#"] == ["gongkai_disk_free_bytes"]


@pytest.mark.parametrize(
    ("said", "instant"),
    [
        # As systemd 252 printed it, which tells `show` no integers whatever it is asked.
        (
            '[{"next":1795537260000000,"left":1795537260000000,"unit":"gongkai.timer"}]',
            "2026-11-24T16:21:00.000000Z",
        ),
        ("[]", None),
        ("", None),
    ],
)
def test_when_the_timer_runs_next_is_what_systemd_lists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, instant: str | None
) -> None:
    systemctl = tmp_path / "systemctl"
    listing = f"[ \"$*\" = 'list-timers --output=json gongkai.timer' ] && echo '{said}'"
    systemctl.write_text(f"#!/bin/sh\n{listing} || echo Tue 2026-11-24 16:21:00 UTC\n", "utf-8")
    systemctl.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    status = read_night_status(DataDir(tmp_path), lambda: dt.datetime(2026, 2, 1, tzinfo=dt.UTC))
    assert status["next_run_at"] == instant


def test_a_systemd_that_does_not_answer_keeps_no_status_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    systemctl = tmp_path / "systemctl"
    systemctl.write_text("#!/bin/sh\nexec sleep 60\n", "utf-8")
    systemctl.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr("gongkai.nights.telling._SYSTEMD_S", 0.2)
    status = read_night_status(DataDir(tmp_path), lambda: dt.datetime(2026, 2, 1, tzinfo=dt.UTC))
    assert status["next_run_at"] is None
