"""The machinery behind alert rules: judging inside a step, sending after it.

Nothing is sent before the commit: a neighbour must never hear of something that is then rolled back. So `judge` writes
alerts, messages and the outbox with the step, and `send_due` posts what lies in the outbox.
"""

from collections.abc import Sequence

from birlik.kernel.alerting.feed_quiet import feed_quiet
from birlik.kernel.alerting.judging import judge
from birlik.kernel.alerting.sending import send_due
from birlik.kernel.alerts import AlertRule
from birlik.kernel.node import Node

__all__ = ["judge", "rules", "send_due"]


def rules(node: Node) -> Sequence[AlertRule]:
    """What every node watches, then what its domains declare."""
    every_s = {name: source.every_s for name, source in node.settings.sources.items() if source.every_s is not None}
    return (feed_quiet(every_s), *node.alert_rules)
