"""A standalone Spark cluster of processes: a master and workers, each in a folder of its own, with a bare Python."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyspark

HOME = Path(pyspark.__file__).parent
PATIENCE_S = 120


@dataclass
class Daemon:
    """A process of Spark's, with what it has said so far."""

    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)
    _more: threading.Condition = field(default_factory=threading.Condition)

    def listen(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._more:
                self.said.append(line)
                self._more.notify_all()

    def until(self, words: str, times: int = 1) -> str:
        """The line in which it says these words for the n-th time."""
        with self._more:
            found = self._more.wait_for(lambda: [line for line in self.said if words in line][times - 1 :], PATIENCE_S)
            assert found, f"never said {words!r}: {''.join(self.said[-20:])}"
            return found[0]

    def kill(self) -> None:
        """It and all that it started, at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@dataclass
class Cluster:
    url: str
    python: Path
    workers: list[Daemon]

    @property
    def conf(self) -> list[str]:
        """What whoever computes there says of it."""
        settings = {
            "spark.pyspark.python": str(self.python),
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.memory": "512m",
            "spark.driver.maxResultSize": "16m",
            "spark.executor.memory": "512m",
            "spark.executor.cores": "1",
        }
        return [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]


def _started(folder: Path, name: str, *arguments: str) -> Daemon:
    folder.mkdir()
    # Nothing of this environment: what a worker starts must find its packages where birlik has put them.
    environment = {k: os.environ[k] for k in ("PATH", "HOME", "JAVA_HOME", "LANG") if k in os.environ}
    environment |= {"SPARK_HOME": str(HOME), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_DAEMON_MEMORY": "256m"}
    process = subprocess.Popen(
        [str(HOME / "bin" / "spark-class"), f"org.apache.spark.deploy.{name}", "--host", "127.0.0.1", *arguments],
        cwd=folder,
        env=environment | {"SPARK_LOCAL_DIRS": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    daemon = Daemon(process)
    threading.Thread(target=daemon.listen, daemon=True).start()
    return daemon


@contextlib.contextmanager
def cluster(folder: Path, workers: int = 2) -> Iterator[Cluster]:
    """Up and registered; ended at the end, with all that it started."""
    daemons = [_started(folder / "master", "master.Master", "--port", "0", "--webui-port", "0")]
    try:
        bare = folder / "bare"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True)
        url = daemons[0].until("Starting Spark master at").rsplit(" ", 1)[-1].strip()
        size = ("--webui-port", "0", "--cores", "1", "--memory", "600m")
        for number in range(workers):
            at = folder / f"worker{number}"
            daemons.append(_started(at, "worker.Worker", *size, "--work-dir", str(at / "work"), url))
        daemons[0].until("Registering worker", workers)
        yield Cluster(url, bare / "bin" / "python", daemons[1:])
    finally:
        for daemon in daemons:
            daemon.kill()
