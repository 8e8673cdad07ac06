"""Children kept warm: a process that has imported what a program needs forks it, instead of starting it anew.

    test ─ arguments, environment, three streams ─▶ server of that program ─ fork ─▶ the program itself
         ◀─ process id, and later how it ended ──┘

A program takes half a second to two seconds to import what it needs, and a night starts five. There is a
server for each program of ours, with the modules that it would import anyway, so that limits of memory mean
the same. In files marked `cold` each child is started anew, for how it starts or is limited is what they
test; the wheel's night in `.ci/run` is started anew too.
"""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from gongkai.serving import ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archive.snapshot.table_files import SnapshotThresholds

ROOT = Path(__file__).resolve().parent.parent
_INTERPRETER = sys.executable

SITE = "gongkai.web"
ANY = "runpy"
"""Runs any module, as `python -m runpy MODULE` does; in another tree than ours, with its code."""

CHILDREN = ("archive.sandbox.worker", "archive.frontier.writer_child", "crawler.run.child", "gongkai")
"""What a program of ours starts, or a test most of all: their servers are there for whoever asks."""

PROGRAMS = {
    ANY: (
        "crawler.run.child",
        "archive.frontier.writer_child",
        "archive.reading.capture",
        "crawler.middlewares.archiving",
        "crawler.middlewares.outgoing",
        "crawler.run.addon",
        "crawler.spiders.portal",
        "crawler.spiders.survey",
        "gongkai.cli.deriving",
        "gongkai.cli.nights",
        "gongkai.cli.publishing",
        "scrapy.cmdline",
        "scrapy.shell",
    ),
    "archive.sandbox.worker": ("archive.reading.capture",),
    "archive.frontier.writer_child": (),
    "crawler.run.child": (
        "crawler.middlewares.archiving",
        "crawler.middlewares.outgoing",
        "crawler.policy.egress",
        "crawler.spiders.portal",
        "crawler.spiders.survey",
    ),
    "gongkai": (
        "adbc_driver_sqlite.dbapi",
        "gongkai.cli.deriving",
        "gongkai.cli.nights",
        "gongkai.cli.inspecting",
        "gongkai.cli.publishing",
        "numpy.ma",
        "pyarrow.compute",
        "pyarrow.csv",
        "pyarrow.parquet",
        "sqlite_utils",
        "xlsxwriter.workbook",
    ),
    SITE: (
        "gongkai.web.exports.export_route",
        "gongkai.web.pages.evidence_pages",
        "gongkai.web.pages.page_queries",
        "gongkai.web.rendering.cells",
        "gongkai.web.server.asgi",
        "gongkai.web.server.gate",
        "datasette.app",
        "uvicorn.protocols.http.h11_impl",
    ),
}
"""The programs, and what each imports before it is asked anything, beyond its own module."""

_SHARED = "GONGKAI_WARM_SERVERS"
"""Names the folder of servers that the process started that hands tests out to workers."""

RUN_FOLDER = "GONGKAI_TESTS_FOLDER"
"""Names the temporary folder of the run, whatever a test has in its place: paths of sockets must be short."""

EACH_BODY = "GONGKAI_TESTS_EACH_BODY"
"""Set where programs that are forked are to know few of the bodies that ship: each so manyth of a table."""

_WITHOUT_THREADS = {"OPENBLAS_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}
"""Has libraries begin no thread, which would not come along into what is forked."""


def without_workbooks() -> SnapshotThresholds:
    """Return what has snapshots hold no workbook: forty of them take half of the time of a night with news.

    What they hold, and which tables have one, is looked at in files marked `workbooks`.
    """
    from archive.snapshot.table_files import SNAPSHOTS  # noqa: PLC0415  other programs do without

    return replace(SNAPSHOTS, workbook_cells=-1)


class WarmProcess:
    """A program of ours, forked by its server; what `subprocess.Popen` is for one started anew.

    Attributes:
        pid: its process id.
        returncode: its exit code, negative for a signal; None while it runs.
    """

    def __init__(
        self,
        server: Path,
        arguments: Sequence[str],
        *,
        env: Mapping[str, str],
        streams: Sequence[int],
        start_new_session: bool = False,
        limits: Mapping[int, int] | None = None,
        folder: Path | None = None,
    ) -> None:
        # As one started anew inherits it.
        limited = {resource.RLIMIT_FSIZE: resource.getrlimit(resource.RLIMIT_FSIZE)}
        limited |= {kind: (most, most) for kind, most in (limits or {}).items()}
        with socket.socket(socket.AF_UNIX) as connected:
            connected.connect(str(server))
            socket.send_fds(connected, [b"-"], streams)
            self._server = Connection(connected.detach())
        self._server.send((list(arguments), dict(env), str(folder or Path.cwd()), start_new_session, limited))
        self.pid: int = self._server.recv()
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        return self.wait() if self.returncode is not None or self._server.poll() else None

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended; return its exit code.

        Raises:
            TimeoutError: it has not, after so many seconds.
        """
        if self.returncode is None:
            if not self._server.poll(timeout):
                raise TimeoutError(f"process {self.pid} has not ended")
            with self._server:
                try:
                    self.returncode = int(self._server.recv())
                except EOFError:  # its server ended with the tests: nobody can tell how it ends
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(self.pid, signal.SIGKILL)
                    self.returncode = -signal.SIGKILL
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal; one that has ended gets none."""
        if self.poll() is None:
            # Its server may have seen its end, and not said so yet.
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


class WarmStart:
    """Stands where a module of ours says `subprocess`: starts warm what has a server.

    Args:
        servers: which there are.
        is_elsewhere: whether what it starts has the code of another tree than ours.
    """

    def __init__(self, servers: Servers | WarmServers, *, is_elsewhere: bool = False) -> None:
        self._servers = servers
        self._is_elsewhere = is_elsewhere

    def Popen(  # noqa: N802  its name there
        self,
        command: Sequence[str],
        *,
        stdin: int,
        stdout: int,
        env: Mapping[str, str],
        start_new_session: bool,
    ) -> WarmProcess | subprocess.Popen[bytes]:
        """Start `python -P -m PROGRAM ARGUMENTS`."""
        interpreter, _, _, program, *arguments = command
        if self._is_elsewhere:
            program, arguments = ANY, [program, *arguments]
        if interpreter != _INTERPRETER or program not in PROGRAMS:
            return subprocess.Popen(
                command, stdin=stdin, stdout=stdout, env=env, start_new_session=start_new_session
            )
        return WarmProcess(
            self._servers.folder / program,
            arguments,
            env=env,
            streams=(stdin, stdout, 2),
            start_new_session=start_new_session,
        )


@dataclass(frozen=True)
class Servers:
    """Servers that somebody else has started.

    Attributes:
        folder: of their sockets, each named after its program.
    """

    folder: Path


class WarmServers:
    """The servers of a test process, started once something is asked of them, or shared by its workers.

    Args:
        env: what they and what they fork have in their environment beside ours.
    """

    def __init__(self, env: Mapping[str, str] | None = None) -> None:
        self._env = dict(env or {})
        self._folder: Path | None = None
        self._servers: dict[str, subprocess.Popen[bytes]] = {}

    def share(self) -> None:
        """Start all servers, and have the processes that this one starts from now on ask them."""
        self._folder = self._make_folder()
        for program in PROGRAMS:
            self._start(self._folder, program)
        os.environ[_SHARED] = str(self._folder)

    def close(self) -> None:
        """End all servers that were started here."""
        for server in self._servers.values():
            server.communicate()  # they end with their standard input
        if self._servers and self._folder is not None:
            shutil.rmtree(self._folder)

    @property
    def folder(self) -> Path:
        """The folder of their sockets, with those of all programs that others start."""
        if self._folder is None:
            shared = None if self._env else os.environ.get(_SHARED)
            self._folder = Path(shared) if shared else self._make_folder()
            if not shared:
                for program in CHILDREN:
                    self._start(self._folder, program)
            for program in CHILDREN:
                _wait_for_server(self._folder / program)
        return self._folder

    def socket_of(self, program: str) -> Path:
        """The socket of a program's server."""
        path = self.folder / program
        if not _process_id_file(path).exists():
            self._start(self.folder, program)
        return _wait_for_server(path)

    def pid_of(self, program: str) -> int:
        """The process id of a program's server, whose children are those that run."""
        return int(_process_id_file(self.socket_of(program)).read_text("ascii"))

    def _make_folder(self) -> Path:
        return Path(tempfile.mkdtemp(prefix="gongkai-warm-", dir=os.environ.get(RUN_FOLDER)))

    def _start(self, folder: Path, program: str) -> None:
        env = {**self._env, **(ENVIRONMENT if program == SITE else {})}
        self._servers[program] = _start_server(folder, program, PROGRAMS[program], env)
        _process_id_file(folder / program).write_text(str(self._servers[program].pid), "ascii")


def _process_id_file(server: Path) -> Path:
    return server.with_name(f"{server.name}.pid")


def _wait_for_server(server: Path) -> Path:
    """Return the socket of a server once it listens."""
    process = Path("/proc", _process_id_file(server).read_text("ascii"))
    while not server.exists():
        assert (process / "exe").exists(), f"{server.name} could not be imported"
        time.sleep(0.01)
    return server


SERVERS = WarmServers()
"""Of this test process."""


def run_gongkai(
    *arguments: str, env: Mapping[str, str], file_bytes: int | None = None, terminal: int | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end, as `subprocess.run` does; return its exit code and what it printed.

    Args:
        arguments: its command line.
        env: its environment.
        file_bytes: the largest file that it and its children may write; None for any.
        terminal: where somebody answers what it asks, and it prints; None where nobody does.
    """
    limits = {} if file_bytes is None else {resource.RLIMIT_FSIZE: file_bytes}
    return _run_to_end("gongkai", arguments, env=env, terminal=terminal, limits=limits)


def run_module(folder: Path, *command: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run `python -m` in a folder to its end, with libraries that are there already.

    Args:
        folder: where it runs: our tree, or another, whose own code it has then.
        command: the module and its arguments.
        env: its environment; what `PYTHONPATH` names comes after the folder.
    """
    return _run_to_end(ANY, command, env=env, folder=folder)


def _run_to_end(
    program: str,
    arguments: Sequence[str],
    *,
    env: Mapping[str, str],
    terminal: int | None = None,
    **more: Any,
) -> subprocess.CompletedProcess[str]:
    command = [_INTERPRETER, "-m", program, *arguments]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        there = (subprocess.DEVNULL, out.fileno()) if terminal is None else (terminal, terminal)
        code = start_program(command, env=env, streams=(*there, err.fileno()), **more).wait()
        texts = [(file.seek(0), file.read().decode())[1] for file in (out, err)]
    return subprocess.CompletedProcess(list(arguments), code, *texts)


def start_program(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    streams: tuple[int, int, int] = (subprocess.DEVNULL, subprocess.DEVNULL, subprocess.DEVNULL),
    limits: Mapping[int, int] = MappingProxyType({}),
    folder: Path | None = None,
    start_new_session: bool = False,
) -> WarmProcess | subprocess.Popen[bytes]:
    """Start `python -m PROGRAM ARGUMENTS`, warm where it has a server.

    Args:
        command: the interpreter, what it shall run, and the arguments of that.
        env: its environment.
        streams: what it reads, what it prints to, and where its errors go.
        limits: what it may have at most, by a number of `resource`.
        folder: where it runs; None for where we do.
        start_new_session: whether signals can be sent to it with its children, and not with us.
    """
    program, arguments = command[2], command[3:]
    if sys.platform != "linux" or program not in PROGRAMS:
        limit = [f"ulimit -{_ULIMIT[kind][0]} {most // _ULIMIT[kind][1]}; " for kind, most in limits.items()]
        return subprocess.Popen(
            ["/bin/sh", "-c", f'{"".join(limit)}exec "$@"', "sh", *command],
            stdin=streams[0],
            stdout=streams[1],
            stderr=streams[2],
            env=env,
            cwd=folder,
            start_new_session=start_new_session,
        )
    with Path(os.devnull).open("r+") as nothing:
        given = [nothing.fileno() if stream == subprocess.DEVNULL else stream for stream in streams]
        server = SERVERS.socket_of(program)
        return WarmProcess(
            server,
            arguments,
            env=env,
            streams=given,
            start_new_session=start_new_session,
            limits=limits,
            folder=folder,
        )


_ULIMIT = {resource.RLIMIT_FSIZE: ("f", 512), resource.RLIMIT_AS: ("v", 1024)}
"""What the shell calls a limit, and in how many bytes it counts it."""


def _start_server(
    folder: Path, program: str, modules: Sequence[str], env: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "tests.warm_server", str(folder), program, *modules],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env={**os.environ, **env, "PYTHONPATH": str(ROOT), **_WITHOUT_THREADS},
        start_new_session=True,
    )
