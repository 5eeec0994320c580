"""Addresses of mail: as their owners know them, and by what one is known again that nobody reads."""

import hmac

from birlik.kernel.access.keyfile import KeyFile


def masked(address: str) -> str:
    """As its owner knows it, and nobody else.

    >>> masked("aigul@example.kz")
    'a…@example.kz'
    """
    return f"{address[:1]}…@{address.rpartition('@')[2]}"


def who_of(file: KeyFile, address: str) -> str:
    """A word that is the same for all ways to write one mailbox, and tells nothing of it without the key file."""
    before, _, name = address.lower().rpartition("@")
    mailbox = f"{before.partition('+')[0]}@{name}"
    return hmac.digest(file.derived("addresses of mail"), mailbox.encode(), "sha256").hex()[:24]
