"""What the codes of the public tables mean, in the words that the pages use; the data keeps the codes."""

from __future__ import annotations

_OUTCOMES = {
    "ok": "正常",
    "not_modified": "未变",
    "redirected": "转向",
    "redirect_home": "转到首页",
    "soft_404": "称页面不存在",
    "gone": "不存在",
    "empty_stub": "空壳页",
    "js_shell": "须运行脚本",
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
    "redirect_loop": "循环转向",
    "failed": "未成",
}

_ALIKE = {"near": "近似", "family": "同模板"}
_YES_NO = {"1": "是", "0": "否"}

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
    "captures.outcome": _OUTCOMES,
    "captures.role": {"list": "列表", "article": "文章", "attachment": "附件", "probe": "探查"},
    "captures.record_type": {
        "response": "应答",
        "revisit": "与前次相同",
        "resource": "本地文件",
        "failure": "没有应答",
    },
    "portals.health": {**_OUTCOMES, "blocked": "被拦截"},
    "portals.family": {"static_list": "静态列表"},
    "portals.enabled": _YES_NO,
    "runs.verb": {"crawl": "抓取", "import": "导入", "nightly": "每夜运行"},
    "runs.state": {
        "running": "未正常结束",
        "finished": "完成",
        "failed": "出错",
        "interrupted": "中断",
    },
    "sweeps.complete": _YES_NO,
    "sweeps.reason": _OUTCOMES,
    "occurrences.level": {"0": "标题之前", "1": "一级", "2": "二级", "3": "三级"},
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
        "own_portal": "机关自己的网站",
        "first_published": "最早发布",
        "first_address": "网址在前",
    },
    "coverage.state": {
        "held": "已收录",
        "late": "逾期发布",
        "not_due": "期限未到",
        "missing": "查全未见",
        "not_looked": "尚未查看",
        "blocked": "网站拦截",
        "waiting": "有而未读出",
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

# The canned queries name their columns in Chinese.
_QUERY_COLUMNS = {"类型": "documents.kind", "结果": "captures.outcome", "状态": "documents.status"}


def known_word(code: object, column: str, table: str | None) -> str | None:
    """Return what a code means in a column; None where no word is agreed.

    Args:
        code: the value; a number counts as its digits.
        column: the column's name, in a canned query the Chinese one.
        table: the table; None for the answer of a query.
    """
    place = f"{table}.{column}" if table else _QUERY_COLUMNS.get(column, "")
    return _WORDS.get(place, {}).get(str(code))


def word(code: object, column: str, table: str | None = "documents") -> str:
    """Return what a code means in a column, or the code itself where no word is agreed."""
    return known_word(code, column, table) or str(code)
