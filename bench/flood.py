"""Two hundred wrong sign-ins a second, from many addresses: what a tracker notices of them, and somebody who signs in.

In turns on one node, so that both see the same machine: a stretch with the flood, a stretch without, three times.
"""

import asyncio
import http.client
import time
import urllib.parse
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.result import Result
from bench.servers import node, quantile
from birlik import settings
from birlik.apps.cli.in_process import opened
from birlik.clock import SystemClock
from birlik.kernel.access.keyfile import KeyFile, beside
from birlik.kernel.access.people import People
from birlik.kernel.store import Vault

WRONG_PER_S, FIXES_PER_S = 200, 40
TURN_S, TURNS = 12.0, 3
ADDRESSES = 250
PASSWORD = "кереует тұман 81 шелек"


def run() -> list[Result]:
    with TemporaryDirectory() as made:
        folder = Path(made) / "node"
        key = _furnished(folder)
        with node(folder, is_open=False) as server:
            browser = _signs_in(server.port, "", [])
            _signs_in(server.port, browser, [])
            calm, flooded, entries, sent = asyncio.run(_turns(server.port, key, browser))
    p99, beside_it, longest = quantile(sorted(calm), 0.99), quantile(sorted(flooded), 0.99), max(entries)
    return [
        Result(
            name="a tracker's fix, p99, beside 200 wrong sign-ins a second",
            value=beside_it,
            unit="s",
            yardstick=f"without them, {p99:.4g} s ({sent / (TURN_S * TURNS):.0f} wrong ones a second came)",
            ratio=beside_it / p99,
            target="<= 2 x",
            reached=beside_it <= 2 * p99 and sent >= 0.9 * WRONG_PER_S * TURN_S * TURNS,
        ),
        Result(
            name="a rightful sign-in from a known browser beside them, longest",
            value=longest,
            unit="s",
            yardstick=f"of {len(entries)}",
            ratio=None,
            target="<= 2 s",
            reached=longest <= 2,
        ),
    ]


def _furnished(folder: Path) -> str:
    """A node with somebody who may sign in, and a supplier; returns its key."""
    settings.write_new(folder, "KAZ")
    with opened(folder) as client:

        def does(act: str, **told: str) -> dict[str, dict[str, str]]:
            answer = client.post(f"/api/v1/acts/birlik_{act}", json=told)
            answer.raise_for_status()
            read: dict[str, dict[str, str]] = answer.json()
            return read

        does("principal_add", principal_id="aida", kind="person", name="Aida")
        does("grant_add", principal_id="aida", role="reader")
        key = does("supplier_add", principal_id="forwarder", name="Forwarder", sources="forwarder")["once"]["key"]
    vault = Vault(folder)
    People(vault, KeyFile(beside(folder)), "KAZ").set_password("aida", PASSWORD, [], SystemClock().now())
    vault.close()
    return key


def _signs_in(port: int, cookies: str, seconds: list[float]) -> str:
    """How long it took, into `seconds`; returns the cookie by which the browser is known."""
    body = urllib.parse.urlencode({"name": "aida", "password": PASSWORD})
    headers = {"content-type": "application/x-www-form-urlencoded", "cookie": cookies}
    connection = http.client.HTTPConnection("127.0.0.1", port)
    started = time.perf_counter()
    connection.request("POST", "/sign-in", body, headers)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 303:
        raise RuntimeError(f"somebody who may was not let in: {answer.status}")
    seconds.append(time.perf_counter() - started)
    kept = (value.partition(";")[0] for value in answer.headers.get_all("set-cookie") or [])
    return next(value for value in kept if value.startswith("birlik-KAZ-known="))


async def _turns(port: int, key: str, browser: str) -> tuple[list[float], list[float], list[float], int]:
    """(seconds of fixes without, and with; of rightful sign-ins; how many wrong ones were answered)."""
    calm: list[float] = []
    flooded: list[float] = []
    entries: list[float] = []
    sent = 0
    await _trackers(port, key, [], 2.0)
    for _ in range(TURNS):
        await _trackers(port, key, calm, TURN_S)
        async with _flood(port) as answered:
            entering = asyncio.create_task(_people(port, browser, entries))
            await _trackers(port, key, flooded, TURN_S)
            await entering
        sent += answered()
    return calm, flooded, entries, sent


async def _trackers(port: int, key: str, seconds: list[float], during_s: float) -> None:
    """Fixes one after the other at a steady pace, each over a connection that stays."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    ends, due = time.perf_counter() + during_s, time.perf_counter()
    stamp = int(time.time()) - 86_400
    while time.perf_counter() < ends:
        due += 1 / FIXES_PER_S
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        started = time.perf_counter()
        stamp += 1
        path = f"/osmand?id=356938035600001&lat=43.2&lon={70 + stamp % 1000 / 1000:.3f}&timestamp={stamp}"
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n\r\n".encode())
        head = await _answer(reader)
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode("latin-1"))
        seconds.append(time.perf_counter() - started)
    writer.close()


async def _people(port: int, browser: str, seconds: list[float]) -> None:
    for _ in range(4):
        await asyncio.sleep(TURN_S / 5)
        await asyncio.to_thread(_signs_in, port, browser, seconds)


@asynccontextmanager
async def _flood(port: int) -> AsyncIterator[Callable[[], int]]:
    """From each address a try at a name of its own a while; gives how many were answered so far."""
    counts = [0] * ADDRESSES
    tasks = [asyncio.create_task(_guesser(port, n, counts)) for n in range(ADDRESSES)]
    try:
        yield lambda: sum(counts)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _guesser(port: int, n: int, counts: list[int]) -> None:
    pause = ADDRESSES / WRONG_PER_S
    await asyncio.sleep(pause * n / ADDRESSES)
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(f"127.0.1.{n + 1}", 0))
    due = time.perf_counter()
    while True:
        body = f"name=guessed-{n}-{counts[n]}&password=wrong+but+long+{counts[n]}".encode()
        head = f"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
        writer.write(head.encode() + b"Content-Type: application/x-www-form-urlencoded\r\n\r\n" + body)
        await _answer(reader)
        counts[n] += 1
        due += pause
        await asyncio.sleep(max(0.0, due - time.perf_counter()))


async def _answer(reader: asyncio.StreamReader) -> bytes:
    """The head of an answer; its body is read too."""
    head = await reader.readuntil(b"\r\n\r\n")
    lengths: Sequence[bytes] = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    if lengths:
        await reader.readexactly(int(lengths[0].partition(b":")[2]))
    return head
