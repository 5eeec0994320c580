"""What is in the kit: refused where it is not as it was made. `make kit` installs a whole one without routes."""

import hashlib
import os
import shutil
import subprocess

import pytest
from tests.conftest import ROOT


@pytest.fixture
def kit(tmp_path):
    """A kit that holds what `make kit` copies, and a wheel that is none."""
    folder = tmp_path / "birlik-kit-9.9.9"
    shutil.copytree(ROOT / "deploy", folder)
    (folder / "birlik-9.9.9-py3-none-any.whl").write_bytes(b"no wheel")
    (folder / "run.txt").write_text("")
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    sums = [f"{hashlib.sha256(p.read_bytes()).hexdigest()}  ./{p.relative_to(folder)}\n" for p in files]
    (folder / "SHA256SUMS").write_text("".join(sums))
    return folder


def install(kit, *arguments):
    command = ["bash", str(kit / "install.sh"), *map(str, arguments)]
    return subprocess.run(command, env=os.environ, capture_output=True, text=True, check=False)


def test_a_kit_that_was_changed_on_its_way_installs_nothing(kit, tmp_path):
    (kit / "systemd" / "birlik.service").write_text("[Service]\nUser=root\n")
    said = install(kit, tmp_path / "opt")
    assert said.returncode == 1
    assert "not as it was made" in said.stderr
    assert not list(tmp_path.glob("opt*"))


def test_an_installation_that_breaks_off_leaves_the_one_before(kit, tmp_path):
    before = tmp_path / "opt.before"
    before.mkdir()
    target = tmp_path / "opt"
    target.symlink_to(before)
    assert install(kit, target).returncode != 0  # its wheel is none
    assert target.resolve() == before
    assert sorted(p.name for p in tmp_path.glob("opt*")) == ["opt", "opt.before"]


def test_a_folder_that_the_script_did_not_make_is_left_alone(kit, tmp_path):
    theirs = tmp_path / "opt"
    theirs.mkdir()
    (theirs / "file").write_text("theirs")
    said = install(kit, theirs)
    assert (said.returncode, [p.name for p in tmp_path.glob("opt*")]) == (2, ["opt"])
    assert "move it away" in said.stderr
