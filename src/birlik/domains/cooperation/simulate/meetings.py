"""Meetings of invented states: held and to come, announced to the minute, by days, or by a month alone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from birlik.domains.cooperation.simulate.clocks import offset_h
from birlik.domains.cooperation.simulate.invented_words import Lexicon
from birlik.domains.cooperation.simulate.people_and_bodies import STATES
from birlik.domains.cooperation.simulate.vocabulary_of_bodies import FIELDS
from birlik.domains.cooperation.vocabulary.invented import INVENTED_STATES

HELD_N, COMING_N = 8, 7
MET: Mapping[str, str] = {
    "en": "{} forum, {}",
    "ru": "Форум: {}, {}",
    "kk": "{} форумы, {}",
    "ky": "{} форуму, {}",
    "uz": "{} forumi, {}",
    "az": "{} forumu, {}",
    "tr": "{} forumu, {}",
    "tk": "{} forumy, {}",
}
"""A meeting on a field, in a town."""
TO_THE_MINUTE, BY_DAYS, BY_MONTH = range(3)
HOW_EXACT = (TO_THE_MINUTE, BY_DAYS, TO_THE_MINUTE, BY_DAYS, BY_MONTH)
CALLED_OFF = 5
"""Of those to come, which one is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """One of them. begins, ends: UTC without a zone, the first and the last instant; None where no day is announced."""

    own: str
    begins: datetime | None
    ends: datetime | None
    said: Sequence[tuple[str, str, str]]
    """(property, value, language)."""


def meetings(rng: np.random.Generator, lexicons: Sequence[Lexicon], now: datetime) -> Iterator[Meeting]:
    """First those that were held, the oldest first, then those to come, the next first. now: UTC."""
    noon = now.replace(tzinfo=None, hour=12, minute=0, second=0, microsecond=0)
    back = np.sort(rng.integers(20, 700, HELD_N))[::-1]
    ahead = np.sort(rng.integers(3, 150, COMING_N))
    for i, days in enumerate([*(-back), *ahead]):
        activity = "held" if i < HELD_N else "cancelled" if i == HELD_N + CALLED_OFF else "announced"
        yield _meeting(i, STATES[int(rng.integers(len(STATES)))], noon + timedelta(days=int(days)), activity, rng,
                       lexicons)  # fmt: skip


def _meeting(
    i: int, state: str, at: datetime, activity: str, rng: np.random.Generator, lexicons: Sequence[Lexicon]
) -> Meeting:
    words = lexicons[STATES.index(state)]
    town, on = str(rng.choice(words.towns)), FIELDS[int(rng.integers(len(FIELDS)))]
    hour, lasts_d = int(rng.integers(9, 12)), int(rng.integers(1, 4))
    names = dict.fromkeys((words.lang, "en"))
    said = [("name", MET[lang].format(on[lang].capitalize() if lang != "ru" else on[lang], town), lang)
            for lang in names]  # fmt: skip
    said += [("type", "forum", ""), ("place", town, ""), ("state", state, ""), ("activity", activity, ""),
             ("theme", on["en"].lower(), "en")]  # fmt: skip
    begins, ends = at.replace(hour=hour), at.replace(hour=17) + timedelta(days=lasts_d - 1)
    exact = HOW_EXACT[i % len(HOW_EXACT)]
    if exact == BY_MONTH:
        return Meeting(own=f"{i:03d}", begins=None, ends=None, said=[*said, ("start", f"{begins:%Y-%m}", "")])
    if exact == BY_DAYS:
        said += [("start", f"{begins:%Y-%m-%d}", ""), ("end", f"{ends:%Y-%m-%d}", "")]
        begins, ends = begins.replace(hour=0), ends.replace(hour=0) + timedelta(days=1)
    else:
        zone = INVENTED_STATES[state].zone
        said += [("begins", f"{begins:%Y-%m-%dT%H:%M}[{zone}]", ""), ("ends", f"{ends:%Y-%m-%dT%H:%M}[{zone}]", "")]
    return Meeting(
        own=f"{i:03d}",
        begins=begins - timedelta(hours=offset_h(state, begins.date())),
        ends=ends - timedelta(hours=offset_h(state, ends.date() - timedelta(days=exact == BY_DAYS))),
        said=said,
    )
