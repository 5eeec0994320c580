"""A node is made for a state that there is: a slip is refused before it stands in every file that leaves."""

from pathlib import Path

import pytest

from birlik import settings
from birlik.apps.cli.main import run
from birlik.kernel import members


@pytest.mark.parametrize("state", members.known(), ids=lambda state: state.code)
def test_each_state_that_is_shipped_can_have_a_node(state: members.State, tmp_path: Path) -> None:
    assert run(["init", str(tmp_path / "node"), "--member", state.code]) == 0
    assert settings.read(tmp_path / "node").member == state.code


@pytest.mark.parametrize(
    ("given", "hint"),
    [("XYZ", "there are AZE"), ("KAS", "did you mean KAZ?"), ("Kazakhstan", "did you mean KAZ?"),
     ("kaz", "did you mean KAZ?"), ("FRA", "there are AZE")],
)  # fmt: skip
def test_another_is_refused_and_nothing_is_made(given: str, hint: str, tmp_path: Path, capsys) -> None:
    assert run(["init", str(tmp_path / "node"), "--member", given]) == 2
    said = capsys.readouterr().err
    assert hint in said
    assert "UZB (Uzbekistan)" in said
    assert not (tmp_path / "node").exists()
