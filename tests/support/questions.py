"""What is asked of a node's store while something is done."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from birlik.kernel.node import Node
from birlik.kernel.store.database import Database


@contextmanager
def questions(node: Node) -> Iterator[list[str]]:
    """The SQL of each question that readers of this node ask meanwhile, with its parameters written behind.

    Another node of this process may be served by a test beside, and its courier asks on its own.
    """
    asked: list[str] = []

    def noting(name: str) -> Any:
        ask = getattr(Database, name)

        def noted(self: Database, sql: str, parameters: Sequence[Any] = (), *more: Any) -> Any:
            if self is node.store.database:
                asked.append(f"{sql} {list(parameters)}")
            return ask(self, sql, parameters, *more)

        return noted

    with pytest.MonkeyPatch.context() as patch:
        for name in ("all", "arrow", "within"):
            patch.setattr(Database, name, noting(name))
        yield asked
