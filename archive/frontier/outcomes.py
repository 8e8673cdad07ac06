"""What an answer is, as far as a crawl must know it: to count it, to leave a host alone, to come again.

An article that adds nothing to what its portal shows for an unknown address is no article. That page is asked
for once per portal and run, before the articles; whoever judges remembers it, or finds it in the archive.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archive.warc.entries import ArchiveError, Role
from archive.warc.reader import load_payload
from pipelines.errors import ReaderMissing, UnreadableDocument
from pipelines.response.content_coding import decode_content
from pipelines.response.outcome import Outcome, classify_response
from pipelines.response.unknown_page import ANSWERS_OF_UNKNOWN, UnknownPage, is_unknown_page

if TYPE_CHECKING:
    from pathlib import Path

    from archive.frontier.state import Frontier
    from archive.warc.entries import Context, Exchange, Headers, StoredCapture

logger = logging.getLogger(__name__)

LIMIT_BYTES = 8 * 1024 * 1024
"""No more is unpacked to see what an answer is: every kind told apart here is far smaller.

It bounds what a body of a few kilobytes that unpacks to gigabytes costs the process that judges it.
"""

_TARGET_ROLES = frozenset((Role.ARTICLE, Role.ATTACHMENT))


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer; its body as it came, or unpacked."""

    url: str
    status: int
    headers: Headers
    body: bytes
    context: Context


class Judge:
    """Judges the answers of a crawl, in the order in which they were kept.

    Args:
        folder: the WARC files.
        frontier: which knows where the unknown pages of a run stand that went on before; None for nobody.
    """

    def __init__(self, folder: Path, frontier: Frontier | None = None) -> None:
        self._folder = folder
        self._frontier = frontier
        self._probes: set[str] = set()
        self._unknown: dict[tuple[str, str], UnknownPage] = {}

    def judge(self, exchange: Exchange, capture_id: str) -> str:
        """Return the outcome word of an exchange; a body that cannot be unpacked is judged packed.

        Deriving judges again, from the archive; an answer that is too much for the judge is `failed` until
        then.
        """
        headers = exchange.response_headers
        answer = _Answer(exchange.url, exchange.status, headers, exchange.payload, exchange.context)
        return self._word(answer, headers, capture_id)

    def judge_again(self, capture: StoredCapture) -> str | None:
        """Return what a capture was judged to be; None where its payload is not at hand.

        Raises:
            ArchiveError: the payload cannot be read.
        """
        if capture.status is None or capture.context is None or capture.status == 304:
            return None
        place = self._frontier.find_payload(capture) if self._frontier else None
        if place is None:
            return None
        stored = load_payload(self._folder, *place)
        answer = _Answer(capture.url, capture.status, capture.headers, stored.body, capture.context)
        return self._word(answer, stored.headers, capture.id)

    def _word(self, answer: _Answer, coded_by: Headers, capture_id: str) -> str:
        """Return the outcome word of an answer whose body is as it came; `coded_by` says how it is packed."""
        try:
            body = _unpacked(answer.body, coded_by)
            return str(self._judge(replace(answer, body=body), capture_id))
        except Exception:  # noqa: BLE001  one answer that nobody foresaw must not end the archive it is safe in
            return str(Outcome.FAILED)

    def _judge(self, answer: _Answer, capture_id: str) -> Outcome:
        outcome = classify_response(
            url=answer.url, status=answer.status, headers=answer.headers, body=answer.body
        )
        portal, run_id, role = answer.context.portal, answer.context.run_id, answer.context.role
        if portal is None:
            return outcome
        if role is Role.PROBE:
            self._note_probe(answer, capture_id, (run_id, portal))
        elif role in _TARGET_ROLES and outcome is Outcome.OK and answer.status == 200:
            unknown = self._unknown_page(run_id, portal)
            if unknown is not None and unknown.resembles(answer.headers, answer.body):
                return Outcome.SOFT_404
        return outcome

    def _note_probe(self, answer: _Answer, capture_id: str, key: tuple[str, str]) -> None:
        if not is_unknown_page(answer.url) and answer.context.parent not in self._probes:
            return  # robots.txt, and what a survey looks at
        self._probes.add(capture_id)
        if answer.status in ANSWERS_OF_UNKNOWN and key not in self._unknown:
            self._unknown[key] = UnknownPage.of(answer.headers, answer.body)

    def _unknown_page(self, run_id: str, portal: str) -> UnknownPage | None:
        key = (run_id, portal)
        place = (
            self._frontier.find_unknown_page(*key) if self._frontier and key not in self._unknown else None
        )
        if place is not None:
            try:
                stored = load_payload(self._folder, *place)
            except ArchiveError as error:
                logger.warning("%s: its unknown page cannot be read again: %s", portal, error)
                return None
            self._unknown[key] = UnknownPage.of(stored.headers, _unpacked(stored.body, stored.headers))
        return self._unknown.get(key)


def _unpacked(payload: bytes, headers: Headers) -> bytes:
    try:
        return decode_content(payload, headers, LIMIT_BYTES)
    except (UnreadableDocument, ReaderMissing):
        return payload
