"""One document never stops a night: what hangs, crashes or eats memory is a result, and the next is read."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from archive.reading.dispatch import ReadersBroken
from archive.reading.tasks import shorten_reason
from archive.sandbox.pool import Limits
from tests.archive.evidence import page
from tests.archive.misbehaving import ABORTS, HANGS, HUNGRY, RAISES, UNSENDABLE, misbehave
from tests.archive.reading_here import read_payloads

if TYPE_CHECKING:
    from pathlib import Path


GOOD = page("试城市人民政府2024年政府信息公开工作年度报告", "一、总体情况", "全年公开信息120条。")
MANY_ATTRIBUTES = GOOD + b"<p " + b" ".join(b"a%d=1" % n for n in range(120_000)) + b">x</p>"
"""Comparing each attribute with all before it keeps the HTML parser busy, in C, for half a minute."""


def test_a_hanging_a_crashing_a_hungry_and_a_faulty_parser_are_results(tmp_path: Path) -> None:
    payloads = {
        "good-1": GOOD,
        "hangs": HANGS,
        "good-2": GOOD + b" ",
        "aborts": ABORTS,
        "good-3": GOOD + b"  ",
        "hungry": HUNGRY,
        "raises": RAISES,
        "good-4": GOOD + b"   ",
    }
    results = read_payloads(tmp_path, payloads, Limits(seconds=4, memory_bytes=2 << 30), misbehave)
    assert {name: result.read_state for name, result in results.items()} == {
        name: "read" if name.startswith("good") else "failed" for name in payloads
    }
    reasons = {name: str(result.reason).partition(":")[0] for name, result in results.items()}
    assert (reasons["hangs"], reasons["aborts"], reasons["hungry"], reasons["raises"]) == (
        "timeout",
        "crash",
        "memory",
        "error",
    )


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        pytest.param(Limits(seconds=4), "timeout", id="stopped by the clock"),
        pytest.param(
            Limits(seconds=30, cpu_seconds=2),
            "timeout: reading took too much processor",
            id="killed by the kernel",
        ),
    ],
)
def test_a_real_document_that_hangs_the_html_parser_is_stopped(
    tmp_path: Path, limits: Limits, reason: str
) -> None:
    results = read_payloads(tmp_path, {"attributes": MANY_ATTRIBUTES, "good": GOOD}, limits)
    assert results["attributes"].read_state == "failed"
    assert str(results["attributes"].reason).startswith(reason)
    assert results["good"].read_state == "read"


def test_a_fault_that_does_not_survive_the_way_back_is_a_result(tmp_path: Path) -> None:
    results = read_payloads(tmp_path, {"raises": UNSENDABLE, "good": GOOD}, Limits(), misbehave)
    assert results["raises"].read_state == "failed"
    assert str(results["raises"].reason).startswith("error: Unsendable")
    assert results["good"].read_state == "read"


def test_children_that_cannot_start_are_no_fault_of_the_documents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    with pytest.raises(ReadersBroken, match="reading processes"):
        read_payloads(tmp_path, {"good": GOOD}, Limits())


def test_a_reason_is_kept_in_a_few_lines() -> None:
    assert len(shorten_reason("x" * 10_000)) == 500
    assert shorten_reason("半个\ud83d字") == "半个?字"
