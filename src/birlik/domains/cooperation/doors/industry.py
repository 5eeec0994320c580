"""The door of industry: which projects first and how firm, who must act next, and what money is missing."""

from birlik.domains.cooperation.events.proposed import CONTENT, PROPOSED
from birlik.domains.cooperation.indicators.projects import (
    GATE_DELAY,
    GATE_TIME,
    MONEY_MISSING,
    PROJECTS_BY_GATE,
    PROJECTS_FIRM,
)
from birlik.domains.cooperation.model.priorities import CHOICE
from birlik.domains.cooperation.model.standing import STAND
from birlik.domains.cooperation.pages import PROJECT_PAGE, PROJECTS
from birlik.domains.cooperation.pages.held import held_projects
from birlik.domains.cooperation.pages.parts import page as _page
from birlik.domains.cooperation.pages.products import RESTS, of_trade
from birlik.domains.cooperation.plans.priority import PRIORITY
from birlik.kernel.domain import (
    Accent,
    Agenda,
    Clause,
    Door,
    FigureTable,
    Page,
    Queue,
    Role,
    RowTable,
    Sentence,
    Way,
    Weights,
)
from birlik.kernel.members import Need

PROPOSE = "Propose the first project: its owner fills in a form, or sends a sheet or an OC4IDS package."
SAYS = Sentence(
    name="firm",
    title="Which projects first",
    indicator=PROJECTS_FIRM.name,
    clauses=(
        Clause(
            indicator=PROJECTS_FIRM.name,
            fixed={"world": "real"},
            text="**{value} projects are firm**, whatever counts most[; USD {missing_m} m are missing for those "
            "{missing_known_n} of which that is known]. {chosen_n} of {costed_n} would be chosen of a budget of USD "
            "100 m[; of {uncosted_n} more the cost isn't known in USD].",
            text_one="**{value} project is firm**, whatever counts most[; USD {missing_m} m are missing for those "
            "{missing_known_n} of which that is known]. {chosen_n} of {costed_n} would be chosen of a budget of USD "
            "100 m[; of {uncosted_n} more the cost isn't known in USD].",
            text_zero="No project is firm yet: of {n} that are known the cost is known in USD of {costed_n}.",
        ),
        Clause(
            indicator=PROJECTS_FIRM.name,
            fixed={"world": "invented"},
            text="**{value}** of {n} that are invented, for practice, are firm[; USD {missing_m} m are missing].",
            text_one="**{value}** of {n} that are invented, for practice, is firm[; USD {missing_m} m are missing].",
            text_zero="{n} more are invented, for practice.",
        ),
    ),
    text_empty=PROPOSE,
)


FIRST = _page(
    "industry",
    "Which projects first",
    "Which projects first, how firm is that, who must act next, and what money is missing?",
    SAYS,
    RowTable(
        name="choice",
        title="Which projects first, and how firm",
        table=CHOICE.name,
        columns=(
            "title", "chosen_share", "chosen_low", "chosen_high", "firm", "gate", "acts_next",
            "acts_since", "cost_m", "missing_m", "currency",
        ),
        order=("-world", "-chosen_share", "title", "entity_id"),
        link=PROJECT_PAGE.name,
        limit=12,
        text_note="256 choices are made, each with other weights drawn by lot, of a budget of USD 100 m. The *share* "
        "is in how many of them a project is; the two ends say how exactly 256 tell it.",
        text_empty=PROPOSE,
    ),
    Weights(
        name="weights",
        title="What counts most? Move it, and see what leaves and what enters",
        plan=PRIORITY.name,
        moved=(
            "weight_readiness", "weight_backing", "weight_jobs", "weight_complexity", "weight_relatedness",
            "weight_trade_fit", "budget_m",
        ),
        chosen="is_picked",
        columns=("title", "state", "cost_m", "chosen_share", "firm"),
        link=PROJECT_PAGE.name,
        text_chosen="{n} of {all} are chosen.",
        text_note="What you move here is **one** choice, with your weights and your budget: it says what is in and "
        "what is out. The *share* beside it isn't moved: it is that of the 256 choices above, with a budget of "
        "USD 100 m.",
        text_empty=PROPOSE,
    ),
    RESTS,
    FigureTable(
        name="money_missing",
        title="What money is missing",
        indicator=MONEY_MISSING.name,
        measures=("value", "n", "uncommitted_n", "cost_m"),
        text_empty="Of no project that you may see it is known what it costs, with its currency.",
    ),
    FigureTable(
        name="by_gate",
        title="How far projects are",
        indicator=PROJECTS_BY_GATE.name,
        measures=("value", "awaiting_n", "late_n", "finished_n"),
        text_empty=PROPOSE,
    ),
    begins=("cooperation_project_propose",),
    order=15,
    help="A choice takes the projects with the greatest sum of scores that a *budget* allows. The budget is only where "
    "it begins: USD 100 m, which is nobody's. Three *criteria* count: readiness (gates passed), backing (publishers "
    "who speak of it) and jobs. Three more rest on trade, of projects that name their product (a code of HS): how "
    "*complex* it is, how *related* to what the state sells, and how the state's trade *fits* others'; without a whole "
    "year of trade they are left out. What isn't known is a range, never nought. It is made 256 times, with other "
    "weights each time: a project that is in nine of ten of these is *firm*, one in none of them is *never* chosen, "
    "the others hang on what counts most. What stands here is made again when a project changes, of what you may see. "
    "A cost in another currency is not converted.",
)  # fmt: skip
WAITING = _page(
    "projects_waiting",
    "Who must act next",
    "Which projects wait for whom, since when, and what would take them further?",
    RowTable(
        name="waiting",
        title="Projects, by who must act next",
        table=STAND.name,
        fixed={"is_finished": "false"},
        columns=(
            "title", "acts_next", "acts_since", "gate", "gate_next", "gate_due", "state", "sector", "cost_m",
            "missing_m", "currency",
        ),
        narrowed=("state", "sector", "gate", "cost_m", "currency"),
        order=("-world", "acts_next", "acts_since", "entity_id"),
        link=PROJECT_PAGE.name,
        text_empty=PROPOSE,
    ),
    Agenda(
        name="late",
        title="Dates of gates that have passed",
        table=STAND.name,
        fixed={"is_finished": "false"},
        until="gate_due_time",
        day="gate_due",
        passed=True,
        columns=("title", "gate_next", "acts_next", "gate_due"),
        lacking={"acts_next": "who must act nobody says"},
        order=("entity_id",),
        link=PROJECT_PAGE.name,
        limit=20,
        text_empty="No date has passed on which a project was to pass a gate.",
    ),
    Agenda(
        name="ahead",
        title="Gates that are to be passed next",
        table=STAND.name,
        fixed={"is_finished": "false"},
        until="gate_due_time",
        day="gate_due",
        columns=("title", "gate_next", "acts_next", "gate_due"),
        lacking={"acts_next": "who must act nobody says"},
        order=("entity_id",),
        link=PROJECT_PAGE.name,
        limit=20,
        text_empty="Nobody says of a project when it is to pass its next gate.",
    ),
    order=17,
    help="A *gate* is passed when a source says so: idea, study, permits, finance, construction, operation, in this "
    "order. Filter the list by any column: `state = 'KAZ' AND cost_m BETWEEN 5 AND 50` has what an investor with so "
    "much money looks for. A date that has passed says only that it has passed.",
)  # fmt: skip
PACE = _page(
    "project_times",
    "How long gates take",
    "How long does it take until a gate is passed, and how much later than planned?",
    FigureTable(
        name="times",
        title="Days from the gate before",
        indicator=GATE_TIME.name,
        measures=("value", "low", "high", "n", "through_n"),
        text_empty="Of no project two gates are known with their dates.",
    ),
    FigureTable(
        name="delays",
        title="Days later than planned",
        indicator=GATE_DELAY.name,
        measures=("value", "low", "high", "n", "late_n", "undated_n"),
        text_empty="Of no project a gate is known both as planned and as passed.",
    ),
    order=18,
)
PRODUCTS = _page(
    "products",
    "Products and trade",
    "Which products are complex, how near are they to what a state sells, and whose trade fits whose?",
    *of_trade(PROJECT_PAGE.name),
    order=19,
    help="A product is *complex* if those who sell it sell much else that few sell (PCI, Hausmann and Hidalgo). It is "
    "*related* to a state by how much of what is near to it that state sells already; products are near if the same "
    "states sell them. *Trade fit* (Michaely) is 1 if what one state sells has the shares of what another one buys. "
    "All of it is made of trade that a steward loads, of member and observer states, and is made again with it. With "
    "fewer than 100 states that sell nothing is told. Filter by any column: `state = 'KAZ'`.",
)
IN_FORM = tuple(field.name for field in CONTENT)
MINE = Page(
    name="my_projects",
    title="What I have proposed",
    question="What has become of the projects that I proposed?",
    panels=(
        Queue(
            name="mine",
            title="Projects that I proposed",
            table=PROPOSED.name,
            mine=True,
            columns=("title", "state", "reason", *IN_FORM[1:]),
            order=("-held_time", "proposed_id"),
            verdicts=("cooperation_project_change", "cooperation_project_withdraw"),
            text_empty="You have proposed nothing. On the first page of this door stands how to.",
        ),
    ),
    order=43,
    role=Need.SIGNED_IN,
)
HELD = Page(
    name="projects_held",
    title="Proposed, to be read",
    question="Which proposed projects wait to be published?",
    panels=(held_projects("held", "To be published or returned"),),
    order=46,
    role=Role.STEWARD,
)
PAGES = (FIRST, WAITING, PACE, PRODUCTS, MINE, HELD)
DOOR = Door(
    name="industry",
    title="Industry",
    question="Who builds, gives money or decides finds which projects come first, how firm that is, and what they "
    "wait for.",
    says=SAYS,
    pages=(FIRST.name, WAITING.name, PROJECTS.name, PROJECT_PAGE.name, PACE.name, PRODUCTS.name, MINE.name),
    accent=Accent.SLATE,
    plans=(PRIORITY.name,),
    ways=(
        Way(title="Which projects first, and does that hang on what counts most?", page=FIRST.name, panel="choice"),
        Way(title="Who must act next, and since when?", page=WAITING.name, panel="waiting"),
        Way(title="Which dates have passed?", page=WAITING.name, panel="late"),
        Way(title="What is complex, and near to what a state sells?", page=PRODUCTS.name, panel="near"),
        Way(title="All projects, to narrow and to take with me", page=PROJECTS.name),
        Way(title="Try a file: a sheet of projects or an OC4IDS package, and what is wrong where", tries="sheet"),
    ),
)
