"""What a provider says of itself (OpenID Connect Discovery 1.0), and its keys: fetched, kept, and fetched again.

People are signed in and sign in while the provider's documents can't be had: what was last read holds until others are.
A key that we don't know makes us look once, and then not again for a minute, since anybody can write a token that names
an unknown key.
"""

import asyncio
import ipaddress
import logging
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey, import_key

from birlik.errors import PeerUnreachable
from birlik.said import Said

log = logging.getLogger("birlik")

PATIENCE_S = 10.0
LARGEST = 1024 * 1024
"""Bytes of an answer; a document of a provider has some thousands."""
FRESH = timedelta(hours=1)
"""After that it is read again, so that a key which was withdrawn is believed no longer."""
AT_MOST_EVERY = timedelta(minutes=1)
AGAIN = timedelta(seconds=5)
"""The same while nothing of it was ever read."""

Client = Callable[[], httpx.AsyncClient]


def over_the_network() -> httpx.AsyncClient:
    """Trusts the machine's own list of certificates, as a ministry sets it up; follows no redirect, asks no proxy."""
    return httpx.AsyncClient(
        verify=_of_this_machine(), timeout=PATIENCE_S, follow_redirects=False, trust_env=False,
        headers={"accept": "application/json"},
    )  # fmt: skip


@cache
def _of_this_machine() -> ssl.SSLContext:
    return ssl.create_default_context()


async def asked(client: httpx.AsyncClient, request: httpx.Request) -> tuple[int, bytes]:
    """Status and body. Raises PeerUnreachable, for a body beyond LARGEST too."""
    try:
        answer = await client.send(request, stream=True)
        try:
            body = bytearray()
            async for piece in answer.aiter_bytes():
                body += piece
                if len(body) > LARGEST:
                    raise PeerUnreachable(Said("{host} answers without end", host=request.url.host))
        finally:
            await answer.aclose()
    except httpx.HTTPError as error:
        why = type(error).__name__
        raise PeerUnreachable(Said("{host} can't be reached ({why})", host=request.url.host, why=why)) from error
    return answer.status_code, bytes(body)


def is_safe(url: Any) -> bool:
    """May secrets go there? Under TLS, or on this machine.

    >>> [is_safe(u) for u in ("https://id.gov.kz/a", "http://id.gov.kz/a", "http://127.0.0.1:1", "javascript:1", None)]
    [True, False, True, False, False]
    """
    if not isinstance(url, str):
        return False
    try:
        parts = urlsplit(url)
        name = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme == "https":
        return bool(name)
    try:
        return parts.scheme == "http" and (name == "localhost" or ipaddress.ip_address(name).is_loopback)
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Described:
    """Of a provider's document what a sign-in needs."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    end_session_endpoint: str
    says_iss: bool
    """Does its callback name the issuer (RFC 9207)?"""
    takes: tuple[str, ...]
    """How a client proves itself at the token endpoint."""


def read(document: Any, issuer: str) -> Described:
    """Raises PeerUnreachable for a document of another issuer (Discovery, 4.3) or one that would send secrets about."""
    told = document if isinstance(document, dict) else {}
    if told.get("issuer") != issuer:
        raise PeerUnreachable(Said("the document of {issuer} says that it is another's", issuer=issuer))
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        if not is_safe(told.get(name)):
            raise PeerUnreachable(Said("the document of {issuer} has no safe {name}", issuer=issuer, name=name))
    methods = told.get("token_endpoint_auth_methods_supported")
    userinfo, leaving = (str(told.get(name) or "") for name in ("userinfo_endpoint", "end_session_endpoint"))
    return Described(
        authorization_endpoint=told["authorization_endpoint"],
        token_endpoint=told["token_endpoint"],
        jwks_uri=told["jwks_uri"],
        userinfo_endpoint=userinfo if is_safe(userinfo) else "",
        end_session_endpoint=leaving if is_safe(leaving) else "",
        says_iss=told.get("authorization_response_iss_parameter_supported") is True,
        takes=tuple(m for m in methods if isinstance(m, str))
        if isinstance(methods, list)
        else ("client_secret_basic",),
    )


@dataclass
class Known:
    """A provider's document and keys, as last read. Used from one event loop."""

    issuer: str
    client: Client = over_the_network
    _described: Described | None = None
    _keys: Sequence[tuple[Key, Mapping[str, Any]]] = ()
    _read: datetime | None = None
    _tried: datetime | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def described(self, now: datetime) -> Described:
        """Raises PeerUnreachable where it was never read and can't be."""
        if self._described is None or self._read is None or not timedelta(0) <= now - self._read < FRESH:
            await self._again(now, is_needed=self._described is None)
        if self._described is None:
            raise PeerUnreachable(Said("{issuer} can't be asked at this moment; try again soon", issuer=self.issuer))
        return self._described

    async def keys(self, kid: str | None, now: datetime) -> Sequence[Key]:
        """The keys that a token may be signed by; none where its `kid` is unknown. Raises PeerUnreachable."""
        await self.described(now)
        found = self._named(kid)
        if not found:
            await self._again(now, is_needed=False)
            found = self._named(kid)
        return found

    def _named(self, kid: str | None) -> Sequence[Key]:
        return [key for key, said in self._keys if kid is None or said.get("kid") == kid]

    async def _again(self, now: datetime, *, is_needed: bool) -> None:
        """Read both anew. What can't be read leaves what there is, unless there is nothing."""
        async with self._lock:
            if self._tried is not None and timedelta(0) <= now - self._tried < AT_MOST_EVERY:
                return
            self._tried = now
            try:
                async with self.client() as client:
                    described = read(await _json(client, _document_of(self.issuer)), self.issuer)
                    keys = usable(await _json(client, described.jwks_uri))
            except PeerUnreachable as error:
                if is_needed:
                    self._tried = now - AT_MOST_EVERY + AGAIN  # nobody can sign in: soon it is worth another look
                    raise
                log.warning("%s; what it said before holds", error)
                return
            self._described, self._keys, self._read = described, keys, now


def _document_of(issuer: str) -> str:
    return issuer.rstrip("/") + "/.well-known/openid-configuration"


async def _json(client: httpx.AsyncClient, url: str) -> Any:
    status, body = await asked(client, client.build_request("GET", url))
    try:
        if status == 200:
            return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    raise PeerUnreachable(Said("{url} answers {status} and no document", url=url, status=status))


def usable(document: Any) -> Sequence[tuple[Key, Mapping[str, Any]]]:
    """Public keys for signatures. One that can't be read is left out: a provider may have kinds that we don't know.

    A symmetric key is none: whoever reads the document would have it.
    """
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise PeerUnreachable(Said("a document of keys has no keys"))
    found: list[tuple[Key, Mapping[str, Any]]] = []
    for said in listed:
        if not isinstance(said, dict) or said.get("kty") not in ("RSA", "EC", "OKP") or said.get("use", "sig") != "sig":
            continue
        public = {k: v for k, v in said.items() if k in _PUBLIC}
        try:
            key = import_key(public)
        except (JoseError, ValueError, TypeError):
            continue
        if isinstance(key, (RSAKey, ECKey, OKPKey)):
            found.append((key, said))
    return found


_PUBLIC = frozenset({"kty", "kid", "alg", "use", "n", "e", "crv", "x", "y"})
