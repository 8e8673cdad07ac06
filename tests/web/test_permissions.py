from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from archive.site_files import read_metadata, site_folder
from gongkai.web.server.gate import find_permission

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.web.conftest import Site


def keys(value: Any) -> Iterator[str]:
    """Yield the keys of all mappings in a value."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from keys(inner)


def test_the_metadata_names_no_permission_for_they_are_not_read() -> None:
    named = set(keys(read_metadata(site_folder())))
    assert "tables" in named
    assert not named & {"allow", "allow_sql", "permissions"}


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (None, None),
        ("gongkai", None),
        (("gongkai", "documents"), None),
        ("_internal", False),
        (("_internal", "databases"), False),
    ],
)
def test_what_is_published_is_left_open_and_all_else_closed(
    resource: str | tuple[str, str] | None, expected: bool | None
) -> None:
    assert find_permission(resource) is expected


def test_nobody_may_see_what_datasette_keeps_for_itself(site: Site) -> None:
    assert site.get("/").status_code == 200  # the hooks are in place

    async def seen(database: str) -> list[bool]:
        app = site.app
        return [
            (
                await app.check_visibility(
                    None,
                    permissions=[
                        ("view-table", (database, "tables")),
                        ("view-database", database),
                        "view-instance",
                    ],
                )
            )[0],
            (await app.check_visibility(None, "view-database", database))[0],
        ]

    assert asyncio.run(seen("_internal")) == [False, False]
    assert asyncio.run(seen("gongkai")) == [True, True]
