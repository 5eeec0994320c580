"""Signing in by somebody else's sign-in: OpenID Connect, code flow with PKCE, state and nonce.

A person is (issuer, subject), and nothing else that a token says of them. What was begun is kept by the browser that
began it (`begun.py`); it comes back with a code, which is exchanged once for a token that is believed only after
`tokens.py`. Each issuer has an address of its own to come back to, and its `iss` is checked there too (RFC 9207): a
code of one is never sent to another.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import orjson
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.client import OAuth2Client

from birlik.errors import PeerUnreachable, Refused
from birlik.kernel.access.discovery import Client, Described, Known, asked, over_the_network
from birlik.kernel.access.tokens import Expected, Heard, Left, algorithm_of, believed, claims_of, kid_of
from birlik.said import Said
from birlik.settings import Issuer

SCOPE = "openid profile email"


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """Who signed in there. Only issuer and sub say who it is; the name is what a steward reads in the queue."""

    issuer: str
    sub: str
    sid: str
    """The session there, where it says one: it ends by a message."""
    name: str
    signed_in: datetime | None
    """When they said there who they are, where it says so: another sign-in may let in who did so hours ago."""


@dataclass
class Provider:
    """One issuer of the settings."""

    settings: Issuer
    back: str
    """The address at this node to which it sends people back."""
    client: Client = over_the_network
    known: Known = field(init=False)
    heard: Heard = field(default_factory=Heard)

    def __post_init__(self) -> None:
        self.known = Known(self.settings.issuer, self.client)

    async def begin(self, now: datetime, within: timedelta | None = None) -> tuple[str, dict[str, str]]:
        """(where the browser goes, what it must bring back). Raises PeerUnreachable.

        within: so long ago at most they are to have said there who they are; else it asks them anew.
        """
        described = await self.known.described(now)
        begun = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
        oauth = OAuth2Client(
            None, self.settings.client_id, scope=SCOPE, redirect_uri=self.back, code_challenge_method="S256"
        )
        more = {"max_age": str(int(within.total_seconds()))} if within is not None else {}
        url, _ = oauth.create_authorization_url(
            described.authorization_endpoint, begun["state"], begun["verifier"], nonce=begun["nonce"], **more
        )
        return str(url), {**begun, **more}

    async def end(self, came: Mapping[str, str], begun: Mapping[str, str], now: datetime) -> Identity:
        """came: the parameters of the callback. begun: what this browser kept, which can be ended once.

        Raises Refused where anything of it isn't what was begun; PeerUnreachable where the issuer can't be asked.
        """
        described = await self.known.described(now)
        self._must_be_the_answer(came, begun, described)
        token = await self._exchanged(came["code"], begun["verifier"], described)
        id_token, access = token.get("id_token"), token.get("access_token")
        if not isinstance(id_token, str):
            raise Refused(Said("the other sign-in gave no token that says who signed in"))
        access = access if isinstance(access, str) else ""
        expected = Expected(issuer=self.settings, now=now, nonce=begun["nonce"], access_token=access)
        claims = believed(*await self._signed(id_token, now), expected)
        signed_in = _signed_in(claims)
        if (most := begun.get("max_age")) is not None:
            _must_be_fresh(signed_in, now, float(most) + self.settings.leeway_s)
        name = _name_in(claims) or await self._name(claims["sub"], access, described)
        sid = claims.get("sid")
        return Identity(
            issuer=self.settings.issuer,
            sub=claims["sub"],
            sid=sid if isinstance(sid, str) else "",
            name=name,
            signed_in=signed_in,
        )

    async def left(self, token: str, now: datetime) -> Left:
        """Who has left, out of a message from the issuer to this node. Raises Refused, TooMany, PeerUnreachable."""
        return self.heard.left(*await self._signed(token, now), Expected(issuer=self.settings, now=now))

    async def leaving(self, to: str, now: datetime) -> str:
        """Where a browser goes to leave there too; empty where the issuer has no such page or can't be asked.

        Without a token that says who leaves, which nobody keeps: the issuer asks the person (RP-Initiated Logout 1.0).
        """
        try:
            end = (await self.known.described(now)).end_session_endpoint
        except PeerUnreachable:
            return ""
        told = {"client_id": self.settings.client_id, "post_logout_redirect_uri": to}
        return f"{end}{'&' if '?' in end else '?'}{urlencode(told)}" if end else ""

    async def _signed(self, token: str, now: datetime) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        if algorithm_of(token) not in self.settings.algorithms:
            return claims_of(token, (), self.settings)  # refused, and no key is looked for
        return claims_of(token, await self.known.keys(kid_of(token), now), self.settings)

    def _must_be_the_answer(self, came: Mapping[str, str], begun: Mapping[str, str], described: Described) -> None:
        """Raises Refused. The issuer is looked at before what it says went wrong: an error may be a liar's, too."""
        if not hmac.compare_digest(came.get("state", "").encode(), begun["state"].encode()):
            raise Refused(Said("this is not what this browser began; begin again"))
        if (described.says_iss or "iss" in came) and came.get("iss") != self.settings.issuer:
            raise Refused(Said("this answer is not from the sign-in that was asked; begin again"))
        if "error" in came:
            raise Refused(Said("the other sign-in refused: {code}", code=_plain(came["error"])))
        if not came.get("code"):
            raise Refused(Said("the other sign-in sent no code; begin again"))

    async def _exchanged(self, code: str, verifier: str, described: Described) -> Mapping[str, Any]:
        told = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.back, "code_verifier": verifier}
        url, headers, body = self._proved(described, urlencode(told))
        async with self.client() as client:
            request = client.build_request("POST", url, headers=headers, content=body.encode())
            status, answer = await asked(client, request)
        if status >= 500:
            raise PeerUnreachable(
                Said("{issuer} can't be asked at this moment; try again soon", issuer=self.settings.issuer)
            )
        try:
            read = orjson.loads(answer)
        except orjson.JSONDecodeError:
            read = None
        if status != 200 or not isinstance(read, dict):
            code = _plain(str(read.get("error"))) if isinstance(read, dict) else str(status)
            raise Refused(Said("the other sign-in refused: {code}", code=code))
        return read

    def _proved(self, described: Described, body: str) -> tuple[str, dict[str, str], str]:
        """A request to the token endpoint with what proves who we are: in the header, unless it takes the body only."""
        secret, client_id = self.settings.secret(), self.settings.client_id
        headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
        if not secret:
            method = "none"
        elif "client_secret_post" in described.takes and "client_secret_basic" not in described.takes:
            method = "client_secret_post"
        else:
            # RFC 6749, 2.3.1: both are form-encoded first, which the library leaves to its caller.
            method, client_id, secret = "client_secret_basic", quote(client_id, safe=""), quote(secret, safe="")
        url, headers, body = ClientAuth(client_id, secret, method).prepare(
            "POST", described.token_endpoint, headers, body
        )
        return url, headers, body

    async def _name(self, sub: str, access_token: str, described: Described) -> str:
        """By its page about the person; empty where it says none, or speaks of somebody else (Core, 5.3.2)."""
        if not (described.userinfo_endpoint and access_token):
            return ""
        try:
            async with self.client() as client:
                headers = {"authorization": f"Bearer {access_token}"}
                status, body = await asked(
                    client, client.build_request("GET", described.userinfo_endpoint, headers=headers)
                )
            told = orjson.loads(body) if status == 200 else None
        except (PeerUnreachable, orjson.JSONDecodeError, httpx.InvalidURL, UnicodeError):
            return ""
        return _name_in(told) if isinstance(told, dict) and told.get("sub") == sub else ""


def _signed_in(claims: Mapping[str, Any]) -> datetime | None:
    told = claims.get("auth_time")
    if isinstance(told, bool) or not isinstance(told, (int, float)) or not 0 <= told < 253_402_300_800:
        return None
    return datetime.fromtimestamp(told, UTC)


def _must_be_fresh(signed_in: datetime | None, now: datetime, most_s: float) -> None:
    """Core 1.0, 3.1.3.7, 13. Raises Refused."""
    if signed_in is None or (now - signed_in).total_seconds() > most_s:
        raise Refused(Said("the other sign-in did not ask anew who this is; sign out there, then begin again"))


def _name_in(claims: Mapping[str, Any]) -> str:
    found = next((claims[n] for n in ("name", "preferred_username", "email") if isinstance(claims.get(n), str)), "")
    return " ".join(found.split())[:200]


def _plain(code: str) -> str:
    """An error's code (RFC 6749, 4.1.2.1), without whatever else somebody might have us say to a reader."""
    return "".join(c for c in code[:60] if c.isascii() and (c.isalnum() or c in "_-.")) or "?"
