"""Readings that state facts: small tables made by hand, for tests of what becomes of them in the corpus."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from archive.data_folder import DataDir
from archive.derivation import DeriveOptions, derive
from archive.reading.tasks import ReadResult
from pipelines.checks.check_catalogue import Check, CheckOutcome, Severity
from pipelines.document import Reading
from pipelines.forms.form_catalogue import form_by_id
from pipelines.forms.form_model import CellState, Fact, How
from pipelines.metadata.fields import Kind, Metadata
from pipelines.response.outcome import Outcome
from pipelines.text.outline import Passage
from tests.archive.evidence import Answer, Evidence
from tests.archive.histories import ReaderHere

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from archive.reading.tasks import ReadTask
    from archive.sandbox.pool import Limits


def facts_of(cells: Mapping[str, str | None], form: str = "form_2021", table_no: int = 1) -> tuple[Fact, ...]:
    """Return facts by `table.row.column`; a cell that is None is blank."""
    counts: dict[str, int] = {}
    facts = []
    for key, value in cells.items():
        table, row, column = key.split(".")
        counts[table] = counts.get(table, -1) + 1
        facts.append(
            Fact(
                form=form,
                table_key=table,
                table_no=table_no,
                ordinal=counts[table],
                block_key=row if table == "t4" else None,
                row_key=row,
                row_label=row,
                column_key=column,
                column_label=column,
                value=value,
                unit=None,
                raw=value or "",
                state=CellState.BLANK if value is None else CellState.NUMBER,
                how=How.GRID,
            )
        )
    return tuple(facts)


def full_tables(form: str, cells: Mapping[str, str | None]) -> tuple[Fact, ...]:
    """Return the facts of the tables 3 and 4 of a form: 0 in every cell but those that are named."""
    every = {
        f"{table.key}.{row.key}.{column.key}": "0"
        for table in form_by_id(form).tables
        if table.key in ("t3", "t4")
        for _, row, column in table.cells()
    }
    assert set(cells) <= set(every)
    return facts_of({**every, **cells}, form)


def check_of(check_id: str, outcome: CheckOutcome, *cells: str, **more: object) -> Check:
    """Return a result of a check over the cells named, by `Fact.ref`."""
    result = Check(
        check_id, Severity.ERROR, outcome, f"{check_id}：不相符", f"{check_id}: differs", cells=cells
    )
    return replace(result, **more)


def reading_of(
    *passages: str,
    year: int | None = 2022,
    issuer: str | None = "试城市人民政府",
    kind: Kind = Kind.ANNUAL_REPORT,
    form: str | None = None,
    facts: tuple[Fact, ...] = (),
    checks: tuple[Check, ...] = (),
) -> Reading:
    """Return a reading of passages that each follow a line end."""
    return Reading(
        metadata=Metadata(title=f"{issuer}{year}", issuer=issuer, year=year, kind=kind),
        passages=tuple(Passage("\n", passage, (passage.split("\n")[0],), 1) for passage in passages),
        tail="\n",
        encoding="utf-8",
        extractor="plain",
        form=form,
        facts=facts,
        checks=checks,
    )


class StatingReader(ReaderHere):
    """Reads captures with the real reader, and lets each report state figures that follow from its reading.

    A page whose body stands in another container states one cell less, though its text is the same.
    """

    def __call__(
        self, folder: Path, tasks: Iterable[ReadTask], *, workers: int, limits: Limits
    ) -> Iterator[tuple[ReadTask, ReadResult]]:
        for task, result in super().__call__(folder, tasks, workers=workers, limits=limits):
            stating = result.reading and _stating(result.reading)
            yield task, replace(result, reading=stating)


def _stating(reading: Reading) -> Reading:
    found = re.search(r"信息(\d+)条", reading.text)
    if reading.metadata.kind is not Kind.ANNUAL_REPORT or not found:
        return reading
    figure = str(int(found[1]))
    in_full = "trs_editor" in reading.extractor
    facts = facts_of(
        {
            "t3.new_requests.total": figure,
            "t3.carried_in.total": "98",
            "t3.results_total.total": figure if in_full else None,
            "t3.carried_out.total": figure,
        }
    )
    start = reading.text.index("全年")
    check = check_of("t3.balance.total", CheckOutcome.FAIL, facts[0].ref, facts[2].ref)
    return replace(
        reading,
        form="form_2021",
        facts=tuple(replace(fact, start=start) for fact in facts),
        checks=(check,) if in_full else (),
    )


class GivenReader:
    """Reads each address as it is told to, whatever is archived there."""

    def __init__(self, readings: Mapping[str, Reading]) -> None:
        self._readings = readings

    def __call__(
        self, folder: Path, tasks: Iterable[ReadTask], *, workers: int, limits: Limits
    ) -> Iterator[tuple[ReadTask, ReadResult]]:
        del folder, workers, limits
        for task in tasks:
            yield task, ReadResult(Outcome.OK, self._readings[task.url], "read")


def derive_readings(root: Path, readings: Mapping[str, Reading]) -> DataDir:
    """Return a data directory whose corpus holds these readings, by address."""
    data = DataDir(root)
    data.make()
    Evidence(data.warc).night(1, [Answer(url, url.encode()) for url in readings])
    derive(data, DeriveOptions(reader=GivenReader(readings)))
    return data
