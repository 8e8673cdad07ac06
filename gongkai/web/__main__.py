"""The server's process, which `gongkai serve` becomes: `python -m gongkai.web DATA HOST PORT`.

Datasette's own command starts the same application on the same HTTP server, and cannot say how long that
keeps an idle connection. uvicorn waits for the rest of a head or a body, and for the first byte of a
connection, for ever: a few thousand connections that send a byte a minute keep all others out.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from pathlib import Path

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from archive.data_folder import DataDir
from gongkai.interrupts import ended_by_sigterm
from gongkai.serving import datasette_app
from gongkai.web.thresholds import SERVER

logger = logging.getLogger(__name__)

_COMING = h11.IDLE, h11.SEND_BODY
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class TimedHeads(H11Protocol):
    """A connection that ends where a request takes longer to come than `SERVER.head_seconds`.

    A body is a form, of few packets, or nothing that is read here (RFC 9110, section 15.5.9). Between two
    requests the server's own time for idle connections holds.
    """

    _head: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        """Take bytes; those of a request that is not whole do not let its time begin anew."""
        super().data_received(data)
        if self.conn.their_state in _COMING:
            self._expect_head()
        else:
            self._stop_waiting()

    def on_response_complete(self) -> None:
        """Wait for the rest of a head that began to come while the request before it was answered."""
        super().on_response_complete()
        # The library reads on by itself then, so that no bytes are received that would begin the wait.
        if self.conn.their_state in _COMING and self.conn.trailing_data[0]:
            self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _expect_head(self) -> None:
        if self._head is None:
            self._head = self.loop.call_later(SERVER.head_seconds, self._end_connection)

    def _stop_waiting(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _end_connection(self) -> None:
        logger.info("%s: no whole request within %s s", self.client, SERVER.head_seconds)
        cycle = self.cycle
        # Into an answer nothing is written.
        if cycle is None or cycle.response_complete or not cycle.response_started:
            self.transport.write(_TOO_SLOW)
        self.transport.close()


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
