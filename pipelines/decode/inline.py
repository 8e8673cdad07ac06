r"""Running text out of elements: lines as a reader sees them, white space folded, nothing glued.

White space folds as in a browser, with two differences that Chinese needs: a line break in the source
between two Chinese characters is no space, and the ideographic space U+3000 inside a line is kept, since
it separates names and keywords. Superscript figures become superscript characters: `10<sup>4</sup>` must
not read 104. Struck-out text is set apart by a space: `<s>15</s>16` must not read 1516.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from lxml import etree

from pipelines.knowledge import load_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipelines.decode.elements import Element

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
ZERO_WIDTH = re.compile("[\u200b\u2060\ufeff\u00ad]")
EAST_ASIAN = "[\u2e80-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\u2018-\u201d\u2026]"
SOURCE_BREAK = re.compile(rf"(?<={EAST_ASIAN})[ \t\r\f]*\n\s*(?={EAST_ASIAN})")
SPACES = re.compile("[ \t\r\n\f\v\x85\xa0\u2000-\u200a\u2028\u2029\u202f\u205f]+")
EDGES = " \u3000"
STRUCK = frozenset({"s", "strike", "del"})
STRUCK_STYLE = re.compile(r"line-through", re.IGNORECASE)
UNRENDERED = re.compile(r"\{\{[^{}]*\}\}")
"""A place that a script would have filled; without the script it shows nothing."""
LINE_BREAK = object()
"""Between two lines; several in a row are one."""
RAISED = {
    "sup": str.maketrans("0123456789+-n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ"),
    "sub": str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"),
}


class InlineText:
    """Collects text into lines; `break_line` ends one, `taken` hands out those that are not blank."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._pieces: list[str] = []

    def add(self, text: str | None) -> None:
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

    def taken(self) -> list[str]:
        """Return the lines so far and begin anew."""
        self.break_line()
        lines, self._lines = self._lines, []
        return lines

    def feed(self, element: Element, is_elsewhere: Callable[[Element], bool] | None = None) -> None:
        """Add everything that an element shows, without what follows it.

        Args:
            element: what is shown.
            is_elsewhere: asked for each table in it; one for which it says yes is left out.
        """
        for piece in walk(element, is_elsewhere):
            if isinstance(piece, str):
                self.add(piece)
            else:
                self.break_line()


def fold_line(text: str) -> str:
    """Fold the white space of one line as a reader sees it."""
    joined = SOURCE_BREAK.sub("", ZERO_WIDTH.sub("", UNRENDERED.sub("", text)))
    return SPACES.sub(" ", joined).strip(EDGES)


def walk(root: Element, is_whole: Callable[[Element], bool] | None = None) -> Iterator[Any]:
    """Yield what an element shows, in order: pieces of text, `LINE_BREAK`, and elements taken as a whole.

    Args:
        root: the element; what follows it is not part of it.
        is_whole: asked for each `table`; where it says yes, the element itself is yielded and its content
            is left to the caller.
    """
    dropped = dropped_elements()
    events = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    raised: list[dict[int, int]] = []
    for event, element in events:
        tag = element.tag
        if event == "start":
            if tag in dropped:
                events.skip_subtree()
            elif tag == "table" and is_whole is not None and is_whole(element):
                events.skip_subtree()
                yield element
            else:
                yield from _opening(element, raised)
            continue
        if event == "end":
            yield from _closing(element, raised)
        if element is not root:
            yield _shifted(element.tail, raised)


def _opening(element: Element, raised: list[dict[int, int]]) -> Iterator[Any]:
    if element.tag in BLOCKS or element.tag in BREAKS:
        yield LINE_BREAK
    if element.tag in RAISED:
        raised.append(RAISED[element.tag])
    if _is_struck(element):
        yield " "
    yield _shifted(element.text, raised)


def _closing(element: Element, raised: list[dict[int, int]]) -> Iterator[Any]:
    if element.tag in RAISED and raised:
        raised.pop()
    if _is_struck(element):
        yield " "
    if element.tag in BLOCKS:
        yield LINE_BREAK


def _is_struck(element: Element) -> bool:
    return element.tag in STRUCK or bool(STRUCK_STYLE.search(element.get("style", "")))


def _shifted(text: str | None, tables: list[dict[int, int]]) -> str:
    if not text or not tables:
        return text or ""
    shifted = text.translate(tables[-1])
    # Only figures have raised forms; a raised word stays as it is rather than half raised.
    return text if re.search(r"[^\W\d_n]", text) else shifted


@cache
def dropped_elements() -> frozenset[str]:
    """Return the names of the elements whose content is never text."""
    return frozenset(load_table("page_structure")["dropped_elements"])
