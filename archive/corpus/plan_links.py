"""Which plans a report speaks of: the items of each plan, and the relations `implements`.

    policy, task plan ─ note_plan ─▶ plans, plan_items, tasks
    reports and plans that changed ─ answer_plans ─▶ relations from a passage of a report to an item of a plan

Compared are a report and a plan
- of one year, if the plan is the report's own body's or of that body's office, or that of a government of its
  region or of one above it (by the digits of GB/T 2260: 41 is above 4107, and no digits are above all);
- or of any year, if the report cites the plan's number.
A plan of a department, of a township or of a zone binds its own body alone. What a report says to a plan
depends on these two alone, so that it does not matter which of them came first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.corpus.versions import PATH_SEPARATOR, load_passages
from archive.database import Database, stated_json
from pipelines.bodies.regions import COUNTY, NATIONAL, PREFECTURE, PROVINCE, find_place
from pipelines.duplicates.plan_matching import Plan, find_items, match_items, read_plan, read_report
from pipelines.identity import issuer_id
from pipelines.metadata.fields import Kind
from pipelines.plan_tasks import find_tasks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipelines.text.outline import Passage


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
_INSERT = """
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
    db.execute("DELETE FROM plans WHERE document_id = ?", (document,))
    db.execute("DELETE FROM plan_items WHERE document_id = ?", (document,))
    db.execute("DELETE FROM tasks WHERE document_id = ?", (document,))
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
        _INSERT,
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
