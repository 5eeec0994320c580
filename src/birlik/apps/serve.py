"""The whole application, API and pages, and the server that runs it."""

import asyncio
import contextlib
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any, Literal

import uvicorn
import uvloop
from starlette.applications import Starlette

from birlik.apps import listening
from birlik.apps.api.app import create_app, principal_of
from birlik.apps.api.endpoints import Front
from birlik.apps.api.forms import Packing
from birlik.apps.api.guard import Authenticate
from birlik.apps.web.app import mount as mount_pages
from birlik.kernel import auditing, memory, serving, upkeep
from birlik.kernel.service import Service
from birlik.settings import Settings

HAND_OVER_S = 0.0005
ENDING_S = 5
"""How long open requests may take to finish when the server ends."""


def application(service: Service, *, authenticate: Authenticate | None = None, start: bool = False) -> Starlette:
    """API and pages. Parameters as for `create_app`."""
    app = create_app(service, authenticate=authenticate, start=start)
    mount_pages(app, service, principal_of, app.state.described)
    app.add_middleware(Packing)
    return app


def run(
    folder: Path,
    *,
    host: str | None = None,
    port: int | None = None,
    ready: Callable[[str], None] = lambda url: None,
    opening: Callable[[], contextlib.AbstractContextManager[upkeep.Progress]] = lambda: contextlib.nullcontext(_silent),
    **overrides: Any,
) -> None:
    """Open the node in `folder` and serve it until SIGINT or SIGTERM. `ready` is told the address.

    opening: around the opening, which may take a while; what it gives is told how many messages were taken.
    host, port: in the place of the settings'; port 0 takes a free one.
    Raises what opening a node does; UnknownSetting where the address is not to be had.
    """
    from birlik import assembly

    memory.be_frugal()
    with opening() as progress:
        node = assembly.open_node(folder, host=host, port=port, progress=progress, **overrides)
    try:
        auditing.begin(node)
        serve(Service(node), ready=ready)
    finally:
        node.close()


def _silent(messages: int, of: int | None) -> None:
    return


def serve(service: Service, *, ready: Callable[[str], None] = lambda url: None) -> None:
    """Start the service, serve it until a signal, and stop it: what has queued is written first."""
    settings, folder = service.node.settings, service.node.store.folder
    listening.must_be_safe(settings)
    public = listening.listen(settings.host, settings.port)
    trackers = listening.listen(settings.host, settings.trackers_port) if settings.trackers_port else None
    scheme = "https" if settings.tls_certificate else "http"
    url = f"{scheme}://{_shown(settings.host)}:{public.getsockname()[1]}"
    app = application(service, start=True)
    front = Front(app)
    config = _config(listening.behind_proxies(front, settings.trusted_proxies), lifespan="on", settings=settings)
    memory.keep_what_start_up_made()
    hand_over_soon()

    def told() -> None:
        serving.tell(folder, url, service.run)
        ready(url)

    async def served(owners: socket.socket) -> None:
        main = _Server(config, app.state.closing, told)
        beside = [_Beside(_config(listening.ByOwner(front)), owners)]
        beside += [_Beside(_config(front.only_trackers()), trackers)] if trackers is not None else []
        main.beside = beside
        await main.serve(sockets=[public])

    try:
        with (
            listening.owners_socket(folder) as owners,
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            runner.run(served(owners))
    finally:
        serving.forget(folder)
        public.close()
        if trackers is not None:
            trackers.close()


def _config(app: Any, *, lifespan: Literal["on", "off"] = "off", settings: Settings | None = None) -> uvicorn.Config:
    """Who calls is read off the connection, or said by a trusted proxy: a header alone can say anything."""
    return uvicorn.Config(
        app,
        loop="none",
        lifespan=lifespan,
        workers=1,
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_level="warning",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=ENDING_S,
        ssl_certfile=(settings.tls_certificate or None) if settings is not None else None,
        ssl_keyfile=(settings.tls_key or None) if settings is not None else None,
    )


def hand_over_soon() -> None:
    """Let whoever holds the interpreter hand it over in half a millisecond; Python by itself takes five.

    A commit calls the engine some twenty times and asks for the interpreter after each call. While a step of following
    computes beside it, at five milliseconds each that is ten times what the commit itself takes, and who waits for
    their answers wait with it.
    """
    sys.setswitchinterval(HAND_OVER_S)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, closing: asyncio.Event, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._closing, self._ready = closing, ready
        self.beside: list[_Beside] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        if not self.started:
            return
        for each in self.beside:
            self._tasks.append(asyncio.create_task(each.serve(sockets=[each.listening])))
            await each.up.wait()
        if self.config.ssl_certfile and self.config.ssl_keyfile:
            self._tasks.append(asyncio.create_task(listening.keep_certificate(self.config)))
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Those beside it end with it."""
        for each in self.beside:
            each.should_exit = True
        for task in self._tasks[len(self.beside) :]:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Unlike its parent does not raise the signal again: it would end us before the node is closed."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {s: signal.signal(s, self.handle_exit) for s in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._closing.set)
        super().handle_exit(sig, frame)


class _Beside(uvicorn.Server):
    """A second way in to the same application: it has no signals and no life of its own."""

    def __init__(self, config: uvicorn.Config, listening: socket.socket) -> None:
        super().__init__(config)
        self.listening, self.up = listening, asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
