"""Every figure of what was harvested leads to its cell in the archive: the five documents, and the demo."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from lxml import etree

from gongkai.serving import datasette_app
from gongkai.web.pages.evidence_pages import ask_evidence, source_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archive.data_folder import DataDir
    from gongkai.web.replaying.replay import Replay
    from tests.e2e.conftest import DemoNights


def rows(data: DataDir, sql: str) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(data.public_db)) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute(sql)]


def pages(data: DataDir, paths: Iterable[str]) -> list[str]:
    """Ask one application for several pages, one after the other."""
    app = datasette_app(data)

    async def ask() -> list[str]:
        answers = [await app.client.get(path) for path in paths]
        assert {answer.status_code for answer in answers} == {200}
        return [answer.text for answer in answers]

    return asyncio.run(ask())


def replays(data: DataDir, captures: Iterable[str]) -> dict[str, Replay]:
    """Return the archived pages of captures, as the site reads them."""
    app = datasette_app(data)

    async def read() -> dict[str, Replay]:
        await app.client.get("/-/health")
        database = app.databases["gongkai"]
        found = {}
        for capture in captures:
            [row] = await ask_evidence(database).read_rows("capture", id=capture)
            found[capture] = await database.replays.replay(await source_of(database, row))
        return found

    return asyncio.run(read())


def prove(data: DataDir, expected: int) -> None:
    """Read the archived pages, and hold the cell of each published figure to its characters."""
    facts = rows(
        data,
        "SELECT f.*, v.capture_id FROM facts AS f JOIN versions AS v ON v.id = f.version_id"
        " WHERE f.grid_row IS NOT NULL",
    )
    assert len(facts) >= expected
    read = replays(data, {fact["capture_id"] for fact in facts})
    for fact in facts:
        replay = read[fact["capture_id"]]
        place = replay.places[f"{fact['table_key']}#{fact['table_no']}:{fact['ordinal']}"]
        row = replay.tables[place.table].rows[place.row]
        assert (place.row, place.column) == (fact["grid_row"], fact["grid_column"])
        assert [cell.text for cell in row if cell.column == place.column] == [fact["raw"]], fact
        if replay.file_type == "html":
            [cell] = re.findall(rf'id="{place.mark}"[^>]*>(.*?)</t[dh]>', replay.markup, re.DOTALL)
            assert re.sub(r"<[^>]+>|\s", "", cell) == re.sub(r"\s", "", fact["raw"]), fact


def test_every_figure_of_the_five_documents_is_found_in_its_archived_page(five: DataDir) -> None:
    prove(five, 594)


def test_every_figure_of_the_demo_is_found_in_its_archived_page(demo_nights: DemoNights) -> None:
    prove(demo_nights.data, 2_500)


def test_the_proof_of_a_figure_of_the_five_documents_marks_its_cell(five: DataDir) -> None:
    facts = rows(five, "SELECT * FROM facts WHERE grid_row IS NOT NULL ORDER BY id")[::40]
    for fact, page in zip(facts, pages(five, [f"/-/proof/{fact['id']}" for fact in facts]), strict=True):
        root = etree.fromstring(page.encode(), etree.HTMLParser(encoding="utf-8"))
        [cell] = root.xpath("//*[@id='marked']")
        assert re.sub(r"\s", "", "".join(cell.itertext())) == re.sub(r"\s", "", fact["raw"]), fact
