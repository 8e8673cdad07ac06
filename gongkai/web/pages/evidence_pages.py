"""Which record of the archive stands behind a published capture, and whether it may be shown again.

The published copy decides: of a document that is not in it, or whose texts are hidden, nothing is replayed.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from datasette.utils import tilde_decode
from datasette.utils.asgi import NotFound, Response
from markupsafe import Markup

from gongkai.web.pages.page_queries import Queries, make_page
from gongkai.web.pages.reader_pages import read_released
from gongkai.web.replaying.replay import NotReplayed, Place, Replay, ShownTable, Source, Why
from gongkai.web.replaying.service import DOWNLOADED, PICTURED
from gongkai.web.thresholds import PAGES
from pipelines.grid import Box
from pipelines.identity import document_at
from pipelines.readers.layout.geometry import box_around
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gongkai.web.pages.page_queries import Context, Rows, Visit
    from gongkai.web.rendering.words import Row


_NAMED_CELL = re.compile(r' id="cell-\d+"')


def ask_evidence(database: Any) -> Queries:
    """Return the queries of captures, of texts and of what is hidden."""
    return Queries(database, "evidence")


async def source_of(database: Any, capture: Row) -> Source:
    """Return the record that holds what a capture got.

    Args:
        database: Datasette's.
        capture: the row that the query `capture` gives.

    Raises:
        NotReplayed: it is no capture of a published text.
    """
    if capture["read_reason"] == "suppressed":
        raise NotReplayed(Why.SUPPRESSED)
    queries = ask_evidence(database)
    versions = await queries.read_rows("versions", document=capture["document"])
    if not versions or not capture["held_sha256"] or capture["outcome"] not in {"ok", "not_modified"}:
        raise NotReplayed(Why.UNPUBLISHED)
    hidden = await queries.read_rows("hidden")
    parts = await queries.read_rows("parts", capture=capture["id"])
    return Source(
        url=capture["url"],
        warc_file=capture["held_file"],
        warc_offset=capture["held_offset"],
        warc_length=capture["held_length"],
        payload_sha256=capture["held_sha256"],
        document_id=capture["document"],
        versions=frozenset(row["id"] for row in versions),
        hidden_passages=frozenset(row["target"] for row in hidden if row["kind"] == "passage"),
        hidden_documents=frozenset(_documents(hidden)),
        parts=tuple(
            Source(**part, document_id=capture["document"], versions=frozenset()) for part in map(dict, parts)
        ),
    )


def _documents(hidden: Rows) -> Iterator[str]:
    for row in hidden:
        if row["kind"] == "url":
            # To what is no address no link can lead.
            if document := document_at(row["target"]):
                yield document
        elif row["kind"] == "document":
            yield row["target"]


# Where figures stand: `/-/proof/FACT`, the target of every figure, and `/-/rate/MEASURE/DOCUMENT`.
# facts ─▶ their text, the capture that shows it ─▶ the archived record, read again ─▶ the cells, marked
# └▶ the rest of their table, the checks that use them ─▶ shown whether or not the archive is at hand


class FoundFigure(FrozenStruct):
    """A figure, found in the archived page.

    Attributes:
        fact: its row of `facts`.
        part: that it plays: `above` or `below` the line of a rate, `beside` it, or `proved`.
        place: where it stands.
    """

    fact: Row
    part: str
    place: Place

    @property
    def differs(self) -> bool:
        """Whether what was read there just now is not what is published."""
        return (self.place.raw, self.place.state) != (self.fact["raw"], self.fact["state"])


class Evidence(FrozenStruct):
    """What the archive shows of figures of one text.

    Attributes:
        capture: the row of the capture.
        tables: those in which the figures were found just now, as `mark_table` returns them.
        differing: the figures that were read otherwise just now.
        pictures: pages of a scan, as `_box_scan` returns them, boxed as its cells were recognised when it
            was derived.
        why: why the archived page is not shown; None where it is.
        downloaded: whether the archived file is handed out as it is.
    """

    capture: Row
    tables: tuple[Context, ...] = ()
    differing: tuple[FoundFigure, ...] = ()
    pictures: Sequence[Context] = ()
    why: Why | None = None
    downloaded: bool = False

    @property
    def status(self) -> int:
        """That of the page that shows it."""
        return 503 if self.why is Why.BUSY else 200


@make_page("proof", r"^/-/proof/(?P<fact>[0-9a-f]+)$")
async def read_proof(visit: Visit) -> Context:
    """Return a figure, where it stands in the archived page or why that is not shown, and what uses it.

    Raises:
        NotFound: no published figure has that id.
    """
    queries = ask_evidence(visit.database)
    fact = await queries.read_first("fact", id=visit.request.url_vars["fact"])
    if fact is None:
        raise NotFound("no such figure")
    evidence = await find_evidence(visit.database, fact["capture_id"], [(fact, "proved")])
    return {
        "fact": fact,
        "capture": evidence.capture,
        "evidence": evidence,
        "status": evidence.status,
        "reports": await read_released(visit.database, fact["id"]),
        **await queries.read_answers("table", "checks", id=fact["id"]),
    }


async def find_evidence(
    database: Any, capture_id: str, figures: Sequence[tuple[Row, str]], anchor: str = "marked"
) -> Evidence:
    """Return where figures of one text stand in the archived page, or why that is not shown.

    Args:
        database: Datasette's.
        capture_id: the capture that shows their text.
        figures: their rows of `facts`, each with the part that it plays.
        anchor: the id of the first marked cell on our page.
    """
    [capture] = await ask_evidence(database).read_rows("capture", id=capture_id)
    try:
        replay = await database.replays.replay(await source_of(database, capture))
    except NotReplayed as error:
        is_shown = error.why is Why.SCAN and await _is_cleared(database, capture)
        return Evidence(
            capture, pictures=await _box_scan(database, figures) if is_shown else (), why=error.why
        )
    found = [
        FoundFigure(fact, part, replay.places[ref])
        for fact, part in figures
        if (ref := f"{fact['table_key']}#{fact['table_no']}:{fact['ordinal']}") in replay.places
    ]
    numbers = sorted({each.place.table for each in found})
    return Evidence(
        capture,
        tables=tuple(
            mark_table(
                replay,
                [each for each in found if each.place.table == number],
                f"{anchor}-{number}" if number != numbers[0] else anchor,
            )
            for number in numbers
        ),
        differing=tuple(each for each in found if each.differs),
        downloaded=replay.file_type in DOWNLOADED,
    )


async def _box_scan(database: Any, figures: Sequence[tuple[Row, str]]) -> list[Context]:
    """Return the pages of a scan that figures of one text and table stand on, to be shown as pictures.

    Returns:
        Of each the number of the `page`, from 1; how many cells on it are `marked`; where their `table` is
        drawn, as `pipelines.grid.Cell.box`, None where that is not told; and the `boxes` of those cells of
        which that is told, each with the part that it plays.
    """
    first, _ = figures[0]
    rows = await ask_evidence(database).read_rows(
        "boxes", version=first["version_id"], table=first["table_key"]
    )
    boxes = {row["id"]: Box(*json.loads(row["box"])) for row in rows}
    pictures = []
    for page in sorted({fact["page"] for fact, _ in figures if fact["page"]}):
        drawn = [boxes[row["id"]] for row in rows if row["page"] == page]
        here = [(fact["id"], part) for fact, part in figures if fact["page"] == page]
        found = [(boxes[fact], part) for fact, part in here if fact in boxes]
        table = box_around(drawn) if drawn else None
        pictures.append({"page": page, "marked": len(here), "table": table, "boxes": found})
    return pictures


async def _is_cleared(database: Any, capture: Row) -> bool:
    """Return whether the text that was read from a scan is published, and no passage of it hidden."""
    is_drawn = capture["file_type"] in PICTURED
    return is_drawn and bool(await ask_evidence(database).read_rows("cleared", capture=capture["id"]))


def mark_table(replay: Replay, found: Sequence[FoundFigure], anchor: str) -> Context:
    """Return a table of an archived page with cells marked.

    Args:
        replay: the page.
        found: the figures in one of its tables, at least one.
        anchor: the id of the first marked cell on our page.

    Returns:
        The `anchor`; the `markup`, text and structure, None where the page has no such element or it is
        long; the `rows` around the marked cells as read, each with its number; as `marks` the part that each
        marked cell plays, by row and column, None for a whole row; the `target`, the id of the first marked
        cell in the whole page, None where it has none; its `page`; and the `picture` of that, as `_box_scan`
        returns them, None for files whose pages are not drawn.
    """
    places = [each.place for each in found]
    table = replay.tables[places[0].table]
    marked = sorted(place.row for place in places)
    # As many rows as are shown, around the middle of those marked, and none before the table or behind it.
    first = max(
        0,
        min((marked[0] + marked[-1]) // 2 - PAGES.evidence_rows // 2, len(table.rows) - PAGES.evidence_rows),
    )
    # Marked rows may lie further apart than that.
    shown = {*range(first, first + PAGES.evidence_rows), *marked}
    boxes = [(each.place.box, each.part) for each in found if each.place.box]
    page = table.page or found[0].fact["page"]
    picture = {"page": page, "marked": len(found), "table": table.box, "boxes": boxes}
    return {
        "anchor": anchor,
        "markup": _mark_cells(table, found, anchor),
        "rows": [(row, cells) for row, cells in enumerate(table.rows) if row in shown],
        "marks": {(each.place.row, each.place.column): each.part for each in found},
        "target": places[0].mark,
        "page": page,
        "picture": picture if page and replay.file_type in PICTURED else None,
    }


def _mark_cells(table: ShownTable, found: Sequence[FoundFigure], anchor: str) -> Markup | None:
    """Return the markup of a table with cells marked; None where it has not all of them, or is long."""
    markup = table.markup
    if markup is None or len(table.rows) > PAGES.evidence_rows or not all(it.place.mark for it in found):
        return None
    for number, each in enumerate(found):
        name = "" if number else f'id="{anchor}" '
        marked = f'{name}class="marked {each.part}" aria-current="true"'
        markup = markup.replace(f'id="{each.place.mark}"', marked, 1)
    # A page may show several tables, and those of two archived pages have cells of one name.
    return Markup(_NAMED_CELL.sub("", markup))  # noqa: S704 written by gongkai.web.replaying.structure, which escapes


# An archived page shown again: `/-/replay/CAPTURE`; and the file itself, where it is handed out.

# The status of an answer without the page, where it is not 404: 451 is what RFC 7725 has for it.
_STATUS = {Why.BUSY: 503, Why.SUPPRESSED: 451}


@make_page("replay", r"^/-/replay/(?P<capture>[^/]+)$")
async def read_replay(visit: Visit) -> Context:
    """Return an archived page as it is shown again, or why it is not.

    Raises:
        NotFound: no published capture has that id.
    """
    capture = await _read_capture(visit)
    replay: Replay | None = None
    why: Why | None = None
    try:
        replay = await visit.database.replays.replay(await source_of(visit.database, capture))
    except NotReplayed as error:
        why = error.why
    return {
        "capture": capture,
        "why": why,
        "replay": replay,
        "markup": Markup(replay.markup) if replay else None,  # noqa: S704 written and escaped by ourselves
        "is_downloaded": replay is not None and replay.file_type in DOWNLOADED,
        "status": _STATUS.get(why, 404) if why else 200,
    }


@make_page(
    "replayed_file",
    r"^/-/replay/(?P<capture>[^/]+)/file$",
    r"^/-/replay/(?P<capture>[^/]+)/pages/(?P<page>[1-9][0-9]{0,3})$",
)
async def send_replayed_file(visit: Visit) -> Response:
    """Answer `/-/replay/CAPTURE/file`, to be saved and not opened here; `…/pages/N` with a picture of a page.

    Raises:
        NotFound: no published capture has that id, or it is not handed out.
    """
    capture = await _read_capture(visit)
    page = visit.request.url_vars.get("page")
    try:
        source = await source_of(visit.database, capture)
        if page:
            cleared = await _is_cleared(visit.database, capture)
            picture = await visit.database.replays.picture(source, int(page), is_cleared=cleared)
            return Response(picture.content, content_type="image/webp")
        file = await visit.database.replays.file(source)
    except NotReplayed as error:
        raise NotFound(f"this is not handed out: {error.why}") from error
    saved_as = quote(f"{capture['held_sha256'][:12]}.{file.file_type}")
    return Response(
        file.content,
        content_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{saved_as}"'},
    )


async def _read_capture(visit: Visit) -> Row:
    asked = tilde_decode(visit.request.url_vars["capture"])
    capture = await ask_evidence(visit.database).read_first("capture", id=asked)
    if capture is None:
        raise NotFound("no such capture")
    return capture
