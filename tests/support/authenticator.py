"""An authenticator in software: makes a passkey and signs with it, as W3C Web Authentication, section 6, says."""

import base64
import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, CREATED = 0x01, 0x04, 0x40


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@dataclass
class Authenticator:
    """Each part of an answer can be made wrong by its caller."""

    origin: str
    rp_id: str
    uses: int = 0
    id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def register(self, options: dict[str, Any], **changes: Any) -> dict[str, Any]:
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        made = bytes(16) + struct.pack(">H", len(self.id)) + self.id + cbor2.dumps(cose)
        data = self._data(changes.pop("flags", PRESENT | VERIFIED) | CREATED, changes.pop("rp_id", self.rp_id)) + made
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options["challenge"], **changes)
        return self._answer({"attestationObject": text(attestation), "clientDataJSON": text(client)})

    def sign(self, options: dict[str, Any], handle: bytes = b"", **changes: Any) -> dict[str, Any]:
        self.uses += changes.pop("used", 1)
        data = self._data(changes.pop("flags", PRESENT | VERIFIED), changes.pop("rp_id", self.rp_id))
        key = changes.pop("key", self.key)
        client = self._client("webauthn.get", options["challenge"], **changes)
        signature = key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer({
            "authenticatorData": text(data), "clientDataJSON": text(client), "signature": text(signature),
            "userHandle": text(handle) if handle else None,
        })  # fmt: skip

    def _data(self, flags: int, rp_id: str) -> bytes:
        return hashlib.sha256(rp_id.encode()).digest() + struct.pack(">BI", flags, self.uses)

    def _client(self, kind: str, challenge: str, **changes: Any) -> bytes:
        told = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(told | changes).encode()

    def _answer(self, response: dict[str, Any]) -> dict[str, Any]:
        name = text(self.id)
        return {"id": name, "rawId": name, "type": "public-key", "response": response, "clientExtensionResults": {}}
