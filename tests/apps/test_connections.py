"""Who sends half, says nothing or comes a thousand times holds nobody up, and leaves one line in the log."""

import resource
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest
from tests.support.server import ROOT, environment

from birlik import assembly, settings

TIMEOUT_S = 0.4
CONNECTIONS = 30
PROGRAM = f"""
import logging, resource, sys
from pathlib import Path
from birlik.apps import serve
logging.basicConfig(format="%(levelname)s %(message)s")
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
def ready(url):
    print(url, resource.getrlimit(resource.RLIMIT_NOFILE)[0], flush=True)
serve.run(Path(sys.argv[1]), port=0, ready=ready, threads=2, memory_limit="400MB",
          request_timeout_s={TIMEOUT_S}, connections={CONNECTIONS})
"""
HEAD = (
    b"POST /api/v1/deliveries?filename=a.csv HTTP/1.1\r\nhost: 127.0.0.1\r\n"
    b"content-type: application/x-www-form-urlencoded\r\ncontent-length: 100000\r\n\r\n"
)


class Served:
    """A node with little patience: its address, its descriptors, what it says."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.process = process
        self.url, descriptors = process.stdout.readline().split()
        self.descriptors = int(descriptors)
        self.said: list[str] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stderr is not None
        self.said.extend(self.process.stderr)

    def socket(self) -> socket.socket:
        host, port = self.url.removeprefix("http://").split(":")
        return socket.create_connection((host, int(port)), timeout=20)


@contextmanager
def _served(folder: Path) -> Iterator[Served]:
    settings.write_new(folder, "KAZ")
    assembly.open_node(folder).close()
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment(folder),
    ) as process:
        try:
            yield Served(process)
        finally:
            process.terminate()
            process.wait(60)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with _served(tmp_path / "node") as made:
        yield made


def ended(connection: socket.socket) -> bool:
    """Did the node close it? Waits until it does."""
    with suppress(ConnectionError):
        return connection.recv(1) == b""
    return True


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"POST /osmand HTTP/1.1\r\nhost: 127", id="half a head"),
        pytest.param(HEAD, id="a head and no body"),
        pytest.param(HEAD + b"device_id,", id="half a body"),
    ],
)
def test_what_is_sent_by_half_is_not_waited_for(served: Served, sent: bytes) -> None:
    with served.socket() as connection:
        connection.sendall(sent)
        assert ended(connection)
    assert httpx.get(f"{served.url}/health").status_code == 200


def test_who_crawls_is_not_waited_for_either(served: Served) -> None:
    with served.socket() as connection:
        connection.sendall(HEAD)
        gone, sent = threading.Event(), 0
        threading.Thread(target=lambda: (ended(connection), gone.set()), daemon=True).start()
        while not gone.wait(TIMEOUT_S / 8):
            with suppress(OSError):
                connection.sendall(b"a")
            sent += 1
            assert sent < 200, "a byte now and then kept the connection open"


def test_an_upload_that_is_broken_off_is_one_line_in_the_log(served: Served) -> None:
    for path in (b"/api/v1/deliveries", b"/osmand", b"/transport/sources/-/act/quarantine"):
        with served.socket() as connection:
            connection.sendall(HEAD.replace(b"/api/v1/deliveries", path, 1) + b"half")
            connection.sendall(b"a" * 5_000)
    with served.socket() as connection:  # and one that the node gives up
        connection.sendall(HEAD)
        assert ended(connection)
    assert httpx.get(f"{served.url}/health").status_code == 200
    served.process.terminate()
    served.process.wait(60)
    said = [line for line in served.said if line.strip()]
    assert not [line for line in said if "Traceback" in line or line.startswith(" ")], "".join(said)
    assert len([line for line in said if "broken off" in line]) == 4, "".join(said)


def test_connections_are_bounded_and_the_next_is_told(served: Served) -> None:
    many = [served.socket() for _ in range(CONNECTIONS)]
    try:
        for connection in many:
            connection.sendall(b"GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
            assert connection.recv(12) == b"HTTP/1.1 200"
        with served.socket() as late:
            assert late.recv(12) == b"HTTP/1.1 503"
    finally:
        for connection in many:
            connection.close()
    assert httpx.get(f"{served.url}/health").status_code == 200


def test_it_may_open_as_many_files_as_the_system_allows(served: Served) -> None:
    assert served.descriptors == resource.getrlimit(resource.RLIMIT_NOFILE)[1]
