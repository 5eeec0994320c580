"""Settings are listed from where they are declared."""

import json

import pytest

from birlik import assembly
from birlik.apps.cli.main import run
from birlik.settings import Settings


def test_every_setting_is_listed_with_its_help_and_default(capsys):
    assert run(["settings", "--json"]) == 0
    said = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    of_domains = {f"{d.name}.{n}" for d in assembly.domains() if d.settings for n in d.settings.model_fields}
    assert "transport.region" in of_domains
    assert set(said) == {*Settings.model_fields, *of_domains}
    assert said["port"]["default"] == 8080
    assert [name for name, row in said.items() if not row["help"]] == []


def test_a_nodes_own_values_stand_beside(tmp_path, capsys):
    assert run(["init", str(tmp_path / "n"), "--member", "UZB", "--name", "Tashkent"]) == 0
    capsys.readouterr()
    assert run(["settings", "--data", str(tmp_path / "n"), "--json"]) == 0
    said = {row["name"]: row["value"] for row in json.loads(capsys.readouterr().out)}
    assert (said["member"], said["name"], said["port"]) == ("UZB", "Tashkent", 8080)
    assert said["transport.events_per_document"] == 100_000


def test_a_key_that_has_moved_is_told_beside_its_value(tmp_path, capsys):
    assert run(["init", str(tmp_path / "n"), "--member", "UZB"]) == 0
    with (tmp_path / "n" / "birlik.toml").open("a") as file:
        file.write("events_per_document = 9\n")
    capsys.readouterr()
    assert run(["settings", "--data", str(tmp_path / "n"), "--json"]) == 0
    told = capsys.readouterr()
    assert {"transport.events_per_document": 9}.items() <= {
        row["name"]: row["value"] for row in json.loads(told.out) if isinstance(row["value"], int)
    }.items()
    assert "events_per_document has moved: write it into the table [transport]" in told.err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_completion(shell, capsys):
    assert run(["completion", shell]) == 0
    assert "quarantine" in capsys.readouterr().out


@pytest.mark.parametrize("member", ["kaz", "KA", ""], ids=repr)
def test_a_node_needs_a_member(tmp_path, member, capsys):
    assert run(["init", str(tmp_path / "n"), "--member", member]) == 2
    assert "member" in capsys.readouterr().err
    assert not (tmp_path / "n" / "birlik.toml").exists()
