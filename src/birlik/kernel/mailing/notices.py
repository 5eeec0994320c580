"""Who is to be told what: out of what an act declares, and what it does."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from birlik.kernel.access import forms, mailboxes
from birlik.kernel.acts import Act, Done, Entry, Notice
from birlik.kernel.changes import Change, Says
from birlik.kernel.mailing.addresses import who_of
from birlik.kernel.mailing.outbox import CONFIRM, CONFIRM_MAILBOX, STOP, Item, begun, moment
from birlik.kernel.node import Node
from birlik.kernel.policy import Principal
from birlik.kernel.tables import Table

CONFIRM_SUBJECT = "Please confirm what you sent"
CONFIRM_TEXT = (
    "Somebody, you we hope, has filled in the form “{title}” and given this address. Nobody reads it until you confirm "
    "it, within 24 hours, on the page of the link. If it wasn't you, do nothing: it goes by itself. On that page you "
    "can also say that you don't want to be written to."
)
MAILBOX_SUBJECT = "Please confirm your address"
MAILBOX_TEXT = (
    "Somebody, you we hope, wants to be written to here about what concerns their account. Confirm it within 24 hours, "
    "signed in to that account. If it wasn't you, do nothing: nothing more is sent."
)
ACCOUNT, CODE = "/account", "confirm"
"""Where who has an account looks after it; the name under which what confirms an address stands there."""
MOST_LETTERS = 500
"""Of one value in a mail: the whole is behind the link."""


@dataclass(frozen=True, slots=True)
class To:
    """Who is told, and where."""

    address: str
    language: str
    link: str
    form_id: str = ""
    who: str = ""


def told(node: Node, act: Act, by: Principal, act_id: str, done: Done) -> Sequence[Entry]:
    """What goes into the outbox with an act. Nothing where the node has no mail, or those whom it is about none."""
    if node.settings.mail is None or not act.tells:
        return ()
    return [each for notice in act.tells for each in _of(node, act, notice, by, act_id, done)]


def _of(node: Node, act: Act, notice: Notice, by: Principal, act_id: str, done: Done) -> Iterator[Entry]:
    table = node.store.catalogue.tables[notice.table or act.table]
    for row in _told_of(node, notice, table, done):
        if names(notice, table, row) != by.name:
            yield from entries(node, notice, table, row, f"{act.name}.{notice.name}", act_id)


def _told_of(node: Node, notice: Notice, table: Table, done: Done) -> Iterator[Mapping[str, Any]]:
    """The rows that name who is told, as the act leaves them."""
    changed = node.store.catalogue.tables[notice.of] if notice.of else table
    meant = (Says.WHOLE,) if notice.is_of_new else (Says.WHOLE, Says.PART)
    rows = _rows(node, changed, [c for c in done.changes if c.table == changed.name and c.says in meant])
    if not notice.of:
        yield from rows
        return
    values = list(dict.fromkeys(row[notice.on] for row in rows if row.get(notice.on)))
    if values:
        yield from node.reader(node.operator).find(table.name, notice.on, values).to_pylist()


def names(notice: Notice, table: Table, row: Mapping[str, Any]) -> str:
    """Who is told of a row."""
    return str(row.get(notice.to or (table.party.column if table.party is not None else "")) or "")


def is_meant(notice: Notice, row: Mapping[str, Any]) -> bool:
    """Is anybody told of a row?"""
    return all(str(row.get(each) or "") in values for each, values in notice.when.items())


def entries(
    node: Node, notice: Notice, table: Table, row: Mapping[str, Any], kind: str, act_id: str = ""
) -> Iterator[Entry]:
    """What goes into the outbox for a row; nothing where nobody is told of it, or they can't be written to."""
    if not is_meant(notice, row) or (to := _to(node, notice, table, names(notice, table, row))) is None:
        return
    values = {each: _plain(row.get(each)) for each in notice.placeholders}
    yield _entry(node, to, kind, notice.subject, notice.text, values, act_id)


def _to(node: Node, notice: Notice, table: Table, name: str) -> To | None:
    """The holder of a form by its address, or somebody by that of their account."""
    if (form := forms.reached(node.store.vault, node.key_file, name)) is not None:
        return by_form(node, form)
    box = mailboxes.of(node.store.vault, node.key_file, name)
    if box is None or node.access.row(name) is None:
        return None
    domain = node.store.catalogue.needs[table.name][1]
    page = f"/{domain}/{notice.page}" if notice.page else ACCOUNT
    return To(box.address, box.language, f"{node.settings.address}{page}", who=name)


def by_form(node: Node, form: forms.Reached) -> To:
    """Who holds its link."""
    return To(form.address, form.language, f"{node.settings.address}{forms.PATH}/{form.token}", form_id=form.form_id)


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
    node: Node, to: To, kind: str, subject: str, text: str, values: Mapping[str, str], act_id: str = "", rank: int = 0
) -> Entry:
    now = node.access.now
    item = Item(
        kind=kind,
        to=to.address,
        form_id=to.form_id,
        who=to.who,
        language=to.language,
        subject=subject,
        text=text,
        values=values,
        link=to.link,
        act_id=act_id,
        since=moment(now),
    )
    return begun(node.key_file, who_of(node.key_file, to.address), item, now, rank)


def confirm(node: Node, act: Act, to: forms.Reached, rank: int) -> Sequence[Entry]:
    """The mail by which a form is confirmed. It has no word of who filled that in: else anybody could have the node
    write theirs to a stranger. Nothing where they want none."""
    if node.store.vault.get(STOP, who_of(node.key_file, to.address)) is not None:
        return ()
    said = {"title": act.title}
    return [_entry(node, by_form(node, to), CONFIRM, CONFIRM_SUBJECT, CONFIRM_TEXT, said, rank=rank)]


def confirm_mailbox(node: Node, who: str, box: mailboxes.Mailbox, token: str) -> Sequence[Entry]:
    """The mail by which an address becomes an account's. Nothing where they want none."""
    if node.store.vault.get(STOP, who_of(node.key_file, box.address)) is not None:
        return ()
    link = f"{node.settings.address}{ACCOUNT}?{CODE}={token}"
    to = To(box.address, box.language, link, who=who)
    return [_entry(node, to, CONFIRM_MAILBOX, MAILBOX_SUBJECT, MAILBOX_TEXT, {})]
