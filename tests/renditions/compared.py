"""What a reader made of a rendition, cell by cell beside the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.renditions.figures import stated_facts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipelines.document import Reading
    from tests.renditions.figures import Key

    Value = str | None


@dataclass(frozen=True, slots=True)
class Compared:
    """How the cells came back.

    Attributes:
        printed: how many cells print a number.
        right: how many of them were read as that number.
        flagged: those that were read without a value, with what the fact says instead.
        wrong: cells with another value than is printed, blank ones included: what is printed, what was read.
    """

    printed: int
    right: int
    flagged: Mapping[Key, str]
    wrong: Mapping[Key, tuple[Value, Value]]

    @property
    def share(self) -> float:
        """How many of the printed numbers have their value, from 0 to 1."""
        return self.right / self.printed


def compare(reading: Reading, figures: Mapping[Key, str]) -> Compared:
    """Compare what was read with the figures that were printed; a value where none is printed is wrong."""
    printed = {key: one.value for key, one in stated_facts(figures).items()}
    facts = {
        (fact.table_key, fact.block_key, fact.row_key or fact.row_label, fact.column_key or ""): fact
        for fact in reading.facts
    }
    values = {key: fact.value for key, fact in facts.items() if fact.value is not None}
    numbers = {key: value for key, value in printed.items() if value is not None}
    return Compared(
        printed=len(numbers),
        right=sum(values.get(key) == value for key, value in numbers.items()),
        flagged={
            key: str(facts[key].state) if key in facts else "no fact" for key in numbers if key not in values
        },
        wrong={key: (printed.get(key), value) for key, value in values.items() if printed.get(key) != value},
    )
