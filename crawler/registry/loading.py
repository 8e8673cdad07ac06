"""The registry: portals as YAML, read into frozen dataclasses, checked in full.

The operator's own files win over shipped ones of the same name. A file with a fault takes no other portal
down with it: it is kept as a mismatch, and is raised when its portal is asked for by name.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from archive.yaml_places import compose
from crawler.errors import HostStopped, PortalMismatch, PortalUnknown
from crawler.policy.stop_list import StopEntry, StopList
from crawler.registry.form import read_portal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crawler.registry.portals import Portal

_SHOWN = "docs/portals.md shows a portal in full"
_ENABLED_LINE = re.compile(r"^enabled:[ \t]*[^\s#]+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Registry:
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
            portals[name] = load_portal(path)
        except PortalMismatch as mismatch:
            mismatches[name] = mismatch
    return Registry(portals, mismatches, stop_list or StopList())


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
