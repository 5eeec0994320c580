"""What every test may lean on: the reference data, and the rule that CI never passes by skipping."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
IN_CI = os.environ.get("CI") == "true"


def absent(what: str) -> None:
    """Skip with a reason; where CI=true fail, since a skip would hide that nothing was shown."""
    if IN_CI:
        pytest.fail(f"{what}; CI=true does not allow a skip", pytrace=False)
    pytest.skip(what)


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """The folder `data` of the reference data; BIRLIK_REFERENCE_DATA overrides the one beside the checkout."""
    folder = Path(os.environ.get("BIRLIK_REFERENCE_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "transport").is_dir():
        absent(f"no reference data at {folder}: set BIRLIK_REFERENCE_DATA")
    return folder
