"""What columns are called: the table `columns.yaml`, compiled once."""

from __future__ import annotations

import re
from functools import cache, partial
from typing import Any
from urllib.parse import parse_qsl, unquote, urldefrag, urlsplit

from pipelines.addresses import find_canonical, host_key, scope_key
from pipelines.knowledge import load_table, table_pattern
from pipelines.metadata.fields import Kind
from pipelines.metadata.titles import kind_of_title

ANNUAL_REPORT = "annual_report"
POLICY = "policy"
ENTRY = "entry"
KINDS = (ANNUAL_REPORT, POLICY, ENTRY)

# `.jhtml` is of Jeecms, `.action` of Struts.
_EXTENSION = re.compile(r"\.(?:s?html?|jsp|aspx?|php|jhtml|thtml|do|action)$")
# File names that every column has say nothing of it; its folder does.
_LISTING = re.compile(r"^(?:index|list|default|common_list)(?:_?\d+)?$")


def score_name(kind: str, name: str) -> float:
    """Return how much a name speaks for a column of a kind; below 0 where it speaks against it."""
    if is_false_name(kind, name):
        return -1.0
    whole = (score for rule, score in _rules(kind, "names", "whole") if rule.fullmatch(name))
    part = (score for rule, score in _rules(kind, "names", "part") if rule.search(name))
    return max((*whole, *part), default=0.0)


def is_false_name(kind: str, name: str) -> bool:
    """Tell whether a name speaks of something else than columns of a kind."""
    if column_pattern(kind, "false_names").search(name):
        return True
    # What a name may not be about, unless it says that disclosure is its topic.
    has_topics = "false_topics" in _table()[kind] and not column_pattern("own_topic").search(name)
    return has_topics and column_pattern(kind, "false_topics").search(name) is not None


def score_folder(kind: str, url: str) -> tuple[float, str]:
    """Return how much the last telling segment of an address speaks for a kind, and the segment."""
    for distance, segment in enumerate(reversed(path_segments(url))):
        if column_pattern(kind, "false_folders").fullmatch(segment):
            return -1.0, segment
        folders = _rules(kind, "folders", "pattern")
        score = max((score for rule, score in folders if rule.fullmatch(segment)), default=0.0)
        if score:
            # A folder above says less of what is listed than the last one.
            return score * 0.75**distance, segment
    return 0.0, ""


@cache
def _rules(kind: str, group: str, key: str) -> tuple[tuple[re.Pattern[str], float], ...]:
    """The patterns of a table, and what each speaks; a place or a year may stand before a name."""
    year = _table()["year_before_name"]
    before = year + _table()["before_name"] + year if key == "whole" else ""
    rows = [row for row in _table()[kind][group] if key in row]
    return tuple((re.compile(f"{before}(?:{row[key]})"), row["score"]) for row in rows)


def path_segments(url: str) -> list[str]:
    """Return the segments of an address that may name a column (`?tab=gknb` too), without extension."""
    parts = urlsplit(url.lower())
    asked = [value for _, value in parse_qsl(parts.query) if value.isalpha() and value.isascii()]
    segments = [
        _EXTENSION.sub("", segment) for segment in (*unquote(parts.path).split("/"), *asked) if segment
    ]
    return [segment for segment in segments if not _LISTING.match(segment)]


def is_article_address(url: str) -> bool:
    """Tell whether an address is that of one publication, or of a file."""
    parts = urlsplit(url)
    asked = parts.path + (f"?{parts.query}" if parts.query else "")
    return column_pattern("articles").search(asked.lower()) is not None


def column_of_article(url: str) -> str | None:
    """Return the front page of the column that a publication's address shows it to be in."""
    for pattern, form in _columns_of_articles():
        found = pattern.match(url)
        column = form.format(**found.groupdict()) if found else None
        if column and path_segments(column):
            return column
    return None


def is_report_title(title: str) -> bool:
    """Tell whether a title is that of an annual disclosure report."""
    return bool(column_pattern("report_titles").search(title)) and not is_false_name(ANNUAL_REPORT, title)


def may_be_report_title(title: str) -> bool:
    """Tell whether a title is an annual report's, of whatever sort: 2024年年度报告 says not of which."""
    if is_false_name(ANNUAL_REPORT, title):
        return False
    return is_report_title(title) or bool(column_pattern("generic_report_titles").search(title))


column_pattern = partial(table_pattern, "columns", package="crawler.discovery")
"""Returns a pattern of the table by the keys that lead to it."""
word_pattern = partial(column_pattern, "words")
"""Returns a pattern of the table's `words`."""


def _table() -> Any:
    return load_table("columns", "crawler.discovery")


@cache
def _columns_of_articles() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(row["article"]), row["column"]) for row in _table()["columns_of_articles"])


# How much a title says that it is a policy document's: its number, its kind, what it does to a document.
# Columns of notices (通知公告) hold a 通知 in every row and hardly a document, so that words such as 关于 say
# little. What kinds of documents there are is known to `pipelines/knowledge/title_kinds.yaml`.

DOCUMENT = 1.0
NOTICE = 0.5
_DOCUMENT_KINDS = frozenset((Kind.POLICY, Kind.TASK_PLAN))
# （试行）, （国办发〔2017〕47号）: what stands behind the word that tells the kind.
_BRACKET_AT_END = re.compile(r"[（(【\[〔][^（()）]{1,40}[）)】\]〕]$")
# Lists shorten titles to fit a line, with … or dots.
CUT = ("…", "..")


def policy_weight(title: str) -> float:
    """Return how much a title speaks for a policy document: `DOCUMENT`, `NOTICE`, or 0 where nothing does."""
    said = "".join(title.split())
    bare = _BRACKET_AT_END.sub("", said).rstrip("》")
    if _says("drafts", said):
        return 0.0
    if _says("numbered", said) or _says("issuing", bare) or _says("laws", bare):
        return DOCUMENT
    is_document = kind_of_title(bare) in _DOCUMENT_KINDS
    if is_document and not _says("notices", bare):
        return DOCUMENT
    if _says("routine", said):
        return 0.0
    # Of a title that is cut off the kind is not seen.
    return NOTICE if is_document or (said.endswith(CUT) and "关于" in said) else 0.0


def least_share() -> float:
    """Return the share from which on a list is one of policy documents."""
    return float(_table()["policy_least"])


def _says(name: str, title: str) -> bool:
    return column_pattern("policy_titles", name).search(title) is not None


# Which addresses are a site's own: its host, and the hosts below its domain.
# `www.zhengzhou.gov.cn` and `public.zhengzhou.gov.cn` are one site; `www.km.gov.cn` is not a department's at
# `rsj.km.gov.cn`, though the other way round it is.


def is_own(url: str, home_url: str) -> bool:
    """Tell whether an address belongs to the site of a front page."""
    try:
        host, domain = scope_key(url), scope_key(home_url)
        has_user = urlsplit(url).username is not None
    except ValueError:
        return False
    if has_user:
        return False
    return host == domain or (domain not in _table()["shared_domains"] and host.endswith(f".{domain}"))


def is_one_site(url: str, other: str) -> bool:
    """Tell whether two addresses belong to one site, whichever of them is its front page."""
    return is_own(url, other) or is_own(other, url)


def is_same_page(url: str, other: str) -> bool:
    """Tell whether two addresses are those of one page, whatever their fragments and spellings."""
    address = find_canonical(urldefrag(url)[0])
    return address is not None and address == find_canonical(urldefrag(other)[0])


def is_department_host(url: str, home_url: str) -> bool:
    """Tell whether an address stands on a host below the site's that is likely another body's."""
    host, domain = scope_key(url), scope_key(home_url)
    last_label = host.removesuffix(f".{domain}").split(".")[-1]
    return host != domain and last_label not in _table()["disclosure_hosts"]


def front_page(url: str) -> str:
    """Return the address of the front page of the host of an address."""
    return f"{urlsplit(url).scheme}://{host_key(url)}/"
