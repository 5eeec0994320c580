"""A node that is killed with -9 while many write: what was acknowledged is there, and the log is whole."""

import subprocess
import sys
import threading

from tests.support.server import ROOT, environment

from birlik.clock import SystemClock
from birlik.kernel.audit import Audit
from birlik.kernel.audit.verifying import verify

PROGRAM = """
import sys, threading
from pathlib import Path
from birlik.clock import SystemClock
from birlik.kernel.audit import Audit, Line
audit = Audit(Path(sys.argv[1]), SystemClock(), name="birlik/KAZ")
def write(who):
    while True:
        n = audit.write(Line(act="birlik_pin", who=who, on="x" * 200))
        sys.stdout.write(f"{n} {who}\\n"); sys.stdout.flush()
threads = [threading.Thread(target=write, args=(f"writer {k}",)) for k in range(4)]
for each in threads:
    each.start()
for each in threads:
    each.join()
"""
TIMES, EACH = 3, 150


def test_what_was_acknowledged_is_there_after_kill_9(tmp_path):
    before = set(threading.enumerate())  # of other tests beside it
    folder, acknowledged = tmp_path / "audit", {}
    for _ in range(TIMES):
        command = [sys.executable, "-c", PROGRAM, str(folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment()) as process:
            assert process.stdout is not None
            for heard, line in enumerate(process.stdout):
                if line.endswith("\n"):
                    n, _, who = line.strip().partition(" ")
                    acknowledged[int(n)] = who
                if heard == EACH:
                    process.kill()
    report = verify(folder)
    assert report.is_whole, report.faults
    audit = Audit(folder, SystemClock(), name="birlik/KAZ")
    with audit.reading() as reading:
        assert {n: reading.shown(n).who for n in acknowledged} == acknowledged
    assert audit.epoch == 1
    audit.close()
    assert verify(folder).is_whole
    assert len(acknowledged) >= TIMES * EACH
    assert {t for t in threading.enumerate() if t.name == "birlik audit"} <= before, "closed is closed"
