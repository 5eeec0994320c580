"""A mail in words, and as bytes: plain text, in the language of the form to which it belongs."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from importlib.resources import files
from pathlib import Path

from birlik.kernel.catalogues import Catalogue, texts
from birlik.kernel.mailing.outbox import CONFIRM, CONFIRM_MAILBOX, Item, Letter
from birlik.kernel.node import Node
from birlik.said import again

OWN = Path(str(files(__package__) / "locale"))
SEVERAL = "{n} messages on what you sent"
SEVERAL_OWN = "{n} messages on what concerns you"
"""For who has an account."""
SEE = "See it, change it or withdraw it:"
SEE_OWN = "See it:"
DO = {CONFIRM: "Look at it, and confirm it:", CONFIRM_MAILBOX: "Sign in, and confirm it:"}
"""What is said before a link, by kind."""
WHY = (
    "You get this from {node} ({address}), since a form was filled in with this address. Whoever has the link can do "
    "the same with it as you: keep it to yourself. On its page you can also have the address forgotten."
)
WHY_ACCOUNT = (
    "You get this from {node} ({address}), since this address was given on an account's page there. On that page it "
    "can be forgotten."
)
_POLICY = SMTP.clone(max_line_length=76)


def catalogue(node: Node, language: str) -> Catalogue:
    """Of this room, and of the domains, which declare notices."""
    folders = [d.catalogue for d in node.domains if d.catalogue is not None]
    return texts((*folders, OWN)).get(language, {})


def composed(node: Node, letter: Letter, now: datetime) -> EmailMessage:
    """To one mailbox, with no header that anybody else has written."""
    mail = node.settings.mail
    assert mail is not None
    language = letter.items[0].language
    said = catalogue(node, language)
    made = EmailMessage(policy=_POLICY)
    made["From"] = Address(node.settings.title, addr_spec=mail.sender)
    made["To"] = Address(addr_spec=letter.items[0].to)
    made["Subject"] = subject(letter, said)
    made["Date"] = format_datetime(now)
    made["Message-ID"] = f"<{letter.mail_id}@{mail.sender.rpartition('@')[2]}>"
    # RFC 3834: no machine answers this one.
    made["Auto-Submitted"] = "auto-generated"
    made["X-Auto-Response-Suppress"] = "All"
    made.set_content(body(node, letter, said), cte="quoted-printable")
    made["Content-Language"] = language
    return made


def subject(letter: Letter, said: Catalogue) -> str:
    """In one line."""
    if len(letter.items) == 1:
        return again(letter.items[0].subject, {}, said.get)
    several = SEVERAL_OWN if any(item.who for item in letter.items) else SEVERAL
    return again(several, {"n": len(letter.items)}, said.get)


def body(node: Node, letter: Letter, said: Catalogue) -> str:
    """Each item with its link, then where it comes from and why."""
    parts = [_item(item, said) for item in letter.items]
    named = {"node": node.settings.title, "address": node.settings.address}
    reasons = dict.fromkeys(WHY_ACCOUNT if item.who else WHY for item in letter.items)
    why = "\n".join(again(reason, named, said.get) for reason in reasons)
    return "\n\n* * *\n\n".join(parts) + f"\n\n-- \n{why}\n"


def _item(item: Item, said: Catalogue) -> str:
    values = {name: said.get(value, value) for name, value in item.values.items()}
    lead = DO.get(item.kind, SEE_OWN if item.who else SEE)
    return f"{again(item.text, values, said.get)}\n\n{again(lead, {}, said.get)}\n{item.link}"
