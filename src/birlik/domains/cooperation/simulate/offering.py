"""Offers and needs with known truth: of each need the offer that it has to be brought to, so that nobody goes without.

Each field of work has one offer that all its needs like best, and that can go on with one only: the need that nothing
else is open to. The others have a second best, which is for their state alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from birlik.domains.cooperation.simulate.invented_words import Lexicon, skewed
from birlik.domains.cooperation.simulate.people_and_bodies import STATES
from birlik.domains.cooperation.simulate.vocabulary_of_bodies import FIELDS, LANGS
from birlik.domains.cooperation.vocabulary.offers import Phase, Sector, Side, What

_WHATS = """
capital|Capital|капитал|капитал|капитал|kapital|kapital|Sermaye|maýa
research|Research|исследование|зерттеу|изилдөө|tadqiqot|tədqiqat|Araştırma|ylmy-barlag
site|Site|площадка|алаң|аянтча|maydon|sahə|Saha|meýdança
licence|Licence|лицензия|лицензия|лицензия|litsenziya|lisenziya|Lisans|ygtyýarnama
"""
_SIDES = """
offer|offered|предлагается|ұсынылады|сунушталат|taklif etiladi|təklif olunur|sunuluyor|hödürlenýär
need|sought|требуется|ізделеді|изделет|izlanmoqda|axtarılır|aranıyor|gözlenýär
"""
_SAID = (
    "Invented for practice|Вымышлено для упражнения|Жаттығу үшін ойдан шығарылған|Көнүгүү үчүн ойдон чыгарылган|"
    "Mashq uchun oʻylab topilgan|Məşq üçün uydurulub|Alıştırma için uydurulmuştur|Türgenleşik üçin oýlanyp tapylan"
)


def _by_first(written: str) -> Mapping[str, Mapping[str, str]]:
    lines = (line.split("|") for line in written.strip().splitlines())
    return {first: dict(zip(LANGS, rest, strict=True)) for first, *rest in lines}


WHATS, SIDES = _by_first(_WHATS), _by_first(_SIDES)
PRACTICE = dict(zip(LANGS, _SAID.split("|"), strict=True))
IN_FIELDS: Mapping[str, Sector] = {
    "Water": Sector.WATER,
    "Energy": Sector.ENERGY,
    "Digital": Sector.DIGITAL,
    "Medical": Sector.HEALTH,
    "Agrarian": Sector.AGRICULTURE,
    "Textile": Sector.MANUFACTURING,
    "Food": Sector.FOOD,
    "Mining": Sector.MINING,
    "Construction": Sector.CONSTRUCTION,
    "Transport": Sector.TRANSPORT,
    "Culture": Sector.CULTURE,
    "Finance": Sector.FINANCE,
}
PHASES = tuple(Phase)
OPEN_DAYS = (25, 300)
AMOUNTS = (50_000, 400_000)
Said = Mapping[str, str | int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """What is offered and sought, as the act that posts it takes it; and which need is for which offer."""

    said: Sequence[Said]
    pairs: Sequence[tuple[str, str, str]]
    """(title of the need, title of its offer, kind)."""


def market(rng: np.random.Generator, lexicons: Sequence[Lexicon], now: datetime) -> Market:
    """A group in each of twelve fields: three needs, and two offers for them. now: aware; all is open after it."""
    said: list[Said] = []
    pairs: list[tuple[str, str, str]] = []
    for n, (field, sector) in enumerate(IN_FIELDS.items()):
        what = tuple(WHATS)[n % len(WHATS)]
        group = list(_group(rng, lexicons, now, what, field, sector))
        said += group
        liked, second, alone, *others = (str(each["title"]) for each in group)
        pairs += [(alone, liked, what), *((need, second, what) for need in others)]
    return Market(said=said, pairs=pairs)


def _group(
    rng: np.random.Generator, lexicons: Sequence[Lexicon], now: datetime, what: str, field: str, sector: Sector
) -> Iterator[Said]:
    """The offer that all like best, the second best, who has nobody else, and two who have."""
    home, far, third = (str(state) for state in rng.choice(STATES, 3, replace=False))
    phase = int(rng.integers(len(PHASES) - 1))
    least = int(rng.integers(1, 9)) * AMOUNTS[0]

    def told(side: Side, state: str, *, of: int = phase, **more: str | int) -> Said:
        amounts = {Side.OFFER: (least // 2, 4 * least + AMOUNTS[1]), Side.NEED: (least, 2 * least)}[side]
        money = dict(zip(("amount_least", "amount_most"), amounts, strict=True)) | {"currency": "USD"}
        days = timedelta(days=int(rng.integers(*OPEN_DAYS)))
        made: dict[str, str | int] = {
            "side": side.value, "what": what, "sector": sector.value, "phase": PHASES[of].value, "from_state": state,
            "closes_day": f"{now + days:%Y-%m-%d}",
            **_words(rng, lexicons[STATES.index(state)], what, side, field),
            **(money if what == What.CAPITAL else {}),
        }  # fmt: skip
        return {**made, **more}

    yield told(Side.OFFER, home, states=f"{far} {home}", capacity_n=1)
    yield told(Side.OFFER, third, of=phase + 1, states=home, capacity_n=2)
    yield told(Side.NEED, far)
    yield told(Side.NEED, home)
    yield told(Side.NEED, home)


def _words(rng: np.random.Generator, words: Lexicon, what: str, side: Side, field: str) -> Mapping[str, str]:
    """In the language of the state. Towns are many, and which one it is makes a title of its own."""
    lang = words.lang
    (on,) = (each[lang] for each in FIELDS if each["en"] == field)
    town = str(rng.choice(words.towns, p=skewed(len(words.towns))))
    title = f"{WHATS[what][lang]}, {on}, {town} {int(rng.integers(100, 1000))}: {SIDES[side.value][lang]}"
    return {"title": title[0].upper() + title[1:], "words": f"{title[0].upper() + title[1:]}. {PRACTICE[lang]}.",
            "lang": lang}  # fmt: skip
