"""Bad input: each a clear message and a row, none stopping the run."""

from __future__ import annotations

import gzip
import json
import os
from typing import TYPE_CHECKING

import pytest

from archive.data_folder import DataDir
from archive.derivation import DeriveOptions, derive
from archive.sandbox.pool import Limits
from archive.warc.files import archive_files
from gongkai.cli.inspecting import verify_data
from tests.crawler.portal_server import NOBODY, write_portal
from tests.e2e.conftest import ignore_progress
from tests.e2e.content import rows
from tests.soak import first_of, series
from tests.warm import run_gongkai

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping
    from pathlib import Path

ARTICLE = "<p>" + "云泽市全年公开政府信息120条，办理申请45件。" * 12 + "</p>"
FILES: Mapping[str, bytes] = {
    "empty.html": b"",
    "binary.html": bytes(range(256)) * 400,
    "nested.html": b"<html><body>" + b"<div>" * 6_000_000,
    "wrong-charset.html": f'<html><head><meta charset="gb2312"></head><body>{ARTICLE}</body></html>'.encode(),
    "hangs.html": f"<html><body>{ARTICLE}<p ".encode()
    + b" ".join(b"a%d=1" % number for number in range(200_000))
    + b">x</p></body></html>",
    "good.html": f'<html><head><meta charset="utf-8"></head><body>{ARTICLE}</body></html>'.encode(),
}


def _gongkai(
    data: DataDir, *arguments: str, file_limit: int | None = None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **(env or {})}
    return run_gongkai("--data", str(data.root), *arguments, env=environment, file_bytes=file_limit)


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> DataDir:
    folder = tmp_path_factory.mktemp("files")
    for name, payload in FILES.items():
        (folder / name).write_bytes(payload)
    data = DataDir(tmp_path_factory.mktemp("imported"))
    done = _gongkai(data, "import", str(folder), "--obtained-by", "张三", "--json")
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["imported"]) == len(FILES)
    derive(data, DeriveOptions(workers=2, limits=Limits(seconds=3)))
    return data


@pytest.mark.parametrize(
    ("name", "state", "reason"),
    [
        ("empty.html", "failed", "empty"),
        ("binary.html", "failed", "binary"),
        ("hangs.html", "failed", "timeout"),
        ("wrong-charset.html", "read", None),
        ("good.html", "read", None),
    ],
)
def test_each_bad_file_is_a_row_that_says_what_is_wrong(
    imported: DataDir, name: str, state: str, reason: str | None
) -> None:
    ((read_state, read_reason),) = rows(
        imported.corpus_db, "SELECT read_state, read_reason FROM documents WHERE url LIKE ?", f"%/{name}"
    )
    assert read_state == state
    assert (read_reason or "").partition(":")[0] == (reason or "")


def test_thirty_megabytes_of_nested_tags_end_in_a_row(imported: DataDir) -> None:
    """What becomes of them depends on how quick the machine is; that they stop nothing does not."""
    ((state, reason),) = rows(
        imported.corpus_db, "SELECT read_state, read_reason FROM documents WHERE url LIKE '%/nested.html'"
    )
    assert (state, (reason or "").partition(":")[0]) in [
        ("read", ""),
        ("failed", "timeout"),
        ("failed", "memory"),
        ("failed", "empty"),
        ("failed", "crash"),
    ]


def test_what_declares_another_charset_than_it_has_is_read_as_it_is(imported: DataDir) -> None:
    texts = rows(
        imported.corpus_db,
        "SELECT v.text, v.encoding FROM versions AS v JOIN documents AS d ON d.id = v.document_id "
        "WHERE d.url LIKE '%/wrong-charset.html'",
    )
    assert [("公开政府信息120条" in text, encoding) for text, encoding in texts] == [(True, "utf-8")]


def test_who_handed_a_file_in_stays_with_it(imported: DataDir) -> None:
    provenance = rows(
        imported.corpus_db, "SELECT DISTINCT json_extract(provenance, '$.obtained_by') FROM captures"
    )
    assert provenance == [("张三",)]


def test_importing_the_same_files_again_writes_nothing(imported: DataDir, tmp_path: Path) -> None:
    (tmp_path / "good.html").write_bytes(FILES["good.html"])
    before = archive_files(imported.warc)
    done = _gongkai(imported, "import", str(tmp_path), "--json")
    assert len(json.loads(done.stdout)["held"]) == 1
    captures = rows(imported.corpus_db, "SELECT count(*) FROM captures")
    derive(imported)
    assert rows(imported.corpus_db, "SELECT count(*) FROM captures") == captures
    assert len(archive_files(imported.warc)) - len(before) <= 1


def test_a_typo_in_a_portal_is_named_with_file_and_line(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    data.make()
    portal = "id: here\nname: 某市\nfamly: static_list\nhome_url: http://www.example.gov.cn/\nenabled: true\n"
    (data.portals / "here.yaml").write_text(portal, "utf-8")
    done = _gongkai(data, "crawl", "here")
    assert done.returncode == 3
    assert "here.yaml:3" in done.stderr
    assert "famly" in done.stderr
    listed = _gongkai(data, "portals", "list")
    assert listed.returncode == 0
    assert "here.yaml:3" in listed.stdout


def test_a_typo_stops_no_other_portal_and_is_a_row_of_the_run(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    data.make()
    (data.portals / "typo.yaml").write_text("id: typo\nnmae: 某市\n", "utf-8")
    write_portal(data, NOBODY, "down")
    done = _gongkai(data, "nightly", "--json")
    assert done.returncode == 7
    troubles = json.loads(done.stdout)["troubles"]
    assert ["typo.yaml:2" in trouble for trouble in troubles] == [True, False]
    ((problems,),) = rows(data.corpus_db, "SELECT problems FROM runs")
    assert ["typo.yaml:2" in problem for problem in json.loads(problems)] == [True]


def test_a_portal_that_is_down_is_recorded_and_ends_the_night_in_order(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    data.make()
    write_portal(data, NOBODY, "down")
    done = _gongkai(data, "nightly", "--json")
    assert done.returncode == 7, done.stderr
    assert json.loads(done.stdout)["crawl_state"] == "finished"
    [alarm] = json.loads(done.stdout)["alarms"]
    assert (alarm["kind"], alarm["portal"]) == ("portal_unreachable", "down")
    assert rows(data.corpus_db, "SELECT DISTINCT outcome FROM captures") == [("refused",)]
    assert rows(data.corpus_db, "SELECT id, health FROM portals") == [("down", "refused")]


def test_odd_files_beside_the_evidence_are_named_every_night_and_stop_none(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    (tmp_path / "good.html").write_bytes(FILES["good.html"])
    assert _gongkai(data, "import", str(tmp_path / "good.html")).returncode == 0
    (sound,) = data.warc.glob("*.warc.gz")
    (data.warc / "a-single-member.warc.gz").write_bytes(gzip.compress(gzip.decompress(sound.read_bytes())))
    (data.warc / "b-folder.warc.gz").mkdir()
    write_portal(data, NOBODY, "down")
    for _ in range(2):
        done = _gongkai(data, "nightly", "--json")
        assert done.returncode == 4, done.stderr
        report = json.loads(done.stdout)
        assert report["crawl_state"] == "finished"
        for name in ("a-single-member.warc.gz", "b-folder.warc.gz"):
            assert any(name in trouble for trouble in report["troubles"])
    assert rows(data.corpus_db, "SELECT count(*) FROM documents") == [(1,)]


@series
@pytest.mark.parametrize("kilobytes", first_of([64, 8, 160]))
def test_a_full_disk_is_said_and_loses_nothing(tmp_path: Path, kilobytes: int) -> None:
    data = DataDir(tmp_path)
    full = _gongkai(data, "demo", "--no-cities", "--nights", "1", "--no-serve", file_limit=kilobytes * 1024)
    assert full.returncode == 1
    assert "Traceback" not in full.stderr
    assert "Make room" in full.stderr
    again = _gongkai(data, "demo", "--no-cities", "--nights", "1", "--no-serve")
    assert again.returncode == 0, again.stderr
    # The last one is what a notice has attached.
    assert rows(data.corpus_db, "SELECT count(*) FROM documents") == [(25,)]
    assert verify_data(data, progress=ignore_progress).findings == ()
