"""The proof of a rate: its formula, every cell it is made of with its own proof, all marked at once."""

from __future__ import annotations

import datetime as dt
import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from datasette.utils import tilde_encode
from lxml import etree
from PIL import Image

from archive.data_folder import DataDir
from archive.derivation import derive
from archive.importing import Provenance, import_files
from archive.publish.copy import publish
from gongkai.serving import datasette_app
from gongkai.web.pages.measure_pages import pick_terms
from gongkai.web.questions import measures
from gongkai.web.thresholds import REPLAY
from tests.renditions.formats import DIGITAL
from tests.renditions.model import draw_report
from tests.renditions.to_pdf import STYLES, to_pdf
from tests.renditions.to_scan import page_as_png, scan_pages
from tests.web.conftest import Site

if TYPE_CHECKING:
    from pathlib import Path

    from tests.renditions.model import PrintedReport

NOW = dt.datetime(2026, 1, 31, tzinfo=dt.UTC)
NAMES = {"a.html": "白石县", "b.docx": "青溪县", "c.ruled.pdf": "云台县"}


def report_by(county: str) -> PrintedReport:
    """Return a report of a county, with a figure in every cell."""
    drawn = draw_report("form_2021", len(county), blanks=0, dashes=0)
    return replace(drawn, title=drawn.title.replace("青溪县", county))


def publish_files(root: Path, files: dict[str, bytes]) -> Site:
    """Import files, read and publish them."""
    data = DataDir(root / "data")
    (root / "files").mkdir()
    for name, payload in files.items():
        (root / "files" / name).write_bytes(payload)
    paths = sorted((root / "files").iterdir())
    import_files(paths, data=data, clock=lambda: NOW, run_id="run-1", provenance=Provenance())
    derive(data)
    publish(data, clock=lambda: NOW)
    return Site(data, datasette_app(data))


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Site:
    drawn = {name: DIGITAL[name[2:]].render(report_by(county)) for name, county in NAMES.items()}
    return publish_files(tmp_path_factory.mktemp("reports"), drawn)


def ask(site: Site, sql: str, of: str = "") -> list[dict[str, Any]]:
    """Return the rows that answer a query of one parameter, `:of`."""
    found: list[dict[str, Any]] = site.get("/gongkai.json", sql=sql, of=of, _shape="array").json()
    return found


def suppress_passage(site: Site, version: str) -> None:
    [row] = ask(site, "SELECT section_id FROM occurrences WHERE version_id = :of AND position = 1", version)
    (site.data.root / "suppressions.yaml").write_text(
        f"- passage: {row['section_id']}\n  reason: 身份证号\n  date: 2026-01-31\n", "utf-8"
    )
    publish(site.data, clock=lambda: NOW)


def root_of(page: str) -> Any:
    return etree.fromstring(page.encode(), etree.HTMLParser(encoding="utf-8"))


def squeezed(element: Any) -> str:
    return re.sub(r"\s", "", "".join(element.itertext()))


def report_of(site: Site, file_type: str) -> dict[str, Any]:
    [report] = ask(
        site,
        "SELECT r.* FROM rates_by_report AS r JOIN documents AS d ON d.id = r.document_id"
        " WHERE measure = 'denied' AND file_type = :of",
        file_type,
    )
    return report


def cells_of(site: Site, report: dict[str, Any]) -> dict[str, str]:
    """Return what is printed in the cells of the rate of refusals, by the ids of their facts."""
    cells = ask(
        site,
        "SELECT id, raw FROM facts WHERE version_id = :of AND table_key = 't3'"
        " AND column_key = 'total' AND (row_key GLOB 'denied_*' OR row_key = 'results_total')",
        report["version_id"],
    )
    return {cell["id"]: cell["raw"].strip() for cell in cells}


@pytest.mark.parametrize("file_type", ["html", "docx", "pdf"])
def test_every_cell_of_a_rate_has_its_proof_and_all_are_marked_at_once(reports: Site, file_type: str) -> None:
    report = report_of(reports, file_type)
    cells = cells_of(reports, report)
    assert len(cells) == 9
    page = reports.get(f"/-/rate/denied/{report['document_id']}")
    assert page.status_code == 200
    root = root_of(page.text)
    assert {link.rpartition("/")[2] for link in root.xpath("//table[@class='terms']//a/@href")} == set(cells)
    for part, whole in (("above", report["numerator"]), ("below", report["denominator"])):
        marked = root.xpath(f"//*[contains(@class, 'archived')]//*[contains(@class, 'marked {part}')]")
        assert sum(int(squeezed(cell)) for cell in marked) == whole
        [head] = root.xpath(f"//tr[@id='{'numerator' if part == 'above' else 'denominator'}']")
        assert squeezed(head).endswith(f"={whole:,}")
    assert len(root.xpath("//*[@id='marked']")) == 1
    ids = root.xpath("//@id")
    assert len(ids) == len(set(ids))
    share = f"{report['numerator'] / report['denominator']:.1%}"
    assert squeezed(root.xpath("//p[@class='rate-of']")[0]).startswith(f"{share}=")
    [cited] = root.xpath("//p[@class='cite']")
    counts = f"（{report['numerator']:,}/{report['denominator']:,}）"
    assert f"不予公开率{share}{counts}" in squeezed(cited)
    assert f"/-/rate/denied/{report['document_id']}" in squeezed(cited)
    assert cited.get("data-copy") == "复制"
    assert len(root.xpath("//*[local-name()='svg'][@class='qr']")) == 1


def test_every_published_rate_is_what_its_page_adds_up(bodies_site: Site) -> None:
    rates = ask(bodies_site, "SELECT * FROM rates_by_report WHERE numerator IS NOT NULL")
    assert len({rate["measure"] for rate in rates}) >= 4
    for rate in rates[:: max(1, len(rates) // 25)]:
        page = bodies_site.get(f"/-/rate/{rate['measure']}/{rate['document_id']}").text
        facts = re.findall(r'class="fig" href="/-/proof/(\w+)"', page.partition("</table>")[0])
        found = {
            row["id"]: row
            for row in ask(
                bodies_site,
                "SELECT * FROM facts WHERE instr(:of, id)",
                " ".join(facts),
            )
        }
        measure = measures()[rate["measure"]]
        own = [row for row in found.values() if row["document_id"] == rate["document_id"]]
        earlier = [row for row in found.values() if row["document_id"] != rate["document_id"]]
        terms = pick_terms(measure.cells, [own, earlier])
        assert len(terms) == len(facts) == rate["cells"]
        for part, whole in (("above", rate["numerator"]), ("below", rate["denominator"])):
            cells = [(term.sign, float(term.fact["value"])) for term in terms if term.part == part]
            assert sum(sign * value for sign, value in cells) == whole, rate


def test_a_rate_that_is_not_ranked_says_why_and_shows_its_cells(bodies_site: Site) -> None:
    for why in ("not_stated", "does_not_add_up"):
        rate = ask(
            bodies_site, "SELECT * FROM rates_by_report WHERE unranked = :of AND form IS NOT NULL", why
        )[0]
        page = bodies_site.get(f"/-/rate/{rate['measure']}/{rate['document_id']}").text
        assert f"不列入排名：{rate['why'].partition(' / ')[0]}" in page
        assert page.count('class="fig" href="/-/proof/') >= rate["stated"]
        assert ('id="checks"' in page) is (why == "does_not_add_up")
        assert ("不相加" in page) is (rate["numerator"] is None)


@pytest.mark.parametrize(
    "path", ["covered/0123456789abcdef0123", "denied/0123456789abcdef0123", "none/0123", "denied/x"]
)
def test_what_is_no_rate_has_no_page(bodies_site: Site, path: str) -> None:
    assert bodies_site.get(f"/-/rate/{path}").status_code == 404


def test_the_cells_of_a_pdf_are_boxed_on_the_picture_of_their_page(reports: Site) -> None:
    report = report_of(reports, "pdf")
    root = root_of(reports.get(f"/-/rate/denied/{report['document_id']}").text)
    assert len(root.xpath("//*[local-name()='rect'][starts-with(@class, 'box')]")) == 9
    addresses = set(root.xpath("//*[local-name()='image']/@href"))
    assert addresses
    for address in addresses:
        answer = reports.get(address)
        assert answer.headers["content-type"] == "image/webp"
        assert max(Image.open(io.BytesIO(answer.content)).size) == REPLAY.picture_pixels
    for other in ("html", "docx"):
        page = reports.get(f"/-/rate/denied/{report_of(reports, other)['document_id']}").text
        assert "page-picture" not in page


def ink_in_box(site: Site, fact: str) -> float:
    """Return how much of the box around a cell is dark, on the picture of its page."""
    [svg] = root_of(site.get(f"/-/proof/{fact}").text).xpath("//figure/*[local-name()='svg']")
    [image], [box] = (svg.xpath(f"*[local-name()='{name}']") for name in ("image", "rect"))
    picture = Image.open(io.BytesIO(site.get(image.get("href")).content)).convert("L")
    scale = picture.width / float(image.get("width"))
    left, top, width, height = (scale * float(box.get(name)) for name in ("x", "y", "width", "height"))
    rule = height / 5  # askew ones reach into the box
    inside = picture.crop((left + rule, top + rule, left + width - rule, top + height - rule))
    return sum(inside.histogram()[:128]) / (inside.width * inside.height)


def test_a_box_is_drawn_around_the_printed_figure(reports: Site) -> None:
    """What is dark in the box of a cell with figures is a figure; the box beside it has another."""
    cell = next(iter(cells_of(reports, report_of(reports, "pdf"))))
    assert 0 < ink_in_box(reports, cell) < 0.2


@pytest.mark.parametrize("page", ["0", "99", "99999", "x"])
def test_a_page_that_is_not_there_has_no_picture(reports: Site, page: str) -> None:
    [capture] = ask(
        reports,
        "SELECT c.id FROM captures AS c JOIN documents AS d ON d.id = c.document_id WHERE file_type = 'pdf'",
    )
    assert reports.get(f"/-/replay/{tilde_encode(capture['id'])}/pages/{page}").status_code == 404


def test_no_page_of_what_is_suppressed_is_drawn(tmp_path: Path) -> None:
    site = publish_files(tmp_path, {"a.pdf": DIGITAL["ruled.pdf"].render(report_by("云台县"))})
    report = report_of(site, "pdf")
    path = f"/-/rate/denied/{report['document_id']}"
    [address] = set(root_of(site.get(path).text).xpath("//*[local-name()='image']/@href"))
    assert site.get(address).status_code == 200
    suppress_passage(site, report["version_id"])
    assert site.get(address).status_code == 404
    assert "page-picture" not in site.get(path).text


@pytest.mark.slow
def test_the_cells_of_a_scan_are_boxed_where_they_stand_on_the_askew_page(tmp_path: Path) -> None:
    """As the recogniser placed them; and no page is shown of which anything is hidden."""
    pages = scan_pages(to_pdf(draw_report("form_2021", 2, blanks=0.5), STYLES["ruled"]))
    site = publish_files(tmp_path, {"a.png": page_as_png(pages[0].crop((0, 0, 1653, 1170)))})
    [version] = ask(site, "SELECT v.id, v.capture_id FROM versions AS v")
    address = f"/-/replay/{tilde_encode(version['capture_id'])}/pages/1"
    assert site.get(address).headers["content-type"] == "image/webp"
    facts = ask(site, "SELECT f.id, state FROM facts AS f JOIN stored_facts USING (id) WHERE box IS NOT NULL")
    ink = [(fact["state"], ink_in_box(site, fact["id"])) for fact in facts]
    assert {"number", "blank"} <= {state for state, _ in ink}
    assert [it for it in ink if (it[1] > 0) == (it[0] == "blank")] == []
    page = site.get(f"/-/proof/{facts[0]['id']}").text
    assert f'<image href="{address}"' in page
    suppress_passage(site, version["id"])
    assert site.get(address).status_code == 404
    assert "page-picture" not in site.get(f"/-/proof/{facts[0]['id']}").text
