"""`birlik audit` on a node that is stopped, and on one that runs."""

import json

import pytest
from tests.support.nodes import opened
from tests.support.server import serving

from birlik import settings
from birlik.apps.cli.main import run
from birlik.kernel.audit import Line


@pytest.fixture
def folder(tmp_path):
    """A node with five acts, that keeps heads elsewhere."""
    settings.write_new(tmp_path / "node", "KAZ")
    (tmp_path / "second").mkdir()
    with (tmp_path / "node" / "birlik.toml").open("a") as file:
        file.write(f'audit_heads = ["{tmp_path / "second" / "heads"}"]\n')
    with opened(tmp_path / "node", declared=None) as node:
        node.audit.submit(*(Line(act="birlik_grant", who="aya", on=f"grant {i}") for i in range(5))).result()
    return tmp_path / "node"


def told(capsys):
    return json.loads(capsys.readouterr().out)


def test_lines_are_shown_of_a_node_that_is_stopped(folder, capsys):
    assert run(["audit", "show", "--data", str(folder), "--act", "birlik_grant", "--json"]) == 0
    assert [line["on"] for line in told(capsys)["data"]] == [f"grant {i}" for i in (4, 3, 2, 1, 0)]
    assert run(["audit", "show", "--data", str(folder), "--who", "nobody"]) == 0
    assert "there is no such line" in capsys.readouterr().out


def test_a_whole_log_ends_with_0_and_says_what_it_agrees_with(folder, tmp_path, capsys):
    assert run(["audit", "verify", "--data", str(folder)]) == 0
    said = capsys.readouterr().out
    assert f"and 1 of {tmp_path / 'second' / 'heads'}" in said
    assert "not known" not in said


def test_without_a_head_elsewhere_it_says_what_it_cant_know(folder, tmp_path, capsys):
    (tmp_path / "second" / "heads").unlink()
    assert run(["audit", "verify", "--data", str(folder)]) == 0
    assert "not known: the key lies beside the log" in capsys.readouterr().out


def test_an_edited_log_ends_with_1_and_the_line_is_named(folder, capsys):
    file = folder / "audit" / "lines"
    lines = file.read_bytes().splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines, 1) if b"birlik_grant" in line)
    lines[at - 1] = lines[at - 1].replace(b"birlik_grant", b"birlik_groan")
    file.write_bytes(b"".join(lines))
    assert run(["audit", "verify", "--data", str(folder), "--json"]) == 1
    assert told(capsys)["first"] == at
    assert run(["audit", "verify", "--data", str(folder)]) == 1
    assert f"the first line that differs is {at}" in capsys.readouterr().out


def test_the_doctor_reads_the_log_too(folder, capsys):
    def audit():
        run(["doctor", str(folder), "--json"])
        return next(f for f in told(capsys)["findings"] if f["check"] == "audit")

    assert (audit()["ok"], audit()["said"]) == (True, "8 lines are what was signed")
    file = folder / "audit" / "lines"
    file.write_bytes(file.read_bytes().replace(b"birlik_grant", b"birlik_groan", 1))
    assert not audit()["ok"]
    assert "line 4: it can't be read, or was changed" in audit()["said"]


def test_a_line_is_proved(folder, capsys):
    assert run(["audit", "prove", "2", "--data", str(folder), "--json"]) == 0
    assert told(capsys)["holds"]
    assert run(["audit", "prove", "2", "--data", str(folder)]) == 0
    assert "it is in the log; the root is signed by birlik/KAZ+" in capsys.readouterr().out
    assert run(["audit", "prove", "999", "--data", str(folder)]) == 2


def test_a_head_that_was_kept_is_held_against_a_node_at_an_address(tmp_path, capsys):
    with opened(tmp_path / "node") as node, serving(node) as url:
        node.audit.write(Line(act="birlik_pin"))
        assert run(["audit", "head", "--url", url]) == 0
        (tmp_path / "kept").write_text(capsys.readouterr().out)
        node.audit.write(Line(act="birlik_pin"))
        assert run(["audit", "verify", "--url", url, "--head", str(tmp_path / "kept")]) == 0
        assert "lines begin with what 1 heads have" in capsys.readouterr().out
        assert run(["audit", "verify", "--url", url]) == 2
        assert run(["audit", "verify", "--data", str(tmp_path / "node"), "--head", str(tmp_path / "kept")]) == 0
    with opened(tmp_path / "other") as node, serving(node) as url:
        node.audit.submit(*(Line(act="birlik_pin") for _ in range(9))).result()
        assert run(["audit", "verify", "--url", url, "--head", str(tmp_path / "kept")]) == 1
        assert "with another key than the node's" in capsys.readouterr().out


def test_a_damaged_log_is_set_aside_and_a_new_epoch_begins(folder, capsys):
    file = folder / "audit" / "lines"
    file.write_bytes(file.read_bytes()[:-30])
    assert run(["act", "do", "birlik_pin", "--data", str(folder)]) == 1
    assert "birlik audit renew" in capsys.readouterr().err
    assert run(["audit", "renew", str(folder)]) == 0
    assert (folder / "audit-set-aside-1" / "lines").is_file()
    assert run(["act", "do", "birlik_pin", "--data", str(folder)]) == 0
    capsys.readouterr()
    assert run(["audit", "show", "--data", str(folder), "--act", "audit_epoch", "--json"]) == 0
    (begun,) = told(capsys)["data"]
    assert begun["epoch"] == 2
    assert "was set aside as audit-set-aside-1" in begun["said"]


def test_there_is_nothing_to_verify_where_nothing_was_done(tmp_path, capsys):
    settings.write_new(tmp_path / "node", "KAZ")
    assert run(["audit", "verify", "--data", str(tmp_path / "node")]) == 2
    assert "holds no audit log" in capsys.readouterr().err
