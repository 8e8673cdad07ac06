"""What every verb shares: the data directory, the lock, results as tables or JSON, progress on stderr."""

from __future__ import annotations

import contextlib
import functools
import io
import json
import logging
import os
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from archive.data_folder import DataDir, hold
from archive.layouts import require_current
from archive.manifests.closing import note_sealed_files
from crawler.policy.hosts import load_stop_list
from crawler.registry.loading import Registry, load_registry
from gongkai.cli import examples
from gongkai.interrupts import ended_by_sigterm
from gongkai.operator_settings import Settings, data_folder, load_settings
from pipelines.errors import BadConfiguration, GongkaiError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from archive.clock import Clock
    from crawler.registry.portals import Portal
    from crawler.run.plan import Progress as Asked
    from gongkai.nights.night_run import Advance, Bar

logger = logging.getLogger(__name__)

# Columns of a line where nobody looks: wide enough for an address and a title.
_UNSHORTENED = 400


class NothingToCrawl(BadConfiguration):
    """No portal was named and none is enabled."""


class NoDataDirectory(BadConfiguration):
    """The data directory is not there, and the verb is none that makes one."""


def verb(
    name: str,
    *lines: str,
    short_help: str | None = None,
    as_json: bool = True,
    creates: bool = False,
    current: bool = False,
    is_lenient: bool = False,
    on_refusal: Callable[[DataDir, GongkaiError], None] | None = None,
) -> Callable[[Callable[..., None]], click.Command]:
    """Make a function a verb: `--data` before or after it, `--json`, examples, settings first.

    Args:
        name: as it is typed.
        lines: examples for its help text.
        short_help: what the list of a group's verbs says of it.
        as_json: whether the verb prints one JSON object when asked to.
        creates: whether it may be the first in a data directory, or needs none.
        current: whether it reads what another version of gongkai may have made otherwise.
        is_lenient: whether it works with what can be understood of a gongkai.yaml with a slip.
        on_refusal: told of what keeps it from being done.
    """

    def decorate(function: Callable[..., None]) -> click.Command:
        @click.pass_context
        @functools.wraps(function)
        def run(context: click.Context, /, *args: object, **options: object) -> None:
            data = context.find_root().params.get("data")
            try:
                settings = load_settings(data, os.environ, is_lenient=is_lenient)
                folder = settings.data
                if not creates and not folder.root.is_dir():
                    raise NoDataDirectory(
                        "there is no data directory here", where=str(folder.root), hint=_MAKES_ONE
                    )
                if current:
                    require_current(folder, folder.corpus_db, folder.public_db)
                function(settings, *args, **options)
            except GongkaiError as error:
                if on_refusal:
                    on_refusal(data_folder(data, os.environ), error)
                raise

        for option in (_DATA, _JSON) if as_json else (_DATA,):
            run = option(run)
        return click.command(name, epilog=examples(*lines), short_help=short_help)(run)

    return decorate


_MAKES_ONE = "See --data and GONGKAI_DATA; gongkai import, crawl, portals enable and demo make one"


def _remember_data(context: click.Context, _parameter: click.Parameter, value: Path | None) -> None:
    if value is not None:
        # Behind the verb, too, it is the option of the command as a whole; where both are given, the verb's.
        context.find_root().params["data"] = value


_DATA = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    expose_value=False,
    callback=_remember_data,
    help="The data directory (default: GONGKAI_DATA, or data/).",
)
_JSON_WANTED = f"{__name__}.json"
_JSON = click.option(
    "--json",
    is_flag=True,
    expose_value=False,
    callback=lambda context, _, value: context.meta.update({_JSON_WANTED: value}),
    help="Print one JSON object instead of text.",
)


@contextlib.contextmanager
def writing(settings: Settings, verb: str) -> Iterator[None]:
    """Hold the lock of the data directory while a verb writes; what it seals is in the manifests at its end.

    Raises:
        LockHeld: another run holds it.
        SigningMismatch: the operator's key or certificates cannot be read; nothing was written.
    """
    settings.signing.check()
    settings.data.make()
    with ended_by_sigterm(), hold(settings.data.lock, verb=verb, clock=settings.clock):
        note_sealed_files(settings.data, settings.signing, found=True, clock=settings.clock)
        yield
        note_sealed_files(settings.data, settings.signing, found=False, clock=settings.clock)


def selected_portals(settings: Settings, names: Sequence[str]) -> tuple[tuple[Portal, ...], tuple[str, ...]]:
    """Return the named portals, or all that are enabled, and what is wrong with those that cannot be read.

    Raises:
        PortalUnknown, PortalMismatch: a named portal does not exist, or has a fault.
        HostStopped: a named portal is on the stop list.
        StopListMismatch: the stop list cannot be read.
        NothingToCrawl: no name was given and no portal is enabled.
    """
    registry = registry_of(settings)
    if names:
        return tuple(registry.to_crawl(name) for name in names), ()
    for name, entry in registry.stopped().items():
        if registry.portals[name].enabled:
            logger.warning("%s is enabled and not crawled: %s", name, entry)
    mismatches = tuple(str(mismatch) for mismatch in registry.mismatches.values())
    if not registry.enabled():
        unreadable = "".join(f"; {mismatch}" for mismatch in mismatches)
        raise NothingToCrawl(
            f"no portal is enabled{unreadable}", hint="gongkai portals list, then portals enable NAME"
        )
    return registry.enabled(), mismatches


def registry_of(settings: Settings) -> Registry:
    """Read the registry, with the stop list.

    Raises:
        StopListMismatch: the stop list cannot be read.
    """
    return load_registry(settings.data.portals, stop_list=load_stop_list(settings.data.stop_list))


def asked_pages(progress: Asked) -> None:
    """Say on stderr which page was just asked for, and what came."""
    click.echo(f"{progress.outcome:<16} {progress.url}", err=True)


def new_run_id(clock: Clock) -> str:
    """Name a run: its start in UTC, and four random bytes against two in one second."""
    return f"{clock():%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"


def wants_json() -> bool:
    """Return whether one JSON object is to be printed instead of text."""
    return bool(click.get_current_context().meta.get(_JSON_WANTED))


def print_result(result: object, parts: Iterable[Table | str], **more: object) -> None:
    """Print a verb's result on stdout: one JSON object, or tables and lines for people.

    Args:
        result: a record, or a mapping.
        parts: what people read.
        more: what the object has beside it.
    """
    if wants_json():
        whole = msgspec.to_builtins(result) | msgspec.to_builtins(more)
        click.echo(json.dumps(whole, ensure_ascii=False, indent=2))
    else:
        show(*parts)


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
    for part in parts:
        if isinstance(part, str):
            click.echo(part)
        elif console.is_terminal:
            console.print(part)
        else:
            plain = io.StringIO()
            Console(file=plain, width=_UNSHORTENED, color_system=None).print(part)
            click.echo("\n".join(line.rstrip() for line in plain.getvalue().splitlines()))


def is_watched() -> bool:
    """Whether a person sits at both ends, so that a question can be asked and answered."""
    return sys.stdin.isatty() and sys.stdout.isatty()


@contextlib.contextmanager
def progress_bar(what: str) -> Iterator[Advance]:
    """Show the progress of one thing on stderr: a bar on a terminal, a plain line every tenth elsewhere."""
    with progress_bars() as bar:
        yield bar(what)


@contextlib.contextmanager
def progress_bars() -> Iterator[Bar]:
    """Yield what makes bars; they are gone when the block ends, so that results stand alone."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _plain_progress
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    # What a verb prints goes out as it is: it may be one JSON object for a program.
    with Progress(*columns, console=console, transient=True, redirect_stdout=False) as progress:
        yield functools.partial(_bar, progress)


def _bar(progress: Progress, what: str) -> Advance:
    # Seen, and timed, from the first that is told of it: a step before may take long.
    task = progress.add_task(what, total=None, visible=False, start=False)

    def advance(done: int, total: int) -> None:
        progress.start_task(task)
        progress.update(task, completed=done, total=total or None, visible=True)

    return advance


def _plain_progress(what: str) -> Advance:
    shown = 0

    def advance(done: int, total: int) -> None:
        nonlocal shown
        tenth = 10 * done // total if total else 10
        if total and tenth > shown:
            shown = tenth
            click.echo(f"{what}: {done}/{total}", err=True)

    return advance
