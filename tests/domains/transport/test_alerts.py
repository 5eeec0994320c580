"""A crossing slower than its own season: what is held against what, and what is said of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from birlik import assembly, settings
from birlik.clock import SetClock
from birlik.domains.transport.alerts import ALERT_RULES, Days, crossing_slow, season_of
from birlik.domains.transport.events import CROSSING, PLACE
from birlik.domains.transport.indicators import INDICATORS
from birlik.domains.transport.model import episodes
from birlik.kernel import pipeline
from birlik.kernel.alerts import Signal
from birlik.kernel.domain import Decoded, Delivery, Domain, Intake, Lookup, Table
from birlik.kernel.members import Role
from birlik.kernel.node import Node
from birlik.kernel.policy import MEMBERS, OWN, Labels, Marking, Principal
from birlik.standards import cap

NOW = datetime(2026, 3, 17, 6, tzinfo=UTC)
"""A Tuesday; eleven o'clock at Nurzholy."""
TODAY = date(2026, 3, 17)
CROSSING_ID = "kz-nurzholy--cn-khorgos--road"


def number(day: date) -> int:
    return (day - date(1970, 1, 1)).days


@dataclass
class Seen:
    """A situation of one crossing and direction: daily medians, and who is inside since when."""

    medians: dict[int, float]
    """Day -> hours."""
    n: dict[int, int] = field(default_factory=dict)
    open_h: Sequence[float] = ()
    finished_h: Sequence[float] = ()
    """Single durations on every day; only their tail matters."""
    now: datetime = NOW

    def table(self, name: str, *, columns: Sequence[str] | None = None, **equal: Any) -> Any:
        if name in ("transport_crossing", "transport_place"):
            declared = {"transport_crossing": CROSSING, "transport_place": PLACE}[name]
            assert declared.facts is not None
            return declared.facts()
        which = {"crossing_id": CROSSING_ID, "direction": "a_to_b", "mode": "road"}
        if equal["status"] == "open":
            rows = [{**which, "entry_time": self.now - timedelta(hours=h)} for h in self.open_h]
            empty = pa.table({name: pa.array([], pa.string()) for name in columns or ()})
            return pa.Table.from_pylist(rows) if rows else empty
        return pa.table(
            {
                "exit_day": pa.array([d for d in self.medians for _ in self.finished_h], pa.int64()),
                "dwell_s": pa.array([int(h * 3600) for _ in self.medians for h in self.finished_h], pa.int64()),
            }
        )

    def latest_by_minute(self, name: str, *, time: str, by: str, since: datetime) -> Any:
        raise AssertionError("not of this rule")

    def figures(self, indicator: str, **equal: Any) -> Any:
        assert indicator == "tfi1_day"
        rows = [
            {
                "crossing_id": CROSSING_ID,
                "direction": "a_to_b",
                "mode": "road",
                "exit_day": day,
                "median": median,
                "p90": 1.5 * median,
                "n": self.n.get(day, 40),
            }
            for day, median in self.medians.items()
            if day >= equal["since_exit_day"]
        ]
        return pa.Table.from_pylist(rows)

    def judged(self) -> list[Signal]:
        return list(crossing_slow(self))


def past(days: int = 60, usual_h: float = 6.0, before: date = TODAY) -> dict[int, float]:
    """So many days before a date, each within a twentieth of the usual."""
    return {number(before) - i: usual_h * (1 + 0.05 * ((i * 7) % 5 - 2) / 2) for i in range(1, days + 1)}


@pytest.mark.parametrize(
    ("recent_h", "n", "opens"),
    [
        pytest.param(6.1, 40, False, id="as usual"),
        pytest.param(7.2, 40, False, id="a fifth slower is within the days' own spread"),
        pytest.param(12.0, 40, True, id="twice as slow"),
        pytest.param(7.8, 5, False, id="five early ones that are slow prove little"),
        pytest.param(18.0, 5, True, id="five that are three times as slow prove enough"),
        pytest.param(2.0, 40, False, id="faster is no alert"),
    ],
)
def test_a_day_is_held_against_its_season(recent_h: float, n: int, opens: bool) -> None:
    day = number(TODAY)
    (signal,) = Seen(past() | {day: recent_h}, n={day: n}).judged()
    assert (signal.level >= ALERT_RULES[0].opens_at) is opens


def test_a_signal_says_what_where_and_against_which_season() -> None:
    (signal,) = Seen(past() | {number(TODAY): 12.0}).judged()
    assert signal.key == "kz-nurzholy--cn-khorgos--road/a_to_b"
    assert signal.values["value"] == 12.0
    assert signal.values["usual"] == pytest.approx(6.0, rel=0.05)
    assert (signal.values["n"], signal.values["day"]) == (40, "2026-03-17")
    assert (signal.values["season"], signal.values["season_days"]) == ("the same weekday", 8)
    assert "Khorgos" in signal.area
    assert signal.latitude == pytest.approx(44.2, abs=0.2)
    rule = ALERT_RULES[0]
    assert rule.headline.format(**signal.values).endswith(": 12.0 h, usually 6.1 h")
    assert "8 days (the same weekday)" in rule.description.format(**signal.values)


@pytest.mark.parametrize(
    ("days", "name", "n"),
    [
        pytest.param(3, None, 0, id="three days are no season"),
        pytest.param(20, "any day", 20, id="two Tuesdays: any day"),
        pytest.param(60, "the same weekday", 8, id="two Tuesdays in March: any Tuesday"),
        pytest.param(400, "the same weekday and month", 6, id="Tuesdays in March of two years"),
    ],
)
def test_a_season_is_widened_until_it_has_four_days(days: int, name: str | None, n: int) -> None:
    medians = dict(sorted(past(days).items()))
    day, median = np.array(list(medians)), np.array(list(medians.values()))
    season = season_of(Days(day, median, median, np.full(day.size, 40)), number(TODAY))
    assert (season.name, season.days.day.size) == (name, n) if season else name is None


def test_the_season_of_a_day_is_what_came_before_it() -> None:
    """Else a slow day would make itself usual."""
    today = number(TODAY)
    days = np.arange(today - 10, today + 1)
    season = season_of(Days(days, np.ones(11), np.ones(11), np.full(11, 9)), today)
    assert season is not None
    assert season.days.day.max() == today - 1


@pytest.mark.parametrize(
    ("last", "signals"),
    [
        pytest.param(0, 1, id="the running day counts"),
        pytest.param(1, 1, id="else yesterday"),
        pytest.param(2, 0, id="further back says nothing of now"),
    ],
)
def test_only_a_recent_day_is_judged(last: int, signals: int) -> None:
    assert len(Seen(past(before=TODAY - timedelta(days=last - 1))).judged()) == signals


@pytest.mark.parametrize(
    ("open_h", "opens"),
    [
        pytest.param([30.0] * 4, False, id="four long waits are too few"),
        pytest.param([30.0] * 9, False, id="fewer than a quarter of a usual day are the usual slowest"),
        pytest.param([30.0] * 12, True, id="a crowd that waits"),
        pytest.param([7.0] * 50, False, id="a crowd that does not wait longer than the season's p95"),
    ],
)
def test_who_is_still_inside_raises_the_level(open_h: list[float], opens: bool) -> None:
    seen = Seen(past() | {number(TODAY): 6.0}, open_h=open_h, finished_h=[*np.linspace(3, 12, 100)])
    (signal,) = seen.judged()
    assert (signal.level >= ALERT_RULES[0].opens_at) is opens
    if opens:
        assert (signal.values["about"], signal.values["value"]) == ("median wait of who is still inside", 30.0)


def test_a_border_from_which_nobody_comes_is_judged_by_who_waits() -> None:
    seen = Seen(past(before=TODAY - timedelta(days=3)), open_h=[50.0] * 30, finished_h=[*np.linspace(3, 12, 100)])
    (signal,) = seen.judged()
    assert signal.level >= ALERT_RULES[0].opens_at
    assert signal.values["waiting_n"] == 30


# --- through a node: the real figures, the real messages -------------------------------------------------------

EPISODE = Table(
    name="transport_crossing_episode",
    title="Crossing episodes",
    description="Given, where a node derives them.",
    fields=episodes.FIELDS,
    key=episodes.KEY,
    time="entry_time",
)


def finished(day: date, hours: float, i: int) -> dict[str, Any]:
    entry = datetime(day.year, day.month, day.day, 4, tzinfo=UTC) - timedelta(hours=hours)
    row: dict[str, Any] = {f.name: 0 if f.type == "int" else None for f in episodes.FIELDS}
    return row | {
        "crossing_id": CROSSING_ID,
        "direction": "a_to_b",
        "mode": "road",
        "object_id": f"plate:{i}",
        "object_key": i,
        "object_kind": "vehicle",
        "status": "finished",
        "entry_time": entry,
        "exit_time": entry + timedelta(hours=hours),
        "last_time": entry + timedelta(hours=hours),
        "dwell_s": int(hours * 3600),
        "exit_month": f"{day:%Y-%m}",
        "exit_day": number(day),
        "basis": "measured",
        "latest_received_time": entry + timedelta(hours=hours),
    }


def decode(delivery: Delivery, lookup: Lookup) -> Decoded:
    """`2026-03-17 12.0 20`: so many left on a day after so many hours."""
    rows = []
    for line in delivery.body.decode().splitlines():
        day, hours, n = line.split()
        for i in range(int(n)):
            spread = float(hours) * (0.8 + 0.4 * i / int(n))
            rows.append(finished(date.fromisoformat(day), spread, int(day.replace("-", "")) * 1000 + i))
    return Decoded(rows={EPISODE.name: pa.Table.from_pylist(rows, schema=EPISODE.schema)})


BORDER = Domain(
    name="transport",
    title="Transport",
    tables=(EPISODE, CROSSING, PLACE),
    indicators=tuple(i for i in INDICATORS if i.name == "tfi1_day"),
    intakes=(Intake(name="days", title="", media_type="x/days", decode=decode, tables=(EPISODE.name,)),),
    alert_rules=ALERT_RULES,
)


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    settings.write_new(tmp_path, "KAZ")
    opened = assembly.open_node(tmp_path, declared=(BORDER,), clock=SetClock(NOW))
    yield opened
    opened.close()


def send(node: Node, labels: Labels, *lines: str) -> None:
    delivery = Delivery(
        body="\n".join(lines).encode(),
        media_type="x/days",
        source_id="post",
        received_time=node.clock.now(),
        labels=labels,
    )
    pipeline.take(node, [delivery])


def messages(node: Node, view: int) -> list[cap.Alert]:
    reader = node.reader(Principal(name="reader", role=Role.READER, view=view))
    rows = reader.rows("birlik_cap_message", order=("sent_time",)).to_pylist()
    return [cap.parse(row["xml"].encode()) for row in rows]


def test_a_slow_day_opens_one_alert_in_the_views_that_see_it_and_a_usual_one_closes_it(node: Node) -> None:
    assert isinstance(node.clock, SetClock)
    members = Labels(marking=Marking.AMBER, audience=("members",))
    usual = [f"{TODAY - timedelta(days=i)} {6 + 0.1 * (i % 3)} 20" for i in range(1, 40)]
    send(node, members, *usual)
    pipeline.follow(node)
    assert messages(node, OWN) == []
    send(node, Labels(), f"{TODAY} 18 20")
    pipeline.follow(node)
    (opened,) = messages(node, OWN)
    assert opened.infos[0].headline is not None
    assert "17.8 h, usually 6.0 h" in opened.infos[0].headline
    assert messages(node, MEMBERS) == [], "the slow day was hidden from members"
    node.clock.advance(timedelta(days=1))
    send(node, members, f"{TODAY + timedelta(days=1)} 6 20")
    pipeline.follow(node)
    assert [m.msg_type for m in messages(node, OWN)] == ["Alert", "Cancel"]
