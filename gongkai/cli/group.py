"""The one command, its verbs, and what each kind of error means to a shell."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import click

from archive.clock import BadClock
from archive.lock import LockHeld
from crawler.errors import ContactMissing, HostStopped, PortalMismatch, PortalUnknown, StopListMismatch
from gongkai.cli.common import NothingToCrawl, configure_logging, examples
from gongkai.cli.verbs import Verbs
from gongkai.gates import GateRefused
from gongkai.settings import SettingsMismatch
from gongkai.sites import PortalKnown, SiteUnknown
from pipelines.errors import GongkaiError

if TYPE_CHECKING:
    from collections.abc import Mapping

EXIT_CODES: tuple[tuple[type[Exception], int], ...] = (
    (LockHeld, 6),
    (GateRefused, 5),
    (PortalMismatch, 3),
    (PortalUnknown, 3),
    (StopListMismatch, 3),
    (HostStopped, 3),
    (ContactMissing, 3),
    (NothingToCrawl, 3),
    (SiteUnknown, 3),
    (PortalKnown, 3),
    (SettingsMismatch, 3),
    (BadClock, 3),
    (GongkaiError, 1),
)
"""What an error means to a shell, first match wins; 2 is wrong usage, 130 interrupted (docs/cli.md)."""


class _Gongkai(Verbs):
    """Turns errors that a person can act on into one line on stderr and the exit code of docs/cli.md."""

    places: ClassVar[Mapping[str, str]] = {
        "crawl": "gongkai.cli.crawl:crawl_command",
        "demo": "gongkai.cli.demo:demo_command",
        "derive": "gongkai.cli.derive:derive_command",
        "import": "gongkai.cli.import_files:import_command",
        "nightly": "gongkai.cli.nightly:nightly_command",
        "portals": "gongkai.cli.portals:portals_group",
        "publish": "gongkai.cli.publish:publish_command",
        "rebuild": "gongkai.cli.derive:rebuild_command",
        "serve": "gongkai.cli.serve:serve_command",
        "snapshot": "gongkai.cli.snapshot:snapshot_command",
        "status": "gongkai.cli.status:status_command",
        "verify": "gongkai.cli.verify:verify_command",
    }

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
