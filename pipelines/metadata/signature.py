"""The signature under a text: the body's name on a line, the date on it or on the next."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.bodies.body_names import body_in, is_body_name
from pipelines.metadata.dates import is_date_in_figures, is_date_line, split_date_at_end

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SEAL = re.compile(r"[（(]\s*(?:盖\s*章|公\s*章|印\s*章|签\s*章|章|印)\s*[）)]$")
_ENDS_TEXT = ("。", "：", ":", "！", "；", "）", ")", "”")


@dataclass(frozen=True, slots=True)
class Signature:
    """A date that signs a text, and the body printed with it.

    Attributes:
        body: the name without white space; None where only a date stands there.
        date: as printed.
    """

    body: str | None
    date: str


def find_signatures(lines: Sequence[str]) -> Iterator[Signature]:
    """Yield the signatures of a text and of what is attached to it, in order.

    Args:
        lines: the lines of the text that are not blank and no table rows.

    A date alone signs where it follows the end of a sentence or ends the text; under a title it is the
    date of a web page, unless it stands in brackets. One in figures (2019.3.15) signs only below a name.
    """
    for number, line in enumerate(lines):
        before = _SEAL.sub("", lines[number - 1].strip()) if number else ""
        signed = split_date_at_end(line) if len(line) <= 80 else None
        if signed is None:
            if is_body_name(before) and is_date_in_figures(line):
                yield Signature(body_in(before), line.strip())
            continue
        name, date = signed
        name = _SEAL.sub("", name.strip("（(").strip())
        if is_body_name(name):
            yield Signature(body_in(name), date)
        elif name == "" and is_date_line(line):
            if is_body_name(before):
                yield Signature(body_in(before), date)
            elif _signs_alone(line.strip(), before, is_last=number == len(lines) - 1):
                yield Signature(None, date.rstrip("）)"))


def signing_line(lines: Sequence[str]) -> str | None:
    """Return the body's name where it is the last line of the text, without a date."""
    last = _SEAL.sub("", lines[-1].strip()) if lines else ""
    return body_in(last) if is_body_name(last) else None


def _signs_alone(line: str, before: str, *, is_last: bool) -> bool:
    return is_last or line.startswith(("（", "(")) or before.endswith(_ENDS_TEXT)
