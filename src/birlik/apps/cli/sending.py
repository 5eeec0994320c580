"""Deliveries over HTTP as their suppliers would send them: each to the address of its own protocol.

Connections are kept and many are open at once. A client library would spend more on a fix than the node does.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from birlik.apps.cli.reach import API
from birlik.errors import PeerUnreachable
from birlik.kernel.domain import Delivery, Domain

CONNECTIONS = 256
WAITING = 2_000
AGAIN = frozenset({429, 503})
"""The node asks to send again in a moment."""
TRIES = 60
PAUSE_S = 0.5


@dataclass(frozen=True, slots=True)
class Address:
    """Where a node is, and which path of it takes which media type. What no protocol takes is a file."""

    host: str
    port: int
    paths: Mapping[str, str]
    socket: str = ""
    """The path of its owner's socket, where it is spoken to by that."""

    @classmethod
    def of(cls, url: str, domains: Sequence[Domain], socket: str = "") -> "Address":
        parts = urlsplit(url)
        paths = {e.takes: e.path for d in domains for e in d.endpoints if e.takes}
        return cls(parts.hostname or "127.0.0.1", parts.port or 80, paths, socket)

    async def opened(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A new connection."""
        if self.socket:
            return await asyncio.open_unix_connection(self.socket)
        return await asyncio.open_connection(self.host, self.port)

    def request(self, delivery: Delivery) -> bytes:
        """The whole request, HTTP/1.1."""
        parameters = dict(delivery.parameters)
        content_type = parameters.pop("content_type", "")
        if (path := self.paths.get(delivery.media_type)) is not None:
            query = parameters.get("query", "")
        else:
            path = f"{API}/deliveries"
            named = {"intake": delivery.media_type, "filename": delivery.filename or ""}
            query = urlencode({**parameters, **{k: v for k, v in named.items() if v}})
            content_type = "application/octet-stream"
        head = [
            f"POST {path}{'?' if query else ''}{query} HTTP/1.1",
            f"Host: {self.host}:{self.port}",
            f"Birlik-Source: {delivery.source_id}",
            *([f"Content-Type: {content_type}"] if content_type else []),
            f"Content-Length: {len(delivery.body)}",
        ]
        return "\r\n".join([*head, "", ""]).encode() + delivery.body


def send_all(address: Address, deliveries: Iterable[Delivery], sent: Callable[[int], None]) -> Counter[int]:
    """Send all, in about this order; returns how many got which status. `sent` is told how many more were sent.

    Raises PeerUnreachable where the node does not answer, or goes on asking to be sent again.
    """
    return asyncio.run(_send_all(address, deliveries, sent))


async def _send_all(address: Address, deliveries: Iterable[Delivery], sent: Callable[[int], None]) -> Counter[int]:
    statuses: Counter[int] = Counter()
    queue: asyncio.Queue[bytes | None] = asyncio.Queue(WAITING)

    async def work() -> None:
        connection = Connection(address)
        while (request := await queue.get()) is not None:
            statuses[await connection.send(request)] += 1
            sent(1)
        connection.close()

    async def feed() -> None:
        for delivery in deliveries:
            await queue.put(address.request(delivery))
        for _ in range(CONNECTIONS):
            await queue.put(None)

    async with asyncio.TaskGroup() as group:
        group.create_task(feed())
        for _ in range(CONNECTIONS):
            group.create_task(work())
    return statuses


class Connection:
    """One kept connection; opens again where the node closed it."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, request: bytes) -> int:
        """The status of the answer. Raises PeerUnreachable."""
        said = "it is busy"
        for _ in range(TRIES):
            try:
                status = await self._once(request)
            except (OSError, asyncio.IncompleteReadError) as error:
                said = str(error)
                self.close()
            else:
                if status not in AGAIN:
                    return status
            await asyncio.sleep(PAUSE_S)
        raise PeerUnreachable(f"the node at {self._address.host}:{self._address.port} takes no more: {said}")

    async def _once(self, request: bytes) -> int:
        if self._streams is None:
            self._streams = await self._address.opened()
        reader, writer = self._streams
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
        if length:
            await reader.readexactly(length)
        if b"transfer-encoding: chunked" in lines or b"connection: close" in lines:
            self.close()  # the rest of the answer is of no interest
        return int(head[9:12])

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None
