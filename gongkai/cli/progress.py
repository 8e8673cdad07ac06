"""Progress on stderr: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from gongkai.nightly import Steps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextlib.contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show the progress of one thing on stderr: a bar on a terminal, a plain line every tenth elsewhere."""
    with _bars() as bar:
        yield bar(what)


@contextlib.contextmanager
def night_progress() -> Iterator[Steps]:
    """Show the progress of a night on stderr: a bar for each step once it begins."""
    with _bars() as bar:
        yield Steps(bar("crawling"), bar("reading"))


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

    def show(done: int, total: int) -> None:
        progress.start_task(task)
        progress.update(task, completed=done, total=total or None, visible=True)

    return show


def _plain_progress(what: str) -> Callable[[int, int], None]:
    shown = 0

    def show(done: int, total: int) -> None:
        nonlocal shown
        tenth = 10 * done // total if total else 10
        if total and tenth > shown:
            shown = tenth
            click.echo(f"{what}: {done}/{total}", err=True)

    return show
