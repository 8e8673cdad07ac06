"""What the codes of the public tables mean, in the words that the pages use; the data keeps the codes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from archive.site_files import read_site_table
from crawler.families import presets
from gongkai.web.language import is_english, pick_half
from pipelines.checks.check_catalogue import find_title
from pipelines.forms.form_catalogue import known_forms, statistics_forms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    Row = Mapping[str, Any]
    """A row of the published copy: its values by the names of their columns."""


# Their words are titles of rules, which have a table of their own.
_RULES = frozenset({"checks.check_id", "checks.explained_by", "check_failures.check_id"})

# Their words are the labels of the forms.
_PRINTED = frozenset({"facts.block_key", "facts.row_key", "facts.column_key"})

# The word of a reason stands before a colon, what the operator needs to know behind it.
_REASONS = frozenset({"read_reason", "reason"})

# The canned queries name their columns in Chinese.
_QUERY_COLUMNS = {"类型": "documents.kind", "结果": "captures.outcome", "状态": "documents.status"}


@cache
def column_words() -> Mapping[str, Mapping[str, str]]:
    """Return what codes mean, as `datasette/words.yaml` states it: table.column → code → `中文 / English`.

    A family of portals that is a preset of the crawler has its name there.
    """
    words: dict[str, dict[str, str]] = read_site_table("words")
    families = {name: preset.name for name, preset in presets().items()}
    return words | {"portals.family": words["portals.family"] | families}


@dataclass(frozen=True, slots=True)
class ColumnTable:
    """What columns say beside their values, as `datasette/columns.yaml` states it.

    Attributes:
        leads_to: the columns that refer to another table, and to which.
        placed_by: table.column of a reference to a passage, and the column that says which passage.
        shares: a share, and the columns added up above the line and below it, `-` before what is taken off.
    labels: what a reader knows a row by, in SQL, by its table.
    short: what stands over a column of the table of requests where there is no room for its name.
    """

    leads_to: Mapping[str, str]
    placed_by: Mapping[str, str]
    shares: Mapping[str, Sequence[Sequence[str]]]
    labels: Mapping[str, str]
    short: Mapping[str, str]


@cache
def column_table() -> ColumnTable:
    """Return what the columns of this installation say beside their values."""
    stated = read_site_table("columns")
    leads_to = {column: table for table, columns in stated["leads_to"].items() for column in columns}
    return ColumnTable(**stated | {"leads_to": leads_to})


def known_word(code: object, column: str, table: str | None) -> str | None:
    """Return what a code means in a column, in the language of the request; None where no word is agreed.

    Args:
        code: the value; a number counts as its digits.
        column: the column's name, in a canned query the Chinese one.
        table: the table; None for the answer of a query.
    """
    place = f"{table}.{column}" if table else _QUERY_COLUMNS.get(column, "")
    if place in _RULES:
        return rule_title(str(code)) if code else None
    if column in _REASONS:
        code = str(code).partition(":")[0]
    labels = printed_labels() if place in _PRINTED else {}
    stated = column_words().get(place, labels).get(str(code))
    if stated is None:
        return None
    chinese, _, english = stated.partition(" / ")
    # Where the table has no English, the code with spaces for underscores is English enough.
    return (english or str(code).replace("_", " ")) if is_english() else chinese


def word(code: object, column: str, table: str | None = "documents") -> str:
    """Return what a code means in a column, or the code itself where no word is agreed."""
    return known_word(code, column, table) or str(code)


# What the rules of the checks are called: the titles are those of the table of checks. A rule that runs over
# the columns, rows or blocks of a table (`t4.block_total.review`) has the title of its family and the label
# that the form prints there.

_WITH_LABEL = "{0}：{1} / {0}: {1}"


def rule_title(check_id: str) -> str | None:
    """Return what a rule is called, in the language of the request; None where no title is agreed.

    Args:
        check_id: of a rule, or what the ids of a family begin with (`t4.block_total`).
    """
    family, over = _parted(check_id)
    words = find_title(family)
    if words is None:
        return None
    title = pick_half(f"{words.zh} / {words.en}")
    return pick_half(_WITH_LABEL).format(title, printed_labels().get(over, over)) if over else title


def _parted(check_id: str) -> tuple[str, str]:
    table, _, rest = check_id.partition(".")
    name, _, over = rest.partition(".")
    return f"{table}.{name}" if name else table, over


@cache
def printed_labels() -> Mapping[str, str]:
    """Return what forms print for the keys of their blocks, columns and rows; of two forms the newer's."""
    labels: dict[str, str] = {}
    for form in (*statistics_forms(), *known_forms()):
        for block in (block for table in form.tables for block in table.blocks):
            if block.key and block.caption:
                labels[block.key] = block.caption
            labels |= {column.key: column.label for column in block.columns}
            labels |= {row.key: row.label for row in block.rows}
    return labels
