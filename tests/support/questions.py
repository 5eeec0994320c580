"""What is asked of a node's store while something is done."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from birlik.kernel.store.database import Database


@contextmanager
def questions() -> Iterator[list[str]]:
    """The SQL of each question that readers ask meanwhile, with its parameters written behind."""
    asked: list[str] = []

    def noting(name: str) -> Any:
        ask = getattr(Database, name)

        def noted(self: Database, sql: str, parameters: Sequence[Any] = (), *more: Any) -> Any:
            asked.append(f"{sql} {list(parameters)}")
            return ask(self, sql, parameters, *more)

        return noted

    with pytest.MonkeyPatch.context() as patch:
        for name in ("all", "arrow", "within"):
            patch.setattr(Database, name, noting(name))
        yield asked
