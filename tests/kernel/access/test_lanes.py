"""Hashing is off the loop and bounded; known browsers have a lane of their own."""

import asyncio
import threading

import pytest

from birlik.errors import TooMany
from birlik.kernel.access.lanes import Lane, Lanes


def test_what_comes_to_more_than_a_lane_holds_is_refused_and_a_known_browser_is_not() -> None:
    async def flooded() -> None:
        lanes, gate = Lanes(Lane("strangers", 1, 3), Lane("known", 1, 3)), threading.Event()
        flood = [asyncio.ensure_future(lanes.of(False).run(gate.wait)) for _ in range(10)]
        await asyncio.sleep(0)
        refused = [task for task in flood if task.done()]
        assert len(refused) == 6, "one at work and three that wait"
        for task in refused:
            with pytest.raises(TooMany) as told:
                task.result()
            assert told.value.wait_s > 0
        assert await lanes.of(True).run(lambda: threading.current_thread().name) == "birlik known_0"
        gate.set()
        assert all(await asyncio.gather(*(task for task in flood if task not in refused)))
        assert await lanes.of(False).run(lambda: 7) == 7, "and there is room again"
        lanes.close()

    asyncio.run(flooded())


def test_who_hangs_up_keeps_the_place_until_the_work_is_done() -> None:
    async def hung_up() -> None:
        lane, gate = Lane("strangers", 1, 1), threading.Event()
        tasks = [asyncio.ensure_future(lane.run(gate.wait)) for _ in range(2)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with pytest.raises(TooMany):
            await lane.run(lambda: None)
        gate.set()
        lane.close()

    asyncio.run(hung_up())


def test_what_the_work_raises_reaches_its_caller_and_frees_the_place() -> None:
    async def failing() -> None:
        lane = Lane("strangers", 1, 0)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                await lane.run(lambda: 1 / 0)
        lane.close()

    asyncio.run(failing())
