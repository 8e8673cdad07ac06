"""A county's portal, small enough to be looked at in a second: front page, reports, policy documents."""

from __future__ import annotations

from tests.crawler.portal_server import Reply, page

REPORTS = "/zwgk/zfxxgknb/"
POLICIES = "/zwgk/zcwj/"
_TEXT = "公开透明是法治政府的基本特征，本机关按照条例要求编制本报告。" * 20


def county(*, reports: int = 6, policies: int = 7) -> dict[str, Reply]:
    """The portal's pages by path: so many reports, back from 2025, and so many documents."""
    columns = {REPORTS: "政府信息公开年报", POLICIES: "政策文件"}
    menu = "".join(f'<li><a href="{folder}">{title}</a></li>' for folder, title in columns.items())
    rows = {
        REPORTS: [f"河西县人民政府{2025 - n}年政府信息公开工作年度报告" for n in range(reports)],
        POLICIES: [f"河西县人民政府关于印发{2025 - n}年重点工作方案的通知" for n in range(policies)],
    }
    head = '<title>河西县人民政府</title><meta name="SiteName" content="河西县人民政府">'
    pages = {
        "/": Reply(f"<html><head>{head}</head><body><ul>{menu}</ul><p>{_TEXT}</p></body></html>".encode())
    }
    for folder, titles in rows.items():
        links = [f"{folder}t{number}.html" for number in range(len(titles))]
        items = "".join(
            f'<li><a href="{link}">{title}</a><span>{2026 - number}-01-2{number}</span></li>'
            for number, (link, title) in enumerate(zip(links, titles, strict=True))
        )
        call = f'createPageHTML(1, 0, "index", "html", {len(titles)});'
        pages[folder] = page(f'<ul class="list">{items}</ul><script>{call}</script>')
        pages |= {
            link: page(f"<h1>{title}</h1><p>{_TEXT}</p>") for link, title in zip(links, titles, strict=True)
        }
    return pages
