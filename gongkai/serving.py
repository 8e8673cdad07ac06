"""Start Datasette over the published copy, every path and setting explicit."""

from __future__ import annotations

import json
import os
import socket
import sys
from typing import TYPE_CHECKING, NoReturn

from archive.site_files import read_metadata, site_folder
from pipelines.errors import GongkaiError

if TYPE_CHECKING:
    from pathlib import Path

    from datasette.app import Datasette

    from archive.data_folder import DataDir

ENVIRONMENT = {
    # Each thread would reserve addresses of its own; under a limit on memory exports would fail by them.
    "MALLOC_ARENA_MAX": "2",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
}
"""What the server's process has in its environment, unless the operator says otherwise."""

HOST = "127.0.0.1"
PORT = 8001


class NothingToServe(GongkaiError):
    """Nothing is published yet."""


class PortTaken(GongkaiError):
    """Another program listens where the pages were to be served."""


def is_free(host: str, port: int) -> bool:
    """Whether a server can listen on a port now; port 0 stands for any that is free."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        # As the server itself does: a port that was left a moment ago is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(host: str) -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def serve_command(data: DataDir, *, host: str = HOST, port: int = PORT) -> list[str]:
    """Return the command that serves the published copy, and follows it when it is switched.

    Args:
        data: the data directory.
        host: the address to listen on.
        port: the port; 0 for any that is free.

    Raises:
        NothingToServe: nothing is published yet.
    """
    _published(data)
    return [sys.executable, "-m", "gongkai.web", str(data.root.absolute()), host, str(port)]


def serve(data: DataDir, *, host: str = HOST, port: int = PORT) -> NoReturn:
    """Become the server: it takes this process's place, so that signals reach it directly.

    Raises:
        NothingToServe: nothing is published yet.
        PortTaken: another program listens there.
    """
    if not is_free(host, port):
        raise PortTaken("cannot listen there", where=f"{host}:{port}", hint="Choose another with --port")
    command = serve_command(data, host=host, port=port)
    # What is buffered would be lost with this process's memory.
    sys.stdout.flush()
    sys.stderr.flush()
    environment = {**ENVIRONMENT, **os.environ}
    os.execve(command[0], command, environment)  # noqa: S606 the command is ours, and no shell is wanted


def datasette_app(data: DataDir) -> Datasette:
    """Return the same application as an object, for its `client` and its `app()`.

    Raises:
        NothingToServe: nothing is published yet.
    """
    # Importing the library loads its plugins; a verb that serves nothing must not wait for that.
    from datasette.app import Datasette  # noqa: PLC0415

    site = site_folder()
    return Datasette(
        immutables=[str(_published(data))],
        metadata=read_metadata(site),
        plugins_dir=str(site / "plugins"),
        template_dir=str(site / "templates"),
        static_mounts=[("static", str(site / "static"))],
        settings=json.loads((site / "settings.json").read_text("utf-8")),
    )


def _published(data: DataDir) -> Path:
    if not data.public_db.exists():
        raise NothingToServe(
            "nothing is published yet", where=str(data.public_db), hint="Run `gongkai publish` first"
        )
    return data.public_db.absolute()
