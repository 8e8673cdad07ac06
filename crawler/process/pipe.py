"""Values on their way between the program and its crawling process."""

from __future__ import annotations

import copyreg
import pickle
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Mapping


def send(value: object, stream: BinaryIO) -> None:
    """Send a value, whole; a read-only mapping arrives as a plain one, because none can be pickled."""
    pickler = pickle.Pickler(stream)
    pickler.dispatch_table = copyreg.dispatch_table | {MappingProxyType: _plain}
    pickler.dump(value)
    stream.flush()


def receive(stream: BinaryIO) -> Any:
    """Wait for the next value.

    Raises:
        EOFError: none came any more.
        pickle.UnpicklingError: it ends in the middle.
    """
    return pickle.load(stream)  # noqa: S301 - between a process and its own child


def _plain(view: Mapping[Any, Any]) -> tuple[type[dict[Any, Any]], tuple[dict[Any, Any]]]:
    return dict, (dict(view),)
