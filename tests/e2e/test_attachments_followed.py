"""Every attachment of the test portal, however it is linked: fetched, named, tied to its article."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from archive.data_folder import DataDir
from archive.derivation import derive
from crawler.registry.loading import load_registry
from tests.crawling import crawl
from tests.e2e.content import rows
from tests.portals.families import SHAPES, FamilySites, family_hosts
from tests.portals.families.attachments import ATTACHING, attached
from tests.portals.families.content import all_facts
from tests.portals.material import family_portals
from tests.portals.site_server import SiteServer
from tests.soak import first_of, series

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.portals.families.attachments import Attached
    from tests.portals.families.content import Facts

pytestmark = series

NIGHT = "2026-04-10T03:00:00+08:00"
SITES = {facts.attached: site for site, facts in all_facts().items() if site != "gkmlpt"}
"""One site for each way of attaching; of two that attach alike the later, and not the largest.

The lists of a site attach alike: of each the first is followed in `make test`, all in `make soak`.
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DataDir:
    data = DataDir(tmp_path_factory.mktemp("attachments"))
    data.make()
    registry = load_registry(data.portals, family_portals())
    portals = tuple(
        replace(portal, lists=tuple(first_of(portal.lists)))
        for name, portal in registry.portals.items()
        if name in SITES.values()
    )
    with SiteServer(FamilySites()) as server:
        connect_to = dict.fromkeys(family_hosts(), f"127.0.0.1:{server.port}")
        crawl(portals, data=data, now=NIGHT, connect_to=connect_to)
    derive(data)
    return data


def planted(facts: Facts) -> Iterator[tuple[str, Attached]]:
    """Yield the address of each article that has an attachment and can be reached, and the attachment."""
    for column in first_of(facts.columns):
        for item in column.reachable:
            address = SHAPES[facts.shape].article(facts, column, item)
            file = attached(facts, item, address)
            if file is not None:
                yield facts.home + address.removeprefix("/"), file


def test_every_way_has_its_site() -> None:
    assert set(SITES) == set(ATTACHING)


@pytest.mark.parametrize("way", ATTACHING)
def test_what_is_attached_is_held_under_its_name(data: DataDir, way: str) -> None:
    facts = all_facts()[SITES[way]]
    found = rows(
        data.corpus_db,
        "SELECT d.url, a.name, f.url, f.read_state, f.title, d.title FROM attachments AS a "
        "JOIN documents AS d ON d.id = a.document_id LEFT JOIN documents AS f ON f.id = a.attachment_id "
        "WHERE d.portal_id = ? ORDER BY d.url",
        facts.id,
    )
    expected = []
    for article, file in planted(facts):
        name = f"附件1：{file.name}" if way == "vsb" else file.name
        held = (facts.home + file.path[1:], _read_state(file)) if file.path else (None, None)
        expected.append((article, name, *held))
    assert [row[:4] for row in found] == sorted(expected)
    assert found
    for _, name, _, state, title, article_title in found:
        if state == "read":
            assert title.startswith(article_title), "each file begins with the title of its article"
        elif state:
            assert title == name


def _read_state(file: Attached) -> str:
    """A PDF is read; what begins as a compound file and is none cannot be."""
    return "read" if file.body.startswith(b"%PDF") else "failed"


@pytest.mark.parametrize("way", [way for way in ATTACHING if ATTACHING[way].path])
def test_each_file_is_related_to_its_article_and_to_nothing_else(data: DataDir, way: str) -> None:
    facts = all_facts()[SITES[way]]
    related = rows(
        data.corpus_db,
        "SELECT f.url, d.url FROM relations AS r JOIN documents AS f ON f.id = r.from_document_id "
        "JOIN documents AS d ON d.id = r.to_document_id WHERE r.kind = 'attachment_of' AND f.portal_id = ?",
        facts.id,
    )
    assert sorted(related) == sorted(
        (facts.home + file.path[1:], article) for article, file in planted(facts)
    )


def test_an_attachment_knows_the_capture_that_led_to_it(data: DataDir) -> None:
    strays = rows(
        data.corpus_db,
        "SELECT c.url FROM captures AS c LEFT JOIN captures AS p ON p.id = c.parent_capture_id "
        "WHERE c.role = 'attachment' AND (p.id IS NULL OR p.role NOT IN ('article', 'attachment'))",
    )
    assert strays == []
