"""Single cells: references by their label, codes in words, links within the site."""

from __future__ import annotations

import re
from typing import Any

from datasette.utils import tilde_encode
from markupsafe import Markup

from archive.search import matching_spans

LABEL_CHARACTERS = 60

# Codes that mean the same wherever they stand, as pages show them; the code itself stays in the data.
WORDS = {
    "annual_report": "年度报告",
    "policy": "政策文件",
    "task_plan": "任务分工方案",
    "other": "其他文件",
    "live": "在线",
    "withdrawn": "已撤下",
    "moved": "已迁移",
    "unreachable": "暂时无法访问",
    "read": "已读出",
    "waiting": "待识别",
    "failed": "读不出",
    "appeared": "出现",
    "changed": "改动",
    "returned": "恢复",
    "government": "政府",
    "department": "部门",
    "committee": "管委会",
    "ok": "正常",
    "not_modified": "未变",
    "timeout": "超时",
    "suppressed": "此处依个人信息保护不予显示",
}

# In each table, the column that points to another table and where it leads.
_LEADS_TO = {
    "document_id": "documents",
    "from_document_id": "documents",
    "to_document_id": "documents",
    "issuer_id": "issuers",
    "portal_id": "portals",
    "version_id": "versions",
    "current_version_id": "versions",
    "from_version_id": "versions",
    "to_version_id": "versions",
    "other_version_id": "versions",
    "capture_id": "captures",
    "parent_capture_id": "captures",
    "revisit_of": "captures",
    "section_id": "sections",
    "section_a": "sections",
    "section_b": "sections",
    "run_id": "runs",
}
_CODED = {"kind", "status", "read_state", "outcome", "health"}
_BLANK_LINES = re.compile(r"\s*\n\s*")
_WITHIN = re.compile(r"/gongkai/[a-z_]+/[0-9A-Za-z~._-]+")


def word(code: object) -> str:
    """Return what a code means, or the code itself where no word is agreed."""
    return WORDS.get(str(code), str(code))


def render(value: Any, column: str, table: str | None) -> Markup | None:
    """Write a cell; None leaves it to Datasette."""
    if isinstance(value, dict):
        return _reference(value["value"], value["label"], column)
    if table and column in _LEADS_TO and value:
        return _reference(value, value, column)
    if isinstance(value, str) and column in _CODED and value in WORDS:
        return Markup('{} <code class="code">{}</code>').format(WORDS[value], value)
    if table is None and isinstance(value, str) and _WITHIN.fullmatch(value):
        return Markup('<a href="{}">查看</a>').format(value)
    return None


def _reference(value: object, label: object, column: str) -> Markup:
    shown = " ".join(str(label or value).split())
    if len(shown) > LABEL_CHARACTERS:
        shown = shown[:LABEL_CHARACTERS] + "…"
    return Markup('<a href="/gongkai/{}/{}">{}</a>').format(
        _LEADS_TO[column], tilde_encode(str(value)), shown
    )


def excerpt(text: str, query: str = "", width: int = 220) -> Markup:
    """Cut a passage around the first place found and mark every place in the cut."""
    spans = matching_spans(text, query) if query else ()
    start = max(0, spans[0][0] - width // 4) if spans and spans[0][1] > width else 0
    end = min(len(text), start + width)
    parts = [Markup("…") if start else Markup()]
    at = start
    for left, right in spans:
        if left >= end:
            break
        parts += [_escape(text[at:left]), Markup("<mark>{}</mark>").format(text[left : min(right, end)])]
        at = min(right, end)
    parts += [_escape(text[at:end]), Markup("…") if end < len(text) else Markup()]
    return Markup().join(parts)


def _escape(text: str) -> Markup:
    return Markup("{}").format(_BLANK_LINES.sub("\n", text))
