"""What is declared is documented, what is documented is there, and no committed file names this machine."""

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
from tests.conftest import absent

from birlik import assembly
from birlik.apps.api.catalogue import OPERATIONS
from birlik.apps.cli.listing import docstrings
from birlik.apps.cli.main import COMMANDS, GROUPS
from birlik.kernel.domain import Domain, Indicator
from birlik.kernel.members import Role
from birlik.settings import Issuer, Settings, Source, Webhook

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


@cache
def tool() -> ModuleType:
    """tools/reference.py, which is a script and no package."""
    spec = importlib.util.spec_from_file_location("reference", ROOT / "tools" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def reference() -> Mapping[str, str]:
    made: Mapping[str, str] = tool().pages(assembly.domains())
    return made


DOMAINS = assembly.domains()
WORDS = [
    *((name,) for name, *_ in COMMANDS),
    *((group, name) for group, _, *commands in GROUPS for name, _ in commands),
]


# --- what is declared is documented ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_has_its_heading_and_its_sentence(name: str) -> None:
    assert f"\n## `{name}`\n\n{docstrings(Settings)[name]}\n" in reference()["settings.md"]
    assert docstrings(Settings)[name]


@pytest.mark.parametrize("model", [Source, Webhook, Issuer], ids=["source", "webhook", "issuer"])
def test_every_key_of_a_block_of_settings_has_its_heading(model: type) -> None:
    for name, said in docstrings(model).items():
        assert f"\n### `{name}`\n\n{said}\n" in reference()["settings.md"]


@pytest.mark.parametrize("domain", [d for d in DOMAINS if d.settings is not None], ids=lambda d: d.name)
def test_every_setting_of_a_domain_stands_under_its_table(domain: Domain) -> None:
    _, _, section = reference()["settings.md"].partition(f"\n## {domain.title}\n\n`[{domain.name}]`")
    for name, said in docstrings(domain.settings or Settings).items():
        assert name == "was_flat" or f"\n### `{name}`\n\n{said}\n" in section


@pytest.mark.parametrize("declared", [i for d in DOMAINS for i in d.indicators], ids=lambda i: i.name)
def test_every_indicator_has_its_method_with_its_source(declared: Indicator) -> None:
    _, _, section = reference()["indicators.md"].partition(f"\n## `{declared.name}`\n")
    section = section.partition("\n## ")[0]
    for said in (declared.method, declared.reference, declared.interval, f"n = {declared.minimum_n}"):
        assert said
        assert said in section
    for field in (*declared.dimensions, *declared.measures):
        assert f"| `{field.name}` |" in section


def test_every_table_and_derived_table_has_its_fields() -> None:
    text = reference()["tables.md"] + reference()["derived.md"]
    for domain in DOMAINS:
        for declared in (*domain.tables, *domain.derived):
            assert f"# `{declared.name}`\n" in text
            for field in declared.fields:
                if field.name in (getattr(declared, "public_fields", ()) or [field.name]):
                    assert f"| `{field.name}` |" in text, f"{declared.name}.{field.name}"


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_every_command_has_its_own_help(words: tuple[str, ...]) -> None:
    command = f"birlik {' '.join(words)}"
    assert f"\n## `{command}`\n\n```text\nUsage: {command}" in reference()["cli.md"]


def test_every_operation_endpoint_intake_rule_and_page_is_listed() -> None:
    pages = reference()
    for operation in OPERATIONS:
        assert f"| `{operation.method}` | `{operation.path}` |" in pages["rest.md"]
    for domain in DOMAINS:
        for endpoint in domain.endpoints:
            assert f"`{endpoint.path}`" in pages["protocols.md"]
        for intake in domain.intakes:
            assert f"\n## `{intake.name}`\n" in pages["intakes.md"]
        for rule in domain.alert_rules:
            assert f"\n## `{rule.name}`\n" in pages["alerts.md"]
        for page in domain.pages:
            assert f"`/{domain.name}/{page.name}" in pages["pages.md"]


def test_a_new_domain_is_documented_without_a_line_here() -> None:
    first = DOMAINS[0]
    toy = Domain(
        role=Role.READER, name="orchard", title="Orchards", tables=first.tables[:1], indicators=first.indicators[:1]
    )
    made = tool().pages((toy,))
    assert "\n## Orchards\n" in made["tables.md"]
    assert f"\n## `{toy.indicators[0].name}`\n" in made["indicators.md"]


# --- what is documented is there ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documentation, as `make docs` builds it. Not --quiet: with it mkdocs counts no warnings."""
    folder = tmp_path_factory.mktemp("site")
    tool().main(DOCS / "reference")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    return folder


def test_every_link_inside_the_documentation_leads_somewhere(site: Path) -> None:
    assert (site / "tutorial.html").is_file()
    assert (site / "reference" / "generated" / "indicators.html").is_file()


def test_no_page_of_the_documentation_fetches_anything_of_another_host(site: Path) -> None:
    fetched = re.compile(r"<(?:script|img|link|iframe|source)\b[^>]*?\b(?:src|href)=\"?(?:https?:)?//", re.IGNORECASE)
    assert [str(page) for page in site.rglob("*.html") if fetched.search(page.read_text(encoding="utf-8"))] == []


def commands_told() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every `birlik …` at the start of a line of a shell block, by file."""
    for file in sorted({*DOCS.rglob("*.md"), ROOT / "README.md"}):
        if "generated" in file.parts:
            continue
        for block in re.findall(r"^```(?:sh|bash)\n(.*?)^```$", file.read_text(encoding="utf-8"), re.M | re.S):
            for line in re.findall(r"^(?:\S*/)?birlik (.+)$", block, re.M):
                yield file.name, tuple(re.findall(r"[a-z]+", line.partition(" -")[0])[:2])


def test_every_command_that_the_documentation_tells_exists() -> None:
    told = list(commands_told())
    assert len(told) > 20
    groups = {group for group, *_ in GROUPS}
    for file, words in told:
        assert words[: 2 if words[0] in groups else 1] in WORDS, f"{file}: birlik {' '.join(words)}"


def test_readme_names_the_two_commands_and_only_files_that_are_there() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make demo" in text
    assert "make test" in text
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert (ROOT / target).exists(), target


# --- no committed file names this machine ---------------------------------------------------------------------

NOT_OURS = re.compile(r"\.(png|xsd|ico|parquet|xlsx)$")
FOREIGN = {
    "a registry's address": r"https?://[^\s\"'<>)]*(?:/simple\b|pypi|npmjs|files\.pythonhosted|registry\.)",
    "a path of a machine": r"(?<![\w.])/(?:work/(?:main|shared)|home/\w+|Users/\w+)/",
}


@pytest.mark.parametrize("pattern", FOREIGN.values(), ids=FOREIGN)
def test_no_committed_file_holds(pattern: str) -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        absent("this is no git checkout")
    found = []
    for name in filter(None, listed.stdout.split("\0")):
        file = ROOT / name
        if NOT_OURS.search(name) or not file.is_file() or file == Path(__file__).resolve():
            continue
        found += [f"{name}: {hit.group()}" for hit in re.finditer(pattern, file.read_text("utf-8", "replace"))]
    assert found == []
