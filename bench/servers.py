"""Real servers in processes of their own, and a client that is cheaper than they are."""

import asyncio
import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from birlik import settings

_SERVE = """
import sys
from pathlib import Path
from birlik.apps import serve
serve.run(Path(sys.argv[1]), port=0, ready=lambda url: print(url, flush=True), open=sys.argv[2] == "open")
"""
_BARE = """
import uvicorn, socket
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown": return
    more = True
    while more:
        more = (await receive()).get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(512)
print(f"http://127.0.0.1:{s.getsockname()[1]}", flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[s])
"""


@dataclass(frozen=True, slots=True)
class Server:
    port: int
    pid: int
    folder: Path | None

    def resident_mb(self) -> float:
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
        return float("nan")


@contextlib.contextmanager
def _process(*arguments: str, folder: Path | None = None) -> Iterator[Server]:
    process = subprocess.Popen([sys.executable, "-W", "ignore", *arguments], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        url = process.stdout.readline().strip()
        yield Server(int(url.rsplit(":", 1)[1]), process.pid, folder)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()


@contextlib.contextmanager
def node(folder: Path | None = None, *, is_open: bool = True) -> Iterator[Server]:
    """A served node: a new one, or the one in `folder`; open to this machine, or closed."""
    with tempfile.TemporaryDirectory() as made:
        at = folder or Path(made) / "node"
        if folder is None:
            settings.write_new(at, "KAZ")
        with _process("-c", _SERVE, str(at), "open" if is_open else "closed", folder=at) as server:
            yield server


@contextlib.contextmanager
def bare() -> Iterator[Server]:
    """The same HTTP server with an application that only reads and says 200."""
    with _process("-c", _BARE) as server:
        yield server


async def _answers(port: int, requests: Sequence[bytes], seconds: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in requests:
        started = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 202", b"HTTP/1.1 201", b"HTTP/1.1 304")):
            raise RuntimeError(head.decode("latin-1"))
        lower = head.lower()
        at = lower.find(b"content-length:")
        if at >= 0:
            length = int(lower[at + 15 : lower.index(b"\r\n", at)])
            if length:
                await reader.readexactly(length)
        elif b"transfer-encoding: chunked" in lower:
            while (size := int((await reader.readline()).strip() or b"0", 16)) > 0:
                await reader.readexactly(size + 2)
            await reader.readline()
        seconds.append(time.perf_counter() - started)
    writer.close()


def hammer(port: int, connections: int, requests: Callable[[int], Sequence[bytes]]) -> tuple[float, list[float]]:
    """Send `requests(i)` over connection i, all at once. Returns answers a second, and each one's seconds, sorted."""

    async def all_of_them() -> tuple[float, list[float]]:
        seconds: list[float] = []
        made = [requests(i) for i in range(connections)]
        started = time.perf_counter()
        await asyncio.gather(*(_answers(port, each, seconds) for each in made))
        return len(seconds) / (time.perf_counter() - started), sorted(seconds)

    return asyncio.run(all_of_them())


def quantile(ordered: Sequence[float], p: float) -> float:
    return ordered[min(len(ordered) - 1, int(p * len(ordered)))]


def followed(port: int) -> None:
    """Wait until a node has followed what was sent so far: what it needs for that is loaded once a start."""
    sent = datetime.now(UTC)
    connection = http.client.HTTPConnection("127.0.0.1", port)
    while True:
        connection.request("GET", "/health")
        if datetime.fromisoformat(json.loads(connection.getresponse().read())["watermark"]) > sent:
            connection.close()
            return
        time.sleep(0.1)
