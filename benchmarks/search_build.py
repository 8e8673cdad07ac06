"""What publishing costs and how fast exact search answers, on a corpus of made-up passages.

    python -m benchmarks.search_build [PASSAGES]

Prints build time, sizes, whether two publications of one corpus have the same bytes, and the time of 200
queries with their agreement with a substring scan.
"""

from __future__ import annotations

import datetime as dt
import random
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

from archive.corpus.store import schema_sql
from archive.paths import DataDir
from archive.publish import publish
from archive.search import match_phrase, search_form
from pipelines.identity import section_id, text_sha256

WORDS = (
    *(
        "政府信息",
        "公开",
        "主动",
        "依申请",
        "机关",
        "办理",
        "答复",
        "年度",
        "报告",
        "工作",
        "条例",
        "平台",
        "建设",
    ),
    *(
        "监督",
        "保障",
        "行政复议",
        "诉讼",
        "纠正",
        "结果",
        "维持",
        "群众",
        "企业",
        "服务",
        "及时",
        "准确",
        "加强",
    ),
    *(
        "，",
        "。",
        "；",
        "：",
        "（",
        "）",
        "〔",
        "〕",
        "2019年",
        "2020年",
        "件",
        "次",
        "人",
        "第",
        "号",
        "推进",
        "落实",
    ),
)

_MATCH = "SELECT rowid FROM sections_fts WHERE sections_fts MATCH ?"


def make_corpus(path: Path, passages: int) -> None:
    """Fill a corpus with passages of about 140 characters from a fixed seed."""
    source = random.Random(20260131)  # noqa: S311 a fixed sequence, no secret
    db = sqlite3.connect(path)
    db.executescript(schema_sql())

    def row(number: int) -> tuple[str, str, int, str]:
        text = "".join(source.choices(WORDS, k=source.randint(20, 110))) + str(number)
        return section_id(text), text, len(text), text_sha256(text)

    db.executemany("INSERT INTO sections VALUES (?, ?, ?, ?)", map(row, range(passages)))
    db.commit()
    db.close()


def measure_queries(path: Path) -> tuple[list[float], int]:
    """Return the seconds that 200 queries took and how many agreed with a scan."""
    db = sqlite3.connect(path)
    texts = {row[0]: search_form(row[1]) for row in db.execute("SELECT search_key, text FROM sections")}
    source = random.Random(1)  # noqa: S311 a fixed sequence, no secret
    pool = list(texts.values())
    seconds, agreed = [], 0
    for _ in range(200):
        text, length = source.choice(pool), source.randint(1, 8)
        start = source.randrange(len(text) - length)
        query = text[start : start + length]
        began = time.perf_counter()
        found = {
            row[0]
            for row in db.execute(
                "SELECT rowid FROM sections_fts WHERE sections_fts MATCH ?", [match_phrase(query)]
            )
        }
        seconds.append(time.perf_counter() - began)
        agreed += found == {key for key, form in texts.items() if query in form}
    db.close()
    return sorted(seconds), agreed


def main() -> None:
    """Measure and print."""
    passages = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        data = DataDir(Path(folder))
        data.make()
        make_corpus(data.corpus_db, passages)
        began = time.perf_counter()
        first = publish(data, clock=lambda: dt.datetime.now(dt.UTC))
        took = time.perf_counter() - began
        again = publish(data, clock=lambda: dt.datetime.now(dt.UTC))
        sizes = [data.corpus_db.stat().st_size / 1e6, first.path.stat().st_size / 1e6]
        print(f"published {passages} passages in {took:.1f} s, {passages / took:,.0f} a second")
        print(f"corpus {sizes[0]:.1f} MB, copy with index {sizes[1]:.1f} MB")
        print(f"the same bytes again: {not again.changed}")
        seconds, agreed = measure_queries(first.path)
        middle, late = (seconds[int(len(seconds) * share)] * 1000 for share in (0.5, 0.95))
        print(f"200 queries: p50 {middle:.1f} ms, p95 {late:.1f} ms, {agreed} equal to a scan")


if __name__ == "__main__":
    main()
