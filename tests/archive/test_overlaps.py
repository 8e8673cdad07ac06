"""What documents have of one another, worked out over the copy when it is published."""

from __future__ import annotations

import datetime as dt
import json
import random
import re
import sqlite3
from contextlib import closing
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from archive.database import Database
from archive.publish.changed_texts import KeptTexts, Text, follow_change
from archive.publish.copy import publish
from archive.publish.earlier_texts import CharacterFile, Held, find_earlier
from archive.publish.overlap_tables import OVERLAPS
from archive.publish.suppressions import MARK, shifted_spans
from pipelines.duplicates.overlap import REPEATED, compared_codes, fold_text, hash_shingles
from pipelines.identity import section_id
from pipelines.metadata.fields import Kind
from pipelines.text.normalise import normalise_passage
from tests.archive.evidence import START
from tests.archive.stating import derive_readings, reading_of
from tests.e2e.content import leading_nowhere

if TYPE_CHECKING:
    from pathlib import Path

    from archive.publish.earlier_texts import Counts
    from pipelines.document import Reading

Row = dict[str, Any]

SHARED = "全市各级行政机关坚持以公开为常态以不公开为例外"  # 23 characters
OTHER = "持续加强政策文件的解读并回应群众关切的问题"  # 21
OWN = ("本年重点公布棚户区改造进展", "新建乡镇便民服务站十二处", "开展业务培训三期", "推进河长制落实")


def report(year: int | None, *passages: str, **more: Any) -> Reading:
    return reading_of(*passages, year=year, **more)


def with_table(reading: Reading, *rows: str) -> Reading:
    """Mark these rows of a reading as a table."""
    start = reading.text.index(rows[0])
    return replace(reading, tables=((start, reading.text.index(rows[-1]) + len(rows[-1])),))


def address(number: int) -> str:
    return f"http://www.testville.example/{number:03}.html"


def published(root: Path, *readings: Reading, suppressed: str = "") -> sqlite3.Connection:
    """Publish readings at addresses in this order; close what is returned."""
    data = derive_readings(root, {address(number): it for number, it in enumerate(readings)})
    (data.root / "suppressions.yaml").write_text(suppressed, "utf-8")
    publish(data, clock=lambda: START)
    db = sqlite3.connect(data.public_db)
    db.row_factory = sqlite3.Row
    return db


def overlaps(db: sqlite3.Connection, columns: str) -> dict[tuple[int, int], tuple[Any, ...]]:
    """Return columns of `overlaps` by the numbers of document and source."""
    rows = db.execute(
        f"""SELECT substr(d.url, -8, 3), substr(s.url, -8, 3), {columns} FROM overlaps AS o
            JOIN documents AS d ON d.id = o.document_id JOIN documents AS s ON s.id = o.source_id
            ORDER BY d.url, s.url"""  # noqa: S608  columns named in this module
    )
    return {(int(ours), int(theirs)): tuple(rest) for ours, theirs, *rest in rows}


def novelty(db: sqlite3.Connection, columns: str) -> dict[int, tuple[Any, ...]]:
    rows = db.execute(
        f"""SELECT substr(d.url, -8, 3), {columns} FROM novelty_by_report AS n
            JOIN documents AS d ON d.id = n.document_id ORDER BY d.url"""  # noqa: S608  likewise
    )
    return {int(number): tuple(rest) for number, *rest in rows}


def test_a_pair_stands_both_ways_with_its_shares(tmp_path: Path) -> None:
    with closing(
        published(
            tmp_path,
            report(2021, SHARED + "。", OWN[0] + "。"),
            report(2022, OWN[1] + "。", f"{SHARED[:10]}，{SHARED[10:]}。"),
        )
    ) as db:
        columns = "is_earlier, is_previous_year, prose_chars, prose_copied, prose_share, longest_run"
        assert overlaps(db, columns) == {
            (0, 1): (0, 0, 36, 23, 23 / 36, SHARED),
            (1, 0): (1, 1, 35, 23, 23 / 35, SHARED),
        }
        assert overlaps(db, "table_chars, table_copied, table_share")[1, 0] == (0, 0, None)
        assert novelty(db, "novelty, prose_chars, prose_new, table_novelty, table_chars, repeated_chars") == {
            0: (1.0, 36, 36, None, 0, 0),
            1: (12 / 35, 35, 12, None, 0, 0),
        }
        [previous] = db.execute("SELECT previous_document_id FROM novelty_by_report WHERE year = 2022")
        [first] = db.execute("SELECT id FROM documents WHERE year = 2021")
        assert tuple(previous) == tuple(first)


def test_prose_and_tables_are_compared_apart(tmp_path: Path) -> None:
    row = "行政机关申请公开信息数量合计\t7"
    with closing(
        published(
            tmp_path,
            with_table(report(2021, SHARED, row), row),
            with_table(report(2022, OWN[0], row), row),
            report(2023, row.replace("\t", "")),
        )
    ) as db:
        columns = "prose_chars, prose_copied, table_chars, table_copied"
        assert overlaps(db, columns) == {
            (0, 1): (23, 0, 15, 15),
            (1, 0): (13, 0, 15, 15),
            (1, 2): (13, 0, 15, 0),
            (2, 1): (15, 0, 0, 0),
        }
        assert novelty(db, "prose_new, table_new") == {0: (23, 15), 1: (13, 0), 2: (15, 0)}


def test_what_a_report_repeats_counts_once(tmp_path: Path) -> None:
    part = SHARED + OTHER
    with closing(published(tmp_path, report(2021, part, "一、" + part, "二、" + part))) as db:
        assert novelty(db, "prose_chars, prose_new, repeated_chars") == {0: (46, 46, 88)}


def test_the_order_is_year_then_printed_date_then_address_and_unknown_is_last(tmp_path: Path) -> None:
    def dated(reading: Reading, day: dt.date) -> Reading:
        return replace(reading, metadata=replace(reading.metadata, published_on=day))

    readings = (
        report(None, SHARED, OWN[0]),
        report(2022, SHARED, OWN[1], issuer="甲市人民政府"),
        dated(report(2022, SHARED, OWN[2], issuer="乙市人民政府"), dt.date(2023, 3, 2)),
        report(2021, SHARED, OWN[3]),
        report(2022, SHARED, "其他", issuer="丙市人民政府"),
    )
    with closing(published(tmp_path, *readings)) as db:
        order = [3, 2, 1, 4, 0]
        wanted = {(a, b): (int(order.index(b) < order.index(a)),) for a in order for b in order if a != b}
        assert overlaps(db, "is_earlier") == wanted
        new = novelty(db, "prose_chars - prose_new")
        assert {number: held for number, (held,) in new.items()} == {3: 0, 2: 23, 1: 23, 4: 23, 0: 23}


def test_a_plan_is_a_source_and_no_report(tmp_path: Path) -> None:
    with closing(
        published(tmp_path, report(2021, SHARED, kind=Kind.TASK_PLAN), report(2021, SHARED, OWN[0]))
    ) as db:
        assert novelty(db, "prose_chars, prose_new") == {1: (36, 13)}
        assert overlaps(db, "is_earlier") == {(0, 1): (0,), (1, 0): (1,)}


def test_of_many_sources_the_first_and_the_nearest_are_kept(tmp_path: Path) -> None:
    """Each report has a part of the first that fades; only the last two have the other sentence."""
    count = 16
    readings = [
        report(
            2000 + number, SHARED, *([OTHER] if number >= count - 2 else []), issuer=f"第{number}市人民政府"
        )
        for number in range(count)
    ]
    with closing(published(tmp_path, *readings)) as db:
        sources = [theirs for ours, theirs in overlaps(db, "1") if ours == count - 1]
        assert sources == [0, count - 2]
        assert novelty(db, "prose_new")[count - 1] == (0,)
        earlier = {
            number: [theirs for ours, theirs in overlaps(db, "1") if ours == number and theirs < ours]
            for number in (10, 11)
        }
        assert earlier == {10: list(range(10)), 11: [0, 10]}


def test_of_many_holders_those_of_most_are_kept(tmp_path: Path) -> None:
    """The last report has a part of each of five others, the longest of the first."""
    parts = ["".join(chr(0x4E00 + 100 * number + at) for at in range(40 - number)) for number in range(5)]
    others = [report(2000 + at, *parts[at : at + 1], OWN[0], issuer=f"第{at}市人民政府") for at in range(12)]
    with closing(published(tmp_path, *others, report(2020, *parts, issuer="本市人民政府"))) as db:
        assert [theirs for ours, theirs in overlaps(db, "1") if ours == 12] == [0, 1, 2]


def test_the_report_of_the_year_before_stands_there_even_with_nothing_in_common(tmp_path: Path) -> None:
    with closing(published(tmp_path, report(2021, OWN[0]), report(2022, OWN[2]))) as db:
        assert overlaps(db, "is_previous_year, prose_copied, longest_run") == {
            (0, 1): (0, 0, ""),
            (1, 0): (1, 0, ""),
        }
        assert db.execute("SELECT count(*) FROM copied_from").fetchone()[0] == 0


def test_a_long_run_is_cut(tmp_path: Path) -> None:
    text = "".join(chr(0x4E00 + number) for number in range(201))
    with closing(published(tmp_path, report(2021, text), report(2022, text))) as db:
        assert overlaps(db, "longest_run")[1, 0] == (text[:200] + "…",)


PERSONAL = "张某某住试城市幸福路七号身份证号码已予公示"


def hiding(*passages: str) -> str:
    return "".join(
        f"- passage: '{section_id(normalise_passage(it))}'\n  reason: 身份证号\n  date: 2026-01-31\n"
        for it in passages
    )


def test_no_run_holds_what_is_hidden(tmp_path: Path) -> None:
    readings = (
        report(2021, "前" + OTHER, PERSONAL, OWN[0]),
        report(2022, OTHER, PERSONAL, OWN[1]),
    )
    with closing(published(tmp_path / "shown", *readings)) as db:
        assert overlaps(db, "prose_copied, longest_run")[1, 0] == (42, OTHER + PERSONAL)
    with closing(published(tmp_path / "hidden", *readings, suppressed=hiding(PERSONAL))) as db:
        assert overlaps(db, "prose_chars, prose_copied, longest_run")[1, 0] == (33, 21, OTHER)
        assert novelty(db, "prose_chars, prose_new")[1] == (33, 12)
        for table in ("overlaps", "copied_from"):
            held = [str(tuple(row)) for row in db.execute(f"SELECT * FROM {table}")]  # noqa: S608  two names
            assert held
            assert not [row for row in held if PERSONAL[:6] in row or MARK[1:-1] in row]


def test_a_hidden_document_is_no_source(tmp_path: Path) -> None:
    entry = f"- url: {address(0)}\n  reason: 名单\n  date: 2026-01-31\n"
    with closing(published(tmp_path, report(2021, SHARED), report(2022, SHARED), suppressed=entry)) as db:
        assert overlaps(db, "1") == {}
        assert novelty(db, "prose_new, previous_document_id") == {1: (23, None)}


def test_tables_stay_in_their_place_when_a_passage_above_is_hidden(tmp_path: Path) -> None:
    row = "行政机关申请公开信息数量合计\t7"
    reading = with_table(report(2021, PERSONAL, row, OWN[0]), row)
    with closing(published(tmp_path, reading, suppressed=hiding(PERSONAL))) as db:
        [(text, tables)] = db.execute("SELECT text, tables FROM versions")
        assert [text[start:end] for start, end in json.loads(tables)] == [row]
        assert novelty(db, "prose_chars, table_chars") == {0: (13, 15)}


SHIFTS = {
    # spans, hidden, spans afterwards; a mark has ten characters
    "behind": ([(5, 9)], [(0, 4)], [(11, 15)]),
    "before": ([(5, 9)], [(9, 12)], [(5, 9)]),
    "around": ([(5, 9)], [(4, 10)], []),
    "within": ([(5, 9)], [(6, 7)], [(5, 6), (16, 18)]),
    "at the beginning": ([(5, 9)], [(3, 6)], [(13, 16)]),
    "at the end": ([(5, 9)], [(8, 12)], [(5, 8)]),
    "several": ([(0, 3), (5, 20)], [(3, 4), (6, 8), (10, 12)], [(0, 3), (14, 15), (25, 27), (37, 45)]),
}


@pytest.mark.parametrize(("spans", "hidden", "wanted"), SHIFTS.values(), ids=SHIFTS)
def test_spans_move_with_their_text(
    spans: list[tuple[int, int]], hidden: list[tuple[int, int]], wanted: list[tuple[int, int]]
) -> None:
    assert shifted_spans(spans, hidden, 10) == wanted


def test_the_views_lead_to_documents_and_first_places(tmp_path: Path) -> None:
    long = SHARED + "，" + OTHER
    readings = (
        report(2022, long, issuer="甲市人民政府"),
        report(2021, OWN[0], long, issuer="乙市人民政府"),
        report(2022, long, long + "。", OWN[0], issuer="乙市人民政府"),
        report(2020, long, kind=Kind.POLICY),
    )
    with closing(published(tmp_path, *readings)) as db:
        copied = db.execute(
            """SELECT issuer, year, source_issuer, source_year, is_previous_year, prose_share FROM copied_from
               WHERE source_year = 2021 ORDER BY issuer"""
        )
        assert [tuple(row) for row in copied] == [
            ("乙市人民政府", 2022, "乙市人民政府", 2021, 1, 1.0),
            ("甲市人民政府", 2022, "乙市人民政府", 2021, 0, 1.0),
        ]
        [row] = db.execute(
            """SELECT s.text, m.documents, m.bodies, m.years, m.has_statutory_table, m.first_year,
                      m.first_position, d.url FROM most_repeated AS m
               JOIN sections AS s ON s.id = m.section_id JOIN documents AS d ON d.id = m.first_document_id"""
        )
        assert tuple(row) == (long, 3, 2, 2, 0, 2020, 0, address(3))
        places = db.execute(
            """SELECT s.text, p.year, p.position, p.places FROM first_places AS p
               JOIN sections AS s ON s.id = p.section_id WHERE s.text IN (?, ?) ORDER BY p.year""",
            (long, OWN[0]),
        )
        assert [tuple(row) for row in places] == [(long, 2020, 0, 4), (OWN[0], 2021, 0, 2)]
        assert leading_nowhere(db) == []


def test_the_order_of_arrival_is_no_matter(tmp_path: Path) -> None:
    source = random.Random(4)
    readings = {
        address(number): report(
            2018 + number % 4,
            *source.sample([SHARED, SHARED + OTHER, *OWN], 4),
            issuer=f"第{number % 5}市人民政府",
        )
        for number in range(20)
    }
    found = []
    for run in range(2):
        root = tmp_path / str(run)
        shuffled = dict(sorted(readings.items(), reverse=bool(run)))
        data = derive_readings(root, shuffled)
        publish(data, clock=lambda: START)
        with closing(sqlite3.connect(data.public_db)) as db:
            tables = ("overlaps", "novelty_by_report", "copied_from", "most_repeated", "first_places")
            found.append([db.execute(f"SELECT * FROM {name}").fetchall() for name in tables])  # noqa: S608  names from this module
    assert found[0] == found[1]
    assert all(found[0])


def naive_earlier(texts: list[str]) -> tuple[list[list[int]], list[set[int]]]:
    """Return where windows start that an earlier text has, and who has them first or last before."""
    held: list[dict[int, list[int]]] = []
    hashes = [hash_shingles(compared_codes(text, ())) for text in texts]
    sets = [set(values.tolist()) for values, _ in hashes]
    for rank, (values, starts) in enumerate(hashes):
        places = zip(values.tolist(), starts.tolist(), strict=True)
        held.append(
            {
                start: having
                for value, start in places
                if (having := [r for r in range(rank) if value in sets[r]])
            }
        )
    chosen = []
    for places_of in held:
        both: set[int] = set()
        for end in (0, -1):
            counts: dict[int, int] = {}
            for having in places_of.values():
                counts[having[end]] = counts.get(having[end], 0) + 1
            both |= set(sorted(counts, key=lambda rank: (-counts[rank], rank))[: OVERLAPS.holders])
        chosen.append(both)
    return [sorted(places_of) for places_of in held], chosen


@given(
    texts=st.lists(st.text("甲乙丙", max_size=60), max_size=12),
    windows_at_once=st.sampled_from([1, 7, 100, 10_000]),
)
def test_the_whole_corpus_is_worked_through_in_parts(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], windows_at_once: int
) -> None:
    folder = tmp_path_factory.getbasetemp()
    with CharacterFile(folder) as characters:
        for text in texts:
            characters.append(compared_codes(text, ()))
        ranks = np.arange(len(texts))
        earlier = list(find_earlier(characters, folder, ranks, windows_at_once=windows_at_once))
    starts, holders = naive_earlier(texts)
    assert [np.flatnonzero(held.starts).tolist() for held in earlier] == starts
    chosen = [
        {
            rank
            for counts in (dict(held.first.tolist()), dict(held.nearest.tolist()))
            for rank in sorted(counts, key=lambda rank: (-counts[rank], rank))[: OVERLAPS.holders]
        }
        for held in earlier
    ]
    assert chosen == holders


def held_by_number(folder: Path, texts: dict[int, tuple[int, str]]) -> dict[int, Held]:
    """Return of each text, given its place and characters, what stands in earlier ones."""
    order = sorted(texts, key=lambda number: (texts[number][0], number))
    with CharacterFile(folder) as characters:
        for number in order:
            characters.append(compared_codes(texts[number][1], ()))
        numbers = np.array(order, np.int64)
        return dict(zip(order, find_earlier(characters, folder, numbers), strict=True))


def kept_texts(db: Database) -> KeptTexts:
    """Make the tables of a copy that keep what is known of texts."""
    script = resources.files("archive.publish").joinpath("tables.sql").read_text("utf-8")
    for statement in re.findall(
        r"CREATE TABLE main\.sections_fts_(?:holders|marks) .*?;\n", script, re.DOTALL
    ):
        db.execute(statement)
    return KeptTexts(db)


def in_order(counts: Counts) -> list[list[int]]:
    return sorted(counts.tolist())


PLACED = st.dictionaries(
    st.integers(0, 15), st.tuples(st.integers(0, 3), st.text("甲乙丙", max_size=60)), max_size=14
)


@given(before=PLACED, change=PLACED, lost=st.sets(st.integers(0, 15)))
def test_what_a_change_reaches_is_what_all_texts_tell(
    tmp_path_factory: pytest.TempPathFactory,
    before: dict[int, tuple[int, str]],
    change: dict[int, tuple[int, str]],
    lost: set[int],
) -> None:
    """Texts come, go, and move; of all others is amended what these hold, or held."""
    folder = tmp_path_factory.getbasetemp()
    after = {number: it for number, it in (before | change).items() if number not in lost}
    changed = set(change) | lost
    held_before, whole = held_by_number(folder, before), held_by_number(folder, after)
    texts = [
        [Text((place, number), number, compared_codes(text, ())) for number, (place, text) in side.items()]
        for side in (before, after)
    ]
    gone, come = ([text for text in side if text.number in changed] for side in texts)
    codes = {number: fold_text(text, ()) for number, (_, text) in after.items()}
    staying = [Text(it.place, it.number) for it in texts[1] if it.number not in changed]
    with closing(sqlite3.connect(":memory:", factory=Database)) as db:
        kept = kept_texts(db)
        for number, held in held_before.items():
            flagged = compared_codes(before[number][1], ())
            kept.write_marks(number, held.starts, flagged)
            kept.write_holders(number, held.first, held.nearest)
        kept.forget(it.number for it in gone)
        for followed in follow_change(gone, come, staying, codes.__getitem__, kept):
            assert followed.codes is codes[followed.number] or followed.number in changed
            kept.write_holders(followed.number, *followed.holders)
            if followed.starts is not None:
                wanted = compared_codes(after[followed.number][1], ())
                assert followed.codes.tolist() == wanted.tolist()
                kept.write_marks(followed.number, followed.starts, followed.codes)
        for table in ("holders", "marks"):
            assert {*db.column(f"SELECT version FROM sections_fts_{table}")} == whole.keys()  # noqa: S608
        for number, held in whole.items():
            starts, repeated = kept.read_marks(number)
            size = len(held.starts)
            flags = compared_codes(after[number][1], ()) & np.uint32(REPEATED) != 0
            assert (starts[:size].tolist(), repeated[:size].tolist()) == (
                held.starts.tolist(),
                flags.tolist(),
            )
            holders = (held.first, held.nearest)
            assert [*map(in_order, kept.read_holders(number))] == [*map(in_order, holders)]
