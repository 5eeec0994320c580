"""A toy domain whose rows say the level of an alert themselves, and a node of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from birlik import assembly, settings
from birlik.clock import SetClock, isoformat, utc
from birlik.kernel import pipeline
from birlik.kernel.alerts import AlertRule, Signal, Situation
from birlik.kernel.domain import Decoded, Delivery, Domain, Field, Intake, Lookup, Table, Type
from birlik.kernel.members import Role
from birlik.kernel.node import Node
from birlik.kernel.policy import OWN, Labels, Marking, Principal
from birlik.kernel.tables import rows_of
from birlik.standards import cap, cap_xml

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TOY = "application/x-toy"
FOR_MEMBERS = Labels(marking=Marking.AMBER, audience=("members",))

GAUGE = Table(
    name="toy_gauge",
    title="Gauges",
    description="What a gauge showed.",
    key=("gauge", "time"),
    time="time",
    fields=(
        Field(name="gauge", type=Type.TEXT, nullable=False, description="Which."),
        Field(name="time", type=Type.TIME, nullable=False, description="When."),
        Field(name="shown", type=Type.FLOAT, description="How much."),
    ),
)


def decode(delivery: Delivery, lookup: Lookup) -> Decoded:
    lines = [line.split(",") for line in delivery.body.decode().split()]
    rows = [{"gauge": g, "time": utc(t), "shown": float(v)} for g, t, v in lines]
    return Decoded(rows={"toy_gauge": rows_of(GAUGE, rows)})


def latest(situation: Situation) -> list[Signal]:
    """The last row of each gauge within an hour is its level; a negative one can't be judged."""
    rows = situation.table("toy_gauge", since_time=situation.now - timedelta(hours=1)).to_pylist()
    past = [row for row in rows if row["time"] < situation.now + timedelta(minutes=1)]
    newest = {row["gauge"]: row for row in sorted(past, key=lambda row: row["time"])}
    return [
        Signal(
            key=gauge,
            level=row["shown"],
            values={"gauge": gauge, "value": row["shown"], "usual": 1.0, "n": 7, "z": row["shown"]},
            latitude=44.2,
            longitude=80.4,
            area=f"Gauge {gauge}",
        )
        for gauge, row in newest.items()
        if row["shown"] >= 0
    ]


RULE = AlertRule(
    name="toy_high",
    title="Gauge high",
    judge=latest,
    opens_at=4.0,
    closes_at=2.0,
    severities=((4.0, "Minor"), (8.0, "Moderate"), (16.0, "Severe")),
    event="Gauge high",
    headline="{gauge} shows {value:.1f}",
    description="Usually {usual:.1f}.",
    instruction="Look at it.",
)
DOMAIN = Domain(
    role=Role.READER,
    name="toy",
    title="Toy",
    tables=(GAUGE,),
    intakes=(Intake(name="toy", title="Toy", media_type=TOY, decode=decode, tables=("toy_gauge",)),),
    alert_rules=(RULE,),
)


@dataclass
class Toy:
    """A node that lives on a clock of its own, can be restarted, and is told what its gauges show."""

    folder: Path
    clock: SetClock = field(default_factory=lambda: SetClock(NOON))
    overrides: dict[str, Any] = field(default_factory=dict)
    node: Node = field(init=False)

    def __post_init__(self) -> None:
        settings.write_new(self.folder, "KAZ")
        self.open()

    def open(self) -> None:
        self.node = assembly.open_node(self.folder, declared=(DOMAIN,), clock=self.clock, **self.overrides)

    def restart(self) -> None:
        self.node.close()
        self.open()

    def delivery(self, gauge: str, shown: float, labels: Labels = FOR_MEMBERS, source_id: str = "post") -> Delivery:
        now = self.clock.now()
        body = f"{gauge},{isoformat(now)},{shown}".encode()
        return Delivery(body=body, media_type=TOY, source_id=source_id, received_time=now, labels=labels)

    def take(self, gauge: str, shown: float, labels: Labels = FOR_MEMBERS, source_id: str = "post") -> None:
        pipeline.take(self.node, [self.delivery(gauge, shown, labels, source_id)])

    def shows(self, *levels: float, gauge: str = "g") -> None:
        """One level a minute, each followed at once."""
        for level in levels:
            self.clock.advance(timedelta(minutes=1))
            self.take(gauge, level)
            pipeline.follow(self.node)

    def pass_time(self, **span: float) -> None:
        self.clock.advance(timedelta(**span))
        pipeline.follow(self.node)

    def rows(self, table: str, view: int = OWN) -> list[dict[str, Any]]:
        who = Principal(name="reader", role=Role.READER, view=view)
        order = {"birlik_alert": "opened_time", "birlik_cap_message": "sent_time"}[table]
        found: list[dict[str, Any]] = self.node.reader(who).rows(table, order=(order,)).to_pylist()
        return found

    def alerts(self, view: int = OWN, rule: str = "toy_high") -> list[dict[str, Any]]:
        return [row for row in self.rows("birlik_alert", view) if row["rule"] == rule]

    def messages(self, view: int = OWN) -> list[cap.Alert]:
        return [cap_xml.parse(row["xml"].encode()) for row in self.rows("birlik_cap_message", view)]

    def outbox(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.node.store.database.arrow(
            "SELECT * FROM birlik_outbox ORDER BY due_time, outbox_id"
        ).to_pylist()
        return found


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Toy]]:
    made: list[Toy] = []

    def new(name: str = "node", **overrides: Any) -> Toy:
        made.append(Toy(tmp_path / name, overrides=overrides))
        return made[-1]

    yield new
    for toy in made:
        toy.node.close()
