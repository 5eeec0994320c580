"""Sessions of people who have signed in: entries of the vault, without a history. The token is kept nowhere."""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from birlik.kernel.access.acts import SESSIONS_ENDED
from birlik.kernel.access.keys import hash_of
from birlik.kernel.members import INCLUDES
from birlik.kernel.policy import Principal
from birlik.kernel.store import Vault
from birlik.settings import Settings

SESSION = "session"
BY_LINK, BY_PASSWORD, BY_CODE, BY_PASSKEY, BY_ISSUER = "link", "password", "code", "passkey", "issuer"
SECOND = frozenset({BY_CODE, BY_PASSKEY})
"""What counts as a second factor. A passkey alone does too: its device has made sure of its owner."""
FRESH = timedelta(minutes=10)
"""How long after somebody has said who they are they may change by what they do."""
ISSUED_HOLDS = timedelta(hours=8)
"""At most, of who signed in by another's word."""
MOVED_HOLDS = timedelta(minutes=1)
"""How long the token holds that another one has taken the place of."""
SEEN_EVERY = timedelta(minutes=1)
"""How often it is written down that a session is in use."""


@dataclass(frozen=True, slots=True)
class Lasting:
    idle: timedelta
    whole: timedelta


@dataclass(frozen=True, slots=True)
class Session:
    key: str
    """The hash of its token, by which its owner ends it."""
    principal_id: str
    made: datetime
    seen: datetime
    ends: datetime
    fresh: datetime
    """When its owner last said who they are, by all that is asked for."""
    view: int | None
    """The one of their views that they read."""
    issuer: str
    seen_as: str
    """Through whose eyes its owner looks, who is a steward."""
    about: Mapping[str, str]
    """From where: the browser and the address, for its owner's list."""
    by: tuple[str, ...] = ()
    """How they said who they are: by a link, a password, a code, a passkey, an issuer."""
    rights: str = ""
    """Those of its owner when it got its token."""
    moved: str = ""
    """The key of the one that has taken its place, for requests that were on their way."""

    def is_fresh(self, now: datetime) -> bool:
        """Has its owner said just now who they are?"""
        return timedelta(0) <= now - self.fresh < FRESH

    def lacks(self, principal: Principal, asked: Collection[str]) -> bool:
        """Has it a role of which a second factor is asked, and was there none? Of an issuer's people it is the issuer's
        matter."""
        if self.issuer or not asked or not SECOND.isdisjoint(self.by):
            return False
        return any(role.value in asked for right in principal.held for role in INCLUDES[right.role])


def begin(
    vault: Vault,
    principal_id: str,
    now: datetime,
    lasting: Lasting,
    *,
    about: Mapping[str, str],
    issuer: str = "",
    more: Mapping[str, Any] | None = None,
) -> str:
    """The token of a new session, which its browser keeps."""
    token = secrets.token_urlsafe(32)
    holds = min(lasting.whole, ISSUED_HOLDS) if issuer else lasting.whole
    said = {"principal_id": principal_id, "made": now.isoformat(), "seen": now.isoformat(),
            "fresh": now.isoformat(), "about": dict(about), "issuer": issuer, "view": None}  # fmt: skip
    ends = now + holds
    vault.put(SESSION, hash_of(token), {**said, "ends": ends.isoformat(), **(more or {})}, of=principal_id, ends=ends)
    return token


def found(vault: Vault, token: str, now: datetime, lasting: Lasting) -> Session | None:
    """Whose token that is; None where it has ended, by itself or by its owner."""
    key = hash_of(token)
    said = vault.get(SESSION, key, now)
    if said is None:
        return None
    session = _session(key, said)
    if session.seen + lasting.idle <= now or session.made > now + SEEN_EVERY:
        return None
    if session.moved and vault.get(SESSION, session.moved, now) is None:
        return None
    return None if session.made <= _ended(vault, session.principal_id) else session


def _ended(vault: Vault, principal_id: str) -> datetime:
    """When an administrator last ended all that somebody had."""
    said = vault.get(SESSIONS_ENDED, principal_id)
    return datetime.fromisoformat(said["at"]) if said is not None else datetime.min.replace(tzinfo=UTC)


def seen(vault: Vault, session: Session, now: datetime) -> None:
    """Its owner did something just now."""
    if now - session.seen >= SEEN_EVERY:
        change(vault, session, seen=now.isoformat())


def change(vault: Vault, session: Session, **said: Any) -> None:
    """Say something else of a session, if it is still there."""
    before = vault.get(SESSION, session.key)
    if before is not None:
        vault.put(SESSION, session.key, {**before, **said}, of=session.principal_id, ends=session.ends)


def renewed(vault: Vault, session: Session, rights: str, now: datetime) -> str:
    """A new token for a session whose owner has other rights now. The old one holds for what was on its way."""
    token = secrets.token_urlsafe(32)
    said = {**(vault.get(SESSION, session.key) or {}), "rights": rights}
    left = {**said, "moved": hash_of(token)}
    until = min(session.ends, now + MOVED_HOLDS)
    vault.put_all([
        (SESSION, hash_of(token), said, session.principal_id, session.ends),
        (SESSION, session.key, left, session.principal_id, until),
    ])  # fmt: skip
    return token


def end(vault: Vault, principal_id: str, key: str | None = None) -> int:
    """End one of somebody's sessions, or all of them; returns how many."""
    return vault.drop(SESSION, key, of=principal_id)


def of(vault: Vault, principal_id: str, now: datetime) -> list[Session]:
    """Somebody's sessions, the newest first."""
    made = [_session(key, said) for key, said in vault.all(SESSION, of=principal_id).items()]
    since = _ended(vault, principal_id)
    there = (each for each in made if each.ends > now and each.made > since and not each.moved)
    return sorted(there, key=lambda each: each.seen, reverse=True)


def rights_of(principal: Principal) -> str:
    """By which it is seen that a session's owner has other rights than when it began."""
    held = sorted((r.role.value, sorted(r.domains or ()), sorted(r.sources or ())) for r in principal.held)
    return hash_of(repr((held, sorted(principal.views))))[:16]


def form_token(token: str) -> str:
    """What a session's forms carry, which no other page can know."""
    return hash_of(f"form\0{token}")[:40]


def cookie_name(settings: Settings) -> str:
    """Ports of one machine share cookies: so it has the node's name. Under TLS no other name's page can set it."""
    name = f"birlik-{settings.member}"
    return f"__Host-{name}" if is_secure(settings) else name


def is_secure(settings: Settings) -> bool:
    """Do people reach the node under TLS?"""
    return bool(settings.tls_certificate) or settings.address.startswith("https://")


def _session(key: str, said: Mapping[str, Any]) -> Session:
    made, last, ends, fresh = (datetime.fromisoformat(said[name]) for name in ("made", "seen", "ends", "fresh"))
    return Session(
        key, said["principal_id"], made, last, ends, fresh, said["view"], said["issuer"],
        said.get("seen_as", ""), said["about"],
        tuple(said.get("by", ())), said.get("rights", ""), said.get("moved", ""),
    )  # fmt: skip
