"""What a survey found, for a person to look at and for a program to read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gongkai.cli.tables import table_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rich.table import Table

    from crawler.families.base import ListedLink
    from crawler.recognition.records import Column
    from gongkai.adding import Found

NEWEST = 5

_DAY = re.compile(r"((?:19|20)\d\d)\D+(\d{1,2})\D+(\d{1,2})")


def describe(found: Found) -> Iterator[Table | str]:
    """Say what was found, and what is not sure, in lines and tables."""
    proposal = found.proposal
    if proposal is None:
        yield f"Nothing was found out about {found.site.address}."
    else:
        yield f"{proposal.name or proposal.issuer or 'It does not name itself'}, {proposal.home_url}"
        yield f"System: {proposal.family.family} ({proposal.family.evidence})"
        lists = [_list_row(column) for column in proposal.columns]
        yield table_of(("kind", "list", "system", "rows", "address"), lists)
        for column in proposal.columns:
            if column.rows:
                items = [(row.date or "", row.title, row.url) for row in newest(column)]
                yield table_of(("date", "title", "address"), items, title=column.title or column.url)
    left_out = found.written.left_out if found.written else ()
    unsure = [*(proposal.unsure if proposal else ()), *found.remarks]
    unsure += [f"{column.title or column.url} is left out: {why}" for column, why in left_out]
    if unsure:
        yield "Not sure:"
        yield from (f"  - {said}" for said in dict.fromkeys(unsure))
    if found.written is None:
        yield from _by_hand(found)


def _by_hand(found: Found) -> Iterator[str]:
    pages = found.proposal.requests if found.proposal else 0
    yield f"No list was found that can be walked; {pages} pages were looked at (run {found.run_id})."
    yield f"Where you know the list, write DATA/portals/{found.name}.yaml by hand: docs/portals.md shows how,"
    yield "or give the address of the list itself, or of a report, to `gongkai portals add`."
    yield "Pages and files that people saved come in by `gongkai import`."


def _list_row(column: Column) -> tuple[str, ...]:
    declared = "" if column.declared is None else str(column.declared)
    return (column.kind, column.title, column.family or "not recognised", declared, column.url)


def newest(column: Column) -> list[ListedLink]:
    """Return the newest rows of a list by their dates; rows without one stand last, in the page's order."""

    def day(row: ListedLink) -> tuple[int, ...]:
        found = _DAY.search(row.date or "")
        return tuple(map(int, found.groups())) if found else (0,)

    return sorted(column.rows, key=day, reverse=True)[:NEWEST]


def as_object(found: Found, path: Path | None) -> dict[str, object]:
    """Return what was found as the object that `--json` prints."""
    proposal, written = found.proposal, found.written
    left_out = [{"url": column.url, "why": why} for column, why in written.left_out] if written else []
    walked = {each.url for each in written.portal.lists} if written else set()
    return {
        "address": found.site.address,
        "portal": found.name if written else None,
        "path": str(path) if path else None,
        "enabled": False,
        "run_id": found.run_id,
        "name": proposal.name if proposal else None,
        "issuer": proposal.issuer if proposal else None,
        "region_code": proposal.region_code if proposal else None,
        "home_url": proposal.home_url if proposal else None,
        "outcome": proposal.outcome if proposal else None,
        "family": proposal.family.family if proposal else None,
        "evidence": proposal.family.evidence if proposal else None,
        "requests": proposal.requests if proposal else None,
        "lists": [_list_object(each, walked) for each in proposal.columns] if proposal else [],
        "left_out": left_out,
        "unsure": [*(proposal.unsure if proposal else ()), *found.remarks],
    }


def _list_object(column: Column, walked: set[str]) -> dict[str, object]:
    return {
        "url": column.url,
        "kind": column.kind,
        "title": column.title,
        "family": column.family,
        "options": dict(column.options),
        "score": column.score,
        "why": list(column.why),
        "declared": column.declared,
        "written": column.url in walked,
        "newest": [{"title": row.title, "date": row.date, "url": row.url} for row in newest(column)],
    }
