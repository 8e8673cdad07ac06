"""Three shards of the test portals, joined, are what one machine makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from archive.data_folder import DataDir
from archive.derivation import DeriveOptions, derive
from archive.warc.files import archive_files
from crawler.registry.loading import load_registry
from crawler.run.plan import Shard
from gongkai.cli import main
from pipelines.errors import ExitCode
from tests.archive.histories import ReaderHere
from tests.crawling import crawl
from tests.e2e.content import differing_content
from tests.portals.families import FamilySites, family_hosts
from tests.portals.material import family_portals
from tests.portals.site_server import SiteServer

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.registry.portals import Portal

NIGHT = "2026-04-10T03:00:00+08:00"
PORTALS = ("jpaas-repeats", "jpage-get", "ucap-results")


def harvest(data: DataDir, portals: tuple[Portal, ...], port: int, shard: str | None = None) -> None:
    data.make()
    connect_to = dict.fromkeys(family_hosts(), f"127.0.0.1:{port}")
    summary = crawl(portals, data=data, now=NIGHT, connect_to=connect_to, shard=shard)
    assert (summary.state, summary.errors) == ("finished", ())


@pytest.mark.slow
def test_three_shards_joined_are_what_one_machine_makes(tmp_path: Path) -> None:
    registry = load_registry(tmp_path, family_portals())
    portals = tuple(registry.portals[name] for name in PORTALS)
    one, merged = DataDir(tmp_path / "one"), DataDir(tmp_path / "merged")
    shards = [DataDir(tmp_path / f"shard-{number}") for number in (1, 2, 3)]
    with SiteServer(FamilySites()) as server:
        harvest(one, portals, server.port)
        for number, shard in enumerate(shards, start=1):
            own = Shard(number, len(shards)).of(portals)
            assert own
            harvest(shard, own, server.port, f"{number}/{len(shards)}")
    joining = ["--data", str(merged.root), "merge", *(str(shard.root) for shard in shards)]
    result = CliRunner().invoke(main, joining)
    assert result.exit_code == ExitCode.DONE, result.output
    for data in (one, merged):
        derive(data, DeriveOptions(reader=ReaderHere()))
    assert differing_content(one.corpus_db, merged.corpus_db) == {}
    assert [path.name.rpartition("-")[2] for path in archive_files(merged.warc)] == [
        f"{number}of3.warc.gz" for number in (1, 2, 3)
    ]
