"""From signals to alerts: what opens, changes and closes, and what is said of it, inside the step's transaction."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from birlik.clock import isoformat, utc
from birlik.kernel.alerting.messages import Chain, Said, cap_message
from birlik.kernel.alerting.naming import alert_id_of, message_id_of, outbox_id_of
from birlik.kernel.alerting.words import FORGOTTEN, NORMAL_AGAIN, catalogues_in, words
from birlik.kernel.alerts import AlertRule, Signal
from birlik.kernel.node import Node
from birlik.kernel.store import Step

WORTH_SAYING = 0.25
"""A level that moved by more than this share of what was last said is said again."""
SAID_AGAIN_AFTER = timedelta(hours=24)
"""An open alert is said again before its last message expires."""
UNJUDGED_SINCE = "unjudged_since"
"""Among an open alert's values: since when the rule has said nothing of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Move:
    """One transition. `over` is why it closed, as a format string; empty unless it did."""

    kind: str
    """CAP msgType: Alert, Update or Cancel."""
    severity: str
    over: str = ""


def judge(step: Step, rule: AlertRule, view: int, node: Node) -> None:
    """Open, update and close the alerts of one rule for one view.

    The outcome depends on what the view may see, on the whole minute and on the alerts that stand, on nothing else:
    judging twice in a minute over the same rows changes nothing.
    """
    if not _worth_judging(step, rule, node):
        return
    standing = {row["key"]: row for row in step.alerts(view, rule.name)}
    signals = step.signals(rule, view)
    desk = _Desk(step, rule, view, node)
    for key in sorted(standing.keys() | signals.keys()):
        row, signal = standing.get(key), signals.get(key)
        if signal is None:
            assert row is not None
            desk.unjudged(row)
        elif move := moved(rule, row, signal.level, desk.now):
            desk.say(move, row, signal)
        elif row is not None and UNJUDGED_SINCE in (values := json.loads(row["values"])):
            del values[UNJUDGED_SINCE]
            desk.note(row, values)


def _worth_judging(step: Step, rule: AlertRule, node: Node) -> bool:
    # Until the step ends, the store's watermark is that of the last one.
    turned = step.now.timetuple()[:5] != node.store.watermark.timetuple()[:5]
    return rule.watches is None or bool(step.anew) or turned or not step.changed.isdisjoint(rule.watches)


def moved(rule: AlertRule, row: Mapping[str, Any] | None, level: float, now: datetime) -> Move | None:
    """What a level means for an alert that stands (or for none); None where it means nothing new."""
    if row is None:
        return Move(kind="Alert", severity=severity(rule, level)) if level >= rule.opens_at else None
    if level < rule.closes_at:
        return Move(kind="Cancel", severity=row["severity"], over=NORMAL_AGAIN)
    became = severity(rule, level, row["severity"])
    far = abs(level - row["level"]) > WORTH_SAYING * abs(row["level"])
    if became != row["severity"] or far or now - row["updated_time"] >= SAID_AGAIN_AFTER:
        return Move(kind="Update", severity=became)
    return None


def severity(rule: AlertRule, level: float, current: str | None = None) -> str:
    """The severity of a level. A class that was reached is left only as far below its threshold as alerts close below
    theirs, so that it does not flutter either."""
    names = [name for _, name in rule.severities]
    eased = rule.closes_at / rule.opens_at if rule.opens_at > 0 else 1.0

    def reached(share: float) -> int:
        return max(0, sum(level >= threshold * share for threshold, _ in rule.severities) - 1)

    held = names.index(current) if current in names else 0
    return names[max(reached(1.0), min(held, reached(eased)))]


class _Desk:
    """Writes what one rule has to say to one view: the alert, its message, and a line a subscriber."""

    def __init__(self, step: Step, rule: AlertRule, view: int, node: Node) -> None:
        self.step, self.rule, self.view, self.node = step, rule, view, node
        self.situation = step.situation(view)
        self.now = self.situation.now
        self.view_name = node.views.names[view]

    def unjudged(self, row: Mapping[str, Any]) -> None:
        """The rule says nothing of an open alert: not that it is over, so it stands, but not for ever."""
        values = json.loads(row["values"])
        told = values.get(UNJUDGED_SINCE)
        since = min(utc(told or isoformat(self.now)), self.now)  # the clock may have been ahead when it was noted
        if self.now - since >= timedelta(seconds=self.rule.forgets_s):
            last = Signal(
                key=row["key"],
                level=row["level"],
                values={k: v for k, v in values.items() if k != UNJUDGED_SINCE},
                latitude=row["latitude"],
                longitude=row["longitude"],
                area=row["area"] or "",
            )
            self.say(Move(kind="Cancel", severity=row["severity"], over=FORGOTTEN), row, last)
        elif told != isoformat(since):
            self.note(row, values | {UNJUDGED_SINCE: isoformat(since)})

    def note(self, row: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        self.step.put("birlik_alert", [{**row, "values": _json(values)}], self.view, "alert_id")

    def say(self, move: Move, row: Mapping[str, Any] | None, signal: Signal) -> None:
        opened = row["opened_time"] if row else self.now
        named = (self.node.settings.member, self.rule.name, signal.key, opened, self.view_name)
        alert_id = row["alert_id"] if row else alert_id_of(*named)
        chain = self._chain(alert_id)
        if row is None and chain.earlier:
            return  # It opened and closed within this minute; if it is still so in the next, that is another one.
        said = self._said(move, signal, alert_id, chain, opened)
        closed = chain.sent if move.kind == "Cancel" else None
        alert = {
            "alert_id": alert_id,
            "rule": self.rule.name,
            "key": signal.key,
            "status": "closed" if closed else "open",
            "severity": move.severity,
            "level": signal.level,
            "opened_time": opened,
            "updated_time": chain.sent,
            "closed_time": closed,
            "headline": said.words[0].headline,
            "values": _json(signal.values),
            "message_id": said.message_id,
            "area": signal.area or None,
            "latitude": signal.latitude,
            "longitude": signal.longitude,
        }
        message = {
            "message_id": said.message_id,
            "alert_id": alert_id,
            "sent_time": chain.sent,
            "place": len(chain.earlier),
            "msg_type": move.kind,
            "xml": cap_message(self.rule, said),
        }
        self.step.put("birlik_alert", [alert], self.view, "alert_id")
        self.step.put("birlik_cap_message", [message], self.view, "message_id")
        self.step.put("birlik_outbox", self._outbox(said.message_id), self.view, "outbox_id")

    def _said(self, move: Move, signal: Signal, alert_id: str, chain: Chain, opened: datetime) -> Said:
        values = {
            **signal.values,
            "area": signal.area,
            "level": signal.level,
            "closes_at": self.rule.closes_at,
            "hours": self.rule.forgets_s / 3600,
        }
        folders = tuple(d.catalogue for d in self.node.domains if d.catalogue is not None)
        return Said(
            member=self.node.settings.member,
            view_name=self.view_name,
            alert_id=alert_id,
            message_id=message_id_of(alert_id, len(chain.earlier)),
            kind=move.kind,
            severity=move.severity,
            chain=chain,
            opened=opened,
            signal=signal,
            exercise=self.node.settings.title if self.node.settings.exercise else "",
            words=words(self.rule, values, catalogues_in(folders), move.over),
        )

    def _chain(self, alert_id: str) -> Chain:
        rows = self.situation.table("birlik_cap_message", columns=("sent_time", "message_id"), alert_id=alert_id)
        earlier = sorted((row["sent_time"], row["message_id"]) for row in rows.to_pylist())
        # Messages of one minute still differ in their time. What was sent by a clock that was ahead holds up none.
        before = [time for time, _ in earlier if time < self.now + timedelta(minutes=1)]
        sent = max(self.now, before[-1] + timedelta(seconds=1)) if before else self.now
        return Chain(earlier=tuple(earlier), sent=sent)

    def _outbox(self, message_id: str) -> list[dict[str, Any]]:
        return [
            {
                "outbox_id": outbox_id_of(url, message_id),
                "url": url,
                "message_id": message_id,
                "attempts": 0,
                "due_time": self.step.now,
                "status": "waiting",
                "said": None,
            }
            for url in dict.fromkeys(
                hook.url
                for hook in self.node.settings.webhooks
                if hook.view == self.view_name and (not hook.rules or self.rule.name in hook.rules)
            )
        ]


def _json(values: Mapping[str, Any]) -> str:
    """As JSON, which has no NaN: what isn't a number is null."""
    plain = {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in values.items()}
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, default=_text)


def _text(value: Any) -> str:
    return isoformat(value) if isinstance(value, datetime) else str(value)
