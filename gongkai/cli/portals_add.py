"""`gongkai portals add`: from an address, or a name, to a portal of the registry."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from archive.roster_files import load_roster
from gongkai.adding import check_new, look_for_portal, save
from gongkai.cli.common import (
    asked_pages,
    data_option,
    examples,
    json_option,
    print_result,
    registry_of,
    settings_of,
    writing,
)
from gongkai.cli.findings import as_object, describe
from gongkai.cli.tables import is_watched, show
from gongkai.sites import find_site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gongkai.adding import Found
    from gongkai.settings import Settings

NOTHING_FOUND = 1
INTERRUPTED = 130


@click.command(
    "add",
    epilog=examples(
        "gongkai portals add https://www.hexi.gov.cn/",
        "gongkai portals add 信阳市",
        "gongkai portals add xinyang --json",
    ),
)
@data_option
@json_option
@click.argument("site", metavar="URL|NAME")
@click.option(
    "--replace", is_flag=True, help="Write a portal that is known anew; your own file is kept as .old."
)
@click.pass_context
def add_command(context: click.Context, site: str, *, replace: bool, as_json: bool) -> None:
    """Look at a site, recognise its system, find its lists, and write it into the registry.

    URL is the address of its front page, of a list or of an article; NAME a body whose address the roster
    knows. On a terminal it shows what it found and asks before it writes and before it enables; elsewhere
    it writes the portal disabled. Ends with 0 when a list was found, 1 when none was, 3 when the name is
    not clear, the portal is known, or the host is on the stop list, 130 when it was interrupted.
    """
    settings = settings_of(context)
    registry = registry_of(settings)
    wanted = find_site(site, load_roster(settings.data.roster))
    check_new(settings, registry, wanted.address, replace=replace)
    with writing(settings, "portals add"):
        found = look_for_portal(settings, registry, wanted, replace=replace, told=asked_pages)
    if not as_json:
        show(*describe(found))
    path, confirmed = _write(settings, found, asks=is_watched() and not as_json)
    if as_json:
        print_result(as_object(found, path), [], as_json=True)
    elif found.written is not None:
        show(*_ending(found, path, confirmed=confirmed))
    if found.interrupted:
        sys.exit(INTERRUPTED)
    if found.written is None:
        sys.exit(NOTHING_FOUND)


def _write(settings: Settings, found: Found, *, asks: bool) -> tuple[Path | None, bool]:
    """Write the file, if there is one and nobody objects; returns it, and whether a person confirmed it."""
    if found.written is None or found.interrupted:
        return None, False
    if asks and not click.confirm(f"Write it as {found.name}?", default=True, err=True):
        return None, False
    question = "Are these its lists, and the newest items in them? Then it is enabled"
    confirmed = asks and click.confirm(question, default=False, err=True)
    with writing(settings, "portals add"):
        return save(settings, found, confirmed=confirmed), confirmed


def _ending(found: Found, path: Path | None, *, confirmed: bool) -> Iterator[str]:
    if path is None:
        yield "Nothing was written."
    elif confirmed:
        yield f"{found.name} is on: {path}"
    else:
        yield f"{found.name} is written, and off: {path}"
        yield f"Look at it, then: gongkai portals enable {found.name}"
