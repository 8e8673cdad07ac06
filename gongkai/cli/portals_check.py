"""`gongkai portals check`: whether portals still are what the registry says."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from gongkai.checking import DRIFTED, FAILED, check_portals
from gongkai.cli.common import (
    asked_pages,
    data_option,
    examples,
    json_option,
    print_result,
    selected_portals,
    settings_of,
    writing,
)
from gongkai.cli.tables import show, table_of

if TYPE_CHECKING:
    from gongkai.checking import Check


@click.command("check", epilog=examples("gongkai portals check", "gongkai portals check xinyang --json"))
@data_option
@json_option
@click.argument("names", nargs=-1, metavar="[NAME…]")
@click.pass_context
def check_command(context: click.Context, names: tuple[str, ...], *, as_json: bool) -> None:
    """Look at the front page and the lists of the named portals, or of all that are enabled.

    Says what is healthy and what broke or drifted. Ends with 0 when all that were asked are healthy, 1 when
    one is not, 130 when it was interrupted. A portal outside its night hours is not asked.
    """
    settings = settings_of(context)
    portals, mismatches = selected_portals(settings, names)
    with writing(settings, "portals check"):
        done = check_portals(settings, portals, told=asked_pages)
    if as_json:
        print_result(_as_object(done, mismatches), [], as_json=True)
    else:
        rows = [(each.portal.id, each.state, "\n".join(each.remarks)) for each in done.portals]
        show(table_of(("portal", "state", "what a person should look at"), rows), *done.errors, *mismatches)
    if done.interrupted:
        sys.exit(130)
    if done.errors or mismatches or any(each.state in {DRIFTED, FAILED} for each in done.portals):
        sys.exit(1)


def _as_object(done: Check, mismatches: tuple[str, ...]) -> dict[str, object]:
    return {
        "portals": [
            {"portal": each.portal.id, "state": each.state, "remarks": list(each.remarks)}
            for each in done.portals
        ],
        "errors": [*done.errors, *mismatches],
    }
