"""The operator's roster: tables in `DATA/roster`, beside those that are shipped.

A table that cannot be read, or a row of it, is left out and named with the result of the night: a slip in one
row must not cost the night, and must not go unseen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.bodies.roster import Roster, RosterTable, make_roster, parse_roster, shipped_tables

if TYPE_CHECKING:
    from pathlib import Path

ENDINGS = (".csv", ".yaml")


def load_roster(folder: Path) -> Roster:
    """Return the shipped roster with the operator's own tables over it.

    Args:
        folder: where those are; it need not exist. Of two rows on one body, the first by file name counts.
    """
    paths = sorted(path for path in folder.glob("*") if path.suffix in ENDINGS)
    return make_roster(shipped_tables(), [_read(path) for path in paths])


def _read(path: Path) -> RosterTable:
    try:
        return parse_roster(path.read_text("utf-8-sig"), path.name)
    except UnicodeDecodeError:
        return RosterTable((), (f"{path.name}: this is not UTF-8; save it as such",))
    except OSError as error:
        return RosterTable((), (f"{path.name}: {error.strerror or error}",))
