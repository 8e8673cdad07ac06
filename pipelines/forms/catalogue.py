"""The forms that are known: one YAML file each beside the other tables of knowledge."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from pipelines.forms.labels import bare_label
from pipelines.forms.records import Block, Column, Form, FormTable, Header, Identity, Measure, Row, Term
from pipelines.knowledge import load_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

_RELATIONS = {None: "=", "at_most": "<="}


@cache
def known_forms() -> tuple[Form, ...]:
    """Return the statutory forms, in the order of their years."""
    forms = (_form(entry) for entry in load_folder("forms"))
    return tuple(sorted(forms, key=lambda form: form.years[0] or 0))


@cache
def statistics_forms() -> tuple[Form, ...]:
    """Return the lists of indicators that came before the statutory forms, in the order of their years."""
    forms = (_form(entry) for entry in load_folder("forms_statistics"))
    return tuple(sorted(forms, key=lambda form: form.years[0] or 0))


def form_by_id(form_id: str) -> Form:
    """Return a form, statutory or older.

    Raises:
        KeyError: no form has that id.
    """
    return {form.id: form for form in (*known_forms(), *statistics_forms())}[form_id]


def _form(entry: Mapping[str, Any]) -> Form:
    first, last = entry["years"]
    return Form(
        id=entry["id"],
        name=entry["name"],
        source=entry["source"],
        years=(first, last),
        tables=tuple(
            FormTable(
                key=table["key"],
                heading=table["heading"],
                evidence=tuple(bare_label(words) for words in table["evidence"]),
                blocks=tuple(map(_block, table["blocks"])),
            )
            for table in entry["tables"]
        ),
        identities=tuple(map(_identity, entry["identities"])),
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
