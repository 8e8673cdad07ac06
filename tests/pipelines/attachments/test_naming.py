"""What attachments are called."""

from __future__ import annotations

import pytest

from pipelines.attachments.link_targets import is_bare
from tests.pipelines.attachments import find_attachments
from tests.pipelines.attachments.pages import URL, article

UTF8 = "%E4%BB%BB%E5%8A%A1%E8%A1%A8.pdf"
GBK = "%C8%CE%CE%F1%B1%ED.pdf"

NAMES = {
    "the text of the link": ('<a href="a.pdf" title="下载">任务表</a>', "任务表"),
    "its white space folded": ('<a href="a.pdf">  任务\n 表（二） </a>', "任务表（二）"),
    "without its scripts": ('<a href="a.pdf">任务表<script>x="1.pdf"</script></a>', "任务表"),
    "the title where the text is cut short": (
        '<a href="a.pdf" title="关于甲乙丙丁的任务表.pdf">关于甲乙丙…</a>',
        "关于甲乙丙丁的任务表.pdf",
    ),
    "the title where the text only asks to click": ('<a href="a.pdf" title="任务表">点击下载</a>', "任务表"),
    "the download attribute": ('<a href="a.pdf" download="任务表.pdf">附件</a>', "任务表.pdf"),
    "the text before it": (
        "<p>附件1：任务表 <a href='a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4.pdf'>下载</a></p>",
        "任务表",
    ),
    "the text before it, since the last link": (
        "<p>一、甲表<a href='1.pdf'>下载</a>；二、乙表（<a href='2.pdf'>下载</a>）</p>",
        "二、乙表",
    ),
    "the name in its address, UTF-8": (f'<a href="/u/{UTF8}">附件</a>', "任务表.pdf"),
    "the name in its address, GBK": (f'<a href="/u/{GBK}">附件下载</a>', "任务表.pdf"),
    "the name in its parameter": (f'<a href="/downfile.jsp?n={GBK}">下载</a>', "任务表.pdf"),
    "its number where the address says nothing": (
        '<a href="P020230302401234567890.pdf">附件3</a>',
        "附件3",
    ),
    "a made up name where there is nothing else": (
        '<a href="P020230302401234567890.pdf">点击查看</a>',
        "P020230302401234567890.pdf",
    ),
}


@pytest.mark.parametrize(("inside", "name"), [pytest.param(*case, id=which) for which, case in NAMES.items()])
def test_an_attachment_is_called(inside: str, name: str) -> None:
    assert find_attachments(article(inside), URL)[-1].name == name


@pytest.mark.parametrize(
    "name",
    [
        "点击下载",
        "点击此处下载附件",
        "附件",
        "附件1",
        "附件一：",
        "附件2.docx",
        "【下载】",
        "查看PDF",
        "下载全文",
        "PDF",
        "download",
    ],
)
def test_a_bare_name_says_nothing(name: str) -> None:
    assert is_bare(name)


@pytest.mark.parametrize(
    "name", ["下载站点名单", "附件1：名单", "全文检索办法", "2023年度", "文件清单", "附表说明"]
)
def test_a_name_that_says_something_is_not_bare(name: str) -> None:
    assert not is_bare(name)
