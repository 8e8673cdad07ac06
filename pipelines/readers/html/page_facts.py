"""What stands on a page around its text: what it states of itself, and what states nothing.

The header table (公文要素) comes as a table, as a list, or as lines `标签：值`, above the body or inside its
container. All shapes end here as the same pairs. The difficulty is what looks like it: a catalogue in the
text whose columns are called 名称, 文号, 发布日期 is data. So a table is a header only when labels and their
values are most of it, and a line counts only outside the text, or at its head.

Meta tags are those of 国办发〔2017〕47号 (《政府网站发展指引》).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, pairwise, zip_longest
from urllib.parse import urlsplit

from pipelines.decoded import Block
from pipelines.forms.labels import SIMPLIFIED
from pipelines.knowledge import load_table
from pipelines.metadata.dates_and_numbers import normalise_doc_number
from pipelines.metadata.fields import header_labels
from pipelines.readers.html.elements import (
    BLOCKS,
    PAGE_STRUCTURE,
    PAGES,
    Element,
    drop_element,
    element_words,
    select_elements,
    show_lines,
)
from pipelines.readers.html.html_tables import cell_text, count_characters, own_cells, own_rows
from pipelines.response.http_message import media_type
from pipelines.text.page_source import fold_line

LABEL_DRESS = re.compile(r"[\s\u3000\xa0:：\[\]【】［］()（）·•■◆]+")
SEPARATOR = r"[\s\u3000\xa0|｜;；，,:：\[【［(（]"
# Labels that say by themselves that a line is part of a header; all that state something; with what is noise.
_TABLE = load_table("header_labels")
STRONG = header_labels().union(*_TABLE["strong"].values())
FACTS = STRONG.union(*_TABLE["weak"].values())
KNOWN_LABELS = FACTS.union(_TABLE["noise"])
_LONGEST_FIRST = sorted(KNOWN_LABELS, key=lambda label: (-len(label), label))
_SPACED = {label: r"[\s\u3000\xa0]*".join(label) for label in _LONGEST_FIRST}
_GLUED = "|".join(spaced for label, spaced in _SPACED.items() if len(label) >= PAGES.glued_label_chars)
_MARK = re.compile(rf"({_GLUED}|(?:^|(?<={SEPARATOR}))(?:{'|'.join(_SPACED.values())}))\s*[\]】］]?\s*[:：]")


def bare_label(text: str) -> str:
    """Return a label without padding, colon and brackets: `标　　题：` is `标题`."""
    return LABEL_DRESS.sub("", text)


def read_header_table(table: Element) -> dict[str, str] | None:
    """Read a table of labels and values; None when it is something else.

    Args:
        table: a `<table>` that holds no other table.
    """
    rows = [[cell_text(cell) for cell in own_cells(row)] for row in own_rows(table)]
    texts = [text for row in rows for text in row if text.strip()]
    size = sum(map(len, texts))
    if not texts or size > PAGES.header_table_chars:
        return None
    pairs: dict[str, str] = {}
    accounted = 0
    for row in rows:
        accounted += _read_row(row, pairs)
    strong = any(label in STRONG for label in pairs) or len(pairs) >= 3
    return pairs if strong and accounted >= PAGES.header_share * size else None


def _read_row(row: list[str], pairs: dict[str, str]) -> int:
    """Read the pairs of a row into `pairs`; return how many characters they account for."""
    accounted = 0
    position = 0
    while position < len(row):
        text = row[position]
        value = row[position + 1] if position + 1 < len(row) else ""
        if bare_label(text) in KNOWN_LABELS and bare_label(value) not in KNOWN_LABELS:
            accounted += len(text) + len(value)
            _keep_pair(pairs, bare_label(text), value)
            position += 2
            continue
        inline = read_label_line(text)
        if inline:
            accounted += len(text)
            for label, printed in inline.items():
                _keep_pair(pairs, label, printed)
        position += 1
    return accounted


def read_label_line(line: str) -> dict[str, str] | None:
    """Read a line of labels and values (`发布日期：2020-01-02　来源：办公室`); None when it is none.

    The line must begin with a known label. Values that are empty or dashes only are left out, noise too.
    """
    line = line.replace("\n", " ")
    if len(line) > PAGES.header_line_chars:
        return None
    marks = list(_MARK.finditer(line.translate(SIMPLIFIED)))
    if not marks or LABEL_DRESS.sub("", line[: marks[0].start()]):
        return None
    ends = [mark.start() for mark in marks[1:]] + [len(line)]
    pairs: dict[str, str] = {}
    for mark, end in zip(marks, ends, strict=True):
        _keep_pair(pairs, bare_label(mark.group(1)), line[mark.end() : end])
    return pairs


def is_header_line(line: str) -> bool:
    """Tell whether a line can only be part of a header: one of its labels is a strong one or noise."""
    if read_label_line(line) is None:
        return False
    labels = {bare_label(mark.group(1)) for mark in _MARK.finditer(line)}
    return bool(labels & STRONG) or labels.isdisjoint(FACTS) or len(labels) >= 3


def header_lines(lines: Sequence[str]) -> frozenset[int]:
    """Return which lines are part of a header.

    Those are whole pairs, pairs of a weak label beside them, and a strong label with its value below it.
    """
    found = {position for position, line in enumerate(lines) if is_header_line(line)}
    beside = {neighbour for position in found for neighbour in (position - 1, position + 1)}
    found |= {position for position, line in enumerate(lines) if position in beside and read_label_line(line)}
    for position, (line, following) in enumerate(pairwise(lines)):
        if _is_label_above(line, following):
            found |= {position, position + 1}
        elif bare_label(line) in STRONG:
            found.add(position)
    return frozenset(found)


def read_label_lines(lines: Sequence[str], headings: Sequence[str] = ()) -> dict[str, str]:
    """Read every pair that lines outside a text state, on one line or on two that follow each other.

    Args:
        lines: in order.
        headings: of the page; a document number right below one needs no label.
    """
    pairs: dict[str, str] = {}
    for line, following in zip_longest(lines, lines[1:], fillvalue=""):
        for label, value in (read_label_line(line) or {}).items():
            _keep_pair(pairs, label, value)
        if _is_label_above(line, following):
            _keep_pair(pairs, bare_label(line), following)
        if headings and headings[-1].endswith(line) and normalise_doc_number(following):
            _keep_pair(pairs, "发文字号", following)
    return pairs


def _is_label_above(line: str, following: str) -> bool:
    is_label = bare_label(line) in STRONG
    return is_label and bare_label(following) not in KNOWN_LABELS and read_label_line(following) is None


def _keep_pair(pairs: dict[str, str], label: str, value: str) -> None:
    printed = fold_line(value.replace("\n", " ")).strip(" 　|｜;；[【［(（")
    if label in FACTS and printed.strip("-—/") and len(printed) <= PAGES.header_value_chars:
        pairs.setdefault(label, printed)


# Boilerplate stands around a text and is not the text: share bars, print buttons, crumbs, counters.
HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
# What is hidden so keeps its place: a cell is blank, not gone.
UNSEEN = re.compile(r"visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.IGNORECASE)
FILE_LINK = re.compile(r"\.(?:pdf|docx?|xlsx?|wps|et|ofd|zip|rar)\b", re.IGNORECASE)
_BOILERPLATE_LINE = re.compile("|".join(f"(?:{each})" for each in PAGE_STRUCTURE["boilerplate_lines"]))
BOILERPLATE_WORDS = frozenset(PAGE_STRUCTURE["boilerplate"]["words"])
MENU_ELEMENTS = frozenset(
    {"ul", "ol", "dl", "div", "table", "td", "section", "aside", "header", "footer", "p"}
)


# A style sheet without its comments and the rules for other media: `@media print { .buttons { … } }`.
_NOT_A_RULE = re.compile(r"/\*(?:.*?\*/|.*)|@[^@{};]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", re.DOTALL)
_DISPLAYED = re.compile(r"(?<![^{}])([^{}]*)\{[^{}]*\bdisplay\s*:\s*([\w-]+)")


def drop_boilerplate(root: Element) -> None:
    """Remove the short elements whose class or id names boilerplate, and short hidden ones."""
    limit = PAGE_STRUCTURE["boilerplate"]["max_characters"]
    doomed = [element for element in root.iter("*") if _is_named(element) and _is_short(element, limit)]
    for element in doomed:
        if element.tag in ("tr", "td", "th") and _is_unseen(element):
            for cell in list(element.iter("td", "th")):
                cell.text = None
                del cell[:]
        elif element.getparent() is not None and element.tag not in ("html", "body"):
            drop_element(element)


def drop_hidden_pieces(root: Element, body: Element) -> None:
    """Remove from the lines of a body the short pieces that a style sheet hides by a class or an id.

    What is a line of its own stays: a script may show it, and it joins no figure.

    Args:
        root: the page, with its style sheets.
        body: the element of it that holds its text.
    """
    sheets = "".join(style.text or "" for style in root.iter("style"))
    hidden, shown = set[str](), set[str]()
    for names, display in _DISPLAYED.findall(_NOT_A_RULE.sub("", sheets).lower()):
        if display == "none":
            hidden.update(map(str.strip, names.split(",")))
        else:
            shown.update(re.findall(r"[.#][\w-]+", names))
    limit = PAGE_STRUCTURE["boilerplate"]["max_characters"]
    for _, element in select_elements(body, [name for name in hidden - shown if name[:1] in (".", "#")]):
        is_shown = element.tag in BLOCKS or "display" in element.get("style", "")
        if not is_shown and _is_short(element, limit):
            drop_element(element)


def drop_menus(root: Element) -> None:
    """Remove the blocks that consist of links to other pages: menus, lists of news, footers of links."""
    # All are found before the first is removed: lxml looks through a removed tree once for every element
    # of it that is still referred to.
    share = PAGE_STRUCTURE["menu_link_share"]
    linked: dict[Element, list[int]] = {}
    for link in root.iter("a"):
        size = count_characters(link)
        if size and not FILE_LINK.search(link.get("href") or ""):
            for ancestor in islice(link.iterancestors(*MENU_ELEMENTS), PAGES.menu_frames):
                linked.setdefault(ancestor, []).append(size)
    menus = [
        element
        for element, sizes in linked.items()
        if len(sizes) >= PAGES.menu_links and sum(sizes) >= share * count_characters(element)
    ]
    for menu in menus:
        drop_element(menu)


def _is_named(element: Element) -> bool:
    if _is_gone(element) or _is_unseen(element):
        return True
    return not BOILERPLATE_WORDS.isdisjoint(element_words(element))


def _is_gone(element: Element) -> bool:
    return "hidden" in element.attrib or HIDDEN.search(element.get("style") or "") is not None


def _is_unseen(element: Element) -> bool:
    return not _is_gone(element) and UNSEEN.search(element.get("style") or "") is not None


def _is_short(element: Element, limit: int) -> bool:
    size = 0
    for count, part in enumerate(islice(element.iter(), PAGES.bar_elements + 1)):
        size += len((part.text or "").strip()) if part.tag not in ("script", "style") else 0
        size += len((part.tail or "").strip()) if part is not element else 0
        if size > limit or count == PAGES.bar_elements:
            return False
    return True


def is_boilerplate_line(line: str) -> bool:
    """Tell whether a line standing alone is a button, a counter, a crumb."""
    return len(line) <= 160 and _BOILERPLATE_LINE.fullmatch(line) is not None


def trim_blocks(blocks: tuple[Block, ...]) -> tuple[tuple[Block, ...], tuple[str, ...]]:
    """Take boilerplate off both ends of a text and header lines off its head.

    Returns:
        The blocks that are text, and the header lines that were taken off.
    """
    head = blocks[: PAGES.head_blocks]
    in_header = header_lines(["" if block.is_table else block.text for block in head])
    header: list[str] = []
    kept: list[Block] = []
    for position, block in enumerate(blocks):
        is_prose = block.is_table or len(block.text) > PAGES.prose_chars
        if position in in_header:
            header.append(block.text)
        elif position >= PAGES.head_blocks or is_prose:
            kept += blocks[position:]
            break
        elif not is_boilerplate_line(block.text):
            kept.append(block)
    while kept and not kept[-1].is_table and is_boilerplate_line(kept[-1].text):
        kept.pop()
    return tuple(kept), tuple(header)


# Meta tags and titles.

TAG = re.compile(r"</?(?:br|p|span|b|strong|font|em|i|u|o:p)\b[^<>]*>", re.IGNORECASE)
ESCAPED = re.compile(r"&(?:[a-z]{2,8}|#\d{1,6}|#x[0-9a-f]{1,5});", re.IGNORECASE)
TITLE_CHARS = range(4, 201)
TITLE_LABELS = ("标题", "信息名称", "名称", "文件名称")


def read_meta(root: Element) -> dict[str, str]:
    """Return the national meta tags by lower-case name, as printed; empty and `null` ones are absent."""
    found: dict[str, str] = {}
    for tag in root.iter("meta"):
        name = (tag.get("name") or "").strip().lower()
        value = printed_text(tag.get("content") or "")
        value = fold_line(TAG.sub(" ", value)) if name == "articletitle" else value
        if name in _TABLE["meta"] and value and value.lower() not in _TABLE["absent_values"]:
            found.setdefault(name, value)
    return found


def printed_text(value: str) -> str:
    """Return an attribute's text as a reader would see it, entities that were escaped twice undone."""
    return fold_line(html.unescape(value) if ESCAPED.search(value) else value)


def site_differs(meta: Mapping[str, str], url: str) -> bool:
    """Tell whether a page names another site than the one it came from, as copied templates do."""
    domain = re.sub(r"^\w+://|/.*$|:\d+", "", meta.get("sitedomain", "").lower()).removeprefix("www.")
    try:
        host = (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return False
    if not domain or "." not in domain or not host:
        return False
    return not (host == domain or host.endswith(f".{domain}") or domain.endswith(f".{host}"))


def read_titles(
    root: Element, meta: Mapping[str, str], header: Mapping[str, str], headings: Iterable[str]
) -> tuple[str, ...]:
    """Return the candidates for the title, best first, each once."""
    candidates = dict.fromkeys(
        (
            *filter(None, [meta.get("articletitle")]),
            *(header[label] for label in TITLE_LABELS if label in header),
            *headings,
            *_window_title(root),
        )
    )
    return tuple(candidates)[: PAGES.most_titles]


def read_headings(root: Element) -> Iterator[str]:
    """Return what a page shows as its headings, those of the length of a title."""
    return _printed_titles(element for _, element in select_elements(root, _TABLE["title_selectors"]))


def read_heading_above(body: Element) -> Iterator[str]:
    """Return the last heading of a lower level above the body, if it is of the length of a title."""
    return _printed_titles(body.xpath("preceding::*[self::h2 or self::h3][1]"))


def _printed_titles(elements: Iterable[Element]) -> Iterator[str]:
    for element in elements:
        title = " ".join(show_lines(element))
        if len(title) in TITLE_CHARS:
            yield title


def _window_title(root: Element) -> Iterator[str]:
    for element in root.iter("title"):
        title = printed_text("".join(element.itertext()))
        if title:
            yield title
        return


# Documents that were saved as pages and served as `.doc` or `.xls` have nothing around their text: what is
# taken for the main text of a page would lack the title and short paragraphs. Pages into which such a
# document was pasted say the same in their middle, so only the head counts.
PROGRAM = ("word.", "excel.", "wps", "et.", "kwps")
# Programs that save a page as HTML name themselves in it.
GENERATOR = ("microsoft word", "microsoft excel", "wps", "kingsoft", "libreoffice", "openoffice")
SAID_BY = {"progid": PROGRAM, "generator": GENERATOR, "originator": GENERATOR}
# Types of files as which portals serve such pages.
_SERVED_AS = frozenset(
    f"application/{name}"
    for name in ("msword", "vnd.ms-word", "vnd.ms-excel", "wps-office.doc", "wps-office.wps", "vnd.ms-works")
)


def is_saved_document(root: Element, content_type: str | None) -> bool:
    """Tell whether a page is a document that an office program saved as one.

    Args:
        root: the parsed page.
        content_type: as served.
    """
    if media_type(content_type) in _SERVED_AS:
        return True
    head = root.find("head")
    return head is not None and any(_names_office(meta) for meta in head.iterchildren("meta"))


def _names_office(meta: Element) -> bool:
    beginnings = SAID_BY.get((meta.get("name") or "").strip().lower(), ())
    return bool((meta.get("content") or "").strip().lower().startswith(beginnings))
