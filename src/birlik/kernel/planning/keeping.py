"""What is kept of jobs: what was asked and what became of it in the vault, rows of results in files of their own.

Nothing of it goes into the journal, and no rows into a backup: a job can be run again.
"""

import contextlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import pyarrow as pa

from birlik.clock import utc
from birlik.kernel.node import Node
from birlik.kernel.tables import Rows
from birlik.said import again, parts

KIND = "job"
FOLDER = "jobs"
MOST_A_PRINCIPAL = 20
"""Of one principal: the oldest go."""
MOST_BYTES = 1024**3
"""Of all results."""


class State(StrEnum):
    """What has become of a job."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    """The node ended, or began anew, while it ran."""

    @property
    def is_over(self) -> bool:
        """Nothing more will come of it."""
        return self not in (State.WAITING, State.RUNNING)


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    job_id: str
    plan: str
    by: str
    """Whose it is; to anybody else there is none."""
    view: str
    """Of which rows it was made: to the same person who reads another view now, there is none either."""
    values: Mapping[str, Any]
    as_of: datetime | None
    state: State
    begun_time: datetime
    ends_time: datetime
    """Until when it is kept."""
    over_time: datetime | None = None
    watermark: datetime | None = None
    """Up to when its rows were complete."""
    rows_n: int | None = None
    why: tuple[str, Mapping[str, Any]] | None = None
    """Why nothing came of it: template and values, as `said.parts` has them."""

    @property
    def reason(self) -> str:
        """Why nothing came of it, in English."""
        return again(*self.why, lambda text: None) if self.why is not None else ""


def why_of(said: str) -> tuple[str, Mapping[str, Any]]:
    """A reason as a job keeps it."""
    template, values = parts(said)
    return template, values


class Kept:
    """Any thread may ask and write."""

    def __init__(self, node: Node) -> None:
        self._vault, self._clock = node.store.vault, node.clock
        self._folder = node.store.folder / FOLDER

    def put(self, job: Job) -> None:
        """In the place of what was."""
        said = asdict(job) | {name: _text(getattr(job, name)) for name in MOMENTS}
        self._vault.put(KIND, job.job_id, said, of=job.by, ends=job.ends_time)

    def get(self, job_id: str) -> Job | None:
        """None where there is none, or its time is over."""
        said = self._vault.get(KIND, job_id, self._clock.now())
        return None if said is None else _job(said)

    def of(self, by: str | None = None) -> list[Job]:
        """Somebody's, or everybody's, the newest first."""
        now = self._clock.now()
        made = [_job(said) for said in self._vault.all(KIND, of=by).values()]
        return sorted((j for j in made if j.ends_time > now), key=lambda j: (j.begun_time, j.job_id), reverse=True)

    def write(self, job_id: str, rows: Rows) -> None:
        """The rows of a result."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        new = self._path(job_id).with_suffix(".new")
        private = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(private, "wb") as out, pa.ipc.new_file(out, rows.schema) as writer:
            writer.write_table(rows)
        new.replace(self._path(job_id))

    def rows(self, job_id: str) -> Rows | None:
        """None where they aren't kept any more."""
        try:
            with pa.OSFile(str(self._path(job_id))) as file:
                return pa.ipc.open_file(file).read_all()
        except FileNotFoundError:
            return None

    def drop(self, jobs: Sequence[Job]) -> None:
        """They never were."""
        for job in jobs:
            self._vault.drop(KIND, job.job_id)
        self.sweep()

    def drop_all(self) -> None:
        """None ever was."""
        self._vault.drop(KIND)
        self.sweep()

    def sweep(self) -> None:
        """What is over goes, of each principal what is more than it may have, and the oldest results of too many."""
        for by in {job.by for job in self.of()}:
            for job in [job for job in self.of(by) if job.state.is_over][MOST_A_PRINCIPAL:]:
                self._vault.drop(KIND, job.job_id)
        left, sizes = MOST_BYTES, {path: path.stat().st_size for path in self._folder.glob("*")}
        kept = {self._path(job.job_id) for job in self.of()}
        for path in sorted(sizes, key=lambda each: each.stat().st_mtime_ns, reverse=True):
            left -= sizes[path]
            if path not in kept or left < 0:
                with contextlib.suppress(FileNotFoundError):
                    path.unlink()

    def _path(self, job_id: str) -> Path:
        return self._folder / f"{job_id}.arrow"


MOMENTS = ("as_of", "begun_time", "ends_time", "over_time", "watermark")


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _job(said: Mapping[str, Any]) -> Job:
    moments = {name: None if said[name] is None else utc(said[name]) for name in MOMENTS}
    why = None if said["why"] is None else (said["why"][0], said["why"][1])
    return Job(**{**said, **moments, "state": State(said["state"]), "why": why})


def ends(now: datetime, kept_s: float) -> datetime:
    """Until when a job is kept that begins now."""
    return now + timedelta(seconds=kept_s)
