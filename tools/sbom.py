"""What a node is made of, as CycloneDX 1.6 JSON: the Python packages of the lock of running, and the browser's.

Made from the locks alone, so it can be made without the internet, and equal locks give equal bytes: no moment and no
random number is in it. Usage: sbom.py FILE
"""

import base64
import json
import re
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)\s*(?:;\s*([^\\]+?))?\s*\\?$")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def of_python(lock: str) -> Iterator[dict[str, Any]]:
    """Its components, with the hashes of every wheel that the lock allows."""
    component: dict[str, Any] | None = None
    for line in lock.splitlines():
        if (found := PINNED.match(line)) is not None:
            if component is not None:
                yield component
            name, version, only = found[1].lower().replace("_", "-"), found[2], found[3]
            component = _component(f"pkg:pypi/{name}@{version}", name, version)
            component["properties"] = [{"name": "birlik:only-where", "value": only}] if only else []
        elif component is not None and (hashed := HASH.search(line)) is not None:
            component["properties"].append({"name": "birlik:sha256-of-a-distribution", "value": hashed[1]})
    if component is not None:
        yield component


def of_browser(lock: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What a page is given; not what tests use."""
    for path, about in lock["packages"].items():
        if not path or about.get("dev"):
            continue
        name = path.rpartition("node_modules/")[2]
        component = _component(f"pkg:npm/{name.replace('@', '%40')}@{about['version']}", name, about["version"])
        kind, _, text = about["integrity"].partition("-")
        hashed = {"alg": kind.upper().replace("SHA", "SHA-"), "content": base64.b64decode(text).hex()}
        licence = [{"license": {"id": about["license"]}}] if re.fullmatch(r"[\w.-]+", about.get("license", "")) else []
        yield component | {"hashes": [hashed]} | ({"licenses": licence} if licence else {})


def _component(purl: str, name: str, version: str) -> dict[str, Any]:
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}


def document(version: str, python: str, browser: dict[str, Any]) -> dict[str, Any]:
    components = [*of_python(python), *of_browser(browser)]
    own = {**_component(f"pkg:pypi/birlik@{version}", "birlik", version), "type": "application"}
    own["licenses"] = [{"license": {"id": "Apache-2.0"}}]
    serial = uuid.uuid5(uuid.NAMESPACE_OID, json.dumps([own, components], sort_keys=True))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {"component": own},
        "components": components,
        "dependencies": [{"ref": own["bom-ref"], "dependsOn": sorted({c["bom-ref"] for c in components})}],
    }


def made(root: Path = ROOT) -> dict[str, Any]:
    """Of the locks of a checkout."""
    found = re.search(r'^version = "([^"]+)"', (root / "pyproject.toml").read_text(encoding="utf-8"), re.M)
    assert found is not None
    browser = json.loads((root / "package-lock.json").read_text(encoding="utf-8"))
    return document(found[1], (root / "requirements" / "run.txt").read_text(encoding="utf-8"), browser)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(made(), indent=1) + "\n", encoding="utf-8")
    print(target)
