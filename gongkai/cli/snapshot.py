"""`gongkai snapshot`: the published tables as files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.clock import night_of
from archive.snapshot.write import write_snapshot
from gongkai.cli.common import print_result, verb, writing

if TYPE_CHECKING:
    from archive.snapshot.write import Snapshot
    from gongkai.settings import Settings


@verb("snapshot", "gongkai --data /srv/gongkai snapshot")
def snapshot_command(settings: Settings, *, as_json: bool) -> None:
    """Write every published table completely as CSV, with row counts and checksums."""
    with writing(settings, "snapshot"):
        night = night_of(settings.clock())
        snapshot = write_snapshot(settings.data, night=night, clock=settings.clock)
    result = {
        "folder": snapshot.folder.name,
        "tables": {
            name: {"rows": table.rows, "sha256": table.sha256} for name, table in snapshot.tables.items()
        },
    }
    print_result(result, describe(snapshot), as_json=as_json)


def describe(snapshot: Snapshot) -> list[str]:
    """Say in lines what was written."""
    rows = sum(table.rows for table in snapshot.tables.values())
    return [f"snapshot {snapshot.folder.name}: {len(snapshot.tables)} tables, {rows} rows"]
