"""What a browser has begun and must end itself: a passkey's challenge, a way to another's sign-in and back.

It stands in a cookie of that browser, encrypted and signed by a key of this process. So who begins a thousand of them
costs no memory, and nobody but that browser can end one. That each is ended once is remembered, as long as it holds.
"""

import base64
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from birlik.errors import Refused, TooMany
from birlik.said import Said

HOLDS = timedelta(minutes=10)
REMEMBERED = 100_000
"""Ended ones in ten minutes; none is forgotten before it is void."""
_NONCE = 12


@dataclass
class Begun:
    """One for a process: what was begun before a restart is to be begun anew."""

    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    _ended: dict[bytes, datetime] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def sealed(self, kind: str, value: Mapping[str, Any], now: datetime) -> str:
        """A cookie's text. kind: what it is for; it can be ended as nothing else. value: what JSON has."""
        nonce = secrets.token_bytes(_NONCE)
        told = orjson.dumps({"until": (now + HOLDS).timestamp(), "value": value})
        return _text(nonce + AESGCM(self._key).encrypt(nonce, told, kind.encode()))

    def seen(self, kind: str, text: str | None, now: datetime) -> dict[str, Any]:
        """What was begun and not ended yet. Raises Refused."""
        name, value = self._read(kind, text, now)
        if name in self._ended:
            raise Refused(Said("this has been ended already; begin again"))
        return value

    def ended(self, kind: str, text: str | None, now: datetime) -> dict[str, Any]:
        """What was begun; from now on it can't be ended again, whatever comes of it. Raises Refused, TooMany."""
        name, value = self._read(kind, text, now)
        with self._lock:
            for old in [n for n, until in self._ended.items() if until <= now]:
                del self._ended[old]
            if name in self._ended:
                raise Refused(Said("this has been ended already; begin again"))
            if len(self._ended) >= REMEMBERED:
                raise TooMany(Said("many sign in at this moment; try again in {wait_s} s", wait_s=60), 60)
            self._ended[name] = now + HOLDS
        return value

    def _read(self, kind: str, text: str | None, now: datetime) -> tuple[bytes, dict[str, Any]]:
        """(its name, what was begun)."""
        try:
            raw = base64.urlsafe_b64decode((text or "").encode() + b"==")
            told = orjson.loads(AESGCM(self._key).decrypt(raw[:_NONCE], raw[_NONCE:], kind.encode()))
        except (ValueError, InvalidTag) as error:
            raise Refused(Said("this was not begun in this browser, or too long ago; begin again")) from error
        if now.timestamp() >= told["until"]:
            raise Refused(Said("this was not begun in this browser, or too long ago; begin again"))
        return raw[:_NONCE], told["value"]


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
