"""The rows of T3 whose labels an extractor tore off: as many rows of figures as are missing, just there.

A row is one of the form by its label. Where labels are lost between two rows that have theirs, the figures
that stand between them, in order, are the missing rows, if they are as many in every gap of the table, each
adds up to its total, and all of them together add up to 总计 in every column. So no row is assigned unless
the whole table is.
"""

from __future__ import annotations

from itertools import pairwise, product
from typing import TYPE_CHECKING

from pipelines.forms.align_figures import adds_up, contradicts_no_sum, find_sums, known_numbers
from pipelines.forms.align_spans import AlignedLine, Alignment
from pipelines.forms.form_model import How
from pipelines.forms.labels import folded_label

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipelines.forms.form_model import Form, FormTable
    from pipelines.forms.lines import Line

    Placed = Mapping[str, Sequence[AlignedLine]]


def fill_gaps(lines: Sequence[Line], placed: Placed, table: FormTable, form: Form) -> dict[str, AlignedLine]:
    """Return the rows that stand in the gaps of the applications table (收到和处理政府信息公开申请情况).

    Args:
        lines: of the sheet, in order.
        placed: by key, the rows that are told by their labels; those in doubt are missing.
        table: of the form.
        form: whose sums hold.

    Returns:
        By key, the rows that were missing; none unless every gap is filled and all results add up.

    Source: 国办公开办函〔2021〕30号, table 3.
    """
    (block,) = table.blocks
    told = {key: of[0] for key, of in placed.items() if len(of) == 1 and _states_all(of[0])}
    if not told or len(told) == len(block.rows) or any(map(_contradicts_itself, placed.values())):
        return {}
    header = next(iter(told.values())).header
    count = len(header.columns)
    keys = {id(one.line.row): key for key, one in told.items()}
    full = [line for line in lines if len(line.figures) == count and adds_up(line.figures)]
    headers = {one.key: one.label for one in block.headers}
    labels = {
        row.key: "".join((*headers.values(), row.label)) if row.group else row.label for row in block.rows
    }
    found = _match_gaps([(keys.get(id(line.row)), line) for line in full], labels, told)
    filled = {
        key: AlignedLine(line, header, Alignment(line.figures, How.ARITHMETIC), block, line.label)
        for key, line in found.items()
    }
    return filled if filled and _all_sums_hold({**told, **filled}, table, form) else {}


def _contradicts_itself(printed: Sequence[AlignedLine]) -> bool:
    """Tell whether a row is printed several times: which of them counts, no sum tells."""
    return sum(one.line.has_figures for one in printed) > 1


def _states_all(one: AlignedLine) -> bool:
    return one.alignment.trouble is None and one.header.is_whole and one.line.has_figures


def _match_gaps(
    full: Sequence[tuple[str | None, Line]], labels: Mapping[str, str], told: Mapping[str, AlignedLine]
) -> dict[str, Line]:
    """Return the lines without a row by the keys of the rows that are missing; none if a gap differs."""
    rows = list(labels)
    order = {key: number for number, key in enumerate(rows)}
    anchors = [-1, *(number for number, (key, _) in enumerate(full) if key), len(full)]
    places = [-1, *(order[key] for key, _ in full if key), len(rows)]
    found: dict[str, Line] = {}
    for (start, end), (above, below) in zip(pairwise(anchors), pairwise(places), strict=True):
        between = [line for _, line in full[start + 1 : end]]
        missing = [key for key in rows[above + 1 : below] if key not in told]
        if len(between) != len(missing) or above >= below:
            return {}
        # No character is left of a label that it does not have, nor the groups that stand before it.
        if any(
            set(folded_label(line.label)) - set(folded_label(labels[key]))
            for line, key in zip(between, missing, strict=True)
        ):
            return {}
        found |= dict(zip(missing, between, strict=True))
    return found


def _all_sums_hold(rows: Mapping[str, AlignedLine], table: FormTable, form: Form) -> bool:
    """Tell whether all results are known, in every column, and no sum of the form fails."""
    sums, known = find_sums(form), known_numbers(rows)
    columns = [column.key for column in table.blocks[0].columns]
    if sums is None or not {*product((*sums.results, sums.total), columns)} <= known.keys():
        return False
    return contradicts_no_sum(known, form)
