"""The kernel's own domain: what belongs to no other, declared with the same words."""

from birlik.kernel import erasure, labelling, saved, settling, shift, tending, undoing
from birlik.kernel.access import acts as access
from birlik.kernel.access import asking, devices, everybody, own_keys
from birlik.kernel.access.tables import TABLES as ACCESS
from birlik.kernel.domain import Domain
from birlik.kernel.members import Role
from birlik.kernel.own_pages import PAGES
from birlik.kernel.shift import SHIFT
from birlik.kernel.tables import Field, Table, Type

ACT = Table(
    name="birlik_act",
    title="Acts",
    description="What people did here: who, when, which act, and about which row.",
    key=("act_id",),
    time="acted_time",
    received=("acted_time",),
    role=Role.OPERATOR,
    fields=(
        Field(name="act_id", type=Type.TEXT, nullable=False, description="The same for the same act sent twice."),
        Field(name="act", type=Type.TEXT, nullable=False, description="The name of the act."),
        Field(name="by", type=Type.TEXT, nullable=False, description="Who did it."),
        Field(name="acted_time", type=Type.TIME, nullable=False, description="When it was done."),
        Field(name="table", type=Type.TEXT, description="The table of the row that it was about."),
        Field(name="about", type=Type.JSON, description="The key of that row; of a piece of work, what came of it."),
        Field(name="changes_n", type=Type.INT, nullable=False, description="Rows that it touched."),
    ),
)
ACTS = (
    *shift.ACTS,
    *settling.ACTS,
    *tending.ACTS,
    undoing.ACT,
    labelling.ACT,
    *access.ACTS,
    *devices.ACTS,
    *own_keys.ACTS,
    *asking.ACTS,
    *everybody.ACTS,
    *erasure.ACTS,
    *saved.ACTS,
)
OWN = Domain(
    name="birlik",
    title="Node",
    role=Role.READER,
    tables=(ACT, SHIFT, *ACCESS, asking.ASKED, erasure.ERASURE, saved.SAVED),
    acts=ACTS,
    pages=(*PAGES, asking.PAGE),
)
