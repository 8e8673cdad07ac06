"""`gongkai portals`: the registry of sources."""

from __future__ import annotations

import click

from crawler.registry import enable_portal, load_registry
from gongkai.cli.common import data_option, examples, json_option, print_result, settings_of


@click.group("portals")
def portals_group() -> None:
    """List the portals that are known, and enable those to be crawled."""


@portals_group.command("list", epilog=examples("gongkai portals list"))
@data_option
@json_option
@click.pass_context
def list_command(context: click.Context, *, as_json: bool) -> None:
    """Show every portal, shipped or the operator's own."""
    registry = load_registry(settings_of(context).data.portals)
    lines = [
        f"{'on ' if portal.enabled else 'off'} {portal.id:<24} {portal.home_url} {portal.name}"
        for portal in registry.portals.values()
    ]
    lines += [f"!   {mismatch}" for mismatch in registry.mismatches.values()]
    result = {
        "portals": [portal.entry() for portal in registry.portals.values()],
        "mismatches": {name: str(mismatch) for name, mismatch in registry.mismatches.items()},
    }
    print_result(result, lines, as_json=as_json)


@portals_group.command("enable", epilog=examples("gongkai --data /srv/gongkai portals enable henan"))
@data_option
@click.argument("name")
@click.option("--off", is_flag=True, help="Disable it instead.")
@click.pass_context
def enable_command(context: click.Context, name: str, *, off: bool) -> None:
    """Let a portal be crawled every night; a shipped one is copied to the data directory first."""
    path = enable_portal(name, settings_of(context).data.portals, enabled=not off)
    click.echo(f"{name} is {'off' if off else 'on'}: {path}")
