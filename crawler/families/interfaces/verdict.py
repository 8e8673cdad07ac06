"""What a JSON answer says of itself: that it is good, refused, or wants a captcha.

A failed interface often answers 200 with a success flag, a code and a message, and no rows; that is never
taken for an empty list. Codes differ from system to system, so a good one is asked for only where there are
no rows to speak for themselves, and a list can say with `ok` what good looks like.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from crawler.families.interfaces.paths import alternatives, values_at
from crawler.families.interfaces.rows import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

NEEDS_CAPTCHA = "needs_captcha"

_SUCCESS = frozenset(("success", "issuccess", "succeed"))
_ERROR = frozenset(("error", "iserror"))
_CODES = frozenset(
    ("code", "errcode", "errorcode", "err_code", "statuscode", "status", "state", "resultcode")
)
_GOOD = frozenset(("", "0", "1", "200", "0000", "00000", "20000", "true", "ok", "success", "none", "null"))
_MESSAGES = ("message", "msg", "errmessage", "errmsg", "errormsg", "error", "err", "text", "desc")
_CAPTCHA = re.compile(r"验证码|滑动验证|人机验证|captcha", re.IGNORECASE)
_CAPTCHA_ENDPOINT = re.compile(r"yzm(?:[/?]|$)", re.IGNORECASE)
_LARGEST_CHALLENGE = 8192
_LONGEST_MESSAGE = 80
_MOST_MEMBERS = 50


def refusal(answer: Any, ok: str | None, *, has_rows: bool) -> str | None:
    """Return in a word why an answer is no list, with the message it carries; None where it is one.

    Args:
        answer: the parsed answer.
        ok: what a good answer shows, `path=value`, alternatives; None where the usual signs decide.
        has_rows: whether rows were found in it.
    """
    said = _stated_refusal(answer, ok) if ok else _usual_refusal(answer, has_rows=has_rows)
    if said is None:
        return None
    words = message(answer)
    if _CAPTCHA.search(words):
        return NEEDS_CAPTCHA
    return f"error_answer: {', '.join(filter(None, (words, said)))}"


def unread_reason(text: str, url: str) -> str:
    """Return in a word why a text that is no JSON cannot be read as a list."""
    # A page of ordinary size may have a login form somewhere, which asks for one too.
    asks = len(text) < _LARGEST_CHALLENGE and _CAPTCHA.search(text)
    return NEEDS_CAPTCHA if asks or wants_captcha(url) else "not_json"


def wants_captcha(url: str) -> bool:
    """Whether an interface is one of those that want a captcha, by its name (Epoint's `…Yzm`)."""
    return _CAPTCHA_ENDPOINT.search(url) is not None


def _stated_refusal(answer: Any, ok: str) -> str | None:
    for condition in alternatives(ok):
        path, _, wanted = condition.partition("=")
        if any(_word(value) == wanted.strip().lower() for value in values_at(answer, path.strip())):
            return None
    return f"not {ok}"


def _usual_refusal(answer: Any, *, has_rows: bool) -> str | None:
    for name, value in _members(answer):
        word = _word(value)
        if name in _SUCCESS and word == "false":
            return f"{name} {word}"
        if name in _ERROR and word == "true":
            return f"{name} {word}"
        if name in _CODES and not has_rows and word is not None and word not in _GOOD:
            return f"{name} {word}"
    return None


def message(answer: Any) -> str:
    """Return what an answer says in words, shortened; empty where it says nothing."""
    said = {name: value for name, value in _members(answer) if isinstance(value, str) and value.strip()}
    words = next((said[name] for name in _MESSAGES if name in said), "")
    return one_line(words)[:_LONGEST_MESSAGE]


def _members(answer: Any) -> Iterator[tuple[str, Any]]:
    """The first members of the answer and of the objects directly in it, by their names in small letters."""
    if not isinstance(answer, dict):
        return
    own = list(answer.items())[:_MOST_MEMBERS]
    yield from ((name.lower(), value) for name, value in own)
    for _, inner in own:
        if isinstance(inner, dict):
            yield from ((name.lower(), value) for name, value in list(inner.items())[:_MOST_MEMBERS])


def _word(value: Any) -> str | None:
    if isinstance(value, str | int | float):
        return str(value).strip().lower()
    return None
