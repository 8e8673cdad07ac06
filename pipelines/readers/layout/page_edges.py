"""What stands at the edges of pages, around their text: running heads, page numbers, footnotes.

They are told by what stands in the same place on other pages, by their marks, and by their size.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from pipelines.decoded import Role
from pipelines.readers.layout.geometry import PAPER, measure_text_size
from pipelines.text.numerals import mask_numbers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipelines.readers.layout.geometry import Line
    from pipelines.readers.layout.laid_pages import LaidPage


_DASH = r"[-—–―─~·•\s]"
# GB/T 9704-2012, 7.5 sets page numbers between two dashes; others were met.
_PAGE_NUMBER = re.compile(
    rf"{_DASH}+\d{{1,4}}{_DASH}+|第\s*\d{{1,4}}\s*页(?:\s*[/,，]?\s*共\s*\d{{1,4}}\s*页)?|\d{{1,4}}\s*[/／]\s*\d{{1,4}}"
    r"|(?i:page\s*\d{1,4}(?:\s*of\s*\d{1,4})?)"
)
# The mark that opens a note: a sign of its own, a number in brackets, or one before its text.
_FOOTNOTE = re.compile(r"[①-⑳*＊†‡]|\[\d{1,3}\]|〔\d{1,2}〕|\d{1,2}(?=[\s\u4e00-\u9fff《“])")


def tell_roles(pages: Sequence[LaidPage]) -> list[dict[int, Role]]:
    """Return what the lines of pages are, where they are no text, by their numbers on their page.

    Args:
        pages: of one document, in order.
    """
    roles: list[dict[int, Role]] = [{} for _ in pages]
    for is_foot in (False, True):
        at_edge = [list(_edge_lines(page, is_foot=is_foot)) for page in pages]
        for depth in range(PAPER.head_lines):
            lines = {
                number: (page.lines[edge[depth]], edge[depth])
                for number, (page, edge) in enumerate(zip(pages, at_edge, strict=True))
                if len(edge) > depth and all(before in roles[number] for before in edge[:depth])
            }
            for number, role in _judge_edge(lines, pages):
                roles[number][lines[number][1]] = role
    size = measure_text_size(line for page in pages for line in page.lines)
    for page, found in zip(pages, roles, strict=True):
        found.update((number, Role.FOOTNOTE) for number in _find_footnotes(page, found, size))
    return roles


def is_page_number(text: str) -> bool:
    """Tell whether a line says by its marks that it is the number of a page: — 3 —, 第3页."""
    return _PAGE_NUMBER.fullmatch(text) is not None


def may_be_page_number(text: str) -> bool:
    """Tell whether what stands at the edge of a page may be its number, with marks or without."""
    return is_page_number(text) or _is_bare_number(text)


def _is_bare_number(text: str) -> bool:
    return text.isdecimal() and len(text) <= 4


def _edge_lines(page: LaidPage, *, is_foot: bool) -> Iterator[int]:
    """Yield the lines between an edge of a page and the first table, from the edge inwards."""
    height, lines, tables = page.page.height, page.lines, [table.box for table in page.tables]
    numbers = range(len(lines))
    for number in reversed(numbers) if is_foot else numbers:
        _, top, _, bottom = lines[number].box
        is_outside = top > (1 - PAPER.edge) * height if is_foot else bottom < PAPER.edge * height
        is_beyond = all(top > box.bottom if is_foot else bottom < box.top for box in tables)
        if not is_outside or not is_beyond:
            return
        yield number


def _judge_edge(
    lines: Mapping[int, tuple[Line, int]], pages: Sequence[LaidPage]
) -> Iterator[tuple[int, Role]]:
    """Yield the pages whose line at one depth of one edge is no text, and what it is."""
    numbered = Counter(
        int(line.text) - page for page, (line, _) in lines.items() if _is_bare_number(line.text)
    )
    alike: dict[str, list[float]] = defaultdict(list)
    masked = {number: mask_numbers("".join(line.text.split())) for number, (line, _) in lines.items()}
    for number, (line, _) in lines.items():
        alike[masked[number]].append(line.box.top)
    for number, (line, _) in lines.items():
        if is_page_number(line.text):
            yield number, Role.PAGE_NUMBER
        elif _is_bare_number(line.text):
            if numbered[int(line.text) - number] >= 2 or (len(pages) == 1 and int(line.text) == 1):
                yield number, Role.PAGE_NUMBER
        else:
            again = sum(abs(top - line.box.top) < PAPER.head_shift for top in alike[masked[number]])
            if again >= 3 or (again == 2 and len(pages) <= 3):
                yield number, Role.RUNNING_HEAD


def _find_footnotes(page: LaidPage, roles: Mapping[int, Role], text_size: float) -> Sequence[int]:
    """Return the lines of small print at the foot of a page, from the first that begins with a mark on."""
    height, lines, tables = page.page.height, page.lines, [table.box for table in page.tables]
    small: list[int] = []
    for number in reversed(range(len(lines))):
        line = lines[number]
        if number in roles and line.box.top > height / 2:
            continue
        if line.size > PAPER.footnote_size * text_size or any(line.box.top < box.bottom for box in tables):
            break
        small.insert(0, number)
    marked = [number for number in small if _FOOTNOTE.match(lines[number].text)]
    has_text_above = bool(small) and small[0] > 0 and len(roles) + len(small) < len(lines)
    if not marked or not has_text_above or lines[marked[0]].box.top < height / 2:
        return ()
    return small[small.index(marked[0]) :]
