"""What a child gives up before it sees the first byte of a request.

    limits of the kernel, no network, a temporary folder of its own, nothing on the terminal

What the kernel of another system does not offer (Linux has it all) is left out: the limits of `resource` and
the parent's clock hold everywhere.
"""

from __future__ import annotations

import ctypes
import os
import re
import resource
import shutil
import signal
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.sandbox.pool import Limits

OUT_OF_MEMORY = 86
"""The exit code of a child whose request took more memory than it may."""

# The share of its memory from which a fault of a parser is taken for a want of memory.
_SHARE = 0.85

_WANT_OF_MEMORY = re.compile(
    r"bad.?alloc|(?:cannot|failed to|fail to|unable to) alloc|allocation failed|ENOMEM", re.I
)

# As Linux numbers them: linux/sched.h, linux/prctl.h.
_CLONE_NEWUSER, _CLONE_NEWNET = 0x1000_0000, 0x4000_0000
# prctl(2), for which Python has no names.
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


def confine_process(folder: Path, limits: Limits) -> None:
    """Close this process in, for as long as it lives.

    Args:
        folder: holds the temporary folders of all children; this one's is named after its process id.
        limits: what one document may cost here.
    """
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # dies at once, be it in the middle of a parser
    _end_with_parent()
    _leave_network()
    _limit_process(limits)
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder / str(os.getpid()))
    _empty_folder()  # of a child that had this number and ended long ago
    silence = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(silence, stream)


def _limit_process(limits: Limits) -> None:
    """Limit this process; a limit that is lower already, by whoever started us, stays."""
    for what, limit in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_CORE, 0),
    ):
        # Soft and hard at once: a parser could raise a soft limit again.
        _, hard = resource.getrlimit(what)
        lowest = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(what, (lowest, lowest))


def _end_with_parent() -> None:
    """Be killed when the parent dies, adopt what our own children leave, go first where memory is short."""
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")


def _leave_network() -> None:
    """Give up the network, loopback included, where the kernel lets us: containers often do not.

    Root gives up the network alone: in a user namespace of its own it would lose the right to read the files
    of others, and with it the archive.
    """
    with suppress(OSError, AttributeError):
        if os.getuid() == 0:
            ctypes.CDLL(None).unshare(_CLONE_NEWNET)
        elif can_enter_namespace():
            _enter_namespace()


def can_enter_namespace() -> bool:
    """Whether a process can give up the network here, as a user does.

    Tried in one that ends at once: who has no name in its namespace can make no file any more.
    """
    process = os.fork()
    if process == 0:
        with suppress(OSError, AttributeError):
            _enter_namespace()
            os._exit(0)
        os._exit(1)
    return os.waitpid(process, 0)[1] == 0


def _enter_namespace() -> None:
    """Enter a user namespace without a network, being in it who we are.

    Raises:
        OSError: the system does not let us.
        AttributeError: it knows none.
    """
    user, group = os.getuid(), os.getgid()
    if ctypes.CDLL(None).unshare(_CLONE_NEWUSER | _CLONE_NEWNET) != 0:
        raise OSError
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")


class Meter:
    """Measures one request after the other in this process, and cleans up after each.

    Attributes:
        limits: what a request may cost.
        is_worn: whether a request has left this process too large for another.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.is_worn = False
        self._beside = 0

    @contextmanager
    def measure(self) -> Iterator[None]:
        """Measure what is done inside."""
        with suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # begins the peak anew
        # The limit is of address space, the kernel's peak (VmHWM) of resident memory: what was mapped and not
        # touched when the request began is added.
        self._beside = _read_memory("VmSize") - _read_memory("VmRSS")
        _limit_processor(self.limits.cpu_seconds)
        try:
            yield
        finally:
            _limit_processor(None)
            _end_children()
            _empty_folder()
            self._wear()

    @property
    def is_near_limit(self) -> bool:
        """Whether the request came so near the limit of memory that a fault may be for want of it."""
        return self._beside + _read_memory("VmHWM") > _SHARE * self.limits.memory_bytes

    def _wear(self) -> None:
        # glibc keeps what was freed; once that is given back, the child may be small enough to go on.
        if _read_memory("VmSize") > self.limits.memory_bytes // 2:
            with suppress(OSError, AttributeError):
                ctypes.CDLL(None).malloc_trim(0)
            self.is_worn = _read_memory("VmSize") > self.limits.memory_bytes // 2


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a fault, or one that it came from, is for want of memory, whatever it is called."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, MemoryError) or _WANT_OF_MEMORY.search(str(seen)):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def _read_memory(field: str) -> int:
    """Return a figure of this process in bytes, as the kernel names it; 0 where it tells none."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    found = re.search(rf"^{field}:\s*(\d+) kB", status, re.M)
    return int(found[1]) * 1024 if found else 0


def _limit_processor(seconds: int | None) -> None:
    """Let this process run so many more seconds of processor time; None for as long as it may."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = hard
    if seconds is not None:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        # The limit counts from the start of the process, and in whole seconds.
        soft = int(usage.ru_utime + usage.ru_stime) + 1 + seconds
        soft = soft if hard == resource.RLIM_INFINITY else min(soft, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _end_children() -> None:
    """Kill what a reader started and left running, with what that started: orphans come to this process."""
    with suppress(OSError):
        # Again and again: the children of one that was killed come to this process.
        while children := _read_children():
            for child in children:
                with suppress(OSError):
                    os.kill(int(child), signal.SIGKILL)
                    os.waitpid(int(child), 0)


def _read_children() -> list[str]:
    """Read the ids of all children: each thread has those that it started, as a parser's own may."""
    found = []
    for path in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):  # the thread ended meanwhile; its children went to another
            found += path.read_text(encoding="ascii").split()
    return found


def _empty_folder() -> None:
    """Make the temporary folder of this process anew."""
    own = Path(tempfile.gettempdir())
    if own.name == str(os.getpid()):
        shutil.rmtree(own, ignore_errors=True)
        own.mkdir(mode=0o700, parents=True, exist_ok=True)
