"""Rows to wire: records leave in their own standard, with what has been said since."""

from birlik.domains.cooperation.exports import oc4ids

ENDPOINTS = (*oc4ids.ENDPOINTS,)
"""What other systems ask of us."""
