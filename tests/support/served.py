"""What forked processes do: a server, a command. Imported once, by the process that they are forked from, with all
that a start imports."""

import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

import birlik.apps.cli.in_process
import birlik.apps.cli.ingesting
import birlik.apps.cli.showing
import birlik.domains.cooperation.domain
import birlik.domains.transport.domain  # noqa: F401
from birlik.apps import serve
from birlik.apps.cli.main import main


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


def command(arguments: Sequence[str], environment: Mapping[str, str], said: str, told: str) -> None:
    """As `python -m birlik` does it. said, told: files for what it says on stdout and on stderr."""
    os.environ.clear()
    os.environ.update(environment)
    for path, stream in ((said, sys.stdout), (told, sys.stderr)):
        with Path(path).open("wb") as file:
            os.dup2(file.fileno(), stream.fileno())
    sys.argv = ["birlik", *arguments]
    main()
