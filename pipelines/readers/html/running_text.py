r"""Running text out of elements: lines as a reader sees them, white space folded, nothing glued.

White space folds and figures are raised as `pipelines.text.white_space` says. Struck-out text is set apart
by a space: `<s>15</s>16` must not read 1516.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from lxml import etree

from pipelines.knowledge import load_table
from pipelines.text.white_space import RAISED, fold_line, raise_figures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipelines.readers.html.elements import Element

BLOCKS = frozenset(
    (
        *("address", "article", "aside", "blockquote", "body", "caption", "center", "details", "dir", "div"),
        *("dd", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "html", "legend"),
        *(
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "hr",
            "li",
            "main",
            "menu",
            "ol",
            "option",
            "p",
            "pre",
            "section",
        ),
        *("summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", "ucapcontent", "ucaptitle"),
    )
)
BREAKS = frozenset({"br", "hr"})
STRUCK = frozenset({"s", "strike", "del"})
STRUCK_STYLE = re.compile(r"line-through", re.IGNORECASE)
LINE_BREAK = object()
"""Between two lines; several in a row are one."""


class InlineText:
    """Collects text into lines; `break_line` ends one, `take_lines` hands out those that are not blank."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._pieces: list[str] = []

    def add_text(self, text: str | None) -> None:
        """Add text to the line in progress."""
        if text:
            self._pieces.append(text)

    def break_line(self) -> None:
        """End the line in progress; a blank one leaves nothing."""
        if self._pieces:
            line = fold_line("".join(self._pieces))
            self._pieces.clear()
            if line:
                self._lines.append(line)

    def take_lines(self) -> list[str]:
        """Return the lines so far and begin anew."""
        self.break_line()
        lines, self._lines = self._lines, []
        return lines

    def feed_element(self, element: Element, is_elsewhere: Callable[[Element], bool] | None = None) -> None:
        """Add everything that an element shows, without what follows it.

        Args:
            element: what is shown.
            is_elsewhere: asked for each table in it; one for which it says yes is left out.
        """
        for piece in walk_text(element, is_elsewhere):
            if isinstance(piece, str):
                self.add_text(piece)
            else:
                self.break_line()


def walk_text(root: Element, is_whole: Callable[[Element], bool] | None = None) -> Iterator[Any]:
    """Yield what an element shows, in order: pieces of text, `LINE_BREAK`, and elements taken as a whole.

    Args:
        root: the element; what follows it is not part of it.
        is_whole: asked for each `table`; where it says yes, the element itself is yielded and its content
            is left to the caller.
    """
    dropped = dropped_elements()
    events = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    raised: list[str] = []
    for event, element in events:
        tag = element.tag
        if event == "start":
            if tag in dropped:
                events.skip_subtree()
            elif tag == "table" and is_whole is not None and is_whole(element):
                events.skip_subtree()
                yield element
            else:
                yield from _opening_pieces(element, raised)
            continue
        if event == "end":
            yield from _closing_pieces(element, raised)
        if element is not root:
            yield _shown_text(element.tail, raised)


def _opening_pieces(element: Element, raised: list[str]) -> Iterator[Any]:
    if element.tag in BLOCKS or element.tag in BREAKS:
        yield LINE_BREAK
    if element.tag in RAISED:
        raised.append(element.tag)
    if _is_struck(element):
        yield " "
    yield _shown_text(element.text, raised)


def _closing_pieces(element: Element, raised: list[str]) -> Iterator[Any]:
    if element.tag in RAISED and raised:
        raised.pop()
    if _is_struck(element):
        yield " "
    if element.tag in BLOCKS:
        yield LINE_BREAK


def _is_struck(element: Element) -> bool:
    return element.tag in STRUCK or bool(STRUCK_STYLE.search(element.get("style", "")))


def _shown_text(text: str | None, raised: list[str]) -> str:
    return raise_figures(text, raised[-1]) if text and raised else text or ""


@cache
def dropped_elements() -> frozenset[str]:
    """Return the names of the elements whose content is never text."""
    return frozenset(load_table("page_structure")["dropped_elements"])
