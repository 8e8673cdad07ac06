"""`gongkai demo`: the demo crawled, published and served."""

from __future__ import annotations

import sys
import threading
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gongkai.cli.common import progress_bars, verb, writing
from gongkai.demo.cities import all_cities
from gongkai.demo.run import NIGHTS, run_demo
from gongkai.nights.night_report import describe_night
from gongkai.serving import HOST, PORT, free_port, is_free, serve

if TYPE_CHECKING:
    from gongkai.operator_settings import Settings


@verb(
    "demo",
    "gongkai demo",
    "gongkai --data X demo --documents reports/ --no-serve",
    as_json=False,
    creates=True,
)
@click.option("--documents", type=click.Path(path_type=Path), help="Serve this folder as a portal instead.")
@click.option("--nights", type=click.IntRange(1), help="How many nights (default: 4; 1 with --documents).")
@click.option("--no-cities", is_flag=True, help="Leave out the thirty cities.")
@click.option("--no-serve", is_flag=True, help="Stop before serving.")
@click.option("--no-browser", is_flag=True, help="Serve, but open no browser.")
@click.option("--port", default=PORT, show_default=True, help="Where to serve it; another if it is taken.")
def demo_command(
    settings: Settings,
    documents: Path | None,
    nights: int | None,
    *,
    no_cities: bool,
    no_serve: bool,
    no_browser: bool,
    port: int,
) -> None:
    """Serve a demo portal on loopback, crawl it, derive, publish, and serve the result."""
    count = nights or (1 if documents else NIGHTS)
    cities = () if no_cities or documents else all_cities()
    with writing(settings, "demo"):
        for report in run_demo(
            settings, documents=documents, nights=count, cities=cities, bars=progress_bars
        ):
            click.echo("\n".join(describe_night(report)))
            if report.error:
                click.echo(f"gongkai: {report.error}", err=True)
                sys.exit(report.exit_code)
    if no_serve:
        return
    if not is_free(HOST, port):
        port = free_port(HOST)
    address = f"http://{HOST}:{port}/"
    click.echo(f"\nThe result is at {address} (Ctrl-C ends it).")
    if not no_browser:
        threading.Timer(2.0, webbrowser.open, [address]).start()
    serve(settings.data, port=port)
