"""How a page is added: a file of queries and a template; what a template lacks fails."""

from __future__ import annotations

import asyncio
import shutil
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from jinja2 import UndefinedError

from archive.site_files import site_folder
from gongkai.web.pages import page_queries
from gongkai.web.pages import page_queries as pages
from gongkai.web.pages.page_queries import load_queries

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.web.conftest import Site


@pytest.fixture
def copied_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the site's folder that pages and queries are read from."""
    folder = tmp_path / "datasette"
    shutil.copytree(site_folder(), folder)
    monkeypatch.setattr(pages, "site_folder", lambda: folder)
    monkeypatch.setattr(page_queries, "site_folder", lambda: folder)
    load_queries.cache_clear()
    yield folder
    load_queries.cache_clear()


def test_a_page_is_a_file_of_queries_and_a_template(copied_folder: Path) -> None:
    (copied_folder / "pages" / "plain.sql").write_text(
        "{% set of = ':kind' %}\n-- name: documents\n-- The documents of a kind.\n"
        "SELECT count(*) AS n FROM documents WHERE kind = {{ of }}\n"
    )
    (copied_folder / "templates" / "plain.html").write_text("{{ documents[0].n }} of {{ chosen.kind }}")
    before = [address for address, _ in page_queries.page_routes()]
    assert "^/-/plain$" in before
    assert load_queries("plain") == {"documents": "SELECT count(*) AS n FROM documents WHERE kind = :kind"}


def test_a_file_of_queries_without_a_template_is_no_page(copied_folder: Path) -> None:
    (copied_folder / "pages" / "part.sql").write_text("-- name: one\nSELECT 1\n")
    assert "^/-/part$" not in [address for address, _ in page_queries.page_routes()]


def test_a_condition_that_no_file_defines_fails(copied_folder: Path) -> None:
    (copied_folder / "pages" / "plain.sql").write_text("-- name: one\nSELECT {{ nothing_of_this_name }}\n")
    with pytest.raises(UndefinedError):
        load_queries("plain")


def test_a_plain_page_answers_with_the_rows_of_its_queries(site: Site, copied_folder: Path) -> None:
    (copied_folder / "pages" / "plain.sql").write_text(
        "-- name: kinds\nSELECT kind, count(*) AS n FROM documents WHERE :kind IN ('', kind) GROUP BY kind\n"
    )
    (copied_folder / "templates" / "plain.html").write_text("")
    [(_, respond)] = [route for route in page_queries.page_routes() if route[0] == "^/-/plain$"]
    given: dict[str, Any] = {}

    class Application:
        """Datasette with the databases of the sample, noting what a template is given."""

        databases = site.app.databases

        async def render_template(self, name: str, context: dict[str, Any], **_: object) -> str:
            given.update(context, template=name)
            return ""

    answer = asyncio.run(respond(Application(), SimpleNamespace(args={"kind": "policy"})))
    assert answer.status == 200
    assert given["template"] == "plain.html"
    assert given["chosen"] == {"kind": "policy"}
    assert [row["kind"] for row in given["kinds"]] == ["policy"]


def test_every_query_of_every_page_can_be_prepared(site: Site) -> None:
    """A column that the published copy does not have turns this red."""
    database = site.app.databases["gongkai"]

    async def prepare(sql: str) -> None:
        names = dict.fromkeys(pages._PARAMETER.findall(sql))
        await database.execute(f"EXPLAIN {sql}", names)

    for file in pages.queries_folder().glob("*.sql"):
        for sql in load_queries(file.stem).values():
            asyncio.run(prepare(sql))


def test_what_is_not_there_is_not_found(site: Site) -> None:
    for address in (
        "/-/nothing",
        "/-/proof/00",
        "/-/replay/none",
        "/-/followup?plan=none",
        "/-/compare?a=none",
    ):
        assert site.get(address).status_code == 404, address
