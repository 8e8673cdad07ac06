"""Tables and lines on standard output: in colour on a terminal, plain and unshortened elsewhere."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_UNSHORTENED = 400
"""Columns of a line where nobody looks: wide enough for an address and a title."""


def table_of(headings: Sequence[str], rows: Iterable[Sequence[str]], title: str | None = None) -> Table:
    """Return a table; what stands in its cells is text, whatever it looks like."""
    table = Table(title=title and Text(title), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def show(*parts: Table | str) -> None:
    """Print tables and lines."""
    console = Console(file=sys.stdout)
    if console.is_terminal:
        for part in parts:
            console.print(Text(part) if isinstance(part, str) else part)
        return
    for part in parts:
        click.echo(part if isinstance(part, str) else _plain(part))


def is_watched() -> bool:
    """Whether a person sits at both ends, so that a question can be asked and answered."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _plain(table: Table) -> str:
    console = Console(file=io.StringIO(), width=_UNSHORTENED, color_system=None)
    with console.capture() as captured:
        console.print(table)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())
