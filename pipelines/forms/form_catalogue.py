"""The forms that are known: one YAML file each beside the other tables of knowledge.

A form stands alone, or `extends` another by rows and columns that it adds. What extends another is looked at
only in documents that may follow it: those of its years, and those that print what it alone has. So a new
file changes no other document.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from functools import cache
from itertools import pairwise
from typing import Any, TypeVar

import msgspec

from pipelines.forms.form_model import Form, FormTable, Measure
from pipelines.forms.labels import bare_label, folded_label, label_head
from pipelines.knowledge import BadTable, load_folder
from pipelines.structs import FrozenStruct

Entry = Mapping[str, Any]
"""What the file of a form, or a part of it, holds."""


T = TypeVar("T")
Forms = tuple[Form, ...]
"""Those that are known, or that a document may follow, in the order of their years."""


@cache
def known_forms() -> Forms:
    """Return the statutory forms, as `load_forms` does, out of the folder of knowledge."""
    return load_forms(load_folder("forms"))


def load_forms(entries: Sequence[Entry]) -> Forms:
    """Return statutory forms in the order of their years, each before those that extend it.

    Args:
        entries: the contents of their files.

    Raises:
        BadTable: a file extends a form that is not there, adds what cannot be placed, or names as evidence
            what another form prints, too.
    """
    forms = _in_order(map(_build_form, _full_entries(entries)))
    for form in forms:
        _refuse_shared_evidence(form, forms)
    return _with_last_years(forms)


@cache
def forms_alone() -> Forms:
    """Return the statutory forms that extend no other."""
    return tuple(form for form in known_forms() if form.extends is None)


def possible_forms(text: str, year: int | None) -> Forms:
    """Return the statutory forms that a document may follow, in their order.

    Args:
        text: of the document.
        year: that it reports on; None where it prints none.
    """
    return tuple(form for form in known_forms() if form.extends is None or _may_follow(form, text, year))


def _may_follow(form: Form, text: str, year: int | None) -> bool:
    """Tell whether a document can follow a form that extends another: by its year, or by its words."""
    if not form.is_variant and form.covers_year(year):
        return True
    is_too_early = year is not None and year < (form.years[0] or year)
    words = folded_label(text)
    return not is_too_early and any(one in words for table in form.tables for one in table.evidence)


@cache
def statistics_forms() -> Forms:
    """Return the lists of indicators that came before the statutory forms, in the order of their years."""
    return _in_order(map(_build_form, load_folder("forms_statistics")))


@cache
def forms_by_id() -> dict[str, Form]:
    """Return all forms, statutory and older."""
    return {form.id: form for form in (*known_forms(), *statistics_forms())}


def form_by_id(form_id: str) -> Form:
    """Return a form, statutory or older.

    Raises:
        KeyError: no form has that id.
    """
    return forms_by_id()[form_id]


@cache
def tables_of(key: str, forms: Forms) -> tuple[FormTable, ...]:
    """Return the tables of one key, of those of the forms that have it."""
    return tuple(table for form in forms if (table := form.table(key)))


CellKey = tuple[str | None, str, str]
"""Block, row and column of a cell; the block is None in a table of one block."""


@cache
def measures_of(form_id: str, table_key: str) -> dict[CellKey, Measure]:
    """Return what each cell of a table of a form holds, by its key, in the form's order."""
    layout = form_by_id(form_id).table(table_key)
    cells = layout.cells() if layout else ()
    return {(block.key, row.key, column.key): column.measure for block, row, column in cells}


def _in_order(forms: Iterable[Form]) -> Forms:
    return tuple(sorted(forms, key=lambda form: form.years[0] or 0))


def _full_entries(entries: Sequence[Entry]) -> Iterable[Entry]:
    """Return the entries with all that those which extend others take over, each behind what it extends."""
    full = {entry["id"]: entry for entry in entries if "extends" not in entry}
    left = [entry for entry in entries if "extends" in entry]
    while left:
        ready = {entry["id"]: entry for entry in left if entry["extends"] in full}
        if not ready:
            problem = f"extends {left[0]['extends']}, which is no form that stands alone or on one that does"
            raise BadTable(problem, where=_file_of(left[0]["id"]), hint="Name the id of a form beside it")
        for name, entry in ready.items():
            full[name] = _extend_entry(_convert_entry(entry, _Extension), full[entry["extends"]])
        left = [entry for entry in left if entry["id"] not in full]
    return full.values()


def _with_last_years(forms: Sequence[Form]) -> Forms:
    """Return the forms, those of open years with the last year before the next form's first."""
    firsts = sorted({form.years[0] for form in forms if form.years[0] is not None})
    before_next = {first: following - 1 for first, following in pairwise(firsts)}
    return tuple(
        form.replace(years=(form.years[0], before_next.get(form.years[0])))
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
            shared = next((one for one in table.evidence if other.prints_words(table.key, one)), None)
            if shared is not None:
                problem = f"evidence of {table.key} that {other.id} prints, too: {shared}"
                hint = (
                    "Evidence is what this form alone prints; let it extend the other, or leave the words out"
                )
                raise BadTable(problem, where=_file_of(form.id), hint=hint)


def _line_of(form: Form, forms: Sequence[Form]) -> Iterator[str]:
    """Yield the ids of the forms that a form extends, the nearest first."""
    by_id = {one.id: one for one in forms}
    while form.extends is not None:
        yield form.extends
        form = by_id[form.extends]


def _build_form(entry: Entry) -> Form:
    full = deepcopy(dict(entry))
    for table in full["tables"]:
        for kind in ("evidence", "inherited_evidence"):
            table[kind] = [bare_label(words) for words in table.get(kind, ())]
        for line in _printed_lines(table):
            line["anchors"] = [bare_label(words) for words in line.get("anchors") or (line["label"],)]
    for identity in full["identities"]:
        for side in ("left", "right"):
            identity[side] = list(map(_parse_summand, identity[side]))
    return _convert_entry(full, Form)


def _convert_entry(entry: Entry, shape: type[T]) -> T:
    try:
        return msgspec.convert(entry, shape)
    except msgspec.ValidationError as error:
        raise BadTable(str(error), where=_file_of(entry["id"])) from error


def _file_of(form_id: str) -> str:
    return f"{form_id}.yaml"


def _parse_summand(words: str) -> dict[str, Any]:
    """Return a summand: `-key@-1` is subtracted, and of the report of the year before."""
    key, _, year = words.removeprefix("-").partition("@")
    return {"key": key, "sign": -1 if words.startswith("-") else 1, "year": int(year or 0)}


def _printed_lines(table: Entry) -> Iterator[dict[str, Any]]:
    for block in table["blocks"]:
        yield from (*block["columns"], *block["rows"], *block.get("headers", ()))


class _Added(FrozenStruct, forbid_unknown_fields=True, kw_only=True):
    """A row or a column that a form has beside those of the form that it extends, behind one of them."""

    table: str
    behind: str
    label: str
    row: str | None = None
    column: str | None = None
    anchors: tuple[str, ...] = ()
    measure: str = "count"
    unit: str | None = None
    sums: tuple[str, ...] = ()


class _Extension(FrozenStruct, forbid_unknown_fields=True, kw_only=True):
    """The file of a form that extends another; without years it is a variant, as issuers print it."""

    id: str
    extends: str
    name: str
    source: str
    added: tuple[_Added, ...]
    years: tuple[int | None, int | None] | None = None
    evidence: dict[str, tuple[str, ...]] = {}


def _extend_entry(extension: _Extension, other: Entry) -> dict[str, Any]:
    """Return all of a form that extends another, as the file of a form that stands alone has it."""
    full = deepcopy(dict(other))
    full |= {key: getattr(extension, key) for key in ("id", "name", "source", "extends")}
    full["years"] = extension.years or other["years"]
    full["is_variant"] = extension.years is None
    for table in full["tables"]:
        key = table["key"]
        added = [one for one in extension.added if one.table == key]
        table["inherited_evidence"] = [*table.get("inherited_evidence", ()), *table["evidence"]]
        table["evidence"] = extension.evidence.get(key) or list(_telling_labels(added, table))
    for one in extension.added:
        _add_line(one, full)
    return full


def _telling_labels(added: Iterable[_Added], table: Entry) -> Iterator[str]:
    """Yield the labels that are added and stand in no label of the other form (其他 stands in many)."""
    printed = [folded_label(line["label"]) for line in _printed_lines(table)]
    heads = (label_head(one.label) for one in added)
    return (head for head in heads if not any(head in label for label in printed))


def _add_line(added: _Added, full: Entry) -> None:
    """Put a row or column behind the one that it names, and into the sums that it is part of."""
    kind, key = ("row", added.row) if added.row else ("column", added.column)
    new = {"key": key} | {name: getattr(added, name) for name in ("label", "anchors", "measure", "unit")}
    blocks = (block for table in full["tables"] if table["key"] == added.table for block in table["blocks"])
    places = [
        (lines, number)
        for block in blocks
        for lines in (block[f"{kind}s"],)
        for number, line in enumerate(lines)
        if line["key"] == added.behind
    ]
    if not places:
        problem = f"{added.behind}, behind which {key} is to stand, is no {kind} of {added.table}"
        raise BadTable(problem, where=_file_of(full["id"]))
    for lines, number in places:
        # Blocks of the same columns share one list of them (YAML anchors).
        if all(line["key"] != key for line in lines):
            lines.insert(number + 1, new | {"group": lines[number].get("group")})
    for check in added.sums:
        _count_in(check, added, full)


def _count_in(check: str, added: _Added, full: Entry) -> None:
    """Make a row or column a further part of a sum, on the side of the one that it stands behind."""
    identities = (identity for identity in full["identities"] if identity["check"] == check)
    sides = [identity[side] for identity in identities for side in ("left", "right")]
    beside = [side for side in sides if added.behind in side]
    if not beside:
        raise BadTable(f"{check} is no sum that {added.behind} is part of", where=_file_of(full["id"]))
    for side in beside:
        side.insert(side.index(added.behind) + 1, added.row or added.column)
