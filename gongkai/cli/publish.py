"""`gongkai publish`: the corpus to the copy that Datasette serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from archive.publish.copy import publish
from gongkai.cli.common import print_result, verb, writing
from gongkai.gates import check_gates

if TYPE_CHECKING:
    from archive.publish.copy import Published
    from gongkai.settings import Settings

if TYPE_CHECKING:
    from archive.publish.copy import Published


@verb("publish", "gongkai --data /srv/gongkai publish")
@click.option("--force", is_flag=True, help="Publish although a gate refuses.")
def publish_command(settings: Settings, *, as_json: bool, force: bool) -> None:
    """Publish the corpus as a new copy with its search index, and switch readers to it."""
    with writing(settings, "publish"):
        if settings.data.corpus_db.exists() and not force:
            check_gates(settings.data)
        published = publish(settings.data, clock=settings.clock)
    result = {"file": published.path.name, "sha256": published.sha256, "rows": published.rows}
    print_result({**result, "changed": published.changed}, describe(published), as_json=as_json)


def describe(published: Published) -> list[str]:
    """Say in lines what was published."""
    rows = ", ".join(f"{published.rows[name]} {name}" for name in ("documents", "sections", "captures"))
    lines = [f"{'published' if published.changed else 'unchanged'}: {published.path.name} ({rows})"]
    lines += [f"reference blanked in the copy: {repair}" for repair in published.repairs]
    return lines
