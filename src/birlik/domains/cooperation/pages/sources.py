"""Pages on sources: who says what stands here, how old that is, and where they differ."""

from birlik.domains.cooperation.indicators.resting import (
    CLAIMS_BACKED,
    CLAIMS_BY_SOURCE,
    DISAGREEMENTS_OPEN,
    SOURCES_KNOWN,
)
from birlik.domains.cooperation.model.backing import DISPUTE
from birlik.domains.cooperation.model.said import SAID
from birlik.domains.cooperation.model.sources import SOURCE
from birlik.domains.cooperation.pages.parts import FRESH, OLD_AFTER_S
from birlik.kernel.domain import Clause, FigureTable, Opening, Page, RowTable, Saying, Sentence

REAL = {"world": "real"}
NONE_YET = "No source is known that you may see. A steward says something with its source, or a file brings it."
ALL_AGREE = "Nobody whom you may see says otherwise."

SOURCES = Page(
    name="sources",
    title="Sources",
    question="Who says what stands here, how old is it, and do they agree?",
    help="Everything in this registry is said by somebody: each statement stands with its source, and one that nobody "
    "has read in a source says so. Sources that differ all stand, side by side; the primary document stands first, "
    "then the press, then general knowledge. Open a source to see all that rests on it.",
    fresh=FRESH,
    old_after_s=OLD_AFTER_S,
    order=37,
    panels=(
        Sentence(
            name="resting",
            title="On what it rests",
            indicator=SOURCES_KNOWN.name,
            clauses=(
                Clause(
                    indicator=SOURCES_KNOWN.name,
                    fixed=REAL,
                    text="**{value} sources** say all {claims_n} claims that stand here[; half of those with a date "
                    "were said in the last {age_p50_d}]. When {undated_n} were said isn't known; {unread_n} nobody has "
                    "read in a source.",
                    text_one="**{value} source** says all {claims_n} claims that stand here[; half of those with a "
                    "date were said in the last {age_p50_d}]. When {undated_n} were said isn't known; {unread_n} "
                    "nobody has read in a source.",
                ),
                Clause(
                    indicator=CLAIMS_BACKED.name,
                    fixed=REAL,
                    text="Two independent sources agree on {value} of what is known.",
                ),
                Clause(
                    indicator=DISAGREEMENTS_OPEN.name,
                    fixed=REAL,
                    text="On {value} things they differ, and nobody has judged between them.",
                    text_one="On {value} thing they differ, and nobody has judged between them.",
                    text_zero="They differ in nothing.",
                ),
                Clause(
                    indicator=SOURCES_KNOWN.name,
                    fixed={"world": "invented"},
                    text="{value} more are invented, for practice.",
                    text_one="{value} more is invented, for practice.",
                ),
            ),
            text_empty=NONE_YET,
        ),
        RowTable(
            name="sources",
            title="Sources",
            table=SOURCE.name,
            columns=("origin", "source_kind", "claims_n", "entities_n", "disputed_n", "newest", "unread_n"),
            order=("-world", "-claims_n", "origin_id"),
            link="source",
            limit=15,
            text_empty=NONE_YET,
        ),
        RowTable(
            name="disputes",
            title="Where they differ",
            table=DISPUTE.name,
            fixed={"standing": "first"},
            columns=("entity_id", "property", "value", "otherwise", "origin"),
            order=("-world", "entity_id", "property", "claim_id"),
            link="entity",
            limit=10,
            text_empty=ALL_AGREE,
        ),
        FigureTable(
            name="claims",
            title="Claims by kind of source and age",
            indicator=CLAIMS_BY_SOURCE.name,
            measures=("value", "sources_n", "age_p50_d", "year_n", "older_n", "undated_n", "newest"),
            text_empty=NONE_YET,
        ),
        FigureTable(
            name="backed",
            title="Share that two independent sources say",
            indicator=CLAIMS_BACKED.name,
            measures=("value", "n", "backed_n", "second_n", "unread_n", "entities_n"),
            text_empty=NONE_YET,
        ),
        FigureTable(
            name="disagreements",
            title="Disagreements that are open",
            indicator=DISAGREEMENTS_OPEN.name,
            measures=("value", "n", "judged_n", "alike_n", "entities_n"),
            text_empty=NONE_YET,
        ),
    ),
)
SOURCE_PAGE = Page(
    name="source",
    title="Source",
    question="What does it say, of whom, and who says otherwise?",
    parameters=("origin_id",),
    about=SOURCE.name,
    fresh=FRESH,
    old_after_s=OLD_AFTER_S,
    panels=(
        Opening(
            name="opening",
            title="In words",
            table=SOURCE.name,
            sayings=(
                Saying(
                    text="**{claims_n} claims** on {entities_n} entities rest on it[, the newest said in {newest}].",
                    text_one="**{claims_n} claim** rests on it[, said in {newest}].",
                    count="claims_n",
                ),
                Saying(
                    text="When {undated_n} were said isn't known.",
                    text_one="When {undated_n} was said isn't known.",
                    count="undated_n",
                    least={"undated_n": 1},
                ),
                Saying(text="{unread_n} of them nobody has read in it.", least={"unread_n": 1}),
                Saying(
                    text="In {disputed_n} things others differ from it.",
                    text_one="In {disputed_n} thing another differs from it.",
                    count="disputed_n",
                    least={"disputed_n": 1},
                ),
                Saying(text="Nobody differs from it.", when={"disputed_n": ("",)}),
            ),
        ),
        RowTable(
            name="disputes",
            title="Where others differ",
            table=DISPUTE.name,
            columns=("entity_id", "property", "value", "otherwise", "standing"),
            order=("entity_id", "property", "claim_id"),
            link="entity",
            text_empty=ALL_AGREE,
        ),
        RowTable(
            name="said",
            title="What it says",
            table=SAID.name,
            columns=("entity_id", "property", "value", "check", "said"),
            order=("entity_id", "property", "order_n", "claim_id"),
            link="entity",
            limit=20,
        ),
    ),
)
PAGES = (SOURCES, SOURCE_PAGE)
