"""One-time codes of an application (RFC 6238): six digits, half a minute each, each once."""

import base64
import secrets
from datetime import datetime

import pyotp

STEP_S = 30
WINDOW = 1
"""Steps before and after ours: a telephone's clock may be half a minute off (RFC 6238, 5.2)."""
SEED_BYTES = 20
"""160 bits, the length of the hash (RFC 4226, 4, R6)."""


def new_seed() -> bytes:
    """Random, 20 bytes."""
    return secrets.token_bytes(SEED_BYTES)


def as_text(seed: bytes) -> str:
    """Base32 in fours, for who types it."""
    text = base64.b32encode(seed).decode().rstrip("=")
    return " ".join(text[i : i + 4] for i in range(0, len(text), 4))


def step_of(seed: bytes, code: str, now: datetime, last: int | None = None) -> int | None:
    """The number of the half-minute that a code belongs to; None where it is wrong, or not later than the last that was
    taken: a code that somebody looked at over a shoulder is worth nothing any more (RFC 6238, 5.2).

    Whoever takes it keeps the number, in one transaction with the look at the last.
    """
    digits = "".join(code.split())
    if not (digits.isascii() and digits.isdigit()):
        return None
    here = int(now.timestamp()) // STEP_S
    made = pyotp.TOTP(base64.b32encode(seed).decode(), interval=STEP_S)
    found = None
    for step in range(here - WINDOW, here + WINDOW + 1):
        # All are compared, in constant time each: which half-minute it was shows in no answer's time.
        if secrets.compare_digest(made.generate_otp(step), digits) and (last is None or step > last):
            found = step
    return found


def address(seed: bytes, person: str, node: str) -> str:
    """What applications read out of the picture (Key Uri Format)."""
    return pyotp.TOTP(base64.b32encode(seed).decode(), interval=STEP_S).provisioning_uri(name=person, issuer_name=node)
