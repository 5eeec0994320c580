"""What is to be sent, in the vault: each mail until it has gone, and for a while what became of it.

A mail waits under a key by which the next is found, whatever their number; it is moved in one transaction with what is
said of it. Its content is encrypted: a copy of the vault tells how many wait, not for whom, nor what.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any

import orjson

from birlik.kernel.access.keyfile import KeyFile
from birlik.kernel.acts import Entry
from birlik.kernel.node import Node
from birlik.kernel.store import Vault

WAITS, LATER, HANDED = "mail", "mail-later", "mail-handed"
"""Kinds of the vault's entries: what goes next; what goes at its time; what is being handed over, of which a kill would
leave unknown whether the server has it."""
SENT, FAILED, SERVER, STOP = "mail-sent", "mail-failed", "mail-server", "mail-stop"
"""What went; what never will; how the server is; who wants none."""
CONFIRM, CONFIRM_MAILBOX = "confirm", "confirm-mailbox"
"""The kinds of items that ask to confirm a form, and an account's address; of all others it is `ACT.NOTICE`."""
HOUR, DAY = timedelta(hours=1), timedelta(hours=24)
SENT_KEPT, FAILED_KEPT = timedelta(days=2), timedelta(days=30)
GIVEN_UP = timedelta(days=5)
"""How long a mail is tried (RFC 5321, 4.5.4.1)."""
MOST_GATHERED = 20
MOMENT = "%Y%m%dT%H%M%S.%f"


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One thing of which somebody is told."""

    kind: str
    """The notice's name, behind its act's."""
    to: str
    form_id: str = ""
    """Whose holder is told,"""
    who: str = ""
    """or the principal, where it is somebody with an account."""
    language: str
    subject: str
    """English, as declared."""
    text: str
    values: Mapping[str, str] = field(default_factory=dict)
    link: str
    act_id: str = ""
    """The act that it tells of: before that is written, nothing leaves."""
    since: str
    """When it was put here."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """A mail: one item, or several that are gathered for one mailbox."""

    mail_id: str
    """Its Message-ID begins with it, the same each time that it is tried."""
    who: str
    """The mailbox, as `addresses.who_of`."""
    items: tuple[Item, ...]
    tries: int = 0
    unsure: int = 0
    """How often it was handed over without an answer: the server may have it."""
    place: tuple[str, str] = ("", "")
    """(kind, key) of its entry."""


def moment(time: datetime) -> str:
    """In keys, where words have to be in the order of times."""
    return time.strftime(MOMENT)


def at(said: str) -> datetime:
    """The moment that a key begins with."""
    return datetime.strptime(said, MOMENT).replace(tzinfo=UTC)


def entry(file: KeyFile, letter: Letter, kind: str, key: str) -> Entry:
    """Of the vault."""
    inside = orjson.dumps([asdict(item) for item in letter.items])
    said = {
        "id": letter.mail_id,
        "sealed": file.sealed_text(inside, letter.mail_id),
        "tries": letter.tries,
        "unsure": letter.unsure,
    }
    return kind, key, said, letter.who, None


def begun(file: KeyFile, who: str, item: Item, now: datetime, rank: int = 0) -> Entry:
    """A mail that waits. rank: those with a lesser one go first, whenever they came."""
    letter = Letter(mail_id=token_hex(12), who=who, items=(item,))
    return entry(file, letter, WAITS, f"{min(rank, 999_999):06d}|{moment(now)}|{letter.mail_id}")


def read(node: Node, kind: str, limit: int, **which: str) -> list[Letter]:
    """The first of a kind. Raises NotANode where the key file is another."""
    return [_letter(node.key_file, kind, *found) for found in node.store.vault.first(kind, limit, **which)]


def _letter(file: KeyFile, kind: str, key: str, who: str, said: Mapping[str, Any]) -> Letter:
    items = orjson.loads(file.opened_text(said["sealed"], said["id"]))
    return Letter(
        mail_id=said["id"],
        who=who,
        items=tuple(Item(**item) for item in items),
        tries=said["tries"],
        unsure=said["unsure"],
        place=(kind, key),
    )


def _to(letter: Letter) -> set[str]:
    """As it was written: what counts as one mailbox may be two, and links are secrets."""
    return {item.to for item in letter.items}


def gathered(node: Node, first: Letter) -> Letter:
    """With all else that waits for the same mailbox, as one entry; what the server may have already stays as it was."""
    if first.unsure:
        return first
    others = [
        each
        for kind in (WAITS, LATER)
        for each in read(node, kind, MOST_GATHERED, of=first.who)
        if not each.unsure and each.place != first.place and _to(each) == _to(first)
    ][: MOST_GATHERED - len(first.items)]
    if not others:
        return first
    one = replace(first, items=(*first.items, *(item for each in others for item in each.items)))
    come = entry(node.key_file, one, *one.place)
    node.store.vault.exchange([each.place for each in others], [come])
    return one


def moved(node: Node, letter: Letter, kind: str, key: str) -> Letter:
    """To another kind, with what is said of it now."""
    gone, come = letter.place, entry(node.key_file, letter, kind, key)
    node.store.vault.exchange([gone], [come])
    return replace(letter, place=(kind, key))


def later(node: Node, letter: Letter, due: datetime) -> None:
    """It isn't looked at before."""
    moved(node, letter, LATER, f"{moment(due)}|{letter.mail_id}")


def promoted(node: Node, now: datetime, limit: int) -> None:
    """What had to wait and needn't any more goes with the others, before what is new."""
    for letter in read(node, LATER, limit, before=moment(now)):
        moved(node, letter, WAITS, f"{0:06d}|{letter.place[1]}")


def ended(node: Node, letter: Letter, kind: str, now: datetime, **said: Any) -> None:
    """It went, or never will: its content goes, what became of it is kept for a while."""
    ends = now + (SENT_KEPT if kind == SENT else FAILED_KEPT)
    told = {"kinds": sorted({item.kind for item in letter.items}), "tries": letter.tries, **said}
    come: Entry = (kind, f"{moment(now)}|{letter.mail_id}", told, letter.who, ends)
    node.store.vault.exchange([letter.place], [come])


def went(vault: Vault, now: datetime, *, since: timedelta, who: str | None = None) -> int:
    """How many mails have gone."""
    return vault.count(SENT, of=who, since=moment(now - since))


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """How it is with mail, for who keeps the node: no address is in it."""

    waiting_n: int
    sent_n: int
    """In the last 24 hours."""
    server: Mapping[str, Any] | None
    """Why the server takes none, since when, and when it is asked again."""
    failed: Sequence[Mapping[str, Any]]
    """What never went, the latest first."""


def state(node: Node) -> State:
    """As it is now."""
    vault = node.store.vault
    failed = sorted(vault.all(FAILED).items(), reverse=True)
    return State(
        waiting_n=sum(vault.count(kind) for kind in (WAITS, LATER, HANDED)),
        sent_n=went(vault, node.access.now, since=DAY),
        server=vault.get(SERVER, ""),
        failed=[{"at": key.partition("|")[0], **said} for key, said in failed],
    )
