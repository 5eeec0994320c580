"""Signing in by somebody else's sign-in: with a real provider, and with one that lies."""

import asyncio
import base64
import hmac
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from joserfc import jwt
from pydantic import ValidationError
from tests.support.provider import CLIENT, SECRET, Liar, Person, fresh_key, parameters, provider

from birlik.clock import SystemClock
from birlik.errors import BirlikError, PeerUnreachable, Refused
from birlik.kernel.access.oidc import Identity, Provider
from birlik.kernel.access.tokens import EVENT
from birlik.settings import Issuer

BACK = "http://127.0.0.1:9/sign-in/ministry/back"
NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
now = SystemClock().now


def of(at: str, **changes: Any) -> Issuer:
    told = {"name": "ministry", "issuer": at, "client_id": CLIENT, "client_secret": SECRET, "state": "KAZ"}
    return Issuer(**(told | changes))


# --- a real provider --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real() -> Iterator[str]:
    with provider(BACK) as issuer:
        yield issuer


@pytest.fixture
def control(real: str) -> Iterator[Any]:
    yield lambda what: httpx.get(f"{real}/control/{what}", trust_env=False).raise_for_status()
    httpx.get(f"{real}/control/clock?s=0", trust_env=False)


async def in_and_back(at: Provider, name: str) -> tuple[dict[str, str], dict[str, str]]:
    """(what came back, what was begun) of a person who signs in there."""
    url, begun = await at.begin(now())
    person = Person(name)
    return parameters(await asyncio.to_thread(person.signs_in, url, BACK)), begun


async def signed_in(at: Provider, name: str) -> Identity:
    return await at.end(*await in_and_back(at, name), now())


def test_a_person_signs_in_there_and_is_who_the_issuer_says(real: str) -> None:
    found = asyncio.run(signed_in(Provider(of(real), BACK), "aida"))
    assert (found.issuer, found.sub, found.name) == (real, "aida", "Name of aida")


def test_its_keys_rotate_and_the_next_token_is_believed_and_an_older_one_is_not(
    real: str, control: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def rotating() -> None:
        at = Provider(of(real), BACK)
        said: list[str] = []
        signed = at._signed
        monkeypatch.setattr(at, "_signed", lambda token, now: said.append(token) or signed(token, now))
        await signed_in(at, "aida")
        await asyncio.to_thread(control, "rotate")
        at.known._tried = now() - timedelta(minutes=2)  # a minute has gone since the last look
        assert (await signed_in(at, "aida")).sub == "aida"
        with pytest.raises(Refused):
            await signed(said[0], now())

    asyncio.run(rotating())


def test_its_clock_is_ahead(real: str, control: Any) -> None:
    control("clock?s=3600")
    with pytest.raises(Refused, match="in the future"):
        asyncio.run(signed_in(Provider(of(real), BACK), "aida"))


def test_its_clock_is_behind(real: str, control: Any) -> None:
    """It goes back after the person's part, or the browser would take its cookies for old ones."""

    async def behind() -> None:
        at = Provider(of(real), BACK)
        came, begun = await in_and_back(at, "aida")
        await asyncio.to_thread(control, "clock?s=-7200")
        with pytest.raises(Refused, match="has ended"):
            await at.end(came, begun, now())

    asyncio.run(behind())


def test_its_clock_is_off_by_less_than_it_may(real: str, control: Any) -> None:
    control("clock?s=45")
    assert asyncio.run(signed_in(Provider(of(real), BACK), "aida")).sub == "aida"


def test_a_code_comes_twice(real: str) -> None:
    async def twice() -> None:
        at = Provider(of(real), BACK)
        came, begun = await in_and_back(at, "aida")
        await at.end(came, begun, now())
        with pytest.raises(Refused, match="invalid_grant"):
            await at.end(came, begun, now())

    asyncio.run(twice())


def test_a_code_is_worth_nothing_without_what_its_browser_kept(real: str) -> None:
    """PKCE: who has somebody's code, and makes a state for it, lacks the verifier."""

    async def stolen() -> None:
        at = Provider(of(real), BACK)
        came, _ = await in_and_back(at, "aida")
        _, mine = await at.begin(now())
        with pytest.raises(Refused, match="invalid_grant"):
            await at.end(came | {"state": mine["state"]}, mine, now())

    asyncio.run(stolen())


def test_a_client_with_another_secret_is_told_so(real: str) -> None:
    with pytest.raises(Refused, match="invalid_client"):
        asyncio.run(signed_in(Provider(of(real, client_secret="another"), BACK), "aida"))


def test_who_is_to_say_anew_who_they_are_is_asked_there(real: str) -> None:
    async def anew() -> None:
        at = Provider(of(real), BACK)
        person = Person("aida")
        url, begun = await at.begin(now(), timedelta(minutes=10))
        assert "max_age=600" in url
        found = await at.end(parameters(await asyncio.to_thread(person.signs_in, url, BACK)), begun, now())
        assert found.signed_in is not None
        assert abs((now() - found.signed_in).total_seconds()) < 300

    asyncio.run(anew())


# --- a liar -----------------------------------------------------------------------------------------------------


@pytest.fixture
def liar() -> Liar:
    return Liar(now=NOW)


def at(liar: Liar, **changes: Any) -> Provider:
    return Provider(of(liar.issuer, **changes), BACK, liar.client)


async def tried(liar: Liar, by: Provider | None = None, **changes: str) -> Identity:
    by = by or at(liar)
    url, begun = await by.begin(NOW)
    return await by.end(liar.answers(url, **changes), begun, NOW)


def test_the_liar_is_believed_where_it_tells_the_truth(liar: Liar) -> None:
    found = asyncio.run(tried(liar))
    assert (found.sub, found.name) == ("s1", "Айда")


S = int(NOW.timestamp())


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        pytest.param({"iss": "https://id.example/"}, "issuer is another", id="iss: a stroke too many"),
        pytest.param({"iss": "https://other.example"}, "issuer is another", id="iss: another's"),
        pytest.param({"iss": None}, "issuer is another", id="iss: none"),
        pytest.param({"aud": "other"}, "for somebody else", id="aud: another client"),
        pytest.param({"aud": None}, "for somebody else", id="aud: none"),
        pytest.param({"aud": [CLIENT, "other"]}, "given to somebody else", id="aud: two, and no azp"),
        pytest.param({"aud": [CLIENT, "other"], "azp": "other"}, "given to somebody else", id="azp: another's, of two"),
        pytest.param({"azp": "other"}, "given to somebody else", id="azp: another's"),
        pytest.param({"nonce": "other"}, "nonce is another's", id="nonce: another's"),
        pytest.param({"nonce": None}, "nonce is another's", id="nonce: none"),
        pytest.param({"sub": None}, "of nobody", id="sub: none"),
        pytest.param({"sub": ""}, "of nobody", id="sub: empty"),
        pytest.param({"sub": 7}, "of nobody", id="sub: a number"),
        pytest.param({"sub": "x" * 256}, "of nobody", id="sub: too long"),
        pytest.param({"exp": S - 61}, "has ended", id="exp: past"),
        pytest.param({"exp": None}, "from when to when", id="exp: none"),
        pytest.param({"exp": True}, "from when to when", id="exp: no number"),
        pytest.param({"exp": str(S + 60)}, "from when to when", id="exp: a text"),
        pytest.param({"iat": S + 61}, "in the future", id="iat: future"),
        pytest.param({"iat": None}, "from when to when", id="iat: none"),
        pytest.param({"nbf": S + 61}, "in the future", id="nbf: future"),
        pytest.param({"at_hash": "AAAA"}, "not believed", id="at_hash: of another access token"),
        pytest.param({"events": {EVENT: {}}}, "has left", id="a message that somebody has left"),
    ],
)
def test_a_claim_that_is_wrong_is_named_and_not_believed(liar: Liar, claims: dict[str, Any], why: str) -> None:
    liar.claims = claims
    with pytest.raises(Refused, match=why):
        asyncio.run(tried(liar))


def test_two_audiences_are_right_where_we_are_the_party(liar: Liar) -> None:
    liar.claims = {"aud": [CLIENT, "other"], "azp": CLIENT, "exp": S - 59, "iat": S + 59}
    assert asyncio.run(tried(liar)).sub == "s1"


def unsigned(liar: Liar) -> str:
    _, body, _ = liar.signed(liar.told(), alg="RS256").split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    return f"{none}.{body}."


def by_the_public_key(liar: Liar) -> str:
    """HS256 with the public key, which everybody has, as a secret between two; the library makes none."""
    _, body, _ = liar.signed(liar.told(), kid="k1").split(".")
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"k1"}').decode().rstrip("=")
    made = hmac.digest(liar.keys[0].as_pem(private=False), f"{head}.{body}".encode(), "sha256")
    return f"{head}.{body}.{base64.urlsafe_b64encode(made).decode().rstrip('=')}"


@pytest.mark.parametrize(
    ("token", "why"),
    [
        pytest.param(unsigned, "not among those", id="alg=none"),
        pytest.param(lambda it: unsigned(it).rstrip("."), "no signed token", id="alg=none with no third part"),
        pytest.param(by_the_public_key, "not among those", id="alg=HS256 by the public key"),
        pytest.param(lambda it: jwt.encode({"alg": "RS384", "kid": "k1"}, it.told(), it.keys[0], ["RS384"]),
                     "not among those", id="an algorithm that the settings don't name"),
        pytest.param(lambda it: jwt.encode({"alg": "RS256", "kid": "k1"}, it.told(), fresh_key("k1"), ["RS256"]),
                     "no key of its issuer", id="signed by another key of the same name"),
        pytest.param(lambda it: jwt.encode({"alg": "RS256", "kid": "k9"}, it.told(), fresh_key("k9"), ["RS256"]),
                     "no key of its issuer", id="signed by a key that it doesn't publish"),
        pytest.param(lambda it: jwt.encode(
            {"alg": "RS256", "jwk": (key := fresh_key("k9")).as_dict(private=False)}, it.told(), key, ["RS256"]
        ), "not believed", id="a token that brings its own key"),
        pytest.param(lambda it: it.signed(it.told()).replace(".", ".A", 1), "no key of its issuer", id="changed"),
        pytest.param(lambda it: "a.b.c", "no signed token", id="no token"),
        pytest.param(lambda it: "x" * 70_000, "no signed token", id="too long"),
    ],
)  # fmt: skip
def test_a_signature_that_is_none_or_anothers(liar: Liar, token: Any, why: str) -> None:
    liar.token = token(liar)
    with pytest.raises(Refused, match=why):
        asyncio.run(tried(liar))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        pytest.param({"state": "other"}, "not what this browser began", id="state: another's"),
        pytest.param({"state": ""}, "not what this browser began", id="state: empty"),
        pytest.param({"iss": "https://other.example"}, "not from the sign-in that was asked", id="iss: another's"),
        pytest.param({"iss": ""}, "not from the sign-in that was asked", id="iss: empty, though it says one"),
        pytest.param({"code": ""}, "no code", id="no code"),
        pytest.param({"error": "access_denied"}, "access_denied", id="an error"),
        pytest.param({"error": "<b>call 0900</b>"}, "refused: bcall0900b$", id="an error that would be a page"),
    ],
)
def test_a_callback_that_is_wrong_asks_for_no_token(liar: Liar, changes: dict[str, str], why: str) -> None:
    with pytest.raises(Refused, match=why):
        asyncio.run(tried(liar, **changes))
    assert "token" not in liar.asked


def test_an_issuer_that_names_itself_in_the_callback_must(liar: Liar) -> None:
    async def without(document: dict[str, Any]) -> Identity:
        liar.document = document
        by = at(liar)
        url, begun = await by.begin(NOW)
        came = liar.answers(url)
        del came["iss"]
        return await by.end(came, begun, NOW)

    with pytest.raises(Refused, match="not from the sign-in"):
        asyncio.run(without({}))
    assert asyncio.run(without({"authorization_response_iss_parameter_supported": False})).sub == "s1"


@pytest.mark.parametrize("document", [
    {"issuer": "https://other.example"}, {"token_endpoint": "http://id.example/token"}, {"jwks_uri": None},
    {"authorization_endpoint": "javascript:alert(1)"},
])  # fmt: skip
def test_a_document_that_is_anothers_or_would_send_secrets_about(liar: Liar, document: dict[str, Any]) -> None:
    liar.document = document
    with pytest.raises(PeerUnreachable):
        asyncio.run(at(liar).begin(NOW))


@pytest.mark.parametrize(("auth_time", "taken"), [
    (S - 600, True), (S - 659, True), (S - 661, False), (None, False), (True, False), (1e300, False),
])  # fmt: skip
def test_who_was_to_be_asked_anew_has_said_who_they_are_since(liar: Liar, auth_time: Any, taken: bool) -> None:
    async def anew() -> Identity:
        liar.claims = {"auth_time": auth_time}
        by = at(liar)
        url, begun = await by.begin(NOW, timedelta(minutes=10))
        return await by.end(liar.answers(url), begun, NOW)

    if taken:
        assert asyncio.run(anew()).signed_in == datetime.fromtimestamp(auth_time, UTC)
        return
    with pytest.raises(Refused):
        asyncio.run(anew())


def test_what_it_says_of_another_person_is_no_name(liar: Liar) -> None:
    liar.about = {"sub": "s2", "name": "the minister"}
    assert asyncio.run(tried(liar)).name == ""


def test_what_was_read_holds_while_it_is_down_and_is_read_again_within_the_hour(liar: Liar) -> None:
    async def down() -> None:
        by = at(liar)
        await tried(liar, by)
        liar.is_down, liar.asked = True, []
        url, begun = await by.begin(NOW + timedelta(hours=2))
        assert url.startswith("https://id.example/auth?")
        with pytest.raises(PeerUnreachable):
            await by.end(liar.answers(url), begun, NOW + timedelta(hours=2))
        liar.is_down = False
        liar.now = NOW + timedelta(hours=2, minutes=2)
        url, begun = await by.begin(liar.now)
        assert (await by.end(liar.answers(url), begun, liar.now)).sub == "s1"
        assert liar.asked[:2] == ["document", "keys"]

    asyncio.run(down())


def test_a_provider_that_never_answered_is_asked_again_soon(liar: Liar) -> None:
    async def never() -> None:
        by = at(liar)
        liar.is_down = True
        for _ in range(2):
            with pytest.raises(PeerUnreachable):
                await by.begin(NOW)
        liar.is_down = False
        with pytest.raises(PeerUnreachable):
            await by.begin(NOW + timedelta(seconds=4))
        await by.begin(NOW + timedelta(seconds=5))

    asyncio.run(never())


def test_unknown_keys_make_us_look_once_a_minute(liar: Liar) -> None:
    async def flooded() -> None:
        by = at(liar)
        await by.begin(NOW)
        liar.asked.clear()
        for n in range(50):
            with pytest.raises(Refused):
                await by._signed(jwt.encode({"alg": "RS256", "kid": f"x{n}"}, liar.told(), liar.keys[0], ["RS256"]),
                                 NOW + timedelta(seconds=61 + n / 10))  # fmt: skip
        assert liar.asked == ["document", "keys"]

    asyncio.run(flooded())


# --- back-channel logout ----------------------------------------------------------------------------------------


def message(liar: Liar, **changes: Any) -> str:
    told = {"jti": "j1", "sid": "there", "events": {EVENT: {}}} | changes
    return liar.signed(liar.told(**told), typ="logout+jwt")


def test_a_message_that_somebody_has_left_is_heard_once(liar: Liar) -> None:
    async def leaving() -> None:
        by = at(liar)
        token = message(liar)
        left = await by.left(token, NOW)
        assert (left.sub, left.sid) == ("s1", "there")
        with pytest.raises(Refused, match="come before"):
            await by.left(token, NOW)
        assert (await by.left(message(liar, jti="j2", sub=None), NOW)).sub == ""

    asyncio.run(leaving())


@pytest.mark.parametrize("changes", [
    {"iss": "https://other.example"}, {"aud": "other"}, {"exp": S - 61}, {"nonce": "n"}, {"events": None},
    {"events": {}}, {"events": {EVENT: True}}, {"events": "x"}, {"jti": None}, {"sub": None, "sid": None}, {"sid": 7},
    {"iat": S + 61},
], ids=str)  # fmt: skip
def test_a_message_that_is_not_believed(liar: Liar, changes: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        asyncio.run(at(liar).left(message(liar, **changes), NOW))


def test_an_id_token_is_no_message_and_a_message_no_id_token(liar: Liar) -> None:
    async def crossed() -> None:
        with pytest.raises(Refused):
            await at(liar).left(liar.signed(liar.told(nonce="n", jti="j")), NOW)

    asyncio.run(crossed())
    liar.token = message(liar)
    with pytest.raises(Refused):
        asyncio.run(tried(liar))


# --- settings ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("changes", [
    {"issuer": "http://id.gov.kz"}, {"algorithms": ("none",)}, {"algorithms": ("HS256",)}, {"algorithms": ()},
    {"roles": ("steward",)}, {"roles": ("administrator",)}, {"state": "kz"}, {"name": "../x"}, {"client_id": ""},
], ids=str)  # fmt: skip
def test_an_issuer_grants_operator_at_most_and_signs_by_a_key_of_its_own(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        of("https://id.gov.kz", **changes)


def test_its_secret_is_shown_nowhere_and_may_stand_in_a_file(tmp_path: Any) -> None:
    assert SECRET not in repr(of("https://id.gov.kz"))
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    assert of("https://id.gov.kz", client_secret="", client_secret_file=str(file)).secret() == SECRET


def test_no_fault_of_a_provider_is_ours(liar: Liar) -> None:
    """Whatever stands in a token, the answer is one of our own errors."""
    for claims in (
        {"aud": {}},
        {"aud": [7]},
        {"amr": "x"},
        {"auth_time": "x"},
        {"sub": []},
        {"at_hash": 7},
        {"exp": 1e400},
    ):
        liar.claims = claims
        try:
            asyncio.run(tried(liar))
        except BirlikError:
            continue
