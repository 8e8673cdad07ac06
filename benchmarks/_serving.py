"""Real servers for the benchmarks: gongkai's own, and plain Datasette over the same file."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx

from gongkai.serving import HOST, free_port, serve_command

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from archive.data_folder import DataDir


@contextmanager
def gongkai_server(data: DataDir) -> Iterator[str]:
    """Serve a data directory as `gongkai serve` does, and give the address."""
    port = free_port(HOST)
    with _running(serve_command(data, port=port), port) as address:
        yield address


@contextmanager
def plain_datasette(copy: Path) -> Iterator[str]:
    """Serve a copy by Datasette as it comes: no plugins, no templates, its own settings."""
    port = free_port(HOST)
    command = [sys.executable, "-m", "datasette", "serve", "--host", HOST, "--port", str(port)]
    with _running([*command, "--immutable", str(copy)], port) as address:
        yield address


@contextmanager
def _running(command: Sequence[str], port: int) -> Iterator[str]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield _address(process, port)
    finally:
        process.terminate()
        process.wait(timeout=60)


def _address(process: subprocess.Popen[bytes], port: int) -> str:
    address = f"http://{HOST}:{port}"
    while process.poll() is None:
        try:
            httpx.get(f"{address}/-/versions.json", timeout=60)
        except httpx.TransportError:
            time.sleep(0.05)
            continue
        return address
    raise SystemExit("the server did not start")


def milliseconds(seconds: Sequence[float]) -> str:
    """Write the median, the 95th percentile and the longest of some times, in milliseconds."""
    ordered = sorted(seconds)
    shares = (ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.95)], ordered[-1])
    return "".join(f"{value * 1000:9.1f}" for value in shares)
