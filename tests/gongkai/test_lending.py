"""Ranges of WARC files go on loopback to who was told the address, and to nobody else."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from gongkai.playback import lend_moved_files

if TYPE_CHECKING:
    from pathlib import Path

NAME = "held.warc.gz"


def ask(address: str, target: str, requested: str = "bytes=2-4") -> bytes:
    """Return the answer to a request line, as it is written."""
    told = urlsplit(address)
    with socket.create_connection((told.hostname or "", told.port or 0)) as connection:
        connection.sendall(f"GET {target} HTTP/1.0\r\nRange: {requested}\r\n\r\n".encode())
        return b"".join(iter(lambda: connection.recv(1024), b""))


@pytest.mark.parametrize(
    ("target", "requested", "status"),
    [
        pytest.param("{below}held.warc.gz", "bytes=2-4", b"206", id="as it was told"),
        pytest.param("{below}held.warc.gz", "", b"404", id="no range"),
        pytest.param("{below}../held.warc.gz", "bytes=2-4", b"404", id="another folder"),
        pytest.param("/held.warc.gz", "bytes=2-4", b"404", id="without the secret"),
        pytest.param("held.warc.gz", "bytes=2-4", b"404", id="without a slash"),
        pytest.param("/other/held.warc.gz", "bytes=2-4", b"404", id="another secret"),
        pytest.param("{below}lost.warc.gz", "bytes=2-4", b"502", id="no such file"),
        pytest.param("{below}held.warc.gz", "bytes=10-12", b"416", id="behind the end"),
        pytest.param("{below}held.warc.gz", "bytes=4-2", b"416", id="backwards"),
    ],
)
def test_only_who_was_told_the_address_is_lent_a_file(
    tmp_path: Path, target: str, requested: str, status: bytes
) -> None:
    (tmp_path / NAME).write_bytes(b"0123456789")
    with lend_moved_files(tmp_path) as address:
        head, _, content = ask(address, target.format(below=urlsplit(address).path), requested).partition(
            b"\r\n\r\n"
        )
    assert head.split()[1] == status
    assert (content == b"234") == (status == b"206")


@pytest.mark.parametrize(
    ("requested", "said"), [("bytes=2-4", b"bytes 2-4/*"), ("bytes=8-12", b"bytes 8-9/*")]
)
def test_an_answer_says_which_range_it_is(tmp_path: Path, requested: str, said: bytes) -> None:
    (tmp_path / NAME).write_bytes(b"0123456789")
    with lend_moved_files(tmp_path) as address:
        answer = ask(address, urlsplit(address).path + NAME, requested)
    assert b"\r\nContent-Range: " + said + b"\r\n" in answer
