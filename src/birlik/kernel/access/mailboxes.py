"""Where somebody with an account is written to: an address that they have given and confirmed themselves.

It stands in the vault, encrypted by the key file, and nowhere else. Nobody signs in by it, and nobody else is told it.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from birlik.errors import TooMany
from birlik.kernel.access.keyfile import KeyFile
from birlik.kernel.access.keys import hash_of
from birlik.kernel.acts import Entry
from birlik.kernel.store import Vault
from birlik.said import Said

MAILBOX, TO_BE, ASKED = "mailbox", "mailbox-to-be", "mailbox-asked"
"""Kinds of the vault's entries: what is confirmed; what isn't yet; that somebody has asked, so that they ask seldom."""
WAITS = timedelta(hours=24)
MOST_ASKED = 3
"""Addresses to which one account has a mail sent in `WAITS`: the form is no way to write to strangers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mailbox:
    address: str
    language: str
    """In which they are written to: that of the page on which they gave it."""


def ask(vault: Vault, file: KeyFile, who: str, box: Mailbox, now: datetime) -> tuple[str, list[Entry]]:
    """(what confirms it, what the vault is to keep): it takes the place of one that waits. Raises TooMany."""
    if vault.count(ASKED, of=who, since=f"{who}|{(now - WAITS).isoformat()}") >= MOST_ASKED:
        raise TooMany(
            Said("a mail was sent {n} times today; try again tomorrow", n=MOST_ASKED), int(WAITS.total_seconds())
        )
    token = secrets.token_urlsafe(24)
    said = _said(file, who, box) | {"hash": hash_of(token)}
    return token, [
        (TO_BE, who, said, who, now + WAITS),
        (ASKED, f"{who}|{now.isoformat()}|{secrets.token_hex(4)}", {}, who, now + WAITS),
    ]


def waits(vault: Vault, file: KeyFile, who: str, now: datetime) -> Mailbox | None:
    """What isn't confirmed yet."""
    return _box(file, who, vault.get(TO_BE, who, now))


def confirm(vault: Vault, file: KeyFile, who: str, token: str, now: datetime) -> Mailbox | None:
    """The address is theirs; None where it is another's token, or its time is over."""
    kept = vault.get(TO_BE, who, now)
    digest = str(kept["hash"]) if kept is not None else hash_of("")
    if not hmac.compare_digest(digest, hash_of(token)) or kept is None:
        return None
    said = {name: kept[name] for name in ("sealed", "language")}
    vault.exchange([(TO_BE, who)], [(MAILBOX, who, said, who, None)])
    return _box(file, who, said)


def of(vault: Vault, file: KeyFile, who: str) -> Mailbox | None:
    """Where they are written to. Raises NotANode where the key file is another."""
    return _box(file, who, vault.get(MAILBOX, who))


def forget(vault: Vault, who: str) -> None:
    """They are written to no more."""
    vault.exchange([(MAILBOX, who), (TO_BE, who)], [])


def _said(file: KeyFile, who: str, box: Mailbox) -> dict[str, str]:
    return {"sealed": file.sealed_text(box.address.encode(), f"{MAILBOX} {who}"), "language": box.language}


def _box(file: KeyFile, who: str, kept: dict[str, str] | None) -> Mailbox | None:
    if kept is None:
        return None
    address = file.opened_text(kept["sealed"], f"{MAILBOX} {who}").decode()
    return Mailbox(address=address, language=kept["language"])
