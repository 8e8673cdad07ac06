"""An altered copy is not served as sound, and what was checked is said."""

from __future__ import annotations

import hashlib
import re
import shutil
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from lxml import etree

from archive.corpus.store import Dependent
from archive.data_folder import DataDir
from archive.manifests.chain import Chain
from archive.manifests.closing import close_night
from archive.manifests.signatures import Signing
from archive.snapshot.write import write_snapshot
from archive.turns import note_verified
from gongkai.serving import datasette_app
from tests.archive.samples import MOMENT, fixed_clock
from tests.archive.test_manifests import check, flip, found, make_key
from tests.web.conftest import Site, publish_sample

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def close(data: DataDir, signing: Signing | None = None) -> str:
    snapshot = write_snapshot(data, night=MOMENT.date())
    published = data.public_db.resolve()
    link = close_night(
        data, signing or Signing(), clock=fixed_clock, published=published, snapshot=snapshot.folder
    )
    return link.root


@pytest.fixture(scope="module")
def closed(data: DataDir, tmp_path_factory: pytest.TempPathFactory) -> DataDir:
    """The sample corpus, published and named by a manifest, to be copied."""
    root = tmp_path_factory.mktemp("closed") / "data"
    copied = DataDir(shutil.copytree(data.root, root, symlinks=True))
    close(copied)
    return copied


@pytest.fixture
def closed_data(tmp_path: Path, closed: DataDir) -> DataDir:
    """A copy of it."""
    return DataDir(shutil.copytree(closed.root, tmp_path / "closed", symlinks=True))


def settled(site: Site) -> tuple[int, str]:
    """Return what `/-/health` says once the copy is not being checked any more."""
    while True:
        answer = site.get("/-/health")
        if answer.json()["integrity"] != "checking":
            return answer.status_code, answer.json()["integrity"]
        time.sleep(0.01)


def test_a_copy_is_checked_as_soon_as_a_manifest_names_it(swapped_data: DataDir) -> None:
    site = Site(swapped_data, datasette_app(swapped_data))
    assert settled(site) == (200, "not checked")
    before = site.get("/")
    root = close(swapped_data)
    assert settled(site) == (200, "checked")
    assert site.get("/-/health").json()["root"] == root
    assert root not in before.text
    # The pages that were kept before are made anew, so that every one tells the root.
    assert root in site.get("/").text
    publish_sample(swapped_data, "第二夜的一段")
    assert settled(site) == (200, "not checked")
    close(swapped_data)
    assert settled(site) == (200, "checked")


def test_documents_on_damaged_evidence_are_said_to_be_so_until_it_is_mended(swapped_data: DataDir) -> None:
    site = Site(swapped_data, datasette_app(swapped_data))
    with closing(sqlite3.connect(swapped_data.public_db)) as db:
        struck, sound = (one for (one,) in db.execute("SELECT id FROM documents ORDER BY id LIMIT 2"))

    def told() -> tuple[list[str], list[str]]:
        pages = {one: site.get(f"/gongkai/documents/{one}").text for one in (struck, sound)}
        named = [one for one, text in pages.items() if "存档记录已损坏或缺失" in text]
        return site.get("/-/health").json()["on_damaged_evidence"], named

    assert told() == ([], [])
    note_verified(swapped_data, ["a"], (), [Dependent("a", struck, "http://a.example/")], clock=fixed_clock)
    assert told() == ([struck], [struck])
    note_verified(swapped_data, ["b"], (), [Dependent("b", sound, "http://a.example/")], clock=fixed_clock)
    assert told() == (sorted([struck, sound]), [struck, sound])
    note_verified(swapped_data, ["a", "b"], clock=fixed_clock)
    assert told() == ([], [])


def alter_cell(data: DataDir) -> None:
    path = data.public_db.resolve()
    path.chmod(0o644)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE stored_versions SET chars = chars + 1")


def flip_byte(data: DataDir) -> None:
    flip(data.public_db.resolve(), -1)


def empty(data: DataDir) -> None:
    data.public_db.resolve().chmod(0o644)
    data.public_db.resolve().write_bytes(b"")


@pytest.mark.parametrize("is_running", [False, True], ids=["before it starts", "while it serves"])
@pytest.mark.parametrize("alter", [alter_cell, flip_byte])
def test_an_altered_copy_shows_no_figure(
    closed_data: DataDir, alter: Callable[[DataDir], None], is_running: bool
) -> None:
    if not is_running:
        alter(closed_data)
    site = Site(closed_data, datasette_app(closed_data))
    if is_running:
        assert settled(site) == (200, "checked")
        alter(closed_data)
        site.get("/")
    assert settled(site) == (503, "altered")
    for path in (
        "/",
        "/gongkai/documents",
        "/gongkai/versions.json",
        "/-/export/versions.csv",
        "/-/feeds/documents.atom",
    ):
        answer = site.get(path)
        assert answer.status_code == 503
        assert "altered" in answer.text
    assert "疑被改动" in site.get("/").text
    assert site.get("/static/gongkai.css").status_code == 200
    publish_sample(closed_data)
    assert settled(site) == (200, "checked")
    assert site.get("/gongkai/documents").status_code == 200


def test_a_copy_that_is_emptied_while_it_serves_is_said_to_be_altered(closed_data: DataDir) -> None:
    site = Site(closed_data, datasette_app(closed_data))
    assert settled(site) == (200, "checked")
    empty(closed_data)
    assert settled(site) == (503, "altered")
    assert site.get("/gongkai/documents").status_code == 503


def test_the_copy_of_before_is_served_on_where_a_new_one_was_altered(closed_data: DataDir) -> None:
    site = Site(closed_data, datasette_app(closed_data))
    assert settled(site) == (200, "checked")
    publish_sample(closed_data, "第二夜的一段")
    close(closed_data)
    alter_cell(closed_data)
    assert settled(site) == (503, "checked")
    assert not site.get("/-/health").json()["follows"]
    assert site.get("/gongkai/documents").status_code == 200


def test_each_place_that_tells_the_root_convicts_a_chain_made_anew(swapped_data: DataDir) -> None:
    signing = make_key(swapped_data.root / "key.pem")
    root = close(swapped_data, signing)
    site = Site(swapped_data, datasette_app(swapped_data))
    page = etree.fromstring(site.get("/-/about").content, etree.HTMLParser(encoding="utf-8"))
    feed = etree.fromstring(site.get("/-/feeds/documents.atom").content)
    [link] = [link for link, _ in Chain(swapped_data.manifests).nights()]
    side_file = site.get(f"/-/snapshots/{MOMENT.date()}/manifest.json").text
    [stated] = re.findall(r'^\{"manifest":(.*),"signature":"[^"]+"\}\n$', side_file)
    told = {
        "page footer": page.xpath("string(//footer//*[@class='digest'])"),
        "feed": feed.xpath("string(/*/*[local-name() = 'category']/@term)"),
        "snapshot": hashlib.sha256(stated.encode()).hexdigest(),
        "health": site.get("/-/health").json()["root"],
        "report": link.root,
    }
    assert told == dict.fromkeys(told, root)
    assert not found(check(swapped_data, signing, [root]))
    swapped_data.manifests.unlink()
    publish_sample(swapped_data, "后来编造的一段")
    close(swapped_data, signing)
    assert not found(check(swapped_data, signing))
    for place, older in told.items():
        assert found(check(swapped_data, signing, [older])) == {"manifests.jsonl"}, place
