"""Gates between deriving and publishing: what must hold before readers see a new copy.

    gates.yaml, DATA/gates.yaml ─▶ rules ─┐
    corpus ─what the served copy lacks─▶ figures of a portal, and of all ─▶ publish, or refuse

The rules stand in `gates.yaml` beside this module, with their SQL, bounds and sources. They look at what the
copy that readers have does not hold, as the journal of publications names it, so they cost what is new.
One that refuses leaves readers their copy, and does so each night until it is mended or overruled.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import msgspec
import yaml
from msgspec.structs import asdict

from archive.corpus.store import reading
from archive.data_folder import DataDir
from archive.database import Database, unchanging_uri
from archive.publish.journal import find_generation
from archive.warc.files import archive_files
from archive.yaml_places import Place, compose
from crawler.registry.loading import load_registry
from pipelines.errors import BadConfiguration, ExitCode, GongkaiError
from pipelines.knowledge import load_table
from pipelines.response.witnesses import NO_ERRORS
from pipelines.structs import FrozenStruct


class GateRefused(GongkaiError):
    """Publishing would replace a good copy by a worse one."""

    exit_code = ExitCode.REFUSED


class GatesMismatch(BadConfiguration):
    """The operator's bounds of gates cannot be understood."""


class Bound(FrozenStruct, forbid_unknown_fields=True):
    """From when on a rule refuses.

    Attributes:
        most: the largest share that is let through, 0 to 1.
        fewest: of fewer a share says nothing.
    """

    most: float
    fewest: int


class Gate(FrozenStruct, forbid_unknown_fields=True, kw_only=True):
    """One rule, as its YAML states it.

    Attributes:
        means: what it refuses.
        says: a sentence with places for `bad`, `of`, `left` and `where`.
        unit: what its share is of.
        source: what set its bounds.
        noticed_by: the test that would notice them change.
        sql: gives the portal (or table), how many are bad, and of how many.
        each: the bound of a portal, or of a table; None where none refuses alone.
        all: that of all together.
        portals: the operator's own bounds, by portal.
    """

    means: str
    says: str
    unit: str
    source: str
    noticed_by: str
    sql: str
    each: Bound | None = None
    all: Bound | None = None
    portals: dict[str, Bound | None] = {}


@cache
def shipped_gates() -> Mapping[str, Gate]:
    """Return the rules with the bounds that gongkai comes with, by name."""
    return msgspec.convert(load_table("gates", "gongkai"), dict[str, Gate])


def load_gates(data: DataDir) -> dict[str, Gate]:
    """Return the rules with the operator's bounds, by name.

    Raises:
        GatesMismatch: `gates.yaml` in the data directory cannot be understood; told with its line.
    """
    gates = dict(shipped_gates())
    path = data.root / "gates.yaml"
    node = compose(path, GatesMismatch, "See docs/nights.md") if path.exists() else None
    if node is None:
        return gates
    for name, rule in Place(path, "", node, GatesMismatch).fields(gates, frozenset()).items():
        given = rule.fields(dict.fromkeys(("each", "all", "portals")), frozenset())
        own = given.pop("portals", None)
        changed: dict[str, Any] = {
            side: _read_bound(place, getattr(gates[name], side)) for side, place in given.items()
        }
        if own:
            changed["portals"] = {
                portal: _read_bound(place, gates[name].each) for portal, place in _portals_of(own, data)
            }
        gates[name] = gates[name].replace(**changed)
    return gates


def _portals_of(own: Place, data: DataDir) -> Iterator[tuple[str, Place]]:
    """Yield the portals of which a rule states bounds, with those."""
    written = own.node.value if isinstance(own.node, yaml.MappingNode) else ()
    registry = load_registry(data.portals)
    for portal, place in own.fields({str(key.value): None for key, _ in written}, frozenset()).items():
        if portal not in registry.portals and portal not in registry.mismatches:
            place.refuse("no such portal", "gongkai portals list shows all names")
        yield portal, place


def _read_bound(place: Place, shipped: Bound | None) -> Bound | None:
    if place.node.tag == "tag:yaml.org,2002:null":
        return None
    values = asdict(shipped) if shipped else {}
    kinds = {"most": (float, "a share from 0 to 1"), "fewest": (int, "a count from 1 on")}
    for name, written in place.fields(kinds, frozenset(kinds.keys() - values.keys())).items():
        kind, wanted = kinds[name]
        try:
            values[name] = kind(written.text())
        except ValueError:
            # Out of any bounds, so that the refusal below tells it.
            values[name] = -1
        if not (0 <= values[name] <= 1 if kind is float else values[name] >= 1):
            written.refuse(f"{written.text()!r} is not {wanted}")
    return Bound(**values)


def check_gates(data: DataDir, overruled: Collection[str] = ()) -> tuple[str, ...]:
    """Hold the corpus against the rules.

    Args:
        data: the data directory.
        overruled: names of rules that may not refuse.

    Returns:
        What those that were overruled would have refused, in words.

    Raises:
        GateRefused: a rule refuses; says which, by which figures, and how to overrule it.
        CorpusUnreadable: the corpus or the published copy is damaged.
        GatesMismatch: the operator's bounds cannot be understood.
    """
    with reading(data.corpus_db) as corpus:
        if not corpus.execute("SELECT 1 FROM captures").fetchone() and archive_files(data.warc):
            raise GateRefused(
                "the corpus is empty, and there is evidence",
                where=data.corpus_db.name,
                hint="Run gongkai derive",
            )
        _attach_served(corpus, data)
        no_errors = json.dumps(sorted(NO_ERRORS))
        refusals = {}
        for name, gate in load_gates(data).items():
            parameters = {"no_errors": no_errors, "most": gate.each.most if gate.each else 1}
            if told := "; ".join(find_refusals(gate, corpus.execute(gate.sql, parameters))):
                refusals[name] = f"{name}: {told}"
    against = {name: told for name, told in refusals.items() if name not in overruled}
    if against:
        options = " ".join(f"--overrule {name}" for name in against)
        raise GateRefused(
            "; ".join(against.values()),
            where=data.corpus_db.name,
            hint=f"The published copy stays. Once looked at, to publish this once: gongkai publish {options}",
        )
    return tuple(refusals.values())


def find_refusals(gate: Gate, rows: Iterable[tuple[str | None, int, int]]) -> Iterator[str]:
    """Say why a rule refuses; nothing where it lets through.

    Args:
        gate: the rule.
        rows: of each portal, or table, how many are bad, and of how many.
    """
    bad_in_all = all_of = 0
    for where, bad, of in rows:
        bad_in_all, all_of = bad_in_all + bad, all_of + of
        if _is_beyond(gate.portals.get(where or "", gate.each), bad, of):
            told = gate.says.format(bad=bad, of=of, left=of - bad, where=where or "imported files")
            yield told if "{where}" in gate.says else f"{where or 'imported files'}: {told}"
    if _is_beyond(gate.all, bad_in_all, all_of):
        yield "in all, " + gate.says.format(bad=bad_in_all, of=all_of, left=all_of - bad_in_all, where="all")


def _is_beyond(bound: Bound | None, bad: int, of: int) -> bool:
    return bound is not None and of >= bound.fewest and bad > bound.most * of


def _attach_served(corpus: Database, data: DataDir) -> None:
    """Attach the copy that readers have, and gather what it lacks."""
    copy = data.public_db.resolve() if data.public_db.exists() else None
    if copy:
        # Looked at by itself, so that a damaged copy is not taken for a damaged corpus.
        with reading(copy, hint="gongkai publish --force puts a new copy in its place") as served:
            served.execute("SELECT max(id) FROM documents").fetchone()
    corpus.execute("ATTACH ? AS served", (unchanging_uri(copy) if copy else ":memory:",))
    if not copy:
        for table in ("captures", "documents", "versions", "changes", "checks"):
            corpus.execute(f"CREATE TABLE served.{table} AS SELECT * FROM main.{table} WHERE 0")  # noqa: S608  names of ours
    # None for a copy that the journal does not name: then all that the corpus has is held against it.
    since = copy and find_generation(corpus, copy.name)
    corpus.execute(_FRESH.format(*(_TOUCHED_TEXTS if since else _ALL_TEXTS)), {"since": since})
    corpus.execute(_HAPPENED + (_TOUCHED_EVENTS if since else ""), {"since": since})
    corpus.execute("CREATE TEMP TABLE held (name, old, new)")
    for name, table, key in _NEVER_FEWER:
        counted = (_HELD_SINCE if since else _HELD).format(name=name, table=table, key=key)
        corpus.execute(f"INSERT INTO held {counted}", {"since": since})


_FRESH = """
CREATE TEMP TABLE fresh AS
SELECT v.number AS text, d.portal_id, d.kind, d.year, d.read_state
FROM {} CROSS JOIN documents AS d ON d.current_version_id = v.id WHERE {}
"""
_ALL_TEXTS = "stored_versions AS v", "1"
_TOUCHED_TEXTS = (
    "_touched AS t CROSS JOIN stored_versions AS v ON v.number = t.unit",
    """t.name = 'stored_versions' AND t.since >= :since
    AND NOT EXISTS (SELECT 1 FROM served.stored_versions AS s WHERE s.id = v.id)""",
)
_HAPPENED = """
CREATE TEMP TABLE happened AS
SELECT document_id, kind, from_version_id, to_version_id FROM main.changes AS h
WHERE NOT EXISTS (
    SELECT 1 FROM served.changes AS s WHERE s.document_id = h.document_id AND s.observed_at = h.observed_at
    AND s.kind = h.kind AND s.capture_id = h.capture_id)
"""
_TOUCHED_EVENTS = """
AND document_id IN (SELECT unit FROM _touched WHERE name = 'changes' AND since >= :since)
"""
# By the public name, which copies of every schema have: the table with the rows, and its unit in the journal.
_NEVER_FEWER = (
    ("captures", "stored_captures", "number"),
    ("documents", "documents", "id"),
    ("versions", "stored_versions", "number"),
)
_HELD = "SELECT '{name}', (SELECT count(*) FROM served.{name}), (SELECT count(*) FROM main.{table})"
# What the copy had was counted when it was made; only what was touched since may be gone, or new.
_HELD_SINCE = """
SELECT '{name}', c.rows ->> '{name}', (c.rows ->> '{name}') + (
    SELECT count(m.{key}) - count(s.{key}) FROM _touched AS t
    LEFT JOIN main.{table} AS m ON m.{key} = t.unit LEFT JOIN served.{table} AS s ON s.{key} = t.unit
    WHERE t.name = '{table}' AND t.since >= :since)
FROM _copies AS c WHERE c.generation = :since
"""
