"""Which record of the archive stands behind a published capture, and whether it may be shown again.

The published copy decides: of a document that is not in it, or whose texts are hidden, nothing is replayed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from datasette.utils import tilde_decode
from datasette.utils.asgi import NotFound, Response
from markupsafe import Markup

from archive.site_files import DATABASE
from gongkai.web.pages.page_queries import Queries
from gongkai.web.replaying.records import NotReplayed, Source, Why
from gongkai.web.replaying.replay import DOWNLOADED
from gongkai.web.thresholds import PAGES
from pipelines.addresses import AddressUnusable, canonical_address
from pipelines.identity import document_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gongkai.web.pages.page_queries import Rows, Visit
    from gongkai.web.replaying.records import Place, Replay, ShownCell, ShownTable


def ask_evidence(database: Any) -> Queries:
    """Return the queries of captures, of texts and of what is hidden."""
    return Queries(database, "evidence")


async def source_of(database: Any, capture: dict[str, Any]) -> Source:
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
    )


def _documents(hidden: Rows) -> Iterator[str]:
    for row in hidden:
        if row["kind"] == "url":
            try:
                yield document_id(canonical_address(row["target"]))
            except AddressUnusable:
                continue  # no link can lead there


# Where a figure stands: `/-/proof/FACT`, the target of every figure.
# fact ─▶ its text, the capture that shows it ─▶ the archived record, read again ─▶ the cell, marked
# └▶ the rest of its table, the checks that use it ─▶ shown whether or not the archive is at hand


@dataclass(frozen=True, slots=True)
class ShownPlace:
    """The cell in the archived page.

    Attributes:
        place: where it stands.
        markup: its table as text and structure, the cell marked; None where the page has no such element.
        rows: of its table as read, those around the cell.
        first_row: the number of the first of them.
        page: as the table tells it.
        differs: whether what was read there just now is not what is published.
        downloaded: whether the archived file is handed out as it is.
    """

    place: Place
    markup: Markup | None
    rows: tuple[tuple[ShownCell, ...], ...]
    first_row: int
    page: int | None
    differs: bool
    downloaded: bool


async def read_proof(visit: Visit) -> dict[str, Any]:
    """Return a figure, where it stands in the archived page or why that is not shown, and what uses it.

    Raises:
        NotFound: no published figure has that id.
    """
    queries = ask_evidence(visit.database)
    fact = await queries.read_first("fact", id=visit.request.url_vars["fact"])
    if fact is None:
        raise NotFound("no such figure")
    [capture] = await queries.read_rows("capture", id=fact["capture_id"])
    shown: ShownPlace | None = None
    why: Why | None = None
    try:
        shown = await _find(visit.database, fact, capture)
    except NotReplayed as error:
        why = error.why
    return {
        "fact": fact,
        "capture": capture,
        "shown": shown,
        "why": why,
        "status": 503 if why is Why.BUSY else 200,
        **await queries.read_answers("table", "checks", id=fact["id"]),
    }


async def _find(database: Any, fact: dict[str, Any], capture: dict[str, Any]) -> ShownPlace | None:
    """Return where a figure stands in the archived page; None where the document has no place for it.

    Raises:
        NotReplayed: the page is not shown.
    """
    replay = await database.replays.replay(await source_of(database, capture))
    place = replay.places.get(f"{fact['table_key']}#{fact['table_no']}:{fact['ordinal']}")
    if place is None:
        return None
    table = replay.tables[place.table]
    first = max(0, min(place.row - PAGES.evidence_rows // 2, len(table.rows) - PAGES.evidence_rows))
    return ShownPlace(
        place=place,
        markup=marked_table(table, place),
        rows=table.rows[first : first + PAGES.evidence_rows],
        first_row=first,
        page=table.page,
        differs=(place.raw, place.state) != (fact["raw"], fact["state"]),
        downloaded=replay.file_type in DOWNLOADED,
    )


def marked_table(table: ShownTable, place: Place) -> Markup | None:
    """Return the markup of a table with one cell marked; None where it has no markup, or is long.

    Args:
        table: as it was read.
        place: of the cell.
    """
    if table.markup is None or place.mark is None or len(table.rows) > PAGES.evidence_rows:
        return None
    marked = table.markup.replace(f'id="{place.mark}"', 'id="marked" class="marked" aria-current="true"', 1)
    return Markup(marked)  # noqa: S704 written by gongkai.web.replaying.structure, which escapes


# An archived page shown again: `/-/replay/CAPTURE`; and the file itself, where it is handed out.

_STATUS = {Why.BUSY: 503, Why.SUPPRESSED: 451}
"""The status of an answer without the page, where it is not 404: 451 is what RFC 7725 has for it."""


async def read_replay(visit: Visit) -> dict[str, Any]:
    """Return an archived page as it is shown again, or why it is not.

    Raises:
        NotFound: no published capture has that id.
    """
    capture = await _read_capture(visit.database, visit.request)
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


async def send_replayed_file(datasette: Any, request: Any) -> Response:
    """Answer `/-/replay/CAPTURE/file`: the file as it was received, to be saved and not to be opened here.

    Raises:
        NotFound: no published capture has that id, or it is not handed out.
    """
    database = datasette.databases[DATABASE]
    capture = await _read_capture(database, request)
    try:
        file = await database.replays.file(await source_of(database, capture))
    except NotReplayed as error:
        raise NotFound(f"this file is not handed out: {error.why}") from error
    name = f"{capture['held_sha256'][:12]}.{file.file_type}"
    return Response(
        file.content,
        content_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{quote(name)}"'},
    )


async def _read_capture(database: Any, request: Any) -> dict[str, Any]:
    capture = await ask_evidence(database).read_first("capture", id=tilde_decode(request.url_vars["capture"]))
    if capture is None:
        raise NotFound("no such capture")
    return capture
