"""`gongkai portals`: the registry of sources; what a survey of a site finds, and what has drifted since."""

from __future__ import annotations

import functools
import re
import sys
from typing import TYPE_CHECKING

import click

from archive.corpus.issuers import load_roster
from crawler.policy.hosts import load_stop_list
from crawler.registry.loading import Registry, enable_portal
from gongkai.cli.common import (
    asked_pages,
    is_watched,
    print_result,
    registry_of,
    selected_portals,
    show,
    table_of,
    verb,
    wants_json,
    writing,
)
from gongkai.nights.night_report import render_text
from gongkai.surveying import (
    DRIFTED,
    FAILED,
    Found,
    check_new,
    check_portals,
    find_site,
    look_for_portal,
    save,
)
from pipelines.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rich.table import Table

    from crawler.discovery.probe_crawl import Answers, Column
    from crawler.families.base import ListedLink
    from crawler.registry.portals import Portal
    from gongkai.operator_settings import Settings


NEWEST = 5
"""Rows of a list that are shown, so that a person can hold them against the page."""

_DAY = re.compile(r"((?:19|20)\d\d)\D+(\d{1,2})\D+(\d{1,2})")


@verb(
    "add",
    "gongkai portals add https://www.hexi.gov.cn/",
    "gongkai portals add 信阳市",
    "gongkai portals add 信阳市 --json",
    short_help="from an address or a name to a portal",
    creates=True,
)
@click.argument("site", metavar="URL|NAME")
@click.option(
    "--replace", is_flag=True, help="Write a portal that is known anew; your own file is kept as .old."
)
def add_command(settings: Settings, site: str, *, replace: bool) -> None:
    """Look at a site, recognise its system, find its lists, and write it into the registry.

    URL is the address of its front page, of a list or of an article; NAME a body whose address the roster
    knows. On a terminal it shows what it found and asks before it writes and before it enables; elsewhere
    it writes the portal disabled. Ends with 0 when a list was found, 1 when none was, 3 when the name is
    not clear, the portal is known, or the host is on the stop list, 130 when it was interrupted.
    """
    registry = registry_of(settings)
    wanted = find_site(site, load_roster(settings.data.roster))
    # Before anything is asked of the site; the survey may come to another, which is held against it again.
    check_new(settings, registry, wanted.address, replace=replace)
    asks = is_watched() and not wants_json()
    look = functools.partial(look_for_portal, settings, registry, wanted, replace=replace, told=asked_pages)
    with writing(settings, "portals add"):
        found = look()
    # While a person is asked the lock is free: nights need not wait.
    answers = _ask_for_fields(found) if asks else {}
    if answers:
        with writing(settings, "portals add"):
            found = look(answers=answers)
    if not wants_json():
        show(*describe_survey(found))
    path, confirmed = _write(settings, found, asks=asks)
    ending = _ending(found, path, confirmed=confirmed) if found.written else ()
    print_result(survey_as_object(found, path), ending)
    if found.interrupted:
        sys.exit(ExitCode.INTERRUPTED)
    if found.written is None:
        sys.exit(ExitCode.FAILED)


def _ask_for_fields(found: Found) -> Answers:
    """Ask for what the scripts of columns leave open: who looks at the site may see what they would send."""
    answers: dict[str, dict[str, str]] = {}
    for one in found.proposal.missing if found.proposal else ():
        question = f"{one.title}: what is {one.name}? Its script has {one.words}; Enter leaves the list out"
        said = click.prompt(question, default="", show_default=False, err=True).strip()
        if said:
            answers.setdefault(one.column, {})[one.name] = said
    return answers


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


def describe_survey(found: Found) -> Iterator[Table | str]:
    """Say what was found, and what is not sure, in lines and tables."""
    proposal = found.proposal
    if proposal is None:
        yield f"Nothing was found out about {found.site.address}."
    else:
        yield f"{proposal.name or proposal.issuer or 'It does not name itself'}, {proposal.home_url}"
        yield f"System: {proposal.family.family} ({proposal.family.evidence})"
        lists = [
            (
                column.kind,
                column.title,
                column.family or "not recognised",
                "" if column.declared is None else str(column.declared),
                column.url,
            )
            for column in proposal.columns
        ]
        yield table_of(("kind", "list", "system", "rows", "address"), lists)
        for column in proposal.columns:
            if column.rows:
                items = [
                    (row.date or "", row.title, row.url, ", ".join(found.marks_of(row)))
                    for row in newest(column)
                ]
                yield table_of(("date", "title", "address", "mark"), items, title=column.title or column.url)
    left_out = found.written.left_out if found.written else ()
    unsure = [*(proposal.unsure if proposal else ()), *found.remarks]
    unsure += [f"{column.title or column.url} is left out: {why}" for column, why in left_out]
    if unsure:
        yield "Not sure:"
        yield from (f"  - {said}" for said in dict.fromkeys(unsure))
    if found.written is None:
        yield from render_text("not_found_lines.txt", found=found)


def newest(column: Column) -> list[ListedLink]:
    """Return the newest rows of a list by their dates; rows without one stand last, in the page's order."""

    def day(row: ListedLink) -> tuple[int, ...]:
        found = _DAY.search(row.date or "")
        return tuple(map(int, found.groups())) if found else (0,)

    return sorted(column.rows, key=day, reverse=True)[:NEWEST]


def survey_as_object(found: Found, path: Path | None) -> dict[str, object]:
    """Return what was found as the object that `--json` prints."""
    proposal, written = found.proposal, found.written
    left_out = [{"url": column.url, "why": why} for column, why in written.left_out] if written else []
    walked = {each.url for each in written.portal.lists} if written else set()
    # Nothing of each where the survey came to no end.
    told = ("name", "issuer", "region_code", "home_url", "outcome", "requests")
    return {
        "address": found.site.address,
        "portal": found.name if written else None,
        "path": str(path) if path else None,
        "enabled": False,
        "run_id": found.run_id,
        **{name: proposal and getattr(proposal, name) for name in told},
        "family": proposal.family.family if proposal else None,
        "evidence": proposal.family.evidence if proposal else None,
        "lists": [_list_object(found, each, walked) for each in proposal.columns] if proposal else [],
        "left_out": left_out,
        "unsure": [*(proposal.unsure if proposal else ()), *found.remarks],
    }


_OF_COLUMN = ("url", "kind", "title", "family", "score", "why", "declared")


def _list_object(found: Found, column: Column, walked: set[str]) -> dict[str, object]:
    return {
        **{name: getattr(column, name) for name in _OF_COLUMN},
        "options": dict(column.options),
        "written": column.url in walked,
        "newest": [
            {"title": row.title, "date": row.date, "url": row.url, "marks": found.marks_of(row)}
            for row in newest(column)
        ],
    }


@verb(
    "check",
    "gongkai portals check",
    "gongkai portals check xinyang --json",
    short_help="whether portals are what the registry says",
)
@click.argument("names", nargs=-1, metavar="[NAME…]")
def check_command(settings: Settings, names: tuple[str, ...]) -> None:
    """Look at the front page and the lists of the named portals, or of all that are enabled.

    Says what is healthy and what broke or drifted. Ends with 0 when all that were asked are healthy, 1 when
    one is not, 130 when it was interrupted. A portal outside its night hours is not asked.
    """
    portals, mismatches = selected_portals(settings, names)
    with writing(settings, "portals check"):
        done = check_portals(settings, portals, told=asked_pages)
    rows = [(each.portal.id, each.state, "\n".join(each.remarks)) for each in done.portals]
    table = table_of(("portal", "state", "what a person should look at"), rows)
    errors = [*done.errors, *mismatches]
    states = [
        {"portal": each.portal.id, "state": each.state, "remarks": list(each.remarks)}
        for each in done.portals
    ]
    print_result({"portals": states, "errors": errors}, [table, *errors])
    if done.interrupted:
        sys.exit(ExitCode.INTERRUPTED)
    if errors or any(each.state in {DRIFTED, FAILED} for each in done.portals):
        sys.exit(ExitCode.FAILED)


@verb(
    "list",
    "gongkai portals list",
    "gongkai portals list --region 41 --enabled",
    short_help="show every portal",
)
@click.option("--region", default="", metavar="CODE", help="Only codes that begin so: 41 is Henan.")
@click.option("--enabled", is_flag=True, help="Only those that are crawled every night.")
def list_command(settings: Settings, *, region: str, enabled: bool) -> None:
    """Show every portal, shipped or the operator's own.

    `on` is crawled every night, `off` is not, `stop` is on the stop list and never asked.
    """
    registry = registry_of(settings)
    portals = [one for one in registry.portals.values() if (one.region_code or "").startswith(region)]
    if enabled:
        portals = [one for one in portals if one.enabled]
    headings = ("", "id", "name", "region", "family", "lists", "verified", "front page")
    table = table_of(headings, (_row(registry, portal) for portal in portals))
    stopped = {name: str(entry) for name, entry in registry.stopped().items()}
    faults = {name: str(mismatch) for name, mismatch in registry.mismatches.items()}
    print_result(
        {"portals": [portal.entry() for portal in portals], "stopped": stopped, "mismatches": faults},
        [
            table,
            *(f"{name}: {entry}" for name, entry in stopped.items()),
            *(f"! {fault}" for fault in faults.values()),
        ],
    )


def _row(registry: Registry, portal: Portal) -> tuple[str, ...]:
    return (
        "stop" if registry.entry_against(portal) else "on" if portal.enabled else "off",
        portal.id,
        portal.name,
        portal.region_code or "",
        portal.family,
        str(len(portal.lists)),
        "yes" if portal.verified else "no",
        portal.home_url,
    )


@verb(
    "enable",
    "gongkai --data /srv/gongkai portals enable henan anhui",
    short_help="have a portal crawled every night",
    as_json=False,
    creates=True,
)
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
@click.option("--off", is_flag=True, help="Disable them instead.")
def enable_command(settings: Settings, names: tuple[str, ...], *, off: bool) -> None:
    """Let portals be crawled every night; a shipped one is copied to the data directory first."""
    stop_list = load_stop_list(settings.data.stop_list)
    for name in names:
        path = enable_portal(name, settings.data.portals, enabled=not off, stop_list=stop_list)
        click.echo(f"{name} is {'off' if off else 'on'}: {path}")


portals_group = click.Group(
    "portals",
    [add_command, check_command, enable_command, list_command],
    help="List the portals that are known, add others, check them, and enable those to be crawled.",
)
