"""What waits in the outbox, handed to the mail server: each once, or it is said that nobody can know.

Up to the last dot of a mail the server doesn't have it, so whatever fails before is tried again. That it is about to be
handed over is on the disk before its first byte leaves; where no answer comes (a kill, a broken line), the server may
have it: it is handed over once more under the same Message-ID, by which a reader's program knows it, and then no more.
"""

import asyncio
import logging
import re
import ssl
import threading
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import aiosmtplib

from birlik.errors import BirlikError
from birlik.kernel.access import forms, mailboxes
from birlik.kernel.domain import Filter
from birlik.kernel.mailing import outbox
from birlik.kernel.mailing.letters import composed
from birlik.kernel.mailing.outbox import (
    CONFIRM,
    CONFIRM_MAILBOX,
    DAY,
    FAILED,
    HANDED,
    HOUR,
    SENT,
    SERVER,
    STOP,
    WAITS,
    Item,
    Letter,
)
from birlik.kernel.mailing.reminding import remind
from birlik.kernel.node import Node
from birlik.kernel.own import ACT
from birlik.kernel.priority import give_way
from birlik.settings import Mail

AT_ONCE, EVERY_S = 50, 1.0
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=15), timedelta(hours=1)
"""After which the server is asked again; it doubles."""
AGAIN, LONGEST_AGAIN = timedelta(minutes=1), timedelta(hours=6)
"""After which one mail is tried again that the server doesn't take now; it becomes four times as long."""
WRITTEN_WITHIN = timedelta(minutes=10)
"""An act that isn't written by then never was."""
MOST_UNSURE = 2
LOOKED_EVERY = timedelta(minutes=10)
"""Whether anything is due of which somebody is to be told."""
_ADDRESS = re.compile(r"\S+@\S+")

log = logging.getLogger("birlik")


class _Down(Exception):
    """The server takes nothing now."""


def serve(node: Node, stop: threading.Event) -> None:
    """In a thread of its own, until it is to stop: a mail server that is slow, or away, keeps nobody waiting but
    mails."""
    give_way()
    looked: datetime | None = None
    while not stop.wait(EVERY_S):
        try:
            if looked is None or node.access.now - looked >= LOOKED_EVERY:
                looked = node.access.now
                remind(node)
            send_due(node)
        except BirlikError as error:
            log.warning("mail waits: %s", error)
        except Exception:
            log.exception("sending mail failed; it is tried again")


def send_due(node: Node) -> int:
    """Hand over what may go now; returns how many mails went. From one thread. Raises StoreUnavailable, NotANode."""
    mail, vault, now = node.settings.mail, node.store.vault, node.access.now
    if mail is None:
        return 0
    _know_again(node, now)
    server = vault.get(SERVER, "")
    if server is not None and server["again"] > outbox.moment(now):
        return 0
    outbox.promoted(node, now, AT_ONCE)
    if not (ready := _ready(node, mail, now)):
        return 0
    sent, why = asyncio.run(_serve(node, mail, ready))
    if why:
        _pause(node, server, why)
    elif server is not None:
        vault.drop(SERVER)
    return sent


def _know_again(node: Node, now: datetime) -> None:
    """What was being handed over when we were stopped."""
    for letter in outbox.read(node, HANDED, AT_ONCE):
        _unsure(node, letter, now, "the node was stopped while it was handed over")


def _ready(node: Node, mail: Mail, now: datetime) -> list[Letter]:
    """Those that may go now, gathered by mailbox."""
    left = mail.per_hour - outbox.went(node.store.vault, now, since=HOUR)
    made: dict[str, Letter | None] = {}
    for found in outbox.read(node, WAITS, max(0, min(left, AT_ONCE))):
        if found.who in made:
            continue
        letter = outbox.gathered(node, found)
        if outbox.went(node.store.vault, now, since=DAY, who=found.who) < mail.per_day:
            made[found.who] = _standing(node, letter, now)
        else:
            made[found.who] = None
            outbox.later(node, letter, now + HOUR)
    return [letter for letter in made.values() if letter is not None]


def _standing(node: Node, letter: Letter, now: datetime) -> Letter | None:
    """Without what needn't be said any more; None where nothing is left, or an act isn't written yet."""
    left = tuple(item for item in letter.items if _stands(node, letter, item))
    if not left:
        node.store.vault.exchange([letter.place], [])
        return None
    young = outbox.moment(now - WRITTEN_WITHIN)
    written = tuple(item for item in left if not item.act_id or _is_written(node, item.act_id))
    kept = written if all(item.since < young or item in written for item in left) else left
    if not kept:
        node.store.vault.exchange([letter.place], [])
        return None
    letter = replace(letter, items=kept)
    return letter if len(written) == len(kept) else None


def _stands(node: Node, letter: Letter, item: Item) -> bool:
    vault = node.store.vault
    if item.kind == CONFIRM:
        return forms.is_unconfirmed(vault, item.form_id, node.access.now) and vault.get(STOP, letter.who) is None
    if item.who:
        of = mailboxes.of if item.kind != CONFIRM_MAILBOX else partial(mailboxes.waits, now=node.access.now)
        box = of(vault, node.key_file, item.who)
        return box is not None and box.address == item.to
    return forms.reached(vault, node.key_file, f"{forms.PARTY}{item.form_id}") is not None


def _is_written(node: Node, act_id: str) -> bool:
    where = [Filter(column="act_id", operator="=", value=act_id)]
    return len(node.reader(node.operator).rows(ACT.name, where=where, columns=["act_id"], limit=1)) > 0


# --- handing over ---------------------------------------------------------------------------------------------


def client(node: Node, mail: Mail) -> aiosmtplib.SMTP:
    """Not yet connected. Raises UnknownSetting."""
    return aiosmtplib.SMTP(
        hostname=mail.host,
        port=mail.port,
        username=mail.user or None,
        password=mail.secret() or None,
        use_tls=mail.security == "tls",
        start_tls=mail.security == "starttls",
        tls_context=ssl.create_default_context(cafile=mail.ca or None) if mail.security != "none" else None,
        timeout=mail.timeout_s,
        # Else the machine's own name would be looked up, and told.
        local_hostname=urlsplit(node.settings.address).hostname,
    )


async def _serve(node: Node, mail: Mail, letters: list[Letter]) -> tuple[int, str]:
    """(how many went, why the server takes no more)."""
    sent = 0
    try:
        smtp = client(node, mail)
        await smtp.connect()
    except (aiosmtplib.SMTPException, OSError, ssl.SSLError, BirlikError) as error:
        return 0, _words(error)
    try:
        for letter in letters:
            sent += await _hand(node, mail, smtp, letter)
        await smtp.quit()
    except _Down as error:
        return sent, str(error)
    except (aiosmtplib.SMTPException, OSError) as error:
        log.debug("the mail server didn't take leave: %s", _words(error))
    finally:
        smtp.close()
    return sent, ""


async def _hand(node: Node, mail: Mail, smtp: aiosmtplib.SMTP, letter: Letter) -> bool:
    """Raises _Down."""
    now, said = node.access.now, composed(node, letter, node.access.now).as_bytes()
    try:
        await smtp.mail(mail.sender)
    except (aiosmtplib.SMTPException, OSError) as error:  # it takes none from us at all
        raise _Down(_words(error)) from error
    try:
        await smtp.rcpt(letter.items[0].to)
    except aiosmtplib.SMTPResponseException as error:
        _not_taken(node, letter, error, now)
        await _afresh(smtp)
        return False
    except (aiosmtplib.SMTPException, OSError) as error:
        raise _Down(_words(error)) from error
    handed = outbox.moved(node, letter, HANDED, letter.mail_id)
    try:
        await smtp.data(said)
    except aiosmtplib.SMTPServerDisconnected as error:
        _unsure(node, handed, now, _words(error))
        raise _Down(_words(error)) from error
    except aiosmtplib.SMTPResponseException as error:
        _not_taken(node, handed, error, now)
        await _afresh(smtp)
        return False
    except (aiosmtplib.SMTPException, OSError) as error:
        _unsure(node, handed, now, _words(error))
        raise _Down(_words(error)) from error
    outbox.ended(node, handed, SENT, now, unsure=handed.unsure)
    for item in handed.items:
        if item.kind == CONFIRM:
            forms.asked(node.store.vault, item.form_id, now)
    return True


async def _afresh(smtp: aiosmtplib.SMTP) -> None:
    """Raises _Down."""
    try:
        await smtp.rset()
    except (aiosmtplib.SMTPException, OSError) as error:
        raise _Down(_words(error)) from error


def _not_taken(node: Node, letter: Letter, error: aiosmtplib.SMTPResponseException, now: datetime) -> None:
    """For good (5xx), or for now."""
    tried = replace(letter, tries=letter.tries + 1)
    if error.code >= 500:
        outbox.ended(node, tried, FAILED, now, state="refused", code=error.code, said=_words(error))
        return
    _again(node, tried, now, "given up", _words(error))


def _again(node: Node, letter: Letter, now: datetime, over: str, why: str) -> None:
    pause = min(AGAIN * 4 ** (letter.tries - 1), LONGEST_AGAIN)
    if letter.items[0].since < outbox.moment(now - outbox.GIVEN_UP):
        outbox.ended(node, letter, FAILED, now, state=over, said=why)
        return
    outbox.later(node, letter, now + pause)


def _unsure(node: Node, letter: Letter, now: datetime, why: str) -> None:
    """The server may have it."""
    tried = replace(letter, tries=letter.tries + 1, unsure=letter.unsure + 1)
    if tried.unsure >= MOST_UNSURE:
        outbox.ended(node, tried, FAILED, now, state="unknown", said=why)
    else:
        _again(node, tried, now, "unknown", why)


def _pause(node: Node, before: Any, why: str) -> None:
    now = node.access.now
    tries = (before or {}).get("tries", 0) + 1
    again = now + min(FIRST_PAUSE * 2 ** min(tries - 1, 20), LONGEST_PAUSE)
    since = (before or {}).get("since") or outbox.moment(now)
    said = {"since": since, "again": outbox.moment(again), "tries": tries, "said": why}
    node.store.vault.put(SERVER, "", said)
    if tries == 1:
        log.warning("mail waits: %s", why)


def _words(error: BaseException) -> str:
    """What a server said, without the address that it repeats."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        text = f"{error.code} {error.message}"
    else:
        text = str(error) or type(error).__name__
    return _ADDRESS.sub("…@…", " ".join(text.split()))[:300]
