"""What the demo takes for itself: a port, and settings that call its world invented."""

import json
import socket

import pytest

from birlik import settings
from birlik.apps.cli import demo
from birlik.errors import UnknownSetting
from birlik.kernel.domain import Recovery


@pytest.fixture
def ports(monkeypatch):
    """Two neighbouring ports of which the first is taken."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        first = taken.getsockname()[1]
        monkeypatch.setattr(demo, "USUAL_PORT", first)
        yield first


def test_the_demo_takes_the_next_free_port_and_says_so(ports, capsys):
    found = demo._free_port()
    assert found > ports
    assert f"port {ports} is taken; the demo takes {found}" in capsys.readouterr().err


def test_where_no_port_is_free_the_demo_says_how_to_name_one(ports, monkeypatch):
    monkeypatch.setattr(demo, "PORTS_TRIED", 1)
    with pytest.raises(UnknownSetting, match="--port 0"):
        demo._free_port()


def test_a_new_demo_is_an_exercise(tmp_path):
    demo._world(tmp_path / "demo", 30, 1)
    assert settings.read(tmp_path / "demo").exercise


@pytest.mark.parametrize(
    ("more", "exercise"),
    [("", True), ("[sources.post]\nevery_s = 60\n", True), ("exercise = false\n", False)],
    ids=["an older one becomes one", "before its tables", "unless its operator says no"],
)
def test_a_demo_that_goes_on_is_an_exercise(tmp_path, more, exercise):
    settings.write_new(tmp_path / "demo", "KAZ", "birlik demo")
    file = tmp_path / "demo" / settings.FILE
    file.write_text(file.read_text() + more)
    (tmp_path / "demo" / demo.NOTE).write_text(json.dumps({"past": True}))
    demo._world(tmp_path / "demo", 30, 1)
    assert settings.read(tmp_path / "demo").exercise is exercise


def recovered(ours, tolerance):
    return Recovery(
        indicator="TFI1", what="a--b", recovered=ours, truth=10.0, n=9, low=1, high=20, unit="h", tolerance=tolerance
    )


def test_the_verdict_says_of_what_nothing_was_asked_and_how_much_of_it_is_off():
    found = [recovered(10.2, 0.03), recovered(10.9, None), recovered(14.0, None)]
    said = demo._verdict(True, found)
    assert "1 of 1 figures of which something is asked" in said
    assert "Nothing is asked of 2 that rest on too few; 1 of these are off" in said
    assert [demo._row(r)["ok"] for r in found] == [True, None, None]
