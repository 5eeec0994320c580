"""Forms of who has no account: each has a link, which its sender alone has, and whoever holds it is the form's party.

Of the link only a digest is kept (in the vault), beside what the form was for. A link is no
account: by it one sees, changes and withdraws what came by its own form, and reads what everybody reads.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from birlik.kernel.access.delays import network_of
from birlik.kernel.access.keyfile import KeyFile
from birlik.kernel.access.keys import hash_of
from birlik.kernel.policy import Principal
from birlik.kernel.store import Vault

FORM = "form"
"""Kind of entries of the vault."""
LASTS = timedelta(days=365)
"""How long a link opens what came by it."""
PARTY = "form:"
"""How the names of those begin who came by a link."""
ID_LETTERS = 16
SECRET_BYTES = 24
_TOKEN = re.compile(rf"([0-9a-f]{{{ID_LETTERS}}})-([A-Za-z0-9_-]{{32}})")


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """What is known of one by its link."""

    form_id: str
    act: str
    """By which it began."""


def id_of(sent_as: str) -> str:
    """The same for a form that is sent twice, by a double click; it tells nothing of the name that the page gave it."""
    return hashlib.sha256(f"form\0{sent_as}".encode()).hexdigest()[:ID_LETTERS]


def begun(vault: Vault, form: Form, now: datetime) -> str:
    """Keep a form; returns the token of its link, which is told once. Sent again, it has a new one."""
    token = f"{form.form_id}-{secrets.token_urlsafe(SECRET_BYTES)}"
    said = {"hash": hash_of(token), "act": form.act}
    vault.put(FORM, form.form_id, said, ends=now + LASTS)
    return token


def found(vault: Vault, token: str, now: datetime) -> Form | None:
    """The form whose link it is; None where it is none's, or its time is over."""
    read = _TOKEN.fullmatch(token)
    kept = vault.get(FORM, read[1], now) if read is not None else None
    # Without an entry as much is compared as with one.
    digest = str(kept["hash"]) if kept is not None else hash_of("")
    if not hmac.compare_digest(digest, hash_of(token)) or read is None or kept is None:
        return None
    return Form(form_id=read[1], act=kept["act"])


def holder(anyone: Principal, form_id: str, address: str) -> Principal:
    """Who holds a form's link: they read what everybody reads, and are the party of what came by it."""
    return replace(anyone, name=f"{PARTY}{form_id}", form_id=form_id, address=address)


def origin_of(file: KeyFile, address: str) -> str:
    """A word that is the same for all that comes from one network, and tells nothing of it without the key file."""
    key = file.derived("origins of forms")
    return hmac.digest(key, network_of(address).encode(), "sha256").hex()[:12]
