"""The base of records that cannot be changed."""

from __future__ import annotations

from typing import Any, Self, dataclass_transform

import msgspec


@dataclass_transform(frozen_default=True, field_specifiers=(msgspec.field,))
class FrozenStruct(msgspec.Struct, frozen=True):
    """A record that cannot be changed: as a frozen dataclass with slots is, but made in C."""

    def replace(self, **changes: Any) -> Self:
        """Return a copy with other values for some fields; raise TypeError for one that it does not have."""
        return msgspec.structs.replace(self, **changes)
