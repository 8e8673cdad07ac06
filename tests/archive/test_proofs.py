"""A proof convinces a stranger by our check and by hand, and nobody when a byte of it is changed."""

from __future__ import annotations

import datetime as dt
import json
import random
import re
import shutil
import socket
import sqlite3
import subprocess
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from archive.data_folder import DataDir
from archive.derivation import DeriveOptions, DeriveReport, derive, rebuild
from archive.manifests.chain import Chain, NightManifest
from archive.manifests.closing import close_night
from archive.manifests.proofs import ProofInvalid, check_proof, read_proofs
from archive.manifests.signatures import Signing, StampInvalid, check_stamp
from archive.publish.copy import publish
from gongkai.cli import main
from pipelines.errors import ExitCode
from tests.archive.evidence import Answer, Evidence, page
from tests.archive.stamping import stamping_server
from tests.archive.test_manifests import make_key
from tests.renditions.formats import DIGITAL
from tests.renditions.model import draw_report
from tests.soak import seeds

if TYPE_CHECKING:
    from pathlib import Path

NOW = dt.datetime(2026, 2, 3, 3, tzinfo=dt.UTC)
URL = "http://www.testville.example/art/{}.html"


def gongkai(data: DataDir, *arguments: str) -> Any:
    return CliRunner().invoke(main, ["--data", str(data.root), *arguments])


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two nights: a report with figures, an article, the same under another address; then one more."""
    root = tmp_path_factory.mktemp("proofs") / "data"
    data = DataDir(root)
    data.make()
    signing = make_key(root / "key.pem")
    evidence = Evidence(data.warc)
    report = DIGITAL["html"].render(draw_report("form_2021", 0))
    article = page("试城市政策", "第一条　为了公开。", "第二条　本办法自公布之日起施行。")
    bodies = {1: report, 2: article, 3: article}
    evidence.night(1, [Answer(URL.format(number), body) for number, body in bodies.items()])
    close_night(data, signing, clock=lambda: NOW)
    evidence.night(2, [Answer(URL.format(4), page("试城市通知", "关于公开的通知。"))])
    derive(data)
    with stamping_server(root) as address:
        (root / "gongkai.yaml").write_text(
            f"signing_key: key.pem\nstamp_url: {address}\nstamp_roots: roots.pem\n"
        )
        assert gongkai(data, "publish").exit_code == 0
    return root


@pytest.fixture
def data(template: Path, tmp_path: Path) -> DataDir:
    return DataDir(shutil.copytree(template, tmp_path / "data", symlinks=True))


def ask(data: DataDir, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(data.public_db)) as db:
        return db.execute(sql).fetchall()


def document(data: DataDir, number: int) -> str:
    [(found,)] = ask(data, f"SELECT id FROM documents WHERE url = '{URL.format(number)}'")  # noqa: S608 ours
    return str(found)


def prove(data: DataDir, wanted: str) -> Path:
    path = data.root / "a.proof.zip"
    answer = gongkai(data, "prove", wanted, "--output", str(path))
    assert answer.exit_code == 0, answer.output
    return path


def test_a_document_is_proved_to_who_has_nothing_but_the_file(
    data: DataDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, roots = prove(data, document(data, 4)), data.root / "roots.pem"
    path.rename(tmp_path / "proof.zip")
    roots.rename(tmp_path / "roots.pem")
    root = Chain(data.manifests).nights()[-1][0].root
    shutil.rmtree(data.root)
    arguments = ["verify-proof", "proof.zip", "--root", root, "--stamp-roots", "roots.pem", "--json"]
    monkeypatch.chdir(tmp_path)
    answer = CliRunner().invoke(main, arguments)
    [record] = json.loads(answer.output)["records"]
    assert (record["url"], record["root"], record["standing"]) == (URL.format(4), root, "signed, stamped")
    assert record["archived_at"].startswith("2026-02-01T19:00:01")
    assert dt.datetime.fromisoformat(record["stamped_at"]).date() == dt.datetime.now(dt.UTC).date()


def test_a_figure_is_proved_by_the_record_it_was_read_in(data: DataDir) -> None:
    [(fact, raw)] = ask(data, "SELECT id, raw FROM facts WHERE state = 'number' ORDER BY ordinal LIMIT 1")
    [proof] = read_proofs(prove(data, fact).read_bytes())
    assert f">{raw}<".encode() in proof.record
    # The night that closed with its file is the first after it: the way is short however long the chain is.
    assert check_proof(proof).root == Chain(data.manifests).nights()[0][0].root


def test_a_revisit_is_proved_with_the_record_whose_payload_it_repeats(data: DataDir) -> None:
    revisit, original = read_proofs(prove(data, document(data, 3)).read_bytes())
    assert b"WARC-Type: revisit" in revisit.record
    assert [check_proof(proof).url for proof in (revisit, original)] == [URL.format(3), URL.format(2)]
    assert "第一条".encode() in original.record


def test_the_printed_commands_tell_a_stranger_the_same(data: DataDir, tmp_path: Path) -> None:
    path = prove(data, document(data, 4))
    shutil.unpack_archive(path, tmp_path / "proof")
    shutil.copy(data.root / "roots.pem", tmp_path / "proof" / "1" / "stamp.pem")
    readme = (tmp_path / "proof" / "README.txt").read_text("utf-8")
    commands = "\n".join(re.findall(r"(?m)^    (?!\w+\.\w+ {3})(.*)$", readme))

    def run() -> str:
        done = subprocess.run(
            ["/usr/bin/env", "bash", "-c", commands],
            cwd=tmp_path / "proof" / "1",
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr

    links = read_proofs(path.read_bytes())[0].links()
    root = links[-1].root
    assert root in readme
    said = run()
    assert said.splitlines()[: len(links) + 2] == ["1"] * (len(links) + 1) + [f"{root}  manifest.json"]
    assert "Signature Verified Successfully" in said
    assert "Verification: OK" in said
    record = tmp_path / "proof" / "1" / "record.warc"
    record.write_bytes(record.read_bytes().replace(b"WARC-Date: 2026", b"WARC-Date: 2025"))
    assert run().splitlines()[0] == "0"


@pytest.mark.series
@pytest.mark.parametrize("seed", seeds(200, part=20))
def test_one_byte_changed_anywhere_in_a_proof_is_found(data: DataDir, seed: int) -> None:
    whole = prove(data, document(data, 3)).read_bytes()
    chance = random.Random(seed)
    for at in chance.sample(range(len(whole)), 60):
        altered = bytearray(whole)
        altered[at] ^= 1 << chance.randrange(8)
        with pytest.raises(ProofInvalid):
            [check_proof(proof) for proof in read_proofs(bytes(altered))]


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x05\x06" + bytes(18), b"{}" * 40])
def test_what_is_no_proof_is_said_with_exit_code_four(data: DataDir, content: bytes) -> None:
    path = data.root / "no.zip"
    path.write_bytes(content)
    answer = gongkai(data, "verify-proof", str(path))
    assert (answer.exit_code, "no proof" in answer.stderr) == (4, True)


def test_a_proof_of_a_chain_made_anew_leads_to_another_root(data: DataDir) -> None:
    """What was proved before convicts the chain, and what is proved now is convicted by an older root."""
    older = prove(data, document(data, 4)).read_bytes()
    [proof] = read_proofs(older)
    data.manifests.unlink()
    close_night(data, Signing(data.root / "key.pem"), clock=lambda: NOW)
    answer = gongkai(data, "verify", "--root", check_proof(proof).root)
    assert (answer.exit_code, "made anew" in answer.output) == (4, True)
    path = prove(data, document(data, 4))
    answer = gongkai(data, "verify-proof", str(path), "--root", check_proof(proof).root)
    assert (answer.exit_code, "another root" in answer.stderr) == (4, True)


@pytest.mark.parametrize("suffix", [".warc.gz", ".records"])
@pytest.mark.parametrize("kept", [0.0, 0.5])
def test_what_is_damaged_is_not_proved(data: DataDir, suffix: str, kept: float) -> None:
    for path in data.warc.glob(f"*{suffix}"):
        content = path.read_bytes()
        path.write_bytes(content[: int(len(content) * kept)])
    answer = gongkai(data, "prove", document(data, 1))
    assert answer.exit_code in {ExitCode.FAILED, ExitCode.DAMAGED}
    assert answer.stderr.startswith("gongkai: ")


@pytest.mark.parametrize("kind", ["url", "passage"])
def test_what_is_suppressed_gets_no_proof(data: DataDir, kind: str) -> None:
    wanted = document(data, 2)
    current = f"SELECT current_version_id FROM documents WHERE id = '{wanted}'"  # noqa: S608 ours
    [(passage,)] = ask(data, f"SELECT min(section_id) FROM occurrences WHERE version_id = ({current})")  # noqa: S608 ours
    target = URL.format(2) if kind == "url" else passage
    (data.root / "suppressions.yaml").write_text(
        f"- {kind}: '{target}'\n  reason: 姓名\n  date: 2026-02-03\n"
    )
    for verb in (
        ("prove", wanted),
        ("export-wacz", "--document", document(data, 1), str(data.root / "a.wacz")),
    ):
        answer = gongkai(data, *verb)
        assert (answer.exit_code, "Run `gongkai publish` first" in answer.stderr) == (1, True)
    publish(data, clock=lambda: NOW)
    answer = gongkai(data, "prove", wanted)
    assert (answer.exit_code, "may be shown" in answer.stderr) == (1, True)


def test_a_stamp_is_of_one_message_by_a_trusted_authority(data: DataDir, tmp_path: Path) -> None:
    link = Chain(data.manifests).nights()[-1][0]
    assert link.stamp
    roots = data.root / "roots.pem"
    assert check_stamp(link.stamp, link.message, roots).tzinfo
    with pytest.raises(StampInvalid, match="Mismatch"):
        check_stamp(link.stamp, link.message + b" ", roots)
    with stamping_server(tmp_path), pytest.raises(StampInvalid):
        check_stamp(link.stamp, link.message, tmp_path / "roots.pem")
    report = json.loads(gongkai(data, "verify", "--json").stdout)
    assert (report["findings"], report["stamped"]) == ([], 1)


ANSWERS = {
    "no HTTP": b"garbage\r\n\r\n",
    "broken off": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    "led to no address": b"HTTP/1.0 301 Moved\r\nLocation: http://[bad/\r\n\r\n",
    "the page of a login": b"HTTP/1.0 200 OK\r\n\r\n<html>Login</html>",
    # RFC 3161, 2.4.2: PKIStatus 2 is a rejection, and no token comes with it.
    "a refusal": b"HTTP/1.0 200 OK\r\n\r\n" + bytes.fromhex("30053003020102"),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_an_authority_that_gives_no_stamp_stops_nothing(
    answer: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    def give() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(1 << 16)
            connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=give, daemon=True).start()
        signing = Signing(stamp_url=f"http://127.0.0.1:{listening.getsockname()[1]}/")
        link = signing.sign(NightManifest(night="2026-01-31", files=(), made_at="2026-01-31T19:00:00Z"))
    assert link.stamp is None
    assert "the night is not stamped" in caplog.text


def test_an_authority_that_is_away_stops_nothing(data: DataDir) -> None:
    before = data.manifests.read_bytes()
    answer = gongkai(data, "publish")
    assert answer.exit_code == 0
    assert "not stamped" in answer.stderr
    assert "(signed)" in answer.stdout
    assert data.manifests.read_bytes().startswith(before)


def test_an_altered_cell_of_the_corpus_is_found_by_deriving_anew(
    data: DataDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The published copy of before it was altered is what the evidence gives."""
    made_in = []

    def rebuild_there(anew: DataDir, options: DeriveOptions) -> DeriveReport:
        made_in.append(anew.root.parent)
        return rebuild(anew, options)

    monkeypatch.setattr("gongkai.cli.inspecting.rebuild", rebuild_there)
    assert "--derived" in json.loads(gongkai(data, "verify", "--json").stdout)["unchecked"][-1]
    with closing(sqlite3.connect(data.corpus_db)) as db, db:
        changed = db.execute(
            "UPDATE stored_facts SET value = '7' WHERE value = (SELECT min(value) FROM facts)"
        )
        assert changed.rowcount
    answer = gongkai(data, "verify", "--derived", "--json")
    assert answer.exit_code == 4
    assert [finding["file"] for finding in json.loads(answer.stdout)["findings"]] == ["corpus.db"]
    assert made_in == [data.root], "where the system keeps its own there may be no room for a corpus"
