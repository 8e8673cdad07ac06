"""A browser opens on the demo, though the process that asks for it becomes the server."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from gongkai.serving import HOST, free_port

if TYPE_CHECKING:
    from pathlib import Path

_BECOMES_A_SERVER = """
import os, sys
from gongkai.demo.run import open_once_served
open_once_served(int(sys.argv[1]))
os.execv(sys.executable, [sys.executable, "-m", "http.server", sys.argv[1], "--bind", "127.0.0.1"])
"""


def test_a_browser_opens_once_the_demo_is_served(tmp_path: Path) -> None:
    browser, opened, port = tmp_path / "browser", tmp_path / "opened", free_port(HOST)
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}.new && mv {opened}.new {opened}\n', "utf-8")
    browser.chmod(0o755)
    server = subprocess.Popen(
        [sys.executable, "-c", _BECOMES_A_SERVER, str(port)],
        cwd=tmp_path,
        env={**os.environ, "BROWSER": str(browser)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 60
        while not opened.exists() and time.monotonic() < until:
            time.sleep(0.1)
        assert opened.read_text("utf-8") == f"http://{HOST}:{port}/\n"
    finally:
        server.terminate()
        server.wait()
