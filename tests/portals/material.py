"""The test portal's own templates, tables and portal definitions."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipelines.errors import GongkaiError
from pipelines.knowledge import parse_yaml

_HERE = Path(__file__).parent
_PAGES = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


class DemoDataMismatch(GongkaiError):
    """A data file of the test portal contradicts itself or another one."""


def render_page(name: str, **values: object) -> str:
    """Fill a page template; every name it uses must be given."""
    return _PAGES.get_template(name).render(**values)


@cache
def read_table(name: str) -> Any:
    """Read one of the test portal's data files, such as `nights.yaml`."""
    return parse_yaml((_HERE / name).read_text(encoding="utf-8"))


def family_portals() -> Path:
    """Return the folder of the definitions that crawl `FamilySites`."""
    return _HERE / "registry" / "families"


def night_portals() -> Path:
    """Return the folder of the definitions that crawl `ScriptedSites`."""
    return _HERE / "registry" / "nights"
