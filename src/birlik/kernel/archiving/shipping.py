"""Spark as birlik needs it: PySpark of the release that fits, and birlik itself brought to where it isn't."""

import hashlib
import importlib.metadata
import importlib.util
import re
import sys
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from birlik.errors import UnknownSetting
from birlik.kernel.store.spark import PYTHON, is_local

FITS = "4.0"
"""The releases of Spark, by their first two numbers, whose answers are compared with the embedded engine's."""
EXTRA = "pip install 'birlik[spark]'"
FOLDER, PACK = "birlik_env", "birlik_env.tar"
NEEDED = (
    *("birlik", "pyarrow", "numpy", "numba", "scipy", "shapely", "ibis-framework", "duckdb", "pyyaml", "orjson"),
    *(
        "pydantic-settings",
        "msgspec",
        "zstandard",
        "lxml",
        "openpyxl",
        "jsonschema-rs",
        "apsw",
        "cryptography",
        "babel",
    ),
)
"""What a domain's methods and what they import may use; the rest of a node (pages, charts, server) stays at home."""
LEFT_OUT = re.compile(r"/(tests?|include|__pycache__)/|\.(pyi|a|h|hpp|pxd|pyx|c|cpp)$")


def must_be_there() -> None:
    """Raises UnknownSetting where PySpark isn't installed, or another release of it is."""
    if importlib.util.find_spec("pyspark") is None:
        raise UnknownSetting(f"--engine spark needs PySpark {FITS}, which a node does without: {EXTRA}")
    import pyspark

    _must_be(f"PySpark {pyspark.__version__}", pyspark.__version__, f"here; {EXTRA}")


def must_fit(session: Any, master: str) -> None:
    """Raises UnknownSetting where the Spark that answers, or its executors' one, is of another release."""
    _must_be(f"Spark {session.version}", session.version, f"at {master}, where SPARK_HOME or the cluster names it")
    if not is_local(master):
        there = session.sparkContext.parallelize([0], 1).map(_release).collect()[0]
        _must_be(f"Spark {there}", there, f"on the executors of {master}")


def _release(_: int) -> str:
    import pyspark

    return str(pyspark.__version__)


def _must_be(what: str, version: str, where: str) -> None:
    if ".".join(version.split(".")[:2]) != FITS:
        raise UnknownSetting(f"{what} doesn't fit: birlik computes on Spark {FITS}.x; there is {version} {where}")


def settings(master: str, folder: Path, given: Mapping[str, str]) -> Mapping[str, str]:
    """What brings birlik to the executors of a master; nothing where they are this process."""
    if is_local(master):
        return {}
    pack(folder / PACK)
    archives = ",".join(filter(None, (given.get("spark.archives"), f"{(folder / PACK).as_uri()}#{FOLDER}")))
    return {
        "spark.archives": archives,
        "spark.executorEnv.PYTHONPATH": FOLDER,
        # Compiled functions lie beside their sources in the pack; by a path that each executor has otherwise, numba
        # would not find them.
        "spark.executorEnv.NUMBA_CACHE_DIR": "",
    }


def pack(target: Path) -> None:
    """Everything that the executors' Python lacks as one file, out of what is installed here; no network is asked.

    Not compressed: it is read from the same disks and nets as the rows, and unpacking would cost more.
    """
    with tarfile.open(target, "w") as packed:
        for path, name in files():
            packed.add(path, name, recursive=False)


def files() -> Iterator[tuple[Path, str]]:
    """(file, its name in the pack) of birlik, and of all that it needs there."""
    import birlik

    root = Path(birlik.__file__).parent
    for path in sorted(root.rglob("*.py")):
        yield path, f"birlik/{path.relative_to(root)}"
    for path in sorted((root / "domains").rglob("data/*")):
        yield path, f"birlik/{path.relative_to(root)}"
    members = root / "members" if (root / "members").is_dir() else root.parents[1] / "members"
    for path in sorted(members.glob("*.yaml")):
        yield path, f"birlik/members/{path.name}"
    yield from _compiled(root)
    for distribution in _closure(NEEDED):
        for file in distribution.files or ():
            name = str(file)
            located = Path(str(distribution.locate_file(file)))
            if not name.startswith("..") and not LEFT_OUT.search("/" + name) and located.is_file():
                yield located, name


def _compiled(root: Path) -> Iterator[tuple[Path, str]]:
    """Functions that numba has compiled here, to lie beside their sources there."""
    import numba

    known: Any = numba.config
    cache = Path(known.CACHE_DIR)
    for folder in sorted({path.parent for path in root.rglob("*.py")}):
        digest = hashlib.sha1(str(folder).encode(), usedforsecurity=False).hexdigest()
        for path in sorted((cache / f"{folder.name}_{digest}").glob("*.nb[ci]")):
            yield path, f"birlik/{folder.relative_to(root)}/__pycache__/{path.name}"


def _closure(names: Iterable[str]) -> Iterator[importlib.metadata.Distribution]:
    """The distributions of these names, and of what they require here; each once."""
    seen: set[str] = set()
    waiting = list(names)
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in seen:
            continue
        seen.add(name)
        try:
            found = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # birlik itself where it runs from its sources; what is for another system
        if name != "birlik":
            yield found
        waiting += [match.group() for text in found.requires or () if (match := _required(text)) is not None]


def _required(text: str) -> re.Match[str] | None:
    return None if "extra ==" in text else re.match(r"[A-Za-z0-9._-]+", text)


def words(said: str) -> str:
    """What failed on a cluster, in a sentence: ours where birlik said it on a worker, else Spark's first line."""
    if "PYTHON_VERSION_MISMATCH" in said:
        here = f"{sys.version_info.major}.{sys.version_info.minor}"
        return (
            f"the executors' Python isn't {here}, for which birlik is packed here: name one with "
            f"--conf {PYTHON}=/path/to/python{here}"
        )
    ours = re.findall(r"birlik\.errors\.(\w+): (.+)", said)
    if ours:
        return str(ours[-1][1]).strip()
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    told = next((line for line in reversed(lines) if re.match(r"\w*(Error|Exception)\b", line)), lines[0])
    return f"Spark failed: {told}"
