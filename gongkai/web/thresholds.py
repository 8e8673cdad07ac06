"""The bounds within which the site answers, read from `gongkai/thresholds/`: one table for each area."""

from __future__ import annotations

from pipelines.knowledge import Thresholds


class ServerThresholds(Thresholds):
    """What one request may ask for and one answer may cost; each is told of in `server.yaml`."""

    arguments: int
    facets: int
    facet_address_bytes: int
    many_values_address_bytes: int
    value_bytes: int
    columns: int
    answer_weight: int
    pattern_bytes: int
    statement_pattern_bytes: int
    steps_between_patterns: int
    heap_bytes: int
    search_chars: int
    timed_argument_chars: int
    expanded_chars: int
    with_tables: int
    piece_bytes: int
    large_bytes: int
    under_way_bytes: int
    patience_s: float
    slowest_bytes_per_s: int
    compression_level: int
    own_work_threads: int
    head_seconds: float


class CacheThresholds(Thresholds):
    """How much of what was answered is kept; each is told of in `caches.yaml`."""

    page_bytes: int
    facet_statement_chars: int
    facet_weight: int
    facet_row_weight: int
    facets_weight: int


class PictureThresholds(Thresholds):
    """What pictures of figures cost and how large they are; each is told of in `pictures.yaml`."""

    waiting: int
    most_pixels: int
    scale: int
    kept_bytes: int


class ReplayThresholds(Thresholds):
    """What archived pages cost that are shown again; each is told of in `replay.yaml`."""

    record_bytes: int
    waiting: int
    kept: int
    kept_chars: int
    markup_chars: int
    picture_pixels: int
    span: int


class ExportThresholds(Thresholds):
    """How exports run and what their files are called; each is told of in `exports.yaml`."""

    seconds: float
    own_sql_seconds: float
    retry_after_s: int
    at_once: int
    own_at_once: int
    name_chars: int
    asked_chars: int
    batch_rows: int
    batch_weight: int
    piece_bytes: int
    longest_wait_s: float


class PageThresholds(Thresholds):
    """How much a page lists, and from when on it tells a figure; each is told of in `site_pages.yaml`."""

    alike_names: int
    answer_rows: int
    drawn_rows: int
    changes_nights: int
    changes_listed: int
    changes_with_figures: int
    feed_entries: int
    check_cells: int
    check_causes: int
    copied_rows: int
    copied_passages: int
    pair_chars: int
    beside: int
    listed_bodies: int
    compared_bodies: int
    compared_cells: int
    coverage_bodies: int
    coverage_reasons: int
    evidence_rows: int
    plan_mentions: int
    plan_cells: int
    front_bars: int
    copied_most: float
    place_chars: int
    neighbours: int
    least_denominator: int
    passage_places: int
    facet_values: int
    hits: int
    ranked: int
    ranked_passages: int
    snapshots: int


class TextThresholds(Thresholds):
    """Where texts, labels and comparisons are cut or folded; each is told of in `texts.yaml`."""

    answer_chars: int
    label_chars: int
    address_chars: int
    folded_chars: int
    part_chars: int
    fold_label_chars: int
    differences: int
    compared_chars: int
    changed_cells: int
    passage_chars: int
    page_chars: int
    compared_label_chars: int
    context_lines: int
    line_chars: int


SERVER = ServerThresholds.load("server", "gongkai")
CACHES = CacheThresholds.load("caches", "gongkai")
PICTURES = PictureThresholds.load("pictures", "gongkai")
REPLAY = ReplayThresholds.load("replay", "gongkai")
EXPORTS = ExportThresholds.load("exports", "gongkai")
PAGES = PageThresholds.load("site_pages", "gongkai")
TEXTS = TextThresholds.load("texts", "gongkai")
