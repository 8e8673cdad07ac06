"""Relations: one document points to another, articles to what they have attached among them.

A relation belongs to the document that points. When documents change, those that point at them, or that
could, are recomputed too, so that the relations are a function of the corpus and not of how it grew.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from archive.corpus.store import LEADING_HERE, MOST_HOPS, queue_links
from archive.corpus.versions import PATH_SEPARATOR, load_passages
from archive.database import Database, printable, stated_json
from pipelines.bodies.regions import COUNTY, NATIONAL, PREFECTURE, PROVINCE, find_place
from pipelines.duplicates.plan_matching import Plan, find_items, match_items, read_plan, read_report
from pipelines.identity import document_at, issuer_id
from pipelines.metadata.dates_and_numbers import find_citations
from pipelines.metadata.fields import Kind
from pipelines.plan_tasks import find_tasks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipelines.attachments import Attachment
    from pipelines.text.outline import Passage


_AFFECTED = """
SELECT from_document_id FROM relations
      WHERE to_document_id = ?1 AND kind NOT IN ('same_text', 'implements', 'attachment_of')
UNION SELECT c.document_id FROM documents AS d
      JOIN _citations AS c ON c.doc_number = d.doc_number WHERE d.id = ?1
UNION SELECT later.id FROM documents AS d
      JOIN documents AS later ON later.issuer_id = d.issuer_id AND later.year = d.year + 1
      WHERE d.id = ?1 AND d.kind = 'annual_report' AND later.kind = 'annual_report'
UNION SELECT later.id FROM relations AS r JOIN documents AS file ON file.id = r.from_document_id
      JOIN documents AS later ON later.issuer_id = file.issuer_id AND later.year = file.year + 1
      WHERE r.to_document_id = ?1 AND r.kind = 'attachment_of'
        AND file.kind = 'annual_report' AND later.kind = 'annual_report'
"""

_CITES = """
INSERT OR IGNORE INTO relations (from_document_id, to_document_id, kind, from_position, evidence)
SELECT c.document_id, d.id, 'cites', c.position, c.doc_number
FROM _citations AS c LEFT JOIN documents AS d ON d.doc_number = c.doc_number AND d.id <> c.document_id
WHERE c.document_id = ?1
  AND c.doc_number IS NOT (SELECT doc_number FROM documents WHERE id = ?1)
"""

_PREVIOUS_YEAR = """
INSERT OR IGNORE INTO relations (from_document_id, to_document_id, kind, evidence)
SELECT ?1, document_id, 'previous_year', (year + 1) || ' → ' || year
FROM primary_reports WHERE issuer_id = ?2 AND year = ?3
"""

_MOVED_TO = """
INSERT OR IGNORE INTO relations (from_document_id, to_document_id, kind, score, evidence)
SELECT ?1, h.evidence ->> '$.to_document', 'moved_to', 1.0, h.evidence
FROM documents AS d JOIN changes AS h ON h.document_id = d.id AND h.kind = 'moved'
WHERE d.id = ?1 AND d.status = 'moved'
ORDER BY h.observed_at DESC, h.capture_id DESC LIMIT 1
"""

# The first by the corpus's total order stands for all that carry the same text, so that copies stay linear.
_SAME_TEXT = """
SELECT d.id FROM versions AS v JOIN documents AS d ON d.current_version_id = v.id
WHERE v.text_sha256 = ? AND v.chars > 0
ORDER BY d.year IS NULL, d.year, d.published_on IS NULL, d.published_on, d.url
"""


def relate_documents(db: Database, documents: Iterable[str]) -> None:
    """Recompute the relations of the documents that changed and of those that point at them.

    With them the tasks and items of those that changed, and which items of plans all of them speak of; all
    are queued to be compared with the year before.

    Args:
        db: the corpus, within a transaction.
        documents: ids of the documents that changed.
    """
    changed = list(documents)
    for document in changed:
        _note_citations(db, document)
        note_plan(db, document)
    affected = set(changed)
    for document in changed:
        affected.update(db.column(_AFFECTED, document))
    for document in sorted(affected):
        _relate(db, document)
    queue_links(db, "year", affected)
    answer_plans(db, affected, changed)


def _relate(db: Database, document: str) -> None:
    db.execute(
        "DELETE FROM relations WHERE from_document_id = ? AND kind NOT IN ('same_text', 'attachment_of')",
        (document,),
    )
    db.execute(_CITES, (document,))
    db.execute(_MOVED_TO, (document,))
    report = db.row("SELECT issuer_id, year FROM documents WHERE id = ? AND kind = 'annual_report'", document)
    if report and None not in report:
        # As values, and not as a join, so that the view looks at these few rows alone.
        db.execute(_PREVIOUS_YEAR, (document, report[0], report[1] - 1))


def queue_copies(db: Database, document: str, texts: Iterable[str]) -> None:
    """Take a document off its copies, and queue the texts whose copies are to be related again.

    Args:
        db: the corpus, within a transaction.
        document: the document's id.
        texts: the SHA-256 of those that it carried and carries.
    """
    db.execute("DELETE FROM relations WHERE from_document_id = ? AND kind = 'same_text'", (document,))
    queue_links(db, "text", texts)


def relate_copies(db: Database, text_sha256: str) -> None:
    """Recompute which documents carry the same text as another, for one text.

    Args:
        db: the corpus, within a transaction.
        text_sha256: of the text.
    """
    documents = db.column(_SAME_TEXT, text_sha256)
    db.executemany(
        "DELETE FROM relations WHERE from_document_id = ? AND kind = 'same_text'",
        [(document,) for document in documents],
    )
    columns = ("from_document_id", "to_document_id", "kind", "score", "evidence")
    copies = [(document, documents[0], "same_text", 1.0, text_sha256) for document in documents[1:]]
    db.insert_rows("relations", columns, copies)


def _note_citations(db: Database, document: str) -> None:
    db.execute("DELETE FROM _citations WHERE document_id = ?", (document,))
    passages = db.rows(
        """
        SELECT o.position, coalesce(o.raw, s.text)
        FROM documents AS d JOIN occurrences AS o ON o.version_id = d.current_version_id
        JOIN sections AS s ON s.id = o.section_id
        WHERE d.id = ? ORDER BY o.position
        """,
        document,
    )
    cited = [(document, position, number) for position, text in passages for number in find_citations(text)]
    db.insert_rows("_citations", ("document_id", "position", "doc_number"), cited, "OR IGNORE")


# What articles have attached, and which of it is held.
#
#     readings of an article ─▶ attachments of each version ─ address, redirects ─▶ the document there
#
# A version has what any of its readings found, in the order in which it was first seen: the same text may
# link to another file one night. Rows are tied to documents by address, through redirects, and again whenever
# an article, a file or a redirect between them arrives; so it does not matter which came first.

_FOUND = """
SELECT r.version_id, r.attachments
FROM _addresses AS a
JOIN captures AS c ON c.id = a.capture_id AND c.outcome IN ('ok', 'not_modified')
JOIN _readings AS r ON r.url = c.url AND r.source_id = iif(c.record_type = 'revisit', c.revisit_of, c.id)
JOIN versions AS v ON v.id = r.version_id JOIN captures AS f ON f.id = v.capture_id
WHERE a.document_id = ? AND r.attachments <> '[]'
    AND (c.run_id IS NOT NULL OR f.run_id IS NULL)  -- what others saw counts where we never saw that text
GROUP BY r.url, r.source_id ORDER BY min(c.fetched_at), min(c.id)
"""

# Articles whose attachments are at an address, or are led to it.
_ARTICLES = f"""
{LEADING_HERE}
SELECT DISTINCT t.document_id FROM leading AS l JOIN _attached AS t ON t.target_id = l.id
"""  # noqa: S608  a constant of ours

_NEWEST_REDIRECT = """
SELECT r.to_document_id FROM _addresses AS a
JOIN captures AS c ON c.id = a.capture_id JOIN _redirects AS r ON r.capture_id = c.id
WHERE a.document_id = ? ORDER BY c.fetched_at DESC, c.id DESC LIMIT 1
"""

_TIE = "UPDATE attachments SET attachment_id = ?1 WHERE version_id = ?2 AND position = ?3"

_RELATE = """
INSERT OR IGNORE INTO relations (from_document_id, to_document_id, kind, evidence)
SELECT attachment_id, document_id, 'attachment_of', min(url) FROM attachments
WHERE document_id = ? AND attachment_id IS NOT NULL GROUP BY attachment_id
"""

Row = tuple[str | None, str | None, str, str]
"""Address, name, by what it was found, what the page has."""


_ATTACHMENT_COLUMNS = ("document_id", "version_id", "position", "url", "name", "how", "written")


def attachments_json(attachments: Iterable[Attachment]) -> str:
    """Return attachments as the corpus keeps them with their reading."""
    return json.dumps([[each.url, each.name or None, each.how.value, each.written] for each in attachments])


def note_attachments(db: Database, documents: Iterable[str]) -> set[str]:
    """Recompute the attachments of documents, and tie to them what articles have attached.

    Args:
        db: the corpus, within a transaction; the documents are up to date.
        documents: the addresses that were linked, whether a document is held there or not.

    Returns:
        The articles that have other files attached than before, and those that came or went.
    """
    affected: set[str] = set()
    for document in documents:
        if _write_attachments(db, document):
            affected.add(document)
        affected.update(db.column(_ARTICLES, document, MOST_HOPS))
    tied: set[str] = set()
    for article in sorted(affected):
        before = _files_of(db, article)
        _tie(db, article)
        if other := before ^ _files_of(db, article):
            tied |= {article, *other}
    return tied


def _files_of(db: Database, article: str) -> set[str]:
    """Return the documents that are attached to an article."""
    sql = "SELECT from_document_id FROM relations WHERE to_document_id = ? AND kind = 'attachment_of'"
    return set(db.column(sql, article))


def _write_attachments(db: Database, document: str) -> bool:
    """Write the rows of an article, tied to nothing yet; return whether there are or were any."""
    removed = db.execute("DELETE FROM attachments WHERE document_id = ?", (document,)).rowcount
    db.execute("DELETE FROM _attached WHERE document_id = ?", (document,))
    versions: dict[str, dict[str, Row]] = {}
    for version, found in db.execute(_FOUND, (document,)):
        shown = versions.setdefault(version, {})
        for row in json.loads(found):
            shown.setdefault(document_at(row[0]) or row[3], tuple(row))
    for version, shown in versions.items():
        for position, row in enumerate(shown.values()):
            values = (document, version, position, *map(printable, row))
            db.insert_rows("attachments", _ATTACHMENT_COLUMNS, [values])
            target = document_at(row[0])
            if target not in (None, document):
                db.execute("INSERT INTO _attached VALUES (?, ?, ?, ?)", (version, position, document, target))
    return bool(removed or versions)


def _tie(db: Database, article: str) -> None:
    """Tie each attachment of an article to the document at its address, and relate those to it."""
    targets = db.rows("SELECT version_id, position, target_id FROM _attached WHERE document_id = ?", article)
    held = {target: _held(db, target, article) for target in {row[2] for row in targets}}
    db.executemany(_TIE, [(held[target], version, position) for version, position, target in targets])
    db.execute("DELETE FROM relations WHERE to_document_id = ? AND kind = 'attachment_of'", (article,))
    db.execute(_RELATE, (article,))


def _held(db: Database, target: str, article: str) -> str | None:
    """Return the document at an address, or where its newest redirects lead; None where none is held."""
    for _ in range(MOST_HOPS + 1):
        if target == article:
            return None  # a link that leads back to where it stands
        if db.row("SELECT 1 FROM documents WHERE id = ?", target):
            return target
        row: tuple[Any] | None = db.row(_NEWEST_REDIRECT, target)
        if row is None:
            return None
        target = str(row[0])
    return None


# Which plans a report speaks of: the items of each plan, and the relations `implements`.
#
#     policy, task plan ─ note_plan ─▶ plans, plan_items, tasks
#     reports and plans that changed ─ answer_plans ─▶ relations from a passage of a report to an item
#
# Compared are a report and a plan
# - of one year, if the plan is the report's own body's or of that body's office, or that of a government of
#   its region or of one above it (by the digits of GB/T 2260: 41 is above 4107, and no digits are above all);
# - or of any year, if the report cites the plan's number.
# A plan of a department, of a township or of a zone binds its own body alone. What a report says to a plan
# depends on these two alone, so that it does not matter which of them came first.

LEAST_ITEMS = 3
"""Items that make a plan of a policy; what has fewer asks for one thing and lists nothing."""

# What binds others: not the plan of a department, and none of a body that is of no division.
_BINDING_KINDS = frozenset({"government", "office", "committee"})
_BINDING_LEVELS = frozenset({NATIONAL, PROVINCE, PREFECTURE, COUNTY})


_PLAN = """
SELECT d.kind, d.current_version_id, d.title, d.year, d.issuer_id, i.name, i.kind, i.level, i.region_code
FROM documents AS d LEFT JOIN issuers AS i ON i.id = d.issuer_id WHERE d.id = ? AND d.kind IN (?, ?)
"""
_PLANS_OF_REPORT = """
SELECT p.document_id FROM documents AS r
JOIN plans AS p ON p.year = r.year
    AND (ifnull(r.region_code, '') GLOB p.scope || '*' OR r.issuer_id IN (p.issuer_id, p.body_id))
WHERE r.id = ?1 AND r.kind = 'annual_report'
UNION
SELECT p.document_id FROM documents AS r
JOIN relations AS c ON c.from_document_id = r.id AND c.kind = 'cites'
JOIN plans AS p ON p.document_id = c.to_document_id
WHERE r.id = ?1 AND r.kind = 'annual_report'
"""
_REPORTS_OF_PLAN = """
SELECT r.id FROM plans AS p
JOIN documents AS r ON r.kind = 'annual_report' AND r.year = p.year
    AND (ifnull(r.region_code, '') GLOB p.scope || '*' OR r.issuer_id IN (p.issuer_id, p.body_id))
WHERE p.document_id = ?1
UNION
SELECT r.id FROM plans AS p
JOIN relations AS c ON c.to_document_id = p.document_id AND c.kind = 'cites'
JOIN documents AS r ON r.id = c.from_document_id AND r.kind = 'annual_report'
WHERE p.document_id = ?1
"""
_INSERT_TASK = """
INSERT INTO tasks (
    document_id, position, heading_path, text, lead, responsible, deadline_text, deadline, section_id, passage
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_INSERT_ANSWER = """
INSERT INTO relations (from_document_id, to_document_id, kind, from_position, to_position, score, evidence)
VALUES (?, ?, 'implements', ?, ?, ?, ?)
"""


def note_plan(db: Database, document: str) -> None:
    """Recompute the tasks and items of a document, as its current version has them.

    One that is no plan has no tasks; one that is no policy either, or that asks for little, has no items.

    Args:
        db: the corpus, within a transaction.
        document: the document's id.
    """
    for table in ("plans", "plan_items", "tasks"):
        db.execute(f"DELETE FROM {table} WHERE document_id = ?", (document,))  # noqa: S608  names of ours
    plan = db.row(_PLAN, document, Kind.POLICY.value, Kind.TASK_PLAN.value)
    if plan is None:
        return
    document_kind, version, title, year, issuer, name, *described = plan
    passages, sections = load_passages(db, version)
    tasks = find_tasks(passages, year) if document_kind == Kind.TASK_PLAN else ()
    db.executemany(
        _INSERT_TASK,
        [
            (
                document,
                task.position,
                PATH_SEPARATOR.join(task.heading_path),
                task.text,
                task.lead,
                task.responsible,
                task.deadline_text,
                task.deadline.isoformat() if task.deadline else None,
                sections[task.passage],
                task.passage,
            )
            for task in tasks
        ],
    )
    items = find_items(passages)
    if len(items) < LEAST_ITEMS:
        return
    scope = _scope_of_body(*described) if issuer else _scope_of_title(title)
    body = issuer and issuer_id(name.removesuffix("办公厅").removesuffix("办公室"))
    db.execute(
        "INSERT INTO plans (document_id, year, issuer_id, body_id, scope, items) VALUES (?, ?, ?, ?, ?, ?)",
        (document, year, issuer, body, scope, len(items)),
    )
    db.executemany(
        "INSERT INTO plan_items (document_id, position, title, level, section_id) VALUES (?, ?, ?, ?, ?)",
        [
            (document, item, passages[item].heading_path[-1], passages[item].level, sections[item])
            for item in items
        ],
    )


def answer_plans(db: Database, reports: Iterable[str], documents: Iterable[str]) -> None:
    """Recompute which items of plans the reports speak of.

    Args:
        db: the corpus, within a transaction, with the items of plans and what reports cite.
        reports: ids of documents whose answers are to be recomputed; what is no report has none.
        documents: ids of documents the answers to which are; what is no plan has none.
    """
    pairs: dict[str, set[str]] = {}
    for report in reports:
        db.execute("DELETE FROM relations WHERE from_document_id = ? AND kind = 'implements'", (report,))
        pairs[report] = set(db.column(_PLANS_OF_REPORT, report))
    for document in documents:
        db.execute("DELETE FROM relations WHERE to_document_id = ? AND kind = 'implements'", (document,))
        for (report,) in db.rows(_REPORTS_OF_PLAN, document):
            pairs.setdefault(report, set()).add(document)
    plans: dict[str, Plan] = {}
    for report, wanted in sorted(pairs.items()):
        for plan in wanted - plans.keys():
            plans[plan] = read_plan(_load_current(db, plan))
        _answer_report(db, report, {plan: plans[plan] for plan in sorted(wanted)})


def _answer_report(db: Database, report: str, plans: dict[str, Plan]) -> None:
    if not plans:
        return
    read = read_report(_load_current(db, report))
    db.executemany(
        _INSERT_ANSWER,
        [
            (
                report,
                document,
                answer.passage,
                answer.item,
                answer.score,
                stated_json({"how": answer.how, "text": answer.evidence}),
            )
            for document, plan in plans.items()
            for answer in match_items(read, plan)
        ],
    )


def _load_current(db: Database, document: str) -> list[Passage]:
    return load_passages(db, db.value("SELECT current_version_id FROM documents WHERE id = ?", document))[0]


def _scope_of_body(kind: str, level: str | None, region: str | None) -> str | None:
    """Return the digits that the regions begin with which a body's plans bind; None where they bind none."""
    if kind not in _BINDING_KINDS or level not in _BINDING_LEVELS or region is None:
        return None
    return "" if level == NATIONAL else _shared_digits(region)


def _scope_of_title(title: str | None) -> str | None:
    """Return the same of a plan that names no body, by the place that its title begins with."""
    region = find_place(title).region if title else None
    return _shared_digits(region.code) if region else None


def _shared_digits(region: str) -> str:
    """Return the digits that the code of a region shares with those of all regions within it."""
    if region.endswith("0000"):
        return region[:2]
    return region[:4] if region.endswith("00") else region
