"""Rows to wire: what other systems ask of us in protocols of their own."""

from birlik.domains.transport.exports import epcis_discovery, epcis_events, epcis_resources

ENDPOINTS = (*epcis_events.ENDPOINTS, *epcis_resources.ENDPOINTS, *epcis_discovery.ENDPOINTS)
