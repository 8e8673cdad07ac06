"""What every verb shares: the data directory, the lock, results as text or JSON, progress on stderr."""

from __future__ import annotations

import contextlib
import functools
import json
import logging
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from archive.lock import hold
from crawler.registry import load_registry
from gongkai.nightly import Steps
from gongkai.settings import Settings, load_settings
from pipelines.errors import GongkaiError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from archive.clock import Clock
    from crawler.portal import Portal

F = TypeVar("F", bound="Callable[..., Any]")


DAMAGED = 4
"""The exit code where evidence is damaged: the file has to be brought back, whatever else was done."""


BAD_ROSTER = 3
"""The exit code where a row of the operator's roster was left out: that file has to be mended."""


class NothingToCrawl(GongkaiError):
    """No portal was named and none is enabled."""


def data_option(command: F) -> F:
    """Give a verb the `--data` option, so that it may stand before or after the verb."""
    return click.option(
        "--data",
        type=click.Path(path_type=Path, file_okay=False),
        expose_value=False,
        callback=_remember_data,
        help="The data directory (default: GONGKAI_DATA, or data/).",
    )(command)


def json_option(command: F) -> F:
    """Give a verb the `--json` option."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")(
        command
    )


def _remember_data(context: click.Context, _parameter: click.Parameter, value: Path | None) -> None:
    if value is not None:
        context.find_root().params["data"] = value


def examples(*lines: str) -> str:
    """Return the end of a help text: examples, one a line, kept as they are."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def settings_of(context: click.Context) -> Settings:
    """Read the settings under the data directory that the command line named."""
    return load_settings(context.find_root().params.get("data"), os.environ)


@contextlib.contextmanager
def writing(settings: Settings, verb: str) -> Iterator[None]:
    """Hold the lock of the data directory while a verb writes.

    Raises:
        LockHeld: another run holds it.
    """
    settings.data.make()
    with hold(settings.data.lock, verb=verb, clock=settings.clock):
        yield


def selected_portals(settings: Settings, names: Sequence[str]) -> tuple[tuple[Portal, ...], tuple[str, ...]]:
    """Return the named portals, or all that are enabled, and what is wrong with those that cannot be read.

    Raises:
        PortalUnknown, PortalMismatch: a named portal does not exist, or has a fault.
        NothingToCrawl: no name was given and no portal is enabled.
    """
    registry = load_registry(settings.data.portals)
    if names:
        return tuple(registry.get(name) for name in names), ()
    mismatches = tuple(str(mismatch) for mismatch in registry.mismatches.values())
    if not registry.enabled():
        unreadable = "".join(f"; {mismatch}" for mismatch in mismatches)
        raise NothingToCrawl(
            f"no portal is enabled{unreadable}", hint="gongkai portals list, then portals enable NAME"
        )
    return registry.enabled(), mismatches


def new_run_id(clock: Clock) -> str:
    """Name a run: its start in UTC, and four random bytes against two in one second."""
    return f"{clock():%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"


def print_result(result: dict[str, Any], lines: list[str], *, as_json: bool) -> None:
    """Print a verb's result on stdout: one JSON object, or lines for people."""
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(lines))


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


def configure_logging(*, verbose: bool) -> None:
    """Send the log to stderr, once: warnings, or with `verbose` what each step does."""
    level = logging.INFO if verbose else logging.WARNING
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s", force=True)
