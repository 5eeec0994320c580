"""What passes between a node and its own worker processes: values, with Arrow's buffers beside the pickle."""

import pickle
from multiprocessing.connection import Connection
from typing import Any


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
