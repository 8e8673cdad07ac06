"""Archives of shards, joined to one: nothing is lost, half done, or believed that was not sealed."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from archive.data_folder import DataDir
from archive.derivation import DeriveOptions, derive
from archive.manifests.chain import Chain
from archive.publish.copy import publish
from archive.warc.damage import write_sound_copy
from archive.warc.files import archive_files, sound_name, writer_name
from archive.warc.writer import WarcWriter
from gongkai.cli import main
from pipelines.errors import ExitCode
from tests.archive.evidence import Answer, Evidence, page
from tests.archive.histories import ReaderHere
from tests.archive.samples import exchange, fixed_clock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def run(data: DataDir, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["--data", str(data.root), *arguments])
    return result.exit_code, result.output


def merge(data: DataDir, shards: Sequence[DataDir]) -> tuple[int, str]:
    return run(data, "merge", *(str(shard.root) for shard in shards))


def names(data: DataDir) -> set[str]:
    return {path.name for path in archive_files(data.warc)}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two shards that crawled in the same second, each with its chain; the first has decided something."""
    root = tmp_path_factory.mktemp("shards")
    for number in (1, 2):
        shard = DataDir(root / f"shard-{number}")
        shard.make()
        with WarcWriter(shard.warc, clock=fixed_clock, shard=f"{number}/2") as writer:
            writer.append(exchange(f"http://www.shard{number}.example/", payload=b"%d" % number))
        assert run(shard, "derive")[0] == ExitCode.DONE
    (root / "shard-1" / "suppressions.yaml").write_text("[]\n", "utf-8")
    return root


@pytest.fixture
def shards(template: Path, tmp_path: Path) -> tuple[DataDir, DataDir]:
    shutil.copytree(template, tmp_path / "shards")
    one, two = (DataDir(tmp_path / "shards" / f"shard-{number}") for number in (1, 2))
    return one, two


@pytest.fixture
def data(tmp_path: Path) -> DataDir:
    return DataDir(tmp_path / "merged")


def test_shards_that_begin_in_one_second_write_under_names_of_their_own(
    shards: tuple[DataDir, DataDir],
) -> None:
    host = writer_name(None)
    assert host.replace("-", "").isalnum()
    assert [names(shard) for shard in shards] == [
        {f"gongkai-20260131190000-00000-{host}-{number}of2.warc.gz"} for number in (1, 2)
    ]


def test_what_is_joined_is_there_byte_for_byte_with_what_stands_beside_it(
    shards: tuple[DataDir, DataDir], data: DataDir
) -> None:
    code, said = merge(data, shards)
    assert code == ExitCode.DONE, said
    assert "2 files joined, 0 held already, 0 refused; 2 chains" in said
    for shard in shards:
        for path in shard.warc.iterdir():
            assert (data.warc / path.name).read_bytes() == path.read_bytes()
    assert (data.root / "suppressions.yaml").read_text("utf-8") == "[]\n"
    assert data.crawl_db.exists()
    assert run(data, "derive")[0] == ExitCode.DONE
    before = data.manifests.read_bytes()
    code, said = merge(data, shards)
    assert (code, data.manifests.read_bytes()) == (ExitCode.DONE, before)
    assert "0 files joined, 2 held already, 0 refused; 0 chains" in said


def test_a_shard_that_went_on_is_joined_again_with_what_is_new(
    shards: tuple[DataDir, DataDir], data: DataDir
) -> None:
    merge(data, shards)
    Evidence(shards[0].warc).night(2, [Answer("http://www.testville.example/a.html", page("甲"))])
    assert run(shards[0], "derive")[0] == ExitCode.DONE
    code, said = merge(data, shards)
    assert code == ExitCode.DONE, said
    assert "1 files joined, 2 held already, 0 refused; 1 chains" in said
    assert names(data) == names(shards[0]) | names(shards[1])


def test_a_sound_copy_in_a_shard_is_read_in_the_place_of_no_file_but_its_own(
    shards: tuple[DataDir, DataDir], data: DataDir
) -> None:
    (ours,), (theirs,) = (archive_files(shard.warc) for shard in shards)
    planted = theirs.with_name(sound_name(ours.name))
    planted.write_bytes(theirs.read_bytes())
    # Whether ours is joined by this merge, or was before.
    for sources in ((shards[1], shards[0]), (shards[1],)):
        code, said = merge(data, sources)
        assert code == ExitCode.FAILED
        assert f"{planted}: it would be read in the place of {data.warc / ours.name}" in said
        assert names(data) == {ours.name, theirs.name}
    planted.unlink()
    theirs.write_bytes(theirs.read_bytes()[:-100])
    own = write_sound_copy(theirs, fixed_clock())
    bare = DataDir(data.root.with_name("bare"))
    assert merge(bare, [shards[1]])[0] == ExitCode.DAMAGED
    assert names(bare) == {own.name}


def test_what_is_made_of_shards_that_were_joined_is_what_one_archive_gives(tmp_path: Path) -> None:
    whole, joined = DataDir(tmp_path / "whole"), DataDir(tmp_path / "joined")
    shards = [DataDir(tmp_path / f"shard-{number}") for number in range(3)]
    archive = Evidence(whole.warc)
    for number in range(3):
        title = f"试城市人民政府{2022 + number}年政府信息公开工作年度报告"
        pages = [
            Answer(f"http://www.testville.example/{at}.html", page(title, f"第{at}号。"))
            for at in range(number, 3)
        ]
        archive.night(number + 1, pages)
    for shard, path in zip(shards, archive_files(whole.warc), strict=True):
        shard.make()
        shutil.copyfile(path, shard.warc / path.name)
    assert merge(joined, shards)[0] == ExitCode.DONE
    copies = set()
    for data in (whole, joined):
        derive(data, DeriveOptions(reader=ReaderHere()))
        copies.add(publish(data, clock=fixed_clock).path.name)
    assert len(copies) == 1, "a copy is named by the digest of its rows"


def test_equal_names_with_other_bytes_are_refused_and_the_rest_is_joined(
    shards: tuple[DataDir, DataDir], data: DataDir
) -> None:
    one, two = (archive_files(shard.warc)[0] for shard in shards)
    shutil.copyfile(one, one.with_name(two.name))
    code, said = merge(data, shards)
    assert code == ExitCode.DAMAGED, "the chain of the second seals what is not here"
    assert f"refused: {two}: {one.with_name(two.name)} has its name, and other bytes" in said
    assert names(data) == {one.name, two.name}


def test_a_file_that_is_not_as_it_was_sealed_is_refused(
    shards: tuple[DataDir, DataDir], data: DataDir
) -> None:
    (altered,) = archive_files(shards[1].warc)
    altered.write_bytes(altered.read_bytes() + b"\0")
    code, said = merge(data, shards)
    assert code == ExitCode.DAMAGED
    assert f"refused: {altered}: its bytes are not those that its archive sealed" in said
    assert names(data) == names(shards[0])
    assert not [path for path in data.warc.iterdir() if "2of2" in path.name]


def test_roots_of_shards_are_found_in_the_archive_that_joined_them(
    shards: tuple[DataDir, DataDir], data: DataDir
) -> None:
    roots = [entry.link.root for shard in shards for entry in Chain(shard.manifests).entries if entry.link]
    merge(data, shards)
    assert len(roots) >= 2
    assert run(data, "verify", *(f"--root={root}" for root in roots))[0] == ExitCode.DONE
    assert run(data, "verify", f"--root={'0' * 64}")[0] == ExitCode.DAMAGED


@pytest.mark.parametrize("how", ["altered", "cut", "removed", "the file that it seals is gone"])
def test_a_joined_chain_that_is_not_as_it_was_is_found(
    shards: tuple[DataDir, DataDir], data: DataDir, how: str
) -> None:
    merge(data, shards)
    chain = sorted(data.chains.iterdir())[0]
    content = chain.read_bytes()
    if how == "altered":
        chain.write_bytes(content.replace(b'"bytes":', b'"bytes":1', 1))
    elif how == "cut":
        chain.write_bytes(content[: content.index(b"\n") + 1][:-1])
    elif how == "removed":
        chain.unlink()
    else:
        archive_files(data.warc)[0].unlink()
    assert run(data, "verify")[0] == ExitCode.DAMAGED


def test_what_cannot_be_read_beside_a_joined_chain_is_named(
    shards: tuple[DataDir, DataDir], data: DataDir
) -> None:
    merge(data, shards)
    (data.warc / "b.warc.gz").mkdir()
    status, said = run(data, "verify")
    assert (status, "b.warc.gz" in said) == (ExitCode.DAMAGED, True)


def test_a_chain_that_was_made_anew_is_not_joined(shards: tuple[DataDir, DataDir], data: DataDir) -> None:
    merge(data, shards)
    (kept,) = (
        path for path in data.chains.iterdir() if path.read_bytes() == shards[0].manifests.read_bytes()
    )
    kept.write_bytes(kept.read_bytes() + b"another line\n")
    with shards[0].manifests.open("ab") as chain:
        chain.write(b"a line\n")
    code, said = merge(data, shards)
    assert code == ExitCode.FAILED
    assert "was made anew" in said


def _open_file(shard: DataDir) -> None:
    (shard.warc / "gongkai-20260131190001-00000-host.warc.gz.open").touch()


def _other_decision(shard: DataDir) -> None:
    (shard.root / "suppressions.yaml").write_text("# other\n[]\n", "utf-8")


def _no_archive(shard: DataDir) -> None:
    shutil.rmtree(shard.warc)


def _larger_than_the_disk(shard: DataDir) -> None:
    path = shard.warc / "gongkai-20260131190002-00000-host.warc.gz"
    path.touch()
    os.truncate(path, 1 << 43)  # a hole: nothing of it is on the disk


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (_open_file, "is being written"),
        (_other_decision, "it says something else than"),
        (_no_archive, "this is no data directory"),
        (_larger_than_the_disk, "are free"),
    ],
)
def test_what_cannot_be_joined_is_refused_before_the_first_byte(
    shards: tuple[DataDir, DataDir], data: DataDir, spoil: object, problem: str
) -> None:
    assert callable(spoil)
    spoil(shards[1])
    code, said = merge(data, shards)
    assert code == ExitCode.FAILED
    assert problem in said
    assert not names(data)
    assert not data.chains.exists()
    assert not (data.root / "suppressions.yaml").exists()


def test_an_archive_is_not_joined_to_itself(shards: tuple[DataDir, DataDir]) -> None:
    code, said = merge(shards[0], shards[:1])
    assert (code, "to itself" in said) == (ExitCode.FAILED, True)


def test_of_two_shards_a_chain_that_parts_in_two_is_not_joined(
    shards: tuple[DataDir, DataDir], data: DataDir, tmp_path: Path
) -> None:
    shutil.copytree(shards[0].root, tmp_path / "copy")
    copy = DataDir(tmp_path / "copy")
    for number, shard in enumerate((shards[0], copy)):
        Evidence(shard.warc).night(2 + number, [Answer("http://www.testville.example/a.html", page("甲"))])
        assert run(shard, "derive")[0] == ExitCode.DONE
    code, said = merge(data, [shards[0], copy])
    assert code != ExitCode.DONE
    assert "was made anew" in said
    assert not data.manifests.exists()


def test_an_older_copy_of_a_shard_is_joined_with_it_as_one_chain(
    shards: tuple[DataDir, DataDir], data: DataDir, tmp_path: Path
) -> None:
    shutil.copytree(shards[0].root, tmp_path / "older")
    Evidence(shards[0].warc).night(2, [Answer("http://www.testville.example/a.html", page("甲"))])
    assert run(shards[0], "derive")[0] == ExitCode.DONE
    code, said = merge(data, [shards[0], DataDir(tmp_path / "older")])
    assert code == ExitCode.DONE, said
    assert "1 chains" in said
    assert len(Chain(data.manifests).joined()) == 1
