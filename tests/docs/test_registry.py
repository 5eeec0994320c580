"""The how-tos of the registry, run: each one's `sh` blocks in their order, on one node, as the tutorial's are."""

from collections.abc import Iterator

import pytest
from tests.docs.test_tutorial import ROOT, Shell, blocks, missing

pytestmark = pytest.mark.timeout(900)
HOW_TO = ROOT / "docs" / "how-to"
TEXTS = ("follow-a-promise.md", "keep-the-registry.md", "keep-what-is-private.md")


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[tuple[str, str | None]]]]:
    """By text: (commands, the first line that was promised and not printed) of each block."""
    shell = Shell(tmp_path_factory.mktemp("registry"))
    made: dict[str, list[tuple[str, str | None]]] = {}
    try:
        for name in TEXTS:
            for block in blocks((HOW_TO / name).read_text(encoding="utf-8")):
                out = shell.run(block.commands)
                made.setdefault(name, []).append((block.commands, missing(block.shown, out)))
        yield made
    finally:
        shell.stop()


@pytest.mark.parametrize("name", TEXTS)
def test_every_command_prints_what_the_text_shows(printed: dict[str, list[tuple[str, str | None]]], name: str) -> None:
    for commands, absent in printed[name]:
        assert absent is None, f"not printed: {absent}\n$ {commands}"
