"""The roster: who must publish an annual report, under which names, from which year.

One table is shipped (`knowledge/roster/*.csv`), an operator adds others of the same form. A row that cannot
be understood is left out and named; the others count all the same.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from operator import attrgetter

from pipelines.bodies.body_names import LONGEST_NAME, body_kind, body_kinds, canonical_name, is_relative_name
from pipelines.bodies.regions import LEVELS
from pipelines.errors import GongkaiError
from pipelines.identity import issuer_id, text_sha256
from pipelines.structs import FrozenStruct

FIRST_YEAR = 2008
"""The first year that there were reports on: the regulation took effect on 1 May 2008."""

COLUMNS = ("name", "region_code", "level", "kind", "aliases", "from_year", "to_year", "home_url", "note")

# GB/T 2260: two digits each for province, prefecture and county.
_CODE = r"\d{6}"
_YEAR = r"20\d\d"
_NAME = rf"\S{{3,{LONGEST_NAME}}}"
# No user name: addresses are published.
_HOME = r"https?://[^\s/?#@]+(?:/[^\s?#]*)?"


class RosterEntry(FrozenStruct):
    """A body that must publish.

    Attributes:
        name: its name, as `canonical_name` writes it.
        region_code: six digits of GB/T 2260; None where its name says it, or nothing does.
        level: one of `pipelines.bodies.regions.LEVELS`; None likewise.
        kind: as `body_kind` tells them.
        aliases: its other names, sorted.
        from_year: the first year that it reports on.
        to_year: the last one; None where it goes on.
        home_url: the front page of its portal; None where that is not known.
        note: for people.
    """

    name: str
    region_code: str | None
    level: str | None
    kind: str
    aliases: tuple[str, ...]
    from_year: int
    to_year: int | None
    home_url: str | None
    note: str | None

    @property
    def issuer_id(self) -> str:
        """The public id of the body."""
        return issuer_id(self.name)


class Roster(FrozenStruct):
    """Entries by name, and by every spelling that names one.

    Attributes:
        entries: by name, sorted.
        spellings: the names of the entries that bear an alias.
        problems: rows that were left out, in words.
    """

    entries: Mapping[str, RosterEntry]
    spellings: Mapping[str, tuple[str, ...]]
    problems: tuple[str, ...]

    @property
    def digest(self) -> str:
        """Eight hexadecimal digits that change with who is who, which the derived rows depend on.

        Where a portal stands is not among that: an address that is added makes no corpus anew.
        """
        at = RosterEntry.__struct_fields__.index("home_url")
        entries = map(attrgetter(*RosterEntry.__struct_fields__), self.entries.values())
        return text_sha256(repr([(*entry[:at], None, *entry[at + 1 :]) for entry in entries]))[:8]

    def named(self, spelling: str) -> tuple[RosterEntry, ...]:
        """Return the entries that a spelling may name: the one of that name, or those with that alias."""
        if spelling in self.entries:
            return (self.entries[spelling],)
        return tuple(self.entries[name] for name in self.spellings.get(spelling, ()))


class RosterTable(FrozenStruct):
    """What one file says.

    Attributes:
        entries: its rows that can be understood.
        problems: the others, each with file and row and what is wrong with it.
    """

    entries: tuple[RosterEntry, ...]
    problems: tuple[str, ...]


class _BadRow(GongkaiError):
    """A row says what no row may; the message says what."""


def parse_roster(text: str, file_name: str) -> RosterTable:
    """Read one table.

    Args:
        text: of the file: CSV with a header row, lines that begin with `#` left out.
        file_name: names it in problems.
    """
    try:
        rows = _read_rows(text)
    except (_BadRow, csv.Error) as error:
        return RosterTable((), (f"{file_name}: {error}",))
    entries: dict[str, RosterEntry] = {}
    problems = []
    for place, row in rows:
        try:
            entry = _read_entry(row)
        except _BadRow as bad:
            problems.append(f"{file_name}, {place}: {bad}")
            continue
        if entries.setdefault(entry.name, entry) is not entry:
            problems.append(f"{file_name}, {place}: {entry.name} stands in a row before")
    return RosterTable(tuple(entries.values()), tuple(problems))


def make_roster(shipped: Iterable[RosterTable], own: Iterable[RosterTable] = ()) -> Roster:
    """Put tables together; a row of the operator's own wins over a shipped one of the same body.

    Args:
        shipped: the tables that come with gongkai.
        own: the operator's; of two rows on one body the first counts.
    """
    entries: dict[str, RosterEntry] = {}
    problems: list[str] = []
    for table in (*own, *shipped):
        problems += table.problems
        for entry in table.entries:
            entries.setdefault(entry.name, entry)
    ordered = dict(sorted(entries.items()))
    spellings: dict[str, tuple[str, ...]] = {}
    for entry in ordered.values():
        for alias in entry.aliases:
            spellings[alias] = (*spellings.get(alias, ()), entry.name)
    return Roster(ordered, spellings, tuple(problems))


@cache
def shipped_tables() -> tuple[RosterTable, ...]:
    """Return the tables that come with gongkai, in the order of their names."""
    folder = files("pipelines.knowledge").joinpath("roster")
    tables = sorted((one for one in folder.iterdir() if one.name.endswith(".csv")), key=lambda one: one.name)
    return tuple(parse_roster(table.read_text("utf-8"), table.name) for table in tables)


def _read_rows(text: str) -> list[tuple[str, dict[str, str]]]:
    """Return the rows with the numbers of their lines, which an editor shows."""
    lines = text.removeprefix("\ufeff").splitlines()
    kept = [(number, line) for number, line in enumerate(lines, 1) if line.strip() and line[0] != "#"]
    # A quoted field may go on over a line end, so rows are counted by the lines that were read (`line_num`),
    # not by rows.
    reader = csv.DictReader(io.StringIO("\n".join(line for _, line in kept)), strict=True)
    _check_columns(reader.fieldnames or ())
    rows = []
    for row in reader:
        if None in row or None in row.values():
            raise _BadRow(f"row {kept[reader.line_num - 1][0]} has not as many fields as the header")
        rows.append((f"row {kept[reader.line_num - 1][0]}", dict(row)))
    return rows


def _check_columns(named: Sequence[str]) -> None:
    unknown = [repr(column) for column in named if column not in COLUMNS]
    if unknown or "name" not in named:
        said = f"there is no column {', '.join(unknown)}" if unknown else "the column `name` is not there"
        raise _BadRow(f"{said}; the columns are {', '.join(COLUMNS)}")


def _read_entry(row: Mapping[str, str]) -> RosterEntry:
    printed = _read_text(row, "name", _NAME, "a name of 3 to 45 characters without white space")
    if printed is None or is_relative_name(printed):
        raise _BadRow("`name` must be the whole name of a body, with its place")
    code = _read_text(row, "region_code", _CODE, "six digits")
    level = _read_text(row, "level", "|".join(LEVELS), f"one of {', '.join(LEVELS)}")
    kinds = body_kinds()
    kind = _read_text(row, "kind", "|".join(kinds), f"one of {', '.join(sorted(kinds))}")
    first, last = (_read_text(row, key, _YEAR, "a year from 2008 on") for key in ("from_year", "to_year"))
    entry = RosterEntry(
        name=canonical_name(printed, code),
        region_code=code,
        level=level,
        kind=kind or body_kind(printed),
        aliases=_read_aliases(row.get("aliases", "")),
        from_year=int(first or FIRST_YEAR),
        to_year=int(last) if last else None,
        home_url=_read_text(
            row, "home_url", _HOME, "the address of a front page, such as https://www.a.gov.cn/"
        ),
        note=row.get("note") or None,
    )
    if not FIRST_YEAR <= entry.from_year <= (entry.to_year or entry.from_year):
        raise _BadRow("`from_year` must be 2008 or later, and not after `to_year`")
    others = {*entry.aliases, printed} - {entry.name}
    return entry.replace(aliases=tuple(sorted(others)))


def _read_text(row: Mapping[str, str], key: str, form: str, must_be: str) -> str | None:
    """Return a value; None where it is blank."""
    text = row.get(key, "").strip()
    if text and not re.fullmatch(form, text):
        raise _BadRow(f"`{key}` must be {must_be}, and is {text}")
    return text or None


def _read_aliases(printed: str) -> tuple[str, ...]:
    aliases = tuple(filter(None, map(str.strip, re.split("[;；]", printed))))
    for alias in aliases:
        if not re.fullmatch(_NAME, alias) or is_relative_name(alias):
            raise _BadRow(f"the alias {alias} is no whole name of a body: every place has one of that name")
    return aliases
