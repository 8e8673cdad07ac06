"""What the codes of the public tables mean, in the words that the pages use; the data keeps the codes."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from crawler.families import presets
from gongkai.web.language import ENGLISH, current, half
from pipelines.checks.check_catalogue import find_title
from pipelines.forms.catalogue import known_forms, statistics_forms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.forms.model import Form


_OUTCOMES = {
    "ok": "正常",
    "not_modified": "未变",
    "redirected": "转向",
    "redirect_home": "转到首页",
    "soft_404": "称页面不存在",
    "gone": "不存在",
    "empty_stub": "空壳页",
    "js_shell": "须运行脚本",
    "attachment_is_html": "应是附件，却是网页",
    "challenge_ruishu": "被拦截（瑞数）",
    "challenge_jsl": "被拦截（加速乐）",
    "challenge_aliyun": "被拦截（阿里云）",
    "challenge_cookie_redirect": "被拦截（Cookie 循环）",
    "waf_403": "被拦截（防火墙）",
    "captcha": "被拦截（验证码）",
    "forbidden": "拒绝访问",
    "rate_limited": "要求放慢",
    "login": "须登录",
    "server_error": "服务器出错",
    "unexpected": "意外的应答",
    "timeout": "超时",
    "dns": "域名无法解析",
    "refused": "拒绝连接",
    "reset": "连接中断",
    "tls_legacy": "加密协议过旧",
    "tls_cert": "证书有误",
    "robots_denied": "robots.txt 不许抓取",
    "too_large": "超过大小上限",
    "address_denied": "指向内部地址",
    "stop_listed": "在停止抓取名单上",
    "redirect_loop": "循环转向",
    "failed": "未成",
}

_ALIKE = {"near": "近似", "family": "同模板"}
_YES_NO = {"1": "是", "0": "否"}
# Of a rule, which may hold: what its failing would be, as the code says, would blame a report that keeps it.
_SEVERITIES = {"error": "应当成立", "warning": "通常成立", "info": "参考"}
_TABLES = {"t2": "主动公开", "t3": "申请", "t4": "复议诉讼", "stat": "旧式统计表", "other": "其他"}

_WORDS = {
    "documents.kind": {
        "annual_report": "年度报告",
        "policy": "政策文件",
        "task_plan": "任务分工方案",
        "other": "其他文件",
    },
    "documents.status": {
        "live": "在线",
        "withdrawn": "已撤下",
        "moved": "已迁移",
        "unreachable": "暂时无法访问",
    },
    "documents.read_state": {"read": "已读出", "waiting": "待识别或转换", "failed": "读不出"},
    "file_types.read_state": {"read": "已读出", "waiting": "待识别或转换", "failed": "读不出"},
    "documents.read_reason": {"suppressed": "此处依个人信息保护不予显示"},
    "issuers.kind": {
        "government": "政府",
        "department": "部门",
        "office": "办公厅（室）",
        "committee": "管委会等",
        "congress": "人大",
        "party": "党委",
        "court": "法院",
        "procuratorate": "检察院",
        "institution": "事业单位",
        "enterprise": "企业",
        "association": "团体",
        "other": "其他",
    },
    "issuers.level": {
        "national": "国家",
        "province": "省级",
        "prefecture": "市级",
        "county": "县级",
        "township": "乡级",
    },
    "captures.outcome": _OUTCOMES,
    "captures.role": {"list": "列表", "article": "文章", "attachment": "附件", "probe": "探查"},
    "captures.record_type": {
        "response": "应答",
        "revisit": "与前次相同",
        "resource": "本地文件",
        "failure": "没有应答",
    },
    "portals.health": {**_OUTCOMES, "blocked": "被拦截", "broken": "有异常"},
    "portals.health_reason": {
        "list_empty": "列表变空",
        "list_unread": "列表读不出",
        "list_shrunk": "列表骤减",
        "dates_lost": "文章没有日期",
        "errors_jumped": "出错骤增",
    },
    "portals.family": {
        "static_list": "静态列表",
        "html_list": "网页列表",
        "json_list": "JSON 接口",
        "jpage": "大汉 jpage",
        "jpaas": "大汉 jpaas",
        "lonsun": "龙讯",
        **{name: preset.name for name, preset in presets().items()},
    },
    "portals.enabled": _YES_NO,
    "runs.verb": {
        "crawl": "抓取",
        "survey": "查看网站",
        "scrapy": "Scrapy 抓取",
        "import": "导入",
        "nightly": "每夜运行",
    },
    "runs.state": {
        "running": "未正常结束",
        "finished": "完成",
        "failed": "出错",
        "interrupted": "中断",
    },
    "sweeps.complete": _YES_NO,
    "sweeps.reason": {**_OUTCOMES, "nothing new": "没有新内容"},
    "occurrences.level": {"0": "标题之前", "1": "一级", "2": "二级", "3": "三级"},
    "attachments.how": {
        "link": "链接",
        "call": "点击时的脚本",
        "data": "标记的属性",
        "frame": "框架",
        "viewer": "阅读器",
        "script": "网页的脚本",
        "scan": "扫描图片",
        "unresolved": "地址未能解出",
    },
    "relations.kind": {
        "cites": "引用",
        "attachment_of": "附件",
        "same_text": "同文",
        "moved_to": "迁至",
        "previous_year": "上年",
        "implements": "提到",
    },
    "changes.kind": {
        "appeared": "出现",
        "changed": "改动",
        "withdrawn": "撤下",
        "returned": "恢复",
        "moved": "迁移",
    },
    "year_on_year.state": {"kept": "沿用", "changed": "修改", "new": "新增", "dropped": "删去"},
    "variants.sort": {
        "figure": "数字",
        "number": "文号",
        "name": "名称",
        "turn": "改变意思的词",
        "words": "字句",
    },
    "year_on_year.moved": _YES_NO,
    "overlaps.is_earlier": _YES_NO,
    "overlaps.is_previous_year": _YES_NO,
    "copied_from.is_previous_year": _YES_NO,
    "alike_reports.is_previous_year": _YES_NO,
    "cells_by_table.table_key": _TABLES,
    "changed_figures.table_key": _TABLES,
    "facts.table_key": _TABLES,
    "checks.table_key": _TABLES,
    "checks.severity": _SEVERITIES,
    "check_failures.severity": _SEVERITIES,
    "check_failures.worst_severity": _SEVERITIES,
    "rates_by_report.measure": {
        "disclosed": "公开率",
        "denied": "不予公开率",
        "not_obtained": "未获公开率",
        "not_held": "不掌握",
        "petitions": "信访举报投诉",
        "requests_of_year_before": "新收比上年",
        "business_to_natural": "企业比自然人",
        "review_corrected": "复议纠错率",
        "litigation_corrected": "诉讼纠错率",
    },
    "rates_by_report.unranked": {
        "unread": "待识别",
        "no_table": "无此表",
        "no_earlier": "未收录上年",
        "not_stated": "有格未载",
        "does_not_add_up": "数字不相符",
        "none": "分母为零",
    },
    "most_repeated.has_statutory_table": _YES_NO,
    "variants.wording": {"": "（无）"},
    "policy_followup.outcome": {
        "mentioned": "提到",
        "not_mentioned": "未提到",
        "not_held": "未收录报告",
        "unreadable": "报告未读出",
    },
    "section_links.kind": _ALIKE,
    "first_alike.kind": _ALIKE,
    "suppressions.kind": {"url": "整份文件", "passage": "段落"},
    "primary_reports.why": {
        "only": "仅此一份",
        "still_there": "仍在网上",
        "readable": "能读出",
        "has_tables": "有表格数字",
        "corrected": "更正后的",
        "all_tables": "各表都有数字",
        "digital": "文字不是识别而来",
        "own_portal": "机关自己的网站",
        "page": "正文而非附件",
        "first_published": "最早发布",
        "first_address": "网址在前",
    },
    "coverage.state": {
        "held": "已收录",
        "late": "逾期",
        "not_due": "期限未到",
        "missing": "未见",
        "not_looked": "未查全",
        "blocked": "被拦截",
        "waiting": "待识别或未读出",
    },
    "facts.state": {
        "number": "数",
        "zero": "零",
        "blank": "空",
        "dash": "横线",
        "compound": "多个数",
        "text": "文字",
        "ambiguous": "两可",
        "layout_error": "读不出",
    },
    "checks.outcome": {
        "pass": "相符",
        "fail": "不相符",
        "pass_if_blank_zero": "空格按零计则相符",
        "not_testable": "无法检验",
    },
}

# Their words are titles of rules, which have a table of their own.
_RULES = frozenset({"checks.check_id", "checks.explained_by", "check_failures.check_id"})

# The canned queries name their columns in Chinese.
_QUERY_COLUMNS = {"类型": "documents.kind", "结果": "captures.outcome", "状态": "documents.status"}


# Where the code with spaces for underscores does not say it in English.
_IN_ENGLISH = {
    "captures.outcome": {
        "ok": "OK",
        "redirect_home": "redirected to the front page",
        "soft_404": "says that the page does not exist",
        "gone": "does not exist",
        "js_shell": "needs scripts",
        "attachment_is_html": "a page where a file was meant",
        "challenge_ruishu": "blocked (Ruishu)",
        "challenge_jsl": "blocked (Jiasule)",
        "challenge_aliyun": "blocked (Aliyun)",
        "challenge_cookie_redirect": "blocked (cookie loop)",
        "waf_403": "blocked (firewall)",
        "captcha": "blocked (captcha)",
        "dns": "name not resolved",
        "tls_legacy": "encryption too old",
        "tls_cert": "certificate not valid",
        "robots_denied": "robots.txt forbids it",
        "address_denied": "leads to an internal address",
        "stop_listed": "on the stop list",
    },
    "documents.status": {"live": "online"},
    "documents.read_state": {"waiting": "waiting for OCR or conversion", "failed": "not readable"},
    "documents.read_reason": {"suppressed": "not shown (personal data)"},
    "coverage.state": {
        "missing": "not found",
        "not_looked": "not fully searched",
        "waiting": "waiting, or not readable",
    },
    "facts.state": {
        "compound": "several numbers",
        "ambiguous": "two readings",
        "layout_error": "not readable",
    },
    "checks.outcome": {
        "pass": "adds up",
        "fail": "does not add up",
        "pass_if_blank_zero": "adds up if blanks are zero",
        "not_testable": "cannot be tested",
    },
    "year_on_year.state": {"dropped": "removed", "new": "added"},
    "variants.wording": {"": "(nothing)"},
}
_ENGLISH_TABLES = {
    "t2": "published",
    "t3": "requests",
    "t4": "reviews and lawsuits",
    "stat": "older statistics",
    "other": "other",
}
_IN_ENGLISH |= {
    f"{table}.table_key": _ENGLISH_TABLES
    for table in ("cells_by_table", "changed_figures", "facts", "checks")
}
_ENGLISH_SEVERITIES = {"error": "must hold", "warning": "usually holds", "info": "for information"}
_IN_ENGLISH |= dict.fromkeys(
    ("checks.severity", "check_failures.severity", "check_failures.worst_severity"), _ENGLISH_SEVERITIES
)
_ENGLISH_YES_NO = {"1": "yes", "0": "no"}


def known_word(code: object, column: str, table: str | None) -> str | None:
    """Return what a code means in a column, in the language of the request; None where no word is agreed.

    Args:
        code: the value; a number counts as its digits.
        column: the column's name, in a canned query the Chinese one.
        table: the table; None for the answer of a query.
    """
    place = f"{table}.{column}" if table else _QUERY_COLUMNS.get(column, "")
    if place in _RULES:
        return rule_title(str(code)) if code else None
    words = _WORDS.get(place, {})
    known = words.get(str(code))
    if known is None or current() != ENGLISH:
        return known
    if words is _YES_NO:
        return _ENGLISH_YES_NO[str(code)]
    return _IN_ENGLISH.get(place, {}).get(str(code)) or str(code).replace("_", " ")


def word(code: object, column: str, table: str | None = "documents") -> str:
    """Return what a code means in a column, or the code itself where no word is agreed."""
    return known_word(code, column, table) or str(code)


# What the rules of the checks are called: the titles are those of the table of checks. A
# rule that runs over the columns, rows or blocks of a table (`t4.block_total.review`) has the title of its
# family and the label that the form prints there.

_WITH_LABEL = "{0}：{1} / {0}: {1}"


def rule_title(check_id: str) -> str | None:
    """Return what a rule is called, in the language of the request; None where no title is agreed.

    Args:
        check_id: of a rule, or what the ids of a family begin with (`t4.block_total`).
    """
    family, over = _parted(check_id)
    words = find_title(family)
    if words is None:
        return None
    title = half(f"{words.zh} / {words.en}")
    return half(_WITH_LABEL).format(title, _labels().get((family, over), over)) if over else title


def _parted(check_id: str) -> tuple[str, str]:
    table, _, rest = check_id.partition(".")
    name, _, over = rest.partition(".")
    return f"{table}.{name}" if name else table, over


@cache
def _labels() -> dict[tuple[str, str], str]:
    """Return what is printed where a rule is applied, by its family and the key; of two forms the newer's."""
    return {
        (identity.check, key): label
        for form in (*statistics_forms(), *known_forms())
        for identity in form.identities
        for key, label in _printed(form, identity.table, identity.over)
    }


def _printed(form: Form, table_key: str, over: str) -> Iterator[tuple[str, str]]:
    for table in form.tables:
        for block in table.blocks if table.key == table_key else ():
            if over == "blocks":
                yield block.key or "", block.caption or ""
            else:
                yield from (
                    (one.key, one.label) for one in (block.columns if over == "columns" else block.rows)
                )
