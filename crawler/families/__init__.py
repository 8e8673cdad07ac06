"""The CMS families, by the name that a portal's YAML gives in `family`.

A system whose lists an interface answers as JSON is one entry of `presets.yaml`. One that needs code is a
module with a `read_list` (`base.py`), a line in the table here, its fingerprints, and a folder of fixtures.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from crawler.families import html_list, jpaas, jpage, json_list, lonsun, parts
from crawler.families.base import Family
from crawler.families.pages.page_requests import one_of
from pipelines.knowledge import load_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Preset:
    """A system that many portals run, as options of `json_list`; one entry of `presets.yaml`.

    Attributes:
        name: what readers see it called, in Chinese.
        met: where it is met, for people.
        gives_away: what tells it, for people.
        seen_on: portals whose real requests or answers it was read from.
        fingerprints: what its pages bear, rows as in `discovery/fingerprints.yaml`.
        options: what holds where a portal's YAML says nothing.
    """

    name: str
    met: str
    gives_away: str
    seen_on: Sequence[str]
    options: Mapping[str, str]
    fingerprints: Sequence[Mapping[str, Any]] = ()


@cache
def presets() -> Mapping[str, Preset]:
    """Return the presets by the name that a portal's YAML gives in `family`."""
    return {name: Preset(**entry) for name, entry in load_table("presets", __name__).items()}


_OPTIONS = load_table("options", __name__)
_PARTS = {parts.OPTION: parts.fault_of}
_JSON_LIST = Family(
    json_list.read_list, _OPTIONS["json_list"], checks=json_list.CHECKS, together=json_list.find_faults
)

FAMILIES: Mapping[str, Family] = {
    "static_list": Family(html_list.read_list),
    "html_list": Family(
        html_list.read_list,
        _OPTIONS["html_list"],
        preset=html_list.PRESET,
        checks={**html_list.CHECKS, **_PARTS},
        together=html_list.find_faults,
    ),
    "jpage": Family(
        jpage.read_list,
        _OPTIONS["jpage"],
        preset=jpage.PRESET,
        checks={**_PARTS, "method": one_of("post", "get")},
    ),
    "jpaas": Family(jpaas.read_list, _OPTIONS["jpaas"], checks=_PARTS),
    "lonsun": Family(lonsun.read_list, _OPTIONS["lonsun"], checks=_PARTS),
    "json_list": _JSON_LIST,
    **{name: replace(_JSON_LIST, preset=preset.options) for name, preset in presets().items()},
}
