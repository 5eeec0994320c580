"""What a forked server does. Imported once, by the process that it is forked from, with all that a start imports."""

import os
import traceback
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path

import birlik.domains.cooperation.domain
import birlik.domains.transport.domain  # noqa: F401
from birlik.apps import serve


def serve_until_killed(folder: str, environment: Mapping[str, str], told: Connection) -> None:
    """`told`: (whether it answers, where; or else why not)."""
    os.environ.clear()
    os.environ.update(environment)
    try:
        serve.run(
            Path(folder),
            port=0,
            ready=lambda url: told.send((True, url)),
            threads=2,
            memory_limit="400MB",
            follow_every_s=0.2,
            open=True,
        )
    except BaseException:
        told.send((False, traceback.format_exc()))
        raise
