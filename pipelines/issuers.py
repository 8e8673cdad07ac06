"""What sort of body a name names, by its last words."""

from __future__ import annotations

from pipelines.knowledge import load_table


def body_kind(name: str) -> str:
    """Return `government`, `department`, `committee`, … for a body's printed name; `other` where none fits.

    Args:
        name: the name as printed, without white space.
    """
    for suffix, kind in load_table("body_kinds")["suffixes"].items():
        if name.endswith(suffix):
            return str(kind)
    return "other"
