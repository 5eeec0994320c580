"""A domain that no state has, a village choir: what singers say of themselves, and who goes well with whom, and why."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from birlik.kernel.domain import Derived, Domain, Field, Kept, Page, Part, Reasons, Role, Rows, Source, Table, Type
from birlik.kernel.editing import edits_of
from birlik.kernel.meant import COLUMN, Meant


def text(name: str, description: str, **more: Any) -> Field:
    return Field(name=name, type=Type.TEXT, description=description, **more)


def share(name: str, description: str) -> Field:
    return Field(name=name, type=Type.FLOAT, unit="1", description=description)


SINGER = Table(
    name="chorus_singer",
    title="Singers",
    description="Who sings, and what they say of it.",
    key=("singer",),
    time="said_time",
    received=("said_time",),
    kept=Kept(time="said_time"),
    fields=(
        text("singer", "Who.", nullable=False),
        text("hall", "Where.", nullable=False),
        text("likes", "What they say."),
        text("tongue", "In which language."),
        Field(name="leaves_time", type=Type.TIME, description="Until when they stay."),
        Field(name="said_time", type=Type.TIME, nullable=False, description="When that was said."),
    ),
)
WEIGHS = {"alike": 0.75, "stays": 0.25}


def _duets(tables: Mapping[str, Rows]) -> Rows:
    rows = tables[SINGER.name].to_pylist()
    made = []
    for one in rows:
        for other in (r for r in rows if r["hall"] == one["hall"] and r["singer"] != one["singer"]):
            alike, met = _alike(one, other)
            stays = None if other["leaves_time"] is None else 1.0
            known = [(WEIGHS["alike"], alike), (WEIGHS["stays"], stays)]
            low = sum(weight * (value or 0.0) for weight, value in known)
            high = sum(weight * (1.0 if value is None else value) for weight, value in known)
            made.append(
                {"hall": one["hall"], "singer": one["singer"], "mate": other["singer"], "alike": alike, "stays": stays,
                 "low": low, "high": high, "mine": met[0], "theirs": met[1], "leaves_time": other["leaves_time"],
                 "doubts": "leaves_time" if stays is None else None}
            )  # fmt: skip
    return pa.Table.from_pylist(made, schema=DUET.schema)


def _alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[float | None, tuple[str | None, str | None]]:
    if COLUMN not in one:
        return None, (None, None)
    (mine, *ours), (theirs, *others) = one[COLUMN], other[COLUMN]
    pairs = [(_near(a, b), a["text"], b["text"]) for a in ours for b in others]
    best = max(pairs, default=(0.0, None, None))
    return max(0.0, min(1.0, _near(mine, theirs))), best[1:]


def _near(a: Mapping[str, Any], b: Mapping[str, Any]) -> float:
    return float(sum(x * y for x, y in zip(a["vector"], b["vector"], strict=True)))


DUET = Derived(
    name="chorus_duet",
    title="Duets",
    description="Who goes well with whom.",
    fields=(
        text("hall", "Where.", nullable=False),
        text("singer", "Who.", nullable=False),
        text("mate", "With whom.", nullable=False),
        share("alike", "How near is what they say."),
        share("stays", "Does the other stay?"),
        share("low", "At least."),
        share("high", "At most."),
        text("mine", "The one's sentence."),
        text("theirs", "The other's."),
        text("doubts", "What isn't known."),
        Field(name="leaves_time", type=Type.TIME, description="Until when the other stays."),
    ),
    key=("singer", "mate"),
    by="hall",
    sources=(
        Source(
            table=SINGER.name,
            columns=("singer", "hall", "likes", "tongue", "leaves_time"),
            by="hall",
            meant=Meant(texts=("likes",), language="tongue"),
        ),
    ),
    look_back_days=None,
    function=_duets,
)
FITS = Reasons(
    name="duets",
    title="Who goes well with them",
    table=DUET.name,
    columns=("mate", "hall"),
    order=("-low", "mate"),
    parts=(
        Part(title="What they say", column="alike", weight=WEIGHS["alike"]),
        Part(title="They stay", column="stays", weight=WEIGHS["stays"]),
    ),
    low="low",
    high="high",
    met=("mine", "theirs"),
    doubts="doubts",
    text_left_out="How they sing is left out: nobody has heard them.",
    link="singer",
    by="mate",
    text_empty="Nobody sings here.",
)
CHORUS = Domain(
    name="chorus",
    title="Chorus",
    role=Role.READER,
    tables=(SINGER,),
    derived=(DUET,),
    acts=edits_of(SINGER, names_itself=True),
    pages=(
        Page(name="singer", title="A singer", question="Who goes with them?", parameters=("singer",), panels=(FITS,)),
    ),
)
