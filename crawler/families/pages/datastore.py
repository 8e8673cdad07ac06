"""The datastores of Hanweb's paged lists: records of markup in XML, inside a page, or as a script's list.

The same block stands in a script of its own, in a comment, or is what the proxy answers, often under the name
of HTML. It is scanned for its few marks, not parsed: records hold whatever an editor pasted.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from crawler.families.pages.literals import Expression
from crawler.families.pages.markup import parse_markup
from crawler.families.pages.rows import read_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from crawler.families.base import ListedLink
    from crawler.families.pages.literals import Stated, Value

_BLOCK = re.compile(r"<(?P<close>/?)datastore\b[^<>]{0,200}>", re.IGNORECASE)
_MARK = re.compile(
    r"<(?P<close>/?)(?P<name>record|nextgroup|totalrecord|totalpage)(?:\s[^<>]{0,200})?>", re.IGNORECASE
)
_HREF = re.compile(r"""href\s*=\s*(?:"([^"<>]*)"|'([^'<>]*)'|([^\s"'<>]+))""", re.IGNORECASE)
_HOLDER = re.compile(r"""\bid\s*=\s*["']?(\w{1,64})""", re.IGNORECASE)
_HOLDER_WITHIN = 400
_STORE = re.compile(r"(?<![\w$])(?P<name>[A-Za-z_$][\w$]{0,60})\s*[=:]\s*(?:new\s+Array\s*)?$")
_NUMBER = re.compile(r"\s*(\d{1,9})\s*")


@dataclass(frozen=True, slots=True)
class Datastore:
    """Records of one list.

    Attributes:
        unit: the id of the unit that shows them; None where nothing tells.
        records: the markup of each.
        next_group: the address that the next block is asked for at, as written; None where there is none.
        total: how many records the whole list has; None where it does not say.
    """

    unit: str | None
    records: tuple[str, ...]
    next_group: str | None = None
    total: int | None = None

    def links(self, base: str) -> tuple[ListedLink, ...]:
        """Return the link of each record that has one, in order."""
        roots = (parse_markup(record) for record in self.records)
        links = (read_row(root, base) for root in roots if root is not None)
        return tuple(link for link in links if link is not None)


def read_datastores(text: str) -> tuple[Datastore, ...]:
    """Return the datastores that stand in a text as XML, in order.

    Args:
        text: a page, comments and all, or what the proxy answered.
    """
    return tuple(_read_block(block, holder) for block, holder in _blocks(text))


def listed_datastores(stated: Iterable[Stated]) -> Iterator[tuple[str, Datastore]]:
    """Yield the datastores that a script states as lists of strings, with the names that it gives them."""
    for each in stated:
        name = _STORE.search(each.before)
        if name and isinstance(each.value, list):
            yield name["name"], _from_list(each.value, None)


def datastore_of(settings: Mapping[str, Value], lists: Mapping[str, Datastore]) -> Datastore | None:
    """Return the datastore that a list's settings name or hold; None where they have none."""
    value = settings.get("dataStore")
    if isinstance(value, Expression):
        return lists.get(value.written)
    return _from_list(value, None) if isinstance(value, list) else None


def _from_list(values: list[Value], unit: str | None) -> Datastore:
    records = (value.strip() for value in values if isinstance(value, str))
    return Datastore(unit, tuple(record for record in records if record))


def _blocks(text: str) -> Iterator[tuple[str, str | None]]:
    """Each block with the id of what holds it; one that is cut off ends with the text or with the next."""
    marks = list(_BLOCK.finditer(text))
    for i, mark in enumerate(marks):
        if mark["close"]:
            continue
        end = marks[i + 1].start() if i + 1 < len(marks) else len(text)
        holders = _HOLDER.findall(text[max(0, mark.start() - _HOLDER_WITHIN) : mark.start()])
        yield text[mark.end() : end], holders[-1] if holders else None


def _read_block(block: str, holder: str | None) -> Datastore:
    records: list[str] = []
    numbers: dict[str, int] = {}
    next_group: str | None = None
    for name, inner in _marked(block):
        number = _NUMBER.fullmatch(inner)
        if name == "record":
            records.append(inner)
        elif name == "nextgroup":
            next_group = next_group or _address(inner)
        elif number:
            numbers[name] = int(number[1])
    unit = _unit_of(next_group) or holder
    return Datastore(unit, tuple(records), next_group, numbers.get("totalrecord"))


def _marked(block: str) -> Iterator[tuple[str, str]]:
    """What stands between each mark and the next one; the mark that closes it may be missing."""
    marks = list(_MARK.finditer(block))
    for i, mark in enumerate(marks):
        if not mark["close"]:
            end = marks[i + 1].start() if i + 1 < len(marks) else len(block)
            yield mark["name"].lower(), _content(block[mark.end() : end])


def _content(inner: str) -> str:
    """The characters that an element holds: as they are in CDATA, without entities elsewhere."""
    inner = inner.strip()
    if inner.startswith("<![CDATA["):
        return inner.removeprefix("<![CDATA[").partition("]]>")[0]
    if "<" not in inner:
        return html.unescape(inner)
    return inner


def _address(inner: str) -> str | None:
    found = _HREF.search(inner)
    # In CDATA it is markup once more; in no case are its entities meant.
    return html.unescape(next(filter(None, found.groups()), "")) or None if found else None


def _unit_of(address: str | None) -> str | None:
    fields = dict(parse_qsl(urlsplit(address).query)) if address else {}
    return fields.get("unitid")
