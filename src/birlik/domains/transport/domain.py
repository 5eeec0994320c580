"""This domain's table of contents."""

from pathlib import Path

from birlik.domains.transport import exports, intake
from birlik.domains.transport.acts import ACTS
from birlik.domains.transport.alerts import ALERT_RULES
from birlik.domains.transport.events import TABLES
from birlik.domains.transport.indicators import INDICATORS
from birlik.domains.transport.model.declared import DERIVED
from birlik.domains.transport.pages import DOOR, PAGES
from birlik.domains.transport.plans import PLANS
from birlik.domains.transport.settings import TransportSettings
from birlik.domains.transport.simulate import SIMULATIONS
from birlik.kernel.domain import Domain, Role

DOMAIN = Domain(
    name="transport",
    role=Role.READER,
    title="Transport",
    tables=TABLES,
    derived=DERIVED,
    indicators=INDICATORS,
    alert_rules=ALERT_RULES,
    pages=PAGES,
    doors=(DOOR,),
    intakes=intake.INTAKES,
    endpoints=(*intake.ENDPOINTS, *exports.ENDPOINTS),
    acts=ACTS,
    plans=PLANS,
    simulations=SIMULATIONS,
    settings=TransportSettings,
    catalogue=Path(__file__).parent / "locale",
)
