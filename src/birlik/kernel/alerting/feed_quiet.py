"""A feed has gone quiet: a rule that every node has, since every node has suppliers.

Its usual gap is the 95th percentile of the gaps between the minutes in which it sent, over the last 14 days, or what
the settings say of it. How long it has been silent, in usual gaps, is the level.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from birlik.clock import isoformat
from birlik.kernel.alerts import AlertRule, Signal, Situation

LOOK_BACK = timedelta(days=14)
SHORTEST_GAP_S = 60.0
"""Several messages in a minute are one arrival: a burst must not make a pause of minutes look like silence."""
MINIMUM_GAPS = 10
"""Fewer don't make a rhythm: a file sent now and then is no feed."""
USUAL_SHARE = 0.95


def feed_quiet(every_s: Mapping[str, float]) -> AlertRule:
    """The rule, for sources of which the settings say how often they send; the others' rhythm is learnt."""
    return AlertRule(
        name="feed_quiet",
        title="Feed gone quiet",
        judge=partial(_judge, every_s=every_s),
        opens_at=4.0,
        closes_at=2.0,
        severities=((4.0, "Minor"), (12.0, "Moderate"), (48.0, "Severe")),
        urgency="Expected",
        certainty="Observed",
        category="Infra",
        event="Feed gone quiet",
        headline="No word from {source} for {silent_h:duration}",
        description="The last message came at {last_time}. Usually one comes within {usual_h:duration} ({basis}).",
        instruction="Ask the supplier. Figures that rest on this source stand still until it sends again.",
        watches=(),
    )


def _judge(situation: Situation, *, every_s: Mapping[str, float]) -> Iterable[Signal]:
    seen = situation.latest_by_minute(
        "birlik_message", time="received_time", by="source_id", since=situation.now - LOOK_BACK
    )
    seconds = seen.column("received_time").cast("int64").to_numpy() / 1e6
    # What came while the clock was ahead tells of no present: else a feed could not go quiet until then.
    until_now = seconds <= situation.now.timestamp() + 60
    sources = seen.column("source_id").to_numpy(zero_copy_only=False)[until_now]
    seconds = seconds[until_now]
    # Ordered by source, then time: each source is one run.
    bounds = [0, *(np.flatnonzero(sources[1:] != sources[:-1]) + 1).tolist(), len(sources)]
    for first, end in pairwise(bounds if len(sources) else []):
        source = str(sources[first])
        signal = _signal(source, seconds[first:end], situation.now, every_s.get(source))
        if signal is not None:
            yield signal


def _signal(source: str, seconds: npt.NDArray[np.float64], now: datetime, stated_s: float | None) -> Signal | None:
    """`seconds`: the arrivals, ascending, epoch seconds. None where the source has no rhythm yet."""
    gaps = np.diff(seconds)
    if stated_s is None and gaps.size < MINIMUM_GAPS:
        return None
    usual_s = max(stated_s or float(np.quantile(gaps, USUAL_SHARE)), SHORTEST_GAP_S)
    # Rows may have come after the whole minute that is judged.
    silent_s = max(0.0, now.timestamp() - float(seconds[-1]))
    learnt = f"95 % of {gaps.size} gaps in {LOOK_BACK.days} d"
    return Signal(
        key=source,
        level=silent_s / usual_s,
        values={
            "source": source,
            "value": round(silent_s),
            "usual": round(usual_s),
            "n": int(gaps.size),
            "unit": "s",
            "silent_h": round(silent_s / 3600, 4),
            "last_time": isoformat(datetime.fromtimestamp(round(float(seconds[-1])), UTC)),
            "usual_h": round(usual_s / 3600, 4),
            "basis": "settings" if stated_s is not None else learnt,
        },
    )
