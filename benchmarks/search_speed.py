"""How fast exact search answers, and whether it finds what a scan finds.

    python -m benchmarks.search_speed [--passages 100000] [--queries 1000] [--data FOLDER]

A corpus is made of recombined sentences of the demo's texts and published by the project's own `publish`.
1,000 queries of one to eight characters, cut from the texts at random, and 200 of two words are asked in SQL
and over HTTP, and their answers held against a substring scan of the search forms. Above 200,000 passages the
corpus has passages alone, without documents, and is asked in SQL only, beside LIKE.

In SQL: `ids`, the id of every hit fetched (also in time of the processor alone, which a busy machine changes
less); `count`, their number; `page`, the first 50 in order; `LIKE`, the
number of passages by LIKE, on a sample. Over HTTP: Datasette's own box (`sections.json?_search=`, 50 rows and
the count), and the page `/-/search`, of one year too. Times are those of the machine at that hour.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import sqlite3
import statistics
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from archive.data_folder import DataDir
from archive.exact_search import match_phrase, query_words, search_form
from archive.publish.copy import publish
from benchmarks._search_corpus import make_corpus
from benchmarks._serving import gongkai_server, milliseconds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LONGEST = 8
TWO_WORDS = 200
MOST_PLACED = 200_000
LIKE_SAMPLE = 40
HTTP_SAMPLE = 300
SEED = 20260131

_MATCH = "sections_fts WHERE sections_fts MATCH ?"
_IDS = f"SELECT rowid FROM {_MATCH}"  # noqa: S608  constants of this module
_COUNT = f"SELECT count(*) FROM {_MATCH}"  # noqa: S608  likewise
_PAGE = f"SELECT rowid FROM {_MATCH} ORDER BY rowid LIMIT 50"  # noqa: S608  likewise
_LIKE = "SELECT count(*) FROM sections WHERE text LIKE ? ESCAPE '\\'"


@dataclass(frozen=True, slots=True)
class Forms:
    """The search forms of all passages, by their keys: what a scan reads."""

    texts: dict[int, str]

    def holding(self, query: str) -> set[int]:
        """Return the keys of the passages that hold every word of a query."""
        words = query_words(query)
        return {key for key, text in self.texts.items() if all(word in text for word in words)}


def draw_queries(texts: Sequence[str], queries: int) -> tuple[list[str], list[str]]:
    """Return queries cut out of texts: of one word, of one to eight characters each, and of two words."""
    source = random.Random(SEED)

    def cut() -> str:
        length = source.randint(1, LONGEST)
        text = source.choice(texts)
        while len(text) < length:
            text = source.choice(texts)
        start = source.randrange(len(text) - length + 1)
        return text[start : start + length]

    return [cut() for _ in range(queries)], [f"{cut()} {cut()}" for _ in range(TWO_WORDS)]


def time_sql(
    db: sqlite3.Connection, sql: str, values: Sequence[str], clock: Callable[[], float] = time.perf_counter
) -> list[float]:
    """Return the seconds that a query takes, its rows fetched, for each value."""
    seconds = []
    for value in values:
        began = clock()
        db.execute(sql, (value,)).fetchall()
        seconds.append(clock() - began)
    return seconds


def differing(db: sqlite3.Connection, forms: Forms, queries: Sequence[str]) -> int:
    """Return how many queries find another set than a scan."""
    return sum(
        {key for (key,) in db.execute(_IDS, (match_phrase(query),))} != forms.holding(query)
        for query in queries
    )


def measure_sql(path: Path, queries: int) -> tuple[list[str], list[str], Forms]:
    """Ask a copy in SQL and print; return the queries of one word, of two, and the forms."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as db:
        forms = Forms(
            {key: search_form(text) for key, text in db.execute("SELECT search_key, text FROM sections")}
        )
        one, two = draw_queries(list(forms.texts.values()), queries)
        phrases, pairs = [match_phrase(query) for query in one], [match_phrase(query) for query in two]
        print(f"{'in SQL, ms':24}{'p50':>9}{'p95':>9}{'max':>9}")
        ids = time_sql(db, _IDS, phrases)
        print(f"{'ids':24}{milliseconds(ids)}")
        print(f"{'ids, of the processor':24}{milliseconds(time_sql(db, _IDS, phrases, time.thread_time))}")
        print(f"{'ids, two words':24}{milliseconds(time_sql(db, _IDS, pairs))}")
        print(f"{'count':24}{milliseconds(time_sql(db, _COUNT, phrases))}")
        print(f"{'page':24}{milliseconds(time_sql(db, _PAGE, phrases))}")
        like = time_sql(db, _LIKE, [_as_like(query) for query in one[:LIKE_SAMPLE]])
        print(f"{'LIKE':24}{milliseconds(like)}")
        print(
            f"LIKE takes {statistics.median(like) / statistics.median(ids):.0f} times as long at the median"
        )
        size = db.execute("SELECT sum(pgsize) FROM dbstat WHERE name LIKE 'sections_fts%'").fetchone()[0]
        print(f"index of the passages {size / 1e6:.1f} MB")
        # A scan in Python reads every passage: of a large corpus a sample of the queries is held against it.
        share = 1 if len(forms.texts) <= MOST_PLACED else 10
        held = [*one[::share], *two[::share]]
        print(f"{differing(db, forms, held)} of {len(held)} queries differ from a scan")
    return one, two, forms


def _as_like(query: str) -> str:
    escaped = query.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def measure_http(data: DataDir, queries: Sequence[str], forms: Forms) -> None:
    """Ask a server and print."""
    with gongkai_server(data) as address, httpx.Client(base_url=address, timeout=60) as client:

        def box(query: str) -> int:
            asked = {"_search": query, "_size": "50", "_shape": "objects"}
            return int(_get(client, "/gongkai/sections.json", asked)["filtered_table_rows_count"])

        def page(query: str, **narrowed: str) -> int:
            client.get("/-/search", params={"q": query, **narrowed}).raise_for_status()
            return -1

        def data_of_page(query: str) -> int:
            return int(_get(client, "/-/search.json", {"q": query})["passages"])

        print(f"{'over HTTP, ms':24}{'p50':>9}{'p95':>9}{'max':>9}")
        _time_http("the box", box, queries, forms)
        _time_http("/-/search.json", data_of_page, queries, forms)
        _time_http("/-/search", page, queries[:HTTP_SAMPLE], None)
        _time_http("of one year", partial(page, year="2020"), queries[:HTTP_SAMPLE], None)


def _get(client: httpx.Client, path: str, asked: dict[str, str]) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(path, params=asked).raise_for_status().json()
    return answer


def _time_http(name: str, ask: Callable[[str], int], queries: Sequence[str], forms: Forms | None) -> None:
    ask(queries[0])
    seconds, counts = [], []
    for query in queries:
        began = time.perf_counter()
        counts.append(ask(query))
        seconds.append(time.perf_counter() - began)
    wrong = ""
    if forms:
        checked = range(0, len(queries), 5)
        others = sum(counts[at] != len(forms.holding(queries[at])) for at in checked)
        wrong = f"   {others} of {len(checked)} counts differ from a scan"
    print(f"{name:24}{milliseconds(seconds)}{wrong}")


def publish_corpus(data: DataDir, passages: int) -> None:
    """Make the corpus, publish it, and say what that took."""
    data.make()
    make_corpus(data.corpus_db, passages, placed=passages <= MOST_PLACED)
    began = time.perf_counter()
    published = publish(data, clock=lambda: dt.datetime.now(dt.UTC))
    took, rows = time.perf_counter() - began, published.rows["sections"]
    sizes = [path.stat().st_size / 1e6 for path in (data.corpus_db, published.path)]
    print(f"{rows:,} passages in {published.rows['documents']:,} documents, published in {took:.0f} s")
    print(f"corpus {sizes[0]:.0f} MB, copy {sizes[1]:.0f} MB")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=1_000)
    parser.add_argument("--data", type=Path, help="where the corpus is kept, and found by the next run")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = DataDir(asked.data or Path(folder))
        if not data.public_db.exists():
            publish_corpus(data, asked.passages)
        one, two, forms = measure_sql(data.public_db.resolve(), asked.queries)
        if asked.passages <= MOST_PLACED:
            measure_http(data, [*one, *two], forms)


if __name__ == "__main__":
    main()
