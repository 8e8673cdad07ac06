"""Limited children that run one function: fed a request at a time, stopped by the clock, replaced.

    submit ─▶ queue of a kind ─▶ child that is ready ─ answer ─▶ Future
                                     │ and again: ready
                                     └ out of time, or ended ─▶ ChildEnded; what it left is removed

One thread starts, feeds and buries all children, so that they go on while the caller stores what came.
Children of a kind are started when something waits for them.
"""

from __future__ import annotations

import math
import os
import pickle
import shutil
import signal
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing import connection
from pathlib import Path
from typing import Any, NamedTuple, Self

from msgspec import Struct, field

from archive.data_folder import is_running
from archive.sandbox.child_process import ChildProcess, describe_exit, receive_bytes
from pipelines.structs import FrozenStruct

# How long a child may take to be ready, at the start and between two requests.
_PATIENCE_S = 60.0

# So many children of a kind in a row that end before they begin mean that none can; one may be killed.
_MOST_FAILED_STARTS = 3


class Limits(FrozenStruct):
    """What one request may cost.

    Attributes:
        seconds: wall clock before the child is killed.
        page_seconds: what each page that is to be recognised adds to that.
        most_seconds: the longest, whatever the number of pages.
        memory_bytes: address space of the child (RLIMIT_AS).
        cpu_seconds: processor time of the request over all threads; a net below the wall clock.
        documents: how many requests a child answers before it is replaced.
        file_bytes: the largest file that the child may write (RLIMIT_FSIZE).
        open_files: how many files the child may hold open (RLIMIT_NOFILE).
        characters: the longest text that is an answer.
        parts: the most passages, facts and checks that are an answer.
        answer_bytes: the largest answer that is sent to the parent.
    """

    seconds: float = 20.0
    page_seconds: float = 0.0
    most_seconds: float = 900.0
    memory_bytes: int = 2 << 30
    cpu_seconds: int = 60
    documents: int = 500
    file_bytes: int = 200_000_000
    open_files: int = 256
    characters: int = 20_000_000
    parts: int = 1_000_000
    answer_bytes: int = 128 << 20

    def seconds_for(self, pages: int) -> float:
        """Return the wall clock for a file with so many pages to be recognised."""
        return max(self.seconds, min(self.seconds + self.page_seconds * pages, self.most_seconds))


class ChildEnded(Exception):
    """A child ended before it answered.

    Attributes:
        code: its exit code, negative for a signal; None where it was stopped because its time was over.
    """

    def __init__(self, code: int | None) -> None:
        super().__init__(code)
        self.code = code


class SandboxBroken(Exception):
    """Children do not start, or end before they are asked anything."""


class _Request(NamedTuple):
    arguments: tuple[Any, ...]
    seconds: float
    answer: Future[Any]


class _Child(Struct, eq=False):
    """A child; it is not ready before it says so, and has a request or none."""

    process: ChildProcess
    deadline: float
    is_ready: bool = False
    has_begun: bool = False
    request: _Request | None = None


class _Kind(Struct):
    """The children with one set of limits, and what waits for them."""

    limits: Limits
    workers: int
    queue: deque[_Request] = field(default_factory=deque)
    children: list[_Child] = []
    failed_starts: int = 0

    @property
    def lacks_children(self) -> bool:
        """Whether more wait than will soon be taken, and there may be another child."""
        free = sum(child.request is None for child in self.children)
        return len(self.queue) > free and len(self.children) < self.workers


class Sandbox:
    """Runs a function in limited children; used as a context, after which nothing of them is left.

    Args:
        function: importable by name; given the child's `Meter` and what is asked, it returns its answer,
            pickled.
        kinds: of each kind of request, the limits and how many children there may be.
    """

    def __init__(self, function: Callable[..., bytes], kinds: Mapping[Any, tuple[Limits, int]]) -> None:
        self._function = function
        self._kinds = {kind: _Kind(limits, workers) for kind, (limits, workers) in kinds.items()}
        self._asked: deque[tuple[Hashable, _Request]] = deque()
        self._is_ending = False
        self._woken, self._waker = connection.Pipe(duplex=False)
        self._waking = threading.Lock()
        self._thread = threading.Thread(target=self._serve, name="sandbox", daemon=True)
        self._folder: Path
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Make the folder of the children."""
        self._folder = self._stack.enter_context(hold_children_folder())
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Kill all children and remove what they left."""
        with self._stack, self._woken, self._waker:
            self._is_ending = True
            self._wake()
            self._thread.join()

    def submit(self, kind: Hashable, *arguments: Any, pages: int = 0) -> Future[Any]:
        """Ask a child of a kind.

        Args:
            kind: of the request.
            arguments: can be pickled.
            pages: how many pages may have to be recognised.

        Returns:
            What the function pickled, once it is there; it can be cancelled until a child has it. Its error
            is a `ChildEnded`, or a `SandboxBroken`, after which there is no answer to anything.
        """
        request = _Request(arguments, self._kinds[kind].limits.seconds_for(pages), Future())
        self._asked.append((kind, request))
        self._wake()
        return request.answer

    def _wake(self) -> None:
        with self._waking:
            self._waker.send_bytes(b"")

    # In the thread of the sandbox

    def _serve(self) -> None:
        try:
            while not self._is_ending:
                self._look_once()
        except Exception as error:  # noqa: BLE001  it ends this thread, and who waits for it would wait for ever
            broken = error if isinstance(error, SandboxBroken) else SandboxBroken(repr(error))
            broken.__cause__ = error.__cause__ if broken is error else error
            while not self._is_ending:
                self._refuse_all(broken)
                self._woken.recv_bytes()
        finally:
            self._refuse_all(SandboxBroken("it is closed"))
            for pool in self._kinds.values():
                for child in pool.children:
                    child.process.close(kill=True)

    def _refuse_all(self, error: SandboxBroken) -> None:
        """Answer whatever is asked with an error."""
        requests = [request for _, request in self._asked]
        self._asked.clear()
        for pool in self._kinds.values():
            requests += [*pool.queue, *(child.request for child in pool.children if child.request)]
            pool.queue.clear()
            for child in pool.children:
                child.request = None
        for request in requests:
            if request.answer.running() or request.answer.set_running_or_notify_cancel():
                request.answer.set_exception(error)

    def _look_once(self) -> None:
        """Feed the children, then wait until one is to be fed, has said something, is late, or has ended.

        Raises:
            SandboxBroken: no child can be started.
        """
        while self._asked:
            kind, request = self._asked.popleft()
            self._kinds[kind].queue.append(request)
        for pool in self._kinds.values():
            self._feed(pool)
        children = [(pool, child) for pool in self._kinds.values() for child in pool.children]
        nearest = min((child.deadline for _, child in children), default=math.inf)
        left = None if nearest == math.inf else max(0.0, nearest - time.monotonic())
        heard = connection.wait([self._woken, *(child.process.from_child for _, child in children)], left)
        if self._woken in heard:
            self._woken.recv_bytes()
        for pool, child in children:
            if child.process.from_child in heard:
                self._hear(pool, child)
            elif child.deadline <= time.monotonic():
                self._bury(pool, child, is_late=True)

    def _feed(self, pool: _Kind) -> None:
        """Give requests to the children that are ready, and start those that are missing."""
        for child in pool.children:
            while pool.queue and child.is_ready and child.request is None:
                request = pool.queue.popleft()
                # Who asked may have left meanwhile: nobody waits for that answer.
                if request.answer.set_running_or_notify_cancel():
                    self._give(child, request)
        while pool.lacks_children:
            pool.children.append(self._start(pool.limits))

    def _give(self, child: _Child, request: _Request) -> None:
        child.is_ready, child.request = False, request
        child.deadline = time.monotonic() + request.seconds
        # A child that is gone is noticed when it is listened to.
        with suppress(BrokenPipeError):
            child.process.send(request.arguments)

    def _start(self, limits: Limits) -> _Child:
        try:
            process = ChildProcess("archive.sandbox.worker")
        except OSError as error:
            raise SandboxBroken(f"no process can be started: {error}") from error
        child = _Child(process, time.monotonic() + _PATIENCE_S)
        with suppress(BrokenPipeError):
            process.send((self._function, self._folder, limits))
        return child

    def _hear(self, pool: _Kind, child: _Child) -> None:
        try:
            said = receive_bytes(child.process.from_child)
        except EOFError:
            self._bury(pool, child)
            return
        # Asked nothing, all that a child says is that it is ready.
        if child.request is None:
            child.is_ready = child.has_begun = True
            pool.failed_starts = 0
            child.deadline = math.inf
        else:
            child.request.answer.set_result(pickle.loads(said))  # noqa: S301  what our own child pickled
            child.request = None
            child.deadline = time.monotonic() + _PATIENCE_S

    def _bury(self, pool: _Kind, child: _Child, *, is_late: bool = False) -> None:
        """Part with a child: tell who waits for it, and remove what it left."""
        code = child.process.close(kill=is_late)
        pool.children.remove(child)
        try:
            remove_traces(self._folder)
        finally:
            if child.request is not None:
                child.request.answer.set_exception(ChildEnded(None if is_late else code))
        pool.failed_starts += not child.has_begun
        if pool.failed_starts >= _MOST_FAILED_STARTS:
            raise SandboxBroken(f"a child ended {describe_exit(code)} before it began")


# What a killed child leaves behind: temporary files, and processes that it had started.

_PREFIX = "gongkai-reading-"


@contextmanager
def hold_children_folder() -> Iterator[Path]:
    """Hold a folder in which each child has its temporary folder; it goes with everything in it.

    A folder that a killed parent left is removed too.
    """
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        parent = left.name.removeprefix(_PREFIX).partition("-")[0]
        if parent.isdecimal() and not is_running(int(parent)):
            remove_traces(left)
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=temporary_prefix()))
    try:
        yield folder
    finally:
        remove_traces(folder)
        shutil.rmtree(folder, ignore_errors=True)


def temporary_prefix() -> str:
    """Return how names begin of temporary folders that the next one removes where this process is killed."""
    return f"{_PREFIX}{os.getpid()}-"


def remove_traces(folder: Path) -> None:
    """Kill what the ended children of a folder had started, and remove their temporary folders.

    Args:
        folder: holds a folder for each child, named after its process id.
    """
    # A cleaner of /tmp may have taken the folder of a parent that was idle for weeks.
    names = [path for path in folder.iterdir() if path.name.isdecimal()] if folder.is_dir() else []
    ended = [path for path in names if not is_running(int(path.name))]
    if not ended:
        return
    for process in _find_strays({int(path.name) for path in ended}, [os.fsencode(path) for path in ended]):
        with suppress(OSError):
            os.kill(process, signal.SIGKILL)
    for path in ended:
        shutil.rmtree(path, ignore_errors=True)


def _find_strays(sessions: set[int], folders: list[bytes]) -> Iterator[int]:
    """Yield the processes of these sessions, or with one of these as their temporary folder."""
    names = {b"TMPDIR=" + folder for folder in folders}
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            # The name of a process, in brackets, may hold spaces and brackets; behind the last one the
            # session is the fourth field.
            fields = (path / "stat").read_bytes().rpartition(b")")[2].split()
            if int(fields[3]) in sessions or names & set((path / "environ").read_bytes().split(b"\x00")):
                yield int(path.name)
