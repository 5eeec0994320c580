"""PySpark is an extra; a Spark that doesn't fit is refused by name; what fails on a cluster is said in a sentence."""

import ast
import importlib.metadata
import importlib.util
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pyspark
import pytest
from tests.conftest import ROOT

from birlik.errors import UnknownSetting
from birlik.kernel.archiving import shipping

SOURCE = ROOT / "src" / "birlik"


def at_module_level(file: Any) -> set[str]:
    """What is imported when a module is."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    named = [n.module or "" for n in tree.body if isinstance(n, ast.ImportFrom)]
    named += [alias.name for n in tree.body if isinstance(n, ast.Import) for alias in n.names]
    return {name.partition(".")[0] for name in named}


def test_a_node_is_installed_and_runs_without_pyspark():
    assert "pyspark" not in (ROOT / "requirements" / "run.txt").read_text(encoding="utf-8")
    files = sorted(SOURCE.rglob("*.py"))
    assert files
    assert [file for file in files if at_module_level(file) & {"pyspark", "py4j"}] == []


def test_where_it_is_missing_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        UnknownSetting, match=r"needs PySpark 4.0, which a node does without: pip install 'birlik\[spark\]'"
    ):
        shipping.must_be_there()


def test_pyspark_of_another_release_is_refused_by_name(monkeypatch):
    monkeypatch.setattr(pyspark, "__version__", "3.5.1")
    with pytest.raises(UnknownSetting, match=r"PySpark 3.5.1 doesn't fit: birlik computes on Spark 4.0.x"):
        shipping.must_be_there()


def session(here: str, there: str) -> Any:
    collected = SimpleNamespace(collect=lambda: [there])
    spread = SimpleNamespace(map=lambda function: collected)
    return SimpleNamespace(version=here, sparkContext=SimpleNamespace(parallelize=lambda rows, parts: spread))


@pytest.mark.parametrize(
    ("here", "there", "said"), [("4.3.0", "4.0.5", "Spark 4.3.0"), ("4.0.5", "4.1.0", "Spark 4.1.0")]
)
def test_the_spark_that_answers_and_that_of_the_executors_must_fit(here, there, said):
    with pytest.raises(UnknownSetting, match=f"{said} doesn't fit"):
        shipping.must_fit(session(here, there), "spark://head:7077")
    shipping.must_fit(session("4.0.1", "4.0.5"), "spark://head:7077")


@pytest.mark.parametrize(
    ("spark", "said"),
    [
        (
            "an error\n[PYTHON_VERSION_MISMATCH] Python in worker has different version: 3.9",
            "the executors' Python isn't",
        ),
        (
            "Job aborted\nbirlik.errors.StoreUnavailable: /a: x.parquet is missing; nothing was computed\n\tat org",
            "/a: x.parquet is missing; nothing was computed",
        ),
        ("Job aborted\njava.net.UnknownHostException: head", "Spark failed: Job aborted"),
        ("Traceback\nValueError: no", "Spark failed: ValueError: no"),
    ],
)
def test_what_fails_on_a_cluster_is_said_in_a_sentence(spark, said):
    assert shipping.words(spark).startswith(said)


def test_what_is_packed_has_birlik_its_facts_and_what_it_needs_and_nothing_of_the_pages():
    names = {name for _, name in shipping.files()}
    folders = {name.partition("/")[0] for name in names}
    assert {"birlik/kernel/store/derive.py", "birlik/members/KAZ.yaml"} <= names
    assert any(name.startswith("birlik/domains/") and name.endswith(".csv") for name in names)
    assert {"pyarrow", "numpy", "numba", "duckdb", "ibis"} <= folders
    assert not {"altair", "pyspark", "pytest", "vl_convert"} & folders


MODELS = tuple(f"birlik.domains.{d}.model.declared" for d in ("transport", "cooperation"))
IMPORTED = ("birlik.kernel.archiving.distributed", *MODELS)
"""What the executors' Python imports, to run what was sent to it."""
ONLY_THE_PACK = """
import importlib.abc, sys
packed, ours = set({packed!r}), set({ours!r})
class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in ours - packed:
            raise ModuleNotFoundError(f"{{name}} is not in the pack")
sys.meta_path.insert(0, Finder())
for name in {imported!r}:
    __import__(name)
"""


def test_what_the_executors_import_is_in_the_pack():
    packed = {name.partition("/")[0].partition(".")[0] for _, name in shipping.files()}
    ours = set(importlib.metadata.packages_distributions()) - set(sys.stdlib_module_names)
    code = ONLY_THE_PACK.format(packed=packed, ours=ours, imported=IMPORTED)
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
