"""What follows from the claims, in order; and the tables, with the words by which their rows are found."""

from dataclasses import replace

from birlik.domains.cooperation import events
from birlik.domains.cooperation.events import programme
from birlik.domains.cooperation.events.forums import FORUM_TABLES
from birlik.domains.cooperation.events.introductions import INTRODUCTION
from birlik.domains.cooperation.events.letters import LETTER
from birlik.domains.cooperation.events.offers import OFFER_TABLES
from birlik.domains.cooperation.events.proposed import PROPOSED
from birlik.domains.cooperation.model.applicants import APPLICANTS
from birlik.domains.cooperation.model.backing import BACKING, DISPUTE
from birlik.domains.cooperation.model.coded import CODED
from birlik.domains.cooperation.model.commitments import COMMITMENT
from birlik.domains.cooperation.model.entities import ENTITY
from birlik.domains.cooperation.model.fitting_offers import FIT
from birlik.domains.cooperation.model.happenings import EVENT
from birlik.domains.cooperation.model.identity import IDENTITY
from birlik.domains.cooperation.model.judged import JUDGED
from birlik.domains.cooperation.model.loaded import LOADED_TABLES
from birlik.domains.cooperation.model.priorities import CHOICE
from birlik.domains.cooperation.model.said import SAID
from birlik.domains.cooperation.model.search_key import search_key
from birlik.domains.cooperation.model.sources import SOURCE
from birlik.domains.cooperation.model.standing import MONEY, PASSING, STAND
from birlik.domains.cooperation.model.trading.flows import BOUGHT, SOLD
from birlik.domains.cooperation.model.trading.made import MADE, MAKES
from birlik.domains.cooperation.model.trading.spaces import PRODUCT, RELATED, TRADE_FIT, TRADED
from birlik.domains.cooperation.model.works import PROJECT, WORK
from birlik.kernel.domain import Search

DERIVED = (
    IDENTITY, ENTITY, WORK, PROJECT, COMMITMENT, CODED, SAID, BACKING, DISPUTE, SOURCE, JUDGED, APPLICANTS, EVENT,
    SOLD, BOUGHT, TRADED, PRODUCT, RELATED, TRADE_FIT, MAKES, MADE, STAND, PASSING, MONEY, CHOICE, FIT,
)  # fmt: skip
FOUND = Search(texts=("value",), facets=("property",), key=search_key)
TABLES = (
    *(replace(each, search=FOUND) if each is events.PRIVATE_CLAIM else each for each in events.TABLES),
    *LOADED_TABLES,
    *FORUM_TABLES,
    LETTER,
    PROPOSED,
    *programme.TABLES,
    *OFFER_TABLES,
    INTRODUCTION,
)
