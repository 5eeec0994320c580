"""How others get in, run: each how-to's `sh` blocks in their order, on one node, as the tutorial's are."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.docs.test_tutorial import ROOT, Shell, blocks, missing

pytestmark = pytest.mark.timeout(900)
HOW_TO = ROOT / "docs" / "how-to"
TEXTS = ("let-others-in.md", "send-from-a-thousand-trackers.md", "read-from-another-state.md")


class Closed(Shell):
    """A node that is closed tells nobody how far it is; nothing here waits for figures."""

    def until_followed(self) -> None:
        return

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, "XDG_CONFIG_HOME": str(self.folder / "config")}


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    made = Closed(tmp_path_factory.mktemp("access"))
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def printed(shell: Shell) -> dict[str, list[tuple[str, str | None]]]:
    """By text: (commands, the first line that was promised and not printed) of each block."""
    made: dict[str, list[tuple[str, str | None]]] = {}
    for name in TEXTS:
        for block in blocks((HOW_TO / name).read_text(encoding="utf-8")):
            out = shell.run(block.commands)
            made.setdefault(name, []).append((block.commands, missing(block.shown, out)))
    return made


@pytest.mark.parametrize("name", TEXTS)
def test_every_command_prints_what_the_text_shows(printed: dict[str, list[tuple[str, str | None]]], name: str) -> None:
    for commands, absent in printed[name]:
        assert absent is None, f"not printed: {absent}\n$ {commands}"


def test_the_key_that_login_kept_is_gone_after_logout(shell: Shell, printed: object) -> None:
    file = Path(shell.folder) / "config" / "birlik" / "keys.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_text(encoding="utf-8") == "{}"
