"""A large corpus to search in: sentences of the demo's own texts, recombined, in documents of made-up bodies.

Every figure is drawn anew, so passages differ; one in ten stands in many documents, as in real reports.
"""

from __future__ import annotations

import random
import re
import sqlite3
from dataclasses import dataclass
from importlib.resources import files
from itertools import count
from typing import TYPE_CHECKING

from archive.corpus.store import schema_sql
from benchmarks._wide_rows import accept_wide_rows
from pipelines.addresses import canonical_address
from pipelines.identity import document_id, issuer_id, section_id, text_sha256, version_id

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PASSAGES_OF_A_DOCUMENT = 40
STANDING = 4
"""Of them, how many stand in many documents."""
YEARS = range(2008, 2025)
SEEN = "2026-01-30T19:00:00.000000Z"

_PROVINCES = (("11", "京畿省"), ("32", "江左省"), ("41", "中州省"), ("44", "岭外省"), ("51", "川西省"))
_CITIES = "青白云临北南东西安平新永长兴和丰"
_PLACES = "川塔泽岚滩湖山江"
_HEADINGS = (
    "一、总体情况",
    "二、主动公开政府信息情况",
    "三、收到和处理政府信息公开申请情况",
    "四、政府信息公开行政复议、行政诉讼情况",
    "五、存在的主要问题及改进情况",
    "六、其他需要报告的事项",
)
_COMMAND = re.compile(r"\{%.*?%\}|\[\[?.*?\]\]?|^#+ *", re.MULTILINE)
_FIGURE = re.compile(r"\{\{.*?\}\}|\d+")
_SENTENCE = re.compile(r"[^。；\n]+[。；]?")


def sentences() -> tuple[str, ...]:
    """Return the sentences of the demo's texts, `{}` where a figure stands, without templates' commands."""
    folder = files("gongkai.demo") / "texts"
    texts = sorted((it.name, it.read_text("utf-8")) for it in folder.iterdir() if it.name.endswith(".txt"))
    found: dict[str, None] = {}
    for _, text in texts:
        plain = _COMMAND.sub("", text)
        for sentence in _SENTENCE.findall(_FIGURE.sub("{}", plain)):
            if len(sentence.strip()) >= 6:
                found[sentence.strip()] = None
    return tuple(found)


class Texts:
    """Makes passages of about 140 characters, one after another, from a seed."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._sentences = sentences()
        self._standing = [self.passage() for _ in range(40)]

    def passage(self) -> str:
        """Return a passage that no other equals, but by chance."""
        length, text = self._chance.randint(40, 230), ""
        while len(text) < length:
            text += self._figures(self._chance.choice(self._sentences))
        return text

    def of_a_document(self, passages: int) -> list[str]:
        """Return the passages of a document, some of which stand in others too."""
        own = [self.passage() for _ in range(passages - STANDING)]
        return [*own, *self._chance.sample(self._standing, STANDING)]

    def _figures(self, sentence: str) -> str:
        return re.sub(
            r"\{\}", lambda _: str(self._chance.randrange(10 ** self._chance.randint(1, 5))), sentence
        )


@dataclass(frozen=True, slots=True)
class Body:
    """A made-up government."""

    name: str
    region: str


def bodies() -> Iterator[Body]:
    """Yield governments without end, in the order of their codes."""
    for number in count():
        province, (code, name) = number // 128, _PROVINCES[number // 128 % len(_PROVINCES)]
        city, place = divmod(number % 128, len(_PLACES))
        title = f"{name}{_CITIES[city]}{_PLACES[place]}市人民政府"
        again = province // len(_PROVINCES)
        yield Body(title + (f"第{again}派出机关" if again else ""), f"{code}{city + 1:02}{place:02}")


def make_corpus(path: Path, passages: int, *, placed: bool = True, nights: int = 1) -> None:
    """Fill a new corpus.

    Args:
        path: of the corpus, which does not exist yet.
        passages: about how many distinct ones.
        placed: whether they stand in documents; else there are passages alone.
        nights: the corpus of a later night has a document more for each.
    """
    db = sqlite3.connect(path)
    db.executescript(schema_sql())
    accept_wide_rows(db)
    texts = Texts(20260131)
    if placed:
        _fill(db, texts, passages // (PASSAGES_OF_A_DOCUMENT - STANDING) + nights - 1)
    else:
        db.executemany(_SECTION, (_section(texts.passage()) for _ in range(passages)))
    db.commit()
    db.close()


_SECTION = "INSERT OR IGNORE INTO sections (id, text, chars, normalised_sha256) VALUES (?, ?, ?, ?)"


def _section(text: str) -> tuple[str, str, int, str]:
    return section_id(text), text, len(text), text_sha256(text)


def _fill(db: sqlite3.Connection, texts: Texts, documents: int) -> None:
    db.execute(
        "INSERT INTO portals (id, name, family, home_url, enabled, registered_at)"
        " VALUES ('made-up', '示例门户', 'static_list', 'http://www.search.example/', 1, ?)",
        (SEEN,),
    )
    db.execute("INSERT INTO runs VALUES ('run', 'crawl', '2026-01-31', ?, ?, 'finished', '[]')", (SEEN, SEEN))
    # Every body has a report of each year and three policies.
    of_a_body = len(YEARS) + 3
    for number, body in zip(range(-(-documents // of_a_body)), bodies(), strict=False):
        db.execute(
            "INSERT INTO issuers VALUES (?, ?, '[]', ?, 'prefecture', 'government')",
            (issuer_id(body.name), body.name, body.region),
        )
        for at in range(min(of_a_body, documents - number * of_a_body)):
            _document(db, texts, body, f"http://www.search.example/{number}/{at}.html", at)


def _document(db: sqlite3.Connection, texts: Texts, body: Body, url: str, at: int) -> None:
    is_report, issuer = at < len(YEARS), issuer_id(body.name)
    year = YEARS[at] if is_report else 2019 + at - len(YEARS)
    kind = "annual_report" if is_report else "policy"
    subject = f"{year}年政府信息公开工作年度报告" if is_report else f"关于做好{year}年政务公开工作的通知"
    document, passages = document_id(canonical_address(url)), texts.of_a_document(PASSAGES_OF_A_DOCUMENT)
    text = "".join("\n" + passage for passage in passages)
    version, capture = version_id(document, text_sha256(text)), f"<urn:uuid:{document}>"
    [(offset,)] = db.execute("SELECT count(*) FROM captures")
    db.execute(
        "INSERT INTO _captures (id, record_type, url, fetched_at, status, warc_file, warc_offset,"
        " warc_length, outcome, portal_id, role, run_id, document_id)"
        " VALUES (?, 'response', ?, ?, 200, 'made-up.warc.gz', ?, 900, 'ok', 'made-up', 'article', 'run', ?)",
        (capture, url, SEEN, offset * 1000, document),
    )
    db.execute(
        "INSERT INTO versions (id, document_id, capture_id, text_sha256, text, chars, tail, extractor,"
        " encoding, first_seen, last_seen) VALUES (?, ?, ?, ?, ?, ?, '', 'plain', 'utf-8', ?, ?)",
        (version, document, capture, text_sha256(text), text, len(text), SEEN, SEEN),
    )
    db.execute(
        "INSERT INTO documents (id, portal_id, url, kind, title, issuer, issuer_id, region_code, year,"
        " published_on, status, read_state, first_seen, last_seen, current_version_id)"
        " VALUES (?, 'made-up', ?, ?, ?, ?, ?, ?, ?, ?, 'live', 'read', ?, ?, ?)",
        (
            *(document, url, kind, body.name + subject, body.name, issuer, body.region, year),
            *(f"{year + 1}-01-20", SEEN, SEEN, version),
        ),
    )
    for position, passage in enumerate(passages):
        heading = _HEADINGS[position * len(_HEADINGS) // len(passages)]
        section = _section(passage)
        db.execute(_SECTION, section)
        db.execute(
            "INSERT INTO occurrences VALUES (?, ?, ?, ?, 1, ?, NULL, NULL)",
            (version, position, section[0], heading, "\n"),
        )
