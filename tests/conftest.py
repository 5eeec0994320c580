"""What every test may lean on: the reference data, and the rule that CI never passes by skipping."""

import os
from pathlib import Path

import pytest

from birlik.kernel.memory import keep_what_start_up_made

ROOT = Path(__file__).resolve().parent.parent
IN_CI = os.environ.get("CI") == "true"
os.environ.setdefault("BIRLIK_OPEN", "true")  # most tests ask as the operator; those of who gets in say `open=False`
os.environ.setdefault("BIRLIK_ANSWER_STEP_S", "0")  # what an answer says is tested, and when it leaves by the bench
os.environ.setdefault("BIRLIK_READS_PER_S", "0")  # a walk through all addresses asks faster than people do


def absent(what: str) -> None:
    """Skip with a reason; where CI=true fail, since a skip would hide that nothing was shown."""
    if IN_CI:
        pytest.fail(f"{what}; CI=true does not allow a skip", pytrace=False)
    pytest.skip(what)


LONGEST = (
    "tests/way/test_durability.py",
    "tests/way/test_cli.py",
    "tests/apps/web/test_browser.py",
    "tests/way/test_two_engines.py",
    "tests/apps/cli/test_leaving.py",
    "tests/docs/test_developers.py",
    "tests/two_worlds/test_transport.py",
    "tests/two_worlds/test_toys.py",
    "tests/docs/test_tutorial.py",
    "tests/way/test_rebuild.py",
)
"""Files that take half a minute or more. They begin, or one worker would end with them while the other is idle."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    place = {name: n for n, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.relative_to(ROOT).as_posix(), len(place)))


def pytest_collection_finish() -> None:
    """As a serving node does: at each of its rounds the collector would walk through all modules and tests."""
    keep_what_start_up_made()


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """The folder `data` of the reference data; BIRLIK_REFERENCE_DATA overrides the one beside the checkout."""
    folder = Path(os.environ.get("BIRLIK_REFERENCE_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "transport").is_dir():
        absent(f"no reference data at {folder}: set BIRLIK_REFERENCE_DATA")
    return folder
