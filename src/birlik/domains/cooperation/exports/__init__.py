"""Rows to wire: records leave in their own standard, with what has been said since."""

from birlik.domains.cooperation.exports import calendars, oc4ids, schema_org, works

ENDPOINTS = (*oc4ids.ENDPOINTS, *works.ENDPOINTS, *calendars.ENDPOINTS, *schema_org.ENDPOINTS)
"""What other systems ask of us."""
