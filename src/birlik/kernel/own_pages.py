"""Pages of the kernel's own domain: what is a supplier's own."""

from birlik.kernel.access.tables import PRINCIPAL
from birlik.kernel.members import Role
from birlik.kernel.pages import Page
from birlik.kernel.panels import Queue, RowTable
from birlik.kernel.policy import Kind

MINE = Page(
    name="mine",
    title="What I sent",
    question="What came of what I sent, and which devices send for me?",
    role=Role.SUPPLIER,
    order=900,
    panels=(
        RowTable(
            name="deliveries",
            title="Deliveries",
            table="birlik_message",
            mine=True,
            columns=("received_time", "source_id", "filename", "accepted_n", "refused_n", "size_bytes"),
            order=("-received_time",),
        ),
        RowTable(
            name="refused",
            title="What could not be taken",
            table="birlik_quarantine",
            mine=True,
            columns=("received_time", "source_id", "filename", "reason", "line", "field", "piece", "status"),
            order=("-received_time",),
        ),
        Queue(
            name="devices",
            title="Devices",
            table=PRINCIPAL.name,
            mine=True,
            fixed={"kind": Kind.DEVICE.value},
            columns=("name", "device_ids", "source_id"),
            order=("name", "principal_id"),
            text_empty="No device sends for you yet.",
            verdicts=("birlik_device_key", "birlik_device_identify", "birlik_device_end"),
        ),
    ),
)
PAGES = (MINE,)
