"""The CMS families, by the name that a portal's YAML gives in `family`.

A new family is a module with a `read_list` (see `base.py`), a line in this table, and a folder of fixtures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.families import html_list, html_options, jpaas, jpage, lonsun, static_list
from crawler.families.base import Family
from crawler.families.interfaces.presets import json_family

if TYPE_CHECKING:
    from collections.abc import Mapping

_PRESETS = ("ucap", "govcn_library", "gkmlpt", "epoint", "trs_igs", "trs_ssp", "hycloud")

FAMILIES: Mapping[str, Family] = {
    "static_list": Family(static_list.read_list),
    "html_list": Family(
        html_list.read_list, html_options.OPTIONS, preset=html_options.PRESET, fault=html_options.fault
    ),
    "jpage": Family(jpage.read_list, jpage.OPTIONS, preset=jpage.PRESET, fault=jpage.fault),
    "jpaas": Family(jpaas.read_list, jpaas.OPTIONS),
    "lonsun": Family(lonsun.read_list, lonsun.OPTIONS),
    "json_list": json_family(),
    **{name: json_family(name) for name in _PRESETS},
}
