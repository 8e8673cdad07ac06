"""Where a figure stands: `/-/proof/FACT`, the target of every figure.

fact ─▶ its text, the capture that shows it ─▶ the archived record, read again ─▶ the cell, marked
    └▶ the rest of its table, the checks that use it ─▶ shown whether or not the archive is at hand
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from datasette.utils.asgi import NotFound, Response
from markupsafe import Markup

from archive.site_files import DATABASE
from gongkai.web.pages.archived import CAPTURE, source_of
from gongkai.web.pages.rows import read_answers, read_rows
from gongkai.web.replaying.child import DOWNLOADED
from gongkai.web.replaying.records import NotReplayed, Why

if TYPE_CHECKING:
    from gongkai.web.replaying.records import Place, ShownCell, ShownTable

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


async def respond(datasette: Any, request: Any) -> Response:
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
