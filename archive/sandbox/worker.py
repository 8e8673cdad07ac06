"""What a limited child runs: it takes a function and its limits, confines itself, and answers requests.

    parent ─ function, folder, limits ─▶ confined ─ ready ─▶ request ─▶ answer ─▶ cleaned up ─ ready ─▶ …

It ends when it has answered as many requests as it may, when one of them left it swollen, or with its parent.
"""

from __future__ import annotations

import os
import pickle
import sys
from typing import TYPE_CHECKING

from archive.sandbox.child_process import connect_to_parent, receive_bytes
from archive.sandbox.confinement import OUT_OF_MEMORY, Meter, confine_process

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

READY = b""


def answer_requests(requests: Connection, answers: Connection) -> None:
    """Answer the parent until enough is answered.

    Raises:
        EOFError: the parent is gone.
        MemoryError: a request took more than the limit.
    """
    # Loading the function imports what it needs, before the limits hold and before any clock runs.
    function, folder, limits = pickle.loads(receive_bytes(requests))  # noqa: S301  from our own parent
    confine_process(folder, limits)
    meter = Meter(limits)
    for _ in range(limits.documents):
        answers.send_bytes(READY)
        arguments = pickle.loads(receive_bytes(requests))  # noqa: S301  from our own parent
        with meter.measure():
            answer = function(meter, *arguments)
        answers.send_bytes(answer)
        if meter.is_worn:
            return


def main() -> int:
    """Serve the parent at the other end of standard input and output; return the exit code."""
    try:
        answer_requests(*connect_to_parent())
    except (EOFError, BrokenPipeError):
        return 0
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


if __name__ == "__main__":
    # What a parser keeps in threads or hooks must not keep the process from ending.
    code = main()
    sys.stderr.flush()
    os._exit(code)
