"""The node of a folder, opened here: the same API answers, without a socket."""

import asyncio
import contextlib
import tempfile
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from birlik import assembly
from birlik.apps.serve import application
from birlik.kernel import pipeline
from birlik.kernel.service import Service

HERE = "http://127.0.0.1"
HELD_BYTES = 16 * 1024 * 1024
"""Of an answer; a larger one lies on the disk meanwhile."""


@contextmanager
def opened(folder: Path) -> Iterator[httpx.Client]:
    """Open the node, follow up to now, and again at the end. Raises NotANode, UnknownSetting, StoreUnavailable."""
    node = assembly.open_node(folder)
    try:
        pipeline.follow(node)
        service = Service(node)
        with asyncio.Runner() as runner:
            service.start()
            try:
                with httpx.Client(  # nosec B113 # in this process: nobody else answers
                    transport=Calling(runner, application(service)), base_url=HERE, timeout=None
                ) as client:
                    yield client
            finally:
                service.stop()
        pipeline.follow(node)
    finally:
        node.close()


class Calling(httpx.BaseTransport):
    """Calls the application, one request after the other."""

    def __init__(self, runner: asyncio.Runner, app: Any) -> None:
        self._runner, self._app = runner, app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = _Answer(tempfile.SpooledTemporaryFile(HELD_BYTES))  # noqa: SIM115
        self._runner.run(self._called(request, request.read(), answer))
        answer.body.seek(0)
        return httpx.Response(answer.status, headers=answer.headers, stream=answer, request=request)

    async def _called(self, request: httpx.Request, body: bytes, answer: "_Answer") -> None:
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.method,
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "scheme": request.url.scheme,
            "path": request.url.path,
            "raw_path": request.url.raw_path.split(b"?")[0],
            "query_string": request.url.query,
            "server": (request.url.host, request.url.port),
            "client": ("127.0.0.1", 1),
            "root_path": "",
            "birlik.socket": True,  # who can open the folder owns the node
        }
        told = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> MutableMapping[str, Any]:
            return told.pop() if told else {"type": "http.disconnect"}

        with contextlib.suppress(Exception):  # it has been answered with 500, and said in the log
            await self._app(scope, receive, answer.send)


class _Answer(httpx.SyncByteStream):
    """What the application sends, on the disk where it is large."""

    def __init__(self, body: Any) -> None:
        self.status, self.headers, self.body = 500, list[tuple[bytes, bytes]](), body

    async def send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message["headers"])
        else:
            self.body.write(message.get("body", b""))

    def __iter__(self) -> Iterator[bytes]:
        while chunk := self.body.read(1 << 20):
            yield chunk

    def close(self) -> None:
        self.body.close()
