"""The base of records that cannot be changed."""

from __future__ import annotations

from typing import dataclass_transform

from msgspec import Struct, field


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class FrozenStruct(Struct, frozen=True):
    """A record that cannot be changed: as a frozen dataclass with slots is, but made in C."""
