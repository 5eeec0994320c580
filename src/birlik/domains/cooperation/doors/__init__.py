"""Doors of this domain, a file each, and the pages that are only behind one of them."""

from birlik.domains.cooperation.doors import declaration, research

DOORS = (declaration.DOOR, research.DOOR)
PAGES = (*declaration.PAGES, *research.PAGES)
