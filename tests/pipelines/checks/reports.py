"""Reports for tests: figures as a report prints them, set into the cells of a statutory form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from pipelines.forms.form_catalogue import form_by_id
from pipelines.forms.form_model import CellState, Fact, How

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipelines.forms.form_model import Block, Column, Form, FormTable, Row

LEAVES_2019 = (
    *("disclosed", "partly_disclosed", "denied_state_secret", "denied_prohibited_by_law"),
    *("denied_security_stability", "denied_third_party", "denied_internal_affairs"),
    *("denied_process_information", "denied_enforcement_file", "denied_registry_lookup"),
    *("unable_not_held", "unable_must_be_created", "unable_still_unclear"),
    *("rejected_petition_complaint", "rejected_repeat", "rejected_publication"),
    *("rejected_excessive", "rejected_reconfirm", "other_handling"),
)


def facts_of(
    form_id: str, cells: Mapping[str, str], *, number: int = 1, tables: str = "t2 t3 t4"
) -> list[Fact]:
    """Return the facts of a form filled in.

    Args:
        form_id: of a known form.
        cells: what is printed, by `t3.new_requests.total`, `t2.art20_1.rules.made_this_year` or
            `t4.review.upheld`; a cell that is not named is blank.
        number: which table of its key.
        tables: those that the document has.
    """
    form = form_by_id(form_id)
    unknown = set(cells) - {key for table in form.tables for key in _keys(table)}
    assert not unknown, unknown
    return [
        fact
        for key in tables.split()
        if (table := form.table(key))
        for fact in _facts(form, table, cells, number)
    ]


def _facts(form: Form, table: FormTable, cells: Mapping[str, str], number: int) -> Iterator[Fact]:
    for ordinal, (block, row, column) in enumerate(table.cells()):
        raw = cells.get(cell_key(table, block, row, column), "")
        yield fact_of(
            raw,
            Fact(
                form=form.id,
                table_key=table.key,
                table_no=number,
                ordinal=ordinal,
                block_key=block.key,
                row_key=row.key,
                row_label=row.label,
                column_key=column.key,
                column_label=column.label,
                value=None,
                unit=column.unit,
                raw=raw,
                state=CellState.BLANK,
                start=ordinal,
                grid_row=ordinal,
            ),
        )


def fact_of(raw: str, blank: Fact) -> Fact:
    """Return a cell with something in it: a figure with or without sign and unit, a dash, or words."""
    figure, unit = (raw.removesuffix("万元"), "万元") if raw.endswith("万元") else (raw, blank.unit)
    if not raw:
        return blank
    if raw in {"-", "/", "—"}:
        return replace(blank, raw=raw, state=CellState.DASH)
    if not figure.lstrip("+-").replace(".", "", 1).isdecimal():
        return replace(blank, raw=raw, state=CellState.TEXT)
    state = CellState.NUMBER if float(figure) else CellState.ZERO
    value = figure.lstrip("+")
    return replace(blank, raw=raw, value=value, unit=unit, state=state, how=How.GRID)


def cell_key(table: FormTable, block: Block, row: Row, column: Column) -> str:
    """Return the key of a cell as the reference writes it."""
    if table.key == "t2":
        return f"t2.{block.key}.{row.key}.{column.key}"
    return f"{table.key}.{row.key}.{column.key}"


def _keys(table: FormTable) -> set[str]:
    return {cell_key(table, block, row, column) for block, row, column in table.cells()}


def changed(facts: list[Fact], key: str, raw: str) -> list[Fact]:
    """Return the facts with another figure in one cell."""
    return [replace(fact_of(raw, _emptied(fact)), raw=raw) if _key(fact) == key else fact for fact in facts]


def placed(facts: list[Fact], key: str, how: How) -> list[Fact]:
    """Return the facts with a cell whose place was decided otherwise."""
    return [replace(fact, how=how) if _key(fact) == key else fact for fact in facts]


def unread(facts: list[Fact], key: str, state: CellState, how: How | None = None) -> list[Fact]:
    """Return the facts with a cell in which something stands that is no value."""
    return [
        replace(fact, value=None, state=state, how=how, raw="?") if _key(fact) == key else fact
        for fact in facts
    ]


def _emptied(fact: Fact) -> Fact:
    in_cell = bool(fact.unit and (fact.raw or "").endswith(fact.unit))
    return replace(fact, value=None, state=CellState.BLANK, how=None, unit=None if in_cell else fact.unit)


def _key(fact: Fact) -> str:
    block = f"{fact.block_key}." if fact.table_key == "t2" else ""
    return f"{fact.table_key}.{block}{fact.row_key}.{fact.column_key}"


def filled(form_id: str, figure: str = "0") -> dict[str, str]:
    """Return every cell of a form with the same figure in it."""
    return {key: figure for table in form_by_id(form_id).tables for key in _keys(table)}


def rows_of(table: str, rows: Mapping[str, str]) -> dict[str, str]:
    """Return cells given row by row, `-` for one that is blank.

    Args:
        table: `t3` or `t4`, or `t2.<block>`.
        rows: the figures of each row with spaces between them, in the form's order.
    """
    columns = _COLUMNS[table]
    return {
        f"{table}.{row}.{column}": figure
        for row, figures in rows.items()
        for column, figure in zip(columns, figures.split(), strict=True)
        if figure != "-"
    }


_MATTERS = ("items_prev_year", "items_change", "decisions")
_COLUMNS: dict[str, tuple[str, ...]] = {
    "t2.art20_1": ("made_this_year", "published_this_year", "published_total"),
    "t2.art20_5": _MATTERS,
    "t2.art20_6": _MATTERS,
    "t2.art20_8": _MATTERS[:2],
    "t2.art20_9": ("procurement_projects", "procurement_amount"),
    "t3": (
        *("natural_person", "business", "research_institution", "public_welfare_org", "legal_service"),
        *("other_org", "total"),
    ),
    "t4": ("upheld", "corrected", "other_result", "pending", "total"),
}


def only_totals(leaves: tuple[str, ...], totals: str) -> dict[str, str]:
    """Return rows of results of which only the total is stated."""
    return {
        f"t3.{row}.total": figure for row, figure in zip(leaves, totals.split(), strict=True) if figure != "-"
    }


XINXIANG_2019 = {
    **rows_of("t2.art20_1", {"rules": "0 0 0", "normative_documents": "1438 1340 1688"}),
    **rows_of("t2.art20_5", {"licensing": "110 466 2841937", "other_external_services": "5366 6317 1831426"}),
    **rows_of("t2.art20_6", {"penalties": "15354 1788 14353", "coercive_measures": "647 163 41282"}),
    **rows_of("t2.art20_8", {"admin_fees": "77 6"}),
    **rows_of("t2.art20_9", {"central_procurement": "3373 725018.6987万元"}),
    **rows_of("t3", {"new_requests": "365 415 0 1 21 800 1602", "carried_in": "3 1 0 0 0 2 6"}),
    **only_totals(LEAVES_2019[:-1], "1412 21 1 11 8 12 2 2 0 1 81 1 2 33 1 1 1 0"),
    **rows_of("t3", {"other_handling": "10 3 0 0 0 3 16"}),
    **rows_of("t3", {"results_total": "367 415 0 1 21 802 1606", "carried_out": "1 1 0 0 0 0 2"}),
    **rows_of("t4", {"review": "63 66 37 34 200", "litigation_direct": "57 19 18 10 104"}),
    **rows_of("t4", {"litigation_after_review": "20 4 6 15 45"}),
}

XINYANG_2019 = {
    **rows_of("t2.art20_1", {"rules": "0 0 0", "normative_documents": "246 224 319"}),
    **rows_of("t2.art20_5", {"licensing": "3533 319 823854", "other_external_services": "1450 453 39387"}),
    **rows_of("t2.art20_6", {"penalties": "9203 540 23787", "coercive_measures": "606 69 21394"}),
    **rows_of("t2.art20_8", {"admin_fees": "1459 163"}),
    **rows_of("t2.art20_9", {"central_procurement": "3782 311580.0109万元"}),
    **rows_of("t3", {"new_requests": "554 7 0 1 27 50 639", "carried_in": "6 0 0 0 0 0 6"}),
    **only_totals(LEAVES_2019[:-2], "498 14 0 5 0 25 1 0 0 3 58 2 0 10 11 0 0"),
    **rows_of("t3", {"rejected_reconfirm": "0 0 0 0 0 0 0", "other_handling": "17 0 0 0 0 0 17"}),
    **rows_of("t3", {"results_total": "559 7 0 1 27 50 644", "carried_out": "1 0 0 0 0 0 1"}),
    **rows_of("t4", {"review": "15 15 4 3 37", "litigation_direct": "10 2 1 2 15"}),
    **rows_of("t4", {"litigation_after_review": "8 0 0 0 8"}),
}

_NATURAL = {"new_requests": 16, "carried_in": 1, "disclosed": 13, "partly_disclosed": 1}
_NATURAL |= {"unable_not_held": 2, "results_total": 17, "carried_out": 1}

PINGYUAN_2020 = {
    **rows_of("t2.art20_1", {"rules": "0 0 0", "normative_documents": "24 24 24"}),
    **rows_of("t2.art20_5", {"licensing": "428 195 294", "other_external_services": "- 27 64"}),
    **rows_of("t2.art20_6", {"penalties": "- 5 162", "coercive_measures": "- - 3"}),
    **rows_of("t2.art20_8", {"admin_fees": "- 1"}),
    **rows_of("t2.art20_9", {"central_procurement": "332 77180.86万元"}),
    **{key: figure for key, figure in filled("form_2019").items() if key.startswith("t3.")},
    **{f"t3.{row}.natural_person": str(figure) for row, figure in _NATURAL.items()},
    **rows_of("t4", {"review": "0 1 2 0 3", "litigation_direct": "0 0 0 0 0"}),
    **rows_of("t4", {"litigation_after_review": "0 0 0 0 0"}),
}
