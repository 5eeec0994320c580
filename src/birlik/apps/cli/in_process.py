"""The node of a folder, opened here: the same API answers, without a socket."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from birlik import assembly
from birlik.apps.serve import application
from birlik.kernel import pipeline
from birlik.kernel.service import Service

HERE = "http://127.0.0.1"


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
                with httpx.Client(
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
        self._runner = runner
        self._transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("127.0.0.1", 1))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._runner.run(self._called(request, request.read()))

    async def _called(self, request: httpx.Request, body: bytes) -> httpx.Response:
        copy = httpx.Request(request.method, request.url, headers=request.headers, content=body)
        answer = await self._transport.handle_async_request(copy)
        content = await answer.aread()
        # It is unpacked by now.
        headers = [(k, v) for k, v in answer.headers.raw if k.lower() not in (b"content-encoding", b"content-length")]
        return httpx.Response(answer.status_code, headers=headers, content=content, request=request)
