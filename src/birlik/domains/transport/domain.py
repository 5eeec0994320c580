"""This domain's table of contents."""

from birlik.domains.transport.events import TABLES
from birlik.domains.transport.indicators import INDICATORS
from birlik.domains.transport.intake import ENDPOINTS, INTAKES
from birlik.domains.transport.model.declared import DERIVED
from birlik.domains.transport.pages import PAGES
from birlik.kernel.domain import Domain

DOMAIN = Domain(
    name="transport",
    title="Transport",
    tables=TABLES,
    derived=DERIVED,
    indicators=INDICATORS,
    pages=PAGES,
    intakes=INTAKES,
    endpoints=ENDPOINTS,
)
