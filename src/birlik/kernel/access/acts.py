"""What administrators do about who gets in: begin and end principals, grants and keys; and links that are used once."""

import hashlib
import ipaddress
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from birlik.errors import BadRequest, Conflict, Refused, Unknown
from birlik.kernel.access import keys
from birlik.kernel.access.held import holds, listed
from birlik.kernel.access.standing import ANY
from birlik.kernel.access.tables import ACTIVE, GRANT, KEY, ORGANISATION, PRINCIPAL, PROPOSED
from birlik.kernel.acts import Act, Doing, Done, Entry
from birlik.kernel.changes import Change, Says
from birlik.kernel.editing import edits_of, standing
from birlik.kernel.members import Role
from birlik.kernel.policy import EVERY_RIGHT, Kind
from birlik.kernel.query import Filter
from birlik.kernel.tables import Field, Table, Type
from birlik.said import Said

LINK, SEALED, LAST_USE, CAME, RESTORED = "link", "sealed", "last use", "came", "restored"
"""Kinds of entries of the vault. Of the last uses the one without a key is the clock's own latest."""
SESSIONS_ENDED = "sessions ended"
"""And: when all sessions of somebody were ended by another."""
RESTORE = "birlik_restore_confirm"
LINK_HOLDS = timedelta(hours=24)
BOTH_HOLD_HOURS = 24 * 90
"""Of a key and the next one, at most."""
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")
ABROAD = frozenset({Role.READER, Role.SUPPLIER})
"""What somebody of another state can be here."""
ISSUED = frozenset({Role.READER, Role.OPERATOR})
"""What somebody can be for whom another issuer vouches."""


def must_be_name(field: str, text: str) -> None:
    """Raises BadRequest."""
    if not NAME.fullmatch(text):
        why = Said("2 to 64 of a-z, 0-9, point, dash and underscore, such as ministry.desk")
        raise BadRequest(Said("{field}: {reason}", field=field, reason=why), parameter=field)


def wrong(field: str, reason: str) -> BadRequest:
    """What is wrong with one parameter."""
    return BadRequest(Said("{field}: {reason}", field=field, reason=reason), parameter=field)


def _one(table: Table, doing: Doing, key: str) -> Mapping[str, Any]:
    """Raises Unknown."""
    where = [Filter(column=table.key[0], operator="=", value=key)]
    found: list[Mapping[str, Any]] = doing.reader.rows(table.name, where=where, limit=1).to_pylist()
    if not found:
        raise Unknown(Said("no such row in {table}, or none that you may see", table=table.name))
    return found[0]


def sealed(doing: Doing, table: Table, key: str, value: str, of: str) -> tuple[str, Entry]:
    """(what stands in the row, what goes into the vault)."""
    ref = hashlib.sha256(f"{doing.act_id}\0{table.name}\0{key}".encode()).hexdigest()[:24]
    return ref, (SEALED, ref, {"value": value}, of, None)


# --- principals -----------------------------------------------------------------------------------------------------


def _added(doing: Doing) -> Done:
    told = doing.values
    name = told["principal_id"]
    must_be_name("principal_id", name)
    if doing.keeper.ever(PRINCIPAL.name, {"principal_id": name}):
        raise Conflict(Said("somebody is or was called {name} here: take another name", name=name))
    made = principal_row(doing, name, Kind(told["kind"]), told["name"])
    made |= {"state": told.get("state") or doing.keeper.member, "organisation_id": told.get("organisation_id")}
    if len(made["state"]) != 3 or not made["state"].isupper():
        raise wrong("state", Said("three capital letters such as KAZ"))
    return Done(changes=[Change(PRINCIPAL.name, made)], about={"principal_id": name})


def principal_row(doing: Doing, name: str, kind: Kind, title: str, **more: Any) -> dict[str, Any]:
    """A principal that begins."""
    row = dict.fromkeys(PRINCIPAL.by_name)
    return {**row, "principal_id": name, "kind": kind.value, "name": title, "state": doing.keeper.member,
            "status": ACTIVE, **more}  # fmt: skip


def _principal_changed(doing: Doing) -> Done:
    before = standing(PRINCIPAL, doing)
    told = {n: v for n, v in doing.values.items() if n != "principal_id" and before[n] != v}
    key = {"principal_id": before["principal_id"]}
    return Done(changes=[Change(PRINCIPAL.name, {**key, **told}, Says.PART)] if told else [], about=key)


def _principal_ended(doing: Doing) -> Done:
    """What was granted to it, and its keys, end with it."""
    row = standing(PRINCIPAL, doing)
    if row["principal_id"] == doing.by.name:
        raise Refused(Said("nobody ends their own account: another administrator does"))
    key = {"principal_id": row["principal_id"]}
    return Done(changes=[Change(PRINCIPAL.name, key, Says.END)], about=key)


# --- grants ---------------------------------------------------------------------------------------------------------


_WHERE = ("domains", "duty", "within", "sources", "view", "from_time", "until_time")


def _granted(doing: Doing) -> Done:
    told = doing.values
    who = _one(PRINCIPAL, doing, told["principal_id"])
    role = Role(told["role"])
    must_be_for_another(doing, who["principal_id"])
    must_fit(doing, who, role, told)
    _must_be_a_duty(doing, role, told)
    # An administrator is made by two, where there are two.
    waits = role is Role.ADMINISTRATOR and not is_machine(doing)
    row = {
        **grant_row(doing, who["principal_id"], role),
        **{name: told.get(name) for name in _WHERE},
        "status": PROPOSED if waits else ACTIVE,
    }
    return Done(changes=[Change(GRANT.name, row)], about={"grant_id": row["grant_id"]})


def _must_be_a_duty(doing: Doing, role: Role, told: Mapping[str, Any]) -> None:
    """Raises BadRequest for a duty that no domain has, a row that isn't there, or another role beside it."""
    name, within, duties = told.get("duty"), told.get("within"), doing.keeper.duties
    if not name:
        if within:
            raise wrong("within", Said("a role holds within domains; within a row it is a duty that is held"))
        return
    if name not in duties:
        raise wrong("duty", Said("no duty {name}; there are: {names}", name=repr(name), names=", ".join(duties) or "–"))
    if role is not Role.READER:
        raise wrong("role", Said("beside a duty it is reader: the duty gives no role"))
    table = doing.keeper.tables[duties[name].table]
    if within and not doing.keeper.stands(table.name, {table.key[0]: within}):
        raise wrong("within", Said("there is no such row in {table}", table=table.title))


def must_be_for_another(doing: Doing, principal_id: str) -> None:
    """Raises Refused."""
    if principal_id == doing.by.name:
        raise Refused(Said("nobody grants anything to themselves: another administrator does"))


def is_machine(doing: Doing) -> bool:
    """Whoever owns the machine can do what two do: they are the second. Who was granted every role can't."""
    return doing.by.rights == EVERY_RIGHT


def must_fit(doing: Doing, who: Mapping[str, Any], role: Role, told: Mapping[str, Any]) -> None:
    """Raises BadRequest, Refused."""
    if who["state"] != doing.keeper.member and role not in ABROAD:
        why = Said("somebody of another state can be {roles} here", roles=", ".join(sorted(ABROAD)))
        raise wrong("role", why)
    if who["issuer"] and role not in ISSUED:
        why = Said("somebody for whom an issuer vouches can be {roles} here", roles=", ".join(sorted(ISSUED)))
        raise wrong("role", why)
    if who["kind"] == Kind.ANYONE and role is not Role.READER:
        raise wrong("role", Said("whoever is nobody in particular can only read"))
    if role is Role.SUPPLIER and not listed(told.get("sources")):
        raise wrong("sources", Said("a supplier sends for sources: name them, with commas between"))
    if ANY in listed(told.get("sources")) and role not in (Role.OPERATOR, Role.STEWARD):
        raise wrong("sources", Said("only an operator or a steward sends for any source"))
    if (view := told.get("view")) and view not in doing.keeper.views:
        why = Said("no view {view}; there are: {names}", view=repr(view), names=", ".join(doing.keeper.views) or "–")
        raise wrong("view", why)


def grant_row(doing: Doing, principal_id: str, role: Role, n: int = 0, **more: Any) -> dict[str, Any]:
    """A grant that begins now."""
    made = {"grant_id": doing.new_id(n), "principal_id": principal_id, "role": role.value}
    return {**dict.fromkeys(GRANT.by_name), **made, "granted_by": doing.by.name, "status": ACTIVE, **more}


def _confirmed(table: Table) -> Any:
    def do(doing: Doing) -> Done:
        row = standing(table, doing)
        key = {table.key[0]: row[table.key[0]]}
        if holds(row, doing.keeper.held_before):
            raise Conflict(Said("it holds already"))
        if row.get("granted_by") == doing.by.name and row["status"] == PROPOSED and not is_machine(doing):
            raise Refused(Said("you have proposed it yourself: another administrator confirms it"))
        if row.get("principal_id") is not None and not is_machine(doing):
            must_be_for_another(doing, row["principal_id"])
        return Done(changes=[Change(table.name, {**key, "status": ACTIVE}, Says.PART)], about=key)

    return do


# --- keys and links -------------------------------------------------------------------------------------------------


def _key_added(doing: Doing) -> Done:
    who = _one(PRINCIPAL, doing, doing.values["principal_id"])
    if who["kind"] not in (Kind.MACHINE, Kind.DEVICE):
        raise wrong("principal_id", Said("people sign in; keys are for machines and devices"))
    row, entry, text = key_made(doing, who["principal_id"], doing.values["label"], **_scope(doing.values))
    return Done(changes=[Change(KEY.name, row)], about={"key_id": row["key_id"]}, sealed=[entry], once={"key": text})


def _scope(told: Mapping[str, Any]) -> dict[str, Any]:
    for text in listed(told.get("networks")):
        try:
            ipaddress.ip_network(text)
        except ValueError as error:
            raise wrong("networks", str(error)) from None
    return {name: told.get(name) for name in ("acts", "sources", "domains", "networks", "until_time")}


def key_made(doing: Doing, principal_id: str, label: str, **more: Any) -> tuple[dict[str, Any], Entry, str]:
    """(its row, what goes into the vault, the key itself)."""
    made = keys.made()
    ref, entry = sealed(doing, KEY, made.key_id, made.hash, principal_id)
    row = {**dict.fromkeys(KEY.by_name), "key_id": made.key_id, "principal_id": principal_id, "label": label,
           "hash": ref, "made_by": doing.by.name, "status": ACTIVE, **more}  # fmt: skip
    return row, entry, made.text


def _key_rotated(doing: Doing) -> Done:
    """A second one beside it, which takes its place when the first one's time is over, within the first one's bounds:
    its end is one of them."""
    before = standing(KEY, doing)
    hours = doing.values.get("hours")
    hours = 24 if hours is None else hours
    if not 0 <= hours <= BOTH_HOLD_HOURS:
        raise wrong("hours", Said("0 to {most} hours", most=BOTH_HOLD_HOURS))
    ends = doing.keeper.now + timedelta(hours=hours)
    if before["until_time"] is not None and before["until_time"] < ends:
        ends = before["until_time"]
    scope = {name: before[name] for name in ("acts", "sources", "domains", "networks", "until_time", "belongs_to")}
    row, entry, text = key_made(doing, before["principal_id"], before["label"], **scope)
    old = {"key_id": before["key_id"], "until_time": ends}
    return Done(
        changes=[Change(KEY.name, row), Change(KEY.name, old, Says.PART)],
        about={"key_id": row["key_id"]},
        sealed=[entry],
        once={"key": text},
    )


def _linked(doing: Doing) -> Done:
    who = _one(PRINCIPAL, doing, doing.values["principal_id"])
    if who["kind"] != Kind.PERSON:
        raise wrong("principal_id", Said("links are for people; machines and devices have keys"))
    if who["principal_id"] == doing.by.name:
        raise Refused(Said("nobody makes a link for themselves: another administrator does"))
    entry, token = link_made(who["principal_id"], doing.keeper.now, doing.by.name)
    return Done(about={"principal_id": who["principal_id"]}, sealed=[entry], once={"link": f"/link/{token}"})


def _sessions_ended(doing: Doing) -> Done:
    """As of a telephone that was lost. It says from when on; what each session's token was is kept nowhere."""
    who = standing(PRINCIPAL, doing)["principal_id"]
    entry: Entry = (SESSIONS_ENDED, who, {"at": doing.keeper.now.isoformat()}, who, None)
    return Done(about={"principal_id": who}, sealed=[entry])


def link_made(principal_id: str, now: datetime, by: str) -> tuple[Entry, str]:
    """(what goes into the vault, the token that its address has). It is used once, within a day."""
    token = secrets.token_urlsafe(24)
    return (LINK, keys.hash_of(token), {"principal_id": principal_id, "by": by}, principal_id, now + LINK_HOLDS), token


def _supplier_added(doing: Doing) -> Done:
    """Organisation, machine, grant and key of a supplier in one, since that is what they come for."""
    told = doing.values
    name, sources = told["principal_id"], listed(told["sources"])
    must_be_name("principal_id", name)
    if not sources or ANY in sources:
        raise wrong("sources", Said("a supplier sends for sources: name them, with commas between"))
    if doing.keeper.ever(PRINCIPAL.name, {"principal_id": name}):
        raise Conflict(Said("somebody is or was called {name} here: take another name", name=name))
    row, entry, text = key_made(doing, name, told["name"], networks=_scope(told)["networks"])
    changes = [
        Change(PRINCIPAL.name, principal_row(doing, name, Kind.MACHINE, told["name"],
                                             organisation_id=told.get("organisation_id"))),
        Change(GRANT.name, grant_row(doing, name, Role.SUPPLIER, sources=",".join(sources))),
        Change(KEY.name, row),
    ]  # fmt: skip
    return Done(changes=changes, about={"principal_id": name}, sealed=[entry], once={"key": text})


# --- what is declared -----------------------------------------------------------------------------------------------

_CHOSEN = Field(name="principal_id", type=Type.TEXT, nullable=False, of=GRANT.by_name["principal_id"].of,
                description="Who it is for.")  # fmt: skip
_NAMED = Field(name="principal_id", type=Type.TEXT, nullable=False,
               description="Its name in lines and at sign-in: a-z, 0-9, point, dash, underscore.")  # fmt: skip


def _act(
    name: str, title: str, description: str, do: Any, table: Table, parameters: Sequence[Field], **more: Any
) -> Act:
    return Act(
        name=f"birlik_{name}",
        title=title,
        description=description,
        do=do,
        table=table.name,
        parameters=tuple(parameters),
        role=Role.ADMINISTRATOR,
        **more,
    )


def _fields(table: Table, *names: str) -> list[Field]:
    return [table.by_name[name] for name in names]


_KINDS = Field(name="kind", type=Type.TEXT, nullable=False, description="What it is.",
               codes=(Kind.PERSON.value, Kind.MACHINE.value))  # fmt: skip
_STATE = Field(name="state", type=Type.TEXT, description="Its state, ISO 3166-1 alpha-3; left out, the node's own.")


def _restore_confirmed(doing: Doing) -> Done:
    return Done(about={}, sealed=[(RESTORED, "", {"before": None}, "", None)])


ACTS = (
    _act(
        "restore_confirm",
        "Confirm all that was restored",
        "After a restore all grants and keys are held: what was withdrawn since the backup would hold again. This lets "
        "all of them hold; to let only some, confirm those.",
        _restore_confirmed,
        GRANT,
        (),
        is_final=True,
    ),
    *edits_of(ORGANISATION, role=Role.ADMINISTRATOR, names_itself=True),
    _act("principal_add", "Add", "Somebody, or something, that is to get in. What they may do is granted next.",
         _added, PRINCIPAL, [_NAMED, _KINDS, *_fields(PRINCIPAL, "name"), _STATE,
                             *_fields(PRINCIPAL, "organisation_id")]),
    _act("supplier_add", "Add a supplier", "A supplier's system: what it is called, for which sources it sends, and "
         "its key, which is shown once.", _supplier_added, PRINCIPAL,
         [_NAMED, *_fields(PRINCIPAL, "name", "organisation_id"),
          Field(name="sources", type=Type.TEXT, nullable=False, description="For which it sends, by comma."),
          *_fields(KEY, "networks")]),
    _act("principal_change", "Change", "Another name, or another organisation.", _principal_changed, PRINCIPAL,
         [*_fields(PRINCIPAL, "principal_id"),
          Field(name="name", type=Type.TEXT, description="What people call it."),
          *_fields(PRINCIPAL, "organisation_id")], subject=("principal_id",)),
    _act("principal_end", "End", "It gets in no more; what was granted to it and its keys end with it. What it did "
         "stays.", _principal_ended, PRINCIPAL, _fields(PRINCIPAL, "principal_id"), subject=("principal_id",),
         is_final=True),
    _act("link_make", "Make a one-time link", "An address by which this person gets in once, within a day, to set a "
         "password or a passkey. It is shown once: hand it over.", _linked, PRINCIPAL,
         _fields(PRINCIPAL, "principal_id"), subject=("principal_id",)),
    _act("sessions_end", "End sessions", "Wherever this person is signed in, they are no more; they may sign in again.",
         _sessions_ended, PRINCIPAL, _fields(PRINCIPAL, "principal_id"), subject=("principal_id",)),
    _act("grant_add", "Grant a role", "What somebody may do, where, for which sources, and from when until when.",
         _granted, GRANT, [_CHOSEN, *_fields(GRANT, "role", *_WHERE)]),
    _act("grant_confirm", "Confirm", "Let a grant hold that another administrator has proposed, or that is held as "
         "after a restore.", _confirmed(GRANT), GRANT, _fields(GRANT, "grant_id"), subject=("grant_id",)),
    _act("grant_end", "Withdraw", "The right is gone at the next request.",
         lambda doing: Done(changes=[Change(GRANT.name, {"grant_id": standing(GRANT, doing)["grant_id"]}, Says.END)],
                            about={"grant_id": doing.values["grant_id"]}),
         GRANT, _fields(GRANT, "grant_id"), subject=("grant_id",), is_final=True),
    _act("key_add", "Make a key", "What a machine or device shows to get in. It is shown once.", _key_added, KEY,
         [_CHOSEN, *_fields(KEY, "label", "acts", "sources", "domains", "networks", "until_time")]),
    _act("key_rotate", "Make the next key", "A second key for the same: both hold for a while, then only the new one.",
         _key_rotated, KEY, [*_fields(KEY, "key_id"),
                             Field(name="hours", type=Type.INT, unit="h",
                                   description="How long both hold; left out, 24.")], subject=("key_id",)),
    _act("key_confirm", "Confirm", "Let a key hold again, as after a restore.", _confirmed(KEY), KEY,
         _fields(KEY, "key_id"), subject=("key_id",)),
    _act("key_end", "End", "Whoever shows it gets in no more.",
         lambda doing: Done(changes=[Change(KEY.name, {"key_id": standing(KEY, doing)["key_id"]}, Says.END)],
                            about={"key_id": doing.values["key_id"]}),
         KEY, _fields(KEY, "key_id"), subject=("key_id",), is_final=True),
)  # fmt: skip
