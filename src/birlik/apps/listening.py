"""Where a node listens: its address, under TLS or behind a proxy; the socket of who owns the folder; trackers' port."""

import asyncio
import contextlib
import os
import socket
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from birlik.apps.api.guard import SOCKET, is_loopback
from birlik.errors import UnknownSetting
from birlik.kernel import serving
from birlik.settings import Settings

CERTIFICATE_EVERY_S = 10.0
"""How often it is looked whether the certificate is another one."""
WAY_OUT = "give it tls_certificate and tls_key, or trusted_proxies with the proxy before it, or plain_http = true"


def must_be_safe(settings: Settings) -> None:
    """Raises UnknownSetting where others could come in, or listen."""
    if bool(settings.tls_certificate) != bool(settings.tls_key):
        raise UnknownSetting("tls_certificate and tls_key go together")
    if is_loopback(settings.host):
        return
    if settings.open:
        raise UnknownSetting(f"host: an open node listens on this machine only, not on {settings.host!r}")
    if not (settings.tls_certificate or settings.trusted_proxies or settings.plain_http):
        raise UnknownSetting(f"host: {settings.host!r} is not this machine's own, so others could listen: {WAY_OUT}")


def listen(host: str, port: int) -> socket.socket:
    """Raises UnknownSetting."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=2_048)
    except OSError as error:
        raise UnknownSetting(f"port: {port} of {host} can't be had ({error.strerror}); name another") from error


@contextlib.contextmanager
def owners_socket(folder: Path) -> Iterator[socket.socket]:
    """Nobody but who owns the folder can open it: 0600, in a folder of 0700."""
    (folder / serving.SOCKET).unlink(missing_ok=True)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        before = os.umask(0o177)
        try:
            with serving.socket_of(folder) as path:
                made.bind(path)
        finally:
            os.umask(before)
        made.listen(128)
        yield made
    finally:
        made.close()
        (folder / serving.SOCKET).unlink(missing_ok=True)


class ByOwner:
    """Marks what comes by the owner's socket."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[SOCKET] = True
        scope["client"] = ("127.0.0.1", 0)
        await self.app(scope, receive, send)


def behind_proxies(app: ASGIApp, trusted: Sequence[str]) -> ASGIApp:
    """Who called is what a trusted proxy says; of all others the connection says it, whatever their headers."""
    return ProxyHeadersMiddleware(app, trusted_hosts=list(trusted)) if trusted else app  # type: ignore[arg-type, return-value]


async def keep_certificate(config: uvicorn.Config) -> None:
    """Read it again when its file changes: whoever connects then gets the new one."""
    files = (Path(str(config.ssl_certfile)), Path(str(config.ssl_keyfile)))
    seen = _stamps(files)
    while True:
        await asyncio.sleep(CERTIFICATE_EVERY_S)
        if (now := _stamps(files)) != seen and config.ssl is not None:
            with contextlib.suppress(OSError):  # half written: the next look finds it whole
                config.ssl.load_cert_chain(*files)
                seen = now


def _stamps(files: Sequence[Path]) -> list[tuple[int, int, int]]:
    made = []
    for file in files:
        with contextlib.suppress(OSError):
            about = file.stat()
            made.append((about[stat.ST_INO], about.st_mtime_ns, about.st_size))
    return made
