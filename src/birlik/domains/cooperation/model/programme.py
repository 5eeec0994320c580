"""The rules of a programme: where and when a talk can stand, and which rule a placing breaks, with what it meets there.

Moments are of any one clock; talks are of one event.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from birlik.domains.cooperation.vocabulary.programme import BETWEEN, Rule


@dataclass(frozen=True, slots=True)
class Hours:
    """A room, and from when until when it is open."""

    room: str
    opens: datetime
    closes: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Talk:
    talk_id: str
    title: str
    speakers: frozenset[str]
    minutes: int
    after: str = ""
    """The talk that it comes after, by its id."""
    room: str = ""
    begins: datetime | None = None
    """None where it has no place yet."""

    @property
    def ends(self) -> datetime | None:
        """When it ends, if it is known when it begins."""
        return self.begins + timedelta(minutes=self.minutes) if self.begins is not None else None

    def at(self, room: str, begins: datetime) -> "Talk":
        """The same, placed."""
        return replace(self, room=room, begins=begins)


@dataclass(frozen=True, kw_only=True, slots=True)
class Broken:
    """A rule that a placing breaks."""

    rule: Rule
    other: Talk | None = None
    """What it meets there."""
    speaker: str = ""
    """Who would speak at two places."""


def speakers_of(text: str | None) -> frozenset[str]:
    """Names out of a text, without case and spaces around.

    >>> sorted(speakers_of("Aida Bek;  omar"))
    ['aida bek', 'omar']
    """
    return frozenset(" ".join(name.split()).casefold() for name in (text or "").split(BETWEEN) if name.strip())


def meet(one: Talk, other: Talk) -> bool:
    """Is there a moment that both have? What ends when another begins doesn't meet it."""
    if one.begins is None or other.begins is None or one.ends is None or other.ends is None:
        return False
    return one.begins < other.ends and other.begins < one.ends


def broken(talk: Talk, others: Sequence[Talk], hours: Sequence[Hours]) -> Iterator[Broken]:
    """The rules that a placed talk breaks beside the others of its event, in the order of `Rule`."""
    if talk.begins is None or talk.ends is None:
        return
    begins, ends = talk.begins, talk.ends
    if not any(each.room == talk.room and each.opens <= begins and ends <= each.closes for each in hours):
        yield Broken(rule=Rule.HOURS)
    if not fits_somewhere(talk, hours):
        yield Broken(rule=Rule.LENGTH)
    beside = [other for other in others if other.talk_id != talk.talk_id]
    meeting = [other for other in beside if meet(talk, other)]
    yield from (Broken(rule=Rule.ROOM, other=other) for other in meeting if other.room == talk.room)
    for other in meeting:
        for speaker in sorted(talk.speakers & other.speakers):
            yield Broken(rule=Rule.SPEAKER, other=other, speaker=speaker)
    for other in beside:
        if is_out_of_order(talk, other):
            yield Broken(rule=Rule.ORDER, other=other)


def is_out_of_order(talk: Talk, other: Talk) -> bool:
    """Does one come after the other, and begin before that has ended, or while that has no place?"""
    if talk.after == other.talk_id:
        return talk.begins is not None and (other.ends is None or talk.begins < other.ends)
    if other.after == talk.talk_id:
        return other.begins is not None and (talk.ends is None or other.begins < talk.ends)
    return False


def fits_somewhere(talk: Talk, hours: Sequence[Hours]) -> bool:
    """Is any room open for as long as it takes?"""
    return any(each.closes - each.opens >= timedelta(minutes=talk.minutes) for each in hours)
