"""Doing an act: looked at, decided and written down at one moment, with nothing in between.

What is journalled is what came of it, not what was asked: a rebuild takes that as it is, whatever the rules of a later
release would have said.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson

from birlik.errors import (
    BadRequest,
    Conflict,
    Malformed,
    Misdeclared,
    Refused,
    Unknown,
    UnknownSetting,
    Unnamed,
    Where,
    all_of,
)
from birlik.kernel import auditing, mailing, pipeline
from birlik.kernel.access import giving, unsaid
from birlik.kernel.access.acts import SEALED
from birlik.kernel.access.standing import ANYONE
from birlik.kernel.access.tables import GRANT
from birlik.kernel.acts import Act, Doing, Done, Keeper
from birlik.kernel.changes import Change, Says, versions
from birlik.kernel.changesets import MEDIA_TYPE, Changeset, written
from birlik.kernel.domain import Filter
from birlik.kernel.duties import Given
from birlik.kernel.erasure import KIND as ERASURE
from birlik.kernel.intake import Delivery, Intake, Receipt, Relabel
from birlik.kernel.members import Need, Role
from birlik.kernel.node import Node, StoreReader
from birlik.kernel.own import ACT
from birlik.kernel.own import OWN as OWN_ROOM
from birlik.kernel.policy import OWN, Kind, Labels, Marking, Principal
from birlik.kernel.registers import checked, tried
from birlik.kernel.store import Came, Prepared
from birlik.kernel.store.integrity import Begun, Found, Holds
from birlik.kernel.tables import Field, Type
from birlik.said import Said

A_MOMENT = timedelta(microseconds=1)
PUBLIC = Labels(marking=Marking.CLEAR, audience=("public",))


@dataclass(frozen=True, kw_only=True, slots=True)
class Ask:
    """An act that somebody asks for. Its parameters are right in themselves; whether it can be done, doing tells."""

    act: Act
    values: Mapping[str, Any]
    by: Principal
    act_id: str
    is_named: bool = False
    """Its sender named it, so it may have been done before."""
    labels: Labels | None = None
    expected: str | None = None
    file: bytes | None = None
    origin: str = ""


Recognise = Callable[[bytes, str, Mapping[str, str]], tuple[Intake, Mapping[str, str]]]


class NodesKeeper:
    """Implements `acts.Keeper`. recognise: in the place of the node's own, where others would feel that here."""

    def __init__(self, node: Node, recognise: Recognise | None = None) -> None:
        self._store, self.now = node.store, node.clock.now()
        self.intakes, self.registers, self.tables = node.intakes, node.registers, node.tables
        self.member, self.views, self._node = node.settings.member, node.views.named, node
        self.recognise, self.acts, self.duties = recognise or node.recognise, node.acts, node.duties
        self.plans = node.plans
        self.is_exercise = node.settings.exercise

    @property
    def held_before(self) -> datetime | None:
        """Grants and keys that were said until then don't hold."""
        return self._node.held_before

    def ever(self, table: str, key: Mapping[str, Any]) -> bool:
        """Was there ever a row with this key, for anybody?"""
        return self._node.reader(self._node.operator).ever(self.tables[table], key).latest is not None

    def stands(self, table: str, key: Mapping[str, Any]) -> bool:
        """Is there a row with this key, for anybody?"""
        return self._node.reader(self._node.operator).standing(self.tables[table], key).views != 0

    def to_erase(self, erasure_id: str) -> Mapping[str, str] | None:
        """Whom an erasure is about; None where that isn't known any more."""
        return self._store.vault.get(ERASURE, erasure_id) or None

    def unsaid(self, act: str, subject: str, by: str) -> Mapping[str, Any] | None:
        """None where they said nothing."""
        return self._node.unsaid(act, subject, by)

    def seen_by(self, table: str, where: Sequence[Any]) -> int:
        """The set of views that see any of these rows."""
        return self._node.reader(self._node.operator).seen_by(table, where=where)

    def holding(self, duty: str, within: str) -> Sequence[str]:
        """Within a row, or within all."""
        return self._node.access.holding(duty, within)

    def message(self, by: Principal, entry: Mapping[str, Any]) -> Any:
        """Of an entry of the quarantine. Raises Unknown."""
        return self._store.record(by, entry["message_id"], entry["source_id"])

    def came_of(self, by: Principal, act_id: str) -> Sequence[Came]:
        """As this reader sees it."""
        return self._store.reader(by).came_of(act_id)

    def backup(self, folder: Path) -> int:
        """Returns its bytes."""
        return self._node.backup(folder)

    def pin(self, by: Principal) -> datetime:
        """Returns the moment."""
        return self._store.pin(by)


class BeyondOf:
    """Implements `acts.Beyond`: it reads as the node's operator does, no other table than the act declares."""

    def __init__(self, node: Node, act: Act) -> None:
        self._node, self._act = node, act

    def rows(self, table: str, **told: Any) -> Any:
        """Raises Misdeclared."""
        if table not in self._act.beyond:
            raise Misdeclared(f"{self._act.name} looks at all rows of {table}, and doesn't declare it (`beyond`)")
        return self._node.reader(self._node.operator).rows(table, **told)


def act_named(node: Node, name: str) -> Act:
    """Raises Unknown, with the way to those that there are."""
    found = node.acts.get(name)
    if found is None:
        raise Unknown(f"no act {name!r}; there are {', '.join(node.acts) or 'none'}")
    return found


def may(principal: Principal, act: Act) -> bool:
    """Does its role allow it, and its key? Who acts sees what the node's own see; what readers do is each reader's."""
    if principal.form_id:
        return act.by_anyone and principal.has(Role.READER, _domain_of(act))
    if principal.kind is Kind.ANYONE:  # they read; what all of them did would be one party's
        return False
    if act.role is None or not principal.has(act.role, _domain_of(act)):
        return False
    if act.duty and principal.within(act.duty) == frozenset():
        return False
    if principal.is_device or (principal.acts is not None and act.name not in principal.acts):
        return False
    return principal.view == OWN or act.role in (Role.READER, Role.SUPPLIER, Need.SIGNED_IN)


def _domain_of(act: Act) -> str:
    """Where a right to do it must hold: in its domain; of the kernel's own acts, which touch any domain's rows, in all
    of them, but for what is done with what is one's own."""
    domain = act.name.partition("_")[0]
    return "" if domain == OWN_ROOM.name and act.role in (Role.READER, Role.SUPPLIER) else domain


def _value(field: Field, told: Mapping[str, Any]) -> Any:
    """Raises BadRequest."""
    given = told.get(field.name)
    if field.type is Type.JSON and isinstance(given, (dict, list)):
        given = orjson.dumps(given).decode()
    try:
        return checked(field, given, Where(field=field.name))
    except Malformed as error:
        said = Said("{field}: {reason}", field=field.name, reason=error.reason)
        raise BadRequest(said, parameter=field.name) from None


def asked(
    act: Act,
    told: Mapping[str, Any],
    by: Principal,
    *,
    sent_as: str | None = None,
    labels: Labels | None = None,
    expected: str | None = None,
    file: bytes | None = None,
    origin: str = "",
) -> Ask:
    """told: parameters as JSON has them. sent_as: the sender's own name for this very act, so that it is done once.

    Raises Refused, and BadRequest with the parameter that is wrong.
    """
    if not may(by, act):
        if not (by.is_somebody or by.form_id):
            raise Unnamed(f"{act.name} is for {act.role}s: sign in, or send a key")
        besides = f" who hold the duty {act.duty}" if act.duty else ""
        raise Refused(f"{act.name} is for {act.role}s{besides}")
    fields = {f.name: f for f in act.parameters}
    for name in told:
        if name not in fields:
            raise BadRequest(f"no parameter {name!r}; there are: {', '.join(fields) or 'none'}", parameter=name)
    asked_for = [f for f in act.parameters if f.name in told or not f.nullable]
    values = dict(zip([f.name for f in asked_for], all_of(*(partial(_value, f, told) for f in asked_for)), strict=True))
    if file is not None and not act.file:
        raise BadRequest(f"{act.name} takes no file", parameter="file")
    ground = f"{by.name}\x00{act.name}\x00{sent_as or uuid4().hex}"
    act_id = hashlib.sha256(ground.encode()).hexdigest()[:24]
    return Ask(
        act=act,
        values=values,
        by=by,
        act_id=act_id,
        is_named=sent_as is not None,
        labels=labels,
        expected=expected,
        file=file,
        origin=origin,
    )


def done_before(node: Node, ask: Ask) -> Receipt | None:
    """What came of the same act when it was first sent."""
    where = [Filter(column="act_id", operator="=", value=ask.act_id)]
    for row in node.reader(node.operator).rows(ACT.name, where=where, limit=1).to_pylist():
        return receipt_of(ask, orjson.loads(row["about"]), row["changes_n"], repeated=True)
    return None


def prepared(node: Node, ask: Ask) -> Prepared | Receipt:
    """Do it, on the rows as they are now: what is to be written, or what came of it before.

    To be called where nothing else is committed before what it returns. Raises what the act raises.
    """
    done = decided(node, ask, NodesKeeper(node))
    if isinstance(done, Receipt):
        return done
    if not (done.changes or done.relabels or done.sealed):
        seal(node, ask, done)
        return receipt_of(ask, done.about, 0)
    made = line(node, ask, done)
    auditing.decided(node, ask.act, ask.by, done)
    seal(node, ask, done)
    return made


def seal(node: Node, ask: Ask, done: Done) -> None:
    """Before the rows that speak of it are written: what nothing speaks of harms nobody, a row without it would. Mail
    that tells of the act waits there too, until the act is written."""
    mails = mailing.told(node, ask.act, ask.by, ask.act_id, done)
    if done.sealed or done.unsaid or mails:
        kept = [*done.sealed, *mails, *(unsaid.entry(node.key_file, one) for one in done.unsaid)]
        node.store.vault.put_all(kept)


def decided(node: Node, ask: Ask, keeper: Keeper) -> Done | Receipt:
    """What is to become of it, of which nothing is done yet; or what came of it before."""
    if ask.is_named and (before := done_before(node, ask)) is not None:
        return before
    done = ask.act.do(
        Doing(
            values=ask.values,
            reader=node.reader(ask.by),
            beyond=BeyondOf(node, ask.act),
            keeper=keeper,
            by=ask.by,
            act_id=ask.act_id,
            expected=ask.expected,
            file=ask.file,
            origin=ask.origin,
        )
    )
    _must_be_sealed(node, ask.act, done)
    return replace(done, changes=[*done.changes, *_granted(node, ask, done)]) if done.gives or done.takes else done


def _granted(node: Node, ask: Ask, done: Done) -> Iterator[Change]:
    """What it gives and takes."""

    def standing(given: Given) -> Sequence[Mapping[str, Any]]:
        told = {"duty": given.duty, "principal_id": given.to, "within": given.within or None}
        where = [Filter(column=n, operator="=", value=v) for n, v in told.items() if v is not None]
        rows: Sequence[Mapping[str, Any]] = node.reader(node.operator).rows(GRANT.name, where=where).to_pylist()
        return [row for row in rows if (row["within"] or "") == given.within]

    return giving.changes(
        ask.act, done, by=ask.by, act_id=ask.act_id, duties=node.duties, tables=node.tables, who=node.access.row,
        standing=standing,
    )  # fmt: skip


def _must_be_sealed(node: Node, act: Act, done: Done) -> None:
    """A secret stands in a row by the name under which the vault has it. Raises Misdeclared for an act that says it."""
    sealed = {key for kind, key, *_ in done.sealed if kind == SEALED}
    for change in done.changes:
        fields = node.store.catalogue.tables[change.table].by_name
        for name, value in change.row.items():
            if not fields[name].is_secret or value is None or value in sealed:
                continue
            if node.store.vault.get(SEALED, value) is None:
                raise Misdeclared(f"{act.name} says {change.table}.{name}, which is a secret: it has to be sealed")


def line(node: Node, ask: Ask, done: Done) -> Prepared:
    """The act's own line, and the versions of rows that it makes: what is written of it."""
    reader = node.reader(ask.by)
    changes = whole(node, reader, done)
    now = node.clock.now()
    made = Changeset(
        act_id=ask.act_id,
        act=ask.act.name,
        by=ANYONE if ask.act.is_unsigned else ask.by.name,
        acted_time=now,
        table=ask.act.table,
        about=done.about,
        changes=[_seen(node, reader, change, ask, now) for change in changes],
        relabels=[_relabel(node, *each) for each in done.relabels],
        touched_n=touched_n(done, len(changes)),
    )
    delivery = Delivery(
        body=written(made, veiled=_is_veiled(node, changes)), media_type=MEDIA_TYPE, source_id=_sender(ask),
        received_time=now, labels=Labels(),
    )  # fmt: skip
    ready = pipeline.prepare(node, delivery)
    for name, rows in ready.decoded.rows.items():
        if name in node.registers:
            tried(node.registers[name], rows, node.trial)
    told = receipt_of(ask, done.about, made.touched_n).result
    return pipeline.with_result(ready, {**told, "once": dict(done.once)} if done.once else told)


def _is_veiled(node: Node, changes: Sequence[Change]) -> bool:
    """Is there a row among them that no role reads?"""
    tables = node.store.catalogue.tables
    return any(tables[change.table].role is Need.NAMED for change in changes)


def _sender(ask: Ask) -> str:
    """As whose it is taken in: all forms of who has no account are one sender."""
    return ANYONE if ask.by.form_id or ask.act.is_unsigned else ask.by.name


def _relabel(node: Node, table: str, key: Mapping[str, Any], labels: Labels) -> Relabel:
    try:
        views = node.views.of(labels)
    except UnknownSetting as error:
        raise BadRequest(Said("audience: {reason}", reason=error), parameter="audience") from None
    return Relabel(table=table, key=key, seen_by=node.views.names_of(views))


def touched_n(done: Done, changes_n: int) -> int:
    """How many rows an act touches, in whatever way."""
    return changes_n + sum(len(rows) for rows in done.touched.values())


def receipt_of(ask: Ask, about: Mapping[str, Any], changes_n: int, *, repeated: bool = False) -> Receipt:
    """What who acts is told; of what depends on others no more than that it was done."""
    changes_n = min(changes_n, 1) if ask.act.beyond else changes_n
    told = {"act_id": ask.act_id, "about": dict(about), "changes_n": changes_n, "repeated": repeated}
    if ask.act.is_unsaid and not changes_n:
        # Nobody sees a change yet, and who did it must not think that nothing was taken.
        told["untold"] = True
    return Receipt(
        message_id="",
        accepted=changes_n,
        duplicates=0,
        refused=(),
        repeated=repeated,
        result=told,
    )


def _seen(node: Node, reader: StoreReader, change: Change, ask: Ask, now: datetime) -> tuple[Change, tuple[str, ...]]:
    """A change at its time, and who may see it: as they see the row; its end, all who saw any of it."""
    table = node.store.catalogue.tables[change.table]
    if ask.by.form_id or not node.store.catalogue.may_read(reader.principal, table.name):
        reader = node.reader(node.operator)  # when it was said last, and for whom it stands, is the node's to know
    standing = reader.standing(table, change.row)
    # What has ended may have done so a moment ahead of the clock.
    latest = standing.latest if standing.views else reader.ever(table, change.row).latest
    row = dict(change.row)
    if table.rule is not None and table.rule.time:
        # Never before what it changes, whatever the clock of who said that.
        row[table.rule.time] = now if latest is None else max(now, latest + A_MOMENT)
    begins = change.says is Says.WHOLE and not standing.views
    # Registers are what everyone's figures rest on: a hidden edit would show in visible figures.
    labels = PUBLIC if table.is_register else ask.labels or node.labels_of(ask.by.name)
    mask = node.views.of(labels) if begins or table.is_register else standing.views
    if change.views is not None:
        mask = change.views
    if change.says is Says.END:
        mask |= reader.ever(table, change.row).views
    return Change(change.table, row, change.says), node.views.names_of(mask | 1)


def whole(node: Node, reader: StoreReader, done: Done) -> list[Change]:
    """Its changes with the ends that follow from its ends. Raises BadRequest, Conflict."""
    tables = node.store.catalogue.tables
    changes: dict[str, list[Change]] = {}
    for change in done.changes:
        changes.setdefault(change.table, []).append(change)
    rows = {name: versions(tables[name], each) for name, each in changes.items()}
    catalogue, owner = node.store.catalogue, node.reader(node.operator)

    def find(table: str, column: str, values: Sequence[Any]) -> Any:
        # Of what its doer may not read at all, what the act itself has checked holds: whose they are it knows.
        may_read = catalogue.may_read(reader.principal, table)
        return (reader if may_read else owner).find(table, column, values)

    found = node.store.integrity.of(rows, find, Begun())
    _must_be_clean(tables, rows, found)
    return [*done.changes, *(change for each in found.cascade.values() for change in each)]


def _must_be_clean(tables: Mapping[str, Any], rows: Mapping[str, Any], found: Found) -> None:
    for name, index, column in found.dangling:
        value, target = rows[name].column(column)[index].as_py(), tables[name].references[column].table
        why = Said("{value} is not in {table}, or is for others only", value=repr(value), table=target)
        raise BadRequest(Said("{field}: {reason}", field=column, reason=why), parameter=column)
    if found.holding:
        raise Conflict(_held(tables, found.holding))


def _held(tables: Mapping[str, Any], holding: Any) -> str:
    held: dict[str, list[Holds]] = {}
    for each in holding:
        held.setdefault(each.by, []).append(each)
    said = []
    for by, rows in held.items():
        named = ", ".join(" ".join(map(str, each.key)) for each in rows[:3])
        said.append(f"{tables[by].title} {named}" + (f" and {len(rows) - 3} more" if len(rows) > 3 else ""))
    return Said("it can't end while these refer to it: {rows}. End or change those first", rows="; ".join(said))
