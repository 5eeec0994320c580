"""What the node found of an invented registry beside what was put in: who is who, when promises are due, when meetings
are held, how far their two coders agree, which projects are best, who fits whom."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa

from birlik.domains.cooperation.events.offers import OFFER
from birlik.domains.cooperation.model.fitting_offers import FIT
from birlik.domains.cooperation.model.priorities import CHOICE
from birlik.domains.cooperation.plans.spreading import SPREAD
from birlik.domains.cooperation.simulate.promises import PROGRESS
from birlik.domains.cooperation.simulate.registry import CODERS
from birlik.domains.cooperation.vocabulary.words import is_invented
from birlik.kernel.domain import Recovery
from birlik.kernel.plans import Read
from birlik.kernel.tables import Rows
from birlik.methods.agreement import Agreement, Level, cohen_kappa, krippendorff_alpha, paired
from birlik.methods.bootstrap import proportion_interval

PRECISION, FOUND, AGREES, FITS, CHOSEN, WORTH = 0.02, 0.20, 0.25, 0.20, 0.10, 0.001
"""How far each may be from its truth. Of three hundred records recall is asked for within a fifth, where of 10,000 it
is within a tenth. Of sixty promises alpha has a standard deviation of 0.05. Where texts are compared by a
model they take part in what fits best, which what was put in doesn't know. Choices may tie."""
FIRST = 3
A_TICK = timedelta(microseconds=1)

Answered = Callable[[str], Sequence[Mapping[str, Any]]]
True_ = Sequence[Mapping[str, str]]


def compare(truth: Rows, rows: Answered, figures: Answered) -> list[Recovery]:
    """Everything that is asked of the registry: linking, due dates, meetings, agreement."""
    true: dict[str, list[Mapping[str, str]]] = defaultdict(list)
    for row in truth.to_pylist():
        true[row["what"]].append(row)
    return [
        *_linking(true, rows("cooperation_identity"), rows("cooperation_pair")),
        *_due(true, rows("cooperation_commitment")),
        *_meetings(true, rows("cooperation_event")),
        *_agreement(true, rows("cooperation_claim")),
        *_portfolio(true, rows(CHOICE.name)),
        *_matching(true, rows(FIT.name), rows(OFFER.name)),
    ]


def _linking(true: Mapping[str, True_], identities: Any, questions: Any) -> Iterator[Recovery]:
    pairs = {(row["one"], row["other"]) for row in true["pair"]}
    clusters: dict[str, list[str]] = defaultdict(list)
    for row in identities:
        clusters[row["first_id"]].append(row["entity_id"])
    joined = {pair for of in clusters.values() for pair in combinations(sorted(of), 2) if is_invented(pair[0])}
    asked = {(row["left_id"], row["right_id"]) for row in questions if is_invented(row["left_id"])}
    found = len(pairs & joined)
    yield _share("linking", "precision of what the rule joined", found, len(joined), PRECISION)
    yield _share("linking", "pairs joined or asked, of the true", len(pairs & (joined | asked)), len(pairs), FOUND)
    yield _share("linking", "pairs joined by rule, of the true", found, len(pairs), None)
    low, high = _wilson(len(asked), n := max(len(true["record"]), 1))
    yield Recovery(
        indicator="linking", what="questions, per hundred records", recovered=100 * len(asked) / n,
        truth=100 * len(pairs - joined) / n, n=n, low=100 * low, high=100 * high, unit="1",
    )  # fmt: skip


def _due(true: Mapping[str, True_], commitments: Any) -> Iterator[Recovery]:
    told = {row["entity_id"]: _moment(row["due_until_time"]) for row in commitments}
    right = [told.get(row["one"]) == _last(row["value"]) and row["one"] in told for row in true["due"]]
    yield _share("due dates", "right to the instant, or none where none is stated", sum(right), len(right), 0.0)
    for hours, when in (("6", "until 28 February 2024"), ("5", "from the 29th on")):
        ends = [(row["other"], told.get(row["one"])) for row in true["clock"] if row["value"] == hours]
        found = [(_midnight(day) - due - A_TICK) / timedelta(hours=1) for day, due in ends if due is not None]
        mean = float(np.mean(found)) if found else float("nan")
        low, high = (min(found), max(found)) if found else (mean, mean)
        yield Recovery(
            indicator="due dates", what=f"Almaty is ahead of UTC, {when}", recovered=mean, truth=float(hours),
            n=len(found), low=low, high=high, unit="h", tolerance=0.0,
        )  # fmt: skip


def _meetings(true: Mapping[str, True_], events: Any) -> Iterator[Recovery]:
    told = {row["entity_id"]: (_moment(row["begins_time"]), _moment(row["finish_time"])) for row in events}
    right = [told.get(row["one"]) == (_instant(row["other"]), _instant(row["value"])) for row in true["event"]]
    what = "first and last instant right, or none where no day is announced"
    yield _share("meetings", what, sum(right), len(right), 0.0)


def _agreement(true: Mapping[str, True_], claims: Any) -> Iterator[Recovery]:
    said = {
        (row["entity_id"], row["coder"]): row["value"]
        for row in claims
        if row["property"] == "progress" and row["status"] == "published" and row["coder"] in CODERS
    }
    put_in = {(row["one"], row["other"]): row["value"] for row in true["code"]}
    right = sum(said.get(key) == value for key, value in put_in.items())
    yield _share("coding", "codes as they were given", right, len(put_in), 0.0)
    units = sorted({row["one"] for row in true["code"]})
    codes = np.array([[_code(said.get((unit, coder))) for unit in units] for coder in CODERS])
    expected = float(true["alpha"][0]["value"])
    yield from _coefficient("alpha of two coders", krippendorff_alpha(codes, Level.NOMINAL), expected)
    # Two coders with nearly the same margins: kappa and alpha are of one expectation, but for terms of 1/n.
    yield from _coefficient("kappa of two coders", cohen_kappa(paired(codes[0], codes[1])), expected)


def _portfolio(true: Mapping[str, True_], choice: Any) -> Iterator[Recovery]:
    """As the first page of the door has it: what it chose counts as much as the best that could be chosen."""
    worth = {row["one"]: float(row["value"]) for row in true["worth"]}
    best = {row["one"] for row in true["best"]}
    picked = {row["entity_id"] for row in choice if row["is_picked"] and is_invented(row["entity_id"])}
    yield _share("portfolio", "projects chosen, of the best choice", len(picked & best), len(best), CHOSEN)
    found, most = (sum(worth.get(each, 0.0) for each in of) for of in (picked, best))
    yield Recovery(
        indicator="portfolio", what="what the choice is worth", recovered=found, truth=most, n=len(picked), low=found,
        high=found, unit="1", tolerance=WORTH,
    )  # fmt: skip


def _matching(true: Mapping[str, True_], fits: Any, offers: Any) -> Iterator[Recovery]:
    """Of each need its offer: among the first that its page shows, and as the plan brings them together."""
    pairs = {(row["other"], row["one"]) for row in true["fit"]}
    titles = {row["offer_id"]: row["title"] for row in offers}
    first = {(row["other_title"], titles.get(row["offer_id"])) for row in fits if row["rank_n"] <= FIRST}
    yield _share("matching", f"offer among a need's first {FIRST}", len(pairs & first), len(pairs), FITS)
    tables = {read.table: _arrow(read, of) for read, of in zip(SPREAD.reads, (fits, offers), strict=True)}
    made = SPREAD.compute(tables, SPREAD.usual, lambda done, of: None).to_pylist()
    for column, what, asked in (("is_brought", "as the plan brings them together", FITS),
                                ("is_in_turn", "the best pair first, in turn", None),
                                ("is_best", "each need to its best", None)):  # fmt: skip
        found = {(row["offered_title"], row["sought_title"]) for row in made if row[column]}
        yield _share("matching", f"pairs {what}", len(pairs & found), len(pairs), asked)


def _arrow(read: Read, rows: Any) -> Rows:
    """What the plan reads, out of rows as they were asked for."""
    types = {name: pa.float64() for name in ("sum_least", "sum_most")} | {"capacity_n": pa.int64()}
    schema = pa.schema([(name, types.get(name, pa.string())) for name in read.columns])
    return pa.Table.from_pylist([{name: row[name] for name in read.columns} for row in rows], schema=schema)


def _coefficient(what: str, found: Agreement, expected: float) -> Iterator[Recovery]:
    value = float("nan") if found.value is None else found.value
    low, high = (value if end is None else end for end in (found.interval.low, found.interval.high))
    yield Recovery(
        indicator="coding", what=what, recovered=value, truth=expected, n=found.n, low=low, high=high, unit="1",
        tolerance=AGREES,
    )  # fmt: skip


def _code(value: str | None) -> float:
    return float(PROGRESS.index(value)) if value in PROGRESS else float("nan")


def _share(indicator: str, what: str, k: int, n: int, tolerance: float | None) -> Recovery:
    low, high = _wilson(k, n)
    share = 100 * k / n if n else float("nan")
    return Recovery(
        indicator=indicator, what=what, recovered=share, truth=100.0, n=n, low=100 * low, high=100 * high, unit="%",
        tolerance=tolerance,
    )  # fmt: skip


def _wilson(k: int, n: int) -> tuple[float, float]:
    found = proportion_interval(k, n)
    return (float("nan") if found.low is None else found.low, float("nan") if found.high is None else found.high)


def _moment(said: Any) -> datetime | None:
    moment = datetime.fromisoformat(said) if isinstance(said, str) else said
    return None if moment is None else moment.astimezone(UTC)


def _instant(said: str) -> datetime | None:
    return datetime.fromisoformat(said).replace(tzinfo=UTC) if said else None


def _last(said: str) -> datetime | None:
    """The last instant before what is written."""
    return datetime.fromisoformat(said).replace(tzinfo=UTC) - A_TICK if said else None


def _midnight(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(days=1)
