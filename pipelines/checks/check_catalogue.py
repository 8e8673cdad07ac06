"""The checks as data: what each is called, how grave it is, who checks it and what it says; and a result.

A check is one entry of `pipelines/knowledge/checks.yaml` and one function that the entry names. What is
incomplete there is refused when the table is read: a check without a title would stand on the pages as a
code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cache, partial
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from pipelines.knowledge import BadTable, load_table, table_pattern
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    import datetime as dt
    from decimal import Decimal

    from pipelines.checks.cell_checks import StatedTable
    from pipelines.forms.form_model import Fact


Text = Annotated[str, msgspec.Meta(min_length=1)]


class Severity(StrEnum):
    """How much it matters when a check fails."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Scope(StrEnum):
    """What a check is put to."""

    IDENTITY = "identity"
    """A line of a table; the forms say which, and how grave."""
    DIAGNOSIS = "diagnosis"
    """The results of a requests table."""
    TABLE = "table"
    REPORT = "report"
    YEARS = "years"
    """A table and that of the year before."""
    RENDITIONS = "renditions"
    """Two files of one report."""


_RUN_BY_THEMSELVES = frozenset({Scope.IDENTITY, Scope.RENDITIONS})


class Words(FrozenStruct, forbid_unknown_fields=True):
    """The same words in both languages."""

    zh: Text
    en: Text

    def fill(self, fields: Fields) -> Words:
        """Return the words with their fields filled in.

        Raises:
            KeyError: they need a field that is not given.
        """
        chinese = {name: words if isinstance(words, str) else words.zh for name, words in fields.items()}
        english = {name: words if isinstance(words, str) else words.en for name, words in fields.items()}
        return Words(self.zh.format_map(chinese), self.en.format_map(english))


Fields = Mapping[str, str | Words]
"""What words are filled with, by name; what is not in both languages is the same in both."""


class Rule(FrozenStruct, forbid_unknown_fields=True, kw_only=True):
    """A check as its entry states it; see the head of `checks.yaml`."""

    title: Words
    scope: Scope
    source: Text
    function: Text | None = None
    severity: Severity | None = None
    fails_when: Text | None = None
    messages: dict[str, Words] = {}
    worded_as: str | None = None


@cache
def load_rules() -> dict[str, Rule]:
    """Return the checks by their ids, in the order in which they run.

    Raises:
        BadTable: an entry lacks what its scope needs, or names a function that does not exist.
    """
    return read_rules(load_table("checks")["checks"])


def read_rules(entries: Any) -> dict[str, Rule]:
    """Return checks as entries state them.

    Raises:
        BadTable: an entry is incomplete, or has what none has.
    """
    try:
        rules = msgspec.convert(entries, dict[str, Rule])
    except msgspec.ValidationError as error:
        raise BadTable(f"checks.yaml: {error}") from error
    for check_id, rule in rules.items():
        if missing := _missing_parts(rule, rules):
            raise BadTable(f"checks.yaml: {check_id} lacks {', '.join(missing)}")
    return rules


def _missing_parts(rule: Rule, rules: Mapping[str, Rule]) -> list[str]:
    if rule.scope is Scope.IDENTITY:
        return []
    worded_as = rules.get(rule.worded_as or "", rule)
    needed = {"severity": rule.severity, "fails_when": rule.fails_when, "messages": worded_as.messages}
    if rule.scope not in _RUN_BY_THEMSELVES:
        needed["function"] = rule.function
    return [name for name, value in needed.items() if not value]


@cache
def find_functions(scope: Scope) -> tuple[Callable[..., Any], ...]:
    """Return the functions that check what is of a scope, each once, in the order of the table.

    Raises:
        BadTable: an entry names a function that does not exist.
    """
    # Some functions check several entries: each runs once.
    names = [rule.function for rule in load_rules().values() if rule.scope is scope and rule.function]
    return tuple(_find_function(name) for name in dict.fromkeys(names))


def _find_function(name: str) -> Callable[..., Any]:
    module, _, function = name.rpartition(".")
    try:
        found: Callable[..., Any] = getattr(import_module(f"pipelines.checks.{module}"), function)
    except (ImportError, AttributeError) as error:
        raise BadTable(f"checks.yaml: there is no function {name}") from error
    return found


def find_title(check_id: str) -> Words | None:
    """Return what a check is called; None for one that no entry knows.

    Args:
        check_id: of a check, or what the ids of a family begin with (`t4.block_total`).
    """
    rule = load_rules().get(check_id)
    return rule.title if rule else None


def say_message(check_id: str, key: str, fields: Fields | None = None) -> Words:
    """Return what a check says, its fields filled in.

    Raises:
        KeyError: the check has no such message, or it needs a field that is not given.
    """
    rule = load_rules()[check_id]
    words = load_rules()[rule.worded_as].messages if rule.worded_as else rule.messages
    return words[key].fill(fields or {})


def say_words(key: str, fields: Fields | None = None) -> Words:
    """Return words that no one check has for itself, their fields filled in.

    Raises:
        KeyError: there are no such words, or they need a field that is not given.
    """
    return load_words()[key].fill(fields or {})


@cache
def load_words() -> dict[str, Words]:
    """Return the words that no one check has for itself."""
    return msgspec.convert(load_table("checks")["words"], dict[str, Words])


load_pattern = partial(table_pattern, "checks")
"""Returns one of the patterns by which dates, figures, sums, shares and requests are recognised."""


# How labels, dates, numbers and passages stand in what a check says (`pipelines/knowledge/checks.yaml`).

LEFT_OUT = "……"
"""Stands in a quotation for what is left out of it."""
# GB/T 15834-2011, 4.8: what is quoted within a quotation has single marks.
_SINGLE_QUOTES = str.maketrans("“”", "‘’")
_PAUSE = re.compile("[，。；：、,;]")
# A quotation that is cut never ends within a figure.
_OF_A_FIGURE = "0123456789０１２３４５６７８９.,%"


def listed(items: Iterable[str | Words], *, at_most: int = 8, counted: str = "处") -> Words:
    """Return quoted labels as a list; of a long one the beginning and how many there are.

    Args:
        items: the labels; one that comes again is named once.
        at_most: so many are named.
        counted: the measure word for how many there are.
    """
    labels = list(dict.fromkeys(items))
    named = [one if isinstance(one, Words) else Words(one, one) for one in labels[:at_most]]
    chinese = "、".join(f"“{within_quotes(one.zh)}”" for one in named)
    english = ", ".join(f"“{within_quotes(one.en)}”" for one in named)
    if len(labels) <= at_most:
        return Words(chinese, english)
    return Words(f"{chinese}等{len(labels)}{counted}", f"{english} and {len(labels) - at_most} more")


def within_quotes(text: str) -> str:
    """Return a text fit to stand between “ and ”: its own quotation marks become single ones.

    Source: GB/T 15834-2011, 4.8 (引号).
    """
    return text.translate(_SINGLE_QUOTES)


def on_day(date: dt.date) -> Words:
    """Return a date: 2021年3月31日."""
    return Words(f"{date.year}年{date.month}月{date.day}日", date.isoformat())


def shortened(text: str, *, at_most: int = 90) -> str:
    """Return a printed passage; of a long one both ends, cut at a punctuation mark and never in a figure."""
    if len(text) <= at_most:
        return text
    half = at_most // 2
    beginnings = [mark.end() for mark in _PAUSE.finditer(text, half // 2, half)]
    endings = [mark.end() for mark in _PAUSE.finditer(text, len(text) - half, len(text) - half // 2)]
    head = text[: beginnings[-1]] if beginnings else text[:half].rstrip(_OF_A_FIGURE)
    tail = text[endings[0] :] if endings else text[-half:].lstrip(_OF_A_FIGURE)
    return f"{head}{LEFT_OUT}{tail}"


def plain(number: Decimal) -> str:
    """Return an exact decimal without exponent."""
    return format(number, "f")


# The result of a check: its words and its severity are those of the table.


class CheckOutcome(StrEnum):
    """What became of a check."""

    PASS = "pass"  # noqa: S105 - a check passes
    FAIL = "fail"
    PASS_IF_BLANK_ZERO = "pass_if_blank_zero"  # noqa: S105 - likewise
    """It holds if what is not stated is zero, which nobody says."""
    NOT_TESTABLE = "not_testable"
    """Too little is stated, or what is stated was placed by this very identity."""


class Check(FrozenStruct):
    """One identity applied once.

    Attributes:
        check_id: `t3.balance.natural_person`, `doc.sections`, …
        severity: when it fails.
        outcome: what became of it.
        table_key: the table it is about; None for a check of the document or its prose.
        table_no: which table of that key; None for a check of the document or its prose.
        place: tells apart results of one check id at several places of the text; 0 else.
        left_value: the left side as an exact decimal, of what is stated; None where nothing is.
        right_value: the right side, likewise.
        difference: left less right; None where a side is.
        cells: the facts that it used, by `Fact.ref`.
        other_cells: the facts of the year before that it used, by `Fact.ref`.
        explained_by: the check id of the diagnosis that explains it.
        message_zh: what is expected and what stands there, fit to be quoted.
        message_en: the same in English.
    """

    check_id: str
    severity: Severity
    outcome: CheckOutcome
    message_zh: str
    message_en: str
    table_key: str | None = None
    table_no: int | None = None
    place: int = 0
    left_value: str | None = None
    right_value: str | None = None
    difference: str | None = None
    cells: tuple[str, ...] = ()
    other_cells: tuple[str, ...] = ()
    explained_by: str | None = None


def state_result(
    check_id: str,
    outcome: CheckOutcome,
    key: str = "",
    fields: Fields | None = None,
    *,
    severity: Severity | None = None,
    table: StatedTable | None = None,
    place: int = 0,
    values: tuple[Decimal, Decimal] | None = None,
    cells: Sequence[Fact | None] = (),
    other_cells: Sequence[Fact] = (),
) -> Check:
    """State what became of a check.

    Args:
        check_id: an entry of the table of checks.
        outcome: what became of it.
        key: of its message, if that is not the outcome.
        fields: of the message.
        severity: if it is not that of the entry.
        table: that it is about; None for a check of the document or its prose.
        place: tells apart results of one check at several places of the text.
        values: the left side and the right, if it compares two figures.
        cells: that it used.
        other_cells: of the other report that it used.

    Raises:
        KeyError: there is no such check, or no such message.
    """
    rule = load_rules()[check_id]
    words = say_message(check_id, key or outcome, fields)
    left, right, difference = map(plain, (*values, values[0] - values[1])) if values else (None, None, None)
    return Check(
        check_id=check_id,
        severity=severity or rule.severity or Severity.INFO,
        outcome=outcome,
        message_zh=words.zh,
        message_en=words.en,
        table_key=table.key if table else None,
        table_no=table.number if table else None,
        place=place,
        left_value=left,
        right_value=right,
        difference=difference,
        cells=tuple(fact.ref for fact in cells if fact),
        other_cells=tuple(fact.ref for fact in other_cells),
    )


def distinct_results(found: Iterable[tuple[object, Check]]) -> Iterator[Check]:
    """Yield results, of those with one identity the first: one statement may be printed in several places."""
    seen: set[object] = set()
    for identity, check in found:
        if identity not in seen:
            seen.add(identity)
            yield check


def judge_cells(wrong: Sequence[object], tested: int) -> CheckOutcome:
    """Return what became of a check of many cells: it fails where any is wrong.

    Args:
        wrong: the cells that are.
        tested: how many could be tested.
    """
    if wrong:
        return CheckOutcome.FAIL
    return CheckOutcome.PASS if tested else CheckOutcome.NOT_TESTABLE
