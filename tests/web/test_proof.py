"""Every figure leads to its cell in the archived page; and what is shown when the page cannot be."""

from __future__ import annotations

import datetime as dt
import html
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from datasette.utils import tilde_encode
from lxml import etree
from msgspec.structs import replace

from archive.data_folder import DataDir
from archive.derivation import derive
from archive.importing import Provenance, import_files
from archive.publish.copy import publish
from archive.sandbox.pool import Limits
from archive.warc.files import archive_files
from gongkai.serving import datasette_app
from gongkai.web.replaying import service
from gongkai.web.replaying.service import Replays
from gongkai.web.thresholds import REPLAY
from tests.renditions.formats import DIGITAL
from tests.renditions.model import draw_report
from tests.soak import SOAK, series
from tests.web.conftest import Site

if TYPE_CHECKING:
    from pathlib import Path

NOW = dt.datetime(2026, 1, 31, tzinfo=dt.UTC)
NAMES = ("html", "docx", "ruled.pdf")
HOSTILE = (
    "<script>alert(1)</script><p onclick='alert(2)' style='position:fixed'>正文<img src=http://x.example/a.png"
    " onerror=alert(3)><iframe src=http://x.example/></iframe><a href=javascript:alert(4)>链接</a></p>"
)


def import_reports(data: DataDir, folder: Path, names: tuple[str, ...]) -> None:
    """Import a report in several formats, each with figures of its own, and publish it."""
    folder.mkdir()
    for seed, name in enumerate(names):
        payload = DIGITAL[name].render(draw_report("form_2021", seed))
        if name == "html":
            payload = payload.replace(b"</body>", HOSTILE.encode() + b"</body>")
        (folder / f"{seed}.{name}").write_bytes(payload)
    import_files(
        sorted(folder.iterdir()), data=data, clock=lambda: NOW, run_id="run-1", provenance=Provenance()
    )
    derive(data)
    publish(data, clock=lambda: NOW)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Site:
    root = tmp_path_factory.mktemp("reports")
    data = DataDir(root / "data")
    import_reports(data, root / "files", NAMES)
    return Site(data, datasette_app(data))


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> DataDir:
    """One web page, published, to be copied."""
    root = tmp_path_factory.mktemp("page")
    data = DataDir(root / "data")
    import_reports(data, root / "files", ("html",))
    return data


@pytest.fixture
def page_alone(tmp_path: Path, page: DataDir) -> Site:
    """A site of one web page, for tests that change what it stands on."""
    data = DataDir(shutil.copytree(page.root, tmp_path / "data", symlinks=True))
    return Site(data, datasette_app(data))


def rows(site: Site, table: str, **chosen: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = site.get(
        f"/gongkai/{table}.json", _shape="array", _size="max", _nosuggest="1", **chosen
    ).json()
    return found


def report_of(site: Site, file_type: str = "html") -> dict[str, Any]:
    [document] = rows(site, "documents", file_type=file_type)
    return document


def facts_of(site: Site, file_type: str = "html") -> list[dict[str, Any]]:
    return rows(site, "facts", document_id=report_of(site, file_type)["id"], _sort="ordinal")


def replay_path(site: Site) -> str:
    [capture] = rows(site, "captures", document_id=report_of(site)["id"])
    return f"/-/replay/{tilde_encode(capture['id'])}"


def squeezed(text: str | None) -> str:
    return re.sub(r"\s", "", text or "")


def marked(page: str) -> str | None:
    """Return the text of the marked cell of a page, without white space; None where none is marked."""
    root = etree.fromstring(page.encode(), etree.HTMLParser(encoding="utf-8"))
    cells = root.xpath("//*[@id='marked']")
    assert len(cells) <= 1
    return squeezed("".join(cells[0].itertext())) if cells else None


EVERY = 1 if SOAK else 15
"""Of so many figures of a report the proof of one is looked at."""


@series
@pytest.mark.parametrize("file_type", ["html", "docx", "pdf"])
def test_every_figure_leads_to_the_cell_that_prints_it(reports: Site, file_type: str) -> None:
    facts = facts_of(reports, file_type)
    assert len(facts) > 150
    linked = re.findall(
        r'class="fig" href="/-/proof/(\w+)"',
        reports.get(f"/gongkai/documents/{report_of(reports, file_type)['id']}").text,
    )
    assert {fact["id"] for fact in facts if fact["value"] is not None} <= set(linked)
    for fact in facts[::EVERY]:
        page = reports.get(f"/-/proof/{fact['id']}")
        assert page.status_code == 200
        assert "刚从存档重新读出" in page.text, fact
        # A wide table scrolls: the link brings the cell into sight.
        assert '<a href="#marked">' in page.text, fact
        assert page.text.count('id="marked"') == 1, fact
        assert marked(page.text) == squeezed(fact["raw"]), fact


def test_a_proof_says_what_is_printed_where_and_how_to_check_it(reports: Site) -> None:
    [fact] = [
        fact
        for fact in facts_of(reports)
        if (fact["row_key"], fact["column_key"]) == ("new_requests", "total")
    ]
    page = reports.get(f"/-/proof/{fact['id']}").text
    [capture] = rows(reports, "captures", document_id=fact["document_id"])
    for text in (
        f'<data value="{fact["raw"]}">',
        "原文此格印有数字",
        "按这一格在表中的位置",
        "三、收到和处理政府信息公开申请情况",
        "2026-01-31 08:00 北京时间",
        f"UTC {capture['fetched_at']}",
        capture["payload_sha256"],
        f"{capture['warc_file']}，偏移 {capture['warc_offset']}，",
        "六类申请人之和",
        "gongkai verify",
    ):
        assert text in page, text
    [command] = re.findall("<pre>(tail .*)</pre>", page)
    record = subprocess.run(
        ["/bin/sh", "-c", html.unescape(command)], cwd=reports.data.warc, capture_output=True, check=True
    ).stdout.decode()
    assert capture["id"].strip("<>") in record
    assert f">{fact['raw']}<" in record
    english = reports.get(f"/-/proof/{fact['id']}", lang="en").text
    assert "A number is printed here" in english
    assert "Beijing time" in english


def test_a_blank_cell_is_said_to_be_blank_and_what_the_form_implies_is_told_apart(reports: Site) -> None:
    blank = [fact for fact in facts_of(reports) if fact["state"] == "blank"]
    assert blank
    for fact in blank[:5]:
        page = reports.get(f"/-/proof/{fact['id']}").text
        assert "原表此格为空；空不是 0" in page
        assert marked(page) == ""
        implied = f"按勾稽关系推算为 {fact['implied']}（非原文）"
        assert (implied in page) == (fact["implied"] is not None)


def test_a_replay_is_inert_and_says_when_it_was_archived(reports: Site) -> None:
    page = reports.get(replay_path(reports)).text
    assert "这是 2026-01-31 08:00（北京时间）存档的网页" in page
    content = page.partition('class="archived page"')[2].partition('<h2 id="evidence">')[0]
    assert "链接" in content
    for active in ("<script", "onclick", "onerror", "style=", "<img", "<iframe", "href", "src=", "x.example"):
        assert active not in content, active


def test_a_figure_is_marked_in_the_whole_page_by_its_address(reports: Site) -> None:
    fact = next(fact for fact in facts_of(reports) if fact["state"] == "number")
    [link] = re.findall(r'href="(/-/replay/[^"#]+)#(cell-\d+)"', reports.get(f"/-/proof/{fact['id']}").text)
    page = reports.get(link[0]).text
    [cell] = re.findall(rf'id="{link[1]}"[^>]*>(.*?)</t[dh]>', page, re.DOTALL)
    assert squeezed(re.sub("<[^>]+>", "", cell)) == squeezed(fact["raw"])


def test_a_file_is_handed_out_as_received_and_a_page_is_not(reports: Site) -> None:
    [capture] = rows(reports, "captures", document_id=report_of(reports, "pdf")["id"])
    path = f"/-/replay/{tilde_encode(capture['id'])}"
    answer = reports.get(f"{path}/file")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.content == DIGITAL["ruled.pdf"].render(draw_report("form_2021", NAMES.index("ruled.pdf")))
    assert f'href="{path}/file"' in reports.get(path).text
    assert reports.get(f"{replay_path(reports)}/file").status_code == 404


@pytest.mark.parametrize("path", ["/-/proof/0123456789abcdef", "/-/replay/nothing", "/-/replay/nothing/file"])
def test_what_is_not_published_has_no_page(reports: Site, path: str) -> None:
    assert reports.get(path).status_code == 404


def test_where_the_archive_is_elsewhere_the_rest_is_shown(page_alone: Site) -> None:
    fact = next(fact for fact in facts_of(page_alone) if fact["state"] == "number")
    for file in archive_files(page_alone.data.warc):
        file.unlink()
    page = page_alone.get(f"/-/proof/{fact['id']}")
    assert page.status_code == 200
    assert "存档在离线存储" in page.text
    assert marked(page.text) == squeezed(fact["raw"])
    assert "偏移" in page.text
    assert page_alone.get(replay_path(page_alone)).status_code == 404


def test_a_record_whose_digest_is_another_is_not_shown(page_alone: Site) -> None:
    fact = next(fact for fact in facts_of(page_alone) if fact["state"] == "number")
    [capture] = rows(page_alone, "captures", document_id=fact["document_id"])
    path = page_alone.data.warc / capture["warc_file"]
    stored = bytearray(path.read_bytes())
    at = capture["warc_offset"] + capture["warc_length"] // 2
    stored[at] ^= 0xFF
    path.write_bytes(stored)
    assert "摘要与所录不同" in page_alone.get(f"/-/proof/{fact['id']}").text


@pytest.mark.parametrize("kind", ["url", "passage"])
def test_what_is_suppressed_is_neither_proved_nor_replayed(page_alone: Site, kind: str) -> None:
    fact = next(fact for fact in facts_of(page_alone) if fact["state"] == "number")
    path = replay_path(page_alone)
    assert page_alone.get(path).status_code == 200
    [place] = [
        row for row in rows(page_alone, "occurrences", version_id=fact["version_id"]) if row["position"] == 1
    ]
    target = report_of(page_alone)["url"] if kind == "url" else place["section_id"]
    (page_alone.data.root / "suppressions.yaml").write_text(
        f"- {kind}: '{target}'\n  reason: 身份证号\n  date: 2026-01-31\n", "utf-8"
    )
    publish(page_alone.data, clock=lambda: NOW)
    hidden = page_alone.get(path)
    assert hidden.status_code == 451
    assert 'class="archived page"' not in hidden.text
    assert page_alone.get(f"{path}/file").status_code == 404
    page = page_alone.get(f"/-/proof/{fact['id']}")
    assert page.status_code == 404 if kind == "url" else "整页不重现" in page.text


def test_a_page_that_takes_too_long_is_given_up_and_the_next_one_is_read(
    reports: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = reports.app.databases["gongkai"]
    fact = next(fact for fact in facts_of(reports) if fact["state"] == "number")
    monkeypatch.setattr(service, "LIMITS", Limits(seconds=0.001))
    monkeypatch.setattr(database, "replays", Replays(reports.data.warc))
    page = reports.get(f"/-/proof/{fact['id']}")
    database.replays.close()
    assert page.status_code == 200
    assert "超过了时间或内存的限度" in page.text
    assert marked(page.text) == squeezed(fact["raw"])
    monkeypatch.undo()
    assert "刚从存档重新读出" in reports.get(f"/-/proof/{fact['id']}").text


def test_a_record_that_is_too_large_is_not_begun(reports: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    database = reports.app.databases["gongkai"]
    monkeypatch.setattr(database, "replays", Replays(reports.data.warc))
    monkeypatch.setattr(service, "REPLAY", replace(REPLAY, record_bytes=10))
    answer = reports.get(replay_path(reports))
    assert answer.status_code == 404
    assert "太大" in answer.text


def test_where_many_wait_the_next_is_told_to_come_again(
    reports: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = reports.app.databases["gongkai"]
    fact = next(fact for fact in facts_of(reports) if fact["state"] == "number")
    monkeypatch.setattr(service, "REPLAY", replace(REPLAY, waiting=0))
    monkeypatch.setattr(database, "replays", Replays(reports.data.warc))
    page = reports.get(f"/-/proof/{fact['id']}")
    assert page.status_code == 503
    assert "请稍后再试" in page.text
    assert marked(page.text) == squeezed(fact["raw"])


def test_a_report_is_told_in_a_sentence_of_printed_figures_each_with_its_proof(reports: Site) -> None:
    facts = {(fact["table_key"], fact["row_key"], fact["column_key"]): fact for fact in facts_of(reports)}
    path = f"/gongkai/documents/{report_of(reports)['id']}"
    [told] = re.findall('<p class="told">(.*?)</p>', reports.get(path).text, re.DOTALL)
    proofs = re.findall(r'href="/-/proof/(\w+)"', told)
    assert proofs == [
        facts[place]["id"]
        for place in (
            ("t3", "new_requests", "total"),
            ("t3", "results_total", "total"),
            ("t4", "review", "total"),
            ("t4", "litigation_direct", "total"),
            ("t4", "litigation_after_review", "total"),
        )
    ]
    assert "received" in reports.get(path, lang="en").text


def test_a_blank_cell_is_read_aloud_and_copied_as_nothing(reports: Site) -> None:
    blank = next(fact for fact in facts_of(reports) if fact["state"] == "blank")
    page = reports.get(f"/gongkai/documents/{blank['document_id']}").text
    assert '<td role="cell"><span class="ns">空</span></td>' in page
    css = reports.get("/static/gongkai.css").text
    assert re.search(r"\.ns\{[^}]*user-select:none", css)
    # The label of its row leads to the proof that a blank cell has no figure to lead to.
    row = next(it for it in re.findall(r'<tr role="row">.*?</tr>', page, re.DOTALL) if ">空<" in it)
    assert re.search(r'<th scope="row" role="rowheader"><a href="/-/proof/\w+"', row)


def test_each_table_can_be_skipped_and_each_mark_leads_to_its_note_and_back(reports: Site) -> None:
    for file_type in ("html", "pdf"):
        page = reports.get(f"/gongkai/documents/{report_of(reports, file_type)['id']}").text
        ids = re.findall(r' id="([^"]+)"', page)
        assert len(ids) == len(set(ids))
        for target in re.findall(r'href="#([^"]+)"', page):
            assert target in ids, target
        assert {"t2-1-end", "t3-1-end", "t4-1-end"} <= set(ids)


def test_a_passage_of_a_paged_file_says_on_which_page_it_stands(reports: Site) -> None:
    page = reports.get(f"/gongkai/documents/{report_of(reports, 'pdf')['id']}").text
    assert re.findall(r'<p class="also"[^>]*>第 (\d+) 页</p>', page)[:2] == ["1", "2"]
    assert "〔第 2 页〕" in reports.get(re.findall(r'href="(/-/replay/[^"#]+)"', page)[0]).text


def test_the_row_of_a_figure_leads_to_its_proof(reports: Site) -> None:
    fact = facts_of(reports)[0]
    assert f'href="/-/proof/{fact["id"]}"' in reports.get(f"/gongkai/facts/{fact['id']}").text


def test_where_archived_pages_are_played_documents_texts_and_figures_lead_there(page_alone: Site) -> None:
    fact = facts_of(page_alone)[0]
    [capture] = rows(page_alone, "captures", document_id=fact["document_id"])
    stamp = re.sub(r"\D", "", capture["fetched_at"])[:14]
    link = f'href="http://replay.test:8080/gongkai/{stamp}/{capture["url"]}"'
    pages = [f"/gongkai/documents/{fact['document_id']}", f"/gongkai/versions/{fact['version_id']}"]
    pages.append(f"/-/proof/{fact['id']}")
    assert not any(link in page_alone.get(page).text for page in pages)
    (page_alone.data.root / "gongkai.yaml").write_text("replay: http://replay.test:8080/\n", "utf-8")
    configured = Site(page_alone.data, datasette_app(page_alone.data))
    assert [page for page in pages if link not in configured.get(page).text] == []
