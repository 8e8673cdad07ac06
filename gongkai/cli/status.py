"""`gongkai status`: how things stand."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from gongkai.cli.common import print_result, verb
from gongkai.status import describe, read_status

if TYPE_CHECKING:
    from gongkai.settings import Settings


@verb("status", "gongkai --data /srv/gongkai status --json")
def status_command(settings: Settings, *, as_json: bool) -> None:
    """Show the last runs, the portals' health and the size of the corpus."""
    status = read_status(settings.data)
    print_result(dataclasses.asdict(status), describe(status), as_json=as_json)
