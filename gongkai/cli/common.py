"""What every verb shares: the data directory, the lock, results as text or JSON."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from archive.lock import hold
from crawler.bounds.stop_list import load_stop_list
from crawler.registry.loading import load_registry
from gongkai.settings import Settings, load_settings
from pipelines.errors import GongkaiError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from archive.clock import Clock
    from crawler.process.plan import Progress as Asked
    from crawler.registry.loading import Registry
    from crawler.registry.portal import Portal

logger = logging.getLogger(__name__)

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


def print_result(result: dict[str, Any], lines: list[str], *, as_json: bool) -> None:
    """Print a verb's result on stdout: one JSON object, or lines for people."""
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(lines))


def configure_logging(*, verbose: bool) -> None:
    """Send the log to stderr, once: warnings, or with `verbose` what each step does."""
    level = logging.INFO if verbose else logging.WARNING
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s", force=True)
