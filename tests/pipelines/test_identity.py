"""The ids that links and citations hold: one of each kind, pinned, for a link must survive every release."""

from __future__ import annotations

from pipelines.checks.check_catalogue import Check, CheckOutcome, Severity
from pipelines.identity import (
    check_id,
    document_id,
    fact_id,
    issuer_id,
    section_id,
    text_sha256,
    version_id,
)

VERSION = "0123456789abcdef0123"
OF_A_CELL = Check("t3.balance.total", Severity.ERROR, CheckOutcome.FAIL, "", "", "t3", 1)
OF_PROSE = Check("doc.sections", Severity.INFO, CheckOutcome.PASS, "", "", place=2)

PINNED = {
    "text": "cdcb624cd97e295f6787ce3f0931acedd077efe10f9a46f2b3cf954a074fa4ff",
    "document": "0b2cbef342c94788e3d0",
    "version": "1f54567a46d371012f5f",
    "section": "6307e9e3ca43dec5764e",
    "issuer": "b7676538ad7f92b4989f",
    "fact": "0123456734febd9bb85f6cbc",
    "check of a table": "01234567db14dccc164f6ac9",
    "check of the prose": "012345672ab7d9108be7eb8d",
}


def test_ids_are_what_they_were() -> None:
    found = {
        "text": text_sha256("文。"),
        "document": document_id("cn,gov,xinyang)/2019/03-11/2952532.html"),
        "version": version_id("document", "sha256"),
        "section": section_id("一、总体情况"),
        "issuer": issuer_id("信阳市人民政府"),
        "fact": fact_id(VERSION, "t3#1:received.natural_person"),
        "check of a table": check_id(VERSION, OF_A_CELL),
        "check of the prose": check_id(VERSION, OF_PROSE),
    }
    assert found == PINNED
