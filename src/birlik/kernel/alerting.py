"""The machinery behind alert rules."""

from birlik.kernel.alerts import AlertRule
from birlik.kernel.node import Node
from birlik.kernel.store import Step


def judge(step: Step, rule: AlertRule, view: int, node: Node) -> None:
    """Open, update and close the alerts of one rule for one view."""


def send_due(node: Node) -> int:
    """Post what is due in the outbox; returns how many were sent."""
    return 0
