"""The command line: exit codes, the data directory before or after the verb, JSON, the lock."""

from __future__ import annotations

import datetime as dt
import json
import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from archive.clock import clock_from
from archive.data_folder import DataDir, hold
from archive.manifests.closing import close_night
from archive.manifests.signatures import Signing
from archive.warc.files import archive_files, sound_name
from archive.warc.record_index import read_record_index
from gongkai.cli import main
from gongkai.nights.kept_reports import keep_report
from gongkai.nights.night_report import NightReport
from tests.archive.samples import fixed_clock

if TYPE_CHECKING:
    from pathlib import Path

PORTAL = "id: {id}\nname: 某市\nfamily: static_list\nhome_url: http://www.example.gov.cn/\nenabled: true\n"


def _run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, list(arguments))
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize("order", ["before", "after"])
def test_the_data_directory_stands_before_or_after_the_verb(tmp_path: Path, order: str) -> None:
    arguments = (
        ["--data", str(tmp_path), "status"] if order == "before" else ["status", "--data", str(tmp_path)]
    )
    code, out, _ = _run(*arguments, "--json")
    assert code == 0
    assert json.loads(out)["warc_files"] == 0
    assert list(tmp_path.iterdir()) == []


def test_after_the_verb_wins(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "gongkai.yaml").write_text("nonsense: 1\n", "utf-8")
    code, _, err = _run("--data", str(tmp_path / "a"), "status", "--data", str(tmp_path / "b"))
    assert (code, "gongkai.yaml:1: nonsense: no such field" in err) == (3, True)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        pytest.param(["crwl"], 2, "No such command", id="no such verb"),
        pytest.param(["import"], 2, "Missing argument", id="no argument"),
        pytest.param(["crawl"], 3, "no portal is enabled", id="nothing to crawl"),
        pytest.param(["crawl", "nowhere"], 3, "no portal has this name", id="no such portal"),
        pytest.param(["crawl", "mva", "--shard", "3/2"], 3, "Write I/N", id="no such shard"),
        pytest.param(["import", "missing.pdf"], 1, "there is no such file", id="no such file"),
        pytest.param(["publish"], 1, "derive", id="nothing to publish"),
        pytest.param(["snapshot"], 1, "publish", id="nothing to take a snapshot of"),
        pytest.param(["demo", "--documents", "missing", "--no-serve"], 1, "missing", id="no such folder"),
    ],
)
def test_an_error_says_what_to_do_and_ends_with_its_code(
    tmp_path: Path, arguments: list[str], code: int, says: str
) -> None:
    got, out, err = _run("--data", str(tmp_path), *arguments)
    assert got == code, err
    assert says in err
    assert out == ""


def test_a_public_portal_without_a_contact_is_not_crawled(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    data.make()
    lists = "lists:\n  - {url: 'http://www.example.gov.cn/nb/index.html'}\n"
    (data.portals / "here.yaml").write_text(PORTAL.format(id="here") + lists, "utf-8")
    code, _, err = _run("--data", str(tmp_path), "crawl", "here")
    assert code == 3
    assert "contact" in err.lower()
    assert list(data.warc.iterdir()) == []


def test_a_held_lock_says_who_holds_it(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    data.make()
    with hold(data.lock, verb="crawl", clock=clock_from("2026-02-01T03:00:00+08:00")):
        code, _, err = _run("--data", str(tmp_path), "derive")
    assert code == 6
    assert "crawl" in err


def test_damaged_evidence_ends_with_four(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    data.make()
    (tmp_path / "a.txt").write_text("政府信息公开工作年度报告" * 40, "utf-8")
    assert _run("--data", str(tmp_path), "import", str(tmp_path / "a.txt"))[0] == 0
    (warc,) = data.warc.glob("*.warc.gz")
    assert _run("--data", str(tmp_path), "verify")[0] == 0
    warc.write_bytes(warc.read_bytes()[:-7])
    code, out, _ = _run("--data", str(tmp_path), "verify")
    assert code == 4
    assert warc.name in out


def test_verify_misses_the_night_whose_report_is_kept(tmp_path: Path) -> None:
    """A night was taken away with its files and its manifest; the report that told its root is left."""
    data = DataDir(tmp_path)
    data.make()
    close_night(data, Signing(), clock=fixed_clock)
    link = close_night(data, Signing(), clock=fixed_clock)
    night = dt.date(2026, 2, 1)
    report = NightReport(id="2026-02-01", night=night, started_at="2026-01-31T19:00:00Z", root=link.root)
    keep_report(data, report, ())
    assert _run("--data", str(tmp_path), "verify")[0] == 0
    kept, _ = data.manifests.read_bytes().splitlines(keepends=True)
    data.manifests.write_bytes(kept)
    code, out, _ = _run("--data", str(tmp_path), "verify")
    assert (code, f"it does not hold the root {link.root}" in out) == (4, True)


def test_derive_says_what_is_damaged_derives_the_rest_and_ends_with_four(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    data.make()
    for name in ("a", "b"):
        (tmp_path / f"{name}.txt").write_text(f"{name}市政府信息公开工作年度报告" * 40, "utf-8")
        assert _run("--data", str(tmp_path), "import", str(tmp_path / f"{name}.txt"))[0] == 0
    first, _ = sorted(data.warc.glob("*.warc.gz"))
    first.write_bytes(first.read_bytes()[: first.stat().st_size // 2])
    for verb in ("derive", "rebuild"):
        code, out, _ = _run("--data", str(tmp_path), verb, "--json")
        assert code == 4
        assert [first.name in line for line in json.loads(out)["damage"]] == [True]
        assert json.loads(out)["rebuilt"] == (verb == "rebuild")
    assert json.loads(_run("--data", str(tmp_path), "status", "--json")[1])["rows"]["documents"] == 1


def test_damage_is_repaired_beside_it_and_a_damaged_copy_replaced(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    data.make()
    for name in "abc":
        (tmp_path / f"{name}.txt").write_text(f"{name}市政府信息公开工作年度报告" * 40, "utf-8")
    assert _run("--data", str(tmp_path), "import", *(str(tmp_path / f"{name}.txt") for name in "abc"))[0] == 0
    for verb in ("derive", "publish"):
        assert _run("--data", str(tmp_path), verb)[0] == 0
    (warc,) = archive_files(data.warc)
    hit = [entry for entry in read_record_index(warc) if entry.record_type == "resource"][1]
    whole = warc.read_bytes()
    damaged = bytearray(whole)
    damaged[hit.offset + hit.length // 2] ^= 1
    warc.write_bytes(damaged)
    assert _run("--data", str(tmp_path), "rebuild")[0] == 4
    assert "documents fell from 3 to 2" in _run("--data", str(tmp_path), "publish")[2]
    code, out, _ = _run("--data", str(tmp_path), "verify", "--repair")
    assert (code, f"byte {hit.offset}" in out, sound_name(warc.name) in out) == (4, True, True)
    assert warc.read_bytes() == bytes(damaged)
    assert _run("--data", str(tmp_path), "rebuild")[0] == 0
    assert _run("--data", str(tmp_path), "publish", "--force")[0] == 0
    copy = data.public_db.resolve()
    sound = copy.read_bytes()
    copy.chmod(0o644)
    copy.write_bytes(b"no database" * 100)
    assert _run("--data", str(tmp_path), "publish")[0] == 1
    assert _run("--data", str(tmp_path), "publish", "--force")[0] == 0
    assert data.public_db.resolve() == copy
    assert copy.read_bytes() == sound
    # Brought back, and damaged a second time: the first name stands for what was sealed under it.
    warc.write_bytes(whole)
    for each in data.warc.glob("*.sound*"):
        each.unlink()
    assert _run("--data", str(tmp_path), "rebuild")[0] == 0
    warc.write_bytes(whole[: hit.offset + 5])
    assert (
        sound_name(warc.name, [sound_name(warc.name)])
        in _run("--data", str(tmp_path), "verify", "--repair")[1]
    )
    assert _run("--data", str(tmp_path), "derive")[0] == 0
    assert {
        each["file"] for each in json.loads(_run("--data", str(tmp_path), "verify", "--json")[1])["findings"]
    } == {warc.name}


def test_portals_are_listed_and_enabled(tmp_path: Path) -> None:
    _, out, _ = _run("--data", str(tmp_path), "portals", "list", "--json")
    shipped = json.loads(out)["portals"]
    assert shipped
    assert not any(portal["enabled"] for portal in shipped)
    name = shipped[0]["id"]
    assert _run("--data", str(tmp_path), "portals", "enable", name)[0] == 0
    _, out, _ = _run("--data", str(tmp_path), "portals", "list", "--json")
    assert [portal["id"] for portal in json.loads(out)["portals"] if portal["enabled"]] == [name]


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    data.public.mkdir(parents=True)
    data.public_db.touch()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        code, _, err = _run("--data", str(tmp_path), "serve", "--port", str(listener.getsockname()[1]))
    assert code == 1
    assert "--port" in err


def test_shards_part_the_portals_between_them(tmp_path: Path) -> None:
    said = {
        code: err
        for code, _, err in (
            _run("--data", str(tmp_path), "crawl", "mva", "--shard", f"{part}/2") for part in (1, 2)
        )
    }
    assert "contact" in said[3].lower(), "the shard that has the portal asks for a contact first"
    assert "No portal falls into shard" in said[0]


def test_help_imports_no_verb() -> None:
    program = "import sys; from gongkai.cli import main; main(['--help'], standalone_mode=False); "
    program += "print({'scrapy', 'lxml', 'yaml', 'rich', 'sqlite3'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "set()"


def test_who_reads_no_further_is_told_nothing(tmp_path: Path) -> None:
    there, here = os.pipe()
    os.close(there)
    command = [sys.executable, "-m", "gongkai", "--data", str(tmp_path), "status"]
    with os.fdopen(here, "wb") as nobody_reads:
        done = subprocess.run(command, stdout=nobody_reads, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
