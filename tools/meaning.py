"""The constant by which vectors lose their language (`kernel/meaning/means.npz`), from a declaration in 13 texts.

Of each: the mean vector of its articles, as questions and as what can be found (float16), and how often each pair of
letters is in it. Usage: meaning.py UDHR_ALIGNED.CSV.GZ [TARGET]; needs the extra `meaning`.
"""

import csv
import gzip
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from birlik.kernel.meaning import centring
from birlik.kernel.meaning.model import E5
from birlik.kernel.meaning.tongue import counted

HEADS = ("title", "heading")


def articles(file: Path) -> Mapping[str, Mapping[int, str]]:
    """By language and script, the text of each article without its heading; 0 is the preamble."""
    made: dict[str, dict[int, list[str]]] = {}
    with gzip.open(file, "rt", encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            if row["paragraph"] not in HEADS:
                of = made.setdefault(f"{row['lang']}-{row['script']}", {})
                of.setdefault(int(row["article"]), []).append(row["text"])
    return {name: {n: "\n".join(texts) for n, texts in of.items()} for name, of in made.items()}


def main() -> None:
    source, target = Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else centring.CONSTANT
    model, texts = E5(), articles(source)
    said = {name: [text for n, text in of.items() if n] for name, of in texts.items()}
    np.savez_compressed(
        target,
        names=np.array(list(said)),
        questions=np.array([model.questions(each).mean(axis=0) for each in said.values()], dtype=np.float16),
        told=np.array([model.told(each).mean(axis=0) for each in said.values()], dtype=np.float16),
        pairs=np.array([counted(of.values()) for of in texts.values()], dtype=np.uint16),
    )
    print(f"{target}: {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
