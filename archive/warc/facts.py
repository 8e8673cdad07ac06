"""The JSON that our `metadata` records hold: the context of a capture, a failure, a run event."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from archive.warc.errors import UnwritableEntry
from archive.warc.model import Context, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

CONTENT_TYPE = "application/json"
MARK = "gongkai"
"""The key that tells our metadata from that of other archivers; its value is one of the kinds below."""
CAPTURE = "capture"
FAILURE = "failure"
RUN = "run"


def encode_facts(kind: str, facts: Mapping[str, Any]) -> bytes:
    """Write facts as JSON, keys sorted, Chinese as it stands.

    Raises:
        UnwritableEntry: a value is not JSON.
    """
    try:
        text = json.dumps({MARK: kind, **facts}, ensure_ascii=False, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise UnwritableEntry(f"the facts of this {kind} cannot be written as JSON: {error}") from error
    # A lone surrogate has no UTF-8; escaped, it is a JSON escape of itself.
    return text.encode("utf-8", "backslashreplace")


def decode_facts(block: bytes) -> dict[str, Any] | None:
    """Read facts back; None where the block is no metadata of ours."""
    try:
        facts = json.loads(block)
    except ValueError:
        return None
    return facts if isinstance(facts, dict) and facts.get(MARK) in {CAPTURE, FAILURE, RUN} else None


def context_to_facts(context: Context) -> dict[str, Any]:
    """Write a context as JSON-ready facts; what is not known is left out."""
    facts = {
        "run_id": context.run_id,
        "role": context.role.value,
        "portal": context.portal,
        "parent": context.parent,
        "list_title": context.list_title,
        "list_date": context.list_date,
        "list_url": context.list_url,
        "provenance": dict(context.provenance) or None,
    }
    return {name: value for name, value in facts.items() if value is not None}


def facts_to_context(facts: Mapping[str, Any]) -> Context:
    """Read a context back."""
    return Context(
        run_id=facts["run_id"],
        role=Role(facts["role"]),
        portal=facts.get("portal"),
        parent=facts.get("parent"),
        list_title=facts.get("list_title"),
        list_date=facts.get("list_date"),
        list_url=facts.get("list_url"),
        provenance=facts.get("provenance", {}),
    )
