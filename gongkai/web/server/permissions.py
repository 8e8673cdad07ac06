"""Who may see what: what a copy holds, everyone; what Datasette keeps for itself, nobody.

Datasette's own answer reads permissions out of the metadata and copies all of it for each question: on the
page of a row that took longer than the row. Our metadata names none (`tests/web/test_permissions.py`).
"""

from __future__ import annotations

from datasette.plugins import pm

from archive.site_files import DATABASE

_DEFAULT = "datasette.default_permissions"


def replace_default_permissions() -> None:
    """Take Datasette's own answer out: it would be worked out even after another has answered."""
    if pm.has_plugin(_DEFAULT):
        pm.unregister(name=_DEFAULT)


def permission(resource: str | tuple[str, str] | None) -> bool | None:
    """Return whether something may be seen; None leaves it to what Datasette takes for granted.

    Args:
        resource: a database, or a database and what is in it; None for what belongs to no database.
    """
    if resource is None:
        return None
    database = resource if isinstance(resource, str) else resource[0]
    return None if database == DATABASE else False
