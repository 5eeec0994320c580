"""Whoever is nobody in particular: they read what is public, once a steward says so."""

from birlik.errors import Conflict
from birlik.kernel.access.acts import grant_row, principal_row
from birlik.kernel.access.standing import ANYONE
from birlik.kernel.access.tables import GRANT, PRINCIPAL
from birlik.kernel.acts import Act, Doing, Done
from birlik.kernel.changes import Change, Says
from birlik.kernel.members import Role
from birlik.kernel.policy import Kind
from birlik.said import Said

_KEY, _GRANT = {"principal_id": ANYONE}, {"grant_id": ANYONE}


def _opened(doing: Doing) -> Done:
    if doing.keeper.stands(PRINCIPAL.name, _KEY):
        raise Conflict(Said("everybody may read what is public already"))
    grant = {**grant_row(doing, ANYONE, Role.READER), **_GRANT}
    row = principal_row(doing, ANYONE, Kind.ANYONE, "Everybody")
    return Done(changes=[Change(PRINCIPAL.name, row), Change(GRANT.name, grant)], about=_KEY)


def _closed(doing: Doing) -> Done:
    if not doing.keeper.stands(PRINCIPAL.name, _KEY):
        raise Conflict(Said("only who has signed in reads here already"))
    ends = [Change(GRANT.name, _GRANT, Says.END), Change(PRINCIPAL.name, _KEY, Says.END)]
    return Done(changes=ends, about=_KEY)


ACTS = (
    Act(
        name="birlik_public_open",
        title="Let everybody read what is public",
        description="Whoever comes reads the rows and figures that are labelled for the public, without signing in.",
        role=Role.STEWARD,
        do=_opened,
    ),
    Act(
        name="birlik_public_close",
        title="Let only those read who have signed in",
        description="Whoever hasn't signed in reads nothing any more.",
        role=Role.STEWARD,
        do=_closed,
    ),
)
