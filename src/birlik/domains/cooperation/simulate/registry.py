"""A play: an invented registry with known truth, and what reaches a node of it, in the forms that others really send.

Bodies and persons stand in three registers, some of them twice or thrice; promises of invented states are read by two
coders of known error; the press dates some of them otherwise; works and projects come from libraries and owners, with
a best choice of them. What is offered and sought is posted later, by acts.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import numpy as np
import pyarrow as pa

from birlik.domains.cooperation.model.priorities import BUDGET_M
from birlik.domains.cooperation.simulate import written_works
from birlik.domains.cooperation.simulate.clocks import last_instant, offset_h
from birlik.domains.cooperation.simulate.invented_words import Lexicon, lexicon
from birlik.domains.cooperation.simulate.meetings import Meeting, meetings
from birlik.domains.cooperation.simulate.offering import Market, market
from birlik.domains.cooperation.simulate.outer_numbers import orcid_number, ror_number
from birlik.domains.cooperation.simulate.people_and_bodies import LANG_OF, STATES, World, world
from birlik.domains.cooperation.simulate.programme import GATES_OF, TENTH, Weighed, best, programme, worth
from birlik.domains.cooperation.simulate.promises import PROGRESS, Promises, promises
from birlik.domains.cooperation.simulate.texts import OPENED, called
from birlik.domains.cooperation.vocabulary.invented import INVENTED_STATES
from birlik.domains.cooperation.vocabulary.words import INVENTED
from birlik.errors import OutOfRange
from birlik.kernel.intake import INVENTED as IS_INVENTED
from birlik.kernel.intake import Delivery

Faults = Literal["none", "default", "harsh"]
RECORDS_N, PROMISES_N, PROJECTS_N, WORKS_N, PLANNED_N = 320, 60, 30, 150, 16
REGISTERS = ("chamber-invented", "statistics-invented")
ROR_SOURCE, SECRETARIAT, MINISTRY, LIBRARY, INDEX, PROGRAMME = (
    "ror-invented", "secretariat-invented", "works-ministry-invented", "library-invented", "index-invented",
    "programme-invented",
)  # fmt: skip
CODERS = ("coder A", "coder B")
ERRORS: Mapping[str, tuple[float, float]] = {"none": (0.0, 0.0), "default": (0.06, 0.1), "harsh": (0.25, 0.3)}
"""The share of promises that each coder misreads."""
ALMATY = (("2024-02-28", 6), ("2024-01", 6), ("2024-02-29", 5), ("2024-03", 5))
"""Promises of the first state around the change of its clock, as dated, and how many hours it is ahead of UTC at the
end: at midnight from 29 February to 1 March 2024 its clocks went back an hour, so that day's last hour came twice."""
WRONGLY_DATED, SEVERAL_OWNERS, WRONG_YEAR = 0.2, 0.2, 0.1
DOCUMENT = "https://declaration.invalid/invented"
DECLARED_ON = "2023-11-03"
MEETING = f"{INVENTED}event:{SECRETARIAT}:"
CALENDAR = "https://meetings.invalid/invented"
PRESS = "https://press.invalid/invented"
TRUTH = ("what", "one", "other", "value")
MEDIA_TYPES = {
    "ror": "application/vnd.ror+json",
    "sheet": "application/vnd.birlik.claims",
    "oc4ids": "application/vnd.oc4ids+json",
    "bibtex": "application/x-bibtex",
    "ris": "application/x-research-info-systems",
    "csl": "application/vnd.citationstyles.csl+json",
    "openalex": "application/vnd.openalex+json",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """What was put in, and what a node hears of it."""

    start: datetime
    end: datetime
    truth: pa.Table
    """Text: what, one, other, value. `pair`: two records of the same; `record`: one record; `due`: a promise, its last
    instant; `clock`: a promise, that day's hours ahead of UTC in Almaty, its period's last day; `code`: a promise, a
    coder, what they said; `event`: a meeting, its first and its last instant; `progress`: a promise, what it truly is;
    `alpha`: what the coders' errors lead to; `worth`: a project, what it counts in a choice; `best`: one of the best
    choice; `fit`: a need, its offer, of which kind."""
    heard: tuple[Delivery, ...] = field(repr=False)
    market: Market = field(repr=False)
    """What people offer and seek once the past is in."""
    refused_expected: Mapping[str, int] = field(default_factory=dict)

    def deliveries(self) -> Iterator[Delivery]:
        """All of it, in the order of arrival."""
        return iter(self.heard)

    def live(self, since: datetime | None = None, *, per_second: float = 3.0) -> Iterator[Delivery]:
        """Nothing more: registers rest."""
        return iter(())


def play(*, start: datetime, days: int, seed: int, faults: Faults = "default", horizon_days: int = 0) -> Play:
    """Play what a node hears of an invented registry.

    start: aware. days: over which it comes in. horizon_days: of no account, nothing comes later.
    Raises: OutOfRange for a level of faults or a number of days that there isn't.
    """
    if faults not in ERRORS:
        raise OutOfRange(f"faults: {faults!r}; it takes {', '.join(ERRORS)}")
    if days < 1:
        raise OutOfRange(f"days: {days}; it takes at least 1")
    start = start.astimezone(UTC).replace(microsecond=0)
    rng = np.random.default_rng((seed, 11))
    made, told = _Files(), world(seed, RECORDS_N)
    _bodies(made, told)
    # A few hundred words of each are enough for what is called by them.
    lexicons = [lexicon(rng, lang, towns=40, given=40, families=80) for lang in LANG_OF]
    _promises(made, promises(seed, n=PROMISES_N, errors=ERRORS[faults]), lexicons, rng)
    works_of = _works(made, rng, lexicons, start)
    # Each with dice of its own: how many meetings there are changes nothing else of this world.
    end = start + timedelta(days=days)
    _meetings(made, np.random.default_rng((seed, 12)), lexicons, end)
    _programme(made, np.random.default_rng((seed, 13)), lexicons, end, works_of)
    offered = market(np.random.default_rng((seed, 14)), lexicons, end)
    made.truth += [("fit", need, offer, what) for need, offer, what in offered.pairs]
    step = timedelta(days=days) / (len(made.files) + 1)
    heard = tuple(
        Delivery(
            body=body,
            media_type=MEDIA_TYPES[form],
            source_id=source,
            received_time=start + step * (i + 1),
            filename=f"{i}-{source}",
            parameters={IS_INVENTED: "yes"},
        )
        for i, (form, source, body) in enumerate(made.files)
    )
    columns = dict(zip(TRUTH, zip(*made.truth, strict=True), strict=True))
    truth = pa.table({name: pa.array(column, pa.string()) for name, column in columns.items()})
    return Play(start=start, end=end, truth=truth, heard=heard, market=offered)


class _Files:
    """What is sent (form, source, bytes), and what is true (rows of `Play.truth`)."""

    def __init__(self) -> None:
        self.files: list[tuple[str, str, bytes]] = []
        self.truth: list[tuple[str, str, str, str]] = []


def _bodies(made: _Files, told: World) -> None:
    """Bodies with a ROR id in a dump, the others in two registers, persons with them."""
    said: dict[str, dict[str, list[tuple[str, str]]]] = defaultdict(lambda: defaultdict(list))
    kinds: dict[str, str] = {}
    for row in told.claims.to_pylist():
        kinds[row["entity_id"]] = row["kind"]
        said[row["entity_id"]][row["property"]].append((_numbered(row["property"], row["value"]), row["lang"]))
    ids, dump = dict[str, str](), dict[str, Mapping[str, list[tuple[str, str]]]]()
    rows: tuple[list[dict[str, str]], list[dict[str, str]]] = ([], [])
    for i, record in enumerate(told.records):
        of, number = said[record], next((value for value, _ in said[record].get("ror", ())), "")
        if number and number not in dump:
            dump[number] = of
            ids[record] = f"{INVENTED}organisation:ror:{number}"
            continue
        source, own = REGISTERS[i % 2], f"{i:04d}"
        ids[record] = f"{INVENTED}{kinds[record]}:{source}:{own}"
        rows[i % 2].extend(
            {
                "id": own, "kind": kinds[record], "property": name, "value": value, "lang": lang,
                "source": f"https://{source}.invalid/{own}", "source_kind": "primary",
            }
            for name, values in of.items()
            for value, lang in values
        )  # fmt: skip
    names = {code: state.name for code, state in INVENTED_STATES.items()}
    made.files.append(("ror", ROR_SOURCE, written_works.ror(dump, names)))
    made.files += [("sheet", source, written_works.sheet(of)) for source, of in zip(REGISTERS, rows, strict=True)]
    made.truth += [("record", ids[record], "", "") for record in told.records]
    for a, b in told.true_pairs().tolist():
        one, other = sorted((ids[told.records[a]], ids[told.records[b]]))
        made.truth.append(("pair", one, other, ""))


def _numbered(name: str, value: str) -> str:
    """An outer id with check digits that are right."""
    return {"ror": ror_number, "orcid": orcid_number}[name](value) if name in ("ror", "orcid") else value


def _promises(made: _Files, drawn: Promises, lexicons: Sequence[Lexicon], rng: np.random.Generator) -> None:
    dated = list(zip(drawn.due_text, drawn.owners, strict=True))
    dated[: len(ALMATY)] = [(text, STATES[0]) for text, _ in ALMATY]
    rows: list[dict[str, str]] = []
    for i, (due, first) in enumerate(dated):
        owners = [first]
        if i >= len(ALMATY) and rng.random() < SEVERAL_OWNERS:
            owners.append(str(rng.choice([state for state in STATES if state != first])))
        name, own = f"{INVENTED}commitment:{SECRETARIAT}:{i:03d}", {"id": f"{i:03d}", "kind": "commitment"}
        words = lexicons[STATES.index(first)]
        lang = words.lang
        primary = {**own, "source": f"{DOCUMENT}#{i + 1}", "source_kind": "primary", "said": DECLARED_ON}
        text = OPENED[lang].format(called(rng, words))
        said = [("text", text), ("legal_status", str(rng.choice(["welcomed", "decided", "signed"])))]
        said += [
            ("made_on", DECLARED_ON),
            ("made_at", f"{MEETING}declaration"),
            ("paragraph", str(i + 1)),
            *(("owner", owner) for owner in owners),
        ]
        said += [("due", due)] if due else []
        rows += [{**primary, "property": p, "value": v, "lang": lang if p == "text" else ""} for p, v in said]
        if due and rng.random() < WRONGLY_DATED:
            press = {**own, "source": f"{PRESS}/{i}", "source_kind": "press", "said": "2024-01-15"}
            rows.append({**press, "property": "due", "value": str(int(due[:4]) + 1)})
        for coder, codes in zip(CODERS, drawn.codes, strict=True):
            code = PROGRESS[int(codes[i])]
            rows.append({**primary, "property": "progress", "value": code, "coder": coder, "said": "2026-01-10"})
            made.truth.append(("code", name, coder, code))
        made.truth.append(("progress", name, "", PROGRESS[int(drawn.progress[i])]))
        last = _last_day(due)
        made.truth.append(("due", name, "", last_instant(last, owners).isoformat() if last else ""))
        if i < len(ALMATY) and last:
            made.truth.append(("clock", name, last.isoformat(), str(ALMATY[i][1])))
    made.truth.append(("alpha", "", "", repr(drawn.expected_alpha())))
    made.files.append(("sheet", SECRETARIAT, written_works.sheet(rows)))


def _meetings(made: _Files, rng: np.random.Generator, lexicons: Sequence[Lexicon], now: datetime) -> None:
    rows: list[dict[str, str]] = []
    summit = [("name", "Summit of the declaration", "en"), ("type", "summit", ""), ("activity", "held", ""),
              ("start", DECLARED_ON, ""), ("state", STATES[0], "")]  # fmt: skip
    begun = datetime.fromisoformat(DECLARED_ON) - timedelta(hours=offset_h(STATES[0], date.fromisoformat(DECLARED_ON)))
    summit_of_all = Meeting(own="declaration", begins=begun, ends=begun + timedelta(days=1), said=summit)
    for meeting in (summit_of_all, *meetings(rng, lexicons, now)):
        source = {"source": f"{CALENDAR}/{meeting.own}", "source_kind": "primary"}
        told = {"id": meeting.own, "kind": "event", **source}
        rows += [{**told, "property": name, "value": value, "lang": lang} for name, value, lang in meeting.said]
        name = f"{MEETING}{meeting.own}"
        first, last = (at.isoformat() if at else "" for at in (meeting.begins, meeting.ends))
        made.truth.append(("event", name, first, last))
    made.files.append(("sheet", SECRETARIAT, written_works.sheet(rows)))


def _last_day(due: str) -> date | None:
    """Of a year, a month or a day as it is written."""
    parts = [int(part) for part in due.split("-")] if due else []
    if not parts:
        return None
    if len(parts) == 3:
        return date(*parts)
    year, month = (parts[0], 12) if len(parts) == 1 else parts
    return (date(year + month // 12, month % 12 + 1, 1)) - timedelta(days=1)


def _programme(
    made: _Files, rng: np.random.Generator, lexicons: Sequence[Lexicon], now: datetime, others: Sequence[Weighed]
) -> None:
    """A sheet of projects, and the best choice of these and the others."""
    told = list(programme(rng, lexicons, now, PROGRAMME, PLANNED_N))
    made.files.append(("sheet", PROGRAMME, written_works.sheet(line for each in told for line in each.said)))
    of = [*others, *(each.weighed for each in told)]
    worths = worth(of)
    made.truth += [
        ("worth", f"{INVENTED}{each.entity_id}", "", repr(value)) for each, value in zip(of, worths, strict=True)
    ]
    made.truth += [("best", f"{INVENTED}{each}", "", "") for each in best(of, worths, int(BUDGET_M * TENTH))]


def _works(made: _Files, rng: np.random.Generator, lexicons: Sequence[Lexicon], start: datetime) -> Sequence[Weighed]:
    """Projects of a ministry, of which a choice knows what is returned; and works."""
    names = [INVENTED_STATES[state].name for state in STATES]
    package = written_works.oc4ids(rng, lexicons, names, PROJECTS_N, start)
    made.files.append(("oc4ids", MINISTRY, package))
    all_works = written_works.works(rng, lexicons, WORKS_N)
    off = {work.n: 1 for work in all_works if rng.random() < WRONG_YEAR}
    # Every third is in the index too, so that two sources tell of it.
    made.files += [
        ("bibtex", LIBRARY, written_works.bibtex(all_works[:70])),
        ("ris", LIBRARY, written_works.ris(all_works[70:100])),
        ("csl", LIBRARY, written_works.csl(all_works[100:120])),
        ("openalex", INDEX, written_works.openalex([*all_works[:100:3], *all_works[120:]], off)),
    ]
    return [
        Weighed(
            entity_id=f"project:oc4ids:{each['id']}",
            cost_tenths=each["budget"]["amount"]["amount"] // 100_000,
            gates=GATES_OF[each["status"]],
            publishers_n=1,
            jobs=None,
        )
        for each in json.loads(package)["projects"]
    ]
