"""Plays the published captures through pywb, in a process and an environment of its own.

pywb is GPL and pins versions of its own: it is installed beside gongkai and never imported.

    DATA/replay/environment/   what `gongkai replay --install` builds
    DATA/replay/index.cdxj     the lines of what may be shown, made anew for each published copy
    DATA/replay/config.yaml    what pywb is told
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import secrets
import subprocess
import threading
import venv
from collections.abc import Iterator
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

from archive.data_folder import DataDir, write_durably
from archive.publish.shown_captures import NotYetHidden, choose_captures, chosen_lines, shown_captures
from archive.warc.walk import open_warc
from gongkai.interrupts import ended_by_sigterm
from gongkai.serving import HOST, PortTaken, is_free
from pipelines.errors import BadConfiguration, GongkaiError

logger = logging.getLogger(__name__)

PORT = 8080
COLLECTION = "gongkai"

_REQUIREMENTS = Path(__file__).with_name("pywb_requirements.txt")
_LOOK_AGAIN_S = 5.0


class PlayerMissing(BadConfiguration):
    """pywb is not installed for this data directory, or cannot be."""


def playback_folder(data: DataDir) -> Path:
    """Return the folder of all that is needed for playing; nothing in it is evidence."""
    return data.root / "replay"


def install_player(environment: Path) -> None:
    """Build the environment that pywb runs in; one that is there already is built anew.

    Raises:
        PlayerMissing: the package index cannot be reached, or has not what is asked for.
    """
    venv.create(environment, clear=True, with_pip=True)
    pip = str(environment / "bin" / "pip")
    command = [pip, "install", "--quiet", "--requirement", str(_REQUIREMENTS)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 ours, without a shell
    if done.returncode:
        raise PlayerMissing(
            f"pywb cannot be installed: {done.stderr.strip()[-2000:]}", where=str(environment)
        )


def play(data: DataDir, *, host: str, port: int) -> int:
    """Serve the published captures until a signal ends it, and follow each new copy; return the exit code.

    Args:
        data: the data directory; the indexes of its WARC files are there.
        host: the address to listen on.
        port: the port.

    Raises:
        PlayerMissing: pywb is not installed.
        PortTaken: another program listens there.
        NothingPublished: nothing is published yet.
    """
    folder = playback_folder(data)
    command = folder / "environment" / "bin" / "wayback"
    if not command.exists():
        raise PlayerMissing(
            "pywb is not installed", where=str(command.parent.parent), hint="Run `gongkai replay --install`"
        )
    if not is_free(host, port):
        raise PortTaken("cannot listen there", where=f"{host}:{port}", hint="Choose another with --port")
    folder.mkdir(exist_ok=True)
    # Before the index is written: a copy that comes meanwhile is met at the next look.
    served = data.public_db.resolve()
    write_player_index(data)
    with ended_by_sigterm(), lend_moved_files(data.warc) as address:
        paths = {"index_paths": str(folder / "index.cdxj"), "archive_paths": [f"{data.warc}/", address]}
        config = {"collections": {COLLECTION: paths}, "enable_auto_colls": False}
        write_durably(folder / "config.yaml", [yaml.safe_dump(config).encode()])
        child = subprocess.Popen([command, "-d", folder, "-b", host, "-p", str(port)])  # noqa: S603 likewise
        try:
            while True:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    return child.wait(_LOOK_AGAIN_S)
                if (newest := data.public_db.resolve()) != served:
                    # Until a copy hides what is to be hidden, the player shows what it showed.
                    with contextlib.suppress(NotYetHidden):
                        write_player_index(data)
                        served = newest
        except KeyboardInterrupt:
            return 0
        finally:
            child.terminate()
            child.wait()


def write_player_index(data: DataDir) -> None:
    """Write the index of what may be shown; pywb looks into it anew for each request.

    Raises:
        NothingPublished: nothing is published yet.
    """
    with shown_captures(data) as db:
        choose_captures(db, "SELECT id FROM captures")
        found = chosen_lines(db, data.warc)
        lines = (f"{prefix} {json.dumps(facts)}\n".encode() for prefix, facts in found)
        write_durably(playback_folder(data) / "index.cdxj", lines)


# WARC files that stand elsewhere: pywb asks for their records here, and need not know any store.

_RANGE = re.compile(r"bytes=(\d{1,18})-(\d{1,18})")


@contextlib.contextmanager
def lend_moved_files(warc: Path) -> Iterator[str]:
    """Serve ranges of WARC files to who is told the address, on loopback; yield the address.

    Args:
        warc: the folder of the WARC files.
    """
    # Others on this machine, who may not read the data directory, do not know it.
    below = f"/{secrets.token_urlsafe()}/"
    server = ThreadingHTTPServer((HOST, 0), partial(_Lender, warc, below))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://{HOST}:{server.server_port}{below}"
    finally:
        server.shutdown()
        server.server_close()


class _Lender(BaseHTTPRequestHandler):
    def __init__(self, warc: Path, below: str, *connection: Any) -> None:
        self._warc, self._below = warc, below
        super().__init__(*connection)

    def do_GET(self) -> None:
        name = self.path.removeprefix(self._below)
        asked = _RANGE.fullmatch(self.headers.get("Range", ""))
        # A path need not begin with a slash, as servers take it.
        if not self.path.startswith(self._below) or "/" in name or asked is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        start, last = map(int, asked.groups())
        try:
            with open_warc(self._warc / name) as file:
                file.seek(start)
                content = file.read(max(0, last + 1 - start))  # less than 0 would be all
        except (OSError, GongkaiError) as error:
            logger.warning("a record cannot be had: %s", error)
            self.send_error(HTTPStatus.BAD_GATEWAY)
            return
        if not content:  # RFC 9110, section 14.4: a range of nothing cannot be named
            self.send_error(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
            return
        self.send_response(HTTPStatus.PARTIAL_CONTENT)
        self.send_header("Content-Range", f"bytes {start}-{start + len(content) - 1}/*")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing of what is asked for."""


def playback_address(url: str, fetched_at: str, base: str) -> str:
    """Return where pywb shows a capture.

    Args:
        url: the capture's address.
        fetched_at: when it was fetched, UTC, ISO 8601.
        base: of pywb, as the operator configured it.
    """
    # As pywb writes instants: YYYYMMDDhhmmss.
    stamp = "".join(filter(str.isdigit, fetched_at))[:14]
    return f"{base.rstrip('/')}/{COLLECTION}/{stamp}/{url}"
