"""What a response is: one state for every fetch, told by evidence.

A page that an anti-bot product sends, an error text with status 200, an empty shell: each is a result worth
recording, and none of them is a document. The evidence stands in `knowledge/outcomes.yaml`; here is only how
it is weighed. Genuine pages quote error texts, carry scripts of the same products and mention captchas, so
that evidence never counts on a page with much else to read.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from pipelines.addresses import AddressUnusable, canonical_address
from pipelines.attachments.link_targets import promises_file
from pipelines.errors import UnreadableDocument
from pipelines.knowledge import Thresholds, load_table
from pipelines.response.http_message import Headers, declared_charset, header_value, header_values
from pipelines.response.payload_type import PayloadType, sniff
from pipelines.structs import FrozenStruct
from pipelines.text.charset import decode_text
from pipelines.text.page_source import UNRENDERED, count_shown, visible_lines, visible_title


class OutcomeThresholds(Thresholds):
    """How much of a response is looked at, and where a page declares what it is."""

    evidence_bytes: int
    beginnings: tuple[int, ...]
    gbk_share: float
    meta_tag: re.Pattern[str]
    meta_name: re.Pattern[str]
    meta_content: re.Pattern[str]


OUTCOME = OutcomeThresholds.load("outcome")
# In whichever charset a page is, as many characters show at least; of GBK read as Latin-1 half may be blank.
_READINGS = (("utf-8", 1.0), ("gb18030", OUTCOME.gbk_share))
# What the meta tags of an article state (国办发〔2017〕47号).
_ARTICLE = frozenset({"articletitle", "pubdate"})


class Outcome(StrEnum):
    """The state in which a fetch ended."""

    OK = "ok"
    NOT_MODIFIED = "not_modified"
    REDIRECTED = "redirected"
    REDIRECT_HOME = "redirect_home"
    SOFT_404 = "soft_404"
    GONE = "gone"
    EMPTY_STUB = "empty_stub"
    JS_SHELL = "js_shell"
    CHALLENGE_RUISHU = "challenge_ruishu"
    CHALLENGE_JSL = "challenge_jsl"
    CHALLENGE_ALIYUN = "challenge_aliyun"
    CHALLENGE_COOKIE_REDIRECT = "challenge_cookie_redirect"
    WAF_403 = "waf_403"
    FORBIDDEN = "forbidden"
    """403 without the page of a product: one folder that may not be listed, not a host that blocks."""
    RATE_LIMITED = "rate_limited"
    CAPTCHA = "captcha"
    LOGIN = "login"
    SERVER_ERROR = "server_error"
    ATTACHMENT_IS_HTML = "attachment_is_html"
    """A page where the address promised a file that no page can be: an error page, a notice, a login."""
    UNEXPECTED = "unexpected"
    """A status that no fetch of ours should bring: 1xx, 3xx without Location, other 4xx."""

    # Recorded where no response came in.
    TIMEOUT = "timeout"
    DNS = "dns"
    REFUSED = "refused"
    RESET = "reset"
    TLS_LEGACY = "tls_legacy"
    TLS_CERT = "tls_cert"
    TLCP_ONLY = "tlcp_only"
    """The host speaks China's national protocol (SM2, GB/T 38636-2020), and no TLS."""
    HTTP2_ONLY = "http2_only"
    ROBOTS_DENIED = "robots_denied"
    TOO_LARGE = "too_large"
    ADDRESS_DENIED = "address_denied"
    """The name or a redirect led to a loopback, private or link-local address."""
    STOP_LISTED = "stop_listed"
    """Not asked for, because its host is on the stop list."""
    REDIRECT_LOOP = "redirect_loop"
    """Redirects that led back, or on and on."""
    FAILED = "failed"
    """No response, for a reason of none of these names; the error text says which."""


BLOCKED = frozenset(
    {
        Outcome.CHALLENGE_RUISHU,
        Outcome.CHALLENGE_JSL,
        Outcome.CHALLENGE_ALIYUN,
        Outcome.CHALLENGE_COOKIE_REDIRECT,
        Outcome.WAF_403,
        Outcome.CAPTCHA,
    }
)
# RFC 9110, 15.4; 304 leads nowhere, 305 and 306 are not used any more.
REDIRECTS = frozenset({300, 301, 302, 303, 307, 308})
# Intranet parts of portals lead there: out of scope, and no defect.
LOGIN_PATHS = ("/login", "/sso", "/cas/", "/oauth", "/signin", "/passport")


def classify_response(*, url: str, status: int | None, headers: Headers, body: bytes) -> Outcome:
    """Tell what a response is.

    Args:
        url: the address that was asked.
        status: the HTTP status; None for an imported file, which is always `ok`: a person handed it in.
        headers: the response's header fields.
        body: the payload with its content coding undone.
    """
    if status is None:
        return Outcome.OK
    location = header_value(headers, "location")
    if status in REDIRECTS and location:
        return _classify_redirect(url, location, headers)
    is_promised = status == 200 and promises_file(url)
    if status == 200 and not is_promised and has_much_to_read(body, status):
        return Outcome.OK
    evidence = gather_evidence(headers, body)
    outcome = Outcome(first_rule(status, evidence) or _by_status(status, evidence))
    is_page = is_promised and evidence.is_html and outcome == Outcome.OK
    return Outcome.ATTACHMENT_IS_HTML if is_page else outcome


def is_blocked(outcome: Outcome) -> bool:
    """Tell whether a host turned us away with a challenge or a block page: stop there, and report it."""
    return outcome in BLOCKED


def _by_status(status: int, evidence: Evidence) -> str:
    outcome = outcome_of_status(status)
    return Outcome.EMPTY_STUB if outcome == Outcome.OK and evidence.is_blank else outcome


def _classify_redirect(url: str, location: str, headers: Headers) -> Outcome:
    try:
        target = urljoin(url, location)
        path, asked_path = urlsplit(target).path.lower(), urlsplit(url).path
        canonical, asked = canonical_address(target), canonical_address(url)
    except (AddressUnusable, ValueError):
        return Outcome.UNEXPECTED
    if target.partition("#")[0] == url.partition("#")[0]:
        has_cookie = bool(header_values(headers, "set-cookie"))
        return Outcome.CHALLENGE_COOKIE_REDIRECT if has_cookie else Outcome.REDIRECTED
    if any(part in path for part in LOGIN_PATHS) and not any(
        part in asked_path.lower() for part in LOGIN_PATHS
    ):
        return Outcome.LOGIN
    # In the canonical form (SURT) a host ends with `)`: what follows is the path, here that of the front
    # page.
    if canonical.endswith(")/") and not asked.endswith(")/"):
        return Outcome.REDIRECT_HOME
    return Outcome.REDIRECTED


class Evidence(FrozenStruct):
    """What a response shows.

    Attributes:
        title: of the window.
        lines: the visible blocks of text, the title not among them.
        visible: how many characters those are, white space and unfilled places not counted.
        markup: the first part of the body, as text.
        cookies: the Set-Cookie fields.
        headers: the header fields as `name: value`.
        size: bytes of the body.
        is_html: whether the body is a page, or nothing at all.
        declared: what its meta tags ArticleTitle and PubDate say, where they say anything.
    """

    title: str
    lines: tuple[str, ...]
    visible: int
    markup: str
    cookies: tuple[str, ...]
    headers: tuple[str, ...]
    size: int
    is_html: bool
    declared: tuple[tuple[str, str], ...]

    @property
    def is_article(self) -> bool:
        """Whether it carries the meta tags of an article, with something in them."""
        return {name for name, _ in self.declared} == _ARTICLE

    @property
    def is_blank(self) -> bool:
        """Whether the body holds nothing but white space."""
        return self.size < OUTCOME.evidence_bytes and not self.markup.strip(" \t\r\n\ufeff\x00")


def gather_evidence(headers: Headers, body: bytes) -> Evidence:
    """Look at a response; bodies that are neither a page nor text show their headers only."""
    content_type = header_value(headers, "content-type")
    kind = sniff(body, content_type)
    readable = kind in (PayloadType.HTML, PayloadType.PLAIN)
    # One letter keeps a picture or a PDF from counting as a blank page.
    markup = _as_text(body[: OUTCOME.evidence_bytes], content_type) if readable else ("x" if body else "")
    is_html = kind is PayloadType.HTML or (kind is PayloadType.PLAIN and "html" in (content_type or "html"))
    lines = tuple(visible_lines(markup)) if kind is PayloadType.HTML else tuple(markup.split("\n"))
    return Evidence(
        title=visible_title(markup),
        lines=lines,
        visible=sum(len("".join(UNRENDERED.sub("", line).split())) for line in lines),
        markup=markup,
        cookies=header_values(headers, "set-cookie"),
        headers=tuple(f"{name.decode('latin-1')}: {value.decode('latin-1')}" for name, value in headers),
        size=len(body),
        is_html=is_html,
        declared=tuple(_read_declared(markup)),
    )


def _read_declared(markup: str) -> Iterator[tuple[str, str]]:
    """Yield what the meta tags of an article say, by their names in lower case."""
    for tag in OUTCOME.meta_tag.findall(markup):
        name, content = OUTCOME.meta_name.search(tag), OUTCOME.meta_content.search(tag)
        if name and content and name[1].lower() in _ARTICLE:
            yield name[1].lower(), content["said"].strip()


def _as_text(body: bytes, content_type: str | None) -> str:
    try:
        return decode_text(body, [declared_charset(content_type)]).text
    except UnreadableDocument:
        return body.decode("latin-1")


def first_rule(status: int, evidence: Evidence) -> str | None:
    """Return the outcome of the first rule that holds; None when none does."""
    return next((rule.outcome for rule in _RULES if rule.describes(status, evidence)), None)


def has_much_to_read(body: bytes, status: int) -> bool:
    """Tell, by its beginning, whether a page shows more than any page that a rule is about.

    Most pages do, and looking at one in full takes ten times as long. True only where no rule could hold;
    False says nothing.

    Args:
        body: the payload with its content coding undone.
        status: the HTTP status.
    """
    ceiling = _ceiling_of(status)
    if ceiling is None or len(body) < ceiling.size:
        return False
    beginnings = (body[:size] for size in OUTCOME.beginnings)
    return any(_least_shown(beginning) >= ceiling.visible for beginning in beginnings)


def _least_shown(beginning: bytes) -> float:
    """How many characters a page shows at least, whatever follows."""
    for codec, worth in _READINGS:
        try:
            markup = codecs.getincrementaldecoder(codec)().decode(beginning)
        except UnicodeDecodeError:
            continue
        # An unfilled place shows nothing, whatever stands in it; NUL is a sign of UTF-16.
        return 0 if "{{" in markup or "\x00" in markup else worth * count_shown(markup)
    return 0


@cache
def _ceiling_of(status: int) -> _Ceiling | None:
    """What a page may show and weigh at most for a rule to be about it; None: there is no limit."""
    groups = [
        group
        for rule in _RULES
        if status in rule.statuses
        # A bound for all groups of a rule bounds each; without one each group must have its own, or pages of
        # any size are within the rule.
        for group in ((rule.all_of,) if "visible_below" in rule.all_of else rule.any_of or (rule.all_of,))
    ]
    if any("visible_below" not in group and "body_below" not in group for group in groups):
        return None
    visible, size = (
        max((group.get(bound, 0) for group in groups), default=0) for bound in ("visible_below", "body_below")
    )
    return _Ceiling(visible, size)


def outcome_of_status(status: int) -> str:
    """Return the outcome that a status alone stands for."""
    table = load_table("outcomes")
    by_class = table["other_5xx"] if 500 <= status < 600 else table["other"]
    return str(table["statuses"].get(status, by_class))


class _Ceiling(NamedTuple):
    """Pages that show as many characters and weigh as many bytes are beyond every rule."""

    visible: int
    size: int


# What must hold, by the names of `_CONDITIONS`: a bound, a yes or no, or a pattern.
_Conditions = Mapping[str, Any]

_CONDITIONS: Mapping[str, Callable[[Any, Evidence], bool]] = {
    # The cheap ones first.
    "visible_below": lambda bound, seen: seen.visible < bound,
    "body_below": lambda bound, seen: seen.size < bound,
    "article": lambda wanted, seen: seen.is_article == wanted,
    "html": lambda wanted, seen: seen.is_html == wanted,
    "title": lambda pattern, seen: pattern.match(seen.title) is not None,
    "line": lambda pattern, seen: any(map(pattern.match, seen.lines)),
    "cookie": lambda pattern, seen: any(map(pattern.search, seen.cookies)),
    "header": lambda pattern, seen: any(map(pattern.search, seen.headers)),
    "markup": lambda pattern, seen: pattern.search(seen.markup) is not None,
    "body_without": lambda pattern, seen: pattern.search(seen.markup) is None,
}


class _Rule(NamedTuple):
    """One row of the table of evidence."""

    outcome: str
    statuses: frozenset[int]
    all_of: _Conditions
    any_of: tuple[_Conditions, ...]

    def describes(self, status: int, seen: Evidence) -> bool:
        """Tell whether a response is what this rule describes."""
        if status not in self.statuses or not _all_hold(self.all_of, seen):
            return False
        return not self.any_of or any(_all_hold(group, seen) for group in self.any_of)


def _all_hold(conditions: _Conditions, seen: Evidence) -> bool:
    return all(holds(conditions[name], seen) for name, holds in _CONDITIONS.items() if name in conditions)


def _expand_statuses(item: int | str) -> range:
    """Return the statuses of a class such as `2xx`, or the one."""
    if isinstance(item, int):
        return range(item, item + 1)
    start = int(item[0]) * 100
    return range(start, start + 100)


def _read_conditions(row: Mapping[str, Any]) -> _Conditions:
    """Return the conditions of a row, its patterns compiled."""
    return {
        name: re.compile(value, re.IGNORECASE | re.DOTALL) if isinstance(value, str) else value
        for name, value in row.items()
        if name in _CONDITIONS
    }


_RULES = tuple(
    _Rule(
        outcome=row["outcome"],
        statuses=frozenset(status for item in row["status"] for status in _expand_statuses(item)),
        all_of=_read_conditions(row),
        any_of=tuple(map(_read_conditions, row.get("any_of", ()))),
    )
    for row in load_table("outcomes")["rules"]
)
