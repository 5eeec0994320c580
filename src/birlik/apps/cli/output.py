"""What a person or a program reads: tables or JSON on stdout, progress on stderr."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from cyclopts import Parameter

LEAST_WIDTH = 9
"""Characters that a column needs at least; with less, values would run downwards."""
WIDE = 200
"""Columns where there is no terminal to ask: a log or a file cuts nothing off."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    json: Annotated[bool, Parameter(negative=())] = False
    """Write JSON to stdout, for programs."""


FORM = Form()


def say(*lines: str) -> None:
    """Plain lines on stdout, at once."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def note(line: str) -> None:
    """What happens meanwhile, on stderr: it is not the answer."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def as_json(content: Any) -> None:
    import orjson

    options = orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS
    sys.stdout.write(orjson.dumps(content, default=str, option=options).decode() + "\n")
    sys.stdout.flush()


def table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], *, title: str = "", caption: str = "") -> None:
    """A table for a person, as wide as the terminal."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else WIDE, highlight=False)
    shown = Table(box=box.SIMPLE_HEAD, title=title or None, title_justify="left", caption=caption or None)
    shown.caption_justify = "left"
    rows = list(rows)
    if len(columns) * LEAST_WIDTH > console.width:
        console.print(_upright(rows, columns))
        if caption:
            console.print(caption)
        return
    for name in columns:
        numeric = any(isinstance(r.get(name), (int, float)) and not isinstance(r.get(name), bool) for r in rows)
        shown.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(_cell(row.get(name)) for name in columns))
    console.print(shown)


def _upright(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> Any:
    """A field a line, where they can't stand side by side."""
    from rich import box
    from rich.table import Table

    shown = Table(box=box.SIMPLE_HEAD, show_header=False)
    shown.add_column("field", style="dim", no_wrap=True)
    shown.add_column("value", overflow="fold")
    for row in rows:
        for name in columns:
            if row.get(name) is not None:
                shown.add_row(name, _cell(row[name]))
        shown.add_section()
    return shown


def _cell(value: Any) -> str:
    from rich.markup import escape

    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    if isinstance(value, (list, tuple)):
        return escape(", ".join(str(v) for v in value))
    return escape(str(value))


class Progress(Protocol):
    def advance(self, by: float = 1) -> None: ...

    def total(self, total: float) -> None: ...


class _Silent:
    def advance(self, by: float = 1) -> None:
        return

    def total(self, total: float) -> None:
        return


class _Shown:
    def __init__(self, bar: Any, task: Any) -> None:
        self._bar, self._task = bar, task

    def advance(self, by: float = 1) -> None:
        self._bar.advance(self._task, by)

    def total(self, total: float) -> None:
        self._bar.update(self._task, total=total)


@contextmanager
def progress(what: str, total: float | None = None, *, is_bytes: bool = False) -> Iterator[Progress]:
    """A bar on stderr; nothing where that is no terminal."""
    if not sys.stderr.isatty():
        yield _Silent()
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    amount = DownloadColumn() if is_bytes else MofNCompleteColumn()
    columns = (TextColumn("{task.description}"), BarColumn(), amount, TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield _Shown(bar, bar.add_task(what, total=total))


@contextmanager
def messages_taken() -> Iterator[Callable[[int, int | None], None]]:
    """A bar of messages taken out of a journal, which appears with the first; told how many so far, and of how many."""
    with ExitStack() as stack:
        bars: list[Progress] = []
        seen = [0]

        def taken(messages: int, of: int | None) -> None:
            if not bars:
                bars.append(stack.enter_context(progress("messages", of)))
            bars[0].advance(messages - seen[0])
            seen[0] = messages

        yield taken
