"""Who is who in worlds of the simulator with other seeds than it was fitted on, beside splink on the same records.

Splink runs in an environment of its own, made by pip from `requirements/splink.txt`; where no registry can be reached
the row says so.
"""

import json
import subprocess
import sys
import tempfile
import time
import venv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.result import Result
from birlik.domains.cooperation.model.linking import Linked, Records, clusters_of, link, measured, records_of
from birlik.domains.cooperation.model.linking.clusters import Decision, Verdict
from birlik.domains.cooperation.model.search_key import search_key
from birlik.domains.cooperation.simulate.people_and_bodies import World, world

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements" / "splink.txt"
SMALL, SMALL_SEEDS = 10_000, (21, 22, 23)
LARGE, LARGE_SEEDS = 100_000, (21,)
PRECISION, CPU_S, QUESTIONS, TRUE_SHARE = 0.995, 60.0, 0.15, 0.5
RECALL = {SMALL: 0.90, LARGE: 0.80}


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    records: int
    linked: int
    linked_right: int
    asked: int
    asked_right: int
    true_pairs: int
    true_by_rule: int
    true_joined: int
    """True pairs in one cluster once every question has been answered rightly."""
    cpu_s: float


def find(made: World) -> Found:
    started = time.process_time()
    records = records_of(made.claims)
    linked = link(records)
    cpu_s = time.process_time() - started
    return found(made, records, linked, cpu_s)


def found(made: World, records: Records, linked: Linked, cpu_s: float = 0.0) -> Found:
    assert records.ids == made.records
    pairs = linked.scored.pairs
    same = made.truth[pairs[:, 0]] == made.truth[pairs[:, 1]]
    by_rule = [(records.ids[a], records.ids[b]) for a, b in pairs[linked.by_rule].tolist()]
    right = [(records.ids[a], records.ids[b]) for a, b in pairs[linked.asked[same[linked.asked]]].tolist()]
    answers = [Decision(*pair, Verdict.SAME) for pair in right]
    answered = clusters_of(answers, by_rule)
    true_pairs = made.true_pairs()
    return Found(
        len(records),
        len(linked.by_rule), int(same[linked.by_rule].sum()), len(linked.asked), int(same[linked.asked].sum()),
        len(true_pairs), _joined(records, linked.clusters.first, true_pairs),
        _joined(records, answered.first, true_pairs), cpu_s,
    )  # fmt: skip


def _joined(records: Records, first, pairs: NDArray[np.int64]) -> int:  # type: ignore[no-untyped-def]
    return sum(first(records.ids[a]) == first(records.ids[b]) for a, b in pairs.tolist())


def run() -> list[Result]:
    find(world(20, 500))  # compiles what is compiled once
    rows: list[Result] = []
    for n, seeds in ((SMALL, SMALL_SEEDS), (LARGE, LARGE_SEEDS)):
        rows += _rows(n, [find(world(seed, n)) for seed in seeds])
    return [*rows, *_splink(world(SMALL_SEEDS[0], SMALL))]


def _rows(n: int, all_of: list[Found]) -> list[Result]:
    def total(name: str) -> int:
        return sum(getattr(each, name) for each in all_of)

    told = measured(total("linked_right"), total("linked"), total("true_joined"), total("true_pairs"))
    low, high = told.precision_interval.low or 0.0, told.precision_interval.high or 0.0
    precision, recall = told.precision or 0.0, told.recall or 0.0
    questions, right = total("asked") / total("records"), total("asked_right") / max(total("asked"), 1)
    cpu_s = max(each.cpu_s for each in all_of)
    by_rule = total("true_by_rule") / total("true_pairs")
    return [
        _row(f"linked by rule, precision, {n:,}", precision, "1", f"n {told.n_chosen}, 95 % {low:.4f} to {high:.4f}",
             f">= {PRECISION}", precision >= PRECISION),
        _row(f"linked or asked, recall, {n:,}", recall, "1", f"n {told.n_true}; by rule alone {by_rule:.3f}",
             f">= {RECALL[n]}", recall >= RECALL[n]),
        _row(f"questions a record, {n:,}", questions, "1", f"{right:.2f} of them the same",
             f"<= {QUESTIONS}, half the same", questions <= QUESTIONS and right >= TRUE_SHARE),
        _row(f"linking {n:,} records", cpu_s, "CPU s", "claims to clusters and questions", f"<= {CPU_S:g} s",
             cpu_s <= CPU_S),
    ]  # fmt: skip


def _row(name: str, value: float, unit: str, yardstick: str, target: str, reached: bool) -> Result:
    return Result(
        name=f"who is who: {name}",
        value=value,
        unit=unit,
        yardstick=yardstick,
        ratio=None,
        target=target,
        reached=reached,
    )


def _splink(made: World) -> list[Result]:
    """Recall of pairs at the precision that is asked, ours and theirs, both by score alone, on the same records."""
    records = records_of(made.claims)
    scored = link(records).scored
    same = made.truth[scored.pairs[:, 0]] == made.truth[scored.pairs[:, 1]]
    ours = recall_at(scored.score, same, len(made.true_pairs()))
    with tempfile.TemporaryDirectory() as given:
        folder = Path(given)
        python, why = _environment(folder / "splink")
        if python is None:
            return [
                _row("recall at precision 0.995, 10,000", ours, "1", f"splink not measured: {why}", "> theirs", False)
            ]
        theirs, cpu_s = _theirs(folder, python, made)
    name = "recall by score alone at precision 0.995, 10,000"
    return [
        Result(
            name=f"who is who: {name}", value=ours, unit="1", yardstick=f"splink, {theirs:.3f} in {cpu_s:.0f} CPU s",
            ratio=ours / theirs if theirs else None, target="> 1 x", reached=ours > theirs,
        )
    ]  # fmt: skip


def recall_at(score: NDArray[np.float64], same: NDArray[np.bool_], n_true: int) -> float:
    """The most true pairs of any threshold from which on 0.995 of all pairs are right."""
    order = np.argsort(-score, kind="stable")
    right = np.cumsum(same[order])
    holds = np.flatnonzero(right >= PRECISION * np.arange(1, order.size + 1))
    return float(right[holds[-1]] / n_true) if holds.size else 0.0


def _theirs(folder: Path, python: Path, made: World) -> tuple[float, float]:
    (folder / "records.json").write_text(json.dumps(_flat(made)))
    told = folder / "out.json"
    done = subprocess.run(
        [str(python), str(ROOT / "bench" / "linking_splink.py"), str(folder / "records.json"), str(told)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    found_by_them = json.loads(told.read_text())
    truth = dict(zip(made.records, made.truth.tolist(), strict=True))
    same = np.array([truth[a] == truth[b] for a, b, _ in found_by_them["pairs"]])
    score = np.array([weight for _, _, weight in found_by_them["pairs"]])
    return recall_at(score, same, len(made.true_pairs())), found_by_them["cpu_s"]


def _flat(made: World) -> list[dict[str, str | None]]:
    """One row a record, as one would prepare them: keys of names, so that scripts are no hindrance to either."""
    rows: dict[str, dict[str, str | None]] = {i: {"unique_id": i} for i in made.records}
    for claim in made.claims.to_pylist():
        row, what = rows[claim["entity_id"]], claim["property"]
        row["kind"] = claim["kind"]
        if what == "name":
            key = search_key(claim["value"])
            row.setdefault("name", key)
            row["sorted"] = " ".join(sorted((row["name"] or "").split()))
        else:
            row[what] = search_key(claim["value"]).replace(" ", "") if what == "place" else claim["value"]
    columns = ("unique_id", "kind", "name", "sorted", "state", "place", "founded", "domain", "ror", "orcid")
    return [{column: row.get(column) for column in columns} for row in rows.values()]


def _environment(folder: Path) -> tuple[Path | None, str]:
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    done = subprocess.run(
        [str(python), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(LOCK)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        return None, (done.stderr.strip().splitlines() or ["pip failed"])[-1]
    return python, ""


if __name__ == "__main__":
    for result in run():
        print(",".join(result.cells()), file=sys.stdout, flush=True)
