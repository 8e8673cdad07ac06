"""`gongkai status`: how things stand."""

from __future__ import annotations

import dataclasses

import click

from gongkai.cli.common import data_option, examples, json_option, print_result, settings_of
from gongkai.status import describe, read_status


@click.command("status", epilog=examples("gongkai --data /srv/gongkai status --json"))
@data_option
@json_option
@click.pass_context
def status_command(context: click.Context, *, as_json: bool) -> None:
    """Show the last runs, the portals' health and the size of the corpus."""
    status = read_status(settings_of(context).data)
    print_result(dataclasses.asdict(status), describe(status), as_json=as_json)
