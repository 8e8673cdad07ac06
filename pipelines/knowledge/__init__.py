"""Tables of knowledge as YAML beside this module, and the one way to read them.

What is known of portals, products and forms changes more often than the code that applies it, and by
people who need not read the code; so it stands here as data. Thresholds are such a table, too: each says what
it means, in which unit, what set it, and which test would notice it change.
"""

from __future__ import annotations

import re
from functools import cache, reduce
from importlib.resources import files
from operator import getitem
from typing import Any, Self

import msgspec
import yaml

from pipelines.errors import GongkaiError
from pipelines.structs import FrozenStruct


class BadTable(GongkaiError):
    """A table of knowledge does not say what the code that reads it needs; told with file and entry."""


class Threshold(FrozenStruct, forbid_unknown_fields=True, kw_only=True):
    """One threshold as its YAML states it.

    Attributes:
        value: the bound itself; or
        pattern: a regular expression, where the bound is one.
        unit: what the value counts; None for patterns.
        means: what happens at the bound, in one sentence.
        source: the document, portal, standard, statute or measurement that set it.
        noticed_by: the test or benchmark that would notice it change.
    """

    value: bool | int | float | str | list[Any] | None = None
    pattern: str | None = None
    unit: str | None = None
    means: str
    source: str
    noticed_by: str


@cache
def load_table(name: str, package: str = __name__) -> Any:
    """Return the table `name` (the file's name without `.yaml`) of a package, parsed once per process.

    The value is shared between callers: read it, never change it.

    Raises:
        FileNotFoundError: no table has that name.
    """
    return parse_yaml(files(package).joinpath(f"{name}.yaml").read_text(encoding="utf-8"))


@cache
def table_pattern(name: str, *keys: str, package: str = __name__) -> re.Pattern[str]:
    """Return a pattern of a table by the keys that lead to it; one for any of several."""
    entry = reduce(getitem, keys, load_table(name, package))
    return re.compile(entry if isinstance(entry, str) else "|".join(entry))


@cache
def load_folder(name: str) -> tuple[Any, ...]:
    """Return every table in the folder `name`, in the order of their file names.

    The values are shared between callers: read them, never change them.
    """
    tables = (entry for entry in files(__name__).joinpath(name).iterdir() if entry.name.endswith(".yaml"))
    return tuple(
        parse_yaml(entry.read_text(encoding="utf-8")) for entry in sorted(tables, key=lambda one: one.name)
    )


class Thresholds(FrozenStruct):
    """The thresholds of one area, which a class below this one names and types, a field for each."""

    @classmethod
    def load(cls, area: str, package: str = __name__) -> Self:
        """Return the thresholds of an area: of each entry its `value`, or its `pattern` compiled.

        Args:
            area: the file's name without `.yaml`.
            package: whose `thresholds/` folder holds the file, as `crawler`.

        Raises:
            BadTable: an entry is missing, not asked for, incomplete, or of another type than its field.
        """
        entries = read_thresholds(package, area)
        if odd := {*cls.__struct_fields__} ^ entries.keys():
            raise BadTable(
                f"{package}/thresholds/{area}.yaml and {cls.__qualname__} differ in: {', '.join(sorted(odd))}"
            )
        values = {name: entry.pattern or entry.value for name, entry in entries.items()}
        try:
            return msgspec.convert(values, cls, dec_hook=lambda _, pattern: re.compile(pattern))
        except msgspec.ValidationError as error:
            where = str(error).rpartition("$.")[2].rstrip("`")
            raise BadTable(f"threshold {area}.{where}: {error}") from error


def read_thresholds(package: str, area: str) -> dict[str, Threshold]:
    """Return the entries of one file of thresholds by name, as they stand.

    Raises:
        BadTable: an entry is incomplete or has a field that none has.
    """
    text = files(package).joinpath("thresholds", f"{area}.yaml").read_text(encoding="utf-8")
    try:
        entries = msgspec.convert(parse_yaml(text), dict[str, Threshold])
    except msgspec.ValidationError as error:
        raise BadTable(f"{package}/thresholds/{area}.yaml: {error}") from error
    for name, each in entries.items():
        if (each.value is None) == (each.pattern is None):
            raise BadTable(f"{package}/thresholds/{area}.yaml: {name} needs a value or a pattern, not both")
    return entries


def parse_yaml(text: str) -> Any:
    """Return what YAML says, by libyaml where it is there: six times as fast."""
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  # both are safe
