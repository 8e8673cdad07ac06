"""Printed tables as the markup that portals serve: plain, pasted from a word processor, cut, framed."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from tests.pipelines.statutory.sheets import Box, Line, Sheet, Sheets

WORDS = "云泽市人民政府按照规定编制本报告，统计期限自1月1日起至12月31日止。"
_WORD_STYLE = 'style="border:solid windowtext 1.0pt;padding:0cm 5.4pt 0cm 5.4pt" valign="center"'


@dataclass(frozen=True, slots=True)
class Markup:
    """How tables are written as HTML.

    Attributes:
        content: of a cell, from its text.
        attributes: of a cell beside its spans.
        has_head: whether lines of headers stand in `thead` as `th`.
        frame: what stands around each table; `{}` is the table.
        has_row_of_widths: whether an empty line of measured cells comes first, as pasted from a sheet.
        is_sloppy: whether the tags are in capitals, and cells, rows and sections never closed.
    """

    content: Callable[[str], str]
    attributes: str = ""
    has_head: bool = False
    frame: str = "{}"
    has_row_of_widths: bool = False
    is_sloppy: bool = False


def _bare(text: str) -> str:
    return html.escape(text).replace("\n", "<br>")


def _nbsp(text: str) -> str:
    return _bare(text) if text.strip() else "&nbsp;"


def _paragraphs(text: str) -> str:
    parts = [html.escape(part) or "&nbsp;" for part in text.split("\n")]
    return "".join(
        f'<p class="MsoNormal" style="text-align:center"><span>{part}</span></p>' for part in parts
    )


def _runs(text: str) -> str:
    """Return the text in runs of one or two characters, as a word processor leaves them."""
    if not text.strip():
        return '<p><span lang="EN-US"><o:p>&nbsp;</o:p></span></p>'
    runs = "".join(
        f'<span lang="EN-US" style="font-size:9pt">{html.escape(text[at : at + 2])}</span>'
        for at in range(0, len(text), 2)
    )
    return f"<p>\n  {runs.replace(chr(10), '<br/>')}\n</p>"


def _indented(text: str) -> str:
    return f"\n        <div>\n          {_bare(text)}\n        </div>\n      "


MARKUPS = {
    "plain": Markup(_bare),
    "nbsp": Markup(_nbsp, attributes='align="center"'),
    "head": Markup(_bare, has_head=True, frame='<div class="table-wrap">{}</div>'),
    "word": Markup(_paragraphs, attributes=_WORD_STYLE),
    "runs": Markup(_runs, attributes=_WORD_STYLE, frame='<div align="center">{}</div>'),
    "sheet": Markup(_indented, has_row_of_widths=True),
    "sloppy": Markup(_bare, is_sloppy=True),
    "framed": Markup(
        _nbsp,
        frame='<table width="100%"><tr><td><table><tr><td>{}</td></tr></table></td></tr></table>',
    ),
}


def page(sheets: Sheets, markup: Markup, year: int, chance: Random) -> bytes:
    """Return a report as a page."""
    container = chance.choice(
        (
            '<div id="zoom" class="TRS_Editor">{}</div>',
            '<div class="article-content" id="UCAP-CONTENT">{}</div>',
            '<div class="main">{}</div>',
        )
    )
    title = f"云泽市人民政府{year}年政府信息公开工作年度报告"
    parts = [f"<p>{WORDS}</p><p>一、总体情况</p><p>全年主动公开政府信息一千余条，{WORDS}</p>"]
    for sheet in sheets:
        if sheet.title:
            parts.append(f"<p><strong>{sheet.title}</strong></p>")
        parts.append(markup.frame.format(table_markup(sheet, markup)))
    parts.append(f"<p>五、存在的主要问题及改进情况</p><p>公开的深度还不够。{WORDS}</p>")
    parts.append("<p>六、其他需要报告的事项</p><p>无。</p>")
    body = container.format("\n".join(parts))
    head = f'<meta charset="utf-8"><title>{title}</title><meta name="ArticleTitle" content="{title}">'
    return f"<html><head>{head}</head><body><h1>{title}</h1>{body}</body></html>".encode()


def table_markup(sheet: Sheet, markup: Markup) -> str:
    """Return a table as markup."""
    heads = 0
    while markup.has_head and heads < len(sheet.lines) and all(box.is_header for box in sheet.lines[heads]):
        heads += 1
    lines = [_line(line, markup, "th" if at < heads else "td") for at, line in enumerate(sheet.lines)]
    if markup.has_row_of_widths:
        width = max(sum(box.across for box in line) for line in sheet.lines)
        lines.insert(0, "<tr height=0>" + "<td width=64></td>" * width + "</tr>")
    if markup.is_sloppy:
        written = "".join(lines).replace("</td>", "").replace("</tr>", "")
        return f"<TABLE>{written.replace('<td', '<TD').replace('<tr', '<TR')}</TABLE>"
    if not heads:
        return f'<table border="1" cellspacing="0"><tbody>{"".join(lines)}</tbody></table>'
    return f"<table><thead>{''.join(lines[:heads])}</thead><tbody>{''.join(lines[heads:])}</tbody></table>"


def _line(line: Line, markup: Markup, tag: str) -> str:
    return f"<tr>{''.join(_cell(box, markup, tag) for box in line)}</tr>\n"


def _cell(box: Box, markup: Markup, tag: str) -> str:
    spans = (f' colspan="{box.across}"' if box.across > 1 else "") + (
        f' rowspan="{box.down}"' if box.down > 1 else ""
    )
    return f"<{tag}{spans} {markup.attributes}>{markup.content(box.text)}</{tag}>"
