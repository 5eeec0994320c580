"""Asked-for access: somebody has signed in elsewhere whom nobody knows here. They wait, without any access, until an
administrator lets them in or puts them aside."""

import hashlib

from birlik.errors import Conflict, Refused
from birlik.kernel.access.acts import grant_row, must_be_name, must_fit, principal_row, wrong
from birlik.kernel.access.held import listed
from birlik.kernel.access.tables import GRANT, PRINCIPAL
from birlik.kernel.acts import Act, Doing, Done
from birlik.kernel.changes import Change, Says
from birlik.kernel.editing import standing
from birlik.kernel.kept import Kept
from birlik.kernel.members import Role
from birlik.kernel.pages import Page
from birlik.kernel.panels import Queue
from birlik.kernel.policy import Kind, Principal, Right
from birlik.kernel.query import Filter
from birlik.kernel.tables import Field, Named, Table, Type
from birlik.said import Said
from birlik.settings import Issuer

MOST = 500
"""People who wait: whoever has an account at an issuer can be one of them."""
DOOR = Principal(name="sign-in", role=Role.ADMINISTRATOR, rights=(Right(role=Role.ADMINISTRATOR),))
"""Who writes down that somebody asks: they themselves may do nothing yet."""

ASKED = Table(
    name="birlik_asked",
    title="Asked-for access",
    description="People who have signed in elsewhere, and whom nobody knows here yet.",
    key=("asked_id",),
    time="said_time",
    received=("said_time",),
    kept=Kept(time="said_time"),
    named=Named(name="name"),
    role=Role.ADMINISTRATOR,
    fields=(
        Field(name="asked_id", type=Type.TEXT, nullable=False, description="The same for the same person."),
        Field(name="name", type=Type.TEXT, nullable=False, description="What their issuer calls them."),
        Field(name="issuer", type=Type.TEXT, nullable=False, description="Who vouches for them."),
        Field(name="subject", type=Type.TEXT, nullable=False, description="The name that the issuer has for them."),
        Field(name="state", type=Type.TEXT, nullable=False, description="The issuer's state, ISO 3166-1 alpha-3."),
        Field(name="roles", type=Type.TEXT, nullable=False, description="What they may be given, by comma."),
        Field(name="said_time", type=Type.TIME, nullable=False, description="When they asked."),
    ),
)


def asked_id(issuer: str, subject: str) -> str:
    """The key of their row."""
    return hashlib.sha256(f"{issuer}\0{subject}".encode()).hexdigest()[:16]


def told_of(settings: Issuer, subject: str, name: str) -> dict[str, str]:
    """The parameters of the act by which it is written down that somebody asks."""
    return {"name": name or subject, "issuer": settings.issuer, "subject": subject, "state": settings.state,
            "roles": ",".join(settings.roles)}  # fmt: skip


def _asked(doing: Doing) -> Done:
    told = doing.values
    key = asked_id(told["issuer"], told["subject"])
    waiting = doing.reader.rows(ASKED.name, limit=MOST).to_pylist()
    if any(row["asked_id"] == key for row in waiting):
        return Done(about={"asked_id": key})
    if len(waiting) >= MOST:
        raise Conflict(Said("{n} people wait already: an administrator has to see to them first", n=MOST))
    row = {"asked_id": key, **{name: told[name] for name in ("name", "issuer", "subject", "state", "roles")}}
    return Done(changes=[Change(ASKED.name, row)], about={"asked_id": key})


def _let_in(doing: Doing) -> Done:
    """A principal, a grant, and they wait no more."""
    row, told = standing(ASKED, doing), doing.values
    name, role = told["principal_id"], Role(told["role"])
    must_be_name("principal_id", name)
    if role.value not in listed(row["roles"]):
        raise wrong("role", Said("people of this issuer can be {roles} here", roles=row["roles"]))
    if doing.keeper.ever(PRINCIPAL.name, {"principal_id": name}):
        raise Conflict(Said("somebody is or was called {name} here: take another name", name=name))
    where = [Filter(column=n, operator="=", value=row[n]) for n in ("issuer", "subject")]
    if doing.reader.rows(PRINCIPAL.name, where=where, limit=1).num_rows:
        raise Refused(Said("this person has an account here already; it is held, or was ended"))
    who = principal_row(
        doing, name, Kind.PERSON, row["name"], state=row["state"], organisation_id=told.get("organisation_id"),
        issuer=row["issuer"], subject=row["subject"],
    )  # fmt: skip
    must_fit(doing, who, role, told)
    granted = grant_row(doing, name, role, view=told.get("view"), until_time=told.get("until_time"))
    return Done(
        changes=[
            Change(PRINCIPAL.name, who),
            Change(GRANT.name, granted),
            Change(ASKED.name, {"asked_id": row["asked_id"]}, Says.END),
        ],
        about={"asked_id": row["asked_id"]},
    )


def _dismissed(doing: Doing) -> Done:
    key = {"asked_id": standing(ASKED, doing)["asked_id"]}
    return Done(changes=[Change(ASKED.name, key, Says.END)], about=key)


_SUBJECT = ASKED.by_name["asked_id"]
ASK = Act(
    name="birlik_access_ask",
    title="Note that somebody asks",
    description="Somebody has signed in elsewhere whom nobody knows here: the sign-in itself writes it down.",
    do=_asked,
    table=ASKED.name,
    parameters=tuple(ASKED.by_name[name] for name in ("name", "issuer", "subject", "state", "roles")),
    role=Role.ADMINISTRATOR,
)
LET_IN = Act(
    name="birlik_access_let_in",
    title="Let in",
    description="They get in from now on, by the sign-in that they came from.",
    do=_let_in,
    table=ASKED.name,
    parameters=(
        _SUBJECT,
        Field(name="principal_id", type=Type.TEXT, nullable=False,
              description="Their name in lines here: a-z, 0-9, point, dash, underscore."),
        Field(name="role", type=Type.TEXT, nullable=False, codes=(Role.READER.value, Role.OPERATOR.value),
              description="What they may do."),
        PRINCIPAL.by_name["organisation_id"],
        GRANT.by_name["view"],
        GRANT.by_name["until_time"],
    ),
    subject=("asked_id",),
    role=Role.ADMINISTRATOR,
)  # fmt: skip
DISMISS = Act(
    name="birlik_access_dismiss",
    title="Put aside",
    description="They are not let in. Who signs in again asks again.",
    do=_dismissed,
    table=ASKED.name,
    parameters=(_SUBJECT,),
    subject=("asked_id",),
    role=Role.ADMINISTRATOR,
)
ACTS = (ASK, LET_IN, DISMISS)
PAGE = Page(
    name="asking",
    title="Asked-for access",
    question="Who has signed in elsewhere and waits to be let in here?",
    role=Role.ADMINISTRATOR,
    panels=(Queue(name="asking", title="Asked-for access", table=ASKED.name, verdicts=(LET_IN.name, DISMISS.name)),),
)
