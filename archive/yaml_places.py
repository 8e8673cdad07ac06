"""YAML that people write, read node by node, so that every fault is told with file, line and field.

The nodes are read rather than the values that YAML makes of them: a node knows its line, and
`region_code: 010000` stays the text that was written instead of becoming an octal number.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import yaml

from pipelines.errors import GongkaiError
from pipelines.structs import FrozenStruct

# The spellings of null in YAML 1.2, 10.3.2.
_EMPTIES = frozenset(("", "~", "null"))


# Levels that libyaml was seen to bear many times over; each is opened by one of five signs.
_DEEPEST = 1_000


class Place(FrozenStruct):
    """Where a value stands.

    Attributes:
        path: its file.
        field: its name, with the names of those that it stands in; empty for the whole file.
        node: its YAML, which knows the line.
        fault: what is raised where something is wrong with it.
    """

    path: Path
    field: str
    node: yaml.Node
    fault: type[GongkaiError]

    def refuse(self, problem: str, hint: str | None = None) -> NoReturn:
        """Raise an error that names file, line and field."""
        where = f"{self.path}:{self.node.start_mark.line + 1}"
        raise self.fault(f"{self.field}: {problem}" if self.field else problem, where=where, hint=hint)

    def text(self) -> str:
        """The value as written; a list or a mapping is refused."""
        if not isinstance(self.node, yaml.ScalarNode) or not self.node.value.strip():
            self.refuse("must be a value in one line", "Write it as text")
        if not self.node.value.strip().isprintable():
            self.refuse("holds control characters or a line break", "Write it in one line, without escapes")
        return str(self.node.value).strip()

    def day(self) -> dt.date:
        """The day that is written; anything else is refused."""
        try:
            return dt.date.fromisoformat(self.text())
        except ValueError:
            self.refuse(f"{self.text()!r} is no day", "Write YYYY-MM-DD")

    def items(self) -> list[Place]:
        """The entries of a list."""
        if not isinstance(self.node, yaml.SequenceNode):
            self.refuse("must be a list", "Begin each entry with `- `")
        return [self._at(f"{self.field}[{i}]", node) for i, node in enumerate(self.node.value)]

    def fields(self, known: Mapping[str, Any], required: frozenset[str]) -> dict[str, Place]:
        """The fields of a mapping; unknown, repeated and missing ones are refused."""
        if not isinstance(self.node, yaml.MappingNode):
            self.refuse("must be a mapping of `field: value`")
        prefix = f"{self.field}." if self.field else ""
        found: dict[str, Place] = {}
        for key_node, node in self.node.value:
            key = str(key_node.value)
            if key not in known:
                refused = self._at(f"{prefix}{key}", key_node)
                refused.refuse("no such field", f"Fields here: {', '.join(known)}")
            if key in found:
                self._at(f"{prefix}{key}", key_node).refuse("is there twice", "Leave one of them")
            found[key] = self._at(f"{prefix}{key}", node)
        for key in known:
            if key in required and key not in found:
                self._at(f"{prefix}{key}", self.node).refuse("is missing", f"Add `{key}: …`")
        return found

    def _at(self, field: str, node: yaml.Node) -> Place:
        return Place(self.path, field, node, self.fault)


def compose(path: Path, fault: type[GongkaiError], hint: str) -> yaml.Node | None:
    """Read a file as YAML; None where nothing is in it.

    Args:
        path: the file.
        fault: what is raised where it cannot be read.
        hint: where a person sees how it is written.

    Raises:
        GongkaiError: as `fault`: it is no YAML, not UTF-8, or nested without end; with file and line.
    """
    try:
        root = _compose(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise fault("is not UTF-8", where=path, hint="Save the file as UTF-8") from error
    except RecursionError as error:
        raise fault("is nested without end", where=path, hint=hint) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        problem = getattr(error, "problem", None) or "is not YAML"
        raise fault(f"cannot be read as YAML: {problem}", where=where, hint=hint) from error
    return None if isinstance(root, yaml.ScalarNode) and root.value in _EMPTIES else root


def _compose(text: str) -> yaml.Node | None:
    """Compose by libyaml where it is there, ten times as fast: a night reads every portal that ships.

    It has no bound on nesting and crashes, so it is given no text that could be nested deep; what it refuses
    is composed again, for the words of the other.
    """
    if sum(map(text.count, "[{-?:")) < _DEEPEST:
        with contextlib.suppress(yaml.YAMLError):
            return yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return yaml.compose(text, Loader=yaml.SafeLoader)
