"""A thousand kills while every kind of write that is acknowledged comes in: what is lost, and what is there twice.

The suite does thirty. `BIRLIK_BENCH_KILLS` names another number, to try it out.
"""

import os
import random
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support.kinds import KINDS, WHOLE, stored
from tests.support.nodes import opened
from tests.support.server import Senders, server

from bench.result import Result
from birlik import settings
from birlik.clock import SetClock

KILLS = 1_000
MOST = 25
"""A kill comes right after one of so many acknowledgements, by dice."""


def run() -> list[Result]:
    kills, dice = int(os.environ.pop("BIRLIK_BENCH_KILLS", KILLS)), random.Random(1)
    senders = Senders([kind() for kind in KINDS.values()])
    with tempfile.TemporaryDirectory() as base:
        folder = Path(base) / "node"
        settings.write_new(folder, "KAZ")
        began = time.monotonic()
        for _ in range(kills):
            with server(folder) as (url, process):
                senders.until_killed(url, process.kill, after=dice.randint(1, MOST))
                process.join(60)
        each_s = (time.monotonic() - began) / kills
        with opened(folder, declared=None, clock=SetClock(datetime.now(UTC) + timedelta(minutes=1))) as node:
            there = stored(node)
    lost = [name for name in senders.acknowledged if there[name] < WHOLE[name.partition("/")[0]]]
    twice = [name for name, n in there.items() if n > WHOLE[name.partition("/")[0]] or name not in senders.tried]
    kinds = len({name.partition("/")[0] for name in senders.acknowledged})
    told = f"{len(senders.acknowledged):,} acknowledged writes of {kinds} kinds"
    whole = kills >= KILLS and kinds == len(KINDS)
    made = [(f"{kills:,} kills, writes lost", len(lost)), (f"{kills:,} kills, writes there twice", len(twice))]
    rows = [
        Result(name=name, value=n, unit="", yardstick=told, ratio=None, target="0", reached=whole and n == 0)
        for name, n in made
    ]
    start = Result(
        name="a kill, the start after it and what is sent until the next",
        value=each_s,
        unit="s",
        yardstick="",
        ratio=None,
        target="",
        reached=True,
    )
    return [*rows, start]
