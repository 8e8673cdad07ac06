"""The server's side of `tests.warm`: a process that imports what a program needs, and forks the program.

Run as `python -P -m tests.warm_server FOLDER PROGRAM MODULE...`, until its standard input ends.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import re
import resource
import runpy
import signal
import socket
import sys
import tempfile
import threading
from functools import cache, partial
from importlib import import_module, metadata
from importlib.abc import MetaPathFinder
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING

from archive.sandbox import child_process
from tests.warm import ANY, EACH_BODY, ROOT, SITE, Servers, WarmStart, without_workbooks

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

_TESTS_ALONE_HAVE = ("pandas", "polars")
"""Libraries that are no dependency of ours, and that pyarrow and ADBC import where they find them."""

_OURS = frozenset({"archive", "crawler", "gongkai", "pipelines", "tests"})


class _Hiding(MetaPathFinder):
    """Finds no library that only tests have."""

    def find_spec(self, name: str, *_: object) -> None:
        if name in _TESTS_ALONE_HAVE:
            raise ModuleNotFoundError(name, name=name)


def serve(folder: Path, program: str, modules: Sequence[str]) -> bool:
    """Fork a program whenever somebody asks for it, until standard input ends.

    Returns:
        Whether this is the forked process, which has all of the program but its work behind itself.
    """
    sys.meta_path.insert(0, _Hiding())
    vars(metadata)["version"] = cache(metadata.version)  # which reads a file each time
    import_module(program)
    for module in modules:
        with contextlib.suppress(ModuleNotFoundError):  # tests/test_warm.py says so
            import_module(module)
    _load_tables(program)
    gc.freeze()
    listener, read, write = socket.socket(socket.AF_UNIX), *socket.socketpair()
    write.setblocking(False)
    listener.bind(str(folder / f".{program}"))
    listener.listen(64)
    (folder / f".{program}").rename(folder / program)
    signal.set_wakeup_fd(write.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    waiting: dict[int, Connection] = {}
    while 0 not in (heard := wait([0, read, listener])):
        if read in heard:
            read.recv(1 << 16)
            _tell_of_ended(waiting)
        if listener in heard and _fork(folder, program, listener, waiting):
            signal.set_wakeup_fd(-1)
            for ours in (listener, read, write):
                ours.close()
            for connection in waiting.values():
                connection.close()
            return True
    return False


def _load_tables(program: str) -> None:
    """Have tables loaded and patterns compiled, which a process does once, before it forks."""
    page = "<title>试城市人民政府2024年政府信息公开工作年度报告</title><p>一、总体情况</p>".encode()
    # Each program imports its own alone.
    if program != SITE:
        from pipelines.duplicates.left_out import find_volatile  # noqa: PLC0415

        find_volatile("")
    if program in {"archive.sandbox.worker", "gongkai", ANY}:
        from pipelines.duplicates.protected import protected_spans  # noqa: PLC0415

        protected_spans("")
    if program == "gongkai":
        _load_command()
    if program in {"archive.sandbox.worker", ANY}:
        from pipelines.decoded import Hints  # noqa: PLC0415
        from pipelines.document import read_document  # noqa: PLC0415

        read_document(page, Hints("http://a.example/", "text/html"))
    if program in {"archive.frontier.writer_child", "archive.sandbox.worker", "crawler.run.child", ANY}:
        from pipelines.response.outcome import classify_response  # noqa: PLC0415

        declared = ((b"Content-Type", b"text/html"),)
        for body in (page, page.decode().encode("gb18030")):
            classify_response(url="http://a.example/", status=200, headers=declared, body=body)
    if program in {"crawler.run.child", ANY}:
        from scrapy.settings import default_settings  # noqa: PLC0415
        from scrapy.utils.versions import get_versions  # noqa: PLC0415
        from twisted.internet.endpoints import HostnameEndpoint  # noqa: PLC0415

        # It tells that a host refuses after the time that it leaves between several addresses; ours have one.
        HostnameEndpoint._DEFAULT_ATTEMPT_DELAY = 0.01
        get_versions()
        usual = Path(default_settings.__file__).read_text("utf-8")
        for module in re.findall(r"""scrapy(?:\.\w+)+(?=\.\w+['"])""", usual):
            import_module(module)


def _load_command() -> None:
    from archive.snapshot import table_files  # noqa: PLC0415
    from crawler.policy.hosts import load_stop_list  # noqa: PLC0415
    from crawler.registry.loading import load_registry, shipped_folder  # noqa: PLC0415
    from gongkai.nights.night_report import _templates  # noqa: PLC0415
    from tests.warm_corpus import derive_and_publish  # noqa: PLC0415

    derive_and_publish()
    for template in _templates().list_templates():
        _templates().get_template(template)
    if "LD_PRELOAD" not in os.environ:  # where calls on files fail, each file counts
        vars(table_files)["SNAPSHOTS"] = without_workbooks()
    load_registry(shipped_folder(), stop_list=load_stop_list(Path(os.devnull))).enabled()


def _tell_of_ended(waiting: dict[int, Connection]) -> None:
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            with waiting.pop(ended[0]) as connection, contextlib.suppress(OSError):
                connection.send(os.waitstatus_to_exitcode(ended[1]))


def _fork(folder: Path, program: str, listener: socket.socket, waiting: dict[int, Connection]) -> bool:
    asking, _ = listener.accept()
    _, streams, _, _ = socket.recv_fds(asking, 1, 3)
    connection = Connection(asking.detach())
    arguments, environment, current, is_session, limits = connection.recv()
    if process := os.fork():
        waiting[process] = connection
        for stream in streams:
            os.close(stream)
        return False
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    if is_session:
        os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.chdir(current)
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None
    for kind, limit in limits.items():
        resource.setrlimit(kind, limit)
    # Its children too are forked warm.
    is_elsewhere = program == ANY and Path(current) != ROOT
    starting = _move_to_tree(Path(current)) if is_elsewhere else child_process
    vars(starting)["subprocess"] = WarmStart(Servers(folder), is_elsewhere=is_elsewhere)
    if EACH_BODY in environment and "archive.corpus.issuers" in sys.modules:
        from tests.rosters import few_bodies  # noqa: PLC0415  a server that derives nothing does without

        vars(sys.modules["archive.corpus.issuers"])["shipped_tables"] = partial(
            few_bodies, int(environment[EACH_BODY])
        )
    sys.argv = [program, *arguments]
    with connection:
        connection.send(os.getpid())
    return True


def _move_to_tree(tree: Path) -> ModuleType:
    """Have our packages from another tree, as `python -m` in it does; return what starts children there."""
    ours = [name for name in sys.modules if name.partition(".")[0] in _OURS]
    for name in ours:
        del sys.modules[name]
    named = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    sys.path[:] = [str(tree), *filter(None, named), *(path for path in sys.path if path != str(ROOT))]
    return import_module("archive.sandbox.child_process")


def _run_to_end(program: str) -> None:
    """Be the program, and end as it does, but let the system take the memory: to free it takes longer.

    Raises:
        SystemExit: it said why it ended, which the interpreter prints.
    """
    code = 0
    try:
        runpy.run_module(program, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        if not isinstance(ended.code, int | None):
            raise
        code = ended.code or 0
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def main(folder: Path, program: str, *modules: str) -> None:
    """Serve, and in a forked process be the program."""
    if serve(folder, program, modules):
        if not hasattr(sys.modules[program], "__path__"):
            del sys.modules[program]  # a package has its program in another module
        _run_to_end(program)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
