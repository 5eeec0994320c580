"""The jobs of a running node: begun, followed, cancelled, kept for a while.

One of a principal goes on at a time, few of a node; whose turn it isn't waits. To anybody but whose it is, a job is not
there. It was made of what its owner saw when it began to run: like a download, it stays as it was.
"""

import hashlib
import logging
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from birlik.errors import BirlikError, Conflict, TooMany, Unknown
from birlik.kernel.node import Node
from birlik.kernel.planning import asking, reading
from birlik.kernel.planning.asking import Asked
from birlik.kernel.planning.keeping import Job, Kept, State, ends, why_of
from birlik.kernel.planning.work import Task
from birlik.kernel.planning.worker import Ended, Worker
from birlik.kernel.policy import Principal
from birlik.kernel.priority import give_way
from birlik.kernel.tables import Rows, arrow_schema
from birlik.said import Said

MOST_WAITING = 50
AGAIN_S = 60
"""When to come again where so many wait."""
log = logging.getLogger("birlik")


@dataclass(eq=False)
class _Live:
    """A job that isn't over."""

    asked: Asked
    worker: Worker
    share: float = 0.0
    ends_as: State = State.CANCELLED
    """What becomes of it where it is ended."""
    over: threading.Event = field(default_factory=threading.Event)


class Jobs:
    """Any thread may call. Nothing runs before `begin`: what was asked waits."""

    def __init__(self, node: Node) -> None:
        self.node, self._kept = node, Kept(node)
        self._lock = threading.RLock()
        self._live: dict[str, _Live] = {}
        self._begun_n: dict[str, int] = {}
        self._pool: ThreadPoolExecutor | None = None

    def begin(self) -> None:
        """What ran when the node ended won't go on: it says so. From now on jobs run."""
        with self._lock:
            for job in self._kept.of():
                if not job.state.is_over and job.job_id not in self._live:
                    self._kept.put(self._over(job, State.INTERRUPTED))
            self._kept.sweep()
            most = self.node.settings.jobs_at_once
            self._pool = ThreadPoolExecutor(most, "birlik job", initializer=give_way)
            for job_id in self._live:
                self._pool.submit(self._run, job_id)

    def stop(self) -> None:
        """End all, which say that they were interrupted."""
        with self._lock:
            live, pool, self._pool = list(self._live.values()), self._pool, None
            for each in live:
                each.ends_as = State.INTERRUPTED
                each.worker.end()
        if pool is not None:
            pool.shutdown()

    # --- what its owner does ------------------------------------------------------------------------------

    def start(self, name: str, told: Mapping[str, Any], by: Principal, as_of: datetime | None = None) -> Job:
        """A job that waits for its turn. Raises what `asking.asked` raises; Conflict where another of theirs goes on;
        TooMany."""
        asked = asking.asked(self.node, name, told, by, as_of)
        with self._lock:
            if any(each.asked.by.name == by.name for each in self._live.values()):
                raise Conflict(Said("one job of yours goes on at a time: wait until it is over, or cancel it"))
            if len(self._live) >= MOST_WAITING:
                raise TooMany(Said("more jobs wait than this node can do: come again in a while"), AGAIN_S)
            job = self._new(asked)
            self._kept.put(job)
            self._live[job.job_id] = _Live(asked, Worker(self.node.settings.job_limit_s))
            if self._pool is not None:
                self._pool.submit(self._run, job.job_id)
            return job

    def of(self, who: Principal, plan: str = "") -> Sequence[Job]:
        """Theirs, the newest first."""
        if not who.is_somebody:
            return []
        return [j for j in self._kept.of(who.name) if self._sees(who, j) and plan in ("", j.plan)]

    def job(self, who: Principal, job_id: str) -> Job:
        """Raises Unknown, in the same words for another's as for none."""
        found = self._kept.get(job_id)
        if found is None or not self._sees(who, found):
            raise Unknown(Said("there is no such job of yours: it never was, or its time is over"))
        return found

    def share(self, job: Job) -> float:
        """What of it is done, from 0 to 1."""
        if job.state.is_over:
            return float(job.state is State.DONE)
        live = self._live.get(job.job_id)
        return live.share if live is not None else 0.0

    def rows(self, who: Principal, job_id: str) -> Rows:
        """Of its result. Raises Unknown, and Conflict where there is none yet, or none any more."""
        job = self.job(who, job_id)
        if job.state is not State.DONE:
            raise Conflict(Said("the job has no result: it is {state}", state=job.state.value))
        found = self._kept.rows(job_id)
        if found is None:
            raise Conflict(Said("the result isn't kept any more: run it again"))
        return found

    def kept_rows(self, job: Job) -> Rows | None:
        """Of the result of a job that its owner was given; None where there is none, or none any more."""
        return self._kept.rows(job.job_id) if job.state is State.DONE else None

    def cancel(self, who: Principal, job_id: str) -> Job:
        """End it, if it goes on; returns what has become of it. Raises Unknown."""
        job = self.job(who, job_id)
        with self._lock:
            live = self._live.get(job.job_id)
            if live is not None:
                live.worker.end()
                if self._pool is None:
                    self._finish(job.job_id, live, self._over(job, State.CANCELLED))
        if live is not None:
            live.over.wait()
        return self.job(who, job_id)

    def wait_for(self, job: Job, timeout_s: float) -> bool:
        """Wait until it is over; False where it goes on after so long."""
        live = self._live.get(job.job_id)
        return live is None or live.over.wait(timeout_s)

    def cleared(self, node: Node, order: object) -> Sequence[str]:
        """End all, and forget every job and result: rows of somebody who is erased may be in them."""
        with self._lock:
            live = list(self._live.values())
        for each in live:
            each.worker.end()
            each.over.wait()
        self._kept.drop_all()
        return ()

    # --- inside -------------------------------------------------------------------------------------------

    def _sees(self, who: Principal, job: Job) -> bool:
        """Its owner, who reads the same view as then, and may still run such a plan."""
        if not who.is_somebody or job.by != who.name or job.view != self.node.views.names[who.view]:
            return False
        found = self.node.plans.get(job.plan)
        return found is not None and asking.may(self.node, who, *found)

    def _new(self, asked: Asked) -> Job:
        by, now = asked.by, self.node.clock.now()
        # A name that tells nothing of how many others there were.
        self._begun_n[by.name] = n = self._begun_n.get(by.name, 0) + 1
        ground = "\0".join((by.name, asked.plan.name, now.isoformat(), str(n), str(len(self._kept.of(by.name)))))
        return Job(
            job_id=hashlib.sha256(ground.encode()).hexdigest()[:24],
            plan=asked.plan.name,
            by=by.name,
            view=self.node.views.names[by.view],
            values=asked.values,
            as_of=asked.as_of,
            state=State.WAITING,
            begun_time=now,
            ends_time=ends(now, self.node.settings.job_kept_s),
        )

    def _over(self, job: Job, state: State, **more: Any) -> Job:
        return replace(job, state=state, over_time=self.node.clock.now(), **more)

    def _run(self, job_id: str) -> None:
        live = self._live[job_id]
        job = self._kept.get(job_id)
        if job is None:
            self._finish(job_id, live, None)
            return
        try:
            if live.worker.is_ended:
                raise Ended
            job = replace(job, state=State.RUNNING)
            self._kept.put(job)
            rows, watermark = self._made(live)
            self._kept.write(job_id, rows)
            made = self._over(job, State.DONE, rows_n=rows.num_rows, watermark=watermark)
        except Ended:
            made = self._over(job, live.ends_as)
        except BirlikError as error:
            made = self._over(job, State.FAILED, why=why_of(error.args[0]))
        except Exception:
            # It has no caller who could be told, and a thread that ended here would leave all others waiting.
            log.exception("the job of a plan broke: %s", job.plan)
            made = self._over(job, State.FAILED, why=why_of(Said("this is a fault of birlik: the node's log has it")))
        self._finish(job_id, live, made)

    def _made(self, live: _Live) -> tuple[Rows, datetime]:
        asked = live.asked
        found = reading.found(self.node, asked)
        task = Task(
            compute=asked.plan.compute,
            tables=found.tables,
            values=asked.values,
            usual=asked.plan.usual,
            schema=arrow_schema(asked.plan.fields),
            key=asked.plan.key,
        )

        def tell(share: float) -> None:
            live.share = share

        return live.worker.done(task, tell), found.watermark

    def _finish(self, job_id: str, live: _Live, job: Job | None) -> None:
        try:
            # Who reads that it is over may begin another at once.
            with self._lock:
                try:
                    if job is not None:
                        self._kept.put(job)
                finally:
                    self._live.pop(job_id, None)
            self._kept.sweep()
        except (BirlikError, OSError):
            log.exception("what became of a job can't be kept")
        finally:
            live.over.set()
