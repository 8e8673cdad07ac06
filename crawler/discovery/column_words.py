"""What columns are called: the table `columns.yaml`, compiled once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from pipelines.addresses import host_key, scope_key
from pipelines.knowledge import parse_yaml
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


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: re.Pattern[str]
    score: float


@dataclass(frozen=True, slots=True)
class Words:
    """How the columns of one kind are told.

    Attributes:
        whole, part: names, the whole of one and a part of one.
        folders: segments of the path.
        false_names, false_folders: what only looks like one.
        false_topics: what a name may not be about, unless it says that disclosure is its topic.
    """

    whole: tuple[_Rule, ...]
    part: tuple[_Rule, ...]
    folders: tuple[_Rule, ...]
    false_names: re.Pattern[str]
    false_topics: re.Pattern[str] | None
    false_folders: re.Pattern[str]

    def name_score(self, name: str) -> float:
        """Return how much a name speaks for a column of this kind; below 0 where it speaks against it."""
        if self.is_false(name):
            return -1.0
        whole = (rule.score for rule in self.whole if rule.pattern.fullmatch(name))
        part = (rule.score for rule in self.part if rule.pattern.search(name))
        return max((*whole, *part), default=0.0)

    def is_false(self, name: str) -> bool:
        """Tell whether a name speaks of something else."""
        if self.false_names.search(name):
            return True
        says_topic = re.search(table_text("own_topic"), name)
        return bool(self.false_topics and not says_topic and self.false_topics.search(name))

    def folder_score(self, url: str) -> tuple[float, str]:
        """Return how much the last telling segment of an address speaks for it, and the segment."""
        segments = path_segments(url)
        for distance, segment in enumerate(reversed(segments)):
            if self.false_folders.fullmatch(segment):
                return -1.0, segment
            score = max((rule.score for rule in self.folders if rule.pattern.fullmatch(segment)), default=0.0)
            if score:
                # A folder above says less of what is listed than the last one.
                return score * 0.75**distance, segment
        return 0.0, ""


@cache
def words_of(kind: str) -> Words:
    """Return how the columns of a kind are told."""
    table = _table()[kind]
    topics = table.get("false_topics", ())
    before = table_text("before_name") + table_text("year_before_name")
    before = f"{table_text('year_before_name')}{before}"
    return Words(
        whole=tuple(
            _Rule(re.compile(f"{before}(?:{row['whole']})"), row["score"])
            for row in table["names"]
            if "whole" in row
        ),
        part=tuple(_Rule(re.compile(row["part"]), row["score"]) for row in table["names"] if "part" in row),
        folders=tuple(_Rule(re.compile(row["pattern"]), row["score"]) for row in table["folders"]),
        false_names=re.compile("|".join(table["false_names"])),
        false_topics=re.compile("|".join(topics)) if topics else None,
        false_folders=re.compile("|".join(table["false_folders"])),
    )


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
    return _articles().search(asked.lower()) is not None


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
    return bool(_titles("report_titles").search(title)) and not words_of(ANNUAL_REPORT).is_false(title)


def may_be_report_title(title: str) -> bool:
    """Tell whether a title is an annual report's, of whatever sort: 2024年年度报告 says not of which."""
    if words_of(ANNUAL_REPORT).is_false(title):
        return False
    return bool(_titles("report_titles").search(title) or _titles("generic_report_titles").search(title))


def table_text(key: str) -> str:
    """Return a value of the table that is one text."""
    return str(_table()[key])


def table_part(key: str, name: str) -> str:
    """Return one text of a value of the table that has several, by its name."""
    return str(_table()[key][name])


@cache
def word_pattern(name: str) -> re.Pattern[str]:
    """Return a pattern of the table's `words`."""
    return re.compile(table_part("words", name))


@cache
def _table() -> dict[str, Any]:
    loaded: dict[str, Any] = parse_yaml(
        files("crawler.discovery").joinpath("columns.yaml").read_text("utf-8")
    )
    return loaded


@cache
def _articles() -> re.Pattern[str]:
    return re.compile("|".join(_table()["articles"]))


@cache
def _columns_of_articles() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(row["article"]), row["column"]) for row in _table()["columns_of_articles"])


@cache
def _titles(key: str) -> re.Pattern[str]:
    return re.compile("|".join(_table()[key]))


# How much a title says that it is a policy document's: its number, its kind, what it does to a document.
# Columns of notices (通知公告) hold a 通知 in every row and hardly a document, so that words such as 关于 say
# little. What kinds of documents there are is known to `pipelines/knowledge/title_kinds.yaml`.

DOCUMENT = 1.0
NOTICE = 0.5
_DOCUMENT_KINDS = frozenset((Kind.POLICY, Kind.TASK_PLAN))
# （试行）, （国办发〔2017〕47号）: what stands behind the word that tells the kind.
_BRACKET_AT_END = re.compile(r"[（(【\[〔][^（()）]{1,40}[）)】\]〕]$")
# Lists shorten titles to fit a line, with … or dots.
CUT = re.compile(r"(?:…|\.{2,})$")


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
    return NOTICE if is_document or (CUT.search(said) and "关于" in said) else 0.0


def policy_share(titles: list[str]) -> float:
    """Return how much of a list are policy documents, from 0 to 1; 0 where it holds notices alone."""
    weights = [policy_weight(title) for title in titles]
    return sum(weights) / len(weights) if DOCUMENT in weights else 0.0


def least_share() -> float:
    """Return the share from which on a list is one of policy documents."""
    return float(table_text("policy_least"))


def _says(name: str, title: str) -> bool:
    return _title_pattern(name).search(title) is not None


@cache
def _title_pattern(name: str) -> re.Pattern[str]:
    return re.compile(table_part("policy_titles", name))


# Which addresses are a site's own: its host, and the hosts below its domain.
# `www.zhengzhou.gov.cn` and `public.zhengzhou.gov.cn` are one site; `www.km.gov.cn` is not a department's at
# `rsj.km.gov.cn`, though the other way round it is.

DISCLOSURE_HOSTS = frozenset(
    (
        "public",
        "zwgk",
        "zfxxgk",
        "xxgk",
        "gk",
        "zc",
        "zcwjk",
        "fgk",
        "zfxxgkpt",
        "zwxxgk",
        "gongkai",
        "sousuo",
        "fgj",
    )
)
"""First labels of hosts that hold the portal's own disclosure, not a department's."""

# Below these stand hosts of many owners, so that a common end proves no common one.
_SHARED = frozenset(
    (
        "gov.cn",
        "com.cn",
        "org.cn",
        "net.cn",
        "edu.cn",
        "ac.cn",
        "cn",
        "com",
        "net",
        "org",
        "test",
        "localhost",
    )
)


def is_own(url: str, home_url: str) -> bool:
    """Tell whether an address belongs to the site of a front page."""
    try:
        host, domain = scope_key(url), scope_key(home_url)
        has_user = urlsplit(url).username is not None
    except ValueError:
        return False
    if has_user:
        return False
    return host == domain or (domain not in _SHARED and host.endswith(f".{domain}"))


def is_one_site(url: str, other: str) -> bool:
    """Tell whether two addresses belong to one site, whichever of them is its front page."""
    return is_own(url, other) or is_own(other, url)


def is_department_host(url: str, home_url: str) -> bool:
    """Tell whether an address stands on a host below the site's that is likely another body's."""
    host, domain = scope_key(url), scope_key(home_url)
    return host != domain and host.removesuffix(f".{domain}").split(".")[-1] not in DISCLOSURE_HOSTS


def front_page(url: str) -> str:
    """Return the address of the front page of the host of an address."""
    return f"{urlsplit(url).scheme}://{host_key(url)}/"
