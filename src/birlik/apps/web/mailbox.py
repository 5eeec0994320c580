"""The address at which somebody with an account is written to: given on its page, and confirmed there by a mail."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from birlik.apps.web.door import Door
from birlik.apps.web.letting import NO_STORE
from birlik.apps.web.sight import Sight
from birlik.errors import BadRequest, Unknown
from birlik.kernel import mailing
from birlik.kernel.access import mailboxes
from birlik.kernel.access.sessions import Session
from birlik.kernel.mailing.notices import ACCOUNT, CODE
from birlik.said import Said
from birlik.standards.mail_address import checked

SECTION = "mailbox"
"""Of the page; under it stands what went wrong."""
_GONE = Said("this was confirmed before, is older than 24 hours, or is of another account: give the address once more")


def section(request: Request, sight: Sight, who: str) -> Mapping[str, Any] | None:
    """What the page tells of it; None where the node sends no mail."""
    node = sight.node
    if node.settings.mail is None:
        return None
    vault, file, now = node.store.vault, node.key_file, node.access.now
    box, waits = mailboxes.of(vault, file, who), mailboxes.waits(vault, file, who, now)
    return {
        "address": box.address if box is not None else "",
        "waits": waits.address if waits is not None else "",
        "code": request.query_params.get(CODE, "")[:100] if waits is not None else "",
    }


def asked(sight: Sight, session: Session, came: Mapping[str, Any]) -> Response:
    """A mail goes there, by which it is confirmed. Raises BadRequest, TooMany, Unknown."""
    node = sight.node
    _must_be_sent(sight)
    box = mailboxes.Mailbox(address=checked(str(came.get("address", ""))), language=sight.words.language)
    who = session.principal_id
    token, kept = mailboxes.ask(node.store.vault, node.key_file, who, box, node.access.now)
    node.store.vault.exchange([], [*kept, *mailing.confirm_mailbox(node, who, box, token)])
    return _back("mailbox-asked")


def confirmed(sight: Sight, session: Session, came: Mapping[str, Any]) -> Response:
    """By what stood in the mail. Raises BadRequest, Unknown."""
    node = sight.node
    _must_be_sent(sight)
    token = str(came.get(CODE, ""))
    if mailboxes.confirm(node.store.vault, node.key_file, session.principal_id, token, node.access.now) is None:
        raise BadRequest(_GONE)
    return _back("mailbox")


def forgotten(door: Door, session: Session) -> Response:
    """Nothing of it is kept."""
    mailboxes.forget(door.node.store.vault, session.principal_id)
    return _back("mailbox-ended")


def _must_be_sent(sight: Sight) -> None:
    if sight.node.settings.mail is None:
        raise Unknown("this node sends no mail")


def _back(did: str) -> Response:
    return RedirectResponse(f"{ACCOUNT}?did={did}", 303, headers=NO_STORE)
