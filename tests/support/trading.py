"""An invented year of trade between real states, as a steward would send it: some can do more than others."""

from collections.abc import Iterator, Sequence

import numpy as np

from birlik.domains.cooperation.vocabulary.trade import registered, states

HEAD = "year,exporter,importer,hs6,value_usd,hs_edition,source,vintage"
CODES_HEAD = "scheme,edition,code,title,source,vintage"
PRODUCTS = tuple(f"{chapter}{heading:02d}10" for chapter in ("08", "52", "72", "85") for heading in range(1, 6))
"""Twenty codes; 850510 is the most demanding one."""
BUYERS = ("TUR", "KAZ", "DEU")


def sellers(n: int) -> list[str]:
    """So many states, the registry's first."""
    own = sorted(registered())
    return (own + [code for code in sorted(states()) if code not in own])[:n]


def exports(n: int, seed: int = 5) -> np.ndarray:
    """(n, products) US dollars, whole: who can do more sells what asks for more."""
    rng = np.random.default_rng(seed)
    able = rng.permutation(np.linspace(-2, 2, n))[:, None]
    asks = np.linspace(-2, 2, len(PRODUCTS))[None, :]
    made = np.exp(10 + rng.normal(0, 0.5, (n, len(PRODUCTS)))) / (1 + np.exp(-5 * (able - asks)))
    return np.round(np.where(made > 500, made, 0.0))


def flows(n: int = 110, seed: int = 5) -> Iterator[tuple[str, str, str, float]]:
    """(exporter, importer, code, US dollars): each sells a share of everything to each of three."""
    told = exports(n, seed)
    for i, exporter in enumerate(sellers(n)):
        for j, code in enumerate(PRODUCTS):
            for k, importer in enumerate(BUYERS):
                # What is bought of different products differs by who buys: one buys rather the first, one the last.
                part = (1 + (k * j) % 5) / 10
                if told[i, j] and importer != exporter:
                    yield exporter, importer, code, float(told[i, j]) * part


def sheet(n: int = 110, *, year: str = "2023", edition: str = "2022", vintage: str = "202601", seed: int = 5) -> bytes:
    """As CSV."""
    lines = [f"{year},{a},{b},{c},{v:.2f},{edition},BACI,{vintage}" for a, b, c, v in flows(n, seed)]
    return "\n".join([HEAD, *lines]).encode() + b"\n"


def codes(edition: str = "2022", products: Sequence[str] = PRODUCTS) -> bytes:
    """Their list, as CSV."""
    lines = [f'HS,{edition},{code},"An invented wording: {code}",An invented list,2026' for code in products]
    return "\n".join([CODES_HEAD, *lines]).encode() + b"\n"
