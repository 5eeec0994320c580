"""Settings are listed from where they are declared."""

import json

import pytest

from birlik.apps.cli.main import run
from birlik.settings import Settings


def test_every_setting_is_listed_with_its_help_and_default(capsys):
    assert run(["settings", "--json"]) == 0
    said = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert set(said) == set(Settings.model_fields)
    assert said["port"]["default"] == 8080
    assert [name for name, row in said.items() if not row["help"]] == []


def test_a_nodes_own_values_stand_beside(tmp_path, capsys):
    assert run(["init", str(tmp_path / "n"), "--member", "UZB", "--name", "Tashkent"]) == 0
    capsys.readouterr()
    assert run(["settings", "--data", str(tmp_path / "n"), "--json"]) == 0
    said = {row["name"]: row["value"] for row in json.loads(capsys.readouterr().out)}
    assert (said["member"], said["name"], said["port"]) == ("UZB", "Tashkent", 8080)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_completion(shell, capsys):
    assert run(["completion", shell]) == 0
    assert "quarantine" in capsys.readouterr().out


@pytest.mark.parametrize("member", ["kaz", "KA", ""], ids=repr)
def test_a_node_needs_a_member(tmp_path, member, capsys):
    assert run(["init", str(tmp_path / "n"), "--member", member]) == 2
    assert "member" in capsys.readouterr().err
    assert not (tmp_path / "n" / "birlik.toml").exists()
