"""The one way in which a node sends mail: what is to be told is put into the outbox with the act, and leaves after it.

Addresses are personal. They stand in the vault, encrypted by the key file, and nowhere else: not in rows, the journal,
logs or the audit log.
"""

from collections.abc import Sequence

from birlik.kernel.mailing.notices import confirm, confirm_mailbox, told
from birlik.kernel.mailing.outbox import state
from birlik.kernel.mailing.reminding import remind
from birlik.kernel.mailing.sending import send_due, serve

__all__: Sequence[str] = ["confirm", "confirm_mailbox", "remind", "send_due", "serve", "state", "told"]
