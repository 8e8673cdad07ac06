"""Which addresses of a page are its attachments, by what, and under which name."""

from __future__ import annotations

import pytest

from pipelines.attachments import Attachment, How
from tests.pipelines.attachments import find_attachments
from tests.pipelines.attachments.pages import LONG, URL, article, unknown

HOST = "http://www.yunze.gov.cn"
FOLDER = f"{HOST}/zwgk/tz/202303"
HEX = "be5f1a4be0294db7abf660dd336b3fa5"


def found(markup: str, url: str = URL) -> list[tuple[str | None, str, str]]:
    """Return address, name and way of each attachment."""
    return [(each.url, each.name, each.how.value) for each in find_attachments(markup, url)]


LINKS = {
    "an editor of TRS marks its attachment, and its pictures": (
        (
            '<p><img src="./W020230302401.png" appendix="true" oldsrc="W020230302401.png"></p>'
            '<p>附件：<a appendix="true" needdownload="true" href="./P020230302401234567890.xls" '
            'title="任务分工表.xls" '
            'download="任务分工表.xls">任务分工表.xls</a></p>'
        ),
        [(f"{FOLDER}/P020230302401234567890.xls", "任务分工表.xls", "link")],
    ),
    "an older editor of TRS keeps the name in OLDSRC": (
        '<a href="./P020180608522414961797.pdf" OLDSRC="年度报告.pdf">点击下载</a>',
        [(f"{FOLDER}/P020180608522414961797.pdf", "年度报告.pdf", "link")],
    ),
    "Hanweb hands out files by a program, with an icon in the link": (
        (
            f'<a href="/module/download/downfile.jsp?classid=0&filename={HEX}.pdf"><img '
            'src="/module/jslib/icons/acrobat.png"/>安置任务表.pdf</a>'
        ),
        [(f"{HOST}/module/download/downfile.jsp?classid=0&filename={HEX}.pdf", "安置任务表.pdf", "link")],
    ),
    "Lonsun keeps files in a distributed store": (
        f'<a href="/group6/M00/12/0A/{HEX}.doc">实施方案.doc</a>',
        [(f"{HOST}/group6/M00/12/0A/{HEX}.doc", "实施方案.doc", "link")],
    ),
    "Lonsun hands out files without the end of a name": (
        '<a href="/OpennessContent/download/66159">附件：名单</a>',
        [(f"{HOST}/OpennessContent/download/66159", "附件：名单", "link")],
    ),
    "EmpireCMS hands out files by a program": (
        '<a href="/e/DownSys/GetDown/?classid=12&id=34&pathid=0">附件：名单</a>',
        [(f"{HOST}/e/DownSys/GetDown/?classid=12&id=34&pathid=0", "附件：名单", "link")],
    ),
    "the icon of VSB is none": (
        (
            '<p><img src="/system/resource/images/fileTypeImages/icon_doc.gif"><a '
            'href="/system/_content/download.jsp?urltype=news.DownloadAttachUrl&owner=1271&wbfileid=F20C">申报表</a></p>'
        ),
        [
            (
                f"{HOST}/system/_content/download.jsp?urltype=news.DownloadAttachUrl&owner=1271&wbfileid=F20C",
                "申报表",
                "link",
            )
        ],
    ),
    "the icon of UEditor is none, and its title may be the fuller name": (
        (
            '<p><img src="/ueditor/dialogs/attachment/fileTypeImages/pdf.gif"/>'
            '<a href="/upload/20230302/1677.pdf" title="2022年度决算公开表.pdf">附件1.pdf</a></p>'
        ),
        [(f"{HOST}/upload/20230302/1677.pdf", "2022年度决算公开表.pdf", "link")],
    ),
    "a program that takes the whole path is no viewer": (
        '<a href="/common/download.do?path=/upload/2023/a1.docx">通知书样式</a>',
        [(f"{HOST}/common/download.do?path=/upload/2023/a1.docx", "通知书样式", "link")],
    ),
    "OFD, WPS, archives": (
        '<a href="a.ofd">公文（版式）</a><a href="b.WPS">公文</a><a href="c.7z">测绘成果</a>',
        [
            (f"{FOLDER}/a.ofd", "公文（版式）", "link"),
            (f"{FOLDER}/b.WPS", "公文", "link"),
            (f"{FOLDER}/c.7z", "测绘成果", "link"),
        ],
    ),
    "a picture that a link says to be an attachment": (
        '<a href="./W02023.jpg">附件：规划图.jpg</a><a href="/i/da.jpg"><img src="/i/xiao.jpg"></a>',
        [(f"{FOLDER}/W02023.jpg", "附件：规划图.jpg", "link")],
    ),
    "another site's file is found all the same": (
        '<a href="https://www.henan.gov.cn/2023/tz.pdf">省政府通知</a>',
        [("https://www.henan.gov.cn/2023/tz.pdf", "省政府通知", "link")],
    ),
    "a page is none": ('<a href="/zwgk/202302/t20230201_99.html">上一份通知</a>', []),
    "a column called download is none": (
        '<a href="/zwgk/download/">资料下载</a><a href="/download">下载中心</a>',
        [],
    ),
    "an app is none": ('<a href="/app/yunze.apk">下载掌上云泽</a>', []),
    "a reader for the attachments is none": (
        '<a href="/s/ofd.zip">OFD阅读器下载</a><a href="http://get.adobe.com/cn/reader/">Adobe Reader</a>',
        [],
    ),
    "an archive about an app is one": (
        '<a href="a.zip">“掌上云泽”客户端建设方案.zip</a>',
        [(f"{FOLDER}/a.zip", "“掌上云泽”客户端建设方案.zip", "link")],
    ),
    "mail and telephone are none": (
        '<a href="mailto:a@b.gov.cn?subject=x.pdf">信箱</a><a href="tel:1.pdf">电话</a>',
        [],
    ),
    "the page itself is none": ('<a href="t20230302_118.html">本页</a>', []),
    "what is commented out is none": ('<!-- <a href="old.pdf">旧附件</a> -->', []),
    "an address twice is one, with the better name": (
        '<a href="x.pdf">下载</a><a href="/zwgk/tz/202303/x.pdf?from=timeline">实施细则</a>',
        [(f"{FOLDER}/x.pdf", "实施细则", "link")],
    ),
}

FRAMES = {
    "a viewer is told the file": (
        '<iframe src="/pdfjs/web/viewer.html?file=%2Fuploads%2Fndbg.pdf" title="年度报告.pdf"></iframe>',
        [(f"{HOST}/uploads/ndbg.pdf", "年度报告.pdf", "viewer")],
    ),
    "a viewer is told the whole address, escaped twice": (
        '<iframe src="/v/viewer.html?file=http%253A%252F%252Fwww.yunze.gov.cn%252Fu%252Fndbg.pdf"></iframe>',
        [(f"{HOST}/u/ndbg.pdf", "ndbg.pdf", "viewer")],
    ),
    "a viewer takes an address relative to itself": (
        '<iframe src="/pdf/web/viewer.html?file=../../up/a.pdf"></iframe>',
        [(f"{HOST}/up/a.pdf", "a.pdf", "viewer")],
    ),
    "a viewer of a program's answer": (
        '<iframe src="/pdfjs/viewer.html?file=/attach/show%3Fid%3D77"></iframe>',
        [(f"{HOST}/attach/show?id=77", "show", "viewer")],
    ),
    "a viewer of another maker, in a link": (
        '<a href="https://view.officeapps.live.com/op/view.aspx?src=http%3A%2F%2Fwww.yunze.gov.cn%2Fb.docx">方案</a>',
        [(f"{HOST}/b.docx", "方案", "viewer")],
    ),
    "frames that show a file": (
        (
            '<embed src="a.pdf"><object data="b.pdf"><param name="src" value="b.pdf"></object>'
            '<iframe src="c.pdf#toolbar=0"></iframe><iframe src="/map.html"></iframe>'
        ),
        [
            (f"{FOLDER}/a.pdf", "a.pdf", "frame"),
            (f"{FOLDER}/b.pdf", "b.pdf", "frame"),
            (f"{FOLDER}/c.pdf", "c.pdf", "frame"),
        ],
    ),
}

CLICKS = {
    "a window is opened": (
        """<a href="javascript:void(0)" onclick="window.open('/uploadfile/a.pdf')">公告.pdf</a>""",
        [(f"{HOST}/uploadfile/a.pdf", "公告.pdf", "call")],
    ),
    "the place is changed": (
        """<button onclick='location.href="./P020230101000000000001.doc"'>下载登记表</button>""",
        [(f"{FOLDER}/P020230101000000000001.doc", "下载登记表", "call")],
    ),
    "a function is handed address and name": (
        """<a href="javascript:downloadFile('/u/1.docx', '登记表')">登记表</a>""",
        [(f"{HOST}/u/1.docx", "登记表", "call")],
    ),
    "a function is handed a number": (
        """<a href="javascript:download('963012')">分工表.pdf</a>""",
        [(None, "分工表.pdf", "unresolved")],
    ),
    "an address is put together": (
        """<a href="#" onclick="window.open('/file/download?id=' + id); downFile(this, 12)">清单</a>""",
        [(None, "清单", "unresolved")],
    ),
    "other functions are none": (
        """<a href="javascript:window.print()">打印</a><a onclick="countDown('3')">倒计时</a>
        <a onclick="doZoom(16)">大</a><a href="javascript:shareTo('qq')">分享</a>""",
        [],
    ),
    "a script reads the address from an attribute": (
        '<span data-url="/files/a.pdf">实施方案.pdf</span><a href="#" data-href="b.xlsx">分工表</a>',
        [(f"{HOST}/files/a.pdf", "实施方案.pdf", "data"), (f"{FOLDER}/b.xlsx", "分工表", "data")],
    ),
}

SCRIPTS = {
    "a variable is assigned": (
        '<script>var pdfUrl = "/uploads/2023/ndbg.pdf";</script>',
        [(f"{HOST}/uploads/2023/ndbg.pdf", "ndbg.pdf", "script")],
    ),
    "a viewer is called": (
        '<script>PDFObject.embed("./files/a.pdf", "#pdf");</script>',
        [(f"{FOLDER}/files/a.pdf", "a.pdf", "script")],
    ),
    "an object tells address and name": (
        (
            '<script>var d = {"files": [{"fileName": "关于甲的通知.pdf", "url": "\\/att\\/1.pdf"}, '
            "{url: '/att/2.pdf', name: '\\u4e59.pdf'}]};</script>"
        ),
        [(f"{HOST}/att/1.pdf", "关于甲的通知.pdf", "script"), (f"{HOST}/att/2.pdf", "乙.pdf", "script")],
    ),
    "a script writes a link": (
        """<script>document.write('<a href="/w/x.doc">申请书</a>');</script>""",
        [(f"{HOST}/w/x.doc", "申请书", "link")],
    ),
    "a piece of an address, a name, a comment are none": (
        (
            '<script>/* "/a/old.pdf" */ var path = "/a/" + name + "/b.pdf"; var title = "说明.pdf"; '
            'if (/\\.pdf$/.test(u)) { show(".pdf,.doc"); }</script>'
        ),
        [],
    ),
    "the manual of the site is none": ('<script>var helpDoc = "/help/a.pdf";</script>', []),
}

PLACES = {
    "a block called attachments beside the article": (
        article("", after='<div class="fujian"><a href="/up/a.doc">表一</a></div>'),
        [(f"{HOST}/up/a.doc", "表一", "link")],
    ),
    "a heading beside the article": (
        article(
            "", after='<div class="box"><h3>相关附件</h3><ul><li><a href="/up/a.doc">表一</a></li></ul></div>'
        ),
        [(f"{HOST}/up/a.doc", "表一", "link")],
    ),
    "a heading in its own frame": (
        article(
            "",
            after='<div><div class="t"><b>附件下载：</b></div><ul><li><a href="/u/a.doc">表</a></ul></div>',
        ),
        [(f"{HOST}/u/a.doc", "表", "link")],
    ),
    "the article's own folder": (
        article("", after='<div class="w"><a href="./P020230302401234567890.pdf">全文</a></div>'),
        [(f"{FOLDER}/P020230302401234567890.pdf", "P020230302401234567890.pdf", "link")],
    ),
    "anything else beside the article is none": (
        article("", after='<div class="w"><a href="/ztzl/a.pdf">学习材料</a></div>'),
        [],
    ),
    "other articles in the article are none": (
        article('<p>相关链接：</p><p><a href="/zc/a.pdf">另一份文件</a></p>'),
        [],
    ),
    "attachments come after other articles": (
        article(
            '<p>相关链接</p><p><a href="/zc/a.pdf">另一份</a></p><p>附件：</p><a href="/zc/b.pdf">本文的</a>'
        ),
        [(f"{HOST}/zc/b.pdf", "本文的", "link")],
    ),
    "a heading before the article says nothing of it": (
        article('<a href="/u/a.pdf">分工表</a>', before="<p>热点推荐</p>"),
        [(f"{HOST}/u/a.pdf", "分工表", "link")],
    ),
    "a list of other articles beside it": (
        article("", after='<div class="related"><p>附件</p><a href="/u/a.pdf">文件一</a></div>'),
        [],
    ),
    "a page without a known container": (
        unknown('<a href="/u/a.pdf">分工表</a>'),
        [(f"{HOST}/u/a.pdf", "分工表", "link")],
    ),
    "a viewer and no text": (
        article('<iframe src="/pdf/viewer.html?file=/u/a.pdf"></iframe>', text=""),
        [(f"{HOST}/u/a.pdf", "a.pdf", "viewer")],
    ),
    "a base": (
        article('<a href="a.pdf">分工表</a>', head='<base href="http://file.yunze.gov.cn/x/">'),
        [("http://file.yunze.gov.cn/x/a.pdf", "分工表", "link")],
    ),
    "scans where the text should be": (
        article('<p>全文如下</p><img src="./W020230302400001.jpg"><img src="W020230302400002.jpg">', text=""),
        [
            (f"{FOLDER}/W020230302400001.jpg", "W020230302400001.jpg", "scan"),
            (f"{FOLDER}/W020230302400002.jpg", "W020230302400002.jpg", "scan"),
        ],
    ),
    "icons and designs are no scans": (
        article(
            '<p>无</p><img src="/images/logo.png"><img src="a/1.png" width="16"><img src="hot.gif">', text=""
        ),
        [],
    ),
    "pictures beside a text are none": (article('<img src="./W020230302400001.jpg">'), []),
    "pictures beside a file are none": (
        article('<p>见附件</p><img src="./W020230302400001.jpg"><a href="./a.pdf">全文</a>', text=""),
        [(f"{FOLDER}/a.pdf", "a.pdf", "link")],
    ),
}


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        pytest.param(inside, expected, id=name)
        for table in (LINKS, FRAMES, CLICKS, SCRIPTS)
        for name, (inside, expected) in table.items()
    ],
)
def test_what_stands_in_an_article(inside: str, expected: list[tuple[str | None, str, str]]) -> None:
    assert found(article(inside)) == expected


@pytest.mark.parametrize(
    ("markup", "expected"), [pytest.param(*case, id=name) for name, case in PLACES.items()]
)
def test_where_it_stands(markup: str, expected: list[tuple[str | None, str, str]]) -> None:
    assert found(markup) == expected


def test_the_order_of_the_page_is_kept_over_all_ways() -> None:
    inside = (
        '<a href="1.pdf">一</a><iframe src="2.pdf"></iframe><script>var fileUrl="/3.pdf";</script>'
        """<a onclick="window.open('/4.pdf')">四</a><b data-url="/5.pdf">五</b><a href="6.pdf">六</a>"""
    )
    assert [each.url and each.url[-5] for each in find_attachments(article(inside), URL)] == list("123456")


def test_what_is_unresolved_says_what_the_page_has() -> None:
    markup = article("""<a href="javascript:download( '963012' )">分工表</a>""")
    assert find_attachments(markup, URL) == (
        Attachment(None, "分工表", How.UNRESOLVED, "download( '963012' )"),
    )


def test_addresses_stand_as_the_page_has_them() -> None:
    (only,) = find_attachments(article('<a href=" ./附件 1.pdf ">表</a>'), URL)
    assert (only.url, only.written) == (f"{FOLDER}/%E9%99%84%E4%BB%B6%201.pdf", "./附件 1.pdf")


def test_the_elements_of_a_letter_from_a_template_are_many_but_bounded() -> None:
    inside = "".join(f'<a href="/u/{number}.pdf">表{number}</a>' for number in range(2_000))
    assert len(find_attachments(article(inside), URL)) == 300


def test_a_page_of_nothing_has_none() -> None:
    assert find_attachments("", URL) == ()
    assert find_attachments(article(LONG), URL) == ()
