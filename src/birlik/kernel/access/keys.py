"""The form of a key, `birlik_<id>_<secret><checksum>`: scanners of code and logs find one, and a slip is seen."""

import hashlib
import re
import secrets
import zlib
from dataclasses import dataclass

LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
ID_LETTERS, SECRET_LETTERS, CHECK_LETTERS = 10, 32, 6
PATTERN = re.compile(
    rf"birlik_([a-z0-9]{{{ID_LETTERS}}})_([0-9A-Za-z]{{{SECRET_LETTERS}}})([0-9A-Za-z]{{{CHECK_LETTERS}}})"
)
"""Of a whole key; 32 letters of 62 are 190 bits."""


@dataclass(frozen=True, slots=True)
class Made:
    text: str
    """Shown once."""
    key_id: str
    hash: str
    """SHA-256 of the text, hex: of 190 random bits nothing more costly is needed."""


def made() -> Made:
    """A new key."""
    key_id = "".join(secrets.choice(LETTERS[:10] + LETTERS[36:]) for _ in range(ID_LETTERS))
    secret = "".join(secrets.choice(LETTERS) for _ in range(SECRET_LETTERS))
    text = f"birlik_{key_id}_{secret}{checksum(f'{key_id}_{secret}')}"
    return Made(text, key_id, hash_of(text))


def hash_of(text: str) -> str:
    """SHA-256, hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def checksum(text: str) -> str:
    """CRC-32 in six letters: tells a key that was copied wrong, and nothing else.

    >>> checksum("a_b")
    '0kJhb0'
    """
    left, out = zlib.crc32(text.encode()), ""
    for _ in range(CHECK_LETTERS):
        left, at = divmod(left, len(LETTERS))
        out = LETTERS[at] + out
    return out


def id_of(text: str) -> str | None:
    """The id in a key; None where it is none, or was copied wrong."""
    found = PATTERN.fullmatch(text)
    if found is None or checksum(f"{found[1]}_{found[2]}") != found[3]:
        return None
    return found[1]
