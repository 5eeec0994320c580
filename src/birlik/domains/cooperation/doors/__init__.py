"""Doors of this domain, a file each, and the pages that are only behind one of them."""

from birlik.domains.cooperation.doors import declaration, forums, industry, innovation, research

DOORS = (declaration.DOOR, innovation.DOOR, industry.DOOR, forums.DOOR, research.DOOR)
PAGES = (*declaration.PAGES, *industry.PAGES, *forums.PAGES, *research.PAGES, *innovation.PAGES)
