"""A folder of documents as a portal: bytes untouched, every file listed, nothing outside reachable."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urljoin, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.families.html_list import read_list
from crawler.registry.loading import load_registry
from gongkai.demo.run import FolderSite, NotAFolder
from gongkai.demo.server import Asked
from gongkai.demo.site import portals_folder
from tests.crawler.list_cases import first_page
from tests.gongkai.demo_client import ask
from tests.portals.site_server import SiteServer

if TYPE_CHECKING:
    from pathlib import Path

    from gongkai.demo.server import Answer

LIST = "http://demo.gongkai.test/index.html"
NAMES = ["报告 2019（定稿）.txt", "a#b?c%41.html", "old/扫描件.PDF", "old/older/无后缀", "数据.csv"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "documents"
    for number, name in enumerate(NAMES):
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(bytes(range(256)) * (number + 1))
    (root / ".hidden").write_text("not shown")
    (tmp_path / "secret.txt").write_text("outside")
    return root


def get(site: FolderSite, target: str) -> Answer:
    return site.answer(Asked(target, host="demo.gongkai.test"), 1)


def walk(site: FolderSite) -> list[str]:
    """Return the links of all list pages as the crawler's adapter reads them."""
    pages, links = [LIST], []
    for url in pages:
        page = read_list(get(site, urlsplit(url).path).body.decode(), first_page(url))
        pages += [each.url for each in page.next_pages if each.url not in pages]
        links += [link.url for link in page.links]
    return links


def test_the_adapter_finds_every_file_once(folder: Path) -> None:
    site = FolderSite(folder)
    assert walk(site) == [urljoin(LIST, path) for path in site._files]
    assert sorted(unquote(path).removeprefix("/documents/") for path in site._files) == sorted(NAMES)


def test_paging_reaches_the_last_of_many_files(tmp_path: Path) -> None:
    for number in range(45):
        (tmp_path / f"{number:03}.txt").write_text(str(number))
    links = walk(FolderSite(tmp_path))
    assert len(links) == len(set(links)) == 45


def test_bytes_are_untouched_over_http(folder: Path) -> None:
    with SiteServer(FolderSite(folder)) as server:
        for name in NAMES:
            reply = ask(server, "/documents/" + quote(name))
            assert (reply.status, reply.body) == (200, (folder / name).read_bytes())


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("报告 2019（定稿）.txt", "text/plain"),
        ("a#b?c%41.html", "text/html"),
        ("old/扫描件.PDF", "application/pdf"),
        ("old/older/无后缀", "application/octet-stream"),
        ("数据.csv", "text/csv"),
    ],
)
def test_content_type_follows_the_extension_and_names_no_charset(
    folder: Path, name: str, content_type: str
) -> None:
    assert get(FolderSite(folder), "/documents/" + quote(name)).header("Content-Type") == content_type


@pytest.mark.parametrize(
    "target",
    [
        "/documents/../secret.txt",
        "/documents/%2e%2e/secret.txt",
        "/documents/..%2fsecret.txt",
        "/documents/old/../../secret.txt",
        "/secret.txt",
        "//secret.txt",
        "/documents/.hidden",
        "/documents/",
        "/documents/old",
        "/documents//etc/passwd",
    ],
)
def test_nothing_outside_the_list_is_served(folder: Path, target: str) -> None:
    with SiteServer(FolderSite(folder)) as server:
        reply = ask(server, target)
    assert reply.status == 404
    assert b"outside" not in reply.body


@given(tail=st.text(alphabet="./%2eEfFsecrt\\x:~", max_size=30))
@settings(deadline=None, max_examples=100)
def test_no_spelling_of_an_address_leaves_the_folder(
    tmp_path_factory: pytest.TempPathFactory, tail: str
) -> None:
    root = tmp_path_factory.getbasetemp() / "spelling"
    (root / "documents").mkdir(parents=True, exist_ok=True)
    (root / "documents" / "one.txt").write_text("inside")
    (root / "secret.txt").write_text("outside")
    assert b"outside" not in get(FolderSite(root / "documents"), "/documents/" + tail).body


def test_links_that_lead_out_are_not_followed(folder: Path) -> None:
    (folder / "leak.txt").symlink_to(folder.parent / "secret.txt")
    (folder / "outer").symlink_to(folder.parent, target_is_directory=True)
    site = FolderSite(folder)
    assert not [path for path in site._files if "leak" in path or "outer" in path]
    assert get(site, "/documents/leak.txt").status == 404


def test_a_file_that_becomes_a_link_afterwards_is_not_followed(folder: Path) -> None:
    site = FolderSite(folder)
    (folder / "数据.csv").unlink()
    (folder / "数据.csv").symlink_to(folder.parent / "secret.txt")
    assert get(site, "/documents/" + quote("数据.csv")).status == 404


def test_a_file_that_vanishes_answers_404(folder: Path) -> None:
    site = FolderSite(folder)
    (folder / "数据.csv").unlink()
    assert get(site, "/documents/" + quote("数据.csv")).status == 404


@pytest.mark.parametrize("name", ["absent", "empty", "file.txt"])
def test_what_cannot_be_served_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.txt").write_text("a file")
    with pytest.raises(NotAFolder, match=name):
        FolderSite(tmp_path / name)


def test_the_real_documents_are_served_as_they_are(shared_documents: Path) -> None:
    site = FolderSite(shared_documents)
    served = {unquote(path).rpartition("/")[2]: get(site, path).body for path in site._files}
    assert served == {file.name: file.read_bytes() for file in shared_documents.iterdir()}
    assert len(walk(site)) == len(served)


def test_the_registry_accepts_its_portal(tmp_path: Path) -> None:
    registry = load_registry(tmp_path, portals_folder("folder"))
    assert not registry.mismatches
    assert [each.url for each in registry.get("demo-documents").lists] == [LIST]
