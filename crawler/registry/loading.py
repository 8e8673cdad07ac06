"""The registry: portals as YAML, read into frozen records, checked in full.

The operator's own files win over shipped ones of the same name. A file with a fault takes no other portal
down with it: it is kept as a mismatch, and is raised when its portal is asked for by name. What a YAML may
say stands field by field at the end.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import yaml
from msgspec import field
from OpenSSL import SSL

from archive.frontier.targets import SCHEDULE
from archive.yaml_places import Place, compose
from crawler.errors import HostStopped, PortalMismatch, PortalUnknown
from crawler.families import FAMILIES
from crawler.policy.hosts import StopEntry, StopList, is_closed_host, is_loopback_host
from crawler.policy.politeness import POLITENESS, Budget, NightHours
from crawler.policy.tls import TlsPolicy
from crawler.registry.portals import Expected, Portal, PortalList
from pipelines.addresses import clean_url, host_key
from pipelines.metadata.fields import Kind
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    _Readers = Mapping[str, Callable[[Place], Any]]

_SHOWN = "docs/portals.md shows a portal in full"
_ENABLED_LINE = re.compile(r"^enabled:[ \t]*[^\s#]+", re.MULTILINE)

_SHOWN_CHARS = 20
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


class Registry(FrozenStruct):
    """All portals that are known.

    Attributes:
        portals: by id, in the order of their ids.
        mismatches: files with a fault, by the id that their name gives.
        stop_list: hosts that are never asked.
    """

    portals: Mapping[str, Portal]
    mismatches: Mapping[str, PortalMismatch]
    stop_list: StopList = field(default_factory=StopList)

    def get(self, name: str) -> Portal:
        """Return a portal by its id.

        Raises:
            PortalMismatch: its file has a fault.
            PortalUnknown: there is no such portal.
        """
        if name in self.mismatches:
            raise self.mismatches[name]
        if name not in self.portals:
            near = difflib.get_close_matches(name, self.portals, n=3)
            hint = f"Did you mean {', '.join(near)}?" if near else "`gongkai portals list` shows all names"
            raise PortalUnknown("no portal has this name", where=name, hint=hint)
        return self.portals[name]

    def to_crawl(self, name: str) -> Portal:
        """Return a portal that is to be asked.

        Raises:
            PortalMismatch, PortalUnknown: as `get`.
            HostStopped: it is on the stop list.
        """
        portal = self.get(name)
        entry = self.entry_against(portal)
        if entry is not None:
            raise HostStopped(str(entry), where=name, hint="It stays unasked for as long as the entry stands")
        return portal

    def entry_against(self, portal: Portal) -> StopEntry | None:
        """Return what keeps a portal from being crawled; None where nothing does."""
        return self.stop_list.entry_against(portal.home_url, [each.url for each in portal.lists])

    def enabled(self) -> tuple[Portal, ...]:
        """Return the portals that are crawled when no name is given; those on the stop list are not."""
        stopped = self.stopped()
        return tuple(one for one in self.portals.values() if one.enabled and one.id not in stopped)

    def stopped(self) -> Mapping[str, StopEntry]:
        """Return by id what keeps portals from being crawled, enabled or not."""
        against = {one.id: self.entry_against(one) for one in self.portals.values()}
        return {name: entry for name, entry in against.items() if entry is not None}


def load_registry(own: Path, shipped: Path | None = None, stop_list: StopList | None = None) -> Registry:
    """Read every portal.

    Args:
        own: the operator's folder (`DATA/portals`); it need not exist.
        shipped: the folder of shipped portals; None for the one that came with gongkai.
        stop_list: hosts that are never asked; None where nothing is to be asked.
    """
    sources = {path.stem: path for path in _yaml_files(shipped or shipped_folder())}
    sources |= {path.stem: path for path in _yaml_files(own)}
    portals: dict[str, Portal] = {}
    mismatches: dict[str, PortalMismatch] = {}
    for name, path in sorted(sources.items()):
        try:
            portals[name] = _load_unchanged(path, path.read_bytes())
        except PortalMismatch as mismatch:
            mismatches[name] = mismatch
        except OSError as error:
            mismatches[name] = PortalMismatch(f"cannot be read: {error.strerror}", where=str(path))
    return Registry(portals, mismatches, stop_list or StopList())


# A night asks for all portals three times, and a site whenever somebody looks at them.
@lru_cache(maxsize=1024)
def _load_unchanged(path: Path, _content: bytes) -> Portal:
    """Return a portal as it was read while its file said the same."""
    return load_portal(path)


def load_portal(path: Path) -> Portal:
    """Read one portal's YAML.

    Raises:
        PortalMismatch: it is no YAML, or does not say what a portal must; with file, line and field.
    """
    root = compose(path, PortalMismatch, _SHOWN)
    return read_portal(root, path)


def enable_portal(
    name: str,
    own: Path,
    *,
    enabled: bool = True,
    shipped: Path | None = None,
    stop_list: StopList | None = None,
) -> Path:
    """Write a portal's `enabled` into the operator's file, made from the shipped one where there is none.

    Everything else in the file stays as it is, comments included.

    Returns:
        The operator's file.

    Raises:
        PortalUnknown, PortalMismatch: as `Registry.get`.
        HostStopped: it is on the stop list, and is to be enabled.
    """
    registry = load_registry(own, shipped, stop_list)
    (registry.to_crawl if enabled else registry.get)(name)
    target = own / f"{name}.yaml"
    source = target if target.exists() else (shipped or shipped_folder()) / f"{name}.yaml"
    line = f"enabled: {'true' if enabled else 'false'}"
    text, replaced = _ENABLED_LINE.subn(line, source.read_text(encoding="utf-8"), count=1)
    if not replaced:
        text = f"{text.rstrip()}\n{line}\n"
    own.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".yaml.tmp")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(target)
    return target


def shipped_folder() -> Path:
    """Return the folder of the portals that came with gongkai."""
    return Path(str(files("crawler"))) / "portals"


def _yaml_files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from sorted(folder.glob("*.yaml"))


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
    named = [
        *(("lists", each.url, "on ") for each in portal.lists),
        *(("hosts", f"//{each}", "") for each in portal.hosts),
    ]
    for key, url, on in () if loopback else named:
        if is_closed_host(urlsplit(url).hostname or ""):
            fault = f"{url.removeprefix('//')} is {on}a private address"
            places[key].refuse(fault, "Only a portal on loopback may name one")


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
    hours = NightHours(dt.time(first, second), dt.time(third, fourth))
    if hours.start == hours.end:
        # All day to whoever writes it, never to whoever counts from one to the other.
        place.refuse("are no hours at all", "Leave it out for the whole day")
    return hours


def _values(place: Place, readers: _Readers, *required: str) -> dict[str, Any]:
    """What the fields of a mapping say, each read by its own reader."""
    places = place.fields(readers, frozenset(required))
    return {key: readers[key](each) for key, each in places.items()}


def _lists(place: Place) -> tuple[PortalList, ...]:
    lists = tuple(PortalList(**_values(each, _LIST, "url")) for each in place.items())
    if not lists:
        place.refuse("is empty", "Name at least one list to walk")
    for index, each in enumerate(lists):
        if each.url in {before.url for before in lists[:index]}:
            place.items()[index].refuse(
                "its address is there twice", "Tell lists of one address apart by a fragment: …#003005"
            )
    return lists


def _expected(place: Place) -> Expected:
    expected = Expected(**_values(place, _EXPECTED))
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


def _allowance(place: Place) -> int:
    count = _count(place)
    if count == 0:
        place.refuse("0 would ask for nothing", "Write `enabled: false` for the portal instead")
    return count


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
_LIST: _Readers = {
    "url": _url,
    "kind": _among(list(Kind), "is no kind of document", "Kinds"),
    "title": Place.text,
    "family": _family,
    "options": _options,
    "dated": _flag,
}
_EXPECTED: _Readers = dict.fromkeys(("min_documents", "max_documents", "newest_year"), _count)
_PORTAL: _Readers = {
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
    "budget": lambda place: Budget(**_values(place, dict.fromkeys(("requests", "megabytes"), _allowance))),
    "evidence": lambda place: tuple(each.text() for each in place.items()),
    "options": _options,
    "tls_ciphers": _ciphers,
}
_REQUIRED = frozenset({"id", "name", "family", "home_url", "lists"})
