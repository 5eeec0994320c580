"""What makes somebody a person of the registry, what they allow, and what is said of them by that."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from birlik.domains.cooperation.acts.claims import ASKED
from birlik.domains.cooperation.events import CLAIM, CONSENT, OWN_STATE, PERSON, PRIVATE_CLAIM
from birlik.domains.cooperation.model.saying import checked, claim_of
from birlik.domains.cooperation.vocabulary.consent import LONGEST_DAYS, PRIVATE, WORDS, Purpose
from birlik.domains.cooperation.vocabulary.consent import PERSON as BEGINS
from birlik.domains.cooperation.vocabulary.outer_ids import as_written
from birlik.domains.cooperation.vocabulary.words import Kind
from birlik.errors import BadRequest, Conflict, Malformed, Refused, Unknown
from birlik.kernel.changes import Change, Says
from birlik.kernel.domain import Act, Doing, Done, Field, Filter, Notice, Reminder, Role, Type
from birlik.kernel.members import Need
from birlik.said import Said

OWN_WORD = "own word"
"""The source of what a person says of themself."""
ROLE = ("name", "office", "holder_of", "as_of")
"""What is said of who enters an office, each a claim."""
Row = Mapping[str, Any]


def _office(doing: Doing) -> Done:
    """A holder of a public office: of each part of the role a claim, with the one source of all."""
    given = doing.values
    entity_id = given.get("entity_id") or f"{BEGINS}{doing.new_id(1)}"
    if not entity_id.startswith(BEGINS):
        raise BadRequest(Said("{name} is no person", name=repr(entity_id)), parameter="entity_id")
    said = {name: given.get(name) for name in ("lang", "source", "source_kind", "check", "said", "quote")}
    changes = []
    for n, name in enumerate(ROLE):
        if given.get(name):
            told = {"entity_id": entity_id, "kind": Kind.PERSON.value, "property": name, "value": given[name], **said}
            row = checked(
                {**told, "coder": doing.by.name, "lang": said["lang"] if name in ("name", "office") else None}
            )
            changes.append(Change(CLAIM.name, claim_of(f"claim:{doing.new_id(2 + n)}", row)))
    who = given.get("principal")
    person = {"entity_id": entity_id, "basis": "public_office", "principal": who, "source": given["source"]}
    before = _person(doing, entity_id)
    if before is None or (who is not None and before["principal"] != who):
        changes.append(Change(PERSON.name, person, views=OWN_STATE))
    return Done(changes=changes, about={"entity_id": entity_id})


def _presented(doing: Doing) -> Done:
    """Somebody says who they are: from then on they have an entry, seen in the own state, until their consent ends."""
    given, who = doing.values, doing.by.name
    if mine := doing.reader.mine(PERSON.name).to_pylist():
        raise Conflict(Said("you have an entry already: {name}", name=mine[0]["entity_id"]))
    entity_id = f"{BEGINS}{doing.new_id(1)}"
    person = {"entity_id": entity_id, "basis": "own_word", "principal": who, "source": None}
    consent = _consent(doing, entity_id, who, Purpose.DIRECTORY, OWN_WORD)
    said = [("name", given["name"])] + ([("work", given["work"])] if given.get("work") else [])
    told = [_told(doing, {**consent, "called": given["name"]}, *each, 3 + n) for n, each in enumerate(said)]
    changes = [Change(PERSON.name, person, views=OWN_STATE), Change(CONSENT.name, consent, views=OWN_STATE), *told]
    return Done(changes=changes, about={"entity_id": entity_id})


def _consented(doing: Doing) -> Done:
    """A consent anew ends the one before of the same purpose; what rested on that rests on this, no longer than it."""
    person, source = _whose(doing)
    purpose = Purpose(doing.values["purpose"])
    consent = _consent(doing, person["entity_id"], person["principal"], purpose, source)
    changes = [Change(CONSENT.name, consent, views=OWN_STATE)]
    for row in _consents(doing, person["entity_id"]):
        if row["purpose"] == purpose:
            changes += _ended(doing, row, rests=consent)
    return Done(changes=changes, about={"consent_id": consent["consent_id"]})


def _confided(doing: Doing) -> Done:
    """Refused where the purpose isn't allowed now."""
    person, source = _whose(doing)
    given = doing.values
    name = given["property"]
    purpose = PRIVATE[name].purpose
    found = [row for row in _consents(doing, person["entity_id"]) if row["purpose"] == purpose]
    if not found:
        raise Refused(
            Said(
                "{property} is kept for {purpose}, to which {name} has not consented, or no longer: the consent first, "
                "by cooperation_consent",
                property=name,
                purpose=purpose.value,
                name=person["entity_id"],
            )
        )
    consent = max(found, key=lambda row: row["allowed_until_time"])
    consent = {**consent, "source": source, "called": _called(doing, consent)}
    changed = _told(doing, consent, name, given["value"], 1, given.get("lang"))
    return Done(changes=[changed], about={"private_id": changed.row["private_id"]})


def _withdrawn(doing: Doing) -> Done:
    """The consent ends at this moment, and with it all that rests on it."""
    wanted = doing.values["consent_id"]
    rows = _rows(doing, CONSENT.name, "consent_id", wanted)
    if not rows:
        raise Unknown(Said("no such consent of yours, or it has ended"))
    return Done(changes=_ended(doing, rows[0]), about={"consent_id": wanted})


def _taken_back(doing: Doing) -> Done:
    """One statement ends; the consent stands."""
    rows = _rows(doing, PRIVATE_CLAIM.name, "private_id", doing.values["private_id"])
    if not rows:
        raise Unknown(Said("nothing of yours is called that, or it has ended"))
    about = {"private_id": rows[0]["private_id"]}
    now = {**about, "allowed_until_time": doing.keeper.now}
    return Done(changes=[Change(PRIVATE_CLAIM.name, now, Says.PART)], about=about)


# --- whose ----------------------------------------------------------------------------------------------------


def _tends(doing: Doing) -> bool:
    return doing.by.has(Role.STEWARD, "cooperation")


def _rows(doing: Doing, table: str, column: str, value: str) -> Sequence[Row]:
    """Rows with this value: of who acts, or where there are none of anybody's whom a steward tends to."""
    where = [Filter(column=column, operator="=", value=value)]
    rows: Sequence[Row] = doing.reader.mine(table, where=where).to_pylist()
    if not rows and _tends(doing):
        rows = doing.reader.rows(table, where=where).to_pylist()
    return rows


def _whose(doing: Doing) -> tuple[Row, str]:
    """(the person that is meant, who says so): who acts, or for a steward who is named, with the source of that."""
    named, source = doing.values.get("entity_id"), doing.values.get("source")
    mine = doing.reader.mine(PERSON.name).to_pylist()
    if named is None or any(row["entity_id"] == named for row in mine):
        if not mine:
            raise Unknown(Said("you have no entry here: present yourself first, by cooperation_present"))
        return mine[0], OWN_WORD
    if not _tends(doing):
        raise Refused(Said("{name} isn't you: a steward enters what others have consented to", name=repr(named)))
    if not source:
        raise BadRequest(Said("where it was said, by word or in writing, is to be named"), parameter="source")
    found = _person(doing, named)
    if found is None:
        raise BadRequest(
            Said("{name} has no entry: by their own word or a public office they get one", name=repr(named)),
            parameter="entity_id",
        )
    return found, str(source)


def _person(doing: Doing, entity_id: str) -> Row | None:
    where = [Filter(column="entity_id", operator="=", value=entity_id)]
    rows: Sequence[Row] = doing.reader.rows(PERSON.name, where=where).to_pylist()
    return rows[0] if rows else None


def _consents(doing: Doing, entity_id: str) -> Sequence[Row]:
    """Those of a person that stand now."""
    rows = _rows(doing, CONSENT.name, "entity_id", entity_id)
    return [row for row in rows if row["allowed_until_time"] > doing.keeper.now]


# --- what is written ------------------------------------------------------------------------------------------


def _consent(doing: Doing, entity_id: str, principal: str | None, purpose: Purpose, source: str) -> dict[str, Any]:
    days = doing.values.get("days") or 365
    if not 1 <= days <= LONGEST_DAYS:
        raise BadRequest(Said("days: {reason}", reason=Said("1 to {most} days", most=LONGEST_DAYS)), parameter="days")
    lang = doing.values.get("lang") or "en"
    now = doing.keeper.now
    return {
        "consent_id": f"consent:{doing.new_id(0)}",
        "entity_id": entity_id,
        "purpose": purpose.value,
        "words": WORDS[purpose][lang],
        "lang": lang,
        "source": None if source == OWN_WORD else source,
        "given_time": now,
        "allowed_until_time": now + timedelta(days=days),
        "principal": principal,
    }


def _told(doing: Doing, consent: Row, name: str, value: str, n: int, lang: str | None = None) -> Change:
    """A statement that ends with its consent, or with its own life. Raises BadRequest."""
    try:
        value = as_written(name, value)
    except Malformed as error:
        raise BadRequest(error.reason, parameter="value") from None
    row = {
        "private_id": f"private:{doing.new_id(n)}",
        "entity_id": consent["entity_id"],
        "property": name,
        "value": value,
        "lang": lang,
        "called": consent["called"],
        "purpose": consent["purpose"],
        "consent_id": consent["consent_id"],
        "source": consent["source"] or OWN_WORD,
        "allowed_until_time": _until(doing.keeper.now, name, consent),
        "principal": consent["principal"],
    }
    return Change(PRIVATE_CLAIM.name, row, views=OWN_STATE)


def _called(doing: Doing, consent: Row) -> str | None:
    """Their name, where it rests on the same consent."""
    rows = _rows(doing, PRIVATE_CLAIM.name, "consent_id", consent["consent_id"])
    return next((str(row["value"]) for row in rows if row["property"] == "name"), None)


def _until(said: datetime, name: str, consent: Row) -> datetime:
    until: datetime = min(consent["allowed_until_time"], said + timedelta(days=PRIVATE[name].days))
    return until


def _ended(doing: Doing, consent: Row, rests: Row | None = None) -> list[Change]:
    """A consent ends now; what rested on it ends too, or rests on another from now on, no longer than that stands."""
    now = doing.keeper.now
    rows = _rows(doing, PRIVATE_CLAIM.name, "consent_id", consent["consent_id"])
    changes = [Change(CONSENT.name, {"consent_id": consent["consent_id"], "allowed_until_time": now}, Says.PART)]
    for row in rows:
        told: dict[str, Any] = {"private_id": row["private_id"], "allowed_until_time": now}
        if rests is not None:
            told = {
                **told,
                "consent_id": rests["consent_id"],
                "allowed_until_time": min(row["allowed_until_time"], rests["allowed_until_time"]),
            }
        changes.append(Change(PRIVATE_CLAIM.name, told, Says.PART))
    return changes


# --- the acts -------------------------------------------------------------------------------------------------

_ASKED = {f.name: f for f in ASKED}
WHOM = Field(name="entity_id", type=Type.TEXT, description="Of whom, as a steward; left out, of yourself.")
WHERE = Field(name="source", type=Type.TEXT, description="Where they said so, where a steward enters it.")
DAYS = Field(
    name="days", type=Type.INT, unit="d", description=f"For how many days, {LONGEST_DAYS} at most; left out, 365."
)
LANG = Field(name="lang", type=Type.TEXT, codes=("en", "kk"), description="In which language you read the words of it.")


def _text(name: str, description: str, *, nullable: bool = False) -> Field:
    return Field(name=name, type=Type.TEXT, nullable=nullable, description=description)


OFFICE = Act(
    name="cooperation_office",
    title="Enter a holder of a public office",
    description="Somebody becomes a person of the registry by the public office that they hold: what they are called "
    "in it, the office, of what, as of when, and the source of that. All else of them is theirs to allow.",
    parameters=(
        replace(_ASKED["entity_id"], description="Who it is, where they are known; left out for a new one."),
        _text("name", "What they are called in office."),
        _text("office", "The office."),
        _text("holder_of", "Of what: a state's code, or the id of a body.", nullable=True),
        _text("as_of", "The date for which the source says so, as exact as it has it.", nullable=True),
        _text("principal", "Who signs in as them, so that they see and end what is kept of them.", nullable=True),
        *(_ASKED[name] for name in ("lang", "source", "source_kind", "check", "said", "quote")),
    ),
    table=CLAIM.name,
    role=Role.STEWARD,
    do=_office,
)
PRESENT = Act(
    name="cooperation_present",
    title="Present yourself",
    description="You get an entry by your own word. " + WORDS[Purpose.DIRECTORY]["en"],
    parameters=(
        _text("name", "What you want to be called."),
        _text("work", "The id of a work of yours, if you want it to be found by that.", nullable=True),
        DAYS,
        LANG,
    ),
    table=PERSON.name,
    role=Need.SIGNED_IN,
    do=_presented,
)
ALLOW = Act(
    name="cooperation_consent",
    title="Consent",
    description=f"For one purpose, until a day. Directory: {WORDS[Purpose.DIRECTORY]['en']} Contact: "
    f"{WORDS[Purpose.CONTACT]['en']}",
    parameters=(CONSENT.by_name["purpose"], DAYS, LANG, WHOM, WHERE),
    table=CONSENT.name,
    role=Need.SIGNED_IN,
    do=_consented,
)
CONFIDE = Act(
    name="cooperation_confide",
    title="Say something of yourself",
    description="It is shown in this state, for the purpose that you allowed, and ends with it.",
    parameters=(
        replace(PRIVATE_CLAIM.by_name["property"], nullable=False),
        replace(PRIVATE_CLAIM.by_name["value"], personal=None),
        PRIVATE_CLAIM.by_name["lang"],
        WHOM,
        WHERE,
    ),
    table=PRIVATE_CLAIM.name,
    role=Need.SIGNED_IN,
    do=_confided,
)
WITHDRAW_CONSENT = Act(
    name="cooperation_consent_withdraw",
    title="Withdraw the consent",
    description="From this moment nobody is shown what rests on it, and its bytes leave the node's files within days.",
    parameters=(CONSENT.by_name["consent_id"],),
    table=CONSENT.name,
    subject=("consent_id",),
    role=Need.SIGNED_IN,
    do=_withdrawn,
)
TAKE_BACK = Act(
    name="cooperation_take_back",
    title="Take back",
    description="From this moment nobody is shown it, and its bytes leave the node's files within days.",
    parameters=(PRIVATE_CLAIM.by_name["private_id"],),
    table=PRIVATE_CLAIM.name,
    subject=("private_id",),
    role=Need.SIGNED_IN,
    do=_taken_back,
)
ENDING = Reminder(
    notice=Notice(
        name="consent_ending",
        subject="What you have allowed ends soon",
        text="In a month at most ends what you have allowed here, and with it what is shown of you by that. If you "
        "want it to go on, consent anew; if not, do nothing.",
        table=CONSENT.name,
        page="mine",
    ),
    due="allowed_until_time",
    ahead=timedelta(days=30),
)
ACTS = (OFFICE, PRESENT, ALLOW, CONFIDE, WITHDRAW_CONSENT, TAKE_BACK)
