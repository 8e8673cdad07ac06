"""Every layout by name, and a filled form brought into one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.pipelines.statutory import plain_text
from tests.pipelines.statutory.arrangements import ARRANGEMENTS, printed
from tests.pipelines.statutory.filling import fill
from tests.pipelines.statutory.markup import MARKUPS, page
from tests.pipelines.statutory.mutations import MUTATIONS, OF_BLANKS, OF_COLUMNS, OF_SPANS, Mutated
from tests.pipelines.statutory.printed_forms import FORM_2019, FORM_2021, HEADINGS

if TYPE_CHECKING:
    from random import Random

    from tests.pipelines.statutory.filling import FilledForm

KEEPING = (*(f"html {name}" for name in MARKUPS), *plain_text.KEEPING)
LAYOUTS = (*KEEPING, *plain_text.LOSING)
TEXTS = plain_text.KEEPING | plain_text.LOSING
ACCIDENTS = tuple(
    (layout, mutation)
    for layout in LAYOUTS
    for mutation in MUTATIONS
    if not (mutation in OF_SPANS and layout in TEXTS)
    and not (mutation in OF_BLANKS and layout not in KEEPING)
)
"""What may happen to which layout, so that it can be known to have happened."""


@dataclass(frozen=True, slots=True)
class Case:
    """A filled form, arranged, perhaps mutated, and the layout that it is to be written in."""

    layout: str
    filled: FilledForm
    mutated: Mutated
    chance: Random

    @classmethod
    def of(
        cls,
        layout: str,
        arrangement: str,
        chance: Random,
        mutation: str | None = None,
        *,
        complete: bool = False,
    ) -> Case:
        """Fill a form at random, or completely, and bring it into shape."""
        form = chance.choice((FORM_2019, FORM_2021))
        filled = fill(form, chance, plain=complete or layout in plain_text.LOSING, complete=complete)
        sheets = printed(filled, HEADINGS, chance.randint(0, 3))
        sheets = ARRANGEMENTS[arrangement](sheets, chance)
        if mutation in OF_COLUMNS:
            sheets = MUTATIONS[mutation](sheets, chance).sheets
        if layout in TEXTS:
            sheets = tuple(TEXTS[layout].flatten(sheet, chance) for sheet in sheets)
        if mutation is None or mutation in OF_COLUMNS:
            return cls(layout, filled, Mutated(sheets), chance)
        return cls(layout, filled, MUTATIONS[mutation](sheets, chance), chance)


def render(case: Case) -> tuple[bytes, str]:
    """Return the report as bytes, and their content type."""
    year = case.filled.form.year
    if case.layout in TEXTS:
        return (
            plain_text.report(case.mutated.sheets, TEXTS[case.layout].write, year, case.chance),
            "text/plain; charset=utf-8",
        )
    markup = MARKUPS[case.layout.removeprefix("html ")]
    return page(case.mutated.sheets, markup, year, case.chance), "text/html; charset=utf-8"
