"""The facts on the Organization of Turkic States that birlik ships, as claims: a value, its source, how it was checked.

Made from the tables in `data/`, whose wording is this project's own (CC0 1.0).
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from csv import DictReader
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import TypeAlias

from birlik.domains.cooperation.vocabulary.invented import INVENTED_STATES
from birlik.domains.cooperation.vocabulary.words import GENERAL_KNOWLEDGE, Check, Kind, SourceKind

Line: TypeAlias = Mapping[str, str]
TOLD = datetime(2026, 11, 25, tzinfo=UTC)
"""The day as of which they were written down."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shipped:
    """One claim as it ships."""

    entity_id: str
    kind: Kind
    name: str
    """Of the property."""
    value: str
    lang: str = ""
    source: str = GENERAL_KNOWLEDGE
    source_kind: SourceKind = SourceKind.GENERAL
    check: Check = Check.GENERAL
    note: str = ""
    quote: str = ""
    said: str = ""
    basis: str = "reported"

    @property
    def claim_id(self) -> str:
        """The same for the same statement, whatever else is shipped."""
        said = "\n".join((self.entity_id, self.name, self.value, self.lang, self.source))
        return f"claim:{hashlib.sha256(said.encode()).hexdigest()[:16]}"


def claims() -> Iterator[Shipped]:
    """All of them, each once."""
    seen: set[str] = set()
    for table, make in MAKERS.items():
        for line in lines(table):
            for claim in make(line):
                if claim.claim_id not in seen:
                    seen.add(claim.claim_id)
                    yield claim


def lines(name: str) -> list[Line]:
    """The rows of one of the tables in `data/`."""
    text = (files("birlik.domains.cooperation") / "data" / f"{name}.csv").read_text(encoding="utf-8")
    return list(DictReader(text.splitlines()))


@cache
def called() -> Mapping[str, str]:
    """What states (by code and id) and bodies (by id) of these tables are called, for who names them as owners."""
    names = {line["id"]: line["name_en"].split(" (")[0] for line in lines("states") if line["iso3"]}
    states = {way: name for state_id, name in names.items() for way in (state_id, state_id.partition(":")[2])}
    bodies = {line["id"]: line["name_en"] for line in lines("organisations")}
    invented = {code: state.name for code, state in INVENTED_STATES.items()}
    return states | bodies | invented | {"members": "all members"}


# --- where a statement comes from -----------------------------------------------------------------------------


def _check(said: str) -> tuple[Check, str]:
    """`attested; two English names` -> the code, and the note. What says nothing was not checked."""
    found = re.match(r"(attested|general|conflict)\b[\s:;,]*(.*)", said)
    if found is None:
        return Check.GENERAL, said
    return Check(found[1]), found[2].strip()


@cache
def _sources() -> Mapping[str, str]:
    """By id of a row, its source: a source may be said to be that of another row."""
    tables = ("documents", "organisations", "events", "proposals")
    return {line["id"]: line["source"] for table in tables for line in lines(table)}


def _addresses(said: str) -> list[str]:
    """`a; b` -> both; `same as doc:X` -> that of X. Where none was read it says so."""
    if (same := re.fullmatch(r"same as (\S+)", said)) is not None:
        return _addresses(_sources()[same[1]])
    return [part.strip() for part in said.split(";") if part.strip()] or [GENERAL_KNOWLEDGE]


PRIMARY = re.compile(r"://(www\.)?(turkicstates\.org|turkkon\.org|zakonpravo\.kz|mfa\.gov\.tr)/")
"""The organisation's own pages, a member's ministry, the text of a law."""


def _kind_of(address: str) -> SourceKind:
    if address == GENERAL_KNOWLEDGE:
        return SourceKind.GENERAL
    return SourceKind.PRIMARY if PRIMARY.search(address) else SourceKind.PRESS


OURS = re.compile(r"our reading|next year|for 2026")
"""Words of a check that say that a date is what we read out of it: its basis is `estimated`."""


def _of(line: Line, kind: Kind, said: Mapping[str, str], *, day: str = "", lang: str = "") -> Iterator[Shipped]:
    """What a row says of its entity: of each source a claim, since two that agree are worth more than one."""
    check, note = _check(line.get("check", "attested"))
    for address in _addresses(line.get("source", "")):
        for name, value in said.items():
            if not value:
                continue
            about_it = name in _noted(note)
            yield Shipped(
                entity_id=line["id"],
                kind=kind,
                name=name,
                value=value,
                lang=lang or ("en" if name in WORDS else ""),
                source=address,
                source_kind=_kind_of(address),
                check=_checked(check, address, about_it=about_it),
                note=note if about_it else "",
                quote=line.get("quote", "") if name in QUOTED else "",
                said=day,
                basis="estimated" if name == "due" and OURS.search(note) else "reported",
            )


def _noted(note: str) -> tuple[str, ...]:
    """Which properties of a row its note is about."""
    return DATES if re.search(r"\b(due|date|year|September|2026)\b", note) else ("name", "text")


def _checked(check: Check, address: str, *, about_it: bool) -> Check:
    """Sources that differ differ in what the note is about; all else was read."""
    if address == GENERAL_KNOWLEDGE:
        return Check.GENERAL
    return Check.ATTESTED if check is Check.CONFLICT and not about_it else check


DATES = ("due", "start", "end", "since")
WORDS = ("name", "short_name", "text", "description", "theme", "outcome", "note", "later", "activity", "founding_act")
"""Properties that are said in a language."""
QUOTED = ("name", "text", "description")


# --- the tables -----------------------------------------------------------------------------------------------


def _state(line: Line) -> Iterator[Shipped]:
    said = {"name": line["name_en"], "type": "state" if line["iso3"] else "", "state": line["iso3"]}
    yield from _of(line, Kind.ORGANISATION, said | {"role": line["role"], "since": line["since"]})
    yield from _of(line, Kind.ORGANISATION, {"note": line["date_note"]})


def _organisation(line: Line) -> Iterator[Shipped]:
    said = {
        "name": line["name_en"],
        "short_name": line["short"],
        "type": line["kind"],
        "seat": line["seat"],
        "founded": line["founded"],
        "founding_act": line["founding_act"],
        "activity": line["status"],
    }
    yield from _of(line, Kind.ORGANISATION, said)


def _name(line: Line) -> Iterator[Shipped]:
    kinds = {
        "org": Kind.ORGANISATION,
        "place": Kind.PLACE,
        "doc": Kind.DOCUMENT,
        "prop": Kind.PROPOSAL,
        "event": Kind.EVENT,
        "person": Kind.PERSON,
    }
    kind = kinds.get(line["id"].partition(":")[0])
    if kind is None:
        return
    tag = f"{line['lang']}-{line['script']}" if (line["lang"], line["script"]) in TWO_SCRIPTS else line["lang"]
    # Names that were read were read where the thing itself was.
    source = _sources().get(line["id"], "") if line["check"].startswith(Check.ATTESTED) else ""
    yield from _of({**line, "source": source}, kind, {"name": line["name"]}, lang=tag)


TWO_SCRIPTS = {("uz", "Cyrl"), ("az", "Cyrl"), ("tk", "Cyrl"), ("kk", "Latn")}
"""Languages written in a script that their tag alone doesn't say (BCP 47)."""


def _event(line: Line) -> Iterator[Shipped]:
    number = f" {line['number']}" if line["number"] else ""
    where = f", {line['place']}" if line["place"] else ""
    said = {
        "name": f"{line['series']}, {line['kind']}{number}{where} {line['date_start'][:4]}",
        "series": line["series"],
        "number": line["number"],
        "type": line["kind"],
        "place": line["place"],
        "state": line["country"],
        "theme": line["theme"],
        "outcome": line["outcome"],
        "activity": line["state"],
    }
    yield from _of(line, Kind.EVENT, said)
    # Where sources differ the row has what is commonly given; what the source gives stands in `otherwise.csv`.
    source = "" if line["check"].startswith(Check.CONFLICT) else line["source"]
    yield from _of({**line, "source": source}, Kind.EVENT, {"start": line["date_start"], "end": line["date_end"]})


def _document(line: Line) -> Iterator[Shipped]:
    said = {
        "name": line["title"],
        "type": line["kind"],
        "made_on": line["date"],
        "place": line["place"],
        "legal_status": line["status"],
        "parties": line["parties_or_organ"],
        "note": line["note"],
    }
    yield from _of(line, Kind.DOCUMENT, said, day=line["date"])


def _proposal(line: Line) -> Iterator[Shipped]:
    said = {
        "name": line["title"],
        "description": line["what"],
        "legal_status": line["status"],
        "made_on": line["date"],
        "proposer": line["proposer"],
        "made_at": line["forum"],
        "lead_body": line["lead_body"],
        "later": line["later"],
    }
    yield from _of(line, Kind.PROPOSAL, said, day=line["date"])
    for alias in line["aliases"].split(";"):
        yield from _of(line, Kind.PROPOSAL, {"name": alias.strip()}, day=line["date"])


def _commitment(line: Line) -> Iterator[Shipped]:
    said = {
        "text": line["text"],
        "type": line["kind"],
        "legal_status": line["status"],
        "made_on": line["made_on"],
        "due": line["due"],
        "made_at": line["event"],
    }
    yield from _of(line, Kind.COMMITMENT, said, day=line["made_on"])
    for owner in line["owner"].split(";"):
        yield from _of(line, Kind.COMMITMENT, {"owner": owner.strip()}, day=line["made_on"])


def _person(line: Line) -> Iterator[Shipped]:
    said = {"name": line["name_en"], "office": line["office"], "as_of": line["as_of"]}
    holder = line["holder_of"]
    held = {"holder_of": holder if ":" in holder else STATES.get(holder, f"state:{holder}")}
    yield from _of(line, Kind.PERSON, said | held, day=line["as_of"])
    for variant in line["variants"].split(";"):
        yield from _of(line, Kind.PERSON, {"name": variant.strip()}, day=line["as_of"], lang="und")


STATES = {"KKTC": "entity:KKTC"}
"""A body among the observers that has no code of ISO 3166 isn't given one."""


def _second(line: Line) -> Iterator[Shipped]:
    """What another source says otherwise."""
    yield from _of(line, Kind(line["kind"]), {line["property"]: line["value"]})


MAKERS: Mapping[str, Callable[[Line], Iterator[Shipped]]] = {
    "states": _state,
    "organisations": _organisation,
    "names": _name,
    "events": _event,
    "documents": _document,
    "proposals": _proposal,
    "commitments": _commitment,
    "persons_public_office": _person,
    "otherwise": _second,
}
