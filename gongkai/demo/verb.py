"""`gongkai demo`: the demo crawled, published and served."""

from __future__ import annotations

import subprocess
import sys
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
        open_once_served(port)
    serve(settings.data, port=port)


# Half a minute: a server that listens by then is slow, and one that does not has failed.
_OPEN_ONCE_SERVED = """
import socket, sys, time, webbrowser
for _ in range(150):
    with socket.socket() as tried:
        if tried.connect_ex((sys.argv[1], int(sys.argv[2]))) == 0:
            sys.exit(not webbrowser.open(f"http://{sys.argv[1]}:{sys.argv[2]}/"))
    time.sleep(0.2)
"""


def open_once_served(port: int) -> None:
    """Open the pages as soon as a server listens; in another process, for this one becomes the server."""
    command = [sys.executable, "-c", _OPEN_ONCE_SERVED, HOST, str(port)]
    # In a session of its own, so that Ctrl-C goes to the server alone.
    subprocess.Popen(command, start_new_session=True)  # noqa: S603  ours, without a shell
