"""`gongkai publish`, `snapshot` and `serve`: the corpus as a copy, as files, as pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from archive.clock import night_of
from archive.manifests.closing import close_night
from archive.publish.copy import publish
from archive.snapshot.write import write_snapshot
from gongkai.cli.common import print_result, verb, writing
from gongkai.gates import check_gates
from gongkai.serving import HOST, PORT, serve

if TYPE_CHECKING:
    from archive.manifests.chain import Link
    from archive.publish.copy import Published
    from archive.snapshot.write import Snapshot
    from gongkai.operator_settings import Settings


@verb("publish", "gongkai --data /srv/gongkai publish")
@click.option("--force", is_flag=True, help="Publish although a gate refuses.")
def publish_command(settings: Settings, *, as_json: bool, force: bool) -> None:
    """Publish the corpus as a new copy with its search index, and switch readers to it."""
    with writing(settings, "publish"):
        if settings.data.corpus_db.exists() and not force:
            check_gates(settings.data)
        published, link = _publish(settings)
    result = {"file": published.path.name, "sha256": published.sha256, "rows": published.rows}
    lines = [*describe_published(published), describe_root(link)]
    print_result({**result, "changed": published.changed, "root": link.root}, lines, as_json=as_json)


def _publish(settings: Settings) -> tuple[Published, Link]:
    published = publish(settings.data, clock=settings.clock)
    return published, close_night(
        settings.data, settings.signing, clock=settings.clock, published=published.path
    )


def describe_root(link: Link) -> str:
    """Say in a line by what others can tell that nothing was altered since."""
    return f"root {link.root} ({link.standing})"


def describe_published(published: Published) -> list[str]:
    """Say in lines what was published."""
    rows = ", ".join(f"{published.rows[name]} {name}" for name in ("documents", "sections", "captures"))
    lines = [f"{'published' if published.changed else 'unchanged'}: {published.path.name} ({rows})"]
    lines += [f"reference blanked in the copy: {repair}" for repair in published.repairs]
    return lines


@verb("snapshot", "gongkai --data /srv/gongkai snapshot")
def snapshot_command(settings: Settings, *, as_json: bool) -> None:
    """Write every published table completely as CSV, with row counts and checksums."""
    with writing(settings, "snapshot"):
        night = night_of(settings.clock())
        snapshot = write_snapshot(settings.data, night=night, clock=settings.clock)
        link = close_night(
            settings.data, settings.signing, clock=settings.clock, night=night, snapshot=snapshot.folder
        )
    result = {
        "folder": snapshot.folder.name,
        "tables": {
            name: {"rows": table.rows, "sha256": table.sha256} for name, table in snapshot.tables.items()
        },
        "root": link.root,
    }
    print_result(result, [*describe_snapshot(snapshot), describe_root(link)], as_json=as_json)


def describe_snapshot(snapshot: Snapshot) -> list[str]:
    """Say in lines what was written."""
    rows = sum(table.rows for table in snapshot.tables.values())
    return [f"snapshot {snapshot.folder.name}: {len(snapshot.tables)} tables, {rows} rows"]


@verb("serve", "gongkai --data /srv/gongkai serve --port 8001", as_json=False)
@click.option("--host", default=HOST, show_default=True, help="The address to listen on.")
@click.option("--port", default=PORT, show_default=True, help="The port; 0 for any that is free.")
def serve_command(settings: Settings, host: str, port: int) -> None:
    """Serve the published copy, and follow each new one; publishes first when nothing is published yet."""
    if not settings.data.public_db.exists():
        with writing(settings, "publish"):
            _publish(settings)
    click.echo(f"http://{host}:{port}/", err=True)
    serve(settings.data, host=host, port=port)
