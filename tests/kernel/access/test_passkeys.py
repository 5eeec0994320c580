"""A passkey is made for one name, answers one challenge, and shows when it was copied."""

import contextlib
import doctest
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from tests.support.authenticator import PRESENT, VERIFIED, Authenticator, text

from birlik.errors import Refused
from birlik.kernel.access import passkeys
from birlik.kernel.access.passkeys import Passkey, Site

SITE = Site("https://su.gov.kz", "Су")
CHALLENGE, OTHER = b"c" * 32, b"d" * 32


def device(**changes: Any) -> Authenticator:
    return Authenticator(SITE.origin, SITE.id, **changes)


def made(by: Authenticator) -> Passkey:
    options = dict(passkeys.to_register(SITE, handle=b"p1", person="Айда", there=(), challenge=CHALLENGE))
    return passkeys.registered(SITE, by.register(options), CHALLENGE)


def asked(*, alone: bool = True, allowed: tuple[bytes, ...] = ()) -> dict[str, Any]:
    return dict(passkeys.to_sign(SITE, allowed=allowed, challenge=CHALLENGE, alone=alone))


def test_the_examples_hold() -> None:
    assert doctest.testmod(passkeys).failed == 0


def test_a_passkey_is_made_and_signs_and_its_count_is_kept() -> None:
    phone = device()
    key = made(phone)
    assert (key.id, key.uses) == (phone.id, 0)
    options = asked()
    assert options["userVerification"] == "required"
    assert options["rpId"] == "su.gov.kz"
    answer = phone.sign(options)
    assert passkeys.id_of(answer) == key.id
    assert passkeys.signed(SITE, answer, CHALLENGE, key, alone=True).uses == 1


def test_the_browser_is_told_which_keys_are_there() -> None:
    options = passkeys.to_register(SITE, handle=b"p1", person="Айда", there=(b"one",), challenge=CHALLENGE)
    assert [each["id"] for each in options["excludeCredentials"]] == [text(b"one")]
    assert {each["alg"] for each in options["pubKeyCredParams"]} == {-8, -7, -257}
    assert asked(alone=False, allowed=(b"one",))["allowCredentials"][0]["id"] == text(b"one")


@pytest.mark.parametrize(
    ("changes", "challenge"),
    [
        pytest.param({"origin": "https://su.gov.kz.example"}, CHALLENGE, id="a page of another name"),
        pytest.param({"origin": "http://su.gov.kz"}, CHALLENGE, id="a page without TLS"),
        pytest.param({"rp_id": "gov.kz"}, CHALLENGE, id="a key for another name"),
        pytest.param({}, OTHER, id="another challenge"),
        pytest.param({"type": "webauthn.create"}, CHALLENGE, id="made for making a key"),
        pytest.param({"flags": 0}, CHALLENGE, id="nobody was there"),
        pytest.param({"flags": PRESENT}, CHALLENGE, id="alone, and its owner not made sure of"),
        pytest.param({"key": ec.generate_private_key(ec.SECP256R1())}, CHALLENGE, id="signed by another key"),
        pytest.param({"used": 0}, CHALLENGE, id="a copy of the key, whose count has not grown"),
    ],
)
def test_what_is_not_believed(changes: dict[str, Any], challenge: bytes) -> None:
    phone = device(uses=3)
    key = made(phone)
    answer = phone.sign(asked(), **changes)
    with pytest.raises(Refused):
        passkeys.signed(SITE, answer, challenge, key, alone=True)


def test_beside_a_password_it_is_enough_that_somebody_was_there() -> None:
    phone = device()
    key = made(phone)
    passkeys.signed(SITE, phone.sign(asked(alone=False), flags=PRESENT), CHALLENGE, key, alone=False)


def test_the_answer_of_another_passkey_is_not_taken_for_this_one() -> None:
    phone, other = device(), device()
    key = made(phone)
    answer = phone.sign(asked())
    with pytest.raises(Refused):
        passkeys.signed(SITE, answer, CHALLENGE, replace(key, id=other.id), alone=True)


@pytest.mark.parametrize("changes", [
    {"origin": "https://example.org"}, {"rp_id": "example.org"}, {"type": "webauthn.get"}, {"flags": VERIFIED},
])  # fmt: skip
def test_what_is_not_registered(changes: dict[str, Any]) -> None:
    options = dict(passkeys.to_register(SITE, handle=b"p1", person="Айда", there=(), challenge=CHALLENGE))
    with pytest.raises(Refused):
        passkeys.registered(SITE, device().register(options, **changes), CHALLENGE)


@pytest.mark.parametrize("answer", [
    None, 7, "", "{", "[]", [], {}, {"rawId": 7}, {"rawId": "é"},
    {"id": "", "rawId": "", "type": "public-key", "response": None},
    {"id": "aa", "rawId": "aa", "type": "public-key", "response": {"clientDataJSON": "x", "attestationObject": "x",
     "authenticatorData": "x", "signature": 1}},
], ids=repr)  # fmt: skip
def test_json_of_any_shape_is_refused_and_no_fault_of_ours(answer: Any) -> None:
    key = made(device())
    with pytest.raises(Refused):
        passkeys.registered(SITE, answer, CHALLENGE)
    with pytest.raises(Refused):
        passkeys.signed(SITE, answer, CHALLENGE, key, alone=True)
    with contextlib.suppress(Refused):
        assert isinstance(passkeys.id_of(answer), bytes)
