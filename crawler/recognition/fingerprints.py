"""Which content system a page belongs to, told by what only its pages bear.

A fingerprint is a row of `fingerprints.yaml`. It is tested on the page that came, never on the name of a
host: portals are rebuilt every few years. Where several match, reading decides: a system whose reader finds
rows and a total is more than one that merely matches.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import yaml

from archive.frontier.targets import PageRequest
from crawler.families import FAMILIES
from crawler.recognition.answers import describe_answer
from crawler.recognition.page import read_page
from crawler.recognition.reading import read_first_page
from crawler.recognition.records import Recognised
from crawler.recognition.scope import is_department_host, is_one_site

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crawler.families.base import ListPage
    from crawler.recognition.page import Page

UNKNOWN = "unknown"
JS_SHELL = "js_shell"
_DESCRIBED = "json_list"
_LOOK_IN = ("markup", "script", "address", "links", "group_links")

_MOUNT = re.compile(
    r"""<(?:div|body|app-root)[^<>]{0,200}?\b(?:id=["']?(?:app|root|main-app|__nuxt)\b|ng-app|v-cloak)|<app-root"""
)
_LITTLE_TEXT = 200
_EVIDENCE_CHARS = 120


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """One row of the table; see its head for what each field means."""

    family: str
    look_in: str
    pattern: re.Pattern[str]
    least: int
    system: str | None
    options: Mapping[str, re.Pattern[str]]


def recognise(text: str, url: str) -> tuple[Recognised, ...]:
    """Tell which families a page may belong to, best first.

    Args:
        text: the page, decoded.
        url: its address, after redirects.

    Returns:
        At least one: `unknown`, where no fingerprint matched, with what the page is instead as evidence.
    """
    page = read_page(text, url)
    if page is None:
        return (Recognised(UNKNOWN, "nothing to read"),)
    return recognise_page(page)


def recognise_page(page: Page) -> tuple[Recognised, ...]:
    """Tell which families a page that was taken apart may belong to; see `recognise`."""
    matches: dict[str, Recognised] = {}
    for found in (*_matches(page), *readers_of(page.markup, PageRequest(page.url))):
        matches.setdefault(found.family, found)
    if not matches and _is_plain_list(page):
        matches["static_list"] = Recognised("static_list", "a plain list of links with dates")
    if not matches:
        return (Recognised(UNKNOWN, _instead(page)),)
    order = list(matches.values())
    return tuple(sorted(order, key=lambda each: (-_yield_of(each, page), order.index(each))))


def _matches(page: Page) -> Iterator[Recognised]:
    places = _places(page)
    for fingerprint in _fingerprints():
        found = [
            match for place in places[fingerprint.look_in] if (match := fingerprint.pattern.search(place))
        ]
        if len(found) >= fingerprint.least:
            evidence = found[0][0][:_EVIDENCE_CHARS]
            said = f"{fingerprint.system}: {evidence}" if fingerprint.system else evidence
            yield Recognised(fingerprint.family, said, _options(fingerprint, page))


def _places(page: Page) -> dict[str, list[str]]:
    """The texts of a page that fingerprints are looked for in."""
    if _is_json(page.markup):
        # An answer quotes the addresses of other systems: only what it is made of tells its own.
        return {**{key: [] for key in _LOOK_IN}, "markup": [page.markup[:2_000]], "address": [page.url]}
    group = [link.url for link in page.links if is_one_site(link.url, page.url)]
    # A department's site may well run on another system than this one.
    own = [url for url in group if not is_department_host(url, page.url)]
    found = ([page.markup], [page.scripts], [page.url], own, group)
    return dict(zip(_LOOK_IN, found, strict=True))


def readers_of(text: str, request: PageRequest) -> tuple[Recognised, ...]:
    """Return the families that find rows in the answer of an interface.

    Args:
        text: the answer, decoded.
        request: what it answers, as asked for the first page.
    """
    found: dict[str, Recognised] = {}
    if _is_json(text):
        for name, family in FAMILIES.items():
            listed = read_first_page(Recognised(name, ""), text, request.url) if family.preset else None
            if listed and listed.links and (listed.declared_total or listed.declared_pages):
                found[name] = Recognised(name, f"{len(listed.links)} rows in a JSON answer")
        described = describe_answer(text, request)
        if described:
            found[_DESCRIBED] = Recognised(_DESCRIBED, f"rows in {described['items']}", described)
    return tuple(found.values())


def _options(fingerprint: Fingerprint, page: Page) -> dict[str, str]:
    found = ((name, pattern.search(page.markup)) for name, pattern in fingerprint.options.items())
    return {name: match[1] for name, match in found if match}


def _yield_of(match: Recognised, page: Page) -> int:
    """How much the family reads from the page: rows and a total, a way to them, nothing."""
    listed = read_first_page(match, page.markup, page.url)
    return _rank(listed) if listed else 0


def _rank(listed: ListPage) -> int:
    total = listed.declared_total is not None or listed.declared_pages is not None
    if listed.links and total:
        return 2
    return 1 if listed.is_shell or listed.is_empty or listed.unreadable else 0


def _is_plain_list(page: Page) -> bool:
    if "下一页" not in page.markup:
        return False
    listed = read_first_page(Recognised("static_list", ""), page.markup, page.url)
    return listed is not None and sum(link.date is not None for link in listed.links) >= 3


def _instead(page: Page) -> str:
    if _is_json(page.markup):
        return "a JSON answer"
    if _MOUNT.search(page.markup):
        return JS_SHELL
    if len(page.shown_text) < _LITTLE_TEXT and "<script" in page.markup.lower():
        return JS_SHELL
    return "no fingerprint matched"


def _is_json(text: str) -> bool:
    start = text.lstrip("\ufeff \t\r\n")[:1]
    if start not in "{[" or not start:
        return False
    try:
        json.loads(text.lstrip("\ufeff"))
    except (json.JSONDecodeError, RecursionError):
        return False
    return True


@cache
def _fingerprints() -> tuple[Fingerprint, ...]:
    rows = yaml.safe_load(files("crawler.recognition").joinpath("fingerprints.yaml").read_text("utf-8"))
    return tuple(
        Fingerprint(
            family=row["family"],
            look_in=row["look_in"],
            pattern=re.compile(row["pattern"]),
            least=row.get("least", 1),
            system=row.get("system"),
            options={name: re.compile(value) for name, value in row.get("options", {}).items()},
        )
        for row in rows
    )
