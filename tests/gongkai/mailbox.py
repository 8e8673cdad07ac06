"""A mail server that takes every mail, for what is told by mail."""

from __future__ import annotations

import contextlib
import email.message
import email.policy
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller

from gongkai.serving import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator


class Mailbox:
    """Takes every mail."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], email.message.EmailMessage]] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802  the library's name
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.append((envelope.rcpt_tos, mail))
        return "250 taken"


@contextlib.contextmanager
def mail_server() -> Iterator[tuple[Mailbox, str]]:
    """Give what was taken, and an address of apprise that names nobody to send to."""
    mailbox, port = Mailbox(), free_port("127.0.0.1")
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        address = f"mailto://127.0.0.1:{port}/?from=gongkai@example.org&format=text"
        yield mailbox, address
    finally:
        controller.stop()
