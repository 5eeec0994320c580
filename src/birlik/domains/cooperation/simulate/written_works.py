"""Invented projects and works in the forms of their standards."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from birlik.domains.cooperation.simulate.invented_words import Lexicon
from birlik.domains.cooperation.simulate.texts import BUILT, STUDIED, called, in_arabic, person
from birlik.domains.cooperation.wire.claims_sheet import MAY, NEEDED

STAGES = ("identification", "preparation", "implementation", "completion")
SECTORS = ("transport", "energy", "waterAndWaste", "education", "health", "communications")
JOURNAL: Mapping[str, str] = {
    "en": "Invented Proceedings",
    "ru": "Вымышленные труды",
    "kk": "Ойдан шығарылған еңбектер",
    "ky": "Ойдон чыгарылган эмгектер",
    "uz": "Oʻylab topilgan asarlar",
    "az": "Uydurulmuş əsərlər",
    "tr": "Uydurma Bildiriler",
    "tk": "Oýlanyp tapylan işler",
}


@dataclass(frozen=True, slots=True)
class Work:
    """One publication."""

    n: int
    title: str
    lang: str
    authors: tuple[tuple[str, str], ...]
    """(family name, given name)."""
    year: int
    container: str

    @property
    def doi(self) -> str:
        """Under the prefix that is kept for tests."""
        return f"10.5555/invented.{self.year}.{self.n}"


def works(rng: np.random.Generator, lexicons: Sequence[Lexicon], n: int) -> list[Work]:
    """n publications; every fifth in Kazakh is in Arabic letters."""
    made = []
    for i in range(n):
        words = lexicons[int(rng.integers(len(lexicons)))]
        title, lang = STUDIED[words.lang].format(called(rng, words)), words.lang
        if lang == "kk" and rng.random() < 0.3:
            title, lang = in_arabic(title), "kk-Arab"
        authors = tuple(person(rng, words) for _ in range(int(rng.integers(1, 4))))
        made.append(Work(i, title, lang, authors, int(rng.integers(1995, 2026)), JOURNAL[words.lang]))
    return made


def bibtex(made: Iterable[Work]) -> bytes:
    """A library's file."""
    entries = []
    for w in made:
        authors = " and ".join(f"{family}, {given}" for family, given in w.authors)
        fields = {"author": authors, "title": w.title, "year": w.year, "journal": w.container, "doi": w.doi}
        said = ",\n".join(f"  {name} = {{{value}}}" for name, value in {**fields, "language": w.lang}.items())
        entries.append(f"@article{{invented{w.n},\n{said}\n}}\n")
    return "\n".join(entries).encode()


def ris(made: Iterable[Work]) -> bytes:
    """Another library's."""
    lines = []
    for w in made:
        lines += ["TY  - JOUR", f"ID  - invented{w.n}", f"TI  - {w.title}"]
        lines += [f"AU  - {family}, {given}" for family, given in w.authors]
        lines += [f"T2  - {w.container}", f"PY  - {w.year}", f"DO  - {w.doi}", f"LA  - {w.lang}", "ER  - ", ""]
    return "\n".join(lines).encode()


def csl(made: Iterable[Work]) -> bytes:
    """A reference manager's."""
    items = [
        {
            "id": f"invented{w.n}",
            "type": "article-journal",
            "title": w.title,
            "author": [{"family": family, "given": given} for family, given in w.authors],
            "issued": {"date-parts": [[w.year]]},
            "container-title": w.container,
            "DOI": w.doi,
            "language": w.lang,
        }
        for w in made
    ]
    return json.dumps(items, ensure_ascii=False).encode()


def openalex(made: Iterable[Work], off: Mapping[int, int]) -> bytes:
    """An index of publications. off: by work, how many years its date is wrong."""
    lines = [
        {
            "id": f"https://openalex.org/W{9_000_000_000 + w.n}",
            "doi": f"https://doi.org/{w.doi}",
            "title": w.title,
            "publication_date": f"{w.year + off.get(w.n, 0)}-01-01",
            "language": w.lang,
            "type": "article",
            "authorships": [{"author": {"display_name": f"{given} {family}"}} for family, given in w.authors],
            "primary_location": {"source": {"display_name": w.container}},
            "abstract_inverted_index": {word: [i] for i, word in enumerate(dict.fromkeys(w.title.split()))},
            "updated_date": "2026-01-02",
        }
        for w in made
    ]
    return "\n".join(json.dumps(line, ensure_ascii=False) for line in lines).encode()


def oc4ids(rng: np.random.Generator, lexicons: Sequence[Lexicon], states: Sequence[str], n: int, at: datetime) -> bytes:
    """A package of n projects, published then."""
    projects = []
    for i in range(n):
        which = int(rng.integers(len(lexicons)))
        words = lexicons[which]
        start = at - timedelta(days=int(rng.integers(-400, 900)))
        end = start + timedelta(days=int(rng.integers(300, 1500)))
        body = called(rng, words)
        projects.append(
            {
                "id": f"oc4ids-invented-{i}",
                "updated": f"{at:%Y-%m-%d}T00:00:00Z",
                "title": BUILT[words.lang].format(body),
                "language": words.lang,
                "status": STAGES[int(rng.integers(len(STAGES)))],
                "type": "construction",
                "sector": [SECTORS[int(rng.integers(len(SECTORS)))]],
                "period": {"startDate": f"{start:%Y-%m-%d}T00:00:00Z", "endDate": f"{end:%Y-%m-%d}T00:00:00Z"},
                "budget": {"amount": {"amount": int(rng.integers(5, 900)) * 100_000, "currency": "USD"}},
                "publicAuthority": {"name": states[which]},
                "locations": [{"id": "1", "description": body.split(" ", maxsplit=1)[0]}],
            }
        )
    package: dict[str, Any] = {
        "version": "0.9",
        "uri": "https://projects.invalid/invented",
        "publishedDate": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "publisher": {"name": "Ministry of Works (invented)"},
        "projects": projects,
    }
    return json.dumps(package, ensure_ascii=False).encode()


def ror(records: Mapping[str, Mapping[str, list[tuple[str, str]]]], states: Mapping[str, str]) -> bytes:
    """A dump of bodies. records: by ROR id, by property its (value, language)s. states: their names by code."""
    items = []
    for number, said in records.items():
        state = said["state"][0][0] if "state" in said else ""
        place = said["place"][0][0] if "place" in said else ""
        names = [
            {"value": value, "lang": lang or None, "types": ["label"] + (["ror_display"] if not i else [])}
            for i, (value, lang) in enumerate(said["name"])
        ]
        details = {"country_code": state, "country_name": states.get(state, ""), "name": place}
        items.append(
            {
                "id": f"https://ror.org/{number}",
                "names": names,
                "domains": [value for value, _ in said.get("domain", ())],
                "established": int(said["founded"][0][0]) if "founded" in said else None,
                "locations": [{"geonames_details": {n: v for n, v in details.items() if v}}],
                "status": "active",
                "types": ["other"],
            }
        )
    return json.dumps(items, ensure_ascii=False).encode()


def sheet(rows: Iterable[Mapping[str, str]]) -> bytes:
    """Claims, a line each."""
    out = io.StringIO()
    writer = csv.DictWriter(out, (*NEEDED, *MAY), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()
