"""The arithmetic printed in the statutory forms, written a second time and plainly, for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

KINDS = (
    "natural_person",
    "business",
    "research_institution",
    "public_welfare_org",
    "legal_service",
    "other_org",
)
COLUMNS = (*KINDS, "total")
LEAVES: dict[str, tuple[str, ...]] = {
    "form_2019": (
        *("disclosed", "partly_disclosed", "denied_state_secret", "denied_prohibited_by_law"),
        *("denied_security_stability", "denied_third_party", "denied_internal_affairs"),
        *("denied_process_information", "denied_enforcement_file", "denied_registry_lookup"),
        *("unable_not_held", "unable_must_be_created", "unable_still_unclear"),
        *("rejected_petition_complaint", "rejected_repeat", "rejected_publication"),
        *("rejected_excessive", "rejected_reconfirm", "other_handling"),
    ),
}
LEAVES["form_2021"] = (
    *LEAVES["form_2019"][:-1],
    *("other_not_corrected_in_time", "other_fee_not_paid", "other_misc"),
)
BLOCKS = ("review", "litigation_direct", "litigation_after_review")
ENDS = ("upheld", "corrected", "other_result", "pending")


def failing_checks(cells: Mapping[str, str], form: str) -> set[str]:
    """Return the ids of the identities that stated cells break; one with a blank cell is not testable."""
    return {
        check
        for check, left, right in _identities(form)
        if all(cells[key] for key in (*left, *right)) and _sum(cells, left) != _sum(cells, right)
    }


def _sum(cells: Mapping[str, str], keys: tuple[str, ...]) -> int:
    return sum(int(cells[key]) for key in keys)


def _identities(form: str) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    leaves = LEAVES[form]
    for column in COLUMNS:
        incoming = (f"t3.new_requests.{column}", f"t3.carried_in.{column}")
        outgoing = (f"t3.results_total.{column}", f"t3.carried_out.{column}")
        yield f"t3.balance.{column}", incoming, outgoing
        parts = tuple(f"t3.{leaf}.{column}" for leaf in leaves)
        yield f"t3.results_sum.{column}", parts, (f"t3.results_total.{column}",)
    for row in ("new_requests", "carried_in", *leaves, "results_total", "carried_out"):
        parts = tuple(f"t3.{row}.{kind}" for kind in KINDS)
        yield f"t3.row_total.{row}", parts, (f"t3.{row}.total",)
    for block in BLOCKS:
        yield f"t4.block_total.{block}", tuple(f"t4.{block}.{end}" for end in ENDS), (f"t4.{block}.total",)
