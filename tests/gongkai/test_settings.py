"""Option, environment, file, default."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from archive.clock import BadClock
from archive.data_folder import SettingsMismatch
from gongkai.operator_settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path


def test_the_option_wins_over_the_environment(tmp_path: Path) -> None:
    settings = load_settings(tmp_path / "a", {"GONGKAI_DATA": str(tmp_path / "b")})
    assert settings.data.root == tmp_path / "a"


def test_the_environment_wins_over_the_default(tmp_path: Path) -> None:
    assert load_settings(None, {"GONGKAI_DATA": str(tmp_path)}).data.root == tmp_path


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "gongkai.yaml").write_text("contact: mailto:file@example.org\nworkers: 3\n", "utf-8")
    assert load_settings(tmp_path, {}).contact == "mailto:file@example.org"
    assert load_settings(tmp_path, {}).workers == 3
    assert (
        load_settings(tmp_path, {"GONGKAI_CONTACT": "mailto:env@example.org"}).contact
        == "mailto:env@example.org"
    )


def test_without_a_file_nobody_is_the_contact(tmp_path: Path) -> None:
    assert load_settings(tmp_path, {}).contact is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("contct: x\n", "gongkai.yaml:1: contct: no such field", id="a typo"),
        pytest.param(
            "workers: many\n", "gongkai.yaml:1: workers: must be: a whole number", id="another type"
        ),
        pytest.param(
            "# two\nworkers: 0\n",
            "gongkai.yaml:2: workers: must be: a whole number, 1 or more",
            id="no worker",
        ),
        pytest.param("workers: true\n", "workers: must be: a whole number", id="a truth value"),
        pytest.param("contact: 2026-13-45\n", "gongkai.yaml:1: contact: must be: text", id="no such day"),
        pytest.param("tell_when: !!bool maybe\n", "tell_when: must be: always", id="no truth value"),
        pytest.param("workers: !!timestamp soon\n", "workers: must be: a whole", id="no instant"),
        *(
            pytest.param(f"warc_store: {url}\n", "must be: an address as s3://bucket/gongkai or file", id=url)
            for url in (
                *("memory://store", "memory:///store", "file://store", "local://store"),
                *("file://", "file:///", "file:////", "/mnt/disk", "s3://key:secret@bucket/store"),
            )
        ),
        pytest.param("- a\n", "must be a mapping", id="a list"),
        pytest.param("a: [\n", "gongkai.yaml:2: cannot be read as YAML", id="broken YAML"),
    ],
)
def test_a_bad_file_is_named_with_what_is_wrong(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "gongkai.yaml").write_text(text, "utf-8")
    with pytest.raises(SettingsMismatch, match=r"gongkai\.yaml") as raised:
        load_settings(tmp_path, {})
    assert problem in str(raised.value)


@pytest.mark.parametrize("url", ["s3://bucket/a", "sftp://me@host/a", "file:///mnt/a", "local:///mnt/a"])
def test_evidence_may_go_where_it_lasts(tmp_path: Path, url: str) -> None:
    (tmp_path / "gongkai.yaml").write_text(f"warc_store: {url}\n", "utf-8")
    assert load_settings(tmp_path, {}).warc_store == url


def test_the_clock_starts_at_gongkai_now_and_runs_on(tmp_path: Path) -> None:
    clock = load_settings(tmp_path, {"GONGKAI_NOW": "2026-02-01T03:00:00+08:00"}).clock
    first, second = clock(), clock()
    assert dt.timedelta(0) <= first - dt.datetime(2026, 1, 31, 19, tzinfo=dt.UTC) < dt.timedelta(seconds=5)
    assert second > first


@pytest.mark.parametrize("now", ["tomorrow", "2026-02-01T03:00:00"])
def test_a_clock_without_an_instant_is_refused(tmp_path: Path, now: str) -> None:
    with pytest.raises(BadClock, match="GONGKAI_NOW"):
        load_settings(tmp_path, {"GONGKAI_NOW": now})
