"""What a node is made of is told by the locks, in a form that others' programs read."""

import importlib.util
import json
import os
import re
import subprocess
from pathlib import Path
from types import ModuleType

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def sbom() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sbom", ROOT / "tools" / "sbom.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_is_cyclonedx(sbom: ModuleType) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(sbom.made())) is None


def test_every_locked_package_is_in_it(sbom: ModuleType) -> None:
    """Counted another way than it is made: by the names that stand at the beginning of a line."""
    lock = (ROOT / "requirements" / "run.txt").read_text(encoding="utf-8")
    locked = {name.lower().replace("_", "-") for name in re.findall(r"^([\w.-]+)(?:\[.*\])?==", lock, re.M)}
    named = {c["name"] for c in sbom.made()["components"] if c["purl"].startswith("pkg:pypi/")}
    assert named == locked
    assert "duckdb" in named
    browser = {c["name"] for c in sbom.made()["components"] if c["purl"].startswith("pkg:npm/")}
    assert {"htmx.org", "leaflet", "@picocss/pico"} <= browser
    assert not browser & {"axe-core", "oidc-provider"}, "what tests use is no part of a node"


def test_each_package_has_the_hashes_that_the_lock_allows(sbom: ModuleType) -> None:
    lock = (ROOT / "requirements" / "run.txt").read_text(encoding="utf-8")
    told = [p["value"] for c in sbom.made()["components"] for p in c.get("properties", []) if "sha256" in p["name"]]
    assert sorted(told) == sorted(re.findall(r"sha256:([0-9a-f]{64})", lock))


def test_equal_locks_are_equal_bytes(sbom: ModuleType) -> None:
    assert json.dumps(sbom.made()) == json.dumps(sbom.made())


def test_an_audit_that_can_ask_nobody_says_so_and_is_no_failure(tmp_path: Path) -> None:
    """Where there is no way out, the machine's owner is told in a sentence; only a weakness that was found fails."""
    nowhere = {**os.environ, "PIP_AUDIT": str(tmp_path / "none"), "NPM": str(tmp_path / "none")}
    ran = subprocess.run(["tools/audit.sh"], cwd=ROOT, env=nowhere, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count("couldn't be asked") == 2


@pytest.mark.parametrize(("code", "fails"), [(0, False), (1, True)])
def test_an_audit_that_finds_something_fails(tmp_path: Path, code: int, fails: bool) -> None:
    said = '{"dependencies": []}' if not code else '{"dependencies": [{"name": "x", "vulns": [{"id": "X-1"}]}]}'
    npm = '{"metadata": {}}' if not code else '{"metadata": {}, "vulnerabilities": {"x": {}}}'
    for name, text in (("pip-audit", said), ("npm", npm)):
        (tmp_path / name).write_text(f"#!/bin/sh\necho '{text}'\nexit {code}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    told = {**os.environ, "PIP_AUDIT": str(tmp_path / "pip-audit"), "NPM": str(tmp_path / "npm")}
    ran = subprocess.run(["tools/audit.sh"], cwd=ROOT, env=told, capture_output=True, text=True, timeout=120)
    assert (ran.returncode != 0) == fails, ran.stdout + ran.stderr
