"""What a connection may cost: how long it may say nothing, how many there are, how many files may be open."""

import asyncio
import logging
import resource
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

log = logging.getLogger("birlik")

CRAWLING_BYTES = 4_096
"""A body of which less than this comes in the time that is given, and doesn't end, is not waited for."""
FULL = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 2\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


def all_descriptors() -> int:
    """Let this process open as many files as the system allows it at all; returns how many."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def patient(timeout_s: float, most: int) -> type[asyncio.Protocol]:
    """The protocol of one connection: `timeout_s` for the head of a request, and for each piece of its body.

    most: connections at once; one more is answered 503 and closed.
    """
    return type("Patient", (_Patient,), {"timeout_s": timeout_s, "most": most})


class _Patient(HttpToolsProtocol):
    timeout_s: float
    most: int
    _watch: asyncio.TimerHandle | None = None

    def connection_made(self, way: Any) -> None:
        if len(self.connections) >= self.most:
            log.warning("%d connections are open, and no more are taken", len(self.connections))
            way.write(FULL)
            way.close()
            self.transport = way
            return
        super().connection_made(way)
        self._awaited: str | None = "the head of a request"
        self._since_s, self._got = self.loop.time(), 0
        self._watch = self.loop.call_later(self.timeout_s / 2, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._watch is not None:
            self._watch.cancel()
        if self.flow is not None:
            super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.flow is not None:
            super().data_received(data)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._await("the head of a request")

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._await("the rest of a body")

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self._got += len(body)
        if self._got >= CRAWLING_BYTES:
            self._since_s, self._got = self.loop.time(), 0

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._awaited = None

    def _await(self, what: str) -> None:
        self._awaited, self._since_s, self._got = what, self.loop.time(), 0

    def _look(self) -> None:
        if self.flow.read_paused:  # it is we who don't listen
            self._since_s = self.loop.time()
        if self._awaited is not None and self.loop.time() - self._since_s >= self.timeout_s:
            log.warning("%s from %s was waited for %g s", self._awaited, _name(self.client), self.timeout_s)
            self.transport.close()
            return
        self._watch = self.loop.call_later(self.timeout_s / 2, self._look)


def _name(client: Any) -> str:
    return f"{client[0]}:{client[1]}" if client else "somebody"
