"""Alerts: a condition with an opening and a closing threshold; one state of affairs is one alert."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from birlik.kernel.tables import Field, Rows, Type


class Situation(Protocol):
    """What a rule may look at: the rows of one view, as they stand at `now`."""

    @property
    def now(self) -> datetime:
        """The whole minute. Steps fall when rows arrive, hidden ones too: a finer time would betray them."""
        ...

    def table(self, name: str, *, columns: Sequence[str] | None = None, **equal: Any) -> Rows:
        """Rows of a table or derived table; `since_<column>=datetime` bounds it below."""
        ...

    def latest_by_minute(self, name: str, *, time: str, by: str, since: datetime) -> Rows:
        """Columns `by` and `time`: of every minute with rows the last time in it. Small, whatever the table."""
        ...

    def figures(self, indicator: str, **equal: Any) -> Rows:
        """The newest figures of an indicator where the dimensions have these values, as the rule's view has them."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Signal:
    """How far one key is from normal, now."""

    key: str
    """What makes it one alert: `cage-7/north`."""
    level: float
    """Compared with the rule's thresholds."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """For the words of headline and description: `{place} {value_h} {usual_h}`."""
    latitude: float | None = None
    longitude: float | None = None
    area: str = ""


@dataclass(frozen=True, kw_only=True)
class AlertRule:
    name: str
    title: str
    judge: Callable[[Situation], Iterable[Signal]]
    opens_at: float
    """A key whose level reaches this opens."""
    closes_at: float
    """An open alert whose level falls below this closes: below `opens_at`, so that it does not flutter."""
    severities: tuple[tuple[float, str], ...]
    """(from level, CAP severity), rising."""
    urgency: str = "Expected"
    certainty: str = "Observed"
    category: str = "Other"
    """CAP's."""
    event: str = ""
    """CAP event, in words."""
    headline: str = ""
    """A format string over the signal's values; translated by the catalogue."""
    description: str = ""
    instruction: str = ""
    reference: str = ""
    watches: tuple[str, ...] | None = None
    """Derived tables and indicators. Unless one changed, the rule is judged once a minute; None is at every step."""
    forgets_s: int = 86_400
    """An open alert of which the rule has said nothing for so long is closed, with that as its reason."""


ALERT_FIELDS = (
    Field(
        name="alert_id",
        type=Type.TEXT,
        nullable=False,
        description="One state of affairs.",
        term="CAP incidents",
    ),
    Field(name="rule", type=Type.TEXT, nullable=False, description="The rule that opened it."),
    Field(name="key", type=Type.TEXT, nullable=False, description="What it is about."),
    Field(name="status", type=Type.TEXT, nullable=False, codes=("open", "closed"), description="How it stands."),
    Field(name="severity", type=Type.TEXT, nullable=False, description="CAP severity.", term="CAP severity"),
    Field(
        name="level",
        type=Type.FLOAT,
        nullable=False,
        description="How far from normal, in the rule's measure.",
    ),
    Field(name="opened_time", type=Type.TIME, nullable=False, description="When it opened."),
    Field(name="updated_time", type=Type.TIME, nullable=False, description="When it last changed."),
    Field(name="closed_time", type=Type.TIME, description="When it closed."),
    Field(name="headline", type=Type.TEXT, nullable=False, description="In one line.", term="CAP headline"),
    Field(name="values", type=Type.JSON, nullable=False, description="What the words are made of."),
    Field(
        name="message_id",
        type=Type.TEXT,
        nullable=False,
        description="Its latest message.",
        term="CAP identifier",
    ),
    Field(name="area", type=Type.TEXT, description="Where.", term="CAP areaDesc"),
    Field(name="latitude", type=Type.FLOAT, unit="°", description="WGS 84."),
    Field(name="longitude", type=Type.FLOAT, unit="°", description="WGS 84."),
)
