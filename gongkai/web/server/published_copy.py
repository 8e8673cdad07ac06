"""One published copy, open for reading, and held against the manifest that names it.

    opened ─▶ length and counter of changes ──differ──▶ altered ─▶ no figure is served, 503 says why
                └─▶ SHA-256 of all its bytes, in a thread ──differs──┘
                                └─▶ checked

A copy is served while it is being checked, and where no manifest names it (yet): `/-/health` says which.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import sqlite3
import tempfile
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from datasette.utils.asgi import Base400

from archive.database import unchanging_uri
from archive.layouts import is_current_copy
from archive.manifests.chain import Chain, CopyState
from archive.manifests.closing import describe_copy, read_change_counter
from archive.manifests.signatures import is_signed_by_its_key
from archive.publish.live import join_live
from gongkai.web.cache import Cache, PageCache, facet_weight
from gongkai.web.server.limits import MeteredConnection
from gongkai.web.thresholds import CACHES, PICTURES

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")


class Standing(StrEnum):
    """What is known of a copy."""

    NOT_CHECKED = "not checked"
    CHECKING = "checking"
    CHECKED = "checked"
    ALTERED = "altered"


class CopyAltered(Base400):  # type: ignore[misc]  # the library ships no types
    """The served copy is not the one that was published."""

    status = 503


class Integrity:
    """What is known of one copy.

    Args:
        copy: the file.
        manifests: the chain; need not exist.

    Attributes:
        standing: what is known now.
        root: of the newest manifest that names the copy; None where none does.
    """

    def __init__(self, copy: Path, manifests: Path) -> None:
        self.standing = Standing.NOT_CHECKED
        self.root: str | None = None
        self._copy = copy
        self._manifests = manifests
        self._looked_at: tuple[int, int] | None = None

    def look_up(self) -> Callable[[], None] | None:
        """Look into the chain if it has grown; return what is left to do in a thread, the first time."""
        there = self._manifests.stat() if self._manifests.exists() else None
        if there is None or (there.st_size, there.st_mtime_ns) == self._looked_at:
            return None
        self._looked_at = there.st_size, there.st_mtime_ns
        for link, night in reversed(Chain(self._manifests).nights()):
            if night.copy and night.copy.name == self._copy.name and is_signed_by_its_key(link):
                self.root = link.root
                return self._begin(night.copy)
        return None

    def _begin(self, state: CopyState) -> Callable[[], None] | None:
        if self.standing is not Standing.NOT_CHECKED:
            return None
        if (self._copy.stat().st_size, read_change_counter(self._copy)) != (
            state.bytes,
            state.change_counter,
        ):
            self._judge(is_sound=False)
            return None
        self.standing = Standing.CHECKING
        return lambda: self._judge(is_sound=describe_copy(self._copy) == state)

    def _judge(self, *, is_sound: bool) -> None:
        self.standing = Standing.CHECKED if is_sound else Standing.ALTERED
        if not is_sound:
            logger.error("%s was altered since it was published; it is not served", self._copy.name)

    def refusal(self, path: str) -> CopyAltered | None:
        """Return why nothing of an altered copy is shown; monitors and style sheets are answered."""
        if self.standing is not Standing.ALTERED or path == "/-/health" or path.startswith("/static/"):
            return None
        return CopyAltered("the published copy was altered, so none of its figures is shown")


def identity_of(path: Path) -> tuple[int, ...]:
    """Return what tells one file from another, and from itself once it was written to; nothing for none."""
    try:
        there = path.stat()
    except FileNotFoundError:
        return ()
    return there.st_dev, there.st_ino, there.st_size, there.st_mtime_ns


class Copy:
    """One published copy and the visits since, open for reading.

    Args:
        path: `public/gongkai-<sha256>.db`; it is never changed, so it is opened as immutable.
        live: `public/live.db`; each night puts another in its place, so this keeps a copy of its own.
        threads: how many queries run at once.
        prepare: what Datasette does to each new connection.
        manifests: the chain that may name it.
    """

    def __init__(
        self,
        path: Path,
        live: Path,
        threads: int,
        prepare: Callable[[sqlite3.Connection], None],
        manifests: Path,
    ) -> None:
        self.path = path
        # While it is open, `publish` does not write what is new into it.
        held = ExitStack()
        held.enter_context(path.open("rb"))
        self.identity = identity_of(path)
        self.live_identity = identity_of(live)
        self._live: Path | None = None
        if self.live_identity:
            folder = held.enter_context(tempfile.TemporaryDirectory(prefix="gongkai-live-"))
            self._live = Path(shutil.copy(live, folder))
        self._let_go = weakref.finalize(self, held.close)
        self.integrity = Integrity(path, manifests)
        self.is_current = is_current_copy(path)
        if not self.is_current:
            logger.warning("%s is of another version of gongkai: run gongkai upgrade", path.name)
        self.size = path.stat().st_size
        self.sha256 = path.stem.rpartition("-")[2]
        self.cache = Cache()
        self.facets = Cache(CACHES.facets_weight, weigh=lambda answer: facet_weight(answer.rows))
        self.pages = PageCache()
        self.pictures = Cache(PICTURES.kept_bytes, weigh=len)
        self.requests = 0
        self.retired = False
        self._prepare = prepare
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="copy")
        self._long_executor = ThreadPoolExecutor(1, thread_name_prefix="long")
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []

    async def run(self, work: Callable[[sqlite3.Connection], Answer], *, is_long: bool = False) -> Answer:
        """Do some work with a connection of this copy, in one of its threads.

        Args:
            work: what is done.
            is_long: whether it takes longer than a query: such work is done one at a time, and takes none of
                the threads of the queries.
        """
        executor = self._long_executor if is_long else self._executor
        return await asyncio.get_running_loop().run_in_executor(executor, self._with_connection, work)

    def _with_connection(self, work: Callable[[sqlite3.Connection], Answer]) -> Answer:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self.connect()
            self._connections.append(connection)
        return work(connection)

    def connect(self) -> sqlite3.Connection:
        """Open a connection to this copy, for any one thread at a time; the caller closes it.

        Raises:
            sqlite3.Error: the copy cannot be read; the file is damaged.
            GongkaiError: it is of another version of gongkai.
        """
        connection = sqlite3.connect(
            unchanging_uri(self.path),
            uri=True,
            check_same_thread=False,
            factory=MeteredConnection,
        )
        try:
            if self._live:
                join_live(connection, self.path, self._live)
            self._prepare(connection)
        except BaseException:
            # Nobody else has it yet: left open it would hold the file until it is collected, with a warning.
            connection.close()
            raise
        return connection

    def look_up_manifest(self) -> None:
        """Hold the copy against the manifest that names it, as soon as there is one."""
        told = self.integrity.root
        if work := self.integrity.look_up():
            self._long_executor.submit(work)
        if told is None and self.integrity.root:
            self.pages = PageCache()  # those that were kept do not tell the root

    def close(self) -> None:
        """Let what is running end, then close every connection."""
        self._executor.shutdown(wait=True)
        self._long_executor.shutdown(wait=True)
        for connection in self._connections:
            connection.close()
        self._let_go()
