"""The server's process, which `gongkai serve` becomes: `python -m gongkai.web DATA HOST PORT`.

Datasette's own command starts the same application on the same HTTP server, and cannot say how long that
keeps an idle connection.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import uvicorn

from archive.data_folder import DataDir
from gongkai.interrupts import ended_by_sigterm
from gongkai.serving import datasette_app
from gongkai.web.server.protocol import TimedHeads

KEEP_ALIVE_S = 130
"""Longer than proxies keep theirs (nginx 60 s, Caddy 2 min): of the two sides, that one should end an idle
connection that knows whether a request is on its way (RFC 9112, section 9.5). After the server's own 5 s some
requests were lost."""


def main(data: str, host: str, port: str) -> None:
    """Serve a data directory until a signal ends it.

    Raises:
        NothingToServe: nothing is published yet.
    """
    datasette = datasette_app(DataDir(Path(data)))
    # Before the port is open, so that a plugin that cannot start ends the process instead of every request.
    asyncio.run(datasette.invoke_startup())
    with ended_by_sigterm():  # else it would end as by a signal, and leave its copy of the visits behind
        uvicorn.run(
            datasette.app(),
            host=host,
            port=int(port),
            http=TimedHeads,
            lifespan="on",
            timeout_keep_alive=KEEP_ALIVE_S,
            workers=1,
        )


main(*sys.argv[1:])
