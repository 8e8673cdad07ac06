"""Tables of cases on pure functions: each is one test, which runs all its rows and tells those that fail.

To set up, tear down and report a test takes longer than most rows do. Whose parameters are all values of
its table has nothing to set up for a row. Whoever names a row, in brackets or by `-k`, has its rows as tests.
"""

from __future__ import annotations

from functools import wraps
from inspect import Signature, signature
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence


@pytest.hookimpl(wrapper=True)
def pytest_pycollect_makeitem(
    collector: pytest.Module | pytest.Class, name: str, obj: Any
) -> Generator[None, Any, Any]:
    """Put the rows of a table together to one test."""
    items = yield
    if not isinstance(items, list) or len(items) < 2 or not _is_table(obj, items):
        return items
    return [pytest.Function.from_parent(collector, name=name, callobj=_run_rows(obj, items))]


def _is_table(test: Callable[..., None], items: Sequence[pytest.Function]) -> bool:
    """Tell whether a test is given values of its rows and nothing else, and no row is marked or asked for."""
    first, marks = items[0], list(items[0].iter_markers("parametrize"))
    given = {name for mark in marks for name in _names_of(mark)}
    return (
        given == signature(test).parameters.keys()
        and not hasattr(test, "hypothesis")
        and not any("indirect" in mark.kwargs for mark in marks)
        and not any(item.callspec.marks for item in items)
        and not first.get_closest_marker("series")
        and not first.config.getoption("keyword")
        and not any("[" in asked for asked in first.config.args)
    )


def _names_of(mark: pytest.Mark) -> Sequence[str]:
    names = mark.args[0]
    return [name.strip() for name in names.split(",")] if isinstance(names, str) else names


def _run_rows(test: Callable[..., None], items: Sequence[pytest.Function]) -> Callable[[], None]:
    rows = [item.callspec for item in items]

    @wraps(test)
    def run_rows() -> None:
        failed: list[BaseException] = []
        skipped: list[str] = []
        for row in rows:
            try:
                test(**row.params)
            except pytest.skip.Exception as reason:
                skipped.append(f"[{row.id}] {reason}")
            except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001  told with the others
                error.add_note(f"row [{row.id}]")
                failed.append(error)
        if failed:
            raise BaseExceptionGroup(f"{len(failed)} of {len(rows)} rows", failed)
        if skipped:
            pytest.skip(f"{len(skipped)} of {len(rows)} rows: {', '.join(skipped)}")

    vars(run_rows)["__signature__"] = Signature()
    return run_rows
