"""Works and projects: of each what stands first, in the words of a bibliography and of a list of projects."""

import pyarrow as pa
import pyarrow.compute as pc

from birlik.domains.cooperation.events import CLAIM, ENTITY_ID, LAST_SAID, SOURCES_N, WORLD, WORLDS
from birlik.domains.cooperation.model.firsts import READ, firsts
from birlik.domains.cooperation.model.identity import IDENTITY
from birlik.domains.cooperation.model.tabling import table_of
from birlik.domains.cooperation.vocabulary.tongues import tongue_of
from birlik.domains.cooperation.vocabulary.words import Kind
from birlik.kernel.domain import Derived, Field, Invented, Named, Rows, Source, Type
from birlik.written import Written

LAST = (
    Field(name="source", type=Type.TEXT, description="Where its name is said."),
    SOURCES_N,
    LAST_SAID,
    Field(name="is_invented", type=Type.BOOL, nullable=False, description="It is of a simulated world."),
)


MONEY = r"^(?P<amount>\d{1,15}(?:\.\d{1,6})?)(?: (?P<currency>[A-Z]{3}))?$"
"""As OC4IDS and the forms write what something costs: `40000000 GBP`."""


def _text(name: str, description: str, written: Written | None = None) -> Field:
    return Field(name=name, type=Type.TEXT, description=description, written=written)


WORK = Derived(
    name="cooperation_work",
    title="Works",
    description="What was published: of each work what stands first of what is said of it.",
    fields=(
        ENTITY_ID,
        _text("title", "What it is called."),
        _text("authors", "Who wrote it, in the order of its source."),
        _text("year", "The year in which it was published."),
        _text("issued", "When it was published, as exact as its source has it."),
        _text("container", "In what it was published: a journal, a book."),
        _text("type", "What it is, in the words of CSL."),
        _text("doi", "Its DOI."),
        _text("language", "In which language (BCP 47)."),
        _text("abstract", "What it says of itself."),
        _text("keywords", "What it is about, in the words of its source."),
        *LAST,
        Field(
            name="tongue", type=Type.TEXT, nullable=False, description="Its language alone (BCP 47); `und`: unknown."
        ),
        Field(name="is_head", type=Type.BOOL, nullable=False, description="It stands under itself: it is no other's."),
        WORLD,
    ),
    key=("entity_id",),
    by="entity_id",
    sources=(READ, Source(table=IDENTITY.name, columns=("entity_id", "first_id"), by="entity_id")),
    look_back_days=None,
    named=Named(name="title"),
    invented=Invented(column="is_invented"),
    function=lambda tables: _works(tables[CLAIM.name], tables[IDENTITY.name]),
)
PROJECT = Derived(
    name="cooperation_project",
    title="Projects",
    description="What is being built or made: of each project what stands first of what is said of it.",
    fields=(
        ENTITY_ID,
        _text("title", "What it is called."),
        _text("stage", "How far it is, in the words of its standard."),
        _text("type", "Of what type."),
        _text("sector", "Of what sectors."),
        _text("start", "When it begins, as exact as its source has it."),
        _text("end", "When it ends, as exact as its source has it."),
        Field(name="budget", type=Type.FLOAT, description="What it costs, in its currency; none where words say it."),
        _text("currency", "The currency of its budget (ISO 4217)."),
        _text("authority", "Who answers for it."),
        _text("location", "Where it is."),
        _text("state", "In which state it is (ISO 3166-1 alpha-3).", written=Written.STATE),
        *LAST,
    ),
    key=("entity_id",),
    by="entity_id",
    sources=(READ,),
    look_back_days=None,
    named=Named(name="title"),
    invented=Invented(column="is_invented"),
    function=lambda tables: _projects(tables[CLAIM.name]),
)


def _works(claims: Rows, identities: Rows) -> Rows:
    single = ("name", "issued", "container", "type", "doi", "language", "abstract")
    ids, made = firsts(claims, Kind.WORK, single, ("author", "keyword"))
    year = pc.utf8_slice_codeunits(made["issued"], 0, 4)
    others = identities.filter(pc.not_equal(identities.column("first_id"), identities.column("entity_id")))
    told = {
        "title": made["name"],
        "authors": made["author"],
        "keywords": made["keyword"],
        "year": year,
        "tongue": pa.array([tongue_of(said) for said in made["language"].to_pylist()], pa.string()),
        "is_head": pc.invert(pc.is_in(ids, value_set=others.column("entity_id").combine_chunks())),
        "world": pc.if_else(made["is_invented"], *WORLDS),
    }
    return table_of(WORK, {"entity_id": ids, **made, **told})


def _projects(claims: Rows) -> Rows:
    single = ("name", "stage", "type", "start", "end", "budget", "authority", "state")
    ids, made = firsts(claims, Kind.PROJECT, single, ("sector", "location"))
    money = pc.extract_regex(made["budget"], MONEY)
    amount, currency = (pc.struct_field(money, name) for name in ("amount", "currency"))
    said = {"budget": amount, "currency": pc.if_else(pc.equal(currency, ""), None, currency)}
    return table_of(PROJECT, {"entity_id": ids, **made, "title": made["name"], **said})
