"""What is told because its time comes: looked up by its moment, told once, and anew where the moment is moved."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from birlik.kernel.acts import Entry
from birlik.kernel.domain import Reminder
from birlik.kernel.mailing.notices import entries, is_meant
from birlik.kernel.node import Node

TOLD = "mail-reminded"
"""Kind of the vault's entries: of what somebody was reminded, until it is over."""
MOST = 1_000
"""Rows that are held at once; all that are due are looked at."""


def remind(node: Node) -> int:
    """Put into the outbox what is due soon and was not told yet; returns how many mails that are. From one thread, that
    of the mails. Raises StoreUnavailable, NotANode."""
    if node.settings.mail is None:
        return 0
    return sum(_remind(node, reminder) for domain in node.domains for reminder in domain.reminders)


def _remind(node: Node, reminder: Reminder) -> int:
    vault, now, made = node.store.vault, node.access.now, 0
    for key, row in _due(node, reminder, now):
        if vault.get(TOLD, key) is not None:
            continue
        table = node.store.catalogue.tables[reminder.notice.table]
        mails = list(entries(node, reminder.notice, table, row, f"{table.name}.{reminder.notice.name}"))
        if mails:
            told: Entry = (TOLD, key, {}, table.name, row[reminder.due])
            vault.exchange([], [*mails, told])
        made += len(mails)
    return made


def _due(node: Node, reminder: Reminder, now: datetime) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(what tells it from all others, row) of what holds and is due within its time, the first due first."""
    table, notice = node.store.catalogue.tables[reminder.notice.table], reminder.notice
    reader, begin = node.reader(node.operator), 0
    while rows := reader.due(table, reminder.due, now, now + reminder.ahead, begin, MOST).to_pylist():
        for row in rows:
            key = "|".join(str(row[name]) for name in table.key)
            if is_meant(notice, row):
                yield f"{notice.name}|{table.name}|{key}|{row[reminder.due].isoformat()}", row
        begin += MOST
