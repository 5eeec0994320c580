"""Bodies and persons of invented states, some of them twice or thrice in the register, and which are which.

Three in ten records are of somebody who is there already: in another script or language, with slips, in another order,
with gaps. Others only look like it: branches and faculties beside their parent on its domain, namesakes elsewhere,
tenants of one portal, schools by number, persons of one name. Nothing in here knows how records will be compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from birlik.domains.cooperation.simulate import damage
from birlik.domains.cooperation.simulate.damage import Part, Spelling
from birlik.domains.cooperation.simulate.invented_words import Lexicon, lexicon, skewed, word
from birlik.domains.cooperation.simulate.vocabulary_of_bodies import BRANCH, FIELDS, LEGAL, TYPES
from birlik.domains.cooperation.vocabulary.invented import INVENTED_STATES

STATES = tuple(INVENTED_STATES)
LANG_OF = tuple(state.lang for state in INVENTED_STATES.values())
PERSON, BODY = "person", "organisation"


@dataclass(frozen=True, kw_only=True, slots=True)
class Harshness:
    """Shares of records, or of duplicates, that something befalls."""

    duplicates: float = 0.3
    thrice: float = 0.2
    persons: float = 0.25
    branches: float = 0.06
    namesakes: float = 0.04
    tenants: float = 0.08
    numbered: float = 0.03
    has_outer_id: float = 0.25
    keeps_outer_id: float = 0.4
    other_outer_id: float = 0.01
    respelled: float = 0.4
    translated: float = 0.15
    mistyped: float = 0.35
    turned: float = 0.15
    thinned: float = 0.15
    shortened: float = 0.08
    initialled: float = 0.2
    second_name: float = 0.15
    gap: float = 0.3
    year_off: float = 0.08
    new_domain: float = 0.15


@dataclass(frozen=True, slots=True)
class Thing:
    """Somebody of the invented world, as they are."""

    kind: str
    parts: tuple[Part, ...]
    lang: str
    state: str
    town: str
    year: int | None
    domain: str | None
    outer: tuple[str, str] | None


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """claims: entity_id, kind, property, value, lang. records: its ids, n; truth: int64, n, whose each record is.

    how: for each record how its name was written: "" as at home, a way, or `translated`.
    """

    claims: pa.Table
    records: tuple[str, ...]
    truth: NDArray[np.int64]
    how: tuple[str, ...]

    def true_pairs(self) -> NDArray[np.int64]:
        """(pairs, 2), rows of `records`, the smaller first."""
        order = np.argsort(self.truth, kind="stable")
        groups = np.split(order, np.flatnonzero(np.diff(self.truth[order])) + 1)
        pairs = [(min(a, b), max(a, b)) for group in groups for i, a in enumerate(group) for b in group[i + 1 :]]
        return np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)


def world(seed: int, n: int, *, harsh: Harshness | None = None) -> World:
    """A register of about n records; the same seed is the same world."""
    harsh = harsh or Harshness()
    rng = np.random.default_rng((seed, n))
    things = _Things(rng, n, harsh).made(round(n * (1 - harsh.duplicates)))
    told = [(i, _recorded(rng, thing, harsh, is_copy=False)) for i, thing in enumerate(things)]
    # Who is copied thrice stands for two copies; so the chosen are fewer than the copies.
    chosen = rng.permutation(len(things))[: round(n * harsh.duplicates / (1 + harsh.thrice))]
    for i in chosen.tolist():
        for _ in range(2 if rng.random() < harsh.thrice else 1):
            told.append((i, _recorded(rng, things[i], harsh, is_copy=True)))
    return _register([told[i] for i in rng.permutation(len(told)).tolist()])


@dataclass(frozen=True, slots=True)
class _Record:
    kind: str
    names: tuple[Spelling, ...]
    said: tuple[tuple[str, str], ...]


class _Things:
    """Who there is."""

    def __init__(self, rng: np.random.Generator, n: int, harsh: Harshness) -> None:
        self.rng, self.harsh = rng, harsh
        towns = int(np.clip(n / 100, 40, 400))
        self.lexicons = [lexicon(rng, lang, towns=towns) for lang in LANG_OF]
        self.portals = [self._domain() for _ in range(max(2, n // 500))]
        self.named: set[tuple[str, ...]] = set()
        self.chances = {size: skewed(size) for size in (towns, 250, 1_200, len(TYPES), len(FIELDS))}

    def made(self, n: int) -> list[Thing]:
        things: list[Thing] = []
        bodies: list[Thing] = []
        while len(things) < n:
            at, drawn = int(self.rng.choice(len(STATES))), self.rng.random()
            if drawn < self.harsh.persons:
                things.append(self._person(at, bodies))
                continue
            drawn = (drawn - self.harsh.persons) / (1 - self.harsh.persons)
            body = self._body(at, bodies, drawn)
            bodies.append(body)
            things.append(body)
        return things

    def _of(self, words: Sequence[str]) -> str:
        return words[int(self.rng.choice(len(words), p=self.chances[len(words)]))]

    def _body(self, at: int, bodies: Sequence[Thing], drawn: float) -> Thing:
        harsh = self.harsh
        if bodies and drawn < harsh.branches:
            return self._branch(bodies[int(self.rng.integers(len(bodies)))])
        if bodies and drawn < harsh.branches + harsh.namesakes:
            return self._namesake(bodies[int(self.rng.integers(len(bodies)))])
        made = self._new(at)
        while (name := (made.state, *(part.text for part in made.parts))) in self.named:
            made = self._new(at)
        self.named.add(name)
        if self.rng.random() < harsh.tenants:
            made = replace(made, domain=str(self.rng.choice(self.portals)))
        return made

    def _new(self, at: int) -> Thing:
        words, state = self.lexicons[at], STATES[at]
        town, kind = self._of(words.towns), TYPES[int(self.rng.choice(len(TYPES), p=self.chances[len(TYPES)]))]
        field = FIELDS[int(self.rng.choice(len(FIELDS), p=self.chances[len(FIELDS)]))]
        lang = words.lang
        of_field, of_kind = Part(field[lang], field, is_weak=True), Part(kind[lang], kind)
        pattern = self.rng.random()
        if pattern < self.harsh.numbered:
            parts: tuple[Part, ...] = (Part(town), Part(f"№{self.rng.integers(1, 60)}"), of_kind)
        elif pattern < 0.4:
            parts = (Part(town), of_field, of_kind)
        elif pattern < 0.55:
            parts = (Part(self._of(words.families), is_weak=True), Part(town), of_field, of_kind)
        elif pattern < 0.8:
            legal = LEGAL[int(self.rng.integers(len(LEGAL)))]
            parts = (self._brand(lang), of_field, Part(legal[lang], legal, is_weak=True))
        else:
            parts = (self._brand(lang), of_field, of_kind)
        return Thing(BODY, parts, lang, state, town, int(self.rng.integers(1920, 2026)), self._domain(), self._outer())

    def _brand(self, lang: str) -> Part:
        return Part(word(self.rng, lang, int(self.rng.integers(2, 4))))

    def _branch(self, parent: Thing) -> Thing:
        words = self.lexicons[STATES.index(parent.state)]
        other = self._of(words.towns)
        if self.rng.random() < 0.5:
            parts = (*parent.parts, Part(other), Part(BRANCH[parent.lang], BRANCH))
        else:
            field = FIELDS[int(self.rng.integers(len(FIELDS)))]
            other = parent.town
            parts = (*parent.parts, Part(field[parent.lang], field), Part(TYPES[1][parent.lang], TYPES[1]))
        year = min((parent.year or 2000) + int(self.rng.integers(0, 30)), 2026)
        return replace(parent, parts=parts, town=other, year=year, outer=self._outer())

    def _namesake(self, body: Thing) -> Thing:
        """The same name elsewhere: another town of the state, or another state."""
        at = STATES.index(body.state) if self.rng.random() < 0.5 else int(self.rng.choice(len(STATES)))
        return replace(
            body, state=STATES[at], town=self._of(self.lexicons[at].towns), year=int(self.rng.integers(1920, 2026)),
            domain=self._domain(), outer=self._outer(),
        )  # fmt: skip

    def _person(self, at: int, bodies: Sequence[Thing]) -> Thing:
        words: Lexicon = self.lexicons[at]
        parts = [Part(self._of(words.given)), Part(self._of(words.families))]
        if words.lang in ("kk", "ky", "uz", "az", "tk", "ru") and self.rng.random() < 0.4:
            ending = {"kk": "ұлы", "ky": "уулу", "uz": " oʻgʻli", "az": " oğlu", "tk": "ogly", "ru": "ович"}[words.lang]
            parts.append(Part(self._of(words.given) + ending, is_weak=True))
        near = [body for body in bodies[-50:] if body.state == STATES[at]]
        home = near[int(self.rng.integers(len(near)))] if near else None
        domain = home.domain if home and self.rng.random() < 0.6 else None
        town = home.town if home else self._of(words.towns)
        return Thing(PERSON, tuple(parts), words.lang, STATES[at], town, None, domain, self._outer("orcid"))

    def _domain(self) -> str:
        letters = "".join(self.rng.choice(list("abcdefghiklmnoprstuvyz"), int(self.rng.integers(4, 10))))
        return f"{letters}.{self.rng.choice(['test', 'example', 'invalid'])}"

    def _outer(self, scheme: str = "ror") -> tuple[str, str] | None:
        if self.rng.random() >= self.harsh.has_outer_id:
            return None
        return scheme, "".join(self.rng.choice(list("0123456789abcdefghjkmnpqrstvwxyz"), 9))


def _recorded(rng: np.random.Generator, thing: Thing, harsh: Harshness, *, is_copy: bool) -> _Record:
    names = [_copied(rng, thing, harsh) if is_copy else damage.plain(thing.parts, thing.lang)]
    if rng.random() < harsh.second_name:
        names.append(damage.translated(rng, thing.parts, thing.lang, "en"))
    return _Record(thing.kind, tuple(names), tuple(_said(rng, thing, harsh, names[0].way, is_copy=is_copy)))


def _copied(rng: np.random.Generator, thing: Thing, harsh: Harshness) -> Spelling:
    parts = thing.parts
    if thing.kind == PERSON and rng.random() < harsh.initialled:
        parts = damage.initialled(parts)
    elif rng.random() < harsh.thinned:
        parts = damage.thinned(rng, parts)
    drawn = rng.random()
    if drawn < harsh.respelled:
        made = damage.respelled(rng, parts, thing.lang)
    elif drawn < harsh.respelled + harsh.translated:
        made = damage.translated(rng, parts, thing.lang, "en" if rng.random() < 0.6 else "ru")
    else:
        made = damage.plain(parts, thing.lang)
    text = made.text
    if rng.random() < harsh.turned:
        text = damage.turned(rng, text)
    if rng.random() < harsh.shortened:
        text = damage.shortened(rng, text)
    for _ in range(int(rng.random() < harsh.mistyped) + int(rng.random() < harsh.mistyped / 4)):
        text = damage.mistyped(rng, text)
    return Spelling(text, made.lang, made.way)


def _said(
    rng: np.random.Generator, thing: Thing, harsh: Harshness, way: str, *, is_copy: bool
) -> list[tuple[str, str]]:
    """Properties, with gaps; a copy's year may be off, its domain a newer one, its outer id another register's slip."""
    gap = harsh.gap
    said = [("state", thing.state)] if rng.random() >= gap / 2 else []
    town = damage.place(rng, thing.town, LANG_OF[STATES.index(thing.state)], way)
    said += [("place", town)] if rng.random() >= gap else []
    if thing.year is not None and rng.random() >= gap:
        off = int(rng.choice([-1, 1, 10])) if is_copy and rng.random() < harsh.year_off else 0
        said.append(("founded", str(thing.year + off)))
    if thing.domain and rng.random() >= gap:
        said.append(("domain", f"new-{thing.domain}" if is_copy and rng.random() < harsh.new_domain else thing.domain))
    if thing.outer and rng.random() < (harsh.keeps_outer_id if is_copy else 1):
        scheme, value = thing.outer
        said.append((scheme, value[::-1] if is_copy and rng.random() < harsh.other_outer_id else value))
    return said


def _register(told: list[tuple[int, _Record]]) -> World:
    rows: list[tuple[str, str, str, str, str]] = []
    ids = tuple(f"invented:{i:06d}" for i in range(len(told)))
    for entity_id, (_, record) in zip(ids, told, strict=True):
        rows += [(entity_id, record.kind, "name", name.text, name.lang) for name in record.names]
        rows += [(entity_id, record.kind, what, value, "") for what, value in record.said]
    columns = zip(*rows, strict=True)
    names = ("entity_id", "kind", "property", "value", "lang")
    claims = pa.table({name: pa.array(column, pa.string()) for name, column in zip(names, columns, strict=True)})
    truth = np.array([thing for thing, _ in told], dtype=np.int64)
    return World(claims, ids, truth, tuple(record.names[0].way for _, record in told))
