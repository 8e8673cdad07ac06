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
from gongkai.web.pages.page import read_answers, read_rows
from gongkai.web.replaying.child import DOWNLOADED
from gongkai.web.replaying.records import NotReplayed, Source, Why
from pipelines.addresses import AddressUnusable, canonical_address
from pipelines.identity import document_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gongkai.web.pages.page import Rows
    from gongkai.web.replaying.records import Place, Replay, ShownCell, ShownTable


# A revisit keeps no payload of its own: it stands where the capture is that it repeats.
OF_CAPTURE = """
    SELECT c.*, o.warc_file AS held_file, o.warc_offset AS held_offset, o.warc_length AS held_length,
           o.id AS held_id, o.payload_sha256 AS held_sha256,
           d.id AS document, d.title, d.url AS document_url, d.file_type, d.read_reason
    FROM captures AS c
    LEFT JOIN captures AS o ON o.id = CASE WHEN c.record_type = 'revisit' THEN c.revisit_of ELSE c.id END
    LEFT JOIN documents AS d ON d.id = c.document_id
    WHERE c.id = {capture}"""
"""The captures that `capture` names, each with its document and the record that holds what it got."""

CAPTURE = OF_CAPTURE.format(capture=":id")

_VERSIONS = "SELECT id FROM versions WHERE document_id = :document"
_HIDDEN = "SELECT kind, target FROM suppressions"


async def source_of(database: Any, capture: dict[str, Any]) -> Source:
    """Return the record that holds what a capture got.

    Args:
        database: Datasette's.
        capture: the row that `CAPTURE` gives.

    Raises:
        NotReplayed: it is no capture of a published text.
    """
    if capture["read_reason"] == "suppressed":
        raise NotReplayed(Why.SUPPRESSED)
    versions = await read_rows(database, _VERSIONS, {"document": capture["document"]})
    if not versions or not capture["held_sha256"] or capture["outcome"] not in {"ok", "not_modified"}:
        raise NotReplayed(Why.UNPUBLISHED)
    hidden = await read_rows(database, _HIDDEN, {})
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

MOST_ROWS = 60
"""Rows of a table as read that are shown around the marked one, above and below together."""

_FACT = """
    SELECT f.*, v.capture_id, v.confidence AS text_confidence, v.id = d.current_version_id AS current,
           d.title, d.url, d.year, d.doc_number, d.published_on, ifnull(d.issuer, i.name) AS issuer
    FROM facts AS f JOIN versions AS v ON v.id = f.version_id
    JOIN documents AS d ON d.id = f.document_id LEFT JOIN issuers AS i ON i.id = d.issuer_id
    WHERE f.id = :id"""

_BESIDE = {
    "table": """
        SELECT f.* FROM facts AS f JOIN facts AS this USING (version_id, table_key, table_no)
        WHERE this.id = :id ORDER BY f.ordinal LIMIT 2000""",
    "checks": """
        SELECT c.* FROM checks AS c
        WHERE (SELECT version_id FROM facts WHERE id = :id) IN (c.version_id, c.other_version_id)
          AND EXISTS (SELECT 1 FROM json_each(c.cells) WHERE value = :id)
        ORDER BY c.outcome <> 'fail', c.severity, c.check_id, c.place LIMIT 50""",
}


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


async def answer_proof(datasette: Any, request: Any) -> Response:
    """Answer `/-/proof/FACT`.

    Raises:
        NotFound: no published figure has that id.
    """
    database = datasette.databases[DATABASE]
    facts = await read_rows(database, _FACT, {"id": request.url_vars["fact"]})
    if not facts:
        raise NotFound("no such figure")
    fact = facts[0]
    [capture] = await read_rows(database, CAPTURE, {"id": fact["capture_id"]})
    shown: ShownPlace | None = None
    why: Why | None = None
    try:
        shown = await _find(database, fact, capture)
    except NotReplayed as error:
        why = error.why
    context = {
        "fact": fact,
        "capture": capture,
        "shown": shown,
        "why": why,
        **await read_answers(database, _BESIDE, {"id": fact["id"]}),
    }
    status = 503 if why is Why.BUSY else 200
    return Response.html(
        await datasette.render_template("proof.html", context, request=request), status=status
    )


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
    first = max(0, min(place.row - MOST_ROWS // 2, len(table.rows) - MOST_ROWS))
    return ShownPlace(
        place=place,
        markup=marked_table(table, place),
        rows=table.rows[first : first + MOST_ROWS],
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
    if table.markup is None or place.mark is None or len(table.rows) > MOST_ROWS:
        return None
    marked = table.markup.replace(f'id="{place.mark}"', 'id="marked" class="marked" aria-current="true"', 1)
    return Markup(marked)  # noqa: S704 written by gongkai.web.replaying.structure, which escapes


# An archived page shown again: `/-/replay/CAPTURE`; and the file itself, where it is handed out.

_STATUS = {Why.BUSY: 503, Why.SUPPRESSED: 451}
"""The status of an answer without the page, where it is not 404: 451 is what RFC 7725 has for it."""


async def answer_replay(datasette: Any, request: Any) -> Response:
    """Answer `/-/replay/CAPTURE`.

    Raises:
        NotFound: no published capture has that id.
    """
    database = datasette.databases[DATABASE]
    capture = await _capture(database, request)
    replay: Replay | None = None
    why: Why | None = None
    try:
        replay = await database.replays.replay(await source_of(database, capture))
    except NotReplayed as error:
        why = error.why
    context = {
        "capture": capture,
        "why": why,
        "replay": replay,
        "markup": Markup(replay.markup) if replay else None,  # noqa: S704 written and escaped by ourselves
        "is_downloaded": replay is not None and replay.file_type in DOWNLOADED,
    }
    page = await datasette.render_template("replay.html", context, request=request)
    return Response.html(page, status=_STATUS.get(why, 404) if why else 200)


async def send_replayed_file(datasette: Any, request: Any) -> Response:
    """Answer `/-/replay/CAPTURE/file`: the file as it was received, to be saved and not to be opened here.

    Raises:
        NotFound: no published capture has that id, or it is not handed out.
    """
    database = datasette.databases[DATABASE]
    capture = await _capture(database, request)
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


async def _capture(database: Any, request: Any) -> dict[str, Any]:
    captures = await read_rows(database, CAPTURE, {"id": tilde_decode(request.url_vars["capture"])})
    if not captures:
        raise NotFound("no such capture")
    return captures[0]
