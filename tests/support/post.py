"""A real mail server in the test's own process, which keeps what it takes and can be told to misbehave."""

import email
import email.policy
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from birlik.kernel.mailing import send_due
from birlik.kernel.node import Node

_LINK = re.compile(r"http://localhost:8080(/form/[0-9a-f]{16}-[A-Za-z0-9_-]{32})")


@dataclass
class Post:
    """What a mail server has taken. answers: by the beginning of an address, what it says in the place of 250."""

    taken: list[EmailMessage] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    at_the_dot: Callable[[], str] | None = None
    port: int = 0

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: Any) -> str:
        for begins, answer in self.answers.items():
            if address.startswith(begins):
                return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        made = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(made, EmailMessage)
        self.taken.append(made)
        assert [str(made["to"])] == envelope.rcpt_tos, "who is written to stands in the mail, and nobody else"
        return self.at_the_dot() if self.at_the_dot is not None else "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.taken if mail["to"] == address]

    def settings(self, **more: Any) -> dict[str, Any]:
        told = {"host": "127.0.0.1", "port": self.port, "security": "none", "sender": "node@birlik.example"}
        return told | more


@contextmanager
def post(tls: ssl.SSLContext | None = None, **told: Any) -> Iterator[Post]:
    made = Post()
    made.port = free_port()
    more = {"tls_context": tls, **told} if tls is not None else told
    server = Controller(made, hostname="127.0.0.1", port=made.port, **more)
    server.start()
    try:
        yield made
    finally:
        server.stop()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def sent(node: Node) -> int:
    """What the node's own thread would do now."""
    return send_due(node)


def link_in(mail: EmailMessage) -> str:
    """The path of the link of a mail."""
    found = _LINK.search(text_of(mail))
    assert found, text_of(mail)
    return found[1]


def text_of(mail: EmailMessage) -> str:
    return str(mail.get_content())
