"""The one command, its verbs, and what each kind of error means to a shell."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from archive.clock import BadClock
from archive.lock import LockHeld
from crawler.errors import ContactMissing, PortalMismatch, PortalUnknown
from gongkai.cli.common import NothingToCrawl, configure_logging, examples
from gongkai.cli.crawl import crawl_command
from gongkai.cli.demo import demo_command
from gongkai.cli.derive import derive_command, rebuild_command
from gongkai.cli.import_files import import_command
from gongkai.cli.nightly import nightly_command
from gongkai.cli.portals import portals_group
from gongkai.cli.publish import publish_command
from gongkai.cli.serve import serve_command
from gongkai.cli.snapshot import snapshot_command
from gongkai.cli.status import status_command
from gongkai.cli.verify import verify_command
from gongkai.gates import GateRefused
from gongkai.settings import SettingsMismatch
from pipelines.errors import GongkaiError

EXIT_CODES: tuple[tuple[type[Exception], int], ...] = (
    (LockHeld, 6),
    (GateRefused, 5),
    (PortalMismatch, 3),
    (PortalUnknown, 3),
    (ContactMissing, 3),
    (NothingToCrawl, 3),
    (SettingsMismatch, 3),
    (BadClock, 3),
    (GongkaiError, 1),
)
"""What an error means to a shell, first match wins; 2 is wrong usage, 130 interrupted (docs/cli.md)."""


class _Gongkai(click.Group):
    """Turns errors that a person can act on into one line on stderr and the exit code of docs/cli.md."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except GongkaiError as error:
            click.echo(f"gongkai: {error}", err=True)
            sys.exit(next(code for kind, code in EXIT_CODES if isinstance(error, kind)))
        except OSError as error:
            click.echo(f"gongkai: {error.filename or 'the system'}: {error.strerror or error}", err=True)
            sys.exit(1)
        except KeyboardInterrupt:
            click.echo("gongkai: interrupted; run the same command to go on", err=True)
            sys.exit(130)


@click.group(
    cls=_Gongkai,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=examples("gongkai demo", "gongkai --data /srv/gongkai nightly"),
)
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="The data directory.")
@click.option("-v", "--verbose", is_flag=True, help="Log what each step does.")
@click.version_option(package_name="gongkai")
def main(data: Path | None, *, verbose: bool) -> None:  # noqa: ARG001  read through the context
    """Harvest, keep, understand and publish what Chinese governments disclose."""
    configure_logging(verbose=verbose)


for command in (
    demo_command,
    portals_group,
    crawl_command,
    import_command,
    derive_command,
    rebuild_command,
    publish_command,
    verify_command,
    serve_command,
    snapshot_command,
    nightly_command,
    status_command,
):
    main.add_command(command)
