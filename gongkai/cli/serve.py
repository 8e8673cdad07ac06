"""`gongkai serve`: Datasette over the published copy."""

from __future__ import annotations

import click

from archive.publish import publish
from gongkai.cli.common import data_option, examples, settings_of, writing
from gongkai.serving import HOST, PORT, serve


@click.command("serve", epilog=examples("gongkai --data /srv/gongkai serve --port 8001"))
@data_option
@click.option("--host", default=HOST, show_default=True, help="The address to listen on.")
@click.option("--port", default=PORT, show_default=True, help="The port; 0 for any that is free.")
@click.pass_context
def serve_command(context: click.Context, host: str, port: int) -> None:
    """Serve the published copy, and follow each new one; publishes first when nothing is published yet."""
    settings = settings_of(context)
    if not settings.data.public_db.exists():
        with writing(settings, "publish"):
            publish(settings.data, clock=settings.clock)
    click.echo(f"http://{host}:{port}/", err=True)
    serve(settings.data, host=host, port=port)
