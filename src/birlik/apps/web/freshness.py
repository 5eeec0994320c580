"""How fresh the data of a page are: its last record, and how often one usually comes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import Any

from birlik.apps.web.sight import Sight
from birlik.kernel.domain import Fresh, Role
from birlik.kernel.pages import OLD_AFTER_S

OLD_TIMES = 4.0
"""Nothing is said of now where the last record is older than so many usual pauses, and than the page's own bound."""
NEWEST = 200
"""So many records tell how often one comes, where no figure does."""
MESSAGES = Fresh(table="birlik_message", time="received_time")
"""What came last, whatever it was: for pages that are about no figures."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Freshness:
    now: datetime
    last: datetime | None = None
    usual_s: float | None = None
    old_after_s: float = OLD_AFTER_S
    """As the page says."""

    @property
    def age_s(self) -> float:
        """A clock may run ahead: no record comes from the future."""
        return max(0.0, (self.now - self.last).total_seconds()) if self.last is not None else 0.0

    @property
    def is_old(self) -> bool:
        """Too old to say anything of now. What has no record at all is empty, not old."""
        return self.age_s > max(self.old_after_s, OLD_TIMES * (self.usual_s or 0.0))


def declared(sight: Sight) -> Fresh:
    """By the page, else by another of its domain's pages."""
    return sight.ask.page.fresh or next((p.fresh for p in sight.ask.domain.pages if p.fresh is not None), MESSAGES)


def of(sight: Sight) -> Freshness:
    """Of the page. Asked again by each panel, so that it stands among what the panel was made of."""
    said = declared(sight)
    if not sight.principal.has(Role.READER):
        return _made(sight)  # of what comes in they see only what is theirs
    if said.indicator and (told := _of_figures(sight, said)):
        return told
    rows = sight.rows(
        said.table, order=(f"-{said.time}",), limit=NEWEST, columns=(said.time,), slow=True, past=said.time
    )
    times = [row[said.time] for row in rows if row[said.time] is not None]
    last = times[0] if times else None
    return _made(sight, last, _usual_s(times))


def _of_figures(sight: Sight, said: Fresh) -> Freshness | None:
    """What its figures say; None where they say nothing, since nothing of late is in them."""
    rows = [row for row in sight.figures(said.indicator, spanned=False) if row.get(said.last) is not None]
    if not rows:
        return None
    # Of several lines together a record comes at least as often as of the busiest.
    pauses = [row[said.gap] for row in rows if row.get(said.gap) is not None]
    return _made(sight, max(r[said.last] for r in rows), min(pauses, default=None))


def _made(sight: Sight, last: datetime | None = None, usual_s: float | None = None) -> Freshness:
    return Freshness(now=sight.minute, last=last, usual_s=usual_s, old_after_s=sight.ask.page.old_after_s)


def of_row(sight: Sight, row: Mapping[str, Any]) -> Freshness:
    """Of one line; without a last record where its figure tells of none."""
    said = declared(sight)
    return _made(sight, row.get(said.last), row.get(said.gap))


def _usual_s(newest_first: Sequence[datetime]) -> float | None:
    """The middle of the pauses between moments with records; None where there are too few to tell."""
    pauses = [(b - a).total_seconds() for a, b in pairwise(sorted(set(newest_first)))]
    return median(pauses) if len(pauses) >= 5 else None


def ago_words(sight: Sight, fresh: Freshness) -> str:
    """`last record 3 hours ago`."""
    if fresh.last is None:
        return sight.words.t("no record yet")
    return sight.words.t("last record {ago}").format(ago=sight.words.ago(fresh.last, fresh.now))


def words_of(sight: Sight, fresh: Freshness) -> str:
    """`last record 3 hours ago, usually every 5 minutes`."""
    words = sight.words
    if fresh.last is None or fresh.usual_s is None:
        return ago_words(sight, fresh)
    ago = words.ago(fresh.last, fresh.now)
    every = words.span(max(60.0, fresh.usual_s))
    return words.t("last record {ago}, usually every {every}").format(ago=ago, every=every)


def old_words(sight: Sight, fresh: Freshness) -> str:
    """What a page says before all else where everything is old."""
    said = sight.words.t("The last record is from {when}, {ago}: nothing is known of now.")
    assert fresh.last is not None
    return said.format(when=sight.words.moment(fresh.last, sight.zone), ago=sight.words.ago(fresh.last, fresh.now))
