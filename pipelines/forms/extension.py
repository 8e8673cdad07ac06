"""A form that extends another: the other's file with the rows and columns that it adds.

added:
- {table: t3, row: denied_trade_secret, behind: denied_registry_lookup, label: 9.属于商业秘密,
     sums: [t3.results_sum]}
- {table: t3, column: sole_trader, behind: business, label: 个体工商户, sums: [t3.row_total]}
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from pipelines.errors import FormRefused
from pipelines.forms.labels import folded_label, label_head

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_KEYS = frozenset({"id", "name", "source", "extends", "years", "added", "evidence"})
_LINE_KEYS = frozenset({"label", "anchors", "measure", "unit"})
_ADDED_KEYS = _LINE_KEYS | {"table", "row", "column", "behind", "sums"}


def extend_entry(entry: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return all of a form that extends another, as the file of a form that stands alone has it.

    Args:
        entry: `id`, `name`, `source`, `extends` and `added`; `years`, without which it is a variant of those
            of the other, as issuers print it; `evidence` by table, without which it is the labels added.
        other: the form that it extends, in full.

    Raises:
        FormRefused: it has a key that is not known, or adds what cannot be placed.
    """
    where = f"{entry['id']}.yaml"
    _refuse_unknown(entry, _KEYS, where)
    full = deepcopy(dict(other)) | {key: entry[key] for key in ("id", "name", "source", "extends")}
    full["years"] = entry.get("years", other["years"])
    full["is_variant"] = "years" not in entry
    for table in full["tables"]:
        added = [one for one in entry["added"] if one.get("table") == table["key"]]
        stated = entry.get("evidence", {}).get(table["key"])
        table["taken_evidence"] = [*table.get("taken_evidence", ()), *table["evidence"]]
        table["evidence"] = list(_telling_labels(added, table)) if stated is None else stated
    for one in entry["added"]:
        _add(one, full, where)
    return full


def _refuse_unknown(entry: Mapping[str, Any], known: frozenset[str], where: str) -> None:
    unknown = sorted(entry.keys() - known)
    if unknown:
        hint = f"A form that extends another has {', '.join(sorted(known))}"
        raise FormRefused(f"unknown key {unknown[0]}", where=where, hint=hint)


def _telling_labels(added: Iterable[Mapping[str, Any]], table: Mapping[str, Any]) -> Iterator[str]:
    """Yield the labels that are added and stand in no label of the other form (其他 stands in many)."""
    printed = [folded_label(one["label"]) for one in _printed(table)]
    heads = (label_head(one["label"]) for one in added)
    return (head for head in heads if not any(head in label for label in printed))


def _printed(table: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for block in table["blocks"]:
        yield from (*block["columns"], *block["rows"], *block.get("headers", ()))


def _add(added: Mapping[str, Any], full: dict[str, Any], where: str) -> None:
    """Put a row or column behind the one that it names, and into the sums that it is part of."""
    _refuse_unknown(added, _ADDED_KEYS, where)
    kind = "row" if "row" in added else "column"
    new = {"key": added[kind]} | {key: added[key] for key in added.keys() & _LINE_KEYS}
    places = [
        (lines, number)
        for table in full["tables"]
        if table["key"] == added["table"]
        for block in table["blocks"]
        for lines in (block[f"{kind}s"],)
        for number, line in enumerate(lines)
        if line["key"] == added["behind"]
    ]
    if not places:
        problem = (
            f"{added['behind']}, behind which {added[kind]} is to stand, is no {kind} of {added['table']}"
        )
        raise FormRefused(problem, where=where)
    for lines, number in places:
        group = {"group": lines[number]["group"]} if "group" in lines[number] else {}
        if all(line["key"] != new["key"] for line in lines):
            lines.insert(number + 1, new | group)
    for check in added.get("sums", ()):
        _count_in(check, added[kind], added["behind"], full, where)


def _count_in(check: str, key: str, beside: str, full: dict[str, Any], where: str) -> None:
    """Make a row or column a further part of a sum, on the side of the one that it stands behind."""
    sides = [
        identity[side]
        for identity in full["identities"]
        if identity["check"] == check
        for side in ("left", "right")
        if beside in identity[side]
    ]
    if not sides:
        raise FormRefused(f"{check} is no sum that {beside} is part of", where=where)
    for side in sides:
        side.insert(side.index(beside) + 1, key)
