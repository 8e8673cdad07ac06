"""A small corpus filled by SQL: what the published tables look like, with the strings that break things.

Three governments, reports of four years, policy documents and a plan; a passage that stands in many places,
captures of every sort, a reference that leads nowhere. All text is ours.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import sqlite3
from typing import TYPE_CHECKING

from archive.corpus.store import schema_sql
from benchmarks._wide_rows import accept_wide_rows
from pipelines.addresses import canonical_address
from pipelines.identity import document_id, issuer_id, section_id, text_sha256, version_id

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

HOSTILE = (
    '他说“公开”，又写"公开"，还写"',
    "公* 与 -公开 与 ^公 与 公:开 AND 政务 OR 公开 NOT 公开",
    "NUL\x00在此，公\x00开",
    "\U00020bb7野家与𰻝𰻝面，䶮字",
    "豫政办〔2018〕77号，豫政办[2018]77号",
    "表情😀👨\u200d👩\u200d👧与旗帜🇨🇳",
    "全角数字２０１９ 年，半角2019年，ＧＯＮＧＫＡＩ与Gongkai",
    "100%公开，下划线_公_开，反斜线\\",
    "<script>alert('公开')</script><b>粗</b>&amp;",
    "ΟΔΟΣ ος ẞß ﬁ ™ ℃ ㎡ ① Ⅳ ㈠",
    "换行\n在\r\n中间\t制表\u3000全角空格",
    "长" + "政府信息公开" * 5_000,
    "\ufeff字节序\ufffe与\uffff与\u180e与\u0345",
    '=HYPERLINK("http://example.com")',
    '逗号,引号"与空行\r\r\n\n尾',
    " ",
)

GOVERNMENTS = (
    ("青川市人民政府", "410900", "government"),
    ("白塔县人民政府", "410901", "government"),
    ("临湖区人民政府办公室", "410902", "department"),
)
YEARS = (2018, 2019, 2020, 2021)
TOPICS = (
    "主动公开",
    "依申请公开",
    "政府信息管理",
    "平台建设",
    "监督保障",
    "行政复议",
    "行政诉讼",
    "政策解读",
)
COMMON = "本机关依法、及时、准确地公开政府信息，接受社会监督。"
SEEN = "2026-01-30T19:00:00.000000Z"
BEFORE = "2026-01-29T19:00:00.000000Z"


def build_corpus(path: Path, *, extra_passages: Iterable[str] = (), reverse: bool = False) -> None:
    """Fill a new corpus file; `reverse` enters every table's rows the other way round."""
    rows = _Rows()
    for number, (name, region, kind) in enumerate(GOVERNMENTS):
        rows.government(number, name, region, kind)
        for year in YEARS:
            rows.document(
                number, "annual_report", f"{name}{year}年政府信息公开工作年度报告", year, _report(name, year)
            )
    rows.document(
        0,
        "policy",
        "青川市人民政府办公室关于印发2020年政务公开工作要点的通知",
        2020,
        _policy(),
        doc_number="青政办〔2020〕7号",
        earlier=["各乡镇人民政府：", "（一）旧稿所列事项，待定。"],
    )
    rows.document(
        1,
        "task_plan",
        "白塔县2021年政务公开重点工作责任分工方案",
        2021,
        [f"{i}. 任务第{i}项，由县司法局负责。" for i in range(1, 12)],
    )
    rows.document(
        2,
        "other",
        '关于"公开"*的<b>通知</b> AND 说明',
        None,
        [*HOSTILE, *extra_passages],
        doc_number="临〔２０１９〕3号",
    )
    rows.document(2, "policy", None, None, [])
    rows.years()
    rows.repetition()
    rows.failures()
    write_rows(path, rows.tables, reverse=reverse)


def write_rows(path: Path, tables: dict[str, list[dict[str, object]]], *, reverse: bool = False) -> None:
    """Write rows into a new corpus with the real schema."""
    db = sqlite3.connect(path)
    db.executescript(schema_sql())
    accept_wide_rows(db)
    for table, rows in tables.items():
        for row in reversed(rows) if reverse else rows:
            names, marks = ", ".join(row), ", ".join("?" * len(row))
            verb = "INSERT OR IGNORE" if table == "sections" else "INSERT"
            db.execute(f"{verb} INTO {table} ({names}) VALUES ({marks})", tuple(row.values()))
    db.commit()
    db.close()


def _report(name: str, year: int) -> list[str]:
    passages = [f"{name}\n{year}年政府信息公开工作年度报告", "一、总体情况\n" + COMMON]
    for place, topic in enumerate(TOPICS, start=1):
        figure = year * place % 997
        passages.append(
            f"（{place}）{topic}\n{year}年，{name}{topic}工作有序开展，"
            f"全年办理{figure}件，较上年变化{figure % 13}件。"
        )
        passages.append(COMMON)
    passages += [
        f"二、第{i}类情况\n条目{i}：{topic}，见附表第{i}行。" for i, topic in enumerate(TOPICS * 2, start=1)
    ]
    return passages


def _skeleton(passage: str) -> str | None:
    """Return what passages share that differ in digits alone; None for those that have none."""
    words = re.sub(r"\d+", "", passage)
    return text_sha256(words)[:20] if words != passage else None


def _policy() -> list[str]:
    return [
        "各乡镇人民政府：",
        *(f"（{i}）推进{topic}，年内完成{i * 3}项。" for i, topic in enumerate(TOPICS, start=1)),
        COMMON,
    ]


class _Rows:
    """The rows in the making, by table."""

    def __init__(self) -> None:
        self.tables: dict[str, list[dict[str, object]]] = {
            name: []
            for name in (
                "portals",
                "issuers",
                "runs",
                "sweeps",
                "_captures",
                "documents",
                "versions",
                "sections",
                "occurrences",
                "changes",
                "relations",
                "repetitions",
                "variants",
                "plans",
                "plan_items",
                "_meta",
            )
        }
        self.offset = 0
        self.tables["_meta"].append({"key": "secret", "value": "internal"})
        self.tables["runs"].append(
            {
                "id": "run-1",
                "verb": "crawl",
                "night": "2026-01-31",
                "started_at": SEEN,
                "finished_at": SEEN,
                "state": "finished",
            }
        )

    def add(self, table: str, **row: object) -> None:
        self.tables[table].append(row)

    def government(self, number: int, name: str, region: str, kind: str) -> None:
        home = f"http://www.gov{number}.example/"
        self.add(
            "portals",
            id=f"portal-{number}",
            name=name + "门户网站",
            region_code=region,
            family="static_list",
            home_url=home,
            enabled=1,
            registered_at=SEEN,
            last_crawled_at=SEEN,
            health="ok",
        )
        self.add(
            "issuers",
            id=issuer_id(name),
            name=name,
            aliases=json.dumps([name[:2]], ensure_ascii=False),
            region_code=region,
            kind=kind,
        )
        self.add(
            "sweeps",
            run_id="run-1",
            portal_id=f"portal-{number}",
            list_url=home + "list.html",
            declared=4,
            found=4,
            complete=1,
        )

    def capture(self, url: str, outcome: str, number: int, **more: object) -> str:
        self.offset += 1000
        capture = f"<urn:uuid:00000000-0000-4000-8000-{self.offset:012d}>"
        digest = hashlib.sha256(url.encode()).hexdigest() if outcome == "ok" else None
        row = {
            "record_type": "response" if outcome == "ok" else "failure",
            "status": 200 if outcome == "ok" else None,
            "role": "article",
            "run_id": "run-1",
            "fetched_at": SEEN,
            **more,
        }
        self.add(
            "_captures",
            id=capture,
            url=url,
            content_type="text/html",
            payload_sha256=digest,
            warc_file="gongkai-0001.warc.gz",
            warc_offset=self.offset,
            warc_length=900,
            outcome=outcome,
            portal_id=f"portal-{number}",
            **row,
        )
        return capture

    def document(
        self,
        number: int,
        kind: str,
        title: str | None,
        year: int | None,
        passages: list[str],
        *,
        doc_number: str | None = None,
        earlier: list[str] | None = None,
    ) -> None:
        url = f"http://www.gov{number}.example/{kind}/{len(self.tables['documents'])}.html"
        document = document_id(canonical_address(url))
        if earlier:
            before = self.capture(url, "ok", number, document_id=document, fetched_at=BEFORE)
            self.version(document, before, earlier, BEFORE)
        capture = self.capture(url, "ok", number, document_id=document, list_title=title)
        version = self.version(document, capture, passages, SEEN)
        name = GOVERNMENTS[number][0]
        self.add(
            "documents",
            id=document,
            portal_id=f"portal-{number}",
            url=url,
            kind=kind,
            title=title,
            issuer=name,
            issuer_id=issuer_id(name),
            region_code=GOVERNMENTS[number][1],
            year=year,
            doc_number=doc_number,
            published_on=f"{year + 1}-01-20" if year else None,
            status="live",
            read_state="read" if passages else "failed",
            read_reason=None if passages else "empty_file",
            first_seen=SEEN,
            last_seen=SEEN,
            current_version_id=version,
        )
        self.add(
            "changes",
            document_id=document,
            kind="appeared",
            observed_at=SEEN,
            to_version_id=version,
            capture_id=capture,
            evidence="{}",
        )

    def version(self, document: str, capture: str, passages: list[str], seen: str) -> str | None:
        """Enter a text and its passages; a document without passages has none."""
        if not passages:
            return None
        text = "".join("\n" + passage for passage in passages) + "\n"
        version = version_id(document, text_sha256(text))
        self.add(
            "versions",
            id=version,
            document_id=document,
            capture_id=capture,
            text_sha256=text_sha256(text),
            text=text,
            chars=len(text),
            tail="\n",
            extractor="body",
            encoding="utf-8",
            first_seen=seen,
            last_seen=seen,
        )
        path = ""
        for position, passage in enumerate(passages):
            section = section_id(passage)
            self.add(
                "sections",
                id=section,
                text=passage,
                chars=len(passage),
                normalised_sha256=text_sha256(passage),
                skeleton=_skeleton(passage),
            )
            if passage.startswith(("一、", "二、")):
                path = passage.split("\n")[0]
            level = 1 if passage.startswith(("一、", "二、")) else 2 if passage.startswith("（") else 0
            own = " › ".join(filter(None, [path, passage.split("\n")[0]])) if level == 2 else path
            self.add(
                "occurrences",
                version_id=version,
                position=position,
                section_id=section,
                heading_path=own,
                level=level,
                lead="\n",
                raw=None,
            )
        return version

    def years(self) -> None:
        """Relate each report to that of the year before."""
        reports = {
            (row["issuer_id"], row["year"]): row["id"]
            for row in self.tables["documents"]
            if row["kind"] == "annual_report"
        }
        for (issuer, year), report in reports.items():
            assert isinstance(year, int)
            if before := reports.get((issuer, year - 1)):
                self.add(
                    "relations",
                    from_document_id=report,
                    to_document_id=before,
                    kind="previous_year",
                    evidence=f"{year} → {year - 1}",
                )

    def repetition(self) -> None:
        """Let one report disagree with itself, and one policy ask for three things."""
        report, policy = self.tables["documents"][0], self.tables["documents"][-4]
        place = {
            "version_id": report["current_version_id"],
            "heading_path": "一总体情况",
            "document_id": report["id"],
        }
        self.add("repetitions", **place, times=3, spellings=2, sections=2, positions="[2, 4, 6]")
        for wording, times, positions in (("预算", 2, "[2, 4]"), ("决算", 1, "[6]")):
            said = {"disagreement": 0, "wording": wording, "context": "政府性基金", "sort": "turn"}
            self.add("variants", **place, **said, times=times, positions=positions)
        asks = {"year": policy["year"], "issuer_id": policy["issuer_id"], "scope": "4109", "items": 3}
        self.add("plans", document_id=policy["id"], **asks)
        for row in self.tables["occurrences"]:
            if row["version_id"] == policy["current_version_id"] and row["position"] in (1, 2, 3):
                item = {"title": row["heading_path"], "level": 2, "section_id": row["section_id"]}
                self.add("plan_items", document_id=policy["id"], position=row["position"], **item)

    def failures(self) -> None:
        self.capture("http://www.gov0.example/blocked.html", "challenge_ruishu", 0, error="challenge page")
        self.capture("http://www.gov1.example/slow.html", "timeout", 1, error="no answer in 30 s")
        self.capture(
            "http://www.gov1.example/again.html", "not_modified", 1, parent_capture_id="<urn:uuid:lost>"
        )
        self.add(
            "sweeps",
            run_id="run-lost",
            portal_id="portal-0",
            list_url="http://www.gov0.example/x",
            declared=None,
            found=0,
            complete=0,
        )


def add_visit(corpus: Path, at: str) -> str:
    """Add a night on which one document was visited and had not changed; return the document's id."""
    with contextlib.closing(sqlite3.connect(corpus)) as db, db:
        [(document, version)] = db.execute(
            "SELECT id, current_version_id FROM documents WHERE current_version_id IS NOT NULL "
            "ORDER BY id LIMIT 1"
        )
        row = db.execute("SELECT * FROM captures WHERE document_id = ? LIMIT 1", (document,))
        names = [column[0] for column in row.description]
        visit = dict(zip(names, row.fetchone(), strict=True)) | {
            "id": "<urn:uuid:visit>",
            "run_id": "visit",
            "fetched_at": at,
            "outcome": "not_modified",
        }
        visit["warc_offset"] += 1_000_000
        db.execute(
            "INSERT INTO runs (id, verb, night, started_at, state) "
            "VALUES ('visit', 'nightly', ?, ?, 'finished')",
            (at[:10], at),
        )
        places = ", ".join("?" * len(names))
        db.execute(f"INSERT INTO _captures ({', '.join(names)}) VALUES ({places})", tuple(visit.values()))  # noqa: S608
        db.execute("UPDATE documents SET last_seen = ? WHERE id = ?", (at, document))
        db.execute("UPDATE stored_versions SET last_seen = ? WHERE id = ?", (at, version))
        db.execute("UPDATE portals SET last_crawled_at = ?", (at,))
    return str(document)
