"""Text that a script puts together from literals: `'/data?t=' + library.t + '&p=' + page`.

No script is run. Its objects are read by `crawler.families.pages.literals`; what is joined by `+` is put
together here. A name that can only be the number of a page is 1; a parameter that only a reader fills in is
empty; anything else is not known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.families.pages.literals import Expression, named_values, read_stated
from pipelines.text.scripts import STRING, string_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crawler.families.pages.literals import Stated, Value

_OPERAND_TOKEN = re.compile(
    rf"(?P<string>{STRING})|(?P<name>[A-Za-z_$][\w$]*+(?:\.[A-Za-z_$][\w$]*+)*+)|(?P<number>\d++)|(?P<sign>[^\s])"
)
_OPERAND = rf"(?:{STRING}|[\w$.]++)"
_SUM = re.compile(rf"\s*+{_OPERAND}(?:\s*+\+\s*+{_OPERAND})*+\s*+")
_PAGE_NAME = re.compile(
    r"(?:\w+\.)*(?:page|pageno|pagenum|pageindex|pagenumber|currentpage|curpage|currpage|cpage|pn|p|index)",
    re.IGNORECASE,
)
_CONSTANTS = {"true": "true", "false": "false", "null": "", "undefined": ""}
LONGEST_JOINED = 400_000


@dataclass(frozen=True, slots=True)
class Known:
    """What a script states.

    Attributes:
        script: without comments; of one that is very long, its beginning.
        stated: its objects and lists, inner ones first.
        objects: those that variables are set to, by name.
        values: literals by the name that they are assigned to, `library.t` for a field of an object.
    """

    script: str
    stated: tuple[Stated, ...]
    objects: Mapping[str, Stated]
    values: Mapping[str, str]

    def value_of(self, written: str) -> str | None:
        """Return what one operand stands for: a literal, or a name."""
        if written[:1] in {"'", '"'}:
            return string_value(written)
        if written.isdigit():
            return written
        if written in _CONSTANTS:
            return _CONSTANTS[written]
        if written in self.values:
            return self.values[written]
        return "1" if _PAGE_NAME.fullmatch(written) else None


def what_is_known(script: str) -> Known:
    """Read what a script states and assigns.

    Args:
        script: without comments.
    """
    script = script[:LONGEST_JOINED]
    stated = read_stated(script)
    values: dict[str, str] = {}
    known = Known(script, stated, named_values(stated), values)
    # In order: what is joined later may name what was joined before.
    for name, each in known.objects.items():
        values.update((f"{name}.{key}", text) for key, text in fields_of(each.value, known).items())
    values.update((name, text) for name, text in _joined(script, known) if name)
    return known


def joined_texts(script: str, known: Known) -> Iterator[str]:
    """Yield each text that a script joins, or has as a literal."""
    yield from dict.fromkeys(text for _, text in _joined(script, known))


def text_of(value: Value | None, known: Known) -> str | None:
    """Return what a value comes to as text; None where it is none, or what a call gives."""
    if isinstance(value, Expression):
        is_sum = _SUM.fullmatch(value.written) is not None
        return next(joined_texts(value.written, known), None) if is_sum else None
    return value if isinstance(value, str) else None


def fields_of(value: Value, known: Known) -> dict[str, str]:
    """Return the fields of an object whose values are known, in order; none where it is no object."""
    fields = value.items() if isinstance(value, dict) else ()
    texts = ((name, text_of(field, known)) for name, field in fields)
    return {name: text for name, text in texts if text is not None}


def _joined(script: str, known: Known) -> Iterator[tuple[str, str]]:
    """Yield what operands joined by `+` make, with the name that it is assigned to."""
    operands: list[str] = []
    assigned, before = "", ("", "")
    # What follows ends the last of them.
    for found in _OPERAND_TOKEN.finditer(f"{script};"):
        sign, written = found["sign"], found[0]
        if sign is None and (not operands or before[1] == "+"):
            assigned = before[0] if before[1] == "=" else assigned if operands else ""
            operands.append(written)
        elif sign != "+" or not operands:
            text = _text_of(operands, known)
            if text:
                yield assigned, text
            operands = [written] if sign is None else []
        before = (written if sign is None else before[0], sign or "")


def _text_of(operands: list[str], known: Known) -> str | None:
    text = ""
    for written in operands:
        value = known.value_of(written)
        if value is None:
            if not text.endswith("="):
                return None
            value = ""
        text += value
    return text
