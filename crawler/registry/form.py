"""What a portal's YAML may say, field by field, and how a fault in it is told."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import yaml
from OpenSSL import SSL

from archive.frontier.due_dates import SCHEDULE
from archive.yaml_places import Place
from crawler.errors import PortalMismatch
from crawler.families import FAMILIES
from crawler.policy.hosts import is_closed_host, is_loopback_host
from crawler.policy.politeness import POLITENESS, Budget, NightHours
from crawler.policy.tls import TlsPolicy
from crawler.registry.portals import Expected, Portal, PortalList
from pipelines.addresses import clean_url, host_key
from pipelines.metadata.fields import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path


_SHOWN_CHARS = 20
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


def read_portal(root: yaml.Node | None, path: Path) -> Portal:
    """Read a portal from the root node of its YAML.

    Raises:
        PortalMismatch: with file, line, field and what to do.
    """
    if root is None:
        raise PortalMismatch("is empty", where=str(path), hint="docs/portals.md shows a portal in full")
    places = Place(path, "", root, PortalMismatch).fields(_PORTAL, _REQUIRED)
    portal = Portal(**{key: _PORTAL[key](place) for key, place in places.items()})
    if portal.id != path.stem:
        places["id"].refuse(f"{portal.id!r} is not the file's name", f"Name the file {portal.id}.yaml")
    _check_together(portal, places)
    return portal


def _check_together(portal: Portal, places: Mapping[str, Place]) -> None:
    home = host_key(portal.home_url)
    # The top-level domain `test` is reserved (RFC 6761): such a portal is only ever served on loopback.
    loopback = is_loopback_host(urlsplit(portal.home_url).hostname or "") or home.endswith(".test")
    if not loopback and portal.delay_s < POLITENESS.min_delay_s:
        places["delay_s"].refuse(
            f"{portal.delay_s:g} is too often",
            f"Write {POLITENESS.min_delay_s:g} or more; only loopback may be faster",
        )
    for index, each in enumerate(portal.lists):
        _check_options(portal, each, places["lists"].items()[index])
    for url, field in ((each.url, "lists") for each in portal.lists):
        if not loopback and is_closed_host(urlsplit(url).hostname or ""):
            places[field].refuse(f"{url} is on a private address", "Only a portal on loopback may name one")
    for host in portal.hosts:
        if not loopback and is_closed_host(urlsplit(f"//{host}").hostname or ""):
            places["hosts"].refuse(f"{host} is a private address", "Only a portal on loopback may name one")


def _check_options(portal: Portal, walked: PortalList, place: Place) -> None:
    """Refuse options that the family of a list does not know, or cannot use."""
    name = walked.family or portal.family
    family, options = portal.reader_of(walked.url)
    for option in options:
        if option not in family.options:
            known = ", ".join(sorted(family.options)) or "none"
            place.refuse(f"{name} has no option {option!r}", f"Its options: {known}")
    fault = family.fault(options)
    if fault is not None:
        place.refuse(fault, "docs/portals.md lists the options of each family")


def _matching(pattern: str, fault: str, hint: str) -> Callable[[Place], str]:
    """Return what reads a field that a regular expression describes."""

    def read(place: Place) -> str:
        value = place.text()
        if not re.fullmatch(pattern, value):
            place.refuse(f"{value[:_SHOWN_CHARS]!r} {fault}", hint)
        return value

    return read


def _among(names: Collection[str], fault: str, hint: str) -> Callable[[Place], str]:
    """Return what reads a field that names one of several."""

    def read(place: Place) -> str:
        value = place.text()
        if value not in names:
            place.refuse(f"{value!r} {fault}", f"{hint}: {', '.join(names)}")
        return value

    return read


def _url(place: Place) -> str:
    value = place.text()
    # As a browser would read it: what cannot be asked for is refused here and not at night.
    if clean_url(value, value) is None or urlsplit(value).scheme not in {"http", "https"}:
        place.refuse(f"{value!r} is no address", "Write it in full, beginning with http:// or https://")
    if urlsplit(value).username is not None:
        place.refuse("holds a user name", "Addresses are published; leave it out")
    return value


def _host(place: Place) -> str:
    value = place.text().lower()
    try:
        known = host_key(f"http://{value}/")
    except ValueError:
        known = ""
    if known != value:
        place.refuse(f"{value!r} is no host", "Write `host` or `host:port`, without http://")
    return value


def _flag(place: Place) -> bool:
    value = place.text().lower()
    if value not in {"true", "false"}:
        place.refuse(f"{value!r} is neither true nor false", "Write true or false")
    return value == "true"


def _seconds(place: Place) -> float:
    value = _matching(r"[0-9]+(?:\.[0-9]+)?", "is no number of seconds", "Write a number, such as 5")(place)
    if float(value) > POLITENESS.longest_delay_s:
        place.refuse(
            f"{value[:20]} is too long",
            f"Write {POLITENESS.longest_delay_s:g} or less: no night would be enough",
        )
    return float(value)


def _count(place: Place) -> int:
    read = _matching(r"[0-9]{1,9}", "is no whole number below a billion", "Write digits only")
    return int(read(place))


def _night_hours(place: Place) -> NightHours:
    found = _HOURS.fullmatch(place.text())
    if not found:
        place.refuse(f"{place.text()!r} are no hours", 'Write "22:00-07:00", Beijing time')
    first, second, third, fourth = (int(part) for part in found.groups())
    return NightHours(dt.time(first, second), dt.time(third, fourth))


def _list(place: Place) -> PortalList:
    places = place.fields(_LIST, frozenset({"url"}))
    return PortalList(**{key: _LIST[key](each) for key, each in places.items()})


def _lists(place: Place) -> tuple[PortalList, ...]:
    lists = tuple(_list(each) for each in place.items())
    if not lists:
        place.refuse("is empty", "Name at least one list to walk")
    for index, each in enumerate(lists):
        if each.url in {before.url for before in lists[:index]}:
            place.items()[index].refuse(
                "its address is there twice", "Tell lists of one address apart by a fragment: …#003005"
            )
    return lists


def _expected(place: Place) -> Expected:
    places = place.fields(_EXPECTED, frozenset())
    expected = Expected(**{key: _EXPECTED[key](each) for key, each in places.items()})
    if (expected.min_documents or 0) > (expected.max_documents or float("inf")):
        place.refuse("min_documents is above max_documents", "Exchange the two")
    return expected


def _revisit_days(place: Place) -> int:
    days = _count(place)
    if not 1 <= days <= SCHEDULE.usual_days:
        place.refuse(
            f"{days} is not between 1 and {SCHEDULE.usual_days}",
            "1 is every night; without it, docs/portals.md",
        )
    return days


def _budget(place: Place) -> Budget:
    places = place.fields(_BUDGET, frozenset())
    for each in places.values():
        if _count(each) == 0:
            each.refuse("0 would ask for nothing", "Write `enabled: false` for the portal instead")
    return Budget(**{key: _BUDGET[key](each) for key, each in places.items()})


def _ciphers(place: Place) -> str:
    value = place.text()
    try:
        TlsPolicy(value)
    except SSL.Error:
        place.refuse(f"OpenSSL knows no such ciphers: {value!r}", "Write DEFAULT@SECLEVEL=0 for old servers")
    return value


def _options(place: Place) -> Mapping[str, str]:
    # Which of them there are depends on the family, so that they are checked with it, together.
    if not isinstance(place.node, yaml.MappingNode):
        place.refuse("must be a mapping of `option: value`")
    known = {str(key.value): None for key, _ in place.node.value}
    return {key: each.text() for key, each in place.fields(known, frozenset()).items()}


_family = _among(sorted(FAMILIES), "is no family", "Families")
_LIST: Mapping[str, Callable[[Place], Any]] = {
    "url": _url,
    "kind": _among(list(Kind), "is no kind of document", "Kinds"),
    "title": Place.text,
    "family": _family,
    "options": _options,
    "dated": _flag,
}
_EXPECTED: Mapping[str, Callable[[Place], Any]] = {
    "min_documents": _count,
    "max_documents": _count,
    "newest_year": _count,
}
_BUDGET: Mapping[str, Callable[[Place], Any]] = {"requests": _count, "megabytes": _count}
_PORTAL: Mapping[str, Callable[[Place], Any]] = {
    "id": _matching(r"[a-z0-9][a-z0-9_-]*", "is no name", "Use small letters, digits, `-` and `_`"),
    "name": Place.text,
    "family": _family,
    "home_url": _url,
    "region_code": _matching(
        r"\d{6}", "is no region code", "Write the six digits of GB/T 2260; 000000 for central bodies"
    ),
    "issuer": Place.text,
    "enabled": _flag,
    "verified": _flag,
    "lists": _lists,
    "hosts": lambda place: tuple(_host(each) for each in place.items()),
    "delay_s": _seconds,
    "night_hours": _night_hours,
    "expected": _expected,
    "revisit_days": _revisit_days,
    "budget": _budget,
    "evidence": lambda place: tuple(each.text() for each in place.items()),
    "options": _options,
    "tls_ciphers": _ciphers,
}
_REQUIRED = frozenset({"id", "name", "family", "home_url", "lists"})
