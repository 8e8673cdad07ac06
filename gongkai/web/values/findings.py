"""What the checks of a report found: one finding a cause, whatever else it explains."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

IDENTITIES = ("t3.balance.", "t3.results_sum.", "t3.row_total.", "t4.block_total.")
"""The checks that every report with the statutory tables is put to, and that its summary counts."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A check that fails and that no other explains.

    Attributes:
        check: its row.
        explains: the rows of the checks that it explains.
    """

    check: dict[str, Any]
    explains: tuple[dict[str, Any], ...]

    @property
    def is_of_sums(self) -> bool:
        """Whether it is, or explains, an error: printed figures that do not add up."""
        return any(check["severity"] == "error" for check in (self.check, *self.explains))


@dataclass(frozen=True, slots=True)
class Checked:
    """What was checked.

    Attributes:
        identities: how many identities of the statutory tables have which outcome.
        findings: errors and warnings that no other finding explains, errors first.
        remarks: findings of the severity info.
    """

    identities: Counter[str]
    findings: tuple[Finding, ...]
    remarks: tuple[Finding, ...]


def checked(checks: Sequence[dict[str, Any]]) -> Checked:
    """Return what the checks of a text found, one finding a cause."""
    failing = [check for check in checks if check["outcome"] == "fail"]
    causes = {check["check_id"] for check in failing if not check["explained_by"]}
    findings = tuple(
        Finding(
            check,
            tuple(
                other
                for other in failing
                if other["explained_by"] == check["check_id"] and other["table_no"] == check["table_no"]
            ),
        )
        for check in failing
        if check["explained_by"] not in causes
    )
    return Checked(
        identities=Counter(check["outcome"] for check in checks if check["check_id"].startswith(IDENTITIES)),
        findings=tuple(
            sorted(
                (finding for finding in findings if finding.check["severity"] != "info" or finding.explains),
                key=lambda finding: not finding.is_of_sums,
            )
        ),
        remarks=tuple(
            finding for finding in findings if finding.check["severity"] == "info" and not finding.explains
        ),
    )
