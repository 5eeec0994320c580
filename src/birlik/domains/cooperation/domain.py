"""This domain's table of contents."""

from pathlib import Path

from birlik.domains.cooperation import exports, intake
from birlik.domains.cooperation.acts import ACTS, REMINDERS
from birlik.domains.cooperation.alerts import ALERT_RULES
from birlik.domains.cooperation.doors import DOORS
from birlik.domains.cooperation.doors import PAGES as BEHIND
from birlik.domains.cooperation.events.forums import DUTIES
from birlik.domains.cooperation.events.programme import DUTIES as OF_EVENTS
from birlik.domains.cooperation.indicators import INDICATORS
from birlik.domains.cooperation.model.declared import DERIVED, TABLES
from birlik.domains.cooperation.pages import PAGES
from birlik.domains.cooperation.plans import PLANS
from birlik.domains.cooperation.settings import CooperationSettings
from birlik.domains.cooperation.simulate import SIMULATIONS
from birlik.kernel.domain import Domain, Role

DOMAIN = Domain(
    name="cooperation",
    role=Role.READER,
    title="Cooperation",
    tables=TABLES,
    derived=DERIVED,
    indicators=INDICATORS,
    alert_rules=ALERT_RULES,
    pages=(*BEHIND, *PAGES),
    doors=DOORS,
    duties=(*DUTIES, *OF_EVENTS),
    intakes=intake.INTAKES,
    endpoints=exports.ENDPOINTS,
    acts=ACTS,
    reminders=REMINDERS,
    plans=PLANS,
    simulations=SIMULATIONS,
    settings=CooperationSettings,
    catalogue=Path(__file__).parent / "locale",
)
