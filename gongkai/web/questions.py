"""The canned queries, questions with their SQL read from `datasette/queries/`; and the measures of the site.

    questions.yaml ─ groups, parameters, templates ─┐
    GROUP.yaml ─ queries ───────────────────────────┼─▶ Questions ─▶ Datasette, the query page, the docs
    TEMPLATE.sql ───────────────────────────────────┘

Several questions are one and the same SQL over another measure or check: those name a template and what is
put into it. Nothing here asks the database; what a parameter suggests is SQL that the query page runs.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from archive.site_files import read_site_table, site_folder
from gongkai.web.thresholds import PAGES
from pipelines.errors import GongkaiError
from pipelines.knowledge import parse_yaml
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from gongkai.web.rendering.words import Row


_INDEX = "questions.yaml"
# The line of a template behind which it puts its rows in order and in words.
_ANSWER = "-- answer\n"


class QuestionsMisread(GongkaiError):
    """A file of queries says something that is not understood."""


class Parameter(FrozenStruct):
    """What a reader fills in; texts are `中文 / English`.

    Attributes:
        name: as the SQL calls it.
        label: what stands before the field.
        hint: what stands behind it; empty where there is nothing to say.
        kind: `text` or `number`.
        default: what the SQL takes for an empty field, shown in it; None where empty means all.
        suggest: SQL for the values that the corpus has (`value`, `label` if that says more); None for none.
        words: the table of `words.yaml` for codes, which are chosen from a list; empty for any text.
    """

    name: str
    label: str
    hint: str = ""
    kind: str = "text"
    default: int | None = None
    suggest: str | None = None
    words: str = ""


class Question(FrozenStruct, forbid_unknown_fields=True):
    """A canned query; texts are `中文 / English`, and empty where there is nothing to say.

    Attributes:
        name: in its address, ASCII.
        group: of the groups of `Questions`.
        title: the question.
        description: what counts and what does not.
        sql: one SELECT over the published copy.
        params: names of its parameters.
        none: said where nothing is found.
        asks: said while nothing is filled in.
        method: the place on the page 说明 that defines its figures.
        ranked: the column by which it ranks; empty where it only lists.
        exact: what that column rounds, in SQL over its answer; empty where it rounds nothing.
        left_out: why its answer leaves reports out: reasons of `read_left_out`, with spaces between.
        unordered: SQL of the rows of its answer with what is counted over them, which takes less work than to
            put them in order; empty for none.
    """

    name: str
    group: str
    title: str
    description: str
    sql: str
    params: tuple[str, ...] = ()
    none: str = ""
    asks: str = ""
    method: str = ""
    ranked: str = ""
    exact: str = ""
    left_out: str = ""
    unordered: str = ""

    def as_canned_query(self) -> dict[str, Any]:
        """Return the query in the words of Datasette's metadata."""
        texts = {"title": self.title, "description": self.description}
        return {"sql": self.sql, **texts, "params": list(self.params), "hide_sql": True}


class Questions(FrozenStruct):
    """All canned queries.

    Attributes:
        groups: names of groups to `中文 / English`, in the order of the pages.
        parameters: by name.
        columns: what the columns of the answers are called in English.
        queries: by name, group by group.
        examples: statements of SQL to begin with, by `中文 / English`.
        keywords: words of SQL.
    """

    groups: Mapping[str, str]
    parameters: Mapping[str, Parameter]
    columns: Mapping[str, str]
    queries: Mapping[str, Question]
    examples: Mapping[str, str]
    keywords: Sequence[str]


@cache
def questions() -> Questions:
    """Return the canned queries of this installation."""
    return read_questions(site_folder() / "queries")


def read_questions(folder: Path) -> Questions:
    """Read the canned queries of a folder.

    Raises:
        QuestionsMisread: a key or parameter is unknown, a text is missing, a name stands twice, or a template
            lacks a value.
    """
    index = _load(folder / _INDEX)
    parameters = {name: Parameter(name, **stated) for name, stated in index["parameters"].items()}
    queries: dict[str, Question] = {}
    for group in index["groups"]:
        for question in _read_group(folder, group, index):
            where = f"{group}.yaml: {question.name}"
            if question.name in queries:
                raise QuestionsMisread("a query of this name is there already", where=where)
            if unknown := sorted(set(question.params) - set(parameters)):
                raise QuestionsMisread(f"no such parameter: {', '.join(unknown)}", where=where)
            queries[question.name] = question
    return Questions(
        index["groups"], parameters, index["columns"], queries, index["examples"], index["keywords"].split()
    )


def _read_group(folder: Path, group: str, index: Mapping[str, Any]) -> Iterator[Question]:
    for name, stated in _load(folder / f"{group}.yaml").items():
        said = {"name": name, "group": group, **stated}
        if template := said.pop("from", ""):
            # Of a template without that line all is `answer`.
            asked, _, answer = (folder / f"{template}.sql").read_text("utf-8").rpartition(_ANSWER)
            said = {**index["templates"][template], **said, "sql": (asked + answer).rstrip()}
            if "unordered" in said:
                said["unordered"] = asked + said["unordered"]
        put_in = {**index["fragments"], "least": PAGES.least_denominator, **said.pop("with", {})}
        note = said.pop("note", "")
        try:
            filled = {key: it.format(**put_in) if isinstance(it, str) else it for key, it in said.items()}
            question = msgspec.convert(filled, Question)
        except (KeyError, msgspec.ValidationError) as slip:
            raise QuestionsMisread(f"not as a query is: {slip}", where=f"{group}.yaml: {name}") from slip
        yield question.replace(description=_joined(question.description, note))


def _joined(first: str, second: str) -> str:
    """Join two texts of `中文 / English`, half by half."""
    if not second:
        return first
    chinese, _, english = first.partition(" / ")
    more_chinese, _, more_english = second.partition(" / ")
    return f"{chinese}{more_chinese} / {english} {more_english}"


def _load(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = parse_yaml(path.read_text("utf-8"))
    return loaded


# The measures (`datasette/measures.yaml`): one table for places, rankings, bodies and proofs. Their figures
# are rows of the published copy: `rates_by_report` has those made of cells, and why one is not ranked. A
# share is shown by the one rule of `tell_share`.


class MeasuresMisread(GongkaiError):
    """The table of measures says something that is not understood."""


class Cells(NamedTuple):
    """Cells of a statutory table that a measure uses.

    Attributes:
        rows: a row or block key of `facts`, or a pattern of GLOB.
        column: a column key.
        above: how often they count in the numerator: 1 or 0.
        below: how often they count in the denominator: 1, 0 or -1.
        years_back: 1 for those of the report of the year before.
    """

    rows: str
    column: str
    above: int
    below: int
    years_back: int = 0


class Measure(FrozenStruct, forbid_unknown_fields=True, kw_only=True):
    """A measure; texts are `中文 / English`.

    Attributes:
        title: what it is called.
        formula: how it is worked out.
        numerator: what is counted above the line.
        denominator: what is counted below it.
        query: of its rows by place.
        has_least: whether a small denominator makes the share say too little to be shown.
        question: the canned query that ranks by it; None for none.
        table: the statutory table of its cells; None where it has none.
        cells: those it is made of.
        key: its name: `measure` of `rates_by_report`, and in addresses.
    """

    title: str
    formula: str
    numerator: str
    denominator: str
    query: str
    has_least: bool = True
    question: str | None = None
    table: str | None = None
    cells: tuple[Cells, ...] = ()
    key: str = ""

    @property
    def is_rate(self) -> bool:
        """Whether it is made of cells, so that `rates_by_report` has it and its cells prove it."""
        return bool(self.cells)


class Told(FrozenStruct):
    """What is known of a measure of one report.

    Attributes:
        row: its row: body, numerator, denominator, why there is no share, document.
        share: of the counts, unrounded; None where there is none.
        is_shown: whether its share is shown.
        is_small: whether the denominator is too small for that.
    """

    row: Row
    share: float | None
    is_shown: bool
    is_small: bool


def tell_share(row: Row, least: int) -> Told:
    """Decide whether a share is shown: it is one, its cells agree, and its denominator is large enough."""
    has_one = row["unranked"] is None and bool(row["denominator"])
    is_small = has_one and row["denominator"] < least
    unrounded = row["numerator"] / row["denominator"] if has_one else None
    return Told(row, unrounded, has_one and not is_small, is_small)


def pick_newest_year(ranked: Mapping[int, int]) -> int | None:
    """Return the newest year with enough shares to tell of; else the newest with any; None for none.

    Args:
        ranked: how many bodies have a share in each year.
    """
    enough = [year for year, bodies in ranked.items() if bodies >= PAGES.neighbours]
    return max(enough or [year for year, bodies in ranked.items() if bodies], default=None)


def count_firsts(shares: Sequence[float | None]) -> int:
    """Return how many stand first, of shares in their order: of equals none is named as if it were alone."""
    return shares.count(shares[0]) if shares else 0


@cache
def measures() -> dict[str, Measure]:
    """Return the measures of this installation by their keys, in the order of the pages.

    Raises:
        MeasuresMisread: a key is unknown or missing, or a value is not of its kind.
    """
    stated = read_site_table("measures")["measures"]
    named = {key: {**said, "key": key} for key, said in stated.items()}
    try:
        return msgspec.convert(named, dict[str, Measure])
    except msgspec.ValidationError as error:
        raise MeasuresMisread(str(error), where="measures.yaml") from error
