"""Pages of articles to put attachments into."""

from __future__ import annotations

URL = "http://www.yunze.gov.cn/zwgk/tz/202303/t20230302_118.html"
TEXT = "<p>各镇人民政府，县直各部门：现将有关事项通知如下，请结合实际认真贯彻执行，遇到的问题及时报告。</p>"
LONG = TEXT * 8


def article(inside: str, *, before: str = "", after: str = "", head: str = "", text: str = LONG) -> str:
    """Return a page with a known container; `before` and `after` stand beside it."""
    return (
        f"<!DOCTYPE html><html><head><title>关于做好春耕备耕工作的通知</title>{head}</head><body>"
        f'<div class="nav"><a href="/">首页</a><a href="/xz/sc.pdf">办事手册</a></div>{before}'
        f'<h1>关于做好春耕备耕工作的通知</h1><div class="trs_editor_view">{text}{inside}</div>{after}'
        '<div class="footer"><a href="/help/zdh.doc">使用帮助</a></div></body></html>'
    )


def unknown(inside: str, *, after: str = "") -> str:
    """Return a page whose container has no known name."""
    return (
        '<html><body><div class="topmenu navbar"><a href="/a.zip">数据</a></div>'
        f'<div class="zw9">{LONG}{inside}</div>{after}'
        '<div id="foot"><a href="/b.pdf">隐私声明</a></div></body></html>'
    )
