"""The durable writer, in a process of its own: a crawl goes on while records are deflated and synced.

    submit ─▶ pipe ─▶ writer_child: append, sync, acknowledge together ─▶ pipe ─▶ thread ─▶ Future

    parent ─ Entry, …, None ──────────▶ child    None: seal the file, this was the last
    parent ◀─ Acknowledgement, … ────── child    one per sync, as many results as entries, in their order

Most of what archiving costs is deflating. In threads of the crawling process it slows the crawl no less; a
process of its own leaves the crawl its core. It is started anew, never forked from a process with threads.
"""

from __future__ import annotations

import collections
import contextlib
import pickle
import threading
from concurrent.futures import Future
from pathlib import Path
from typing import NamedTuple

from archive.clock import Clock, instant
from archive.sandbox.child_process import ChildProcess, describe_exit
from archive.warc.entries import ArchiveError, Entry, Written
from archive.warc.writer import ROLL_BYTES

PIPE_BYTES = 1 << 20


class Acknowledgement(NamedTuple):
    """What became of the oldest entries that were waiting.

    Attributes:
        results: one per entry, in order of submission.
        failure: why the writer takes nothing more; None while it goes on.
    """

    results: tuple[Written | ArchiveError, ...]
    failure: ArchiveError | None = None


class WriterProcess:
    """Writes entries durably, in order, and says so.

    Args:
        folder: where the files stand; it must exist and be repaired.
        clock: dates the files; the child's clock runs on from what it shows now.
        roll_bytes: a file that has reached this size is sealed and the next begun.
        crawl_db: the frontier that acknowledges what became durable, before anybody is told.
        shard: whose files they are, as `I/N`; None where nobody shares the work.
    """

    def __init__(
        self,
        folder: Path,
        *,
        clock: Clock,
        crawl_db: Path,
        roll_bytes: int = ROLL_BYTES,
        shard: str | None = None,
    ) -> None:
        self._folder = folder
        self._waiting: collections.deque[Future[Written]] = collections.deque()
        self._failure: ArchiveError | None = None
        self._untold: ArchiveError | None = None
        self._closed = False
        self._sending = threading.Lock()
        told = (str(folder), instant(clock()), str(roll_bytes), str(crawl_db), shard or "")
        self._child = ChildProcess("archive.frontier.writer_child", *told, pipe_bytes=PIPE_BYTES)
        self._listener = threading.Thread(target=self._listen, name="archive", daemon=True)
        self._listener.start()

    def submit(self, entry: Entry) -> Future[Written]:
        """Hand an entry over; blocks while more than 64 MB wait to be written.

        Returns:
            A future that is resolved once the entry is durable and acknowledged, in a thread of its own. Its
            error is an `UnwritableEntry` when only this entry is at fault, or an `ArchiveFull` or other
            `ArchiveError` after which the archive takes nothing more. It cannot be cancelled.
        """
        pickled = pickle.dumps(entry)
        future: Future[Written] = Future()
        future.set_running_or_notify_cancel()
        # Entries stand in `_waiting` in the order in which they are sent: acknowledgements name none.
        with self._sending:
            if self._closed:
                future.set_exception(ArchiveError("the archive is closed", where=str(self._folder)))
                return future
            # First in line, then looked at, then sent: however the child ends, somebody resolves the future.
            self._waiting.append(future)
            if self._failure is None:
                self._send(pickled)
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
            self._send(pickle.dumps(None))
            # The end of the pipe after None: a child that reads on would wait for ever.
            self._child.to_child.close()
        self._listener.join()
        self._child.close()
        if self._untold is not None:
            raise self._untold

    def _send(self, pickled: bytes) -> None:
        # A child that is gone is noticed by the listener, which knows why and fails all that waits.
        with contextlib.suppress(BrokenPipeError):
            self._child.to_child.send_bytes(pickled)

    def _listen(self) -> None:
        try:
            while True:
                acknowledged: Acknowledgement = self._child.receive()
                for result in acknowledged.results:
                    future = self._waiting.popleft()
                    if isinstance(result, Written):
                        future.set_result(result)
                    else:
                        future.set_exception(result)
                if acknowledged.failure is not None:
                    self._give_up(acknowledged.failure)
        except EOFError:
            pass
        finally:
            code = self._child.wait()
            if self._failure is None and (code or self._waiting or not self._closed):
                failure = ArchiveError(
                    f"the writer process ended {describe_exit(code)}",
                    where=str(self._folder),
                    hint="What was acknowledged is safe; the next run repairs the file that is open",
                )
                self._give_up(failure)

    def _give_up(self, failure: ArchiveError) -> None:
        self._failure = failure
        told = False
        # Two threads may come here at once; each future is popped, and so resolved, by one of them.
        with contextlib.suppress(IndexError):
            while True:
                self._waiting.popleft().set_exception(failure)
                told = True
        self._untold = None if told else failure
