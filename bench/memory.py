"""What the demo's node holds: a past of some days, then live traffic and a reader for some minutes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from bench.result import Result

DAYS = 30
FOR_S = float(os.environ.get("BENCH_MEMORY_S", "3600"))
EVERY_S = 30.0
PATHS = ("/", "/api/v1/indicators/tfi1", "/api/v1/tables/transport_movement?limit=1000")
MOST_MB = 400.0


def run() -> list[Result]:
    with TemporaryDirectory() as folder:
        data = Path(folder) / "demo"
        command = [sys.executable, "-m", "birlik", "demo", "--data", str(data), "--days", str(DAYS), "--port", "0"]
        with subprocess.Popen([*command, "--json"], stdout=subprocess.PIPE, text=True) as demo:
            try:
                assert demo.stdout is not None
                text = ""
                while not text.rstrip().endswith("}"):
                    text += demo.stdout.readline()
                held = _read_for(json.loads(text)["url"], demo.pid)
            finally:
                demo.send_signal(signal.SIGTERM)
    return [
        Result(
            name=f"the demo's node, {FOR_S / 60:.0f} min after its start",
            value=held,
            unit="MB",
            yardstick="",
            ratio=None,
            target=f"<= {MOST_MB:.0f} MB",
            reached=held <= MOST_MB,
        )
    ]


def _read_for(url: str, demo: int) -> float:
    """Read its pages until the time is over; what it then holds, in MB."""
    until = time.monotonic() + FOR_S
    with httpx.Client(base_url=url, timeout=60, trust_env=False, follow_redirects=True) as client:
        while time.monotonic() < until:
            for path in PATHS:
                client.get(path).raise_for_status()
            time.sleep(min(EVERY_S, max(0.0, until - time.monotonic())))
    children = Path(f"/proc/{demo}/task/{demo}/children").read_text().split()
    return max(_resident_mb(int(child)) for child in children)  # the node itself: the demo starts nothing else


def _resident_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise ValueError("no VmRSS")
