"""What SIGINT and SIGTERM do while a verb writes, or a night tells: each ends in good order.

A mask holds signals from one thread alone: those that libraries keep would take them. Where the block does
not run in the main thread, which alone may say what signals do, they do what they did.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any


@contextlib.contextmanager
def _handling(numbers: tuple[int, ...], handler: Callable[[int, Any], Any]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, handled in before.items():
            signal.signal(number, handled)


def ended_by_sigterm() -> contextlib.AbstractContextManager[None]:
    """End what is done in the block at SIGTERM as at an interrupt."""
    return _handling((signal.SIGTERM,), signal.default_int_handler)


@contextlib.contextmanager
def holding_signals() -> Iterator[None]:
    """Let an interrupt wait until the block has ended: who is asked to end tells what was done first."""
    held: list[int] = []
    with _handling((signal.SIGINT, signal.SIGTERM), lambda number, _: held.append(number)):
        yield
    if held:
        raise KeyboardInterrupt
