"""What an answer is, as far as a crawl must know it: to count it, to leave a host alone, to come again.

An article that adds nothing to what its portal shows for an unknown address is no article. That page is asked
for once per portal and run, before the articles; whoever judges remembers it, or finds it in the archive.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from archive.warc.entries import TARGET_ROLES, ArchiveError, Role, StoredPayload
from archive.warc.reader import load_payload
from pipelines.errors import ReaderMissing, UnreadableDocument
from pipelines.response.content_coding import decode_content
from pipelines.response.outcome import Outcome, classify_response
from pipelines.response.unknown_page import ANSWERS_OF_UNKNOWN, UnknownPage, is_unknown_page

if TYPE_CHECKING:
    from pathlib import Path

    from archive.frontier.state import Frontier
    from archive.warc.entries import Exchange, StoredCapture

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
        self._probes: set[str] = set()
        self._unknown: dict[tuple[str, str], UnknownPage] = {}

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
        except Exception:  # noqa: BLE001  one answer that nobody foresaw must not end the archive it is safe in
            return str(Outcome.FAILED)

    def _judge(self, asked: Exchange | StoredCapture, said: _Said, body: bytes, capture_id: str) -> Outcome:
        headers = said.headers
        outcome = classify_response(url=asked.url, status=said.status, headers=headers, body=body)
        context = asked.context
        if context is None or context.portal is None:
            return outcome
        key = (context.run_id, context.portal)
        if context.role is Role.PROBE:
            # All other probes are robots.txt, and what a survey looks at.
            if is_unknown_page(asked.url) or context.parent in self._probes:
                self._probes.add(capture_id)
                if said.status in ANSWERS_OF_UNKNOWN and key not in self._unknown:
                    self._unknown[key] = UnknownPage.of(headers, body)
        elif context.role in TARGET_ROLES and outcome is Outcome.OK and said.status == 200:
            unknown = self._unknown_page(*key)
            if unknown is not None and unknown.resembles(headers, body):
                return Outcome.SOFT_404
        return outcome

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
            self._unknown[key] = UnknownPage.of(stored.headers, _unpack_body(stored))
        return self._unknown.get(key)


def _unpack_body(packed: StoredPayload) -> bytes:
    try:
        return decode_content(packed.body, packed.headers, LIMIT_BYTES)
    except (UnreadableDocument, ReaderMissing):
        return packed.body
