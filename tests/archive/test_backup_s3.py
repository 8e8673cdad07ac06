"""Backups on a real S3 server, which the test starts: what breaks off in the middle loses nothing."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import fsspec
import pytest
from moto.server import ThreadedMotoServer

from archive.backup.sending import read_last_backup
from archive.backup.target import BackupFailed
from archive.data_folder import DataDir
from tests.archive.test_backup import add_night, bring_back, kept_files, make_archive, objects, send
from tests.soak import first_of, series

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class BreakingProxy:
    """Hands bytes on to a server, and breaks every connection once so many went through.

    Args:
        port: the server's.

    Attributes:
        left: how many bytes go through before all breaks off; None for all.
    """

    def __init__(self, port: int) -> None:
        self._server_port = port
        self.left: int | None = None
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
            for pair in ((client, server), (server, client)):
                threading.Thread(target=self._hand_on, args=pair, daemon=True).start()

    def _hand_on(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while piece := source.recv(1024):
                if self.left is not None:
                    self.left -= len(piece)
                    if self.left < 0:
                        break
                sink.sendall(piece)
        except OSError:
            pass
        for end in (source, sink):
            end.close()


@pytest.fixture(scope="module")
def s3_port() -> Iterator[int]:
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    yield server.get_host_and_port()[1]
    server.stop()


@pytest.fixture
def proxy(s3_port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[BreakingProxy]:
    proxy = BreakingProxy(s3_port)
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{proxy.port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "1",
    }.items():
        monkeypatch.setenv(name, value)
    yield proxy
    proxy.close()


@pytest.fixture
def url(proxy: BreakingProxy) -> str:
    assert proxy.left is None
    bucket = f"backup-{proxy.port}"
    fs = fsspec.filesystem("s3", skip_instance_cache=True)
    fs.mkdir(bucket)
    return f"s3://{bucket}/gongkai"


@pytest.mark.slow
def test_backup_restore_and_reread_from_s3(url: str, tmp_path: Path) -> None:
    data = make_archive(tmp_path / "data")
    send(data, url)
    before = objects(url)
    add_night(data, 2)
    send(data, url)
    assert objects(url).items() >= before.items()
    assert send(data, url, reread=True).files == 0
    restored, came = bring_back(url, tmp_path / "restored")
    assert came.findings == []
    assert kept_files(restored) == kept_files(data)


@series
@pytest.mark.slow
@pytest.mark.parametrize("bytes_through", first_of([12_000, 3_000]))
def test_a_connection_that_breaks_off_loses_nothing(
    url: str, proxy: BreakingProxy, tmp_path: Path, bytes_through: int
) -> None:
    data = make_archive(tmp_path / "data")
    send(data, url)
    first, before = kept_files(data), objects(url)
    add_night(data, 2)
    proxy.left = bytes_through
    with pytest.raises(BackupFailed, match="s3://"):
        send(data, url)
    half = DataDir(tmp_path / "half")
    half.make()
    with pytest.raises(BackupFailed, match="s3://"):
        bring_back(url, half.root)
    proxy.left = None
    assert objects(url).items() >= before.items()
    assert kept_files(bring_back(url, tmp_path / "before")[0]) == first
    send(data, url)
    last = read_last_backup(data)
    assert last is not None
    assert last.additions == 2
    assert kept_files(bring_back(url, half.root)[0]) == kept_files(data)
