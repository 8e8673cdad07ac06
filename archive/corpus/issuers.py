"""Public bodies in the corpus: whose a document is, whose a portal is, what is known of each.

    portals ─ place_portals ─▶ whose portal, and which documents have to be given to their bodies again
    document ─ issuer_of ─▶ its body            ─ note_unplaced ─▶ reports that nobody could be given
    bodies that documents name, or named ─ describe_bodies ─▶ spellings, regions, levels

Who is who is decided in `pipelines.bodies.body_names`; here stands what it is decided from, and what follows.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from operator import attrgetter
from pathlib import Path

from archive.database import Database, stated_json
from pipelines.bodies.body_names import Publisher, describe_body, name_of_body
from pipelines.bodies.roster import Roster, RosterTable, make_roster, parse_roster, shipped_tables
from pipelines.identity import issuer_id
from pipelines.metadata.fields import Kind
from pipelines.metadata.titles import listed_report

_CHANGED_PORTALS = """
SELECT p.id, p.issuer, p.region_code, p.issuer_id FROM portals AS p
LEFT JOIN _portal_places AS was ON was.portal_id = p.id
WHERE was.portal_id IS NULL OR (was.issuer, was.region_code) IS NOT (p.issuer, p.region_code)
ORDER BY p.id
"""

# The columns of the roster that are fields of its entries by the same name.
_LISTED = ("issuer_id", "name", "region_code", "level", "kind", "from_year", "to_year", "home_url", "note")
_listed = attrgetter(*_LISTED)


def write_roster(db: Database, roster: Roster) -> None:
    """Keep the roster beside what is derived with it: of another roster it would be another corpus."""
    if db.row("SELECT 1 FROM roster"):
        return
    rows = ((stated_json(entry.aliases), *_listed(entry)) for entry in roster.entries.values())
    db.insert_rows("roster", ("aliases", *_LISTED), rows)


def place_portals(db: Database, roster: Roster) -> list[str]:
    """Say whose each portal is, where its registry entry changed, and queue its documents to be linked again.

    Returns:
        The reports on those portals, because which of several stands for a year depends on whose portal shows
        it; and the documents of the bodies whose region is another now.
    """
    documents: list[str] = []
    owners: set[str | None] = set()
    for portal, issuer, region, former in db.rows(_CHANGED_PORTALS):
        owner = issuer and issuer_id(name_of_body(issuer, roster, Publisher(issuer, region)))
        owners |= {owner, former}
        db.execute("UPDATE portals SET issuer_id = ? WHERE id = ?", (owner, portal))
        db.execute("INSERT OR REPLACE INTO _portal_places VALUES (?, ?, ?)", (portal, issuer, region))
        db.execute(
            "INSERT OR IGNORE INTO _to_link SELECT 'document', a.document_id FROM captures AS c "
            "JOIN _addresses AS a ON a.capture_id = c.id WHERE c.portal_id = ?",
            (portal,),
        )
        documents += db.column(
            "SELECT id FROM documents WHERE portal_id = ? AND kind = 'annual_report' ORDER BY id", portal
        )
    return documents + describe_bodies(db, sorted(filter(None, owners)), roster)


def issuer_of(db: Database, printed: str | None, portal: str | None, roster: Roster) -> str | None:
    """Return the id of the body that a document names as its issuer, and give that body a row.

    Args:
        db: the corpus, within a transaction.
        printed: the name as printed; None where none is.
        portal: the portal that shows the document; None for a file.
        roster: who is known by which names.
    """
    if printed is None:
        return None
    name = name_of_body(printed, roster, _find_publisher(db, portal))
    known = issuer_id(name)
    if not db.row("SELECT 1 FROM issuers WHERE id = ?", known):
        # At once and not at the end of all: which plans bind a body depends on its region.
        body = describe_body(name, roster, db.value(_OWN_REGION, known))
        db.execute(
            "INSERT INTO issuers (id, name, region_code, level, kind) VALUES (?, ?, ?, ?, ?)",
            (known, name, body.region_code, body.level, body.kind),
        )
    return known


def note_unplaced(db: Database, document: str, roster: Roster) -> None:
    """Note for which bodies and years an address may hold the report, though none can be read there.

    A report that names no body may be that of the body whose portal it is. One that was never read is told by
    its title on the list.
    """
    db.execute("DELETE FROM _unplaced WHERE document_id = ?", (document,))
    row = db.row(
        "SELECT d.kind, d.year, d.issuer_id, d.read_state, p.issuer_id "
        "FROM documents AS d LEFT JOIN portals AS p ON p.id = d.portal_id WHERE d.id = ?",
        document,
    )
    found: set[tuple[str, int]] = set()
    if row is None or row[3] != "read":
        why = row[3] if row else "unanswered"
        found = _listed_reports(db, document, roster)
    else:
        kind, year, issuer, _, owner = row
        why = "no_body"
        if kind == Kind.ANNUAL_REPORT and year and owner and issuer is None:
            found = {(owner, year)}
    db.executemany(
        "INSERT INTO _unplaced (document_id, issuer_id, year, why) VALUES (?, ?, ?, ?)",
        [(document, issuer, year, why) for issuer, year in sorted(found)],
    )


def queue_bodies(db: Database, document: str) -> None:
    """Queue the bodies that a document names to be described; to be called before it is written, and after.

    Args:
        db: the corpus, within a transaction.
        document: the document's id.
    """
    db.execute(_QUEUE_BODIES, (document,))


_QUEUE_BODIES = """
INSERT OR IGNORE INTO _to_link
SELECT 'body', issuer_id FROM documents WHERE id = ?1 AND issuer_id IS NOT NULL
UNION ALL SELECT 'body', j.value FROM documents AS d, json_each(d.joint_issuers) AS j WHERE d.id = ?1
"""


def describe_bodies(db: Database, bodies: Sequence[str], roster: Roster) -> list[str]:
    """Write of bodies what their name, roster and portal say; drop those that no document names.

    The aliases of a body are the spellings that its documents print and those that the roster lists.

    Args:
        db: the corpus, within a transaction.
        bodies: their ids.
        roster: who is known by which names.

    Returns:
        The documents of those whose region is another now.
    """
    documents: list[str] = []
    asked = json.dumps(bodies)
    db.execute(_DROP_UNNAMED, (asked,))
    for issuer, name, *known in db.rows(_DESCRIBED, asked):
        body = describe_body(name, roster, db.value(_OWN_REGION, issuer))
        printed = db.column("SELECT DISTINCT issuer FROM documents WHERE issuer_id = ?", issuer)
        listed = roster.entries[name].aliases if name in roster.entries else ()
        aliases = stated_json(sorted({*printed, *listed} - {name}))
        if known != [aliases, body.region_code, body.level, body.kind]:
            db.execute(
                "UPDATE issuers SET aliases = ?, region_code = ?, level = ?, kind = ? WHERE id = ?",
                (aliases, body.region_code, body.level, body.kind, issuer),
            )
        if known[1] != body.region_code:
            db.execute("UPDATE documents SET region_code = ? WHERE issuer_id = ?", (body.region_code, issuer))
            documents += db.column("SELECT id FROM documents WHERE issuer_id = ?", issuer)
    return documents


_OWN_REGION = "SELECT min(region_code) FROM portals WHERE issuer_id = ?"
_DROP_UNNAMED = """
DELETE FROM issuers WHERE id IN (SELECT value FROM json_each(?))
AND NOT EXISTS (SELECT 1 FROM documents AS d WHERE d.issuer_id = issuers.id)
AND id NOT IN (
    SELECT j.value FROM documents AS d, json_each(d.joint_issuers) AS j WHERE d.joint_issuers <> '[]')
"""
_DESCRIBED = """
SELECT id, name, aliases, region_code, level, kind FROM issuers
WHERE id IN (SELECT value FROM json_each(?))
"""


def _listed_reports(db: Database, document: str, roster: Roster) -> set[tuple[str, int]]:
    """Return the bodies and years whose reports an address holds by the titles under which it is listed."""
    titles = db.rows(
        "SELECT DISTINCT c.list_title, c.portal_id FROM _addresses AS a "
        "JOIN captures AS c ON c.id = a.capture_id WHERE a.document_id = ? AND c.list_title IS NOT NULL",
        document,
    )
    reports = (listed_report(title, roster, _find_publisher(db, portal)) for title, portal in titles)
    return {(issuer_id(report[0]), report[1]) for report in reports if report}


def _find_publisher(db: Database, portal: str | None) -> Publisher:
    row = db.row("SELECT issuer, region_code FROM portals WHERE id = ?", portal)
    return Publisher(*row) if row else Publisher()


# The operator's roster: tables in `DATA/roster`, beside those that are shipped. One that cannot be read, or a
# row of it, is left out and named with the result of the night: a slip must not cost the night, and must
# not go unseen.

ENDINGS = (".csv", ".yaml")


def load_roster(folder: Path) -> Roster:
    """Return the shipped roster with the operator's own tables over it.

    Args:
        folder: where those are; it need not exist. Of two rows on one body, the first by file name counts.
    """
    paths = sorted(path for path in folder.glob("*") if path.suffix in ENDINGS)
    return make_roster(shipped_tables(), [_read_table(path) for path in paths])


def _read_table(path: Path) -> RosterTable:
    try:
        return parse_roster(path.read_text("utf-8-sig"), path.name)
    except UnicodeDecodeError:
        return RosterTable((), (f"{path.name}: this is not UTF-8; save it as such",))
    except OSError as error:
        return RosterTable((), (f"{path.name}: {error.strerror or error}",))
