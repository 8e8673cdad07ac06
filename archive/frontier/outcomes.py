"""What an answer is, as far as a crawl must know it: to count it, to leave a host alone, to come again.

An article that adds nothing to what its portal shows for an unknown address, or on its front page, is none.
Both are asked for once per portal and run, before the articles; whoever judges remembers them, or finds them
in the archive.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from archive.warc.entries import TARGET_ROLES, ArchiveError, Exchange, Role, StoredCapture, StoredPayload
from archive.warc.reader import load_payload
from pipelines.errors import ReaderMissing, UnreadableDocument
from pipelines.response.http_message import decode_content
from pipelines.response.outcome import Outcome, classify_response
from pipelines.response.unknown_page import ANSWERS_OF_UNKNOWN, UnknownPage, is_told_apart, is_unknown_page

if TYPE_CHECKING:
    from pathlib import Path

    from archive.frontier.state import Frontier

    _Said = StoredPayload | StoredCapture

logger = logging.getLogger(__name__)

LIMIT_BYTES = 8 * 1024 * 1024
"""No more is unpacked to see what an answer is: every kind told apart here is far smaller.

It bounds what a body of a few kilobytes that unpacks to gigabytes costs the process that judges it.
"""


class Judge:
    """Judges the answers of a crawl, in the order in which they were kept.

    Args:
        folder: the WARC files.
        frontier: which knows where the unknown pages of a run stand that went on before; None for nobody.
    """

    def __init__(self, folder: Path, frontier: Frontier | None = None) -> None:
        self._folder = folder
        self._frontier = frontier
        self._probes: dict[str, bool] = {}
        self._unknown: dict[tuple[str, str], dict[bool, UnknownPage]] = {}

    def judge(self, exchange: Exchange, capture_id: str) -> str:
        """Return the outcome word of an exchange; a body that cannot be unpacked is judged packed.

        Deriving judges again, from the archive; an answer that is too much for the judge is `failed` until
        then.
        """
        return self._name_outcome(exchange, exchange.received, exchange.received, capture_id)

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
        packed = load_payload(self._folder, *place)
        return self._name_outcome(capture, capture, packed, capture.id)

    def _name_outcome(
        self, asked: Exchange | StoredCapture, said: _Said, packed: StoredPayload, capture_id: str
    ) -> str:
        try:
            return str(self._judge(asked, said, _unpack_body(packed), capture_id))
        except Exception:  # one answer that nobody foresaw must not end the archive in which it is safe
            logger.exception("%s: %s is not judged before it is derived", asked.url, capture_id)
            return str(Outcome.FAILED)

    def _judge(self, asked: Exchange | StoredCapture, said: _Said, body: bytes, capture_id: str) -> Outcome:
        if said.status == 304 and asked.original is None:
            return Outcome.UNEXPECTED
        headers = said.headers
        outcome = classify_response(url=asked.url, status=said.status, headers=headers, body=body)
        context = asked.context
        if context is None or context.portal is None:
            return outcome
        key = (context.run_id, context.portal)
        if context.role is Role.PROBE:
            own = is_unknown_page(asked.url) if is_told_apart(asked.url) and not context.parent else None
            is_unknown = self._probes.get(context.parent or "", own)
            if is_unknown is not None:
                self._probes[capture_id] = is_unknown
                # The first of each kind in a run holds: pages are judged by one answer, whatever comes later.
                if said.status in ANSWERS_OF_UNKNOWN:
                    self._unknown.setdefault(key, {}).setdefault(is_unknown, UnknownPage.of(headers, body))
            return outcome
        is_own = context.role in TARGET_ROLES or context.role is Role.PART
        is_page = is_own and outcome is Outcome.OK and said.status == 200
        others = self._unknown_pages(*key).values() if is_page else ()
        is_other = any(page.resembles(headers, body) for page in others)
        return Outcome.SOFT_404 if is_other else outcome

    def _unknown_pages(self, run_id: str, portal: str) -> dict[bool, UnknownPage]:
        known = self._unknown.get((run_id, portal))
        if known is None and self._frontier:
            known = self._unknown[run_id, portal] = {}
            for is_unknown, place in self._frontier.find_unknown_pages(run_id, portal).items():
                try:
                    stored = load_payload(self._folder, *place)
                except ArchiveError as error:
                    logger.warning("%s: its unknown page cannot be read again: %s", portal, error)
                    continue
                known[is_unknown] = UnknownPage.of(stored.headers, _unpack_body(stored))
        return known or {}


def _unpack_body(packed: StoredPayload) -> bytes:
    try:
        return decode_content(packed.body, packed.headers, LIMIT_BYTES)
    except (UnreadableDocument, ReaderMissing):
        return packed.body
