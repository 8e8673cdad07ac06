"""The durable writer, in a process of its own: a crawl goes on while records are deflated and synced.

    submit ─▶ pipe ─▶ archive.warc.child: append, sync, acknowledge together ─▶ pipe ─▶ thread ─▶ Future

Most of what archiving costs is deflating. In threads of the crawling process it slows the crawl no less; a
process of its own leaves the crawl its core. It is started anew, never forked from a process with threads.
"""

from __future__ import annotations

import collections
import contextlib
import os
import pickle
import subprocess
import sys
import threading
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from archive.clock import instant
from archive.warc.frames import EndOfStream, Outcome, pack, read_frame
from archive.warc.model import ArchiveError, Entry, Written
from archive.warc.writer import ROLL_BYTES

if TYPE_CHECKING:
    from types import TracebackType

    from archive.clock import Clock

PIPE_BYTES = 1 << 20

_SOURCE_ROOT = Path(__file__).resolve().parents[2]


class WriterProcess:
    """Writes entries durably, in order, and says so.

    Args:
        folder: where the files stand; it must exist and be repaired.
        clock: dates the files; the child's clock runs on from what it shows now.
        roll_bytes: a file that has reached this size is sealed and the next begun.
        crawl_db: the frontier that acknowledges what became durable, before anybody is told; None for none.
    """

    def __init__(
        self, folder: Path, *, clock: Clock, roll_bytes: int = ROLL_BYTES, crawl_db: Path | None = None
    ) -> None:
        self._folder = folder
        self._waiting: collections.deque[Future[Written]] = collections.deque()
        self._failure: ArchiveError | None = None
        self._untold: ArchiveError | None = None
        self._closed = False
        self._sending = threading.Lock()
        self._child = _start(folder, clock, roll_bytes, crawl_db)
        self._to_child = cast("BinaryIO", self._child.stdin)
        self._from_child = cast("BinaryIO", self._child.stdout)
        self._listener = threading.Thread(target=self._listen, name="archive", daemon=True)
        self._listener.start()

    def __enter__(self) -> WriterProcess:
        """Return the writer itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Write what waits, seal, and end the process."""
        self.close()

    @property
    def pid(self) -> int:
        """The writer's process id."""
        return self._child.pid

    def submit(self, entry: Entry) -> Future[Written]:
        """Hand an entry over; blocks while more than 64 MB wait to be written.

        Returns:
            A future that is resolved once the entry is durable and acknowledged, in a thread of its own. Its
            error is an `UnwritableEntry` when only this entry is at fault, or an `ArchiveFull` or other
            `ArchiveError` after which the archive takes nothing more. It cannot be cancelled.
        """
        frame = pack(entry)
        future: Future[Written] = Future()
        future.set_running_or_notify_cancel()
        with self._sending:
            if self._closed:
                future.set_exception(ArchiveError("the archive is closed", where=str(self._folder)))
                return future
            # First in line, then looked at, then sent: however the child ends, somebody resolves the future.
            self._waiting.append(future)
            if self._failure is None:
                self._send(frame)
            else:
                self._give_up(self._failure)
        return future

    def close(self) -> None:
        """Write what waits, seal the file, and end the process. Closing twice does nothing.

        Raises:
            ArchiveError: the file could not be sealed, or the process ended before; not raised where a
                future has told already.
        """
        with self._sending:
            if self._closed:
                return
            self._closed = True
            self._send(pack(None))
            with contextlib.suppress(BrokenPipeError):
                self._to_child.close()
        self._listener.join()
        self._from_child.close()
        if self._untold is not None:
            raise self._untold

    def _send(self, frame: bytes) -> None:
        # A child that is gone is noticed by the listener, which knows why and fails all that waits.
        with contextlib.suppress(BrokenPipeError):
            self._to_child.write(frame)
            self._to_child.flush()

    def _listen(self) -> None:
        try:
            while True:
                outcome: Outcome = pickle.loads(read_frame(self._from_child))  # noqa: S301 - a pipe of our own
                for result in outcome.results:
                    _resolve(self._waiting.popleft(), result)
                if outcome.failure is not None:
                    self._give_up(outcome.failure)
        except EndOfStream:
            pass
        finally:
            code = self._child.wait()
            if self._failure is None and (code or self._waiting or not self._closed):
                self._give_up(_ended(code, self._folder))

    def _give_up(self, failure: ArchiveError) -> None:
        self._failure = failure
        told = False
        # Two threads may come here at once; each future is popped, and so resolved, by one of them.
        with contextlib.suppress(IndexError):
            while True:
                self._waiting.popleft().set_exception(failure)
                told = True
        self._untold = None if told else failure


def _start(folder: Path, clock: Clock, roll_bytes: int, crawl_db: Path | None) -> subprocess.Popen[bytes]:
    path = os.environ.get("PYTHONPATH")
    search = os.pathsep.join([str(_SOURCE_ROOT), path] if path else [str(_SOURCE_ROOT)])
    told = [str(folder), instant(clock()), str(roll_bytes), *([str(crawl_db)] if crawl_db else [])]
    return subprocess.Popen(  # noqa: S603 - our own interpreter, our own module
        # -P: a file of the working directory must not pass for a module of the program.
        [sys.executable, "-P", "-m", "archive.warc.child", *told],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": search},
        pipesize=PIPE_BYTES,
        process_group=0,  # Ctrl-C is for the crawl, which then closes the archive
    )


def _resolve(future: Future[Written], result: Written | ArchiveError) -> None:
    if isinstance(result, Written):
        future.set_result(result)
    else:
        future.set_exception(result)


def _ended(code: int, folder: Path) -> ArchiveError:
    how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
    return ArchiveError(
        f"the writer process ended {how}",
        where=str(folder),
        hint="What was acknowledged is safe; the next run repairs the file that is open",
    )
