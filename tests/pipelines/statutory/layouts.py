"""Every layout by name, and a filled form brought into one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.pipelines.statutory import plain_text
from tests.pipelines.statutory.arrangements import ARRANGEMENTS, printed
from tests.pipelines.statutory.filling import fill
from tests.pipelines.statutory.markup import MARKUPS, page
from tests.pipelines.statutory.mutations import MUTATIONS, Mutated
from tests.pipelines.statutory.printed_forms import FORM_2019, FORM_2021, HEADINGS

if TYPE_CHECKING:
    from random import Random

    from tests.pipelines.statutory.filling import FilledForm

KEEPING = (*(f"html {name}" for name in MARKUPS), *plain_text.KEEPING)
LAYOUTS = (*KEEPING, *plain_text.LOSING)
TEXTS = plain_text.KEEPING | plain_text.LOSING


@dataclass(frozen=True, slots=True)
class Case:
    """A filled form, arranged, perhaps mutated, and the layout that it is to be written in."""

    layout: str
    filled: FilledForm
    mutated: Mutated
    chance: Random

    @classmethod
    def of(cls, layout: str, arrangement: str, chance: Random, mutation: str | None = None) -> Case:
        """Fill a form at random and bring it into shape."""
        form = chance.choice((FORM_2019, FORM_2021))
        filled = fill(form, chance, plain=layout in plain_text.LOSING)
        sheets = printed(filled, HEADINGS, chance.randint(0, 3))
        sheets = ARRANGEMENTS[arrangement](sheets, chance)
        mutated = MUTATIONS[mutation](sheets, chance) if mutation else Mutated(sheets)
        return cls(layout, filled, mutated, chance)


def render(case: Case) -> tuple[bytes, str]:
    """Return the report as bytes, and their content type."""
    year = case.filled.form.year
    if case.layout in TEXTS:
        return (
            plain_text.report(case.mutated.sheets, TEXTS[case.layout], year, case.chance),
            "text/plain; charset=utf-8",
        )
    markup = MARKUPS[case.layout.removeprefix("html ")]
    return page(case.mutated.sheets, markup, year, case.chance), "text/html; charset=utf-8"
