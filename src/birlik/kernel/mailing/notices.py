"""Who is to be told what: out of what an act declares, and what it does."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from birlik.kernel.access import forms
from birlik.kernel.acts import Act, Done, Entry, Notice
from birlik.kernel.changes import Change, Says
from birlik.kernel.mailing.addresses import who_of
from birlik.kernel.mailing.outbox import CONFIRM, STOP, Item, begun, moment
from birlik.kernel.node import Node
from birlik.kernel.policy import Principal
from birlik.kernel.tables import Table

CONFIRM_SUBJECT = "Please confirm what you sent"
CONFIRM_TEXT = (
    "Somebody, you we hope, has filled in the form “{title}” and given this address. Nobody reads it until you confirm "
    "it, within 24 hours, on the page of the link. If it wasn't you, do nothing: it goes by itself. On that page you "
    "can also say that you don't want to be written to."
)
MOST_LETTERS = 500
"""Of one value in a mail: the whole is behind the link."""


def told(node: Node, act: Act, by: Principal, act_id: str, done: Done) -> Sequence[Entry]:
    """What goes into the outbox with an act. Nothing where the node has no mail, or those whom it is about none."""
    if node.settings.mail is None or not act.tells:
        return ()
    return [each for notice in act.tells for each in _of(node, act, notice, by, act_id, done)]


def _of(node: Node, act: Act, notice: Notice, by: Principal, act_id: str, done: Done) -> Iterator[Entry]:
    table = node.store.catalogue.tables[notice.table or act.table]
    column = notice.to or (table.party.column if table.party is not None else "")
    for row in _rows(node, table, [c for c in done.changes if c.table == table.name and c.says is not Says.END]):
        name = str(row.get(column) or "")
        if any(str(row.get(each) or "") not in values for each, values in notice.when.items()):
            continue
        if name == by.name or (found := forms.reached(node.store.vault, node.key_file, name)) is None:
            continue
        values = {each: _plain(row.get(each)) for each in notice.placeholders}
        yield _entry(node, found, f"{act.name}.{notice.name}", notice.subject, notice.text, values, act_id)


def _rows(node: Node, table: Table, changes: Sequence[Change]) -> Iterator[Mapping[str, Any]]:
    """As the act leaves them."""
    parts = [change for change in changes if change.says is not Says.WHOLE]
    before: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    if parts:
        first = table.key[0]
        values = list(dict.fromkeys(change.row[first] for change in parts))
        found = node.reader(node.operator).find(table.name, first, values)
        before = {tuple(row[name] for name in table.key): row for row in found.to_pylist()}
    for change in changes:
        yield {**before.get(tuple(change.row[name] for name in table.key), {}), **change.row}


def _plain(value: Any) -> str:
    """In one line: nothing in it makes a line of its own, nor a field of a mail's head."""
    text = " ".join("".join(c if c.isprintable() else " " for c in str(value if value is not None else "")).split())
    return text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS]}…"


def _entry(
    node: Node, to: forms.Reached, kind: str, subject: str, text: str, values: Mapping[str, str], act_id: str = "",
    rank: int = 0,
) -> Entry:  # fmt: skip
    now = node.access.now
    item = Item(
        kind=kind,
        to=to.address,
        form_id=to.form_id,
        language=to.language,
        subject=subject,
        text=text,
        values=values,
        link=f"{node.settings.address}{forms.PATH}/{to.token}",
        act_id=act_id,
        since=moment(now),
    )
    return begun(node.key_file, who_of(node.key_file, to.address), item, now, rank)


def confirm(node: Node, act: Act, to: forms.Reached, rank: int) -> Sequence[Entry]:
    """The mail by which a form is confirmed. It has no word of who filled that in: else anybody could have the node
    write theirs to a stranger. Nothing where they want none."""
    if node.store.vault.get(STOP, who_of(node.key_file, to.address)) is not None:
        return ()
    return [_entry(node, to, CONFIRM, CONFIRM_SUBJECT, CONFIRM_TEXT, {"title": act.title}, rank=rank)]
