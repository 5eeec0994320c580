"""Wire to rows: the only room, with exports and the simulator, that speaks the wire."""

from birlik.domains.transport.intake import epcis, epcis_capture, files, osmand

INTAKES = (osmand.OSMAND, epcis.EPCIS, *files.INTAKES)
ENDPOINTS = (osmand.ENDPOINT, *epcis_capture.ENDPOINTS)
