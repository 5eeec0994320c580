"""Nothing here is out of the ordinary by itself: what falls due is a figure, and no alarm."""

from birlik.kernel.domain import AlertRule

ALERT_RULES: tuple[AlertRule, ...] = ()
