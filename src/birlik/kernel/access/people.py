"""What the vault keeps of a person who signs in here: a password's hash, a seed of codes, passkeys.

Who they are and what they may do is no matter of this room (`standing.py`). What makes a hash takes long on purpose:
call it in a lane.
"""

import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from birlik.errors import BadRequest, Refused, Unknown
from birlik.kernel.access import mailboxes, totp
from birlik.kernel.access.breached import is_breached
from birlik.kernel.access.keyfile import KeyFile
from birlik.kernel.access.passkeys import Passkey
from birlik.kernel.access.passwords import Passwords, must_be_taken, normal
from birlik.kernel.store import Vault
from birlik.said import Said

PASSWORD, CODES, CODES_TO_BE, PASSKEY = "password", "codes", "codes to be", "passkey"
"""Kinds of entries of the vault."""
TO_BE = timedelta(minutes=30)
"""How long a seed waits for its first code."""
MOST_PASSKEYS = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """A passkey as its owner's list shows it."""

    key: Passkey
    principal_id: str
    title: str
    made: datetime
    last: datetime | None


@dataclass
class People:
    """Any thread may ask."""

    vault: Vault
    file: KeyFile
    node: str
    """What the node is called, in an application's list of codes."""
    passwords: Passwords = field(default_factory=Passwords)
    breached: Path | None = None
    """A list of passwords that got out elsewhere, see `breached.py`."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    # --- passwords ------------------------------------------------------------------------------------------------

    def agrees(self, principal_id: str, typed: str) -> bool:
        """Is it their password? As long for a name that nobody has, or that has no password. In a lane."""
        kept = self.vault.get(PASSWORD, principal_id)
        hashed = str(kept["hash"]) if kept is not None else None
        if not self.passwords.agrees(hashed, typed):
            return False
        if kept is not None and hashed is not None and self.passwords.is_outdated(hashed):
            self.vault.put(PASSWORD, principal_id, {**kept, "hash": self.passwords.hashed(typed)}, of=principal_id)
        return True

    def must_be_taken(self, principal_id: str, typed: str, names: Iterable[str]) -> None:
        """Raises BadRequest that says what is wrong with a new password. names: what the person and their house are
        called. In a lane."""
        must_be_taken(typed, [principal_id, *names, self.node])
        if self.breached is not None and is_breached(self.breached, normal(typed)):
            raise BadRequest(
                Said("this password got out elsewhere; whoever guesses tries it first"), parameter="password"
            )

    def set_password(self, principal_id: str, typed: str, names: Iterable[str], now: datetime) -> None:
        """Raises as `must_be_taken`. In a lane."""
        self.must_be_taken(principal_id, typed, names)
        said = {"hash": self.passwords.hashed(typed), "since": now.isoformat()}
        self.vault.put(PASSWORD, principal_id, said, of=principal_id)

    def password_since(self, principal_id: str) -> datetime | None:
        """When it was set; None where there is none."""
        kept = self.vault.get(PASSWORD, principal_id)
        return None if kept is None else datetime.fromisoformat(kept["since"])

    # --- codes ----------------------------------------------------------------------------------------------------

    def begin_codes(self, principal_id: str, now: datetime) -> bytes:
        """A new seed, which counts when a first code has been made of it; one that waits is shown again.

        Raises NotANode, StoreUnavailable, UnknownSetting where the key file can't be used.
        """
        waits = self.vault.get(CODES_TO_BE, principal_id, now)
        if waits is not None:
            return self._seed(waits, principal_id)
        seed = totp.new_seed()
        said = {"seed": self.file.sealed_text(seed, principal_id)}
        self.vault.put(CODES_TO_BE, principal_id, said, of=principal_id, ends=now + TO_BE)
        return seed

    def confirm_codes(
        self, principal_id: str, code: str, now: datetime, first: Callable[[], None] = lambda: None
    ) -> None:
        """From now on these are theirs. Raises BadRequest for a wrong code, Unknown where no seed waits.

        first: what is done where the code is right, before they are; what it raises leaves all as it was.
        """
        with self._lock:
            waits = self.vault.get(CODES_TO_BE, principal_id, now)
            if waits is None:
                raise Unknown(Said("this picture is too old; begin again"))
            step = totp.step_of(self._seed(waits, principal_id), code, now)
            if step is None:
                raise BadRequest(Said("this code is wrong; see that the telephone's clock is right"), parameter="code")
            first()
            said = {"seed": waits["seed"], "last": step, "since": now.isoformat()}
            self.vault.put(CODES, principal_id, said, of=principal_id)
            self.vault.drop(CODES_TO_BE, principal_id)

    def take_code(self, principal_id: str, code: str, now: datetime) -> bool:
        """Is it right, and was neither it nor a later one taken before? From now on it was."""
        with self._lock:
            kept = self.vault.get(CODES, principal_id)
            if kept is None:
                return False
            step = totp.step_of(self._seed(kept, principal_id), code, now, kept["last"])
            if step is None:
                return False
            self.vault.put(CODES, principal_id, {**kept, "last": step}, of=principal_id)
            return True

    def codes_since(self, principal_id: str) -> datetime | None:
        """When they were set up; None where they aren't."""
        kept = self.vault.get(CODES, principal_id)
        return None if kept is None else datetime.fromisoformat(kept["since"])

    def end_codes(self, principal_id: str) -> None:
        """An application makes none for them any more."""
        for kind in (CODES, CODES_TO_BE):
            self.vault.drop(kind, principal_id)

    def _seed(self, kept: Mapping[str, Any], principal_id: str) -> bytes:
        return self.file.opened_text(kept["seed"], principal_id)

    # --- passkeys -------------------------------------------------------------------------------------------------

    def passkeys(self, principal_id: str) -> list[Kept]:
        """Somebody's, the oldest first."""
        kept = self.vault.all(PASSKEY, of=principal_id)
        return sorted((_kept(name, said) for name, said in kept.items()), key=lambda each: each.made)

    def passkey(self, key_id: bytes) -> Kept | None:
        """Whose it is, and what is kept of it."""
        said = self.vault.get(PASSKEY, key_id.hex())
        return None if said is None else _kept(key_id.hex(), said)

    def add_passkey(self, principal_id: str, key: Passkey, title: str, now: datetime) -> None:
        """Raises Refused where it is somebody's already, or they have many."""
        with self._lock:
            if self.passkey(key.id) is not None or len(self.passkeys(principal_id)) >= MOST_PASSKEYS:
                raise Refused(Said("this passkey can't be taken; try again, or with another"))
            said = {"public_key": key.public_key.hex(), "uses": key.uses, "is_synced": key.is_synced,
                    "title": title, "made": now.isoformat(), "last": None, "of": principal_id}  # fmt: skip
            self.vault.put(PASSKEY, key.id.hex(), said, of=principal_id)

    def used_passkey(self, before: Kept, after: Passkey, now: datetime) -> None:
        """Its new count. Raises Refused where it was ended, or used by somebody else, meanwhile."""
        with self._lock:
            said = self.vault.get(PASSKEY, after.id.hex())
            if said is None or said["uses"] != before.key.uses:
                raise Refused(Said("this passkey opens nothing here; try another, or sign in otherwise"))
            changed = {**said, "uses": after.uses, "is_synced": after.is_synced, "last": now.isoformat()}
            self.vault.put(PASSKEY, after.id.hex(), changed, of=said["of"])

    def end_passkey(self, principal_id: str, key_id: bytes) -> None:
        """Of their own."""
        self.vault.drop(PASSKEY, key_id.hex(), of=principal_id)

    # --- together -------------------------------------------------------------------------------------------------

    def has_second(self, principal_id: str) -> bool:
        """Is there anything beside the password by which they say who they are?"""
        return self.codes_since(principal_id) is not None or bool(self.vault.all(PASSKEY, of=principal_id))

    def forget_all_but(self, people: Collection[str]) -> None:
        """Of who has an account no more nothing is kept."""
        for kind in (PASSWORD, CODES, CODES_TO_BE):
            for name in self.vault.all(kind).keys() - set(people):
                self.vault.drop(kind, name)
        for kind in (mailboxes.MAILBOX, mailboxes.TO_BE):
            for name in self.vault.all(kind).keys() - set(people):
                self.vault.forget(kind, name)
        for name, said in self.vault.all(PASSKEY).items():
            if said["of"] not in people:
                self.vault.drop(PASSKEY, name)


def _kept(name: str, said: Mapping[str, Any]) -> Kept:
    key = Passkey(
        id=bytes.fromhex(name),
        public_key=bytes.fromhex(said["public_key"]),
        uses=said["uses"],
        is_synced=said["is_synced"],
    )
    last = datetime.fromisoformat(said["last"]) if said["last"] else None
    return Kept(
        key=key, principal_id=said["of"], title=said["title"], made=datetime.fromisoformat(said["made"]), last=last
    )
