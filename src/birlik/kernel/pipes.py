"""A node's own worker processes: how one begins, and what passes. Arrow's buffers go beside the pickle."""

import pickle
import subprocess
import sys
from multiprocessing.connection import Connection, Pipe
from typing import Any

PROGRAM = """
import sys
sys.path[:] = {path!r}
from {module} import work
work({fd})
"""


def begun(module: str, **told: Any) -> tuple["subprocess.Popen[bytes]", Connection]:
    """A process that does `work(fd)` of a module of ours, and our end of the pipe to it. told: as Popen takes it."""
    ours, theirs = Pipe()
    with theirs:
        program = PROGRAM.format(path=sys.path, module=module, fd=theirs.fileno())
        command = [sys.executable, "-c", program]
        process = subprocess.Popen(  # nosec B603 # the interpreter and a program of ours
            command, pass_fds=(theirs.fileno(),), **told
        )
    return process, ours


def send(pipe: Connection, value: Any) -> None:
    """Arrow's buffers are not copied into the pickle. Raises OSError where the other end is gone."""
    buffers: list[pickle.PickleBuffer] = []
    whole = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    pipe.send_bytes(len(buffers).to_bytes(4, "big") + whole)
    for buffer in buffers:
        pipe.send_bytes(buffer.raw())


def received(pipe: Connection) -> Any:
    """What `send` sent. Raises EOFError, OSError where the other end is gone."""
    whole = memoryview(pipe.recv_bytes())
    buffers = [pipe.recv_bytes() for _ in range(int.from_bytes(whole[:4], "big"))]
    return pickle.loads(whole[4:], buffers=buffers)  # nosec B301 # out of the pipe of a worker that this process began
