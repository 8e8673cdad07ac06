"""The checks as data: what each is called, how grave it is, who checks it and what it says.

A check is one entry of `pipelines/knowledge/checks.yaml` and one function that the entry names. What is
incomplete there is refused when the table is read: a check without a title would stand on the pages as a
code.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from pipelines.knowledge import BadTable, load_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The same words in both languages."""

    zh: Text
    en: Text

    def fill(self, fields: Mapping[str, str | Words]) -> Words:
        """Return the words with their fields filled in.

        Raises:
            KeyError: they need a field that is not given.
        """
        chinese = {name: words if isinstance(words, str) else words.zh for name, words in fields.items()}
        english = {name: words if isinstance(words, str) else words.en for name, words in fields.items()}
        return Words(self.zh.format_map(chinese), self.en.format_map(english))


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
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


def say_message(check_id: str, key: str, fields: Mapping[str, str | Words] | None = None) -> Words:
    """Return what a check says, its fields filled in.

    Raises:
        KeyError: the check has no such message, or it needs a field that is not given.
    """
    rule = load_rules()[check_id]
    words = load_rules()[rule.worded_as].messages if rule.worded_as else rule.messages
    return words[key].fill(fields) if fields else words[key]


def say_words(key: str, fields: Mapping[str, str | Words] | None = None) -> Words:
    """Return words that no one check has for itself, their fields filled in.

    Raises:
        KeyError: there are no such words, or they need a field that is not given.
    """
    words = load_words()[key]
    return words.fill(fields) if fields else words


@cache
def load_words() -> dict[str, Words]:
    """Return the words that no one check has for itself."""
    return msgspec.convert(load_table("checks")["words"], dict[str, Words])


@cache
def load_pattern(group: str, name: str) -> re.Pattern[str]:
    """Return one of the patterns by which dates, figures, sums, shares and requests are recognised."""
    return re.compile(load_table("checks")[group][name])
