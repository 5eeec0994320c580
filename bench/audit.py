"""The audit log: durable lines a second from several threads, verifying a million of them, a proof among them."""

import os
import tempfile
import threading
import time
from hashlib import sha256
from pathlib import Path

from bench.result import Result
from birlik.clock import SystemClock
from birlik.kernel.audit import Audit, Line
from birlik.kernel.audit.files import LINES
from birlik.kernel.audit.verifying import verify

THREADS, EACH = 16, 625
"""As many as an import of 10,000 grants, each of which waits for its line."""
MANY, AT_ONCE = 1_000_000, 2_000
PROOFS = 200
LINE = Line(act="birlik_grant", who="person:aya", on="birlik_grant 0123456789abcdef", address="192.0.2.7")


def run() -> list[Result]:
    with tempfile.TemporaryDirectory() as folder:
        bare = _bare(Path(folder) / "bare")
        made = _written(Path(folder) / "audit")
    with tempfile.TemporaryDirectory() as folder:
        hashed_s, verified_s, proof_s = _many(Path(folder) / "audit")
    return [
        Result(
            name="audit lines, durable, from 16 threads that each wait",
            value=made,
            unit="lines/s",
            yardstick=f"append and fsync of one line after the other, {bare:.4g}/s",
            ratio=made / bare,
            target=">= 2000 lines/s",
            reached=made >= 2_000,
        ),
        Result(
            name="verify of 1,000,000 audit lines",
            value=verified_s,
            unit="s",
            yardstick=f"reading them and one SHA-256 each, {hashed_s:.3g} s",
            ratio=verified_s / hashed_s,
            target="<= 30 s",
            reached=verified_s <= 30,
        ),
        Result(
            name="a proof of one of 1,000,000 audit lines",
            value=proof_s * 1_000,
            unit="ms",
            yardstick="",
            ratio=None,
            target="<= 10 ms",
            reached=proof_s <= 0.01,
        ),
    ]


def _bare(file: Path) -> float:
    text, n = b"x" * 300 + b"\n", 1_000
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    started = time.perf_counter()
    for _ in range(n):
        os.write(descriptor, text)
        os.fsync(descriptor)
    made = n / (time.perf_counter() - started)
    os.close(descriptor)
    return made


def _written(folder: Path) -> float:
    audit = Audit(folder, SystemClock(), name="birlik/KAZ")
    audit.begin()

    def write() -> None:
        for _ in range(EACH):
            audit.write(LINE)

    threads = [threading.Thread(target=write) for _ in range(THREADS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made = THREADS * EACH / (time.perf_counter() - started)
    audit.close()
    return made


def _many(folder: Path) -> tuple[float, float, float]:
    """(bare reading and hashing, verify, one proof) in seconds."""
    audit = Audit(folder, SystemClock(), name="birlik/KAZ")
    for _ in range(MANY // AT_ONCE):
        audit.submit(*[LINE] * AT_ONCE).result()
    size = audit.head().size
    audit.proofs.inclusion(1, size, size)  # the upper part of the tree is made with the first
    started = time.perf_counter()
    for n in range(PROOFS):
        audit.proofs.inclusion(1 + n * (size // PROOFS), size, size)
    proof_s = (time.perf_counter() - started) / PROOFS
    audit.close()
    started = time.perf_counter()
    with (folder / LINES).open("rb") as lines:
        for line in lines:
            sha256(line).digest()
    hashed_s = time.perf_counter() - started
    started = time.perf_counter()
    report = verify(folder)
    verified_s = time.perf_counter() - started
    assert report.is_whole, report.faults
    return hashed_s, verified_s, proof_s
