"""Passkeys (W3C Web Authentication, level 2): a key pair in the person's device, made for this node's name only.

A passkey can't be given away on a page that looks like ours: the browser signs for the name that it sees. It serves as
second factor, or alone, where the device has also made sure of its owner (a finger, a code of its own).
"""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import orjson
import webauthn
from webauthn.helpers.cose import COSEAlgorithmIdentifier as Algorithm
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from birlik.errors import Refused
from birlik.said import Said

ALGORITHMS = (Algorithm.EDDSA, Algorithm.ECDSA_SHA_256, Algorithm.RSASSA_PKCS1_v1_5_SHA_256)
"""Ed25519, P-256 and, for older Windows, RSA; none else is taken, whatever a device offers."""
PATIENCE_MS = 300_000
"""What a person may take to find the key: five minutes, W3C's recommendation."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Passkey:
    """What is kept of one: nothing in it is secret."""

    id: bytes
    public_key: bytes
    """COSE."""
    uses: int
    """The device's own count, where it has one; a copy of the key would fall behind it."""
    is_synced: bool
    """Is it in an account of its maker too, and so on several devices?"""


@dataclass(frozen=True, slots=True)
class Site:
    """Whose passkeys they are: the node by its public address."""

    origin: str
    title: str

    @classmethod
    def of(cls, address: str, title: str) -> "Site | None":
        """None where browsers give no passkeys: without TLS, or where the address is a number and no name.

        >>> [Site.of(a, "") is not None for a in ("https://su.gov.kz", "https://10.0.0.1", "http://su.gov.kz", "")]
        [True, False, False, False]
        """
        parts = urlsplit(address)
        name = parts.hostname or ""
        try:
            ipaddress.ip_address(name)
            return None
        except ValueError:
            pass
        # Of a page under this one name browsers believe that it is safe without TLS (W3C Secure Contexts, 3.1).
        if not name or (parts.scheme != "https" and name != "localhost"):
            return None
        return cls(f"{parts.scheme}://{parts.netloc}", title)

    @property
    def id(self) -> str:
        """The name for which its passkeys are made."""
        return urlsplit(self.origin).hostname or ""


def to_register(
    site: Site, *, handle: bytes, person: str, there: Sequence[bytes], challenge: bytes
) -> Mapping[str, Any]:
    """What the browser is asked: a new key for this person. handle: an id that says nothing of them, 64 bytes at most.

    there: ids of those that they have, of which the same device makes no second.
    """
    options = webauthn.generate_registration_options(
        rp_id=site.id,
        rp_name=site.title,
        user_id=handle,
        user_name=person,
        challenge=challenge,
        timeout=PATIENCE_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=each) for each in there],
        supported_pub_key_algs=list(ALGORITHMS),
    )
    return _json(options)


def registered(site: Site, answer: Any, challenge: bytes) -> Passkey:
    """answer: what the browser gave, as JSON. Raises Refused."""
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.id,
            expected_origin=site.origin,
            supported_pub_key_algs=list(ALGORITHMS),
        )
    except _WRONG as error:
        raise Refused(Said("this passkey can't be taken; try again, or with another")) from error
    return Passkey(
        id=made.credential_id,
        public_key=made.credential_public_key,
        uses=made.sign_count,
        is_synced=made.credential_backed_up,
    )


def to_sign(site: Site, *, allowed: Sequence[bytes], challenge: bytes, alone: bool) -> Mapping[str, Any]:
    """What the browser is asked: a signature by one of `allowed`, by any for this site where it is empty.

    alone: it is the only factor, so the device must have made sure of its owner.
    """
    wanted = UserVerificationRequirement.REQUIRED if alone else UserVerificationRequirement.PREFERRED
    options = webauthn.generate_authentication_options(
        rp_id=site.id,
        challenge=challenge,
        timeout=PATIENCE_MS,
        allow_credentials=[PublicKeyCredentialDescriptor(id=each) for each in allowed],
        user_verification=wanted,
    )
    return _json(options)


def id_of(answer: Any) -> bytes:
    """Which passkey an answer says it is by, before anything of it is believed. Raises Refused."""
    try:
        return webauthn.base64url_to_bytes(answer["rawId"])
    except (TypeError, KeyError, ValueError) as error:
        raise Refused(_NO_SUCH) from error


def signed(site: Site, answer: Any, challenge: bytes, key: Passkey, *, alone: bool) -> Passkey:
    """The passkey with its new count, to be kept. Raises Refused, where the count has not grown too."""
    try:
        checked = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.id,
            expected_origin=site.origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=key.uses,
            require_user_verification=alone,
        )
    except _WRONG as error:
        raise Refused(_NO_SUCH) from error
    if checked.credential_id != key.id:
        raise Refused(_NO_SUCH)
    return replace(key, uses=checked.new_sign_count, is_synced=checked.credential_backed_up)


_WRONG = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, IndexError)
"""Beside its own errors the library lets through what comes of JSON of other shapes than it awaits."""
_NO_SUCH = Said("this passkey opens nothing here; try another, or sign in otherwise")


def _json(options: Any) -> Mapping[str, Any]:
    made: Mapping[str, Any] = orjson.loads(webauthn.options_to_json(options))
    return made
