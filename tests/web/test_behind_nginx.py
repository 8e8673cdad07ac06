"""The pages behind nginx, as `deploy/nginx.conf` has it: what it keeps, and what it must not."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

from gongkai.serving import HOST, free_port, serve_command
from tests.conftest import ROOT
from tests.web.conftest import answering

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from archive.data_folder import DataDir

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/bin")
CONF = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")


@contextmanager
def proxying(folder: Path, port: int) -> Iterator[str]:
    """Run nginx by the example, without TLS, before the pages' server on a port."""
    here = free_port(HOST)
    site = re.sub(r"(?m)^ *(listen|ssl_certificate(_key)?) .*;\n", "", CONF)
    site = site.replace("server_name", f"listen {HOST}:{here};\n    server_name")
    site = site.replace("127.0.0.1:8001", f"{HOST}:{port}").replace("/var/cache/nginx", str(folder))
    (folder / "nginx.conf").write_text(
        f"pid {folder}/pid; daemon off; worker_processes 1; user root; events {{}} http {{ {site} }}", "utf-8"
    )
    process = subprocess.Popen([str(NGINX), "-c", folder / "nginx.conf", "-e", folder / "log"])
    try:
        until = time.monotonic() + 20
        while not (folder / "pid").exists():
            assert time.monotonic() < until, (folder / "log").read_text("utf-8")
            time.sleep(0.05)
        yield f"http://{HOST}:{here}"
    finally:
        process.terminate()
        process.wait()


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_a_page_is_kept_for_a_minute_and_health_never(data: DataDir, tmp_path: Path) -> None:
    port = free_port(HOST)
    with proxying(tmp_path, port) as address, httpx.Client(base_url=address, timeout=60) as client:
        with answering(serve_command(data, port=port), port):
            before = client.get("/")
            private = client.get("/", headers={"Cookie": "gongkai_lang=en"})
            assert (before.status_code, private.status_code) == (200, 200)
            assert before.headers["cache-control"] == "max-age=0, must-revalidate, s-maxage=60"
            assert "private" in private.headers["cache-control"]
            assert client.get("/-/health").status_code == 200
        # Nobody answers behind it any more: what still comes is what it has kept.
        assert client.get("/").text == before.text
        assert client.get("/", headers={"Cookie": "gongkai_lang=en"}).status_code == 502
        assert client.get("/-/health").status_code == 502
