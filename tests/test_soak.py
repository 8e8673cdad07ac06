"""The page of long series: a soak of one series leaves the lines of the others."""

from __future__ import annotations

import datetime as dt

from tests.soak import HEAD, describe_series, write_page

DAY = dt.date(2026, 2, 1)


def test_a_series_that_was_not_run_keeps_its_line() -> None:
    first = {
        "tests/crawler/test_kills.py::test_b[0]": ("passed", 1.4),
        "tests/crawler/test_kills.py::test_b[1]": ("failed", 0.0),
        "tests/archive/test_cuts.py::test_a": ("passed", 2.0),
    }
    page = write_page("", describe_series(first, "0123456789", DAY))
    cuts = "| archive/test cuts.py · test a | 1 | 0 | 2 | 0123456789 | 2026-02-01 |\n"
    assert page == HEAD + cuts + "| crawler/test kills.py · test b | 1 | 1 | 1 | 0123456789 | 2026-02-01 |\n"
    again = {"tests/crawler/test_kills.py::test_b[0]": ("passed", 3.0)}
    assert write_page(page, describe_series(again, "abcdef0123", DAY)) == (
        HEAD + cuts + "| crawler/test kills.py · test b | 1 | 0 | 3 | abcdef0123 | 2026-02-01 |\n"
    )
