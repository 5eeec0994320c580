"""Rows of the registry for both engines: what ships, works and projects, and decisions that join."""

from datetime import timedelta
from typing import Any

import pyarrow as pa
from tests.support import trading
from tests.way.traffic import MEMBERS, NOW, OWN

from birlik.domains.cooperation.events import CLAIM, DECISION, HELD, RECORD, ROUND
from birlik.domains.cooperation.events import claims as shipped
from birlik.domains.cooperation.events.forums import APPLICATION, CALL
from birlik.domains.cooperation.events.introductions import INTRODUCTION
from birlik.domains.cooperation.events.offers import OFFER
from birlik.domains.cooperation.model.loaded import CODE, TRADE
from birlik.domains.cooperation.model.saying import claim_of
from birlik.kernel.tables import Rows

SAID = {
    "work": {"title": "On the steppe {n}", "name": "On the steppe {n}", "year": "200{n}", "doi": "10.1/{n}"},
    "commitment": {"text": "Build road {n}", "due": "200{n}", "made_on": "199{n}"},
    "project": {
        "title": "A road {n}",
        "name": "A road {n}",
        "stage": "construction",
        "sector": "transport",
        "budget": "{n}5000000 USD",
        "committed": "5000000 USD",
        "jobs": "1{n}0",
        "passed_idea": "201{n}",
        "passed_study": "201{n}-12",
        "planned_idea": "201{n}-06-01",
        "planned_permits": "202{n}",
        "acts_next": "Ministry {n}",
        "state": "KAZ",
        "product": "080{n}10",
    },
}
WORKS = 6
AGREED = ("done", "dropped", "done", "not_started", "under_way", "done")


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
            "ruled": "linked" if kind == "work" else "asked",
            "changed_time": NOW,
            "views": OWN | views,
        }
        for left, right, kind, views in pairs
    ]
    return pa.Table.from_pylist(made, schema=DECISION.schema.append(pa.field("views", pa.int64())))


def records() -> Rows:
    """Who sent works and projects; one of them the own state alone knows."""
    made = [
        {
            "record_id": f"sheet:library{n % 2}:{kind}-{n}",
            "entity_id": f"{kind}:{n}",
            "form": "sheet",
            "document": "{}",
            "source": f"library{n % 2}",
            "changed_time": NOW,
            "views": OWN | (MEMBERS if n % 2 else 0),
        }
        for kind in SAID
        for n in range(WORKS)
    ]
    return pa.Table.from_pylist(made, schema=RECORD.schema.append(pa.field("views", pa.int64())))


def held() -> Rows:
    """What was sent from outside: some is answered, some waits, of one it isn't known when it was sent."""
    states = ("published", "returned", "published", "held", "withdrawn", "published")
    made = [
        {
            "held_id": f"held:{n}",
            "entity_id": f"work:{n}",
            "kind": "work",
            "property": "name",
            "value": f"On the steppe {n}",
            "source": "https://press.example",
            "source_kind": "press",
            "check": "attested",
            "basis": "reported",
            "is_invented": False,
            "sender": "aigul",
            "state": state,
            "held_time": NOW - timedelta(hours=9 - n) if n else None,
            "changed_time": NOW - timedelta(hours=n % 3),
            "views": OWN | (MEMBERS if n % 2 else 0),
        }
        for n, state in enumerate(states)
    ]
    return pa.Table.from_pylist(made, schema=HELD.schema.append(pa.field("views", pa.int64())))


def rounds() -> Rows:
    """Rounds of what ships: open ones, such as agree, differ, were judged or coded once; one that only the own state
    knows is the last of its promise."""
    told = {
        "com:01": ("agreed", "done", "done", None, MEMBERS),
        "com:02": ("differs", "done", "under_way", None, MEMBERS),
        "com:03": ("adjudicated", "dropped", "done", "done", MEMBERS),
        "com:04": ("once", "unknown", None, None, MEMBERS),
        "com:05": ("open", None, None, None, MEMBERS),
    }
    told |= {f"commitment:{n}": ("agreed", code, code, None, MEMBERS) for n, code in enumerate(AGREED)}
    made = [_round(f"round:{n}", entity_id, *said) for n, (entity_id, said) in enumerate(told.items())]
    made.append(_round("round:later", "com:01", "agreed", "dropped", "dropped", None, 0))
    return pa.Table.from_pylist(made, schema=ROUND.schema.append(pa.field("views", pa.int64())))


def _round(
    round_id: str, entity_id: str, state: str, first: str | None, second: str | None, judged: str | None, views: int
) -> dict[str, Any]:
    return {
        "round_id": round_id,
        "entity_id": entity_id,
        "axis": "progress",
        "first_coder": "aigul",
        "second_coder": "bek",
        "state": state,
        "first_code": first,
        "second_code": second,
        "judged_code": judged,
        "first_done_on": "2002-02" if first == "done" else None,
        "second_done_on": "2002-03-04" if second == "done" else None,
        "opened_by": "a steward",
        "is_invented": False,
        "changed_time": NOW,
        "views": OWN | views,
    }


def calls() -> Rows:
    """One open, one closed, one that the own state alone sees."""
    made = [
        {
            "call_id": f"call:{n}",
            "title": f"Call {n}",
            "is_blind": bool(n % 2),
            "deadline": "2026-12-01 23:59",
            "deadline_zone": "Asia/Almaty",
            "deadline_time": NOW + timedelta(days=n - 1),
            "state": "closed" if n == 2 else "open",
            "is_invented": False,
            "changed_time": NOW,
            "views": OWN | (MEMBERS if n else 0),
        }
        for n in range(4)
    ]
    return pa.Table.from_pylist(made, schema=CALL.schema.append(pa.field("views", pa.int64())))


def applications() -> Rows:
    """From several states, of which some are too few to be told; some are decided, one is withdrawn."""
    states = ("sent", "accepted", "declined", "in_review", "accepted", "withdrawn")
    made = [
        {
            "application_id": f"application:{n}",
            "call_id": f"call:{n % 2}",
            "call_title": f"Call {n % 2}",
            "title": f"Talk {n}",
            "summary": "What was tried.",
            "applicant": f"Applicant {n}",
            "from_state": ("KAZ", "TUR", "KAZ", None, "UZB")[n % 5],
            "sender": "aigul",
            "state": (state := states[n % 6]),
            "applied_time": NOW - timedelta(hours=30 + n),
            "decided_time": NOW - timedelta(hours=n % 20) if state in ("accepted", "declined") else None,
            "is_invented": False,
            "changed_time": NOW - timedelta(hours=n % 3),
            "views": OWN,
        }
        for n in range(40)
    ]
    return pa.Table.from_pylist(made, schema=APPLICATION.schema.append(pa.field("views", pa.int64())))


def offers() -> Rows:
    """Offered and sought, some closed, some withdrawn, some that the own state alone sees."""
    made = [
        {
            "offer_id": f"offer:{n:02}",
            "side": ("offer", "need")[n % 2],
            "what": ("capital", "partner", "research")[n % 3],
            "title": f"Wells {n}",
            "words": f"We build {n} wells. They take salt out of water.",
            "lang": ("en", "kk", None)[n % 3],
            "sector": ("water", "energy", None)[n % 3],
            "phase": ("idea", "pilot", "growing", None)[n % 4],
            "amount_least": 1_000 * n if n % 5 else None,
            "amount_most": 20_000,
            "currency": "USD" if n % 7 else "KZT",
            "from_state": ("KAZ", "TUR", None)[n % 3],
            "states": "KAZ TUR" if n % 4 == 0 else None,
            "capacity_n": 1 + n % 5,
            "opens_day": 20_000 + 10 * n,
            "closes_day": 20_400 + n,
            "closing_time": NOW + timedelta(days=n - 4),
            "state": "withdrawn" if n == 9 else "open",
            "is_invented": n == 11,
            "changed_time": NOW,
            "views": OWN | (MEMBERS if n % 4 else 0),
        }
        for n in range(24)
    ]
    return pa.Table.from_pylist(made, schema=OFFER.schema.append(pa.field("views", pa.int64())))


def introductions() -> Rows:
    """Two rows of each: some agreed, some of which the two say the same, or different things, of what came of it."""
    states, ends = ("waits", "agreed", "declined", "agreed"), ("met", "not_met", "met", None)
    made = [
        {
            "introduction_id": f"introduction:{n}",
            "box": box,
            "whose": f"{box} {n}",
            "offer_id": f"offer:{n:02}",
            "offer_title": f"Wells {n}",
            "message": "We would like to meet.",
            "state": states[n % 4],
            "my_outcome": ends[(n + (box == "asked")) % 4] if states[n % 4] == "agreed" else None,
            "rank_n": n % 8 or None,
            "asked_time": NOW,
            "is_invented": False,
            "changed_time": NOW,
            "views": OWN,
        }
        for n in range(40)
        for box in ("asked", "received")
    ]
    return pa.Table.from_pylist(made, schema=INTRODUCTION.schema.append(pa.field("views", pa.int64())))


def trade() -> Rows:
    """A whole year, one that isn't, and states that the own state alone sees."""
    made = [
        {
            "part_id": f"trade:BACI:2022:{year}:{exporter}",
            "year": year,
            "exporter_iso3": exporter,
            "importer_iso3": importer,
            "hs_code": code,
            "hs_edition": "2022",
            "value_usd": value,
            "dataset": "BACI",
            "vintage": "202601",
            "changed_time": NOW,
            "views": OWN | (0 if exporter in trading.sellers(20) else MEMBERS),
        }
        for year, n in (("2023", 105), ("2024", 30))
        for exporter, importer, code, value in trading.flows(n)
    ]
    return pa.Table.from_pylist(made, schema=TRADE.schema.append(pa.field("views", pa.int64())))


def codes() -> Rows:
    """Of some products what they are called, in two languages."""
    made = [
        {
            "part_id": "codes:HS:2022",
            "scheme": "HS",
            "edition": "2022",
            "code": code,
            "lang": lang,
            "title": f"{lang} {code}",
            "parent": code[:4],
            "dataset": "An invented list",
            "vintage": "2026",
            "changed_time": NOW,
            "views": OWN | MEMBERS,
        }
        for code in trading.PRODUCTS[:4]
        for lang in ("en", "kk")
    ]
    return pa.Table.from_pylist(made, schema=CODE.schema.append(pa.field("views", pa.int64())))
