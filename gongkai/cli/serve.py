"""`gongkai serve`: Datasette over the published copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from archive.publish.copy import publish
from gongkai.cli.common import verb, writing
from gongkai.serving import HOST, PORT, serve

if TYPE_CHECKING:
    from gongkai.settings import Settings


@verb("serve", "gongkai --data /srv/gongkai serve --port 8001", as_json=False)
@click.option("--host", default=HOST, show_default=True, help="The address to listen on.")
@click.option("--port", default=PORT, show_default=True, help="The port; 0 for any that is free.")
def serve_command(settings: Settings, host: str, port: int) -> None:
    """Serve the published copy, and follow each new one; publishes first when nothing is published yet."""
    if not settings.data.public_db.exists():
        with writing(settings, "publish"):
            publish(settings.data, clock=settings.clock)
    click.echo(f"http://{host}:{port}/", err=True)
    serve(settings.data, host=host, port=port)
