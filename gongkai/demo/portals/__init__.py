"""The demo's portal definitions, in the form of the registry: one folder for each kind of site."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from gongkai.demo.catalogue import HOST, SHIELD_HOST

HOSTS = (HOST, SHIELD_HOST)
"""The names under which the demo is crawled; the crawler maps them to the server's port."""


def bundled_portals() -> Path:
    """Return the folder of the definitions that crawl `BundledSite`."""
    return _folder("bundled")


def folder_portals() -> Path:
    """Return the folder of the definition that crawls a `FolderSite`."""
    return _folder("folder")


def family_portals() -> Path:
    """Return the folder of the definitions that crawl `FamilySites`."""
    return _folder("families")


def night_portals() -> Path:
    """Return the folder of the definitions that crawl `ScriptedSites`."""
    return _folder("nights")


def _folder(name: str) -> Path:
    return Path(str(files("gongkai.demo.portals"))) / name
