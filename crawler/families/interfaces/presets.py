"""JSON families that are options ready made: `presets.yaml` beside this, read when first asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

import yaml

from crawler.families.base import Family
from crawler.families.interfaces import faults, json_list


class Preset(Mapping[str, str]):
    """The options of one preset; importing this module reads no file.

    Args:
        name: its key in the YAML.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getitem__(self, option: str) -> str:
        """Return what the preset says about an option."""
        return preset_options(self._name)[option]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the options that the preset has."""
        return iter(preset_options(self._name))

    def __len__(self) -> int:
        """Return how many options the preset has."""
        return len(preset_options(self._name))


def json_family(preset: str | None = None) -> Family:
    """Return the family of lists in JSON, described by a preset where one is named."""
    options = json_list.OPTIONS
    if preset is None:
        return Family(json_list.read_list, options, fault=faults.fault)
    return Family(json_list.read_list, options, preset=Preset(preset), fault=faults.fault)


def preset_names() -> frozenset[str]:
    """Return the names of all presets."""
    return frozenset(_table())


def preset_options(name: str) -> Mapping[str, str]:
    """Return the options of one preset."""
    options: Mapping[str, str] = _table()[name]["options"]
    return options


@cache
def _table() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    text = files("crawler.families.interfaces").joinpath("presets.yaml").read_text(encoding="utf-8")
    table: Mapping[str, Mapping[str, Mapping[str, str]]] = yaml.safe_load(text)
    return table
