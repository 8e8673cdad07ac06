"""The CMS families, by the name that a portal's YAML gives in `family`.

A new family is a module with a `read_list` (see `base.py`), a line in this table, and a folder of fixtures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.families import static_list

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crawler.families.base import ReadList

FAMILIES: Mapping[str, ReadList] = {
    "static_list": static_list.read_list,
}
