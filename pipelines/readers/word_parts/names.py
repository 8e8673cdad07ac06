"""Names of WordprocessingML, and how a part is brought to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.readers.packages import parse_xml

if TYPE_CHECKING:
    from pipelines.readers.html.elements import Element
    from pipelines.readers.packages import Package

MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT = (
    (b"http://purl.oclc.org/ooxml/wordprocessingml/main", MAIN.encode()),
    (b"http://purl.oclc.org/ooxml/officeDocument/relationships", RELATIONS.encode()),
)
"""The strict form of the standard has names of its own for the same things."""
W = f"{{{MAIN}}}"
VAL = f"{W}val"
OFF = frozenset({"0", "false", "off", "none"})


def word_part(package: Package, name: str) -> Element:
    """Return the root of a part, its names those of the transitional form; raises as `Package.xml`."""
    content = package.read(name)
    for strict, usual in STRICT:
        content = content.replace(strict, usual)
    return parse_xml(content, name, package.where)


def value_of(parent: Element | None, name: str) -> str | None:
    """Return the `w:val` of a child element, such as `numId`; None where there is no child or no value."""
    child = None if parent is None else parent.find(f"{W}{name}")
    return None if child is None else child.get(VAL)


def number_of(parent: Element | None, name: str) -> int | None:
    """Return the `w:val` of a child element as a number; None where it is none."""
    return as_number(value_of(parent, name))


def as_number(printed: str | None) -> int | None:
    """Return an attribute as a number that is not negative; None where it is none."""
    return int(printed) if printed and printed.isascii() and printed.isdigit() and len(printed) < 10 else None


def is_on(parent: Element | None, name: str) -> bool:
    """Tell whether a switch such as `w:vanish` is set; it is by being there, unless its value says no."""
    child = None if parent is None else parent.find(f"{W}{name}")
    return child is not None and str(child.get(VAL, "1")).lower() not in OFF
