"""The forms that are known: one YAML file each beside the other tables of knowledge.

A form stands alone, or `extends` another by rows and columns that it adds. What extends another is looked at
only in documents that may follow it: those of its years, and those that print what it alone has. So a new
file changes no other document.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pipelines.errors import FormRefused
from pipelines.forms.labels import bare_label, folded_label, label_head
from pipelines.forms.model import Block, Column, Form, FormTable, Header, Identity, Measure, Row, Term
from pipelines.knowledge import load_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


_RELATIONS = {None: "=", "at_most": "<="}


@cache
def known_forms() -> tuple[Form, ...]:
    """Return the statutory forms, as `load_forms` does, out of the folder of knowledge."""
    return load_forms(load_folder("forms"))


def load_forms(entries: Sequence[Mapping[str, Any]]) -> tuple[Form, ...]:
    """Return statutory forms in the order of their years, each before those that extend it.

    Args:
        entries: the contents of their files.

    Raises:
        FormRefused: a file extends a form that is not there, adds what cannot be placed, or names as evidence
            what another form prints, too.
    """
    forms = _in_order(map(_form, _full_entries(entries)))
    for form in forms:
        _refuse_shared_evidence(form, forms)
    return _with_last_years(forms)


@cache
def forms_alone() -> tuple[Form, ...]:
    """Return the statutory forms that extend no other."""
    return tuple(form for form in known_forms() if form.extends is None)


def possible_forms(text: str, year: int | None) -> tuple[Form, ...]:
    """Return the statutory forms that a document may follow, in their order.

    Args:
        text: of the document.
        year: that it reports on; None where it prints none.
    """
    if len(known_forms()) == len(forms_alone()):
        return known_forms()
    words = folded_label(text)
    return tuple(form for form in known_forms() if form.extends is None or _may_follow(form, words, year))


def _may_follow(form: Form, words: str, year: int | None) -> bool:
    """Tell whether a document can follow a form that extends another: by its year, or by its words."""
    if not form.is_variant and form.covers(year):
        return True
    is_too_early = year is not None and year < (form.years[0] or year)
    return not is_too_early and any(one in words for table in form.tables for one in table.own_evidence)


@cache
def statistics_forms() -> tuple[Form, ...]:
    """Return the lists of indicators that came before the statutory forms, in the order of their years."""
    return _in_order(map(_form, load_folder("forms_statistics")))


def form_by_id(form_id: str) -> Form:
    """Return a form, statutory or older.

    Raises:
        KeyError: no form has that id.
    """
    return {form.id: form for form in (*known_forms(), *statistics_forms())}[form_id]


def _in_order(forms: Iterable[Form]) -> tuple[Form, ...]:
    return tuple(sorted(forms, key=lambda form: form.years[0] or 0))


def _full_entries(entries: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield the entries with all that those which extend others take over, each behind what it extends."""
    full = {entry["id"]: entry for entry in entries if "extends" not in entry}
    yield from full.values()
    left = {entry["id"]: entry for entry in entries if "extends" in entry}
    while left:
        ready = [entry for entry in left.values() if entry["extends"] in full]
        if not ready:
            name, entry = next(iter(left.items()))
            problem = f"extends {entry['extends']}, which is no form that stands alone or on one that does"
            raise FormRefused(problem, where=f"{name}.yaml", hint="Name the id of a form beside it")
        for entry in ready:
            full[entry["id"]] = extend_entry(entry, full[entry["extends"]])
            yield full[entry["id"]]
            del left[entry["id"]]


def _with_last_years(forms: Sequence[Form]) -> tuple[Form, ...]:
    """Return the forms, those of open years with the last year before the next form's first."""
    firsts = sorted({form.years[0] for form in forms if form.years[0] is not None})
    before_next = {first: following - 1 for first, following in pairwise(firsts)}
    return tuple(
        replace(form, years=(form.years[0], before_next.get(form.years[0])))
        if form.years[0] is not None and form.years[1] is None
        else form
        for form in forms
    )


def _refuse_shared_evidence(form: Form, forms: Sequence[Form]) -> None:
    """Refuse words as evidence of a form that another prints, or has as evidence, and does not extend it."""
    for other in forms:
        if other is form or form.id in _line_of(other, forms):
            continue
        for table in form.tables:
            shared = next((one for one in table.own_evidence if other.prints(table.key, one)), None)
            if shared is not None:
                problem = f"evidence of {table.key} that {other.id} prints, too: {shared}"
                hint = (
                    "Evidence is what this form alone prints; let it extend the other, or leave the words out"
                )
                raise FormRefused(problem, where=f"{form.id}.yaml", hint=hint)


def _line_of(form: Form, forms: Sequence[Form]) -> Iterator[str]:
    """Yield the ids of the forms that a form extends, the nearest first."""
    by_id = {one.id: one for one in forms}
    while form.extends is not None:
        yield form.extends
        form = by_id[form.extends]


def _form(entry: Mapping[str, Any]) -> Form:
    first, last = entry["years"]
    return Form(
        id=entry["id"],
        name=entry["name"],
        source=entry["source"],
        years=(first, last),
        tables=tuple(map(_table, entry["tables"])),
        identities=tuple(map(_identity, entry["identities"])),
        extends=entry.get("extends"),
        is_variant=entry.get("is_variant", False),
    )


def _table(entry: Mapping[str, Any]) -> FormTable:
    return FormTable(
        key=entry["key"],
        heading=entry["heading"],
        own_evidence=tuple(bare_label(words) for words in entry["evidence"]),
        taken_evidence=tuple(bare_label(words) for words in entry.get("taken_evidence", ())),
        blocks=tuple(map(_block, entry["blocks"])),
    )


def _block(entry: Mapping[str, Any]) -> Block:
    return Block(
        key=entry["key"],
        caption=entry.get("caption"),
        columns=tuple(
            Column(
                column["key"],
                column["label"],
                _anchors(column),
                Measure(column.get("measure", "count")),
                column.get("unit"),
            )
            for column in entry["columns"]
        ),
        rows=tuple(Row(row["key"], row["label"], _anchors(row), row.get("group")) for row in entry["rows"]),
        headers=tuple(
            Header(header["key"], header["label"], _anchors(header)) for header in entry.get("headers", ())
        ),
    )


def _anchors(entry: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(bare_label(words) for words in entry.get("anchors", (entry["label"],)))


def _identity(entry: Mapping[str, Any]) -> Identity:
    return Identity(
        check=entry["check"],
        table=entry["table"],
        over=entry["over"],
        left=tuple(map(_term, entry["left"])),
        right=tuple(map(_term, entry["right"])),
        relation=_RELATIONS[entry.get("relation")],
        severity=entry["severity"],
        name_zh=entry["name_zh"],
        name_en=entry["name_en"],
        blocks=tuple(entry.get("blocks", ())),
        only=tuple(entry.get("only", ())),
    )


def _term(words: str) -> Term:
    name, _, year = words.removeprefix("-").partition("@")
    return Term(name, -1 if words.startswith("-") else 1, int(year or 0))


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
