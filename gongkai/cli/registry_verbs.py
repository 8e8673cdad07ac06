"""`gongkai portals`: the registry of sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import click

from crawler.policy.hosts import load_stop_list
from crawler.registry.loading import enable_portal
from gongkai.cli.common import print_result, registry_of, show, table_of, verb
from gongkai.cli.group import LazyGroup

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crawler.registry.loading import Registry
    from crawler.registry.portals import Portal
    from gongkai.operator_settings import Settings

_HEADINGS = ("", "id", "name", "region", "family", "lists", "verified", "front page")


class _Portals(LazyGroup):
    verbs: ClassVar[Mapping[str, tuple[str, str]]] = {
        "add": ("gongkai.cli.portals_survey:add_command", "from an address or a name to a portal"),
        "check": ("gongkai.cli.portals_survey:check_command", "whether portals are what the registry says"),
        "enable": ("gongkai.cli.registry_verbs:enable_command", "have a portal crawled every night"),
        "list": ("gongkai.cli.registry_verbs:list_command", "show every portal"),
    }


@click.group("portals", cls=_Portals)
def portals_group() -> None:
    """List the portals that are known, add others, check them, and enable those to be crawled."""


@verb("list", "gongkai portals list", "gongkai portals list --region 41 --enabled")
@click.option("--region", default="", metavar="CODE", help="Only codes that begin so: 41 is Henan.")
@click.option("--enabled", is_flag=True, help="Only those that are crawled every night.")
def list_command(settings: Settings, *, region: str, enabled: bool, as_json: bool) -> None:
    """Show every portal, shipped or the operator's own.

    `on` is crawled every night, `off` is not, `stop` is on the stop list and never asked.
    """
    registry = registry_of(settings)
    portals = [one for one in registry.portals.values() if (one.region_code or "").startswith(region)]
    if enabled:
        portals = [one for one in portals if one.enabled]
    if as_json:
        print_result(_as_object(registry, portals), [], as_json=True)
        return
    show(
        table_of(_HEADINGS, (_row(registry, portal) for portal in portals)),
        *(f"{name}: {entry}" for name, entry in registry.stopped().items()),
        *(f"! {mismatch}" for mismatch in registry.mismatches.values()),
    )


def _as_object(registry: Registry, portals: Sequence[Portal]) -> dict[str, object]:
    return {
        "portals": [portal.entry() for portal in portals],
        "stopped": {name: str(entry) for name, entry in registry.stopped().items()},
        "mismatches": {name: str(mismatch) for name, mismatch in registry.mismatches.items()},
    }


def _row(registry: Registry, portal: Portal) -> tuple[str, ...]:
    state = "on" if portal.enabled else "off"
    return (
        "stop" if registry.entry_against(portal) else state,
        portal.id,
        portal.name,
        portal.region_code or "",
        portal.family,
        str(len(portal.lists)),
        "yes" if portal.verified else "no",
        portal.home_url,
    )


@verb("enable", "gongkai --data /srv/gongkai portals enable henan anhui", as_json=False, creates=True)
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
@click.option("--off", is_flag=True, help="Disable them instead.")
def enable_command(settings: Settings, names: tuple[str, ...], *, off: bool) -> None:
    """Let portals be crawled every night; a shipped one is copied to the data directory first."""
    stop_list = load_stop_list(settings.data.stop_list)
    for name in names:
        path = enable_portal(name, settings.data.portals, enabled=not off, stop_list=stop_list)
        click.echo(f"{name} is {'off' if off else 'on'}: {path}")
