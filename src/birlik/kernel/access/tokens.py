"""What a token must say before anything in it is believed: signature, issuer, audience, times, purpose.

The library checks the signature by the algorithms that we name, and the claims of OpenID Connect Core 1.0, 3.1.3.7. Who
issued it, for whom, and when are checked here, letter by letter.
"""

import hmac
import math
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from authlib.oidc.core import CodeIDToken
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import Key

from birlik.errors import Refused, TooMany
from birlik.said import Said
from birlik.settings import Issuer

LARGEST = 64 * 1024
EVENT = "http://schemas.openid.net/event/backchannel-logout"
REMEMBERED = 100_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Expected:
    """Beside the signature."""

    issuer: Issuer
    now: datetime
    nonce: str = ""
    access_token: str = ""


def kid_of(token: str) -> str | None:
    """Which key a token says that it is signed by, before it is believed. Raises Refused for what is no token of ours.

    The algorithm is no choice of the token's: one that isn't in the settings is refused before a key is looked for.
    """
    kid = _header(token).get("kid")
    return kid if isinstance(kid, str) else None


def algorithm_of(token: str) -> str:
    """What it says of itself. Raises Refused."""
    return str(_header(token).get("alg"))


def _header(token: str) -> Mapping[str, Any]:
    if not isinstance(token, str) or len(token) > LARGEST or token.count(".") != 2:
        raise Refused(_unbelieved(Said("it is no signed token")))
    try:
        header: Mapping[str, Any] = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError, TypeError, AttributeError) as error:
        raise Refused(_unbelieved(Said("it is no signed token"))) from error
    return header


def claims_of(token: str, keys: Sequence[Key], issuer: Issuer) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """(header, claims) of a token that one of the keys has signed. Raises Refused."""
    if (algorithm := algorithm_of(token)) not in issuer.algorithms:
        raise Refused(_unbelieved(_NOT_AMONG))
    for key in keys:
        if key.get("alg") not in (None, algorithm):
            continue
        try:
            signed = jws.deserialize_compact(token, key, list(issuer.algorithms))
            claims = orjson.loads(signed.payload)
        except (JoseError, ValueError, TypeError):
            continue
        if isinstance(claims, dict):
            return signed.headers(), claims
    raise Refused(_unbelieved(Said("no key of its issuer has signed it")))


def believed(header: Mapping[str, Any], claims: Mapping[str, Any], expected: Expected) -> Mapping[str, Any]:
    """The claims of an ID token. Raises Refused that says which of them is wrong, never what it says."""
    _for_us(claims, expected)
    if _left_by(claims) is not None:
        raise Refused(_unbelieved(Said("it is a message that somebody has left")))
    if not _same(claims.get("nonce"), expected.nonce):
        raise Refused(_unbelieved(Said("its nonce is another's")))
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise Refused(_unbelieved(Said("it says of nobody that they signed in")))
    told = CodeIDToken(
        dict(claims), dict(header), {"exp": {"essential": True}},
        {"nonce": expected.nonce, "client_id": expected.issuer.client_id, "access_token": expected.access_token},
    )  # fmt: skip
    try:
        told.validate(expected.now.timestamp(), expected.issuer.leeway_s)
    except JoseError as error:
        raise Refused(
            _unbelieved(Said("{claim} is wrong", claim=getattr(error, "claim", type(error).__name__)))
        ) from error
    return claims


@dataclass(frozen=True, kw_only=True, slots=True)
class Left:
    """Somebody has left at their issuer: all their sessions from it, or the one of `sid`."""

    sub: str
    sid: str


@dataclass
class Heard:
    """Messages that somebody has left, each once (OpenID Connect Back-Channel Logout 1.0, 2.6)."""

    _once: dict[tuple[str, str], float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def left(self, header: Mapping[str, Any], claims: Mapping[str, Any], expected: Expected) -> Left:
        """Raises Refused, TooMany."""
        _for_us(claims, expected)
        if header.get("typ") not in (None, "JWT", "logout+jwt", "application/logout+jwt"):
            raise Refused(_unbelieved(Said("it is a token for something else")))
        if "nonce" in claims or not isinstance(_left_by(claims), dict):
            raise Refused(_unbelieved(Said("it is no message that somebody has left")))
        sub, sid, jti = (claims.get(name) for name in ("sub", "sid", "jti"))
        told = [each for each in (sub, sid) if each is not None]
        if not told or not all(isinstance(each, str) and each for each in told):
            raise Refused(_unbelieved(Said("it names nobody who has left")))
        if not isinstance(jti, str) or not jti:
            raise Refused(_unbelieved(Said("it has no name of its own")))
        self._must_be_new((expected.issuer.issuer, jti), float(claims["exp"]) + expected.issuer.leeway_s, expected)
        return Left(sub=sub or "", sid=sid or "")

    def _must_be_new(self, name: tuple[str, str], until: float, expected: Expected) -> None:
        with self._lock:
            for old in [each for each, ends in self._once.items() if ends < expected.now.timestamp()]:
                del self._once[old]
            if name in self._once:
                raise Refused(_unbelieved(Said("it has come before")))
            if len(self._once) >= REMEMBERED:
                raise TooMany(Said("many messages at this moment; try again in {wait_s} s", wait_s=60), 60)
            self._once[name] = until


def _for_us(claims: Mapping[str, Any], expected: Expected) -> None:
    """Issuer, audience and times, which the library takes more lightly. Raises Refused."""
    ours, now, leeway = expected.issuer, expected.now.timestamp(), expected.issuer.leeway_s
    if not _same(claims.get("iss"), ours.issuer):
        raise Refused(_unbelieved(Said("its issuer is another")))
    given = claims.get("aud")
    audience = given if isinstance(given, list) else [given]
    if ours.client_id not in audience:
        raise Refused(_unbelieved(Said("it is for somebody else")))
    party = claims.get("azp")
    if (len(audience) > 1 or party is not None) and party != ours.client_id:
        raise Refused(_unbelieved(Said("it was given to somebody else")))
    times = [claims.get(name) for name in ("exp", "iat")]
    if not all(_is_time(each) for each in times) or not _is_time(claims.get("nbf", 0)):
        raise Refused(_unbelieved(Said("it doesn't say from when to when it holds")))
    exp, iat = (float(each) for each in times if each is not None)
    if exp + leeway <= now:
        raise Refused(_unbelieved(Said("it has ended; or the clocks of the issuer and of this node are apart")))
    if max(iat, float(claims.get("nbf", 0))) - leeway > now:
        raise Refused(_unbelieved(Said("it begins in the future; the clocks of the issuer and of this node are apart")))


def _left_by(claims: Mapping[str, Any]) -> Any:
    events = claims.get("events")
    return events.get(EVENT) if isinstance(events, dict) else None


def _is_time(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _same(said: Any, expected: str) -> bool:
    return isinstance(said, str) and bool(expected) and hmac.compare_digest(said.encode(), expected.encode())


def _unbelieved(why: Said) -> Said:
    return Said("what the other sign-in sent is not believed: {why}", why=why)


_NOT_AMONG = Said("it is signed by an algorithm that is not among those that are believed")
