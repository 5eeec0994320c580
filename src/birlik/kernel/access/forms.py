"""Forms of who has no account: each has a link, which its sender alone has, and whoever holds it is the form's party.

Of the link only a digest is kept (in the vault), beside what the form was for. A link is no
account: by it one sees, changes and withdraws what came by its own form, and reads what everybody reads.

Where the node has mail, a form has an address: its link is told there and nowhere else, and what the form says waits
here until the link is used. So nothing reaches the rows, nor the journal, that nobody has confirmed.
"""

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import orjson

from birlik.kernel.access.delays import network_of
from birlik.kernel.access.keyfile import KeyFile
from birlik.kernel.access.keys import hash_of
from birlik.kernel.acts import Entry
from birlik.kernel.policy import Principal
from birlik.kernel.store import Vault

PATH = "/form"
"""Where links begin."""
FORM, UNCONFIRMED, FROM = "form", "form-unconfirmed", "form-from"
"""Kinds of entries of the vault: each form; what one says that waits to be confirmed, by the table to which it would
come; and for a day what it has in common with others."""
WAITS, UNSENT = timedelta(hours=24), timedelta(hours=72)
"""How long a form waits to be confirmed from when its mail went, and how long for that: in a flood mails take days."""
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


# --- with an address ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Reached:
    """Where the holder of a form is written to."""

    form_id: str
    address: str
    language: str
    token: str
    """Of the form's link."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Unconfirmed:
    """What a form says until it is confirmed."""

    act: str
    told: Mapping[str, Any]
    """The act's parameters, as JSON has them."""
    sent_as: str
    origin: str


def token_of(file: KeyFile, form_id: str) -> str:
    """Of the link of a form that has an address: made anew for each mail, and kept nowhere."""
    secret = hmac.digest(file.derived("links of forms"), form_id.encode(), "sha256")[:SECRET_BYTES]
    return f"{form_id}-{urlsafe_b64encode(secret).decode()}"


def to_confirm(
    file: KeyFile,
    form_id: str,
    said: Unconfirmed,
    table: str,
    to: tuple[str, str],
    now: datetime,
    alike: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Reached, Sequence[Entry]]:
    """A form that waits to be confirmed: who is asked, and what the vault is to keep. table: where it would come. to:
    the address, and the language in which they are written to. alike: by column, what it may have in common."""
    address, language = to
    asked_for = Reached(form_id=form_id, address=address, language=language, token=token_of(file, form_id))
    inside = orjson.dumps([said.act, said.told, said.sent_as, said.origin])
    mail = {"address": _sealed(file, address.encode(), form_id), "language": language}
    ends = now + UNSENT
    return asked_for, (
        (FORM, form_id, {"hash": hash_of(asked_for.token), "act": said.act, "mail": mail}, "", ends),
        (UNCONFIRMED, form_id, {"sealed": _sealed(file, inside, form_id)}, table, ends),
        *((FROM, f"{form_id}|{name}", {}, f"{name}={value}", now + WAITS) for name, value in alike.items()),
    )


def like_it(vault: Vault, alike: Mapping[str, str]) -> int:
    """How many came in a day that have most in common with one: as many as by one act would be settled."""
    return max((vault.count(FROM, of=f"{name}={value}") for name, value in alike.items()), default=0)


def unconfirmed(vault: Vault, file: KeyFile, form_id: str, now: datetime) -> Unconfirmed | None:
    """What waits; None where nothing does, or its time is over. Raises NotANode where the key file is another."""
    if (kept := vault.get(UNCONFIRMED, form_id, now)) is None:
        return None
    act, told, sent_as, origin = orjson.loads(_opened(file, kept["sealed"], form_id))
    return Unconfirmed(act=act, told=told, sent_as=sent_as, origin=origin)


def is_unconfirmed(vault: Vault, form_id: str, now: datetime) -> bool:
    """Does it wait still?"""
    return vault.get(UNCONFIRMED, form_id, now) is not None


def unconfirmed_n(vault: Vault, table: str) -> int:
    """How many forms wait whose rows would come into a table."""
    return vault.count(UNCONFIRMED, of=table)


def asked(vault: Vault, form_id: str, now: datetime) -> None:
    """Its mail has gone: its time begins."""
    _until(vault, form_id, now + WAITS, (FORM, UNCONFIRMED))


def confirmed(vault: Vault, form_id: str, now: datetime) -> None:
    """What it says is done: its link lasts as any other's."""
    _until(vault, form_id, now + LASTS, (FORM,), gone=(UNCONFIRMED,))


def _until(vault: Vault, form_id: str, ends: datetime, kinds: Sequence[str], gone: Sequence[str] = ()) -> None:
    come: list[Entry] = []
    for kind in kinds:
        for _, of, said in vault.first(kind, 1, key=form_id):
            come.append((kind, form_id, said, of, ends))
    vault.exchange([(kind, form_id) for kind in gone], come)


def forgotten(vault: Vault, form_id: str) -> None:
    """It is no more, nor its address."""
    for kind in (UNCONFIRMED, FORM):
        vault.drop(kind, form_id)


def unaddressed(vault: Vault, form_id: str) -> None:
    """Its address is forgotten; its link opens it still."""
    for _, of, said in vault.first(FORM, 1, key=form_id):
        ends = vault.ends(FORM, form_id)
        vault.put(FORM, form_id, {name: value for name, value in said.items() if name != "mail"}, of=of, ends=ends)


def reached(vault: Vault, file: KeyFile, name: str) -> Reached | None:
    """Where a principal is written to; None where they have no address."""
    form_id = name.removeprefix(PARTY)
    kept = vault.get(FORM, form_id) if form_id != name else None
    if kept is None or "mail" not in kept:
        return None
    address = _opened(file, kept["mail"]["address"], form_id).decode()
    return Reached(form_id=form_id, address=address, language=kept["mail"]["language"], token=token_of(file, form_id))


def _sealed(file: KeyFile, said: bytes, form_id: str) -> str:
    return file.sealed_text(said, f"{PARTY}{form_id}")


def _opened(file: KeyFile, kept: str, form_id: str) -> bytes:
    return file.opened_text(kept, f"{PARTY}{form_id}")


# --- who holds a link -----------------------------------------------------------------------------------------------


def holder(anyone: Principal, form_id: str, address: str) -> Principal:
    """Who holds a form's link: they read what everybody reads, and are the party of what came by it."""
    return replace(anyone, name=f"{PARTY}{form_id}", form_id=form_id, address=address)


def origin_of(file: KeyFile, address: str) -> str:
    """A word that is the same for all that comes from one network, and tells nothing of it without the key file."""
    key = file.derived("origins of forms")
    return hmac.digest(key, network_of(address).encode(), "sha256").hex()[:12]
