"""A machine that runs gongkai by itself: the units, what they may do, and the steps as they are printed."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from gongkai.cli import main
from gongkai.installation import machine
from gongkai.operator_settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path

ANALYZE = shutil.which("systemd-analyze") or ""
HAS_SYSTEMD = pytest.mark.skipif(not ANALYZE, reason="systemd-analyze is not installed")
MOST_EXPOSED = 1.9


def _install(root: Path, *options: str, data: str = "/srv/gongkai") -> str:
    done = CliRunner().invoke(main, ["--data", data, "install", "--root", str(root), *options])
    assert done.exit_code == 0, done.stderr
    return done.stdout


def _printed_steps(text: str) -> list[list[str]]:
    _, _, after = text.partition("Next, as root:\n")
    return [shlex.split(line) for line in after.partition("\n\n")[0].splitlines()]


def _files_below(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): path.read_text("utf-8") for path in root.rglob("*") if path.is_file()
    }


@HAS_SYSTEMD
@pytest.mark.parametrize("data", ["/srv/gongkai", "/home/liu/gongkai"])
def test_every_unit_is_valid_and_hardened(tmp_path: Path, data: str) -> None:
    _install(tmp_path, data=data)
    folder = tmp_path / "etc/systemd/system"
    names = [path.name for path in folder.iterdir()]
    verified = subprocess.run(
        [ANALYZE, "verify", "--man=no", *names],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (verified.returncode, verified.stderr) == (0, "")
    services = [name.replace("@.", "@gongkai.") for name in names if name.endswith(".service")]
    assert len(services) == 3
    for service in services:
        told = subprocess.run(
            [ANALYZE, "security", "--offline=true", "--no-pager", f"--root={tmp_path}", service],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        exposure = re.search(r"Overall exposure level for \S+: ([\d.]+)", told)
        assert exposure is not None
        assert float(exposure[1]) <= MOST_EXPOSED, told


@pytest.mark.parametrize(("python", "sees"), [("/home/liu/.pyenv", "read-only"), ("/usr/bin", "yes")])
def test_a_unit_sees_the_home_in_which_its_python_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, python: str, sees: str
) -> None:
    """systemd ends it with 203/EXEC else."""
    (tmp_path / "python").symlink_to(f"{python}/python3.12")
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    _install(tmp_path / "root")
    unit = (tmp_path / "root/etc/systemd/system/gongkai.service").read_text("utf-8")
    assert f"\nProtectHome={sees}\n" in unit


@HAS_SYSTEMD
@pytest.mark.skipif(os.geteuid() != 0, reason="the folder is given to another user, as root alone can")
def test_the_printed_steps_do_what_they_say(tmp_path: Path) -> None:
    for step in _printed_steps(_install(tmp_path)):
        subprocess.run(step, check=True, capture_output=True)
    wanted = tmp_path / "etc/systemd/system"
    assert (wanted / "timers.target.wants/gongkai.timer").is_symlink()
    assert (wanted / "multi-user.target.wants/gongkai-serve.service").is_symlink()
    assert re.search(r"^gongkai:", (tmp_path / "etc/passwd").read_text("utf-8"), re.MULTILINE)
    assert (tmp_path / "srv/gongkai").stat().st_mode & 0o777 == 0o750


def test_on_the_machine_itself_the_steps_start_it() -> None:
    done = CliRunner().invoke(main, ["--data", "/srv/gongkai", "install", "--dry-run", "--json"])
    told = json.loads(done.stdout)
    assert told["steps"][-2:] == [
        "systemctl enable gongkai.timer gongkai-serve.service",
        "systemctl start gongkai.timer gongkai-serve.service",
    ]
    assert "/etc/systemd/system/gongkai.timer" in told["files"]


def test_a_second_install_changes_nothing_and_keeps_what_was_edited(tmp_path: Path) -> None:
    _install(tmp_path)
    night, timer = (tmp_path / "etc/systemd/system" / name for name in ("gongkai.service", "gongkai.timer"))
    night.write_text(night.read_text("utf-8").replace("Nice=5", "Nice=10"), "utf-8")
    before = _files_below(tmp_path)
    again = _install(tmp_path)
    assert f"kept, for somebody edited it: {night}" in again
    assert again.count("unchanged: ") == len(before) - 1
    assert _files_below(tmp_path) == before
    assert f"brought up: {timer}" in _install(tmp_path, "--at", "01:15")
    assert "OnCalendar=*-*-* 01:15:00 Asia/Shanghai" in timer.read_text("utf-8")
    assert "Nice=10" in night.read_text("utf-8")


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    assert "would be made: " in _install(tmp_path, "--dry-run")
    assert list(tmp_path.iterdir()) == []


def test_a_crontab_where_there_is_no_systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    _install(tmp_path, "--cron")
    assert list(_files_below(tmp_path)) == ["etc/cron.d/gongkai"]
    night, pages = _files_below(tmp_path)["etc/cron.d/gongkai"].splitlines()[-2:]
    assert night.startswith("30 14 * * * gongkai /")
    assert night.endswith("gongkai --data /srv/gongkai nightly")
    assert pages.startswith("@reboot gongkai /")


def test_a_path_that_no_unit_can_hold_is_refused(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["--data", "/srv/a b", "install", "--root", str(tmp_path)])
    assert (done.exit_code, list(tmp_path.iterdir())) == (3, [])
    assert "/srv/a b" in done.stderr


def test_every_prerequisite_is_looked_for_and_said_with_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("platform.freedesktop_os_release", lambda: {"ID": "mint", "ID_LIKE": "debian"})
    code, found = _examine(tmp_path / "nowhere")
    assert code == 1
    assert list(found) == [it.name for it in machine.read_prerequisites()]
    assert (found["data directory"]["found"], (tmp_path / "nowhere").exists()) == (False, False)
    assert found["bsdtar"]["install"] == "libarchive-tools"
    assert found["LibreOffice Writer"]["install"] == "libreoffice-writer-nogui"
    assert found["contact"]["install"].startswith("contact: mailto:")


def test_a_machine_that_lacks_only_what_can_be_done_without_is_well(tmp_path: Path) -> None:
    (tmp_path / "gongkai.yaml").write_text("contact: mailto:archive@example.org\n", "utf-8")
    assert CliRunner().invoke(main, ["--data", str(tmp_path), "portals", "enable", "henan"]).exit_code == 0
    code, found = _examine(tmp_path)
    assert [name for name, it in found.items() if it["needs"]["required"] and not it["found"]] == []
    assert code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gongkai.yaml", "portals"]


def test_slips_in_files_of_the_operator_are_found_like_all_else(tmp_path: Path) -> None:
    (tmp_path / "gongkai.yaml").write_text("contact: mailto:archive@example.org\nworkers: 0\n", "utf-8")
    (tmp_path / "stop_list.yaml").write_text("- hots: x\n", "utf-8")
    code, found = _examine(tmp_path)
    assert (code, found["contact"]["found"]) == (1, True)
    assert "gongkai.yaml:2: workers: must be" in found["configuration"]["detail"]
    assert "stop_list.yaml:1" in found["portals"]["detail"]


@pytest.mark.parametrize(
    ("probe", "asked"),
    [("python", "4.0"), ("sqlite", "4.0"), ("zone", "Asia/Nowhere"), ("disk", "1e9"), ("modules", "no_such")],
)
def test_what_is_too_old_or_too_small_is_not_found(tmp_path: Path, probe: str, asked: str) -> None:
    assert not machine.PROBES[probe](load_settings(tmp_path, {}), asked)[0]


def test_a_clock_behind_what_is_held_is_said(tmp_path: Path) -> None:
    (tmp_path / "warc").mkdir()
    (tmp_path / "warc" / "a.warc.gz").write_bytes(b"")
    settings = load_settings(tmp_path, {"GONGKAI_NOW": "2020-01-01T00:00:00Z"})
    assert machine.PROBES["clock"](settings, "") == (False, "2020-01-01 00:00 UTC")


def test_the_player_is_looked_for_in_the_data_directory(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {})
    [asked] = [it.asks for it in machine.read_prerequisites() if it.name == "pywb"]
    assert machine.PROBES["program"](settings, asked) == (False, "not found")
    player = tmp_path / asked
    player.parent.mkdir(parents=True)
    player.touch(mode=0o755)
    assert machine.PROBES["program"](settings, asked) == (True, str(player))


def _examine(data: Path) -> tuple[int, dict[str, Any]]:
    done = CliRunner().invoke(main, ["--data", str(data), "doctor", "--json"])
    return done.exit_code, {it["needs"]["name"]: it for it in json.loads(done.stdout)["findings"]}
