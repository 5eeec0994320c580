"""Wire to rows: the only room, with exports and the simulator, that speaks the wire."""

from birlik.domains.transport.intake import files, osmand

INTAKES = (osmand.OSMAND, *files.INTAKES)
ENDPOINTS = (osmand.ENDPOINT,)
