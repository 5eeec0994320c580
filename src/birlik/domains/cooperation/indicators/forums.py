"""Figures of forums: how many lie ahead, and to how many promises those led that were held."""

from datetime import datetime
from typing import Any

from birlik.domains.cooperation.events import WORLD
from birlik.domains.cooperation.indicators.making import Row, by, count, exact, figures
from birlik.domains.cooperation.model.happenings import EVENT
from birlik.kernel.domain import Field, Indicator, Rows, Type
from birlik.quantity import Quantity

EXACT = "none: a count of the register is exact"
OWN = "This registry's own definition."
NAME = Field(name="title", type=Type.TEXT, nullable=False, description="The event, by its name.")


def _is_ahead(row: Row, now: datetime) -> bool:
    return row["finish_time"] is not None and bool(row["finish_time"] > now) and not row["is_cancelled"]


def _known(rows: Rows, now: datetime) -> Rows:
    made = []
    for (world,), of in by(rows, "world").items():
        ahead = sum(_is_ahead(row, now) for row in of)
        undated = sum(row["begins_time"] is None for row in of)
        led = sum(row["promises_n"] > 0 for row in of)
        told: dict[str, Any] = {"world": world, **exact(float(ahead), len(of))}
        made.append({**told, "known_n": len(of), "undated_n": undated, "led_n": led})
    return figures(EVENTS_AHEAD, made)


EVENTS_AHEAD = Indicator(
    name="events_ahead",
    code="EVENTS",
    title="Events that lie ahead",
    unit="1",
    quantity=Quantity.COUNT,
    source=EVENT.name,
    columns=("begins_time", "finish_time", "is_cancelled", "promises_n"),
    dimensions=(WORLD,),
    function=_known,
    further=(
        count("known_n", "How many events are known."),
        count("undated_n", "Of how many no day is known."),
        count("led_n", "How many led to a promise that is known."),
    ),
    method="Events of the register that the reader may see, of which the last day is known and hasn't passed on the "
    "clock of the place, and that aren't cancelled. One whose day isn't known lies neither ahead nor behind.",
    reference=OWN,
    interval=EXACT,
    minimum_n=1,
    live=True,
)


def _led(rows: Rows, now: datetime) -> Rows:
    made = [
        {"world": row["world"], "title": row["title"], **exact(float(row["promises_n"]), row["promises_n"]),
         "promises_done_n": row["promises_done_n"]}
        for row in sorted(rows.to_pylist(), key=lambda row: (row["title"], row["begins_time"] or now))
        if row["promises_n"]
    ]  # fmt: skip
    together: dict[tuple[str, str], dict[str, Any]] = {}
    for row in made:  # two events of one name are told as one
        before = together.setdefault((row["world"], row["title"]), row)
        if before is not row:
            before["promises_done_n"] += row["promises_done_n"]
            for name in ("value", "n", "low", "high"):
                before[name] += row[name]
    return figures(EVENTS_LED, list(together.values()))


EVENTS_LED = Indicator(
    name="events_led",
    code="LED_TO",
    title="Promises by the event at which they were made",
    unit="1",
    quantity=Quantity.COUNT,
    source=EVENT.name,
    columns=("begins_time", "promises_n", "promises_done_n"),
    dimensions=(WORLD, NAME),
    function=_led,
    further=(count("promises_done_n", "How many of them are said to be done."),),
    method="Commitments of the register that the reader may see and that name the event at which they were made, "
    "counted. A promise that names none isn't counted for any.",
    reference=OWN,
    interval=EXACT,
    minimum_n=1,
    live=True,
)
