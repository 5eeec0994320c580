"""Rows of the registry for both engines: what ships, works and projects, and decisions that join."""

import pyarrow as pa
from tests.way.traffic import MEMBERS, NOW, OWN

from birlik.domains.cooperation.events import CLAIM, DECISION
from birlik.domains.cooperation.events import claims as shipped
from birlik.domains.cooperation.model.saying import claim_of
from birlik.kernel.tables import Rows

SAID = {
    "work": {"title": "On the steppe {n}", "name": "On the steppe {n}", "year": "200{n}", "doi": "10.1/{n}"},
    "project": {"title": "A road {n}", "name": "A road {n}", "stage": "construction", "sector": "transport"},
}
WORKS = 6


def claims() -> Rows:
    """What ships, as everybody sees it; and some works and projects, half of them for the own state only."""
    made = [
        {
            **claim_of(
                f"claim:{kind}-{n}-{name}",
                {
                    "entity_id": f"{kind}:{n}",
                    "kind": kind,
                    "property": name,
                    "value": value.format(n=n),
                    "lang": "en",
                    "source": f"https://{n % 2}.example",
                    "source_kind": "press",
                    "check": "attested",
                    "basis": "reported",
                    "is_invented": True,
                    "said": None,
                },
            ),
            "changed_time": NOW,
            "views": OWN | (MEMBERS if n % 2 else 0),
        }
        for kind, said in SAID.items()
        for n in range(WORKS)
        for name, value in said.items()
    ]
    facts = shipped()
    everyone = facts.append_column("views", pa.repeat(pa.scalar(OWN | MEMBERS, pa.int64()), facts.num_rows))
    own = pa.Table.from_pylist(made, schema=CLAIM.schema.append(pa.field("views", pa.int64())))
    return pa.concat_tables([everyone.cast(own.schema), own])


def decisions() -> Rows:
    """A chain of works, and a pair of bodies that only the own state knows to be one."""
    pairs = [("work:0", "work:1", "work", MEMBERS), ("work:1", "work:2", "work", MEMBERS)]
    pairs += [("org:OTS", "org:OTS-SEC", "organisation", 0)]
    made = [
        {
            "left_id": left,
            "right_id": right,
            "kind": kind,
            "verdict": "same",
            "by": "a steward",
            "why": "looked",
            "changed_time": NOW,
            "views": OWN | views,
        }
        for left, right, kind, views in pairs
    ]
    return pa.Table.from_pylist(made, schema=DECISION.schema.append(pa.field("views", pa.int64())))
