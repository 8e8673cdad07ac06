"""What a response is: one state for every fetch, told by evidence.

A page that an anti-bot product sends, an error text with status 200, an empty shell: each is a result worth
recording, and none of them is a document. The evidence stands in `knowledge/outcomes.yaml`; here is only how
it is weighed. Genuine pages quote error texts, carry scripts of the same products and mention captchas, so
that evidence never counts on a page with much else to read.
"""

from __future__ import annotations

from enum import StrEnum
from urllib.parse import urljoin, urlsplit

from pipelines.addresses import AddressUnusable, canonical_address
from pipelines.attachments.link_targets import promises_file
from pipelines.response.http_headers import Headers, header_value, header_values
from pipelines.response.outcome_rules import (
    Evidence,
    first_rule,
    gather_evidence,
    has_much_to_read,
    outcome_of_status,
)


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
REDIRECTS = frozenset({300, 301, 302, 303, 307, 308})
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
    if canonical.endswith(")/") and not asked.endswith(")/"):
        return Outcome.REDIRECT_HOME
    return Outcome.REDIRECTED
