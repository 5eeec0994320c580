"""What stewards load, since none of it ships: code lists, trade between states, and what was loaded of either when."""

from birlik.domains.cooperation.events import CHANGED
from birlik.domains.cooperation.vocabulary.trade import EDITIONS, HS
from birlik.kernel.domain import Field, Kept, Table, Type

DATASET = Field(name="dataset", type=Type.TEXT, nullable=False, description="Where it is from: name or address.")
VINTAGE = Field(name="vintage", type=Type.TEXT, nullable=False, description="Which release of it: `2026-01`, `202601`.")
PART_ID = Field(
    name="part_id",
    type=Type.TEXT,
    nullable=False,
    description="What is loaded together and replaced together: one edition of a code list, or what one state sold in "
    "one year.",
)

CODE = Table(
    name="cooperation_code",
    title="Codes",
    description="Codes of the Harmonized System and of ISIC, as a steward has loaded them: birlik ships neither list.",
    key=("part_id", "code", "lang"),
    time="changed_time",
    received=("changed_time",),
    kept=Kept(time="changed_time"),
    asked=("part_id",),
    fields=(
        PART_ID,
        Field(name="scheme", type=Type.TEXT, nullable=False, codes=tuple(EDITIONS), description="Which code list."),
        Field(
            name="edition", type=Type.TEXT, nullable=False, description="Its edition: a year of HS, a revision of ISIC."
        ),
        Field(name="code", type=Type.TEXT, nullable=False, description="The code."),
        Field(name="lang", type=Type.TEXT, nullable=False, description="Language of the words (BCP 47)."),
        Field(name="title", type=Type.TEXT, nullable=False, description="What it stands for."),
        Field(name="parent", type=Type.TEXT, description="The code above it."),
        DATASET,
        VINTAGE,
        CHANGED,
    ),
)
TRADE = Table(
    name="cooperation_trade",
    title="Trade",
    description="What one state sold to another in a year, by product, as a steward has loaded it. A later vintage of "
    "the same dataset takes its place; what was before stays in the history.",
    key=("part_id", "importer_iso3", "hs_code"),
    time="changed_time",
    received=("changed_time",),
    kept=Kept(time="changed_time"),
    fields=(
        PART_ID,
        Field(name="year", type=Type.TEXT, nullable=False, description="Calendar year."),
        Field(name="exporter_iso3", type=Type.TEXT, nullable=False, description="Who sold, ISO 3166-1 alpha-3."),
        Field(name="importer_iso3", type=Type.TEXT, nullable=False, description="Who bought, ISO 3166-1 alpha-3."),
        Field(name="hs_code", type=Type.TEXT, nullable=False, description="The product: six digits of HS."),
        Field(
            name="hs_edition", type=Type.TEXT, nullable=False, codes=EDITIONS[HS], description="Of which edition of HS."
        ),
        Field(
            name="value_usd", type=Type.FLOAT, unit="USD", nullable=False, description="Value in current US dollars."
        ),
        DATASET,
        VINTAGE,
        CHANGED,
    ),
)
LOADED = Table(
    name="cooperation_loaded",
    title="What is loaded",
    description="Code lists and trade that stewards have loaded, each part with its source, vintage and size.",
    key=("part_id",),
    time="changed_time",
    received=("changed_time",),
    kept=Kept(time="changed_time"),
    asked=("part_id",),
    fields=(
        PART_ID,
        Field(name="what", type=Type.TEXT, nullable=False, codes=("codes", "trade"), description="What it is of."),
        Field(name="title", type=Type.TEXT, nullable=False, description="What it is, in short: `HS 2022`, `KAZ 2024`."),
        Field(name="hs_edition", type=Type.TEXT, description="Of trade, in which edition of HS."),
        DATASET,
        VINTAGE,
        Field(name="rows_n", type=Type.INT, unit="1", nullable=False, description="How many rows."),
        Field(name="value_usd", type=Type.FLOAT, unit="USD", description="Of trade, their sum."),
        Field(
            name="held", type=Type.BOOL, description="Of trade: were its codes held against the list of its edition?"
        ),
        Field(
            name="document", type=Type.JSON, nullable=False, description="Its rows by key, to tell the next load from."
        ),
        Field(name="sent_under", type=Type.TEXT, description="A digest of the labels that it was sent under."),
        Field(name="loaded_by", type=Type.TEXT, nullable=False, description="The source under whose name it came."),
        CHANGED,
    ),
)
LOADED_TABLES = (CODE, TRADE, LOADED)
