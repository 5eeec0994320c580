"""Principals, organisations, grants and keys: kept tables of the kernel's own domain, for administrators only."""

from birlik.kernel.kept import Deletion, Kept, Missing, Reference
from birlik.kernel.members import Role
from birlik.kernel.policy import Kind
from birlik.kernel.tables import Field, Named, Names, Party, Table, Type

ACTIVE, PROPOSED = "active", "proposed"
STATUS = Field(
    name="status",
    type=Type.TEXT,
    nullable=False,
    codes=(ACTIVE, PROPOSED),
    description="Proposed: another administrator has to confirm it.",
)
MINE = Party(column="belongs_to", names=Names.PRINCIPAL)
BELONGS_TO = Field(name="belongs_to", type=Type.TEXT, description="Of a device and its keys: who looks after it.")
ORGANISATION = Table(
    name="birlik_organisation",
    title="Organisations",
    description="Ministries, agencies, companies whose people and machines get in here.",
    key=("organisation_id",),
    time="said_time",
    received=("said_time",),
    kept=Kept(time="said_time"),
    named=Named(name="name"),
    role=Role.ADMINISTRATOR,
    fields=(
        Field(name="organisation_id", type=Type.TEXT, nullable=False, description="Its name in lines and addresses."),
        Field(name="name", type=Type.TEXT, nullable=False, description="What people call it."),
        Field(name="state", type=Type.TEXT, nullable=False, description="Its state: ISO 3166-1 alpha-3."),
        Field(name="contact", type=Type.TEXT, description="Whom to ask there."),
        Field(name="said_time", type=Type.TIME, nullable=False, description="When that was said."),
    ),
)
PRINCIPAL = Table(
    name="birlik_principal",
    title="People and machines",
    description="Who may get in: people, machines, devices, and whoever is nobody in particular.",
    key=("principal_id",),
    time="said_time",
    received=("said_time",),
    kept=Kept(time="said_time"),
    named=Named(name="name"),
    role=Role.ADMINISTRATOR,
    party=MINE,
    fields=(
        Field(name="principal_id", type=Type.TEXT, nullable=False, description="Its name in lines and at sign-in."),
        Field(
            name="kind",
            type=Type.TEXT,
            nullable=False,
            codes=tuple(kind.value for kind in Kind),
            description="What it is.",
        ),
        Field(name="name", type=Type.TEXT, nullable=False, description="What people call it."),
        Field(
            name="state",
            type=Type.TEXT,
            nullable=False,
            description="Its state, ISO 3166-1 alpha-3: of another one's, the view is what its tier gives that day.",
        ),
        Field(
            name="organisation_id",
            type=Type.TEXT,
            of=Reference(
                table=ORGANISATION.name, missing=Missing.REFUSE, deletion=Deletion.REFUSE, inverse="principals"
            ),
            description="Where it belongs.",
        ),
        Field(name="source_id", type=Type.TEXT, description="Of a device: the source for which it sends."),
        Field(name="device_ids", type=Type.TEXT, description="Of a device: the ids under which it sends, by comma."),
        BELONGS_TO,
        Field(name="issuer", type=Type.TEXT, description="Who vouches for a person who signs in elsewhere."),
        Field(name="subject", type=Type.TEXT, description="The name that its issuer has for it."),
        STATUS,
        Field(name="said_time", type=Type.TIME, nullable=False, description="When that was said."),
    ),
)
_OF_PRINCIPAL = Field(
    name="principal_id",
    type=Type.TEXT,
    nullable=False,
    of=Reference(table=PRINCIPAL.name, missing=Missing.REFUSE, deletion=Deletion.CASCADE, inverse="grants"),
    description="To whom.",
)
GRANT = Table(
    name="birlik_grant",
    title="Grants",
    description="Which role somebody has, where, for which sources, from when until when, and by whom.",
    key=("grant_id",),
    time="said_time",
    received=("said_time",),
    kept=Kept(time="said_time"),
    role=Role.ADMINISTRATOR,
    fields=(
        Field(name="grant_id", type=Type.TEXT, nullable=False, description="The grant."),
        _OF_PRINCIPAL,
        Field(
            name="role",
            type=Type.TEXT,
            nullable=False,
            codes=tuple(role.value for role in Role),
            description="What they may do.",
        ),
        Field(name="domains", type=Type.TEXT, description="Only in these, by comma; empty is all."),
        Field(
            name="duty", type=Type.TEXT, description="A role of a domain's own, in the place of what the role allows."
        ),
        Field(
            name="within",
            type=Type.TEXT,
            description="Of a duty: the key of the row within which it is held; empty is all of them.",
        ),
        Field(name="sources", type=Type.TEXT, description="For which sources they send, by comma; * is any."),
        Field(name="view", type=Type.TEXT, description="A named view that they may read; empty is their state's."),
        Field(name="from_time", type=Type.TIME, description="From when; empty is at once."),
        Field(name="until_time", type=Type.TIME, description="Until when; empty is until it is ended."),
        Field(name="granted_by", type=Type.TEXT, nullable=False, description="By whom."),
        STATUS,
        Field(name="said_time", type=Type.TIME, nullable=False, description="When that was said."),
    ),
)
KEY = Table(
    name="birlik_key",
    title="Keys",
    description="What machines and devices show to get in. Of each only a hash is kept, and that apart.",
    key=("key_id",),
    time="said_time",
    received=("said_time",),
    kept=Kept(time="said_time"),
    named=Named(name="label"),
    role=Role.ADMINISTRATOR,
    party=MINE,
    fields=(
        Field(name="key_id", type=Type.TEXT, nullable=False, description="The part of the key that is no secret."),
        Field(
            name="principal_id",
            type=Type.TEXT,
            nullable=False,
            of=Reference(table=PRINCIPAL.name, missing=Missing.REFUSE, deletion=Deletion.CASCADE, inverse="keys"),
            description="Whose it is.",
        ),
        Field(name="label", type=Type.TEXT, nullable=False, description="What it is for, for who reads the list."),
        Field(name="hash", type=Type.TEXT, is_secret=True, description="SHA-256 of the whole key."),
        Field(name="acts", type=Type.TEXT, description="Only these: send, read, or names of acts, by comma."),
        Field(name="sources", type=Type.TEXT, description="Only for these sources, by comma; empty is all of its own."),
        Field(name="domains", type=Type.TEXT, description="Only in these, by comma; empty is all."),
        Field(name="networks", type=Type.TEXT, description="Only from these, by comma: 10.1.0.0/16."),
        Field(name="until_time", type=Type.TIME, description="Until when; empty is until it is ended."),
        Field(name="made_by", type=Type.TEXT, nullable=False, description="By whom."),
        BELONGS_TO,
        STATUS,
        Field(name="said_time", type=Type.TIME, nullable=False, description="When that was said."),
    ),
)
TABLES = (ORGANISATION, PRINCIPAL, GRANT, KEY)
KEYS = {table.name: table.key[0] for table in TABLES}
"""By table, the column of its key."""
