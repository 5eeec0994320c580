"""The typed tables of this domain: what is said, and by whom; who is the same; what waits for a steward."""

from dataclasses import replace

import pyarrow as pa

from birlik.domains.cooperation.vocabulary import shipped
from birlik.domains.cooperation.vocabulary.consent import (
    HELD_DAYS,
    KNOWN_BY,
    LONGEST_DAYS,
    OF_CONSENT,
    OF_HELD,
    OF_OFFICE,
    OF_PERSON,
    OFFICE_DAYS,
    PERSON_DAYS,
    PRIVATE,
    Purpose,
)
from birlik.domains.cooperation.vocabulary.consent import PERSON as BEGINS
from birlik.domains.cooperation.vocabulary.words import Axis, Check, Kind, Round, SourceKind, Status, is_many, order_of
from birlik.kernel.domain import Field, Invented, Joins, Kept, Party, Personal, Persons, Role, Rows, Table, Type
from birlik.kernel.policy import OWN
from birlik.kernel.tables import Names
from birlik.written import Written

ENTITY_ID = Field(
    name="entity_id", type=Type.TEXT, nullable=False, description="Of whom or what: the node's id, never used again."
)
KIND = Field(name="kind", type=Type.TEXT, nullable=False, codes=tuple(Kind), description="What it is.")
CHANGED = Field(name="changed_time", type=Type.TIME, nullable=False, description="When this node was told.")

PEOPLE = "cooperation_person"
"""The table whose keys are the registry's persons."""
_IS = Personal(purpose=OF_PERSON, days=PERSON_DAYS)
_ALLOWED = Personal(purpose=OF_CONSENT, days=LONGEST_DAYS)
_BY_CONSENT = Personal(purpose="What the consent that it rests on says; it ends with that.", days=LONGEST_DAYS)


def persons(*columns: str) -> Persons:
    """Rows of a table are of the persons whom these columns name."""
    return Persons(of=PEOPLE, columns=columns, begins=BEGINS, known_by={})


def claimed(*columns: str) -> Persons:
    """The same of claims, in which some properties say who it is."""
    return Persons(of=PEOPLE, columns=columns, begins=BEGINS, known_by={"property": KNOWN_BY})


def _id(name: str, description: str, personal: Personal | None = None) -> Field:
    return Field(name=name, type=Type.TEXT, nullable=False, description=description, personal=personal)


def _time(name: str, description: str) -> Field:
    return Field(name=name, type=Type.TIME, nullable=False, description=description)


def _count(name: str, description: str) -> Field:
    return Field(name=name, type=Type.INT, unit="1", nullable=False, description=description)


# What is told of everything that follows from claims.
CLAIMS_N = _count("claims_n", "How many claims stand.")
SOURCES_N = _count("sources_n", "Out of how many sources.")
DISPUTED_N = _count("disputed_n", "Of how many properties they differ.")
LAST_SAID = Field(
    name="changed_time", type=Type.TIME, nullable=False, description="When something was said of it last."
)
WORLDS = ("invented", "real")
WORLD = Field(
    name="world", type=Type.TEXT, nullable=False, codes=WORLDS, description="`invented` where any of it is simulated."
)
INVENTED = Field(name="is_invented", type=Type.BOOL, nullable=False, description="It is of a simulated world.")
OF_INVENTED = replace(INVENTED, nullable=True, description="Both records are of a simulated world.")
OWN_STATE = 1 << OWN
"""The set of views that is the own state alone: what is private, or not told yet, goes no further."""
SAID = (
    ENTITY_ID,
    KIND,
    Field(name="property", type=Type.TEXT, nullable=False, description="What is said of it."),
    Field(name="value", type=Type.TEXT, nullable=False, description="What it is said to be."),
    Field(
        name="lang",
        type=Type.TEXT,
        description="Language of the words (BCP 47).",
        term="dcterms language",
        written=Written.LANGUAGE,
    ),
    Field(
        name="source",
        type=Type.TEXT,
        nullable=False,
        description="Where it is said: an address, a message of this node, or that it is general knowledge.",
        term="prov hadPrimarySource",
    ),
    Field(
        name="source_kind",
        type=Type.TEXT,
        nullable=False,
        codes=tuple(SourceKind),
        description="The document itself, the press, general knowledge, or who judged between them.",
    ),
    Field(name="check", type=Type.TEXT, nullable=False, codes=tuple(Check), description="Was it read in its source?"),
    Field(name="note", type=Type.TEXT, description="What is to be known of it."),
    Field(name="quote", type=Type.TEXT, description="The source's own words, 25 at most."),
    Field(name="source_place", type=Type.TEXT, description="Where in the source: page, paragraph, pointer."),
    Field(
        name="said",
        type=Type.TEXT,
        description="The date on which it was said, as exact as the source has it.",
        written=Written.DATE,
    ),
    Field(
        name="holds_from",
        type=Type.TEXT,
        description="From when it holds, as exact as the source has it.",
        written=Written.DATE,
    ),
    Field(
        name="holds_to",
        type=Type.TEXT,
        description="Until when it holds, as exact as the source has it.",
        written=Written.DATE,
    ),
    Field(name="coder", type=Type.TEXT, description="Who read it out of the source."),
    Field(name="confidence", type=Type.FLOAT, unit="1", description="How sure the coder is, 0 to 1."),
    Field(
        name="basis",
        type=Type.TEXT,
        nullable=False,
        codes=("measured", "reported", "estimated", "forecast"),
        description="`estimated` where it is our own reading.",
    ),
    INVENTED,
)


def _of_persons(personal: Personal) -> tuple[Field, ...]:
    """What is said, of which the words are personal where it is said of a person."""
    return tuple(replace(f, personal=personal) if f.name in ("value", "note", "quote") else f for f in SAID)


def claims() -> Rows:
    """The facts that birlik ships, as claims that everybody sees."""
    made = [
        {
            "claim_id": one.claim_id,
            "entity_id": one.entity_id,
            "kind": one.kind.value,
            "property": one.name,
            "value": one.value,
            "lang": one.lang or None,
            "source": one.source,
            "source_kind": one.source_kind.value,
            "check": one.check.value,
            "note": one.note or None,
            "quote": one.quote or None,
            "said": one.said or None,
            "basis": one.basis,
            "is_invented": False,
            "order_n": order_of(one.source_kind, one.check, one.said, one.claim_id),
            "is_many": is_many(one.name),
            "status": Status.PUBLISHED.value,
            "changed_time": shipped.TOLD,
        }
        for one in shipped.claims()
    ]
    return pa.Table.from_pylist(made, schema=CLAIM.schema)


CLAIM = Table(
    name="cooperation_claim",
    persons=claimed("entity_id", "value"),
    received=("changed_time",),
    title="Claims",
    description="What is said of whom, with its source. A claim is never edited: another takes its place, or it is "
    "withdrawn, and why is said.",
    key=("claim_id",),
    sought=("entity_id", "value"),
    time="changed_time",
    kept=Kept(time="changed_time"),
    facts=claims,
    invented=Invented(column="is_invented"),
    looked_up=False,
    fields=(
        Field(name="claim_id", type=Type.TEXT, nullable=False, description="The claim."),
        *_of_persons(Personal(purpose=OF_OFFICE, days=OFFICE_DAYS)),
        Field(
            name="order_n",
            type=Type.INT,
            nullable=False,
            description="Of what is said of one property the lowest stands first: what is adjudicated, then primary "
            "documents, the press, general knowledge; then what was said later.",
        ),
        Field(
            name="is_many",
            type=Type.INT,
            nullable=False,
            description="1 where several values hold at once, so that they are no disagreement; else 0.",
        ),
        Field(name="status", type=Type.TEXT, nullable=False, codes=tuple(Status), description="What became of it."),
        Field(name="superseded_by", type=Type.TEXT, description="The claim that took its place."),
        Field(name="reason", type=Type.TEXT, description="Why it was withdrawn or superseded."),
        CHANGED,
    ),
)

HELD = Table(
    name="cooperation_held",
    persons=claimed("entity_id", "value"),
    received=("changed_time",),
    title="Held",
    description="What was sent from outside and waits for a steward. Its sender sees it, and stewards do.",
    key=("held_id",),
    time="changed_time",
    kept=Kept(time="changed_time"),
    role=Role.STEWARD,
    invented=Invented(column="is_invented"),
    party=Party(column="sender", names=Names.PRINCIPAL),
    fields=(
        Field(name="held_id", type=Type.TEXT, nullable=False, description="What was sent."),
        *_of_persons(Personal(purpose=OF_HELD, days=HELD_DAYS)),
        Field(
            name="sender", type=Type.TEXT, nullable=False, description="Who sent it; of who has no account, the form."
        ),
        Field(
            name="sent_from",
            type=Type.TEXT,
            description="Of who has no account: the same for all that comes from one place, and no address.",
        ),
        Field(name="alike", type=Type.TEXT, description="The same for what says the same, but for numbers and links."),
        Field(
            name="state",
            type=Type.TEXT,
            nullable=False,
            codes=("held", "published", "returned", "withdrawn"),
            description="What became of it.",
        ),
        Field(name="reason", type=Type.TEXT, description="Why it was returned or withdrawn."),
        Field(name="claim_id", type=Type.TEXT, description="The claim that it became."),
        Field(
            name="held_time", type=Type.TIME, description="When it was sent; empty of what came before this was kept."
        ),
        CHANGED,
    ),
)

DECISION = Table(
    name="cooperation_decision",
    persons=persons("left_id", "right_id"),
    received=("changed_time",),
    title="Who is who",
    joins=Joins(left="left_id", right="right_id", verdict="verdict"),
    description="Of two records, are they of the same? The last word counts; a rerun never overturns a person's.",
    key=("left_id", "right_id"),
    sought=("left_id", "right_id"),
    time="changed_time",
    kept=Kept(time="changed_time"),
    fields=(
        Field(name="left_id", type=Type.TEXT, nullable=False, description="One record, the first in order of text."),
        Field(name="right_id", type=Type.TEXT, nullable=False, description="The other."),
        KIND,
        Field(
            name="verdict",
            type=Type.TEXT,
            nullable=False,
            codes=("same", "different", "unsure"),
            description="Are they?",
        ),
        Field(name="by", type=Type.TEXT, nullable=False, description="Who said so; `rule` where it was none."),
        Field(name="why", type=Type.TEXT, description="Why."),
        Field(name="score", type=Type.FLOAT, unit="1", description="Sum of log-odds, where a rule was asked."),
        Field(name="parts", type=Type.JSON, description="What the sum is made of."),
        Field(
            name="ruled",
            type=Type.TEXT,
            codes=("linked", "asked"),
            description="What the rule had done before a person spoke: linked them, or asked; empty where neither.",
        ),
        OF_INVENTED,
        CHANGED,
    ),
    invented=Invented(column="is_invented"),
)

PAIR = Table(
    name="cooperation_pair",
    persons=persons("left_id", "right_id"),
    received=("changed_time",),
    title="Same or not",
    description="Two records that may be of the same, and wait for somebody's word.",
    key=("left_id", "right_id"),
    sought=("left_id", "right_id"),
    time="changed_time",
    kept=Kept(time="changed_time"),
    role=Role.STEWARD,
    fields=(
        Field(name="left_id", type=Type.TEXT, nullable=False, description="One record, the first in order of text."),
        Field(name="right_id", type=Type.TEXT, nullable=False, description="The other."),
        Field(name="left_name", type=Type.TEXT, description="What the one is called."),
        Field(name="right_name", type=Type.TEXT, description="What the other is called."),
        Field(name="state", type=Type.TEXT, nullable=False, codes=("waiting", "decided"), description="Is it decided?"),
        Field(name="score", type=Type.FLOAT, unit="1", description="Sum of log-odds."),
        Field(name="parts", type=Type.JSON, description="What the sum is made of."),
        OF_INVENTED,
        CHANGED,
    ),
    invented=Invented(column="is_invented"),
)

RECORD = Table(
    name="cooperation_record",
    persons=persons("entity_id"),
    received=("changed_time",),
    title="Records as they came",
    description="A record in its own standard, whole: what this node doesn't model leaves again as it came.",
    key=("record_id",),
    sought=("entity_id", "record_id"),
    time="changed_time",
    kept=Kept(time="changed_time"),
    asked=("record_id",),
    fields=(
        Field(
            name="record_id",
            type=Type.TEXT,
            nullable=False,
            description="Form, who sent it, and its own id: `oc4ids:ministry:oc4ids-bu3kcz-1`.",
        ),
        ENTITY_ID,
        Field(
            name="form",
            type=Type.TEXT,
            nullable=False,
            codes=("oc4ids", "ror", "openalex", "bibtex", "ris", "csl-json", "sheet"),
            description="The standard that it came in.",
        ),
        Field(name="version", type=Type.TEXT, description="Of the standard, as the file says."),
        Field(name="document", type=Type.JSON, nullable=False, description="The record as it came."),
        Field(name="head", type=Type.JSON, description="What its file said of itself: publisher, licence, address."),
        Field(
            name="sent_under",
            type=Type.TEXT,
            description="A digest of the labels that it was sent under: told apart from what is sent under others.",
        ),
        Field(name="source", type=Type.TEXT, nullable=False, description="Who sent it."),
        CHANGED,
    ),
)

PARAGRAPH = Table(
    name="cooperation_paragraph",
    title="Paragraphs",
    description="The text of a document, paragraph by paragraph, once a steward has loaded it.",
    key=("entity_id", "paragraph", "lang"),
    time="changed_time",
    kept=Kept(time="changed_time"),
    fields=(
        ENTITY_ID,
        Field(name="paragraph", type=Type.TEXT, nullable=False, description="What it is called: `12`, `IV.3`."),
        Field(name="lang", type=Type.TEXT, nullable=False, description="Language of the words (BCP 47)."),
        Field(name="order_n", type=Type.INT, nullable=False, description="Its place in the document."),
        Field(name="words", type=Type.TEXT, nullable=False, description="Its words."),
        Field(name="source", type=Type.TEXT, nullable=False, description="Where they were taken from."),
        CHANGED,
    ),
)

WHO = Field(name="principal", type=Type.TEXT, description="Who signs in as this person, if anybody.")
PERSON = Table(
    name=PEOPLE,
    title="Persons",
    description="Who has an entry, and why: by their own word, or since they hold a public office. A name on a work is "
    "text on that work, and no entry.",
    key=("entity_id",),
    time="changed_time",
    received=("changed_time",),
    kept=Kept(time="changed_time"),
    persons=persons("entity_id"),
    role=Role.STEWARD,
    party=Party(column="principal", names=Names.PRINCIPAL),
    fields=(
        _id("entity_id", "The person: the node's id, never used again.", _IS),
        Field(name="basis", type=Type.TEXT, nullable=False, codes=("own_word", "public_office"),
              description="By what they have an entry."),
        WHO,
        Field(name="source", type=Type.TEXT, description="Where their office is said; of their own word, none."),
        CHANGED,
    ),
)  # fmt: skip
CONSENT = Table(
    name="cooperation_consent",
    title="Consents",
    description="What a person allowed, in which words, when, and until when. With it ends what rests on it.",
    key=("consent_id",),
    time="changed_time",
    received=("changed_time",),
    kept=Kept(time="changed_time", until="allowed_until_time", forgets=True),
    persons=persons("entity_id"),
    role=Role.STEWARD,
    party=Party(column="principal", names=Names.PRINCIPAL),
    fields=(
        _id("consent_id", "The consent."),
        _id("entity_id", "Of whom: the node's id of the person.", _ALLOWED),
        Field(name="purpose", type=Type.TEXT, nullable=False, codes=tuple(Purpose), description="What for."),
        Field(name="words", type=Type.TEXT, nullable=False, description="The text that was shown to them."),
        Field(name="lang", type=Type.TEXT, nullable=False, description="Language of the words (BCP 47)."),
        Field(name="source", type=Type.TEXT, description="Where it was given, if not here by themselves."),
        _time("given_time", "When it was given."),
        _time("allowed_until_time", "Until when it stands; withdrawn, the moment of that."),
        WHO,
        CHANGED,
    ),
)
PRIVATE_CLAIM = Table(
    name="cooperation_private",
    title="By consent",
    description="What is kept of persons beside a public role, each for a purpose that they allowed, until then.",
    key=("private_id",),
    time="changed_time",
    received=("changed_time",),
    kept=Kept(time="changed_time", until="allowed_until_time", forgets=True),
    persons=claimed("entity_id"),
    party=Party(column="principal", names=Names.PRINCIPAL),
    public_fields=(
        *("private_id", "entity_id", "property", "value", "lang", "called"),
        *("purpose", "source", "allowed_until_time"),
    ),
    fields=(
        _id("private_id", "The statement."),
        _id("entity_id", "Of whom: the node's id of the person.", _BY_CONSENT),
        Field(
            name="property", type=Type.TEXT, nullable=False, codes=tuple(PRIVATE), description="What is said of them."
        ),
        Field(name="value", type=Type.TEXT, nullable=False, description="What it is said to be.", personal=_BY_CONSENT),
        Field(name="lang", type=Type.TEXT, description="Language of the words (BCP 47)."),
        Field(name="purpose", type=Type.TEXT, nullable=False, codes=tuple(Purpose), description="What it is kept for."),
        Field(
            name="called",
            type=Type.TEXT,
            description="What they were called when they said it, where that is allowed for the same purpose.",
            personal=_BY_CONSENT,
        ),
        _id("consent_id", "The consent that it rests on."),
        Field(name="source", type=Type.TEXT, nullable=False, description="Who said it: they themselves, or where."),
        _time(
            "allowed_until_time",
            "Until when it is shown: the consent's end, or its own if that is sooner.",
        ),
        WHO,
        CHANGED,
    ),
)


def _code(name: str, description: str) -> Field:
    return Field(name=name, type=Type.TEXT, codes=CODED, description=description)


CODED = tuple(dict.fromkeys(code for axis in Axis for code in axis.codes))
ROUND_ID = Field(name="round_id", type=Type.TEXT, nullable=False, description="The round.")
AXIS = Field(name="axis", type=Type.TEXT, nullable=False, codes=tuple(Axis), description="What is coded.")
FIRST_CODER = Field(name="first_coder", type=Type.TEXT, nullable=False, description="One coder, by the account's name.")
SECOND_CODER = Field(
    name="second_coder", type=Type.TEXT, nullable=False, description="The other; the first in order of text is `first`."
)
ROUND = Table(
    name="cooperation_round",
    title="Rounds of coding",
    description="Two coders read what a promise is worth, each for themselves. While a round is open nobody is told "
    "what either has said, nor whether; when both have, or a steward ends it, their codes are claims.",
    key=("round_id",),
    time="changed_time",
    invented=Invented(column="is_invented"),
    kept=Kept(time="changed_time"),
    fields=(
        ROUND_ID,
        ENTITY_ID,
        Field(name="text", type=Type.TEXT, description="What was promised."),
        AXIS,
        FIRST_CODER,
        SECOND_CODER,
        Field(name="state", type=Type.TEXT, nullable=False, codes=tuple(Round), description="What became of it."),
        _code("first_code", "What the first coder said."),
        _code("second_code", "What the second coder said."),
        Field(name="first_done_on", type=Type.TEXT, description="When it was done, as the first coder read it."),
        Field(name="second_done_on", type=Type.TEXT, description="When it was done, as the second coder read it."),
        Field(name="first_claim", type=Type.TEXT, description="The claim that the first coder's word became."),
        Field(name="second_claim", type=Type.TEXT, description="The claim that the second coder's word became."),
        _code("judged_code", "What was said between them, where they differed."),
        Field(name="judged_done_on", type=Type.TEXT, description="When it was done, by the one who judged."),
        Field(name="judged_claim", type=Type.TEXT, description="The claim of who judged between them."),
        Field(name="judge", type=Type.TEXT, description="Who judged between them: neither of the two."),
        Field(name="opened_by", type=Type.TEXT, nullable=False, description="Which steward asked for it."),
        Field(name="reason", type=Type.TEXT, description="Why a steward ended it, or how it was judged."),
        Field(name="earlier", type=Type.TEXT, description="Claims of the round before, whose place its codes take."),
        INVENTED,
        CHANGED,
    ),
)
CODING = Table(
    name="cooperation_coding",
    title="Asked to code",
    description="Which coder is asked to code which promise. Whether they have done so it doesn't say.",
    key=("coding_id",),
    time="changed_time",
    invented=Invented(column="is_invented"),
    kept=Kept(time="changed_time"),
    role=Role.STEWARD,
    party=Party(column="coder", names=Names.PRINCIPAL),
    fields=(
        Field(name="coding_id", type=Type.TEXT, nullable=False, description="What is asked of one coder in one round."),
        ROUND_ID,
        Field(name="coder", type=Type.TEXT, nullable=False, description="Who is asked."),
        Field(name="other", type=Type.TEXT, nullable=False, description="Who codes the same."),
        ENTITY_ID,
        Field(name="text", type=Type.TEXT, description="What was promised."),
        Field(name="done_when", type=Type.TEXT, description="What would count as done, as was said beforehand."),
        Field(name="shown_by", type=Type.TEXT, description="Who could show it."),
        AXIS,
        Field(name="state", type=Type.TEXT, nullable=False, codes=("asked", "over"), description="Is it still asked?"),
        Field(name="earlier", type=Type.TEXT, description="Claims of the round before."),
        INVENTED,
        CHANGED,
    ),
)

TABLES = (CLAIM, HELD, DECISION, PAIR, RECORD, PARAGRAPH, PERSON, CONSENT, PRIVATE_CLAIM, ROUND, CODING)
