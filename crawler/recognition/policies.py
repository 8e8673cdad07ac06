"""How much a title says that it is a policy document's: its number, its kind, what it does to a document.

Columns of notices (通知公告) hold a 通知 in every row and hardly a document, so that words such as 关于 say
little. What kinds of documents there are is known to `pipelines.metadata.titles`.
"""

from __future__ import annotations

import re
from functools import cache

from crawler.recognition.vocabulary import table_part, table_text
from pipelines.metadata.fields import Kind
from pipelines.metadata.titles import kind_of_title

DOCUMENT = 1.0
NOTICE = 0.5
_DOCUMENT_KINDS = frozenset((Kind.POLICY, Kind.TASK_PLAN))
_WHITE = re.compile(r"\s+")
_BRACKET_AT_END = re.compile(r"[（(【\[〔][^（()）]{1,40}[）)】\]〕]$")
_CUT = re.compile(r"(?:…|\.{2,})$")


def policy_weight(title: str) -> float:
    """Return how much a title speaks for a policy document: `DOCUMENT`, `NOTICE`, or 0 where nothing does."""
    said = _WHITE.sub("", title)
    bare = _BRACKET_AT_END.sub("", said).rstrip("》")
    if _says("drafts", said):
        return 0.0
    if _says("numbered", said) or _says("issuing", bare) or _says("laws", bare):
        return DOCUMENT
    is_document = kind_of_title(bare) in _DOCUMENT_KINDS
    if is_document and not _says("notices", bare):
        return DOCUMENT
    if _says("routine", said):
        return 0.0
    # Of a title that is cut off the kind is not seen.
    return NOTICE if is_document or (_CUT.search(said) and "关于" in said) else 0.0


def policy_share(titles: list[str]) -> float:
    """Return how much of a list are policy documents, from 0 to 1; 0 where it holds notices alone."""
    weights = [policy_weight(title) for title in titles]
    return sum(weights) / len(weights) if DOCUMENT in weights else 0.0


def least_share() -> float:
    """Return the share from which on a list is one of policy documents."""
    return float(table_text("policy_least"))


def _says(name: str, title: str) -> bool:
    return _pattern(name).search(title) is not None


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(table_part("policy_titles", name))
