"""One line of bench/results.csv."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

COLUMNS = ("name", "value", "unit", "yardstick", "ratio", "target", "reached")


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    name: str
    value: float
    unit: str
    yardstick: str
    """What the value is held against, with its own figure of the same run."""
    ratio: float | None
    """Value over yardstick."""
    target: str
    reached: bool

    def cells(self) -> tuple[str, ...]:
        ratio = "" if self.ratio is None else f"{self.ratio:.3g}"
        return (self.name, f"{self.value:.4g}", self.unit, self.yardstick, ratio, self.target, _yes(self.reached))


def _yes(reached: bool) -> str:
    return "yes" if reached else "no"


def write(file: Path, comment: str, results: Iterable[Result], *, keep: bool) -> None:
    """Write the table. With `keep`, rows of parts that were not run stay as they are."""
    rows = {result.name: result.cells() for result in results}
    if keep and file.exists():
        with file.open(encoding="utf-8", newline="") as before:
            before.readline()
            old = {cells[0]: tuple(cells) for cells in list(csv.reader(before))[1:]}
        rows = {**old, **rows}
    with file.open("w", newline="", encoding="utf-8") as out:
        out.write(f"# {comment}\n")
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows.values())
