"""Make the data folder of this release, which the releases after it must open.

    PYTHONPATH=src .venv/bin/python tools/data_folder.py

It goes to `tests/fixtures/data_folders/<version>/`; a folder that is there already is never made again.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.support import data_folder  # noqa: E402 - the root has to be on the path first

from birlik import __version__  # noqa: E402


def main() -> None:
    folder = data_folder.FOLDERS / __version__
    if folder.exists():
        sys.exit(f"{folder} is there already; a release's folder stays as that release made it")
    data_folder.made(folder)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{folder.relative_to(ROOT)} holds {size:,} bytes; commit it")


if __name__ == "__main__":
    main()
