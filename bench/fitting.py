"""Planted fits: 60 needs, 600 offers in six languages, written by who hadn't seen the code (bench/fits).

Of each need three offers, each in another language than its own and than each other, are to be among its ten best. All
120 offers of a kind pass the conditions of all its needs. Yardsticks: conditions alone, so any ten of these, and words
alone, by FTS5's bm25 over the key by which this node finds words.
"""

import csv
import re
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from bench.result import Result
from birlik.domains.cooperation.model.matching.fits import fits
from birlik.domains.cooperation.model.search_key import search_key
from birlik.kernel.meaning.beside import Beside
from birlik.kernel.meaning.model import E5
from birlik.kernel.meaning.texts import Meaning
from birlik.kernel.meant import Meant

FILES = Path(__file__).parent / "fits"
BEST, LEAST, TIMES = 10, 0.60, 2.0
CLOSES = datetime(2027, 1, 1, tzinfo=UTC)
Row = Mapping[str, str]


def run() -> list[Result]:
    beside = Beside(Meaning(E5()))
    ours, words, any_ten = [], [], []
    for file in sorted(FILES.glob("*.tsv")):
        with file.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
        ours += _recalled(rows, _by_parts(beside, file.stem, rows))
        words += _recalled(rows, _by_words(rows))
        any_ten += [BEST / sum(row["side"] == "offer" for row in rows)] * sum(row["side"] == "need" for row in rows)
    found, by_words, by_chance = (sum(each) / len(each) for each in (ours, words, any_ten))
    other = max(by_words, by_chance)
    return [
        Result(
            name=f"planted fits of {len(ours)} needs, recall@{BEST}",
            value=found,
            unit="1",
            yardstick=f"words alone {by_words:.3f}, conditions alone {by_chance:.3f}",
            ratio=found / other,
            target=f">= {LEAST} and >= {TIMES:.0f} x",
            reached=found >= LEAST and found >= TIMES * other,
        )
    ]


def _recalled(rows: Sequence[Row], best: Mapping[str, Sequence[str]]) -> list[float]:
    """Of each need, which share of what was planted is among its best."""
    made = []
    for row in rows:
        if row["side"] == "need":
            planted = set(row["fits"].split())
            made.append(len(planted & set(best[row["id"]][:BEST])) / len(planted))
    return made


def _by_parts(beside: Beside, what: str, rows: Sequence[Row]) -> Mapping[str, Sequence[str]]:
    """As a node ranks them: of each need its best offers. Nothing but the texts is said of any."""
    empty = dict.fromkeys(("sector", "phase", "amount_least", "amount_most", "currency", "from_state", "states"))
    told = [
        {**empty, "offer_id": row["id"], "side": row["side"], "what": what, "title": "", "words": row["text"],
         "lang": row["lang"], "capacity_n": 1, "opens_day": 0, "closes_day": 1, "closing_time": CLOSES,
         "state": "open", "is_invented": True}
        for row in rows
    ]  # fmt: skip
    with_vectors = beside.added(pa.Table.from_pylist(told), Meant(texts=("title", "words"), language="lang"))
    best: dict[str, list[str]] = {row["id"]: [] for row in rows}
    for fit in fits(with_vectors.to_pylist()):
        best[fit["offer_id"]].append(fit["other_id"])
    return best


def _by_words(rows: Sequence[Row]) -> Mapping[str, Sequence[str]]:
    store = sqlite3.connect(":memory:")
    store.execute("CREATE VIRTUAL TABLE offer USING fts5(id UNINDEXED, words)")
    offers = [(row["id"], search_key(row["text"])) for row in rows if row["side"] == "offer"]
    store.executemany("INSERT INTO offer VALUES (?, ?)", offers)
    best = {}
    for row in rows:
        asked = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", search_key(row["text"])))
        found = store.execute("SELECT id FROM offer WHERE offer MATCH ? ORDER BY rank LIMIT ?", (asked, BEST))
        best[row["id"]] = [str(one) for (one,) in found]
    return best
