"""Tables on standard output, progress on stderr: coloured on a terminal, plain lines elsewhere."""

from __future__ import annotations

import contextlib
import functools
import io
import sys
from typing import TYPE_CHECKING

import click
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from gongkai.nights.night_run import NightProgress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence


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


@contextlib.contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show the progress of one thing on stderr: a bar on a terminal, a plain line every tenth elsewhere."""
    with _bars() as bar:
        yield bar(what)


@contextlib.contextmanager
def night_progress() -> Iterator[NightProgress]:
    """Show the progress of a night on stderr: a bar for each step once it begins."""
    with _bars() as bar:
        yield NightProgress(bar("crawling"), bar("reading"))


@contextlib.contextmanager
def _bars() -> Iterator[Callable[[str], Callable[[int, int], None]]]:
    """Yield what makes bars; they are gone when the block ends, so that results stand alone."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _plain_progress
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, redirect_stdout=False) as progress:
        yield functools.partial(_bar, progress)


def _bar(progress: Progress, what: str) -> Callable[[int, int], None]:
    task = progress.add_task(what, total=None, visible=False, start=False)

    def advance(done: int, total: int) -> None:
        progress.start_task(task)
        progress.update(task, completed=done, total=total or None, visible=True)

    return advance


def _plain_progress(what: str) -> Callable[[int, int], None]:
    shown = 0

    def advance(done: int, total: int) -> None:
        nonlocal shown
        tenth = 10 * done // total if total else 10
        if total and tenth > shown:
            shown = tenth
            click.echo(f"{what}: {done}/{total}", err=True)

    return advance
