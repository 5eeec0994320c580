"""The page for analysts: what each fault does to a figure, with the first rules and with those of today.

`python -m bench.proof --write bench/proof_after.csv` keeps what was measured, `python -m bench.proof_page` writes the
page out of it and of `proof_before.csv`, which 0.1.0 gave in the same worlds.
"""

import csv
from collections.abc import Mapping
from pathlib import Path

from birlik.domains.transport.simulate import harsh

HERE = Path(__file__).parent
BEFORE, AFTER = HERE / "proof_before.csv", HERE / "proof_after.csv"
PAGE = HERE.parent / "docs" / "explanation" / "faults.md"
SHOWN = (("mean", "mean"), ("median", "median"), ("p90", "p90"), ("found", "found"), ("invented", "invented"))
WORDS = {"clean": "None: the clean world.", "all": "All of them together, but the one that stands alone."}

HEAD = """# What each fault does to a figure

Trackers jump, sleep and fall silent at borders; posts lie elsewhere than their register says; queues outgrow their
zones. What that does to TFI1 was measured in simulated worlds, in which every true passage is known, also those that
nobody heard. No rule was made for these worlds, nor they for any rule.

Each row is one fault alone. *Before* are the rules of 0.1.0, *now* those of this release; a bias of the mean of −20 %
says that a wait of ten hours was shown as eight. *Found* are passages heard on both sides of the border that became
an episode, *invented* are episodes without one.

| fault | what goes wrong | mean: before → now | median | p90 | found | invented |
|---|---|---|---|---|---|---|
"""
FOOT = """
Before: {before}. Now: {after}. Worlds of 45 days, three crossings, both ways. With few seeds a figure scatters: by
about 3 % of a mean and 5 % of a median for one seed and one direction.

`python -m bench.proof --faults spikes --seeds 2` prints the same, with intervals, who waits, turn-backs and what is
asked of each; `make bench ARGS=proof` makes all of it. How the worlds are made is told in
`domains/transport/simulate/harsh`.
"""


def read(file: Path) -> tuple[str, dict[tuple[str, str], float]]:
    """What was run, and by (faults, measure) the value."""
    with file.open(encoding="utf-8", newline="") as lines:
        said = lines.readline().removeprefix("#").strip()
        return said, {(row["faults"], row["measure"]): float(row["value"]) for row in csv.DictReader(lines)}


def page(before: Mapping[tuple[str, str], float], after: Mapping[tuple[str, str], float]) -> str:
    """The rows of the table."""
    rows = []
    for fault in ("clean", *harsh.FAULTS, "all"):
        cells = [f"{_said(before, fault, m)} → {_said(after, fault, m)}" for m, _ in SHOWN]
        rows.append(f"| `{fault}` | {WORDS.get(fault) or harsh.FAULT[fault]} | {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def _said(values: Mapping[tuple[str, str], float], fault: str, measure: str) -> str:
    value = values.get((fault, measure))
    if value is None:
        return "–"
    if measure in ("found", "invented"):
        return f"{100 * value:.1f} %"
    return f"{100 * value:+.1f} %".replace("-", "−")


def main() -> None:
    (before_said, before), (after_said, after) = read(BEFORE), read(AFTER)
    PAGE.write_text(HEAD + page(before, after) + FOOT.format(before=before_said, after=after_said), encoding="utf-8")


if __name__ == "__main__":
    main()
