"""The door of innovation: who builds, who funds and who seeks a partner, what fits whom, and what came of it."""

from birlik.domains.cooperation.events.introductions import INTRODUCTION
from birlik.domains.cooperation.events.offers import OFFER, POSTING
from birlik.domains.cooperation.indicators.introductions import EXPOSURE, INTRODUCTIONS, PRECISION_AT_5
from birlik.domains.cooperation.indicators.offers import OFFERS_OPEN
from birlik.domains.cooperation.model.fitting_offers import FIT
from birlik.domains.cooperation.model.matching.parts import WEIGHTS
from birlik.domains.cooperation.pages.held import held_offers
from birlik.domains.cooperation.pages.parts import page as _page
from birlik.domains.cooperation.plans.spreading import SPREAD
from birlik.domains.cooperation.vocabulary.introductions import Box
from birlik.domains.cooperation.vocabulary.offers import Side, Standing, What
from birlik.kernel.domain import (
    Accent,
    Agenda,
    Begin,
    Clause,
    Door,
    FigureTable,
    Opening,
    Page,
    Part,
    Queue,
    Reasons,
    Role,
    RowTable,
    Saying,
    Sentence,
    Way,
)
from birlik.kernel.members import Need

NOTHING = "Nothing is offered or sought yet that you may see. Post the first offer: you need no account."
IS_OPEN = {"state": Standing.OPEN.value}
OF_OFFER = ("title", "what", "sector", "phase", "amount_least", "amount_most", "currency", "from_state")
LACKING = {
    "sector": "any sector",
    "phase": "any stage",
    "amount_least": "not said",
    "amount_most": "not said",
    "currency": "not said",
    "from_state": "state not said",
}
SAYS = Sentence(
    name="open",
    title="What is open",
    indicator=OFFERS_OPEN.name,
    clauses=(
        Clause(
            indicator=OFFERS_OPEN.name,
            fixed={"is_invented": "false"},
            text="**{value}** offers and needs are open: {offers_n} offered, {needs_n} sought.",
            text_one="**{value}** offer or need is open: {offers_n} offered, {needs_n} sought.",
            text_zero="Nothing is open now; {n} were published.",
        ),
        Clause(
            indicator=OFFERS_OPEN.name,
            fixed={"is_invented": "true"},
            text="**{value}** are invented, for practice.",
            text_one="**{value}** is invented, for practice.",
            text_zero="",
        ),
    ),
    text_empty=NOTHING,
)


def _listed(name: str, title: str, text_empty: str, **fixed: str) -> Agenda:
    return Agenda(
        name=name,
        title=title,
        table=OFFER.name,
        fixed={**IS_OPEN, **fixed},
        until="closing_time",
        day="closes_day",
        columns=OF_OFFER,
        order=("offer_id",),
        lacking=LACKING,
        link="offer",
        onward="offers",
        limit=8,
        text_empty=text_empty,
    )


FIRST = _page(
    "innovation",
    "What fits me",
    "I build, I fund, I seek a partner: what is here for me, and until when?",
    SAYS,
    _listed("build", "I build: money that is offered", "No capital is offered that you may see. Post what you need: "
            "who funds will see it.", side=Side.OFFER.value, what=What.CAPITAL.value),
    _listed("fund", "I fund: who seeks money", "Nobody seeks capital whom you may see. Post what you offer: who "
            "builds will see it.", side=Side.NEED.value, what=What.CAPITAL.value),
    _listed("partner", "I seek a partner", "Nobody seeks or offers a partnership that you may see. Post the first "
            "offer.", what=What.PARTNER.value),
    begins=("cooperation_offer_post",),
    order=15,
    help="An *offer* or a *need* is a short record: what, in which sector, how far the thing is, how much, for which "
    "states, until when. A steward reads it before anybody else does. Everybody sees what is published, and nobody who "
    "posted it: ask for an introduction on its page. Only when the other side agrees are you two told how to reach "
    "each other.",
)  # fmt: skip
ALL = _page(
    "offers",
    "Offers and needs",
    "What is offered and sought, in which sector, at what stage, for how much?",
    RowTable(
        name="open",
        title="All that is published",
        table=OFFER.name,
        fixed=IS_OPEN,
        columns=("side", *OF_OFFER, "closes_day"),
        narrowed=("side", "what", "sector", "phase", "from_state", "amount_least", "amount_most", "currency"),
        order=("closing_time", "offer_id"),
        link="offer",
        text_empty=NOTHING,
    ),
    begins=("cooperation_offer_post",),
    order=16,
)
FITS = Reasons(
    name="fits",
    title="What fits it, and why",
    table=FIT.name,
    columns=(
        "other_title",
        "other_side",
        "other_amount_least",
        "other_amount_most",
        "other_currency",
        "other_sector",
        "other_phase",
        "other_from_state",
    ),
    order=("rank_n", "other_id"),
    parts=(
        Part(title="What they say", column="near", weight=WEIGHTS["near"], note="near_rests_on"),
        Part(title="Sector", column="same_sector", weight=WEIGHTS["same_sector"]),
        Part(title="Stage", column="same_phase", weight=WEIGHTS["same_phase"]),
        Part(title="Place", column="same_place", weight=WEIGHTS["same_place"]),
    ),
    low="sum_least",
    high="sum_most",
    met=("our_sentence", "their_sentence"),
    doubts="unsure_of",
    until="closing_time",
    day="closes_day",
    lacking={f"other_{name}": said for name, said in LACKING.items()},
    text_left_out="Kinds, amounts, states and days are conditions: what doesn't meet them isn't here. How near the "
    "goods are is left out until a steward has loaded the Harmonized System; the sector stands for it. Where this node "
    "has no model of meaning, what they say isn't known, and ranks rest on sector, stage and place.",
    link="offer",
    by="other_id",
    text_empty="Nothing that you may see fits it yet. What is published tomorrow may: look again, or say more of it.",
)
ONE = _page(
    "offer",
    "Offer or need",
    "What is it, until when, and what fits it?",
    Opening(
        name="opening",
        title="In short",
        table=OFFER.name,
        sayings=(
            Saying(text="**Offered**, until {closes_day}.", when={"side": (Side.OFFER.value,), **{"state": ("open",)}},
                   ahead="closing_time"),
            Saying(text="**Sought**, until {closes_day}.", when={"side": (Side.NEED.value,), **{"state": ("open",)}},
                   ahead="closing_time"),
            Saying(text="It was **withdrawn**.", when={"state": (Standing.WITHDRAWN.value,)}),
            Saying(text="Its last day has **passed**: {closes_day}.", passed="closing_time"),
        ),
    ),
    RowTable(
        name="told",
        title="What it says",
        table=OFFER.name,
        columns=("what", "words", "body", "sector", "phase", "amount_least", "amount_most", "currency", "from_state",
                 "states", "capacity_n", "lang"),
        text_empty="No such offer or need that you may see.",
    ),
    FITS,
    parameters=("offer_id",),
    about=OFFER.name,
    begins=(Begin(act="cooperation_introduction_ask", table=POSTING.name, mine=True, unless=True),),
)  # fmt: skip


def _introductions(name: str, title: str, box: Box, verdicts: tuple[str, ...], text_empty: str) -> Queue:
    return Queue(
        name=name,
        title=title,
        table=INTRODUCTION.name,
        mine=True,
        fixed={"box": box.value},
        columns=("offer_title", "own_title", "own_id", "message", "state", "their_address", "reason", "my_outcome"),
        order=("-changed_time", "introduction_id"),
        verdicts=verdicts,
        text_empty=text_empty,
    )


MINE = Page(
    name="my_offers",
    title="What I have posted",
    question="What have I posted, and what became of it?",
    panels=(
        Queue(
            name="posted",
            title="My offers and needs",
            table=POSTING.name,
            mine=True,
            columns=("title", "side", "what", "state", "reason", "words", "sector", "phase", "amount_least",
                     "amount_most", "currency", "states", "capacity_n", "closes_day", "offer_id"),
            order=("-changed_time", "posting_id"),
            text_empty="You have posted nothing.",
            verdicts=("cooperation_introduction_ask_for", "cooperation_offer_change", "cooperation_offer_withdraw"),
        ),
        _introductions(
            "received",
            "Who asks to be introduced to me",
            Box.RECEIVED,
            ("cooperation_introduction_agree", "cooperation_introduction_decline",
             "cooperation_introduction_outcome", "cooperation_introduction_withdraw"),
            "Nobody has asked. What you post is found by what fits it.",
        ),
        _introductions(
            "asked",
            "To whom I asked to be introduced",
            Box.ASKED,
            ("cooperation_introduction_outcome", "cooperation_introduction_withdraw"),
            "You have asked for no introduction. On the page of an offer or a need stands how to.",
        ),
    ),
    order=44,
    role=Need.SIGNED_IN,
)  # fmt: skip
HELD = Page(
    name="offers_held",
    title="Posted, to be read",
    question="Which offers and needs wait to be published?",
    panels=(
        held_offers("held", "To be published or returned"),
    ),
    order=45,
    role=Role.STEWARD,
)  # fmt: skip
CAME = _page(
    "introductions_came",
    "What came of introductions",
    "How many were introduced, did they meet, how well did ranks tell, and who is shown?",
    FigureTable(
        name="introductions",
        title="Introductions",
        indicator=INTRODUCTIONS.name,
        measures=("value", "agreed_n", "declined_n", "met_n", "not_met_n", "differ_n"),
        text_empty="Fewer than five were asked for, or you don't read here for the state whose node it is.",
    ),
    FigureTable(
        name="precision",
        title="Of the first five that fit, how many were met",
        indicator=PRECISION_AT_5.name,
        measures=("value", "low", "high", "n"),
        text_empty="Of fewer than five is known what came of them.",
    ),
    FigureTable(
        name="exposure",
        title="Who is shown among the first five, by state",
        indicator=EXPOSURE.name,
        measures=("value",),
        text_empty="Too few fit each other for it to be told by state.",
    ),
    order=17,
)
PAGES = (FIRST, ALL, ONE, MINE, HELD, CAME)
DOOR = Door(
    name="innovation",
    title="Innovation",
    question="Who builds, who funds and who seeks a partner find what fits them, why, and until when.",
    says=SAYS,
    pages=(FIRST.name, ALL.name, ONE.name, CAME.name, MINE.name, HELD.name),
    accent=Accent.IRIS,
    plans=(SPREAD.name,),
    ways=(
        Way(title="I build: who offers money, and how much?", page=FIRST.name, panel="build"),
        Way(title="I fund: who seeks money, at what stage?", page=FIRST.name, panel="fund"),
        Way(title="I seek a partner", page=FIRST.name, panel="partner"),
        Way(title="All offers and needs, by sector, stage and amount", page=ALL.name),
        Way(title="What came of earlier introductions?", page=CAME.name),
    ),
)
