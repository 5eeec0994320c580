"""The real server in its own process, on a free port; and clients that send until it is killed."""

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from subprocess import CompletedProcess, TimeoutExpired
from tempfile import TemporaryDirectory

import httpx
import uvicorn
from starlette.testclient import TestClient
from tests.support.served import command, serve_until_killed

from birlik.apps.serve import application
from birlik.kernel.node import Node
from birlik.kernel.service import Service

PATIENCE_S = 600
"""How long an answer may take on a machine that has to compile everything and has other things to do."""
ROOT = Path(__file__).resolve().parents[2]


def environment() -> dict[str, str]:
    """Ours, but with compiled modules kept where all starts find them: compiling them anew takes most of a start."""
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


@contextmanager
def server(folder: Path) -> Iterator[tuple[str, BaseProcess]]:
    """(its address, its process), once it answers. Killed at the end, as by `kill -9`.

    Forked from a process that has imported what every start does, which is most of a start and the same each time.
    """
    here, there = _starts().Pipe(duplex=False)
    process = _starts().Process(target=serve_until_killed, args=(str(folder), environment(), there))
    process.start()
    there.close()
    try:
        answers, told = here.recv()
        assert answers, f"the server did not start: {told}"
        yield told, process
    finally:
        process.kill()
        process.join()
        here.close()


def commanded(*arguments: object, env: Mapping[str, str], timeout_s: float = PATIENCE_S) -> CompletedProcess[str]:
    """What a command of birlik's says, and its code, from a process that is forked as servers are."""
    with TemporaryDirectory() as folder:
        said, told = (Path(folder, name) for name in ("said", "told"))
        line = [str(argument) for argument in arguments]
        process = _starts().Process(target=command, args=(line, dict(env), str(said), str(told)))
        process.start()
        process.join(timeout_s)
        if process.exitcode is None:
            process.kill()
            raise TimeoutExpired(line, timeout_s)
        return CompletedProcess(line, process.exitcode, *(path.read_text(encoding="utf-8") for path in (said, told)))


@cache
def _starts() -> ForkServerContext:
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload(["tests.support.served"])
    return made


@dataclass(frozen=True, slots=True)
class Message:
    """What a client sends. `name` is unique; a message that was not acknowledged is sent again."""

    name: str
    send: Callable[[httpx.Client], httpx.Response]


@dataclass
class Senders:
    """A few clients, each with its endless supply, that stop when the server is gone."""

    supplies: list[Iterator[Message]]
    acknowledged: set[str] = field(default_factory=set)
    tried: set[str] = field(default_factory=set)
    _again: dict[int, Message] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _n: int = 0
    _had: set[int] = field(default_factory=set)

    def until_killed(self, url: str, kill: Callable[[], None], after: int) -> None:
        """All clients send at once; the server is killed right after the acknowledgement number `after`.

        The first kill waits until each client has had one: what a busy machine begins slowly must be tried as well.
        An edit of a register, for one, waits for functions to be compiled, and each kill would throw that away.
        """
        self._n = 0
        threads = [threading.Thread(target=self._client, args=(i, url, kill, after)) for i in range(len(self.supplies))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE_S)
            assert not thread.is_alive(), "a client waits for a server that is gone"

    def _client(self, number: int, url: str, kill: Callable[[], None], after: int) -> None:
        with httpx.Client(base_url=url, timeout=PATIENCE_S) as client:
            while True:
                message = self._again.pop(number, None) or next(self.supplies[number])
                self.tried.add(message.name)
                try:
                    answer = message.send(client)
                except httpx.TimeoutException:
                    raise
                except httpx.TransportError:
                    self._again[number] = message
                    return
                assert answer.is_success, answer.text
                with self._lock:
                    self.acknowledged.add(message.name)
                    self._n += 1
                    self._had.add(number)
                    if self._n >= after and len(self._had) == len(self.supplies):
                        kill()


@contextmanager
def browsing(node: Node) -> Iterator[TestClient]:
    """A client of the whole application of an open node, from this machine."""
    app = application(Service(node), start=True)
    with TestClient(app, base_url="http://127.0.0.1:8080", client=("127.0.0.1", 5000)) as client:
        yield client


@contextmanager
def serving(node: Node) -> Iterator[str]:
    """The whole application of an open node on a free port, in a thread: its address."""
    app = application(Service(node), start=True)
    running = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="on"))
    thread = threading.Thread(target=running.run)
    thread.start()
    try:
        while not running.started and thread.is_alive():
            thread.join(0.005)
        yield f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}"
    finally:
        running.should_exit = True
        thread.join(60)
