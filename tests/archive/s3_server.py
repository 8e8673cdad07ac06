"""A real S3 server that a test starts, and a proxy in front of it, which counts and breaks off."""

from __future__ import annotations

import contextlib
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class BreakingProxy:
    """Hands bytes on to a server, and breaks every connection once so many went through.

    Args:
        port: the server's.

    Attributes:
        left: how many bytes go through before all breaks off; None for all.
        asked: what was asked for, a request a line.
        answered: how many bytes came back.
    """

    def __init__(self, port: int) -> None:
        self._server_port = port
        self.left: int | None = None
        self.asked: list[str] = []
        self.answered = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._server_port))
            for pair in ((client, server, True), (server, client, False)):
                threading.Thread(target=self._hand_on, args=pair, daemon=True).start()

    def _hand_on(self, source: socket.socket, sink: socket.socket, asks: bool) -> None:
        try:
            while piece := source.recv(1024):
                if asks and piece.startswith((b"GET /", b"HEAD /", b"PUT /", b"POST /", b"DELETE /")):
                    self.asked.append(piece.partition(b" HTTP/")[0].decode())
                self.answered += 0 if asks else len(piece)
                if self.left is not None:
                    self.left -= len(piece)
                    if self.left < 0:
                        break
                sink.sendall(piece)
        except OSError:
            pass
        for end in (source, sink):
            with contextlib.suppress(OSError):
                # Closed alone, it stays open while the other thread waits on it, and so does the client.
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@contextmanager
def serve_s3() -> Iterator[int]:
    """Serve S3 on a port of this machine."""
    from moto.server import ThreadedMotoServer  # noqa: PLC0415  takes a second to import

    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    yield server.get_host_and_port()[1]
    server.stop()


def environment_of(proxy: BreakingProxy) -> dict[str, str]:
    """Return what has clients of S3 ask a proxy."""
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{proxy.port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "1",
    }


def make_bucket(proxy: BreakingProxy) -> str:
    """Make a bucket behind a proxy, and return an address in it; the environment is set."""
    import fsspec  # noqa: PLC0415  likewise

    assert proxy.left is None
    bucket = f"evidence-{proxy.port}"
    fsspec.filesystem("s3", skip_instance_cache=True).mkdir(bucket)
    return f"s3://{bucket}/gongkai"
