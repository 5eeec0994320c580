"""The CAP 1.2 message of one transition."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from birlik.kernel.alerting.words import Words
from birlik.kernel.alerts import AlertRule, Signal
from birlik.kernel.policy import BUILT_IN, PUBLIC
from birlik.standards import cap, cap_xml

VALID_FOR = timedelta(hours=48)
"""Until when a message holds if no other follows: longer than an open alert goes without being said again."""
RADIUS_KM = 10.0
"""Around the place of a signal: what stands around it, and the way to it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Chain:
    """The earlier messages of an alert, (sent, identifier) in their order, and when this one is sent."""

    earlier: tuple[tuple[datetime, str], ...]
    sent: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """All that one message says."""

    member: str
    view_name: str
    alert_id: str
    message_id: str
    kind: str
    severity: str
    chain: Chain
    opened: datetime
    signal: Signal
    words: Sequence[Words]
    exercise: str = ""
    """Its name, where the node's world is invented."""


def sender_of(member: str) -> str:
    """CAP's `sender` of a member's node: no space, comma, < or & (CAP 1.2, section 3.2.1)."""
    return f"birlik.{member.lower()}"


def cap_message(rule: AlertRule, said: Said) -> str:
    """The message as XML text. The view is named as the restriction, so that what is passed on says to whom it may."""
    public = said.view_name == BUILT_IN[PUBLIC]
    sender = sender_of(said.member)
    alert = cap.Alert(
        identifier=said.message_id,
        sender=sender,
        sent=said.chain.sent,
        # Who gets an exercise by mistake must not act on it: CAP asks for its name in the note.
        status=cap.Status.EXERCISE if said.exercise else cap.Status.ACTUAL,
        note=carried(said.exercise) or None,
        msg_type=cap.MsgType(said.kind),
        scope=cap.Scope.PUBLIC if public else cap.Scope.RESTRICTED,
        restriction=None if public else carried(f"view {said.view_name} of {said.member}"),
        references=tuple(
            cap.Reference(sender=sender, identifier=identifier, sent=sent) for sent, identifier in said.chain.earlier
        ),
        incidents=(said.alert_id,),
        infos=tuple(_info(rule, said, words) for words in said.words),
    )
    return cap_xml.to_xml(alert).decode()


def _info(rule: AlertRule, said: Said, words: Words) -> cap.Info:
    over = said.kind == cap.MsgType.CANCEL
    return cap.Info(
        language=words.language,
        categories=(cap.Category(rule.category),),
        event=carried(words.event),
        response_types=(cap.ResponseType.ALL_CLEAR if over else cap.ResponseType.ASSESS,),
        urgency=cap.Urgency.PAST if over else cap.Urgency(rule.urgency),
        severity=cap.Severity(said.severity),
        certainty=cap.Certainty(rule.certainty),
        effective=said.chain.sent,
        onset=said.opened,
        expires=said.chain.sent + VALID_FOR,
        sender_name=f"birlik {said.member}",
        headline=carried(words.headline),
        description=carried(words.description) or None,
        instruction=carried(words.instruction) or None,
        parameters=_parameters(rule, said),
        areas=_areas(said.signal),
    )


def _parameters(rule: AlertRule, said: Said) -> tuple[cap.Parameter, ...]:
    """The rule, its level and every value that the words are made of, for machines."""
    pairs = {"rule": rule.name, "key": said.signal.key, "level": round(said.signal.level, 3)} | dict(said.signal.values)
    return tuple(
        cap.Parameter(name=name, value=carried(str(value))) for name, value in pairs.items() if value is not None
    )


def _areas(signal: Signal) -> tuple[cap.Area, ...]:
    if not signal.area:
        return ()
    circles: tuple[cap.Circle, ...] = ()
    if signal.latitude is not None and signal.longitude is not None:
        circles = (cap.Circle(latitude=signal.latitude, longitude=signal.longitude, radius_km=RADIUS_KM),)
    return (cap.Area(description=carried(signal.area), circles=circles),)


def carried(text: str) -> str:
    """The text with what XML can't carry replaced: a supplier's odd name must not stop what follows from its rows.

    >>> carried("left\\x00right")
    'left�right'
    """
    return "".join("�" if _uncarried(c) else c for c in text)


def _uncarried(character: str) -> bool:
    odd = unicodedata.category(character) in ("Cc", "Cs") or ord(character) in (0xFFFE, 0xFFFF)
    return odd and character not in "\t\n"
