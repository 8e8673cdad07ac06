"""The figures of the demo's annual reports: every cell as it should be, and as it is printed.

Totals are added up here, so the identities printed in the forms hold in every report but where
`reports.yaml` plants a misprint or a blank. Cell keys are `t2.<block>.<row>.<column>`,
`t3.<row>.<column>` and `t4.<block>.<column>`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from gongkai.demo.answers import DemoDataMismatch
from gongkai.demo.templating import read_table
from pipelines.forms.catalogue import form_by_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pipelines.forms.records import FormTable

TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one annual report as shown on one night.

    Attributes:
        government: id of the government, as in `governments.yaml`.
        year: the reporting year.
        form: `form_2019` or `form_2021`.
        sound: every cell of the tables by key, adding up.
        printed: every cell as printed, misprints and blanks included; a blank cell is the empty string.
        prose: figures that only the prose states, by name.
    """

    government: str
    year: int
    form: str
    sound: Mapping[str, str]
    printed: Mapping[str, str]
    prose: Mapping[str, str | int]


def load_report(government: str, year: int, night: int = 1) -> Report:
    """Return the figures of one report as they stand on a night.

    Raises:
        DemoDataMismatch: there is no such report, or its figures do not add up.
    """
    entry = _entry(government, year)
    where = f"reports.yaml: {government} {year}"
    sound = {**dict(_activity(entry)), **dict(_applications(entry, where)), **dict(_disputes(entry))}
    prose = dict(entry["prose"])
    for later in entry.get("from_night", ()):
        if night >= later["night"]:
            sound |= {key: str(value) for key, value in later.get("cells", {}).items()}
            prose |= later.get("prose", {})
    return Report(
        government=government,
        year=year,
        form=entry["form"],
        sound=sound,
        printed=_as_printed(sound, entry, where),
        prose=prose,
    )


def report_keys() -> tuple[tuple[str, int], ...]:
    """Return (government, year) of every report with statutory tables, in the order of the file."""
    return tuple((entry["government"], entry["year"]) for entry in read_table("reports.yaml"))


def form_table(form: str, key: str) -> FormTable:
    """Return a table of a form.

    Raises:
        DemoDataMismatch: the form has no such table.
    """
    table = form_by_id(form).table(key)
    if table is None:
        raise DemoDataMismatch(f"the form has no table {key}", where=form)
    return table


def result_rows(form: str) -> tuple[str, ...]:
    """Return the keys of the leaves of 三、本年度办理结果 in form order: 19 or 21."""
    [block] = form_table(form, "t3").blocks
    return tuple(row.key for row in block.rows if row.group and row.key != "results_total")


def application_rows(form: str) -> tuple[str, ...]:
    """Return the keys of all rows of the applications table in form order: 23 or 25."""
    [block] = form_table(form, "t3").blocks
    return tuple(row.key for row in block.rows)


def applicant_kinds(form: str) -> tuple[str, ...]:
    """Return the keys of the six applicant columns, without 总计."""
    [block] = form_table(form, "t3").blocks
    return tuple(column.key for column in block.columns if column.key != TOTAL)


def _entry(government: str, year: int) -> dict[str, Any]:
    for entry in read_table("reports.yaml"):
        if (entry["government"], entry["year"]) == (government, year):
            return dict(entry)
    raise DemoDataMismatch("no such report", where=f"reports.yaml: {government} {year}")


def _activity(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for block in form_table(entry["form"], "t2").blocks:
        for row in block.rows:
            values = entry["t2"][f"{block.key}.{row.key}"]
            for column, value in zip(block.columns, values, strict=True):
                yield f"t2.{block.key}.{row.key}.{column.key}", str(value)


def _applications(entry: Mapping[str, Any], where: str) -> Iterator[tuple[str, str]]:
    kinds = applicant_kinds(entry["form"])
    leaves = result_rows(entry["form"])
    rows = {key: entry["t3"].get(key, [0] * len(kinds)) for key in application_rows(entry["form"])}
    unknown = sorted(set(entry["t3"]) - set(rows))
    if unknown:
        raise DemoDataMismatch(f"rows that the form does not have: {', '.join(unknown)}", where=where)
    rows["results_total"] = _columns_added(rows[key] for key in leaves)
    balance = _columns_added((rows["new_requests"], rows["carried_in"]))
    if balance != _columns_added((rows["results_total"], rows["carried_out"])):
        raise DemoDataMismatch("new + carried in is not results + carried out", where=where)
    for key, values in rows.items():
        for column, value in zip((*kinds, TOTAL), (*values, sum(values)), strict=True):
            yield f"t3.{key}.{column}", str(value)


def _disputes(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for block in form_table(entry["form"], "t4").blocks:
        values = entry["t4"][block.key]
        for column, value in zip(block.columns, (*values, sum(values)), strict=True):
            yield f"t4.{block.key}.{column.key}", str(value)


def _columns_added(rows: Iterable[Sequence[int]]) -> list[int]:
    return [sum(column) for column in zip(*rows, strict=True)]


def _as_printed(sound: Mapping[str, str], entry: Mapping[str, Any], where: str) -> dict[str, str]:
    printed = dict(sound)
    for pattern, text in entry.get("printed", {}).items():
        hits = [key for key in sound if fnmatchcase(key, pattern)]
        if not hits:
            raise DemoDataMismatch(f"no cell is called {pattern}", where=where)
        printed |= dict.fromkeys(hits, str(text))
    return printed
