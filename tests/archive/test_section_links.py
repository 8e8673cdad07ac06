"""Links between sections: near copies and families, whatever came first and in however many steps."""

from __future__ import annotations

import itertools
import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.corpus import section_links
from archive.corpus.section_links import FingerprintCache, link_near, place_sections
from archive.corpus.store import schema_sql
from archive.corpus.versions import store_version
from archive.database import Database
from benchmarks._planted_search import near_pairs
from pipelines.duplicates.near_duplicates import family_differences, fingerprint, near_differences
from pipelines.identity import section_id
from pipelines.text.normalise import normalise_passage
from tests.archive.stating import derive_readings, reading_of
from tests.e2e.content import rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pipelines.duplicates.near_duplicates import Fingerprint

PLAIN = "各单位要把主动公开贯穿权力运行的始终，及时回应社会关切，不断提升服务群众的能力和水平。"
COUNTED = "全年通过门户网站主动公开各类文件120件，举办新闻发布活动6场，办理群众留言98条。"
FAMILY = tuple(COUNTED.replace("120", str(number)) for number in range(300, 308))


@pytest.fixture
def corpus() -> Iterator[Database]:
    with closing(_empty_corpus()) as connection:
        yield connection


def _empty_corpus() -> Database:
    connection = sqlite3.connect(":memory:", isolation_level=None, factory=Database)
    connection.executescript(schema_sql())
    return connection


def _links(connection: Database, kind: str) -> dict[tuple[str, str], Any]:
    found = connection.execute(
        "SELECT section_a, section_b, differences FROM section_links WHERE kind = ?", (kind,)
    )
    return {(a, b): json.loads(differences) for a, b, differences in found}


def _stated(differences: Sequence[Any]) -> list[dict[str, Any]]:
    return [{"sort": str(one.sort), "a": one.a, "b": one.b, "at": one.at} for one in differences]


def _with_noise(text: str, places: Sequence[int]) -> str:
    """Drop and double characters, by turns, at some places: what a scanner does."""
    for place in sorted(places, reverse=True):
        text = text[:place] + text[place] * (place % 2 * 2) + text[place + 1 :]
    return text


# --- near copies ----------------------------------------------------------------------------------

CROWDS = st.lists(
    st.builds(
        _with_noise,
        st.sampled_from((PLAIN, COUNTED, COUNTED.replace("98", "89"))),
        st.lists(st.integers(0, 8), max_size=2, unique=True),
    ),
    min_size=2,
    max_size=20,
    unique_by=normalise_passage,
)


def _insert(connection: Database, text: str, window: int) -> None:
    form = normalise_passage(text)
    connection.execute(
        "INSERT INTO stored_sections (id, text, chars, normalised_sha256) VALUES (?, ?, ?, x'')",
        (section_id(form), text, len(text)),
    )
    link_near(connection, section_id(form), FingerprintCache(connection), window=window)


def _near_by_definition(texts: Sequence[str], window: int) -> dict[tuple[str, str], Any]:
    """Sort each block in each pass, and try the rule on all that stand within the window."""
    prints = {section_id(one.form): one for one in map(fingerprint, map(normalise_passage, texts))}
    links = {}
    blocks: dict[int, list[str]] = {}
    for section, one in prints.items():
        blocks.setdefault(one.block, []).append(section)
    for block in blocks.values():
        for number in range(len(prints[block[0]].keys)):
            ordered = sorted(block, key=lambda section: (prints[section].keys[number], section))
            for place, section in enumerate(ordered):
                for other in ordered[place + 1 : place + 1 + window]:
                    pair = (min(section, other), max(section, other))
                    differences = near_differences(prints[pair[0]], prints[pair[1]])
                    if differences is not None:
                        links[pair] = _stated(differences)
    return links


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(CROWDS, st.integers(1, 4))
def test_near_links_follow_from_the_sections_in_any_order(texts: list[str], window: int) -> None:
    with closing(_empty_corpus()) as connection:
        for text in texts:
            _insert(connection, text, window)
        assert _links(connection, "near") == _near_by_definition(texts, window)


def test_a_crowd_wider_than_the_window_parts_pairs_that_were_linked(
    corpus: Database,
) -> None:
    crowd = [_with_noise(PLAIN, places) for places in itertools.combinations(range(8), 2)]
    dropped = 0
    for text in crowd:
        before = set(_links(corpus, "near"))
        _insert(corpus, text, 1)
        dropped += len(before - set(_links(corpus, "near")))
    assert dropped
    assert _links(corpus, "near") == _near_by_definition(crowd, 1)


def test_the_near_links_are_those_that_a_batch_finds(corpus: Database) -> None:
    noise = [_with_noise(PLAIN, places) for places in itertools.combinations(range(0, 36, 3), 2)]
    crowd = [*noise, *(text + "。" for text in FAMILY), *(_with_noise(text, [0, 5]) for text in FAMILY)]
    for text in crowd:
        store_version(corpus, text, "c", reading_of(text), "t")
    prints = {section_id(one.form): one for one in map(_print_of, crowd)}
    found = near_pairs(prints)
    assert len(found) > 2 * len(crowd)
    assert set(_links(corpus, "near")) == found


@pytest.mark.parametrize(
    ("other", "is_near"),
    [
        pytest.param(COUNTED.replace("公开各类", "公开公开各类"), True, id="doubled words"),
        pytest.param(COUNTED.replace("，举办", "。举办"), True, id="punctuation"),
        pytest.param(COUNTED.replace("120", "102"), False, id="figure"),
        pytest.param("第一段与此无关，说的是另外一件事情，也没有任何相同之处。", False, id="other words"),
    ],
)
def test_what_is_near(corpus: Database, other: str, *, is_near: bool) -> None:
    store_version(corpus, "d1", "c1", reading_of(COUNTED), "2026-02-01T00:00:00Z")
    store_version(corpus, "d2", "c2", reading_of(other), "2026-02-01T00:00:00Z")
    assert bool(_links(corpus, "near")) is is_near


def test_another_spelling_of_a_section_changes_no_link(corpus: Database) -> None:
    store_version(corpus, "d1", "c1", reading_of(COUNTED), "t")
    store_version(corpus, "d2", "c2", reading_of(_with_noise(COUNTED, [3])), "t")
    before = _links(corpus, "near")
    store_version(corpus, "d3", "c3", reading_of("  " + COUNTED.replace("，", ",")), "t")
    assert before
    assert _links(corpus, "near") == before


# --- families -------------------------------------------------------------------------------------

STRANGER = "说的是另外一回事，其中没有什么可以换成别的。"
TEXTS = (*FAMILY, FAMILY[0].replace("，办理", "、办理"), STRANGER)

DATES = st.sampled_from((None, "2024-01-05", "2024-03-01"))
YEARS = st.sampled_from((None, 2019, 2020, 2021))
VERSIONS = st.lists(st.sampled_from(TEXTS), min_size=1, max_size=4)
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("version"), st.integers(0, 4), VERSIONS),
        st.tuples(st.just("place"), st.integers(0, 4), st.tuples(YEARS, DATES)),
        st.tuples(st.just("link"), st.just(0), st.none()),
    ),
    min_size=3,
    max_size=24,
)


def _play(connection: Database, events: Sequence[tuple[str, int, Any]]) -> None:
    """Store versions and move documents, linking those that wait at each `link` and at the end."""
    waiting: set[str] = set()
    for what, number, detail in (*events, ("link", 0, None)):
        document = f"document-{number}"
        connection.execute(
            "INSERT OR IGNORE INTO documents (id, url, kind, status, read_state, first_seen, last_seen) "
            "VALUES (?, ?, 'other', 'live', 'read', '', '')",
            (document, f"http://www.testville.example/{9 - number}.html"),
        )
        if what == "link":
            place_sections(connection, sorted(waiting))
            waiting.clear()
            continue
        waiting.add(document)
        if what == "version":
            store_version(connection, document, "c", reading_of(*detail), "t")
        else:
            connection.execute(
                "UPDATE documents SET (year, published_on) = (?, ?) WHERE id = ?", (*detail, document)
            )


_FIRST_PLACES = """
SELECT s.skeleton, s.id, s.text, min((SELECT json_array(
    printf('%04d', ifnull(d.year, 9999)), ifnull(d.published_on, '9999-99-99'), d.url,
    printf('%09d', o.position), s.id
))) AS place
FROM occurrences AS o JOIN sections AS s ON s.id = o.section_id
JOIN versions AS v ON v.id = o.version_id JOIN documents AS d ON d.id = v.document_id
WHERE s.skeleton IS NOT NULL GROUP BY s.id ORDER BY s.skeleton, place
"""


def _families_by_definition(connection: Database) -> dict[tuple[str, str], Any]:
    links = {}
    found = connection.execute(_FIRST_PLACES).fetchall()
    for (skeleton, one, one_text, _), (following, other, other_text, _) in itertools.pairwise(found):
        if skeleton != following:
            continue
        (a, a_text), (b, b_text) = sorted([(one, one_text), (other, other_text)])
        differences = family_differences(_print_of(a_text), _print_of(b_text))
        if differences:
            links[a, b] = _stated(differences)
    return links


def _print_of(text: str) -> Fingerprint:
    return fingerprint(normalise_passage(text))


@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(EVENTS, st.booleans())
def test_family_links_follow_from_the_corpus_whatever_its_history(
    events: list[tuple[str, int, Any]],
    is_tight: bool,
) -> None:
    with closing(_empty_corpus()) as connection, pytest.MonkeyPatch.context() as patched:
        if is_tight:
            # The labels of places are used up by two or three, and spread anew.
            patched.setattr(section_links, "_LABEL_STEP", 3)
            patched.setattr(section_links, "_LABEL_LIMIT", 40)
        _play(connection, events)
        assert _links(connection, "family") == _families_by_definition(connection)


def test_a_family_is_linked_from_year_to_year_and_not_across(corpus: Database) -> None:
    _play(
        corpus,
        [
            event
            for number, year in enumerate((2021, 2019, None, 2020))
            for event in (
                ("version", number, [FAMILY[number]]),
                ("place", number, (year, None)),
                ("link", 0, None),
            )
        ],
    )
    ids = [section_id(normalise_passage(text)) for text in FAMILY]
    in_order = [ids[1], ids[3], ids[0], ids[2]]
    assert set(_links(corpus, "family")) == {(min(pair), max(pair)) for pair in itertools.pairwise(in_order)}


def test_a_document_that_turns_out_later_takes_its_passages_along(corpus: Database) -> None:
    events: list[tuple[str, int, Any]] = []
    for number, year in enumerate((2019, 2020, 2021)):
        events += [("version", number, [STRANGER, FAMILY[number]]), ("place", number, (year, None))]
    _play(corpus, [*events, ("version", 2, [FAMILY[0]])])
    _play(corpus, [("place", 0, (None, None))])
    ids = [section_id(normalise_passage(text)) for text in FAMILY[:3]]
    places = {
        section: (year, position)
        for section, year, position in corpus.execute(
            "SELECT s.id, p.year, f.position FROM _family_places AS f "
            "JOIN stored_sections AS s ON s.number = f.section JOIN _placed_versions AS p USING (version)"
        )
    }
    assert [places[section] for section in ids] == [(2021, 0), (2020, 1), (2021, 1)]
    assert _links(corpus, "family") == _families_by_definition(corpus)


def test_nothing_is_placed_twice(corpus: Database) -> None:
    _play(corpus, [("version", 0, list(FAMILY))])
    changes = corpus.total_changes
    place_sections(corpus, ["document-0"])
    assert corpus.total_changes == changes


# --- through a derive -----------------------------------------------------------------------------


def test_a_derive_links_what_its_documents_say(tmp_path: Path) -> None:
    readings = {
        "http://www.testville.example/2019.html": reading_of(COUNTED, PLAIN, year=2019),
        "http://www.testville.example/2020.html": reading_of(FAMILY[0], year=2020),
        "http://www.testville.example/2021.html": reading_of(_with_noise(PLAIN, [4]), year=2021),
    }
    data = derive_readings(tmp_path, readings)
    found = rows(
        data.corpus_db,
        "SELECT l.kind, a.text, b.text, l.differences FROM section_links AS l "
        "JOIN sections AS a ON a.id = l.section_a JOIN sections AS b ON b.id = l.section_b ORDER BY 1",
    )
    assert [(kind, {a, b}) for kind, a, b, _ in found] == [
        ("family", {COUNTED, FAMILY[0]}),
        ("near", {PLAIN, _with_noise(PLAIN, [4])}),
    ]
    for _, a, b, differences in found:
        for difference in json.loads(differences):
            assert difference["a"] in normalise_passage(a)
            assert difference["b"] in normalise_passage(b)
    sql = "SELECT count(DISTINCT skeleton), count(skeleton) FROM sections WHERE text LIKE '全年%'"
    assert rows(data.corpus_db, sql) == [(1, 2)]


def test_the_passage_that_stands_first_stands_for_those_that_are_alike(tmp_path: Path) -> None:
    noisy = _with_noise(PLAIN, [4])
    readings = {
        "http://www.testville.example/a.html": reading_of(FAMILY[1], noisy, year=2021),
        "http://www.testville.example/b.html": reading_of(FAMILY[2], year=None),
        "http://www.testville.example/c.html": reading_of(PLAIN, year=2020),
        "http://www.testville.example/d.html": reading_of(STRANGER, FAMILY[0], year=2020),
    }
    data = derive_readings(tmp_path, readings)
    found = rows(
        data.corpus_db,
        "SELECT f.kind, a.text, b.text, f.passages FROM first_alike AS f "
        "JOIN sections AS a ON a.id = f.section_id JOIN sections AS b ON b.id = f.first_section_id",
    )
    assert set(found) == {
        *(("family", text, FAMILY[0], 3) for text in FAMILY[:3]),
        ("near", PLAIN, PLAIN, 2),
        ("near", noisy, PLAIN, 2),
    }
