"""An archived page as text and structure: headings, paragraphs, lists, tables, and nothing else.

What is written is built from a list of elements that may stand, and two attributes that are numbers. Nothing
of the page's own markup is copied, so nothing of it can run, load, lead anywhere or change how a page looks.

    <td onclick=… colspan="2"><a href="/b.html">3</a><script>…   ─▶   <td id="cell-7" colspan="2"><u>3</u>
"""

from __future__ import annotations

import re
from collections.abc import Callable

from lxml import etree
from markupsafe import escape
from msgspec import Struct

from gongkai.web.thresholds import REPLAY
from pipelines.knowledge import load_table
from pipelines.readers.html.elements import Element, body_of
from pipelines.readers.html.html_tables import MARK
from pipelines.readers.html.page_facts import HIDDEN
from pipelines.text.charset import NOT_TEXT

_ELEMENTS = load_table("elements", "gongkai.web.replaying")
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
# The elements that are written, and as what.
_KEPT = {tag: tag for tag in (*_ELEMENTS["kept"], *_HEADINGS)} | {
    tag: written for written, tags in _ELEMENTS["written_as"].items() for tag in tags
}
# Of headings that the page has which shows it: its own, and that over the archived page.
_LEVELS_ABOVE = 2

_EMPTY = {"br": "<br>", "hr": "<hr>"}
_SPANS = ("colspan", "rowspan")
_SPACES = re.compile(r"[ \t\r\n\f]+")


class Structure(Struct):
    """A page as text and structure.

    Attributes:
        pieces: of markup, in order.
        table_of: for each cell, by its mark, the number of the table around it.
        spans: of each table, its first piece and the one behind its last.
        is_cut: whether the page goes on where the markup ends.
    """

    pieces: list[str] = []
    table_of: dict[str, int] = {}
    spans: dict[int, tuple[int, int]] = {}
    is_cut: bool = False

    @property
    def markup(self) -> str:
        """The whole page."""
        return "".join(self.pieces)

    def table_around(self, mark: str) -> str | None:
        """Return the markup of the table around a cell; None where the cell is not written."""
        span = self.spans.get(self.table_of.get(mark, -1))
        return "".join(self.pieces[slice(*span)]) if span else None


def cell_id(mark: str) -> str:
    """Return the id that a cell has in the markup."""
    return f"cell-{mark}"


def write_structure(root: Element, replaced: Callable[[str], str | None]) -> Structure:
    """Write a page as text and structure, and mark its cells (`pipelines.readers.html.html_tables.MARK`).

    Args:
        root: of the page, not nested too deep; its cells are given marks.
        replaced: what to write instead of the text of a link, by its address; None for the text itself.
    """
    writer = _Writer(replaced)
    walker = etree.iterwalk(body_of(root), events=("start", "end", "comment", "pi"))
    for event, element in walker:
        if event == "start":
            if not writer.begin(element):
                walker.skip_subtree()
        else:
            writer.end(element)
        if writer.characters > REPLAY.markup_chars:
            writer.cut()
            break
    return writer.written


class _Writer:
    """Writes elements as they begin and end, in the order of the page."""

    def __init__(self, replaced: Callable[[str], str | None]) -> None:
        self.written = Structure()
        self.characters = 0
        self._replaced = replaced
        self._open: list[str] = []
        self._tables: list[int] = []
        self._headings: list[int] = []
        self._cells = 0

    def begin(self, element: Element) -> bool:
        """Write the beginning of an element; return whether what is in it is to be written."""
        tag = element.tag
        if not isinstance(tag, str) or tag in _ELEMENTS["dropped"] or _is_hidden(element):
            return False
        if instead := _ELEMENTS["stands_for"].get(tag):
            self._add(str(escape(instead + (element.get("alt") or ""))))
            return False
        if tag in _EMPTY:
            self._add(_EMPTY[tag])
            return False
        if tag in _KEPT:
            self._begin_kept(element, self._heading(_HEADINGS[tag]) if tag in _HEADINGS else _KEPT[tag])
        if tag == "a" and (text := self._replaced(element.get("href") or "")) is not None:
            self._add_text(text)
            return False
        self._add_text(element.text)
        return True

    def _heading(self, level: int) -> str:
        """Return what a heading is written as: below those above it, and no level left out.

        Pages choose levels by their size in print; who listens goes by their order.
        """
        while self._headings and self._headings[-1] >= level:
            self._headings.pop()
        self._headings.append(level)
        return f"h{min(_LEVELS_ABOVE + len(self._headings), 6)}"

    def _begin_kept(self, element: Element, name: str) -> None:
        attributes = self._mark_cell(element) if name in {"td", "th"} else ""
        if name == "table":
            self._tables.append(len(self.written.pieces))
        self._open.append(name)
        self._add(f"<{name}{attributes}>")

    def _mark_cell(self, element: Element) -> str:
        """Give a cell its mark, and return the attributes that it is written with."""
        self._cells += 1
        mark = str(self._cells)
        element.set(MARK, mark)
        if self._tables:
            self.written.table_of[mark] = self._tables[-1]
        spans = "".join(f' {name}="{number}"' for name in _SPANS if (number := _span(element.get(name))))
        return f' id="{cell_id(mark)}"{spans}'

    def end(self, element: Element) -> None:
        """Write the end of an element, and the text behind it; of a comment that alone."""
        tag = element.tag
        # `iterwalk` tells the end of what was skipped, too: for that nothing was opened.
        if isinstance(tag, str) and tag in _KEPT and not _is_hidden(element):
            self._close()
        self._add_text(element.tail)

    def _close(self) -> None:
        name = self._open.pop()
        self._add(f"</{name}>")
        if name == "table":
            number = self._tables.pop()
            self.written.spans[number] = (number, len(self.written.pieces))

    def cut(self) -> None:
        """End here: close what is open."""
        self.written.is_cut = True
        while self._open:
            self._close()

    def _add_text(self, text: str | None) -> None:
        if text:
            self._add(str(escape(NOT_TEXT.sub("\ufffd", _SPACES.sub(" ", text)))))

    def _add(self, markup: str) -> None:
        self.written.pieces.append(markup)
        self.characters += len(markup)


def _is_hidden(element: Element) -> bool:
    return bool(HIDDEN.search(element.get("style") or "")) or "hidden" in element.attrib


def _span(printed: str | None) -> int | None:
    digits = (printed or "").strip()
    if not digits.isascii() or not digits.isdigit() or len(digits) > 6:
        return None
    number = min(int(digits), REPLAY.span)
    return number if number > 1 else None
