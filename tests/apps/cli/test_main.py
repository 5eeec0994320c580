"""What the command line says of an error, and what it costs to ask it for help."""

import subprocess
import sys

import pytest

from birlik.apps.cli import main
from birlik.errors import BadRequest, Malformed, NotANode, PeerUnreachable, StoreUnavailable, Unknown

HEAVY = ("duckdb", "pyarrow", "starlette", "numpy", "httpx", "altair", "rich.markdown", "pydantic")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Unknown("no such table"), 2),
        (BadRequest("limit is a whole number"), 2),
        (NotANode("there is none"), 2),
        (Malformed("no JSON"), 2),
        (StoreUnavailable("the disk is full"), 1),
        (PeerUnreachable("nobody answers"), 1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_callers_fault_ends_with_2_and_ours_or_the_worlds_with_1(error, code):
    assert main.code_of(error) == code


def test_an_error_is_one_sentence_and_never_a_traceback(tmp_path, capsys):
    assert main.run(["doctor", str(tmp_path / "nowhere")]) == 1
    assert main.run(["rebuild", str(tmp_path / "nowhere")]) == 2
    said = capsys.readouterr().err
    assert "holds no node" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    "arguments",
    [["nonsense"], ["serve"], ["init", "somewhere"], ["indicator", "show"], ["table", "list", "--nonsense"]],
    ids=" ".join,
)
def test_a_command_that_is_not_understood_ends_with_2(arguments, capsys):
    assert main.run(arguments) == 2
    assert capsys.readouterr().err.startswith("birlik: ")


def test_ctrl_c_ends_with_130(monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(main, "application", interrupted)
    assert main.run([]) == 130


def test_a_bug_is_told_as_ours_and_shown_with_debug(monkeypatch, capsys):
    def broken():
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(main, "application", broken)
    assert main.run([]) == 1
    assert "a fault of birlik" in capsys.readouterr().err
    with pytest.raises(ZeroDivisionError):
        main.run(["--debug"])


def test_help_names_every_command_and_imports_nothing_heavy():
    code = "import sys\nfrom birlik.apps.cli.main import run\nrun(['--help'])\nprint('\\n'.join(sys.modules))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    shown, loaded = said.split("birlik.errors")[0], set(said.split())
    assert [name for name, *_ in (*main.COMMANDS, *main.GROUPS) if name not in shown] == []
    assert loaded.isdisjoint(HEAVY)


def test_every_command_has_help_of_its_own(capsys):
    for name, *_ in main.COMMANDS:
        assert main.run([name, "--help"]) == 0
    for name, _, *commands in main.GROUPS:
        for command, _target in commands:
            assert main.run([name, command, "--help"]) == 0
    assert capsys.readouterr().out.count("Usage:") >= len(main.COMMANDS)
