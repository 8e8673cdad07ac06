"""The command line: the one command, its verbs, and what each kind of error means to a shell.

One module per group of verbs, which parses and prints only.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import ClassVar, cast

import click

from pipelines.errors import ExitCode, GongkaiError


def examples(*lines: str) -> str:
    """Return the end of a help text: examples, one a line, kept as they are."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


class _Gongkai(click.Group):
    """The verbs, which stand in modules of their own, each imported once it is run.

    Reading and crawling bring large libraries with them; `gongkai --help` and `gongkai status` need none.
    Errors that a person can act on become one line on stderr and the exit code of docs/cli.md.

    Attributes:
        verbs: name → where the verb is defined, as `module:command`, and what the list of verbs says of it.
    """

    verbs: ClassVar[Mapping[str, tuple[str, str]]] = {
        "backup": ("gongkai.cli.operating:backup_command", "send what cannot be made again elsewhere"),
        "crawl": ("gongkai.cli.nights:crawl_command", "harvest portals into the archive"),
        "demo": ("gongkai.demo.run:demo_command", "harvest, publish and serve a demo portal"),
        "derive": ("gongkai.cli.deriving:derive_command", "bring the corpus up to the captures"),
        "diff": ("gongkai.cli.publishing:diff_command", "say what changed between two copies or snapshots"),
        "doctor": ("gongkai.cli.operating:doctor_command", "say what is missing on this machine"),
        "export-wacz": ("gongkai.cli.publishing:export_wacz_command", "write captures as one WACZ file"),
        "import": ("gongkai.cli.deriving:import_command", "take local files into the archive"),
        "install": ("gongkai.cli.operating:install_command", "write units of systemd, or a crontab"),
        "merge": ("gongkai.cli.deriving:merge_command", "join the archives of shards"),
        "nightly": ("gongkai.cli.nights:nightly_command", "what the timer runs: all steps of a night"),
        "portals": ("gongkai.cli.portals:portals_group", "list, add, check and enable portals"),
        "prove": ("gongkai.cli.publishing:prove_command", "write a file that proves a document or a figure"),
        "publish": ("gongkai.cli.publishing:publish_command", "switch readers to a copy of the corpus"),
        "readers": ("gongkai.cli.operating:readers_command", "list and answer what readers report"),
        "rebuild": ("gongkai.cli.deriving:rebuild_command", "make the corpus anew from the WARC files"),
        "replay": ("gongkai.cli.publishing:replay_command", "play published captures through pywb"),
        "report": ("gongkai.cli.nights:report_command", "print what nights told"),
        "restore": ("gongkai.cli.operating:restore_command", "bring a backup back"),
        "serve": ("gongkai.cli.publishing:serve_command", "serve the pages of the published copy"),
        "snapshot": ("gongkai.cli.publishing:snapshot_command", "write every published table as files"),
        "status": ("gongkai.cli.inspecting:status_command", "say how the last runs went"),
        "tell": ("gongkai.cli.nights:tell_command", "send reports to whom it concerns"),
        "upgrade": ("gongkai.cli.operating:upgrade_command", "bring an earlier version's data up to this"),
        "verify": ("gongkai.cli.inspecting:verify_command", "read all evidence again, say what is damaged"),
        "verify-proof": ("gongkai.cli.publishing:verify_proof_command", "check a file that `prove` wrote"),
    }

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's
        """Return the verbs in the order of their names."""
        return sorted(self.verbs)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  click's
        """Return a verb, imported; None where there is none of that name."""
        if cmd_name not in self.verbs:
            return None
        module, _, attribute = self.verbs[cmd_name][0].partition(":")
        return cast("click.Command", getattr(import_module(module), attribute))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self.verbs[name][1]) for name in self.list_commands(ctx)])

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except GongkaiError as error:
            click.echo(f"gongkai: {error}", err=True)
            sys.exit(error.exit_code)
        # Who reads has what they wanted, as `head` has: click ends without a word.
        except BrokenPipeError:
            raise
        # A full disk, a folder that is not ours: no fault of the program, so a line and no traceback.
        except OSError as error:
            click.echo(f"gongkai: {error.filename or 'the system'}: {error.strerror or error}", err=True)
            sys.exit(ExitCode.FAILED)
        except KeyboardInterrupt:
            click.echo("gongkai: interrupted; run the same command to go on", err=True)
            sys.exit(ExitCode.INTERRUPTED)


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
    level = logging.INFO if verbose else logging.WARNING
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s", force=True)
